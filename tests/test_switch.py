"""Settings that are on or off: written through, read back, and never just believed."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.switch import (
    DOMAIN as SWITCH_DOMAIN,
    SERVICE_TURN_OFF,
    SERVICE_TURN_ON,
)
from homeassistant.const import (
    ATTR_ASSUMED_STATE,
    ATTR_ENTITY_ID,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    Platform,
)
from homeassistant.core import HomeAssistant, State as HassState
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    mock_restore_cache_with_extra_data,
    snapshot_platform,
)
from syrupy.assertion import SnapshotAssertion

from custom_components.zapi.const import DOMAIN
from simulator import ALL, Gateway, Instance

from .common import async_set_up, async_set_up_only, async_wait, requests, state_of

READ_MESSAGES = "switch.casa_mark_messages_as_read"
READ_STATUS = "switch.casa_mark_status_updates_as_seen"
REJECT_CALLS = "switch.casa_reject_calls"
DETAILS = 16 * 60

SHOWN = pytest.mark.parametrize(
    ("entity_id", "field", "path"),
    [
        (READ_MESSAGES, "autoReadMessage", "update-auto-read-message"),
        (REJECT_CALLS, "callRejectAuto", "update-call-reject-auto"),
    ],
)


async def async_turn(hass: HomeAssistant, entity_id: str, service: str) -> None:
    """Turn a switch."""
    await hass.services.async_call(
        SWITCH_DOMAIN, service, {ATTR_ENTITY_ID: entity_id}, blocking=True
    )


async def async_turn_in_vain(hass: HomeAssistant, entity_id: str) -> str:
    """Turn a switch on that does not turn, and return what is said."""
    with pytest.raises(HomeAssistantError) as caught:
        await async_turn(hass, entity_id, SERVICE_TURN_ON)
    assert caught.value.translation_domain == DOMAIN
    assert caught.value.translation_key
    return caught.value.translation_key


def remembered(hass: HomeAssistant, state: str, extra: dict[str, Any]) -> None:
    """Let Home Assistant remember the state from before the restart."""
    mock_restore_cache_with_extra_data(hass, [(HassState(READ_STATUS, state), extra)])


@pytest.mark.usefixtures("clock", "all_enabled")
async def test_the_entities_are_these(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    instance: Instance,
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
) -> None:
    instance.settings["autoReadMessage"] = True
    await async_set_up_only(hass_with_url, entry, Platform.SWITCH)
    await snapshot_platform(hass_with_url, entity_registry, snapshot, entry.entry_id)


@SHOWN
async def test_a_switch_is_written_through_and_read_back(
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    entity_id: str,
    field: str,
    path: str,
) -> None:
    assert state_of(hass_with_url, entity_id) == STATE_OFF
    before = len(requests(gateway))
    await async_turn(hass_with_url, entity_id, SERVICE_TURN_ON)
    assert requests(gateway)[before:] == [f"PUT {path}", "GET me"]
    assert instance.settings[field] is True
    assert state_of(hass_with_url, entity_id) == STATE_ON
    await async_turn(hass_with_url, entity_id, SERVICE_TURN_OFF)
    assert instance.settings[field] is False
    assert state_of(hass_with_url, entity_id) == STATE_OFF


@SHOWN
async def test_what_is_changed_in_the_panel_is_seen(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    instance: Instance,
    entity_id: str,
    field: str,
    path: str,
) -> None:
    instance.settings[field] = True
    await async_wait(hass_with_url, clock, DETAILS)
    assert state_of(hass_with_url, entity_id) == STATE_ON


@SHOWN
async def test_a_gateway_that_says_true_and_does_nothing_is_not_believed(
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    entity_id: str,
    field: str,
    path: str,
) -> None:
    gateway.faults.put_true_not_applied = frozenset({path})
    assert await async_turn_in_vain(hass_with_url, entity_id) == "not_applied"
    assert state_of(hass_with_url, entity_id) == STATE_OFF


@SHOWN
async def test_what_cannot_be_read_back_is_assumed_until_it_can(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    entity_id: str,
    field: str,
    path: str,
) -> None:
    gateway.faults.http_5xx = frozenset({"me"})
    await async_turn(hass_with_url, entity_id, SERVICE_TURN_ON)
    assert state_of(hass_with_url, entity_id) == STATE_ON
    await async_wait(hass_with_url, clock, 61)
    assert state_of(hass_with_url, entity_id) == STATE_ON
    instance.settings[field] = False
    gateway.faults.clear()
    await async_wait(hass_with_url, clock, DETAILS)
    assert state_of(hass_with_url, entity_id) == STATE_OFF


@SHOWN
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("http_5xx", "cannot_connect"),
        ("value_false", "refused"),
        ("not_found_200", "not_supported"),
    ],
)
async def test_what_the_gateway_declines_stays_as_it_was(
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    entity_id: str,
    field: str,
    path: str,
    fault: str,
    said: str,
) -> None:
    setattr(gateway.faults, fault, frozenset({path}))
    assert await async_turn_in_vain(hass_with_url, entity_id) == said
    assert state_of(hass_with_url, entity_id) == STATE_OFF


@SHOWN
async def test_a_setting_that_the_gateway_does_not_say_is_unknown(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    entity_id: str,
    field: str,
    path: str,
) -> None:
    gateway.faults.null_fields = frozenset({field})
    await async_set_up(hass_with_url, entry)
    assert state_of(hass_with_url, entity_id) == STATE_UNKNOWN
    # It cannot be read back, which is no proof that nothing was done.
    await async_turn(hass_with_url, entity_id, SERVICE_TURN_ON)
    assert state_of(hass_with_url, entity_id) == STATE_UNKNOWN


async def test_booleans_as_text_are_understood(
    hass_with_url: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway
) -> None:
    gateway.faults.string_booleans = ALL
    await async_turn(hass_with_url, REJECT_CALLS, SERVICE_TURN_ON)
    assert state_of(hass_with_url, REJECT_CALLS) == STATE_ON


async def test_nothing_is_assumed_of_an_instance_that_said_nothing_yet(
    hass_with_url: HomeAssistant, entry: MockConfigEntry, gateway: Gateway
) -> None:
    gateway.faults.http_5xx = frozenset({"me"})
    await async_set_up(hass_with_url, entry)
    await async_turn(hass_with_url, REJECT_CALLS, SERVICE_TURN_ON)
    assert state_of(hass_with_url, REJECT_CALLS) == STATE_UNKNOWN


async def test_an_unreachable_gateway_makes_them_unavailable(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
) -> None:
    gateway.faults.http_5xx = ALL
    await async_wait(hass_with_url, clock, 61)
    states = hass_with_url.states.async_all(Platform.SWITCH)
    assert {state.state for state in states} == {STATE_UNAVAILABLE}


async def test_read_status_is_disabled_by_default(
    loaded: MockConfigEntry, entity_registry: er.EntityRegistry
) -> None:
    entity = entity_registry.async_get(READ_STATUS)
    assert entity
    assert entity.disabled_by is er.RegistryEntryDisabler.INTEGRATION


@pytest.mark.usefixtures("all_enabled")
async def test_read_status_is_there_only_while_messages_are_read(
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    assert state_of(hass_with_url, READ_STATUS) == STATE_UNAVAILABLE
    await async_turn(hass_with_url, READ_MESSAGES, SERVICE_TURN_ON)
    state = hass_with_url.states.get(READ_STATUS)
    assert state
    assert state.state == STATE_UNKNOWN
    assert state.attributes[ATTR_ASSUMED_STATE] is True

    await async_turn(hass_with_url, READ_STATUS, SERVICE_TURN_ON)
    assert instance.hidden["autoReadStatus"] is True
    assert state_of(hass_with_url, READ_STATUS) == STATE_ON
    await async_turn(hass_with_url, READ_MESSAGES, SERVICE_TURN_OFF)
    assert state_of(hass_with_url, READ_STATUS) == STATE_UNAVAILABLE
    await async_turn(hass_with_url, READ_MESSAGES, SERVICE_TURN_ON)
    assert state_of(hass_with_url, READ_STATUS) == STATE_ON
    await async_turn(hass_with_url, READ_STATUS, SERVICE_TURN_OFF)
    assert instance.hidden["autoReadStatus"] is False
    assert state_of(hass_with_url, READ_STATUS) == STATE_OFF


@pytest.mark.usefixtures("all_enabled")
async def test_read_status_stays_as_it_was_where_the_gateway_declines(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    instance.settings["autoReadMessage"] = True
    await async_set_up(hass_with_url, entry)
    gateway.faults.value_false = frozenset({"update-auto-read-status"})
    assert await async_turn_in_vain(hass_with_url, READ_STATUS) == "refused"
    assert state_of(hass_with_url, READ_STATUS) == STATE_UNKNOWN


@pytest.mark.usefixtures("all_enabled")
@pytest.mark.parametrize("was_read", [True, False])
@pytest.mark.parametrize(
    ("service", "state"), [(SERVICE_TURN_ON, STATE_ON), (SERVICE_TURN_OFF, STATE_OFF)]
)
async def test_read_status_outlives_a_restart_even_while_unavailable(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    instance: Instance,
    was_read: bool,
    service: str,
    state: str,
) -> None:
    instance.settings["autoReadMessage"] = True
    await async_set_up(hass_with_url, entry)
    await async_turn(hass_with_url, READ_STATUS, service)
    instance.settings["autoReadMessage"] = was_read
    await hass_with_url.config_entries.async_reload(entry.entry_id)
    await hass_with_url.config_entries.async_unload(entry.entry_id)
    instance.settings["autoReadMessage"] = True
    await async_set_up(hass_with_url, entry)
    assert state_of(hass_with_url, READ_STATUS) == state


@pytest.mark.usefixtures("all_enabled")
@pytest.mark.parametrize(
    ("state", "extra", "shown"),
    [
        (STATE_ON, {"is_on": True}, STATE_ON),
        (STATE_OFF, {"is_on": False}, STATE_OFF),
        (STATE_UNAVAILABLE, {"is_on": True}, STATE_ON),
        (STATE_UNAVAILABLE, {"is_on": None}, STATE_UNKNOWN),
        (STATE_UNKNOWN, {}, STATE_UNKNOWN),
    ],
)
async def test_read_status_is_what_was_last_set_before_the_restart(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    instance: Instance,
    state: str,
    extra: dict[str, Any],
    shown: str,
) -> None:
    instance.settings["autoReadMessage"] = True
    remembered(hass_with_url, state, extra)
    await async_set_up(hass_with_url, entry)
    assert state_of(hass_with_url, READ_STATUS) == shown
