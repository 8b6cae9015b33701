"""Whom an action means, and who may call it."""

from typing import Any

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
    UnknownUser,
)
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    label_registry as lr,
)
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.zapi.const import DOMAIN
from simulator import ALL, Gateway
from tests.actions import EVERYBODY, GROUP, JOAO, LID, MARIA, a_message, call, posted
from tests.common import async_add_recipients, async_set_up, recipient


def device_id(hass: HomeAssistant, entity_id: str) -> str:
    """Return the device of a recipient."""
    entity = er.async_get(hass).async_get(entity_id)
    assert entity
    assert entity.device_id
    return entity.device_id


def phones(gateway: Gateway) -> list[str]:
    """Return to whom something went, in order."""
    return sorted(request["phone"] for _, _, request in posted(gateway))


async def raised_by(hass: HomeAssistant, **data: Any) -> str | None:
    """Return the key of the error that a call raises."""
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, "send_message", message="Oi", **data)
    return raised.value.translation_key


async def test_devices_areas_and_labels_reach_those_in_them(
    hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway
) -> None:
    devices, entities = dr.async_get(hass), er.async_get(hass)
    area = ar.async_get(hass).async_create("Kitchen")
    label = lr.async_get(hass).async_create("Family")
    devices.async_update_device(device_id(hass, "notify.joao"), area_id=area.id)
    entities.async_update_entity("notify.familia", labels={label.label_id})

    await call(
        hass,
        "send_message",
        message="Oi",
        device_id=device_id(hass, "notify.maria"),
        area_id=area.id,
        label_id=label.label_id,
    )

    assert phones(gateway) == sorted((GROUP, JOAO, MARIA))


async def test_a_device_of_an_instance_is_nobody(
    hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway
) -> None:
    [device] = [
        device
        for device in dr.async_entries_for_config_entry(
            dr.async_get(hass), house.entry_id
        )
        if device.via_device_id is None
    ]

    assert await raised_by(hass, device_id=device.id) == "no_recipient"
    assert posted(gateway) == []


async def test_a_label_with_nobody_says_so(
    hass: HomeAssistant, house: MockConfigEntry
) -> None:
    label = lr.async_get(hass).async_create("Family")

    assert await raised_by(hass, label_id=label.label_id) == "no_recipient"
    assert await raised_by(hass, label_id="gone") == "no_recipient"
    assert await raised_by(hass) == "no_recipient"
    assert await raised_by(hass, entity_id="none") == "no_recipient"
    # Nobody writes to everybody by one word.
    assert await raised_by(hass, entity_id="all") == "no_recipient"


@pytest.mark.parametrize("entity_id", ["notify.gone", "binary_sensor.casa_whatsapp"])
async def test_an_entity_that_is_no_recipient_is_named(
    hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway, entity_id: str
) -> None:
    assert await raised_by(hass, entity_id=["notify.maria", entity_id]) == (
        "not_a_recipient"
    )
    assert posted(gateway) == []


@pytest.mark.parametrize(
    "same",
    [
        {"to": ["44 8888-8888", "+5544988888888"]},
        {"to": LID},
        {"entity_id": ["notify.maria", "notify.maria"]},
    ],
)
async def test_the_same_person_twice_gets_one_message(
    hass: HomeAssistant,
    house: MockConfigEntry,
    gateway: Gateway,
    same: dict[str, Any],
) -> None:
    await call(
        hass,
        "send_message",
        message="Oi",
        device_id=device_id(hass, "notify.maria"),
        **same,
    )

    assert phones(gateway) == [MARIA]


async def test_who_names_a_disabled_recipient_is_told(
    hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway
) -> None:
    device = device_id(hass, "notify.maria")
    dr.async_get(hass).async_update_device(
        device, disabled_by=dr.DeviceEntryDisabler.USER
    )
    await hass.async_block_till_done(wait_background_tasks=True)

    assert await raised_by(hass, device_id=device) == "recipient_disabled"
    assert await raised_by(hass, entity_id="notify.maria") == "recipient_disabled"
    answer = await call(
        hass,
        "send_message",
        answer=True,
        message="Oi",
        entity_id=["notify.maria", "notify.joao"],
    )
    assert [one["reason"] for one in answer["failed"]] == ["recipient_disabled"]
    assert phones(gateway) == [JOAO]


