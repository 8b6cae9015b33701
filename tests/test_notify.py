"""``notify.send_message`` to a recipient: sent once, or raised."""

from asyncio import gather
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_state_change_event
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi.api import Chat, Text
from simulator import Gateway, Instance, State
from tests.common import (
    PHONE,
    async_add_recipients,
    async_wait,
    recipient,
    requests,
    state_of,
)

MARIA = "5544988888888"
ENTITY = "notify.maria"
SEND = "POST send-text"
NOON = "2026-06-01T12:00:00+00:00"


@pytest.fixture
async def maria(
    clock: FrozenDateTimeFactory, hass: HomeAssistant, loaded: MockConfigEntry
) -> ConfigSubentry:
    """Return a recipient, at noon."""
    maria = recipient("Maria", MARIA)
    await async_add_recipients(hass, loaded, maria)
    assert state_of(hass, ENTITY) == "unknown"
    return maria


@pytest.fixture
def moves(hass: HomeAssistant, maria: ConfigSubentry) -> list[str]:
    """Return the states that the recipient takes."""
    states: list[str] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        assert event.data["new_state"]
        states.append(event.data["new_state"].state)

    async_track_state_change_event(hass, ENTITY, note)
    return states


async def async_notify(
    hass: HomeAssistant, entity_id: str = ENTITY, message: str = "Jantar", **more: str
) -> None:
    """Call Home Assistant's own action."""
    await hass.services.async_call(
        "notify",
        "send_message",
        {"entity_id": entity_id, "message": message, **more},
        blocking=True,
    )


def sent(gateway: Gateway) -> list[Any]:
    """Return the texts that the gateway was asked to send."""
    return [one.request for one in gateway.exchanges if one.path == "send-text"]


async def test_a_text_is_sent_once_and_the_state_moves_once(
    hass: HomeAssistant, gateway: Gateway, maria: ConfigSubentry, moves: list[str]
) -> None:
    await async_notify(hass)
    await hass.async_block_till_done()
    assert sent(gateway) == [{"phone": MARIA, "message": "Jantar"}]
    assert moves == [NOON]


async def test_a_title_is_a_bold_first_line(
    hass: HomeAssistant, gateway: Gateway, maria: ConfigSubentry
) -> None:
    await async_notify(hass, title="Cozinha * hoje")
    [body] = sent(gateway)
    assert body["message"] == "*Cozinha \u200b*\u200b hoje*\nJantar"


@pytest.mark.parametrize(
    ("fault", "key"),
    [
        ("reset_before", "outcome_unknown"),
        ("reset_after", "outcome_unknown"),
        ("http_5xx", "outcome_unknown"),
        ("value_false", "refused"),
        ("expired_plan", "subscription"),
        ("wrong_client_token", "invalid_auth"),
    ],
)
async def test_what_is_wrong_is_raised_and_nothing_is_sent_again(
    hass: HomeAssistant,
    gateway: Gateway,
    maria: ConfigSubentry,
    moves: list[str],
    fault: str,
    key: str,
) -> None:
    setattr(gateway.faults, fault, frozenset({"send-text"}))
    with pytest.raises(HomeAssistantError) as raised:
        await async_notify(hass, message="secret words")
    await hass.async_block_till_done()
    assert raised.value.translation_key == key
    assert MARIA not in str(raised.value)
    assert "secret words" not in str(raised.value)
    assert requests(gateway).count(SEND) == 1
    assert moves == []


async def test_a_number_that_is_offline_is_told_by_the_option(
    hass: HomeAssistant,
    gateway: Gateway,
    instance: Instance,
    loaded: MockConfigEntry,
    maria: ConfigSubentry,
    moves: list[str],
) -> None:
    hass.config_entries.async_update_entry(
        loaded, options={"when_disconnected": "fail"}
    )
    await gateway.disconnect(instance)
    await hass.async_block_till_done(wait_background_tasks=True)
    before = requests(gateway)
    with pytest.raises(HomeAssistantError) as raised:
        await async_notify(hass)
    assert raised.value.translation_key == "not_connected"
    assert requests(gateway) == before
    assert moves == []


