"""Recipients come, change and go while everything else stays as it is."""

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.zapi.const import DOMAIN
from custom_components.zapi.messages.formatting import with_title
from simulator import Gateway
from tests.common import (
    INSTANCE_ID,
    async_add_recipients,
    async_set_up,
    recipient,
    requests,
    state_of,
)

MANY = 50
PHONES = [f"55449777700{number:02}" for number in range(MANY)]


def device_of(hass: HomeAssistant, one: ConfigSubentry) -> dr.DeviceEntry:
    """Return the device of a recipient."""
    [device] = [
        device
        for device in dr.async_get(hass).devices
        if (DOMAIN, one.subentry_id) in device.identifiers
    ]
    return device


def notifiers(hass: HomeAssistant) -> list[str]:
    """Return the entities to notify."""
    return sorted(hass.states.async_entity_ids("notify"))


async def test_fifty_recipients_come_change_and_go_without_a_reload_or_a_request(
    hass_with_url: HomeAssistant,
    set_ups: list[str],
    entry: MockConfigEntry,
    gateway: Gateway,
) -> None:
    hass = hass_with_url
    await async_set_up(hass, entry)
    before = requests(gateway)
    people = [recipient(f"Person {phone[-2:]}", phone) for phone in PHONES]
    await async_add_recipients(hass, entry, *people)
    assert notifiers(hass) == [f"notify.person_{number:02}" for number in range(MANY)]
    ids = {one.subentry_id: device_of(hass, one).id for one in people}

    for one in people:
        hass.config_entries.async_update_subentry(
            entry, one, title=f"{one.title} Silva"
        )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [device_of(hass, one).name for one in people] == [
        f"Person {number:02} Silva" for number in range(MANY)
    ]

    for one in people:
        chat = f"{one.unique_id}"[:-2] + "99" + f"{one.unique_id}"[-2:]
        hass.config_entries.async_update_subentry(
            entry, one, data={"chat": chat, "lid": None}, unique_id=chat
        )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert {one.subentry_id: device_of(hass, one).id for one in people} == ids
    assert len(notifiers(hass)) == MANY

    for one in people:
        hass.config_entries.async_remove_subentry(entry, one.subentry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert notifiers(hass) == []
    [device] = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    assert device.identifiers == {(DOMAIN, INSTANCE_ID)}
    assert set_ups == [entry.entry_id]
    assert requests(gateway) == before


async def test_recipients_cost_no_request_at_a_start(
    hass_with_url: HomeAssistant, entry: MockConfigEntry, gateway: Gateway
) -> None:
    await async_set_up(hass_with_url, entry)
    await hass_with_url.config_entries.async_unload(entry.entry_id)
    first = len(requests(gateway))
    await async_set_up(hass_with_url, entry)
    without = requests(gateway)[first:]
    await hass_with_url.config_entries.async_unload(entry.entry_id)
    await async_add_recipients(hass_with_url, entry, recipient("Maria", PHONES[0]))
    before = len(requests(gateway))
    await async_set_up(hass_with_url, entry)
    assert notifiers(hass_with_url) == ["notify.maria"]
    assert requests(gateway)[before:] == without


async def test_a_recipient_is_a_device_behind_the_instance(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    maria = recipient("Maria", PHONES[0])
    await async_add_recipients(hass, loaded, maria)
    device = device_of(hass, maria)
    assert device.name == "Maria"
    assert device.entry_type is dr.DeviceEntryType.SERVICE
    assert device.config_subentry_id == maria.subentry_id
    instance = device_registry.async_get_device_by_identifier(
        (DOMAIN, INSTANCE_ID), loaded.entry_id
    )
    assert instance
    assert device.via_device_id == instance.id
    entity = entity_registry.async_get("notify.maria")
    assert entity
    assert entity.unique_id == maria.subentry_id
    assert entity.config_subentry_id == maria.subentry_id
    state = hass.states.get("notify.maria")
    assert state
    assert state.name == "Maria"


async def test_a_name_given_in_home_assistants_own_dialog_is_the_devices(
    hass: HomeAssistant, loaded: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    assert await async_setup_component(hass, "config", {})
    maria = recipient("Maria", PHONES[0])
    await async_add_recipients(hass, loaded, maria)
    client = await hass_ws_client(hass)
    await client.send_json_auto_id(
        {
            "type": "config_entries/subentries/update",
            "entry_id": loaded.entry_id,
            "subentry_id": maria.subentry_id,
            "title": "Maria Silva",
        }
    )
    assert (await client.receive_json())["success"]
    await hass.async_block_till_done(wait_background_tasks=True)
    assert device_of(hass, maria).name == "Maria Silva"
    state = hass.states.get("notify.maria")
    assert state
    assert state.name == "Maria Silva"


async def test_a_name_given_while_the_entry_is_not_loaded_is_the_devices_too(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    maria = recipient("Maria", PHONES[0])
    await async_add_recipients(hass, loaded, maria)
    await hass.config_entries.async_unload(loaded.entry_id)
    hass.config_entries.async_update_subentry(loaded, maria, title="Mãe")
    await async_set_up(hass, loaded)
    assert device_of(hass, maria).name == "Mãe"


async def test_a_name_that_a_person_gave_the_device_stays(
    hass: HomeAssistant, loaded: MockConfigEntry, device_registry: dr.DeviceRegistry
) -> None:
    maria = recipient("Maria", PHONES[0])
    await async_add_recipients(hass, loaded, maria)
    device_registry.async_update_device(device_of(hass, maria).id, name_by_user="Mãe")
    hass.config_entries.async_update_subentry(loaded, maria, title="Maria Silva")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert device_of(hass, maria).name_by_user == "Mãe"
    state = hass.states.get("notify.maria")
    assert state
    assert state.name == "Mãe"


async def test_a_removed_recipient_takes_only_its_own_device_along(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    maria, joao = recipient("Maria", PHONES[0]), recipient("João", PHONES[1])
    await async_add_recipients(hass, loaded, maria, joao)
    hass.config_entries.async_remove_subentry(loaded, maria.subentry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert notifiers(hass) == ["notify.joao"]
    assert state_of(hass, "binary_sensor.casa_whatsapp") == "on"
    await async_add_recipients(hass, loaded, recipient("Maria", PHONES[0]))
    assert notifiers(hass) == ["notify.joao", "notify.maria"]


async def test_recipients_of_another_instance_are_not_taken_for_ones_own(
    hass: HomeAssistant, both: list[str], loaded: MockConfigEntry
) -> None:
    [other] = [
        entry
        for entry in hass.config_entries.async_entries(DOMAIN)
        if entry is not loaded
    ]
    maria = recipient("Maria", PHONES[0])
    hass.config_entries.async_add_subentry(other, maria)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert notifiers(hass) == ["notify.maria"]
    assert device_of(hass, maria).config_entry_id == other.entry_id


async def test_nothing_follows_an_entry_that_was_unloaded(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    await hass.config_entries.async_unload(loaded.entry_id)
    await async_add_recipients(hass, loaded, recipient("Maria", PHONES[0]))
    assert notifiers(hass) == []
    await async_set_up(hass, loaded)
    assert notifiers(hass) == ["notify.maria"]


@pytest.mark.parametrize(
    ("title", "text"),
    [
        (None, "Dinner"),
        ("", "Dinner"),
        (" \n ", "Dinner"),
        ("Kitchen", "*Kitchen*\nDinner"),
        (" Kitchen\nand bath ", "*Kitchen and bath*\nDinner"),
        ("5 * 3", "*5 \u200b*\u200b 3*\nDinner"),
        ("***", "*" + 3 * "\u200b*\u200b" + "*\nDinner"),
    ],
)
def test_a_title_is_one_bold_line_whatever_it_holds(
    title: str | None, text: str
) -> None:
    assert with_title("Dinner", title) == text