async def test_a_label_passes_over_disabled_recipients(
    hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway
) -> None:
    entities = er.async_get(hass)
    label = lr.async_get(hass).async_create("Family").label_id
    for entity_id in EVERYBODY:
        entities.async_update_entity(entity_id, labels={label})
    entities.async_update_entity(
        "notify.maria", disabled_by=er.RegistryEntryDisabler.USER
    )

    await call(hass, "send_message", message="Oi", label_id=label)

    assert phones(gateway) == sorted((GROUP, JOAO))


async def test_an_entry_in_retry_sends_nothing_and_says_so(
    hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway
) -> None:
    gateway.faults.http_5xx = ALL
    await hass.config_entries.async_reload(house.entry_id)
    assert house.state is ConfigEntryState.SETUP_RETRY

    assert await raised_by(hass, entity_id="notify.maria") == "not_loaded"
    assert await raised_by(hass, to=MARIA) == "service_config_entry_not_loaded"
    assert await raised_by(hass, to=MARIA, config_entry_id=house.entry_id) == (
        "service_config_entry_not_loaded"
    )
    assert posted(gateway) == []


async def test_of_several_instances_one_must_be_chosen(
    hass: HomeAssistant, house: MockConfigEntry, both: list[str], gateway: Gateway
) -> None:
    shop = next(
        entry
        for entry in hass.config_entries.async_entries(DOMAIN)
        if entry is not house
    )

    assert await raised_by(hass, to=MARIA) == (
        "service_found_multiple_config_entry_for_domain"
    )
    assert await raised_by(hass, to=MARIA, config_entry_id="gone") == (
        "service_config_entry_not_found"
    )
    answer = await call(
        hass,
        "send_message",
        answer=True,
        message="Oi",
        to=MARIA,
        config_entry_id=shop.entry_id,
    )
    assert answer["messages"][0]["config_entry_id"] == shop.entry_id
    # Whose a recipient is, is known.
    await call(hass, "send_message", message="Oi", entity_id="notify.maria")


async def test_two_instances_write_to_the_same_person(
    hass: HomeAssistant, house: MockConfigEntry, both: list[str], gateway: Gateway
) -> None:
    shop = next(
        entry
        for entry in hass.config_entries.async_entries(DOMAIN)
        if entry is not house
    )
    assert isinstance(shop, MockConfigEntry)
    await async_add_recipients(hass, shop, recipient("Cliente", MARIA))

    await call(
        hass,
        "send_message",
        message="Oi",
        entity_id=["notify.maria", "notify.cliente"],
    )

    assert phones(gateway) == [MARIA, MARIA]


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("Maria", "invalid_chat"),
        ("123", "invalid_number"),
        (["44 98888-8888", "12 34"], "invalid_number"),
        (10**5000, "invalid_number"),
        ("a@newsletter", "invalid_chat"),
    ],
    ids=["name", "short", "second", "huge", "channel"],
)
async def test_what_is_no_number_stops_the_call_before_anything_is_sent(
    hass: HomeAssistant,
    house: MockConfigEntry,
    gateway: Gateway,
    written: Any,
    key: str,
) -> None:
    assert await raised_by(hass, to=written, entity_id="notify.joao") == key
    assert posted(gateway) == []


async def test_a_number_without_country_is_taken_for_one_of_the_house(
    hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway
) -> None:
    hass.config.country = None
    assert await raised_by(hass, to="(11) 98765-4321") == "country_unknown"

    hass.config.country = "PT"
    await call(hass, "send_message", message="Oi", to="912 345 678")

    assert phones(gateway) == ["351912345678"]


async def test_the_own_number_is_looked_up_when_something_is_sent(
    hass_with_url: HomeAssistant, entry: MockConfigEntry, gateway: Gateway
) -> None:
    hass = hass_with_url
    gateway.faults.not_found_200 = frozenset({"device"})
    await async_set_up(hass, entry)
    await async_add_recipients(hass, entry, recipient("Me", "myself"))

    assert await raised_by(hass, entity_id="notify.me") == "own_number_unknown"


# -- Who may ------------------------------------------------------------------------