async def test_a_message_is_not_swallowed_while_z_api_is_away(
    hass: HomeAssistant,
    gateway: Gateway,
    clock: FrozenDateTimeFactory,
    maria: ConfigSubentry,
) -> None:
    gateway.faults.http_5xx = frozenset({"status", "send-text"})
    for _ in range(4):
        await async_wait(hass, clock, 61)
    assert state_of(hass, "binary_sensor.casa_whatsapp") == "unavailable"
    assert state_of(hass, ENTITY) == "unknown"
    with pytest.raises(HomeAssistantError):
        await async_notify(hass)


async def test_a_message_to_an_entry_that_is_not_loaded_is_skipped_by_home_assistant(
    hass: HomeAssistant,
    gateway: Gateway,
    loaded: MockConfigEntry,
    maria: ConfigSubentry,
) -> None:
    await hass.config_entries.async_unload(loaded.entry_id)
    assert loaded.state is ConfigEntryState.NOT_LOADED
    assert state_of(hass, ENTITY) == "unavailable"
    await async_notify(hass)
    assert sent(gateway) == []


async def test_what_an_action_of_ours_sent_moves_the_state_too(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    maria: ConfigSubentry,
    moves: list[str],
) -> None:
    chat = Chat.parse(MARIA)
    sender = loaded.runtime_data.sender
    await sender.async_send(chat, Text("Oi"), subentry_id=maria.subentry_id)
    await hass.async_block_till_done()
    assert moves == [NOON]
    await sender.async_send(chat, Text("Oi"))
    await hass.async_block_till_done()
    assert moves == [NOON]


async def test_the_state_moves_once_for_each_of_several_at_once(
    hass: HomeAssistant,
    gateway: Gateway,
    loaded: MockConfigEntry,
    maria: ConfigSubentry,
    clock: FrozenDateTimeFactory,
) -> None:
    moved = 0

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        nonlocal moved
        moved += 1
        clock.tick(1)

    async_track_state_change_event(hass, ENTITY, note)
    sender = loaded.runtime_data.sender
    await gather(
        async_notify(hass, message="one"),
        sender.async_send(
            Chat.parse(MARIA), Text("two"), subentry_id=maria.subentry_id
        ),
        async_notify(hass, message="three"),
    )
    await hass.async_block_till_done()
    assert len(sent(gateway)) == 3
    assert moved == 3


async def test_the_last_success_is_there_after_a_reload(
    hass: HomeAssistant, loaded: MockConfigEntry, maria: ConfigSubentry
) -> None:
    await async_notify(hass)
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state_of(hass, ENTITY) == NOON


async def test_a_changed_number_gets_the_next_message(
    hass: HomeAssistant,
    gateway: Gateway,
    loaded: MockConfigEntry,
    maria: ConfigSubentry,
) -> None:
    hass.config_entries.async_update_subentry(
        loaded,
        maria,
        data={"chat": "5544977777777", "lid": None},
        unique_id="5544977777777",
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    await async_notify(hass)
    assert [body["phone"] for body in sent(gateway)] == ["5544977777777"]


async def test_a_note_to_self_follows_the_number_of_the_instance(
    hass: HomeAssistant, gateway: Gateway, instance: Instance, loaded: MockConfigEntry
) -> None:
    await async_add_recipients(hass, loaded, recipient("Notas", "myself"))
    await async_notify(hass, "notify.notas")
    await gateway.disconnect(instance)
    instance.phone = "5544966666666"
    await gateway.connect(instance)
    await hass.async_block_till_done(wait_background_tasks=True)
    await async_notify(hass, "notify.notas")
    assert [body["phone"] for body in sent(gateway)] == [PHONE, "5544966666666"]


async def test_a_note_to_self_waits_for_the_number_to_be_known(
    hass_with_url: HomeAssistant,
    gateway: Gateway,
    instance: Instance,
    entry: MockConfigEntry,
) -> None:
    instance.state = State.UNPAIRED
    await hass_with_url.config_entries.async_setup(entry.entry_id)
    await async_add_recipients(hass_with_url, entry, recipient("Notas", "myself"))
    with pytest.raises(HomeAssistantError) as raised:
        await async_notify(hass_with_url, "notify.notas")
    assert raised.value.translation_key == "own_number_unknown"
    assert sent(gateway) == []
    await hass_with_url.async_block_till_done(wait_background_tasks=True)