def user_who_may(hass: HomeAssistant, *entity_ids: str) -> User:
    """Return a user who may control some entities."""
    user = MockUser(is_owner=False).add_to_hass(hass)
    user.mock_policy(
        {
            "entities": {
                "entity_ids": {one: {POLICY_CONTROL: True} for one in entity_ids}
            }
        }
    )
    return user


@pytest.mark.parametrize(
    "data",
    [
        {"entity_id": "notify.maria"},
        {"entity_id": ["notify.joao", "notify.maria"]},
        {"to": MARIA},
        {"to": "5511987654321"},
    ],
)
async def test_a_user_may_write_only_to_whom_they_may_control(
    hass: HomeAssistant,
    house: MockConfigEntry,
    gateway: Gateway,
    data: dict[str, Any],
) -> None:
    context = Context(user_id=user_who_may(hass, "notify.joao").id)

    with pytest.raises(Unauthorized):
        await call(hass, "send_message", context=context, message="Oi", **data)

    assert posted(gateway) == []
    await call(
        hass, "send_message", context=context, message="Oi", entity_id="notify.joao"
    )
    assert phones(gateway) == [JOAO]


async def test_a_user_may_ask_only_whom_they_may_control(
    hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway
) -> None:
    user = user_who_may(hass, "notify.maria")
    for target in ({"entity_id": "notify.joao"}, {"to": MARIA}):
        with pytest.raises(Unauthorized):
            await call(
                hass,
                "ask",
                answer=True,
                context=Context(user_id=user.id),
                message="Oi?",
                **target,
            )
    assert posted(gateway) == []


async def test_a_user_may_change_messages_only_to_whom_they_may_control(
    hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway
) -> None:
    context = Context(user_id=user_who_may(hass, "notify.joao").id)
    to_maria, to_joao = await a_message(hass), await a_message(hass, "notify.joao")
    answer = await call(
        hass, "send_message", answer=True, to="11 98765-0000", message="Oi"
    )
    gateway.exchanges.clear()

    for message_id in (to_maria, answer["messages"][0]["message_id"], "3EB0AA"):
        with pytest.raises(Unauthorized):
            await call(
                hass, "react", context=context, message_id=message_id, emoji="👍"
            )
    assert posted(gateway) == []
    await call(hass, "react", context=context, message_id=to_joao, emoji="👍")
    assert phones(gateway) == [JOAO]


@pytest.mark.parametrize(
    ("action", "data"),
    [("find_chats", {}), ("check_number", {"numbers": MARIA})],
)
async def test_who_asks_of_people_must_be_allowed_to_control_all(
    hass: HomeAssistant,
    house: MockConfigEntry,
    hass_admin_user: User,
    action: str,
    data: dict[str, Any],
) -> None:
    context = Context(user_id=user_who_may(hass, "notify.joao").id)
    with pytest.raises(Unauthorized):
        await call(hass, action, answer=True, context=context, **data)

    await call(
        hass, action, answer=True, context=Context(user_id=hass_admin_user.id), **data
    )


async def test_a_user_who_is_gone_may_nothing_and_an_automation_all(
    hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway
) -> None:
    with pytest.raises(UnknownUser):
        await call(
            hass,
            "send_message",
            context=Context(user_id="gone"),
            entity_id="notify.maria",
            message="Oi",
        )

    await call(hass, "send_message", to=MARIA, message="Oi", context=Context())
    assert phones(gateway) == [MARIA]


async def test_where_an_entity_is_learns_only_who_may_see_it(
    hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway
) -> None:
    context = Context(user_id=user_who_may(hass, "notify.joao").id)

    with pytest.raises(Unauthorized):
        await call(
            hass,
            "send_location",
            context=context,
            entity_id="notify.joao",
            location="zone.home",
        )

    assert posted(gateway) == []


async def test_bad_input_is_the_callers_fault(
    hass: HomeAssistant, house: MockConfigEntry
) -> None:
    wrong: list[dict[str, Any]] = [{"to": "Maria"}, {"entity_id": "notify.gone"}, {}]
    for data in wrong:
        with pytest.raises(ServiceValidationError):
            await call(hass, "send_message", message="Oi", **data)
