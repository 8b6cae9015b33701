"""What of an instance is a value, and what of it outlives a restart."""

from datetime import datetime
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN, Platform
from homeassistant.core import HomeAssistant, State as HassState
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    mock_restore_cache_with_extra_data,
    snapshot_platform,
)
from syrupy.assertion import SnapshotAssertion

from custom_components.zapi.const import DOMAIN
from simulator import ALL, Gateway, Instance, State

from .common import (
    INSTANCE_ID,
    PHONE,
    async_set_up,
    async_set_up_only,
    async_wait,
    requests,
    state_of,
)

NUMBER = "sensor.casa_phone_number"
SINCE = "sensor.casa_connected_since"
LAST = "sensor.casa_last_disconnected"
REASON = "sensor.casa_disconnect_reason"
EXPIRES = "sensor.casa_plan_expires"
PAYMENT = "sensor.casa_payment_status"
QUEUED = "sensor.casa_queued_messages"
OF_THE_SESSION = (SINCE, LAST, REASON)

OTHER_PHONE = "5511988887777"
YESTERDAY = "2026-05-31T12:00:00+00:00"
DUE = 1_800_000_000
DUE_DAY = "2027-01-15T08:00:00+00:00"


@pytest.fixture(autouse=True)
def _times_enabled(entity_registry: er.EntityRegistry, entry: MockConfigEntry) -> None:
    """Let a person have enabled the two that tell times of the session."""
    for key in ("connected_since", "last_disconnected"):
        entity_registry.async_get_or_create(
            Platform.SENSOR,
            DOMAIN,
            f"{INSTANCE_ID}_{key}",
            suggested_object_id=f"casa_{key}",
            config_entry=entry,
        )


def restored(
    hass: HomeAssistant, facts: dict[str, Any], *, is_time: bool = False
) -> None:
    """Let Home Assistant remember states from before the restart."""

    def stored(value: Any) -> Any:
        if not is_time:
            return value
        return {"__type": "<class 'datetime.datetime'>", "isoformat": value}

    mock_restore_cache_with_extra_data(
        hass,
        [
            (
                HassState(entity_id, STATE_UNKNOWN if value is None else value),
                {
                    "native_value": stored(value),
                    "native_unit_of_measurement": None,
                },
            )
            for entity_id, value in facts.items()
        ],
    )


def moment(hass: HomeAssistant, entity_id: str) -> datetime:
    """Return the time that a sensor shows."""
    value = dt_util.parse_datetime(state_of(hass, entity_id))
    assert value
    return value


def written(hass: HomeAssistant) -> dict[str, datetime]:
    """Return when each sensor was last written, changed or not."""
    states = hass.states.async_all(Platform.SENSOR)
    return {state.entity_id: state.last_reported for state in states}


@pytest.mark.usefixtures("clock", "all_enabled")
async def test_the_entities_are_these(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    instance: Instance,
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
) -> None:
    instance.due = DUE
    await async_set_up_only(hass_with_url, entry, Platform.SENSOR)
    await snapshot_platform(hass_with_url, entity_registry, snapshot, entry.entry_id)


async def test_nothing_is_made_up_at_the_first_start(
    hass_with_url: HomeAssistant, loaded: MockConfigEntry
) -> None:
    assert {state_of(hass_with_url, entity_id) for entity_id in OF_THE_SESSION} == {
        STATE_UNKNOWN
    }
    assert state_of(hass_with_url, NUMBER) == f"+{PHONE}"


async def test_an_unreachable_gateway_makes_them_unavailable(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
) -> None:
    gateway.faults.http_5xx = ALL
    await async_wait(hass_with_url, clock, 61)
    shown = (NUMBER, *OF_THE_SESSION, EXPIRES, PAYMENT)
    assert {state_of(hass_with_url, entity_id) for entity_id in shown} == {
        STATE_UNAVAILABLE
    }


async def test_a_disconnect_and_a_connect_are_dated_and_explained(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    await async_wait(hass_with_url, clock, 5)
    went = dt_util.utcnow()
    await gateway.disconnect(instance, "The phone logged out")
    await async_wait(hass_with_url, clock, 600)
    assert moment(hass_with_url, LAST) == went
    assert state_of(hass_with_url, SINCE) == STATE_UNKNOWN
    assert state_of(hass_with_url, REASON) == "The phone logged out"
    assert state_of(hass_with_url, NUMBER) == f"+{PHONE}"

    came = dt_util.utcnow()
    await gateway.connect(instance)
    await async_wait(hass_with_url, clock, 61)
    assert moment(hass_with_url, SINCE) == came
    assert moment(hass_with_url, LAST) == went
    assert state_of(hass_with_url, REASON) == "The phone logged out"


async def test_a_poll_that_finds_a_change_dates_and_explains_it_too(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    instance: Instance,
) -> None:
    instance.state = State.LOST_SESSION
    await async_wait(hass_with_url, clock, 61)
    assert moment(hass_with_url, LAST) == dt_util.utcnow()
    assert state_of(hass_with_url, REASON) == "session_lost"
    instance.state = State.CONNECTED
    await async_wait(hass_with_url, clock, 61)
    assert moment(hass_with_url, SINCE) == dt_util.utcnow()


async def test_a_disconnect_without_a_reason_leaves_none_of_the_last_one(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    await gateway.disconnect(instance)
    await async_wait(hass_with_url, clock, 61)
    await gateway.connect(instance)
    await async_wait(hass_with_url, clock, 61)
    gateway.faults.null_fields = frozenset({"error"})
    await gateway.disconnect(instance)
    await async_wait(hass_with_url, clock, 1)
    assert state_of(hass_with_url, REASON) == STATE_UNKNOWN


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Device has been disconnected", "device_disconnected"),
        ("You need to restore the session.", "session_lost"),
        ("you are not connected", "not_connected"),
        ("The phone was stolen.", "The phone was stolen."),
    ],
)
async def test_a_known_reason_is_a_key_that_has_a_translation(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    said: str,
    shown: str,
) -> None:
    await gateway.disconnect(instance, said)
    await async_wait(hass_with_url, clock, 1)
    assert state_of(hass_with_url, REASON) == shown


async def test_a_reason_is_cut_to_what_a_state_can_hold(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    await gateway.disconnect(instance, "gone 📵 " * 100)
    await async_wait(hass_with_url, clock, 1)
    assert state_of(hass_with_url, REASON) == ("gone 📵 " * 100)[:255]


async def test_connected_while_connected_changes_the_number_alone(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    await gateway.connect(instance, OTHER_PHONE)
    await async_wait(hass_with_url, clock, 1)
    assert state_of(hass_with_url, NUMBER) == f"+{OTHER_PHONE}"
    assert {state_of(hass_with_url, entity_id) for entity_id in OF_THE_SESSION} == {
        STATE_UNKNOWN
    }


async def test_another_number_paired_to_the_same_instance_is_shown(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    await gateway.disconnect(instance)
    await async_wait(hass_with_url, clock, 61)
    assert state_of(hass_with_url, NUMBER) == f"+{PHONE}"
    gateway.faults.lose_callbacks = ALL
    await gateway.connect(instance, OTHER_PHONE)
    await async_wait(hass_with_url, clock, 61)
    assert state_of(hass_with_url, NUMBER) == f"+{OTHER_PHONE}"


async def test_another_number_is_found_without_any_disconnect_too(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    instance: Instance,
) -> None:
    instance.phone = OTHER_PHONE
    await async_wait(hass_with_url, clock, 16 * 60)
    assert state_of(hass_with_url, NUMBER) == f"+{OTHER_PHONE}"


async def test_times_reason_and_number_outlive_a_restart(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    await gateway.disconnect(instance)
    await async_wait(hass_with_url, clock, 61)
    await gateway.connect(instance)
    await async_wait(hass_with_url, clock, 61)
    shown = (NUMBER, *OF_THE_SESSION)
    before = {entity_id: state_of(hass_with_url, entity_id) for entity_id in shown}
    assert STATE_UNKNOWN not in before.values()
    await hass_with_url.config_entries.async_unload(loaded.entry_id)
    await async_wait(hass_with_url, clock, 600)
    await async_set_up(hass_with_url, loaded)
    assert {
        entity_id: state_of(hass_with_url, entity_id) for entity_id in shown
    } == before


@pytest.mark.usefixtures("clock")
async def test_a_session_that_went_meanwhile_has_no_beginning(
    hass_with_url: HomeAssistant, entry: MockConfigEntry, instance: Instance
) -> None:
    instance.state = State.UNPAIRED
    restored(hass_with_url, dict.fromkeys((SINCE, LAST), YESTERDAY), is_time=True)
    await async_set_up(hass_with_url, entry)
    assert state_of(hass_with_url, SINCE) == STATE_UNKNOWN
    assert state_of(hass_with_url, LAST) == YESTERDAY


async def test_the_last_number_is_remembered_while_nobody_is_paired(
    hass_with_url: HomeAssistant, entry: MockConfigEntry, instance: Instance
) -> None:
    instance.state = State.UNPAIRED
    restored(hass_with_url, {NUMBER: PHONE, REASON: "The phone logged out"})
    await async_set_up(hass_with_url, entry)
    assert state_of(hass_with_url, NUMBER) == f"+{PHONE}"
    assert state_of(hass_with_url, REASON) == "The phone logged out"


async def test_what_the_gateway_says_wins_over_what_was_remembered(
    hass_with_url: HomeAssistant, entry: MockConfigEntry, instance: Instance
) -> None:
    restored(hass_with_url, {NUMBER: OTHER_PHONE})
    await async_set_up(hass_with_url, entry)
    assert state_of(hass_with_url, NUMBER) == f"+{PHONE}"


async def test_nothing_remembered_is_unknown(
    hass_with_url: HomeAssistant, entry: MockConfigEntry, instance: Instance
) -> None:
    instance.state = State.UNPAIRED
    restored(hass_with_url, dict.fromkeys((NUMBER, *OF_THE_SESSION)))
    await async_set_up(hass_with_url, entry)
    assert state_of(hass_with_url, NUMBER) == STATE_UNKNOWN
    assert state_of(hass_with_url, LAST) == STATE_UNKNOWN


@pytest.mark.parametrize(
    ("due", "shown"),
    [
        (DUE, DUE_DAY),
        (DUE * 1000, DUE_DAY),
        (str(DUE), DUE_DAY),
        (str(DUE * 1000), DUE_DAY),
        (None, STATE_UNKNOWN),
        ("", STATE_UNKNOWN),
        ("soon", STATE_UNKNOWN),
        (0, STATE_UNKNOWN),
    ],
)
async def test_the_end_of_the_plan_is_read_in_any_unit(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    instance: Instance,
    due: Any,
    shown: str,
) -> None:
    instance.due = due
    await async_set_up(hass_with_url, entry)
    assert state_of(hass_with_url, EXPIRES) == shown


async def test_a_plan_that_seems_over_is_shown_and_concluded_nothing_from(
    hass_with_url: HomeAssistant, entry: MockConfigEntry, instance: Instance
) -> None:
    instance.due = 1_577_836_800
    await async_set_up(hass_with_url, entry)
    assert state_of(hass_with_url, EXPIRES) == "2020-01-01T00:00:00+00:00"
    assert state_of(hass_with_url, PAYMENT) == "active"


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("ACTIVE", "active"),
        ("PAST_DUE", "past_due"),
        ("Em análise 🙃", "em análise 🙃"),
        ("X" * 500, "x" * 255),
        ("", STATE_UNKNOWN),
        (None, STATE_UNKNOWN),
        (7, STATE_UNKNOWN),
    ],
)
async def test_a_payment_status_never_seen_before_breaks_nothing(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    instance: Instance,
    status: Any,
    shown: str,
) -> None:
    instance.payment_status = status
    await async_set_up(hass_with_url, entry)
    assert state_of(hass_with_url, PAYMENT) == shown


async def test_an_instance_that_says_nothing_of_itself_has_unknown_values(
    hass_with_url: HomeAssistant, entry: MockConfigEntry, gateway: Gateway
) -> None:
    gateway.faults.null_fields = ALL
    await async_set_up(hass_with_url, entry)
    shown = (NUMBER, *OF_THE_SESSION, EXPIRES, PAYMENT)
    assert {state_of(hass_with_url, entity_id) for entity_id in shown} == {
        STATE_UNKNOWN
    }


async def test_an_instance_whose_details_fail_has_unknown_values(
    hass_with_url: HomeAssistant, entry: MockConfigEntry, gateway: Gateway
) -> None:
    gateway.faults.http_5xx = frozenset({"me", "device"})
    await async_set_up(hass_with_url, entry)
    assert state_of(hass_with_url, EXPIRES) == STATE_UNKNOWN
    assert state_of(hass_with_url, PAYMENT) == STATE_UNKNOWN


async def test_the_queue_is_not_asked_for_while_nobody_looks(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
) -> None:
    await async_wait(hass_with_url, clock, 61)
    assert not hass_with_url.states.get(QUEUED)
    assert "GET queue/count" not in requests(gateway)


@pytest.mark.usefixtures("all_enabled")
@pytest.mark.parametrize("shape", ["count", "value", "number"])
@pytest.mark.parametrize("as_text", [False, True])
async def test_the_queue_is_counted_with_each_poll_while_enabled(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    entity_registry: er.EntityRegistry,
    shape: str,
    as_text: bool,
) -> None:
    gateway.faults.queue_count_shape = shape
    gateway.faults.string_booleans = ALL if as_text else frozenset()
    instance.state = State.UNPAIRED
    for _ in range(3):
        await gateway.send(instance, "send-text", {"phone": PHONE, "message": "Hi"})
    await async_wait(hass_with_url, clock, 61)
    assert state_of(hass_with_url, QUEUED) == "3"
    assert requests(gateway).count("GET queue/count") == 1

    entity_registry.async_update_entity(
        QUEUED, disabled_by=er.RegistryEntryDisabler.USER
    )
    await hass_with_url.async_block_till_done(wait_background_tasks=True)
    await async_wait(hass_with_url, clock, 61)
    asked = requests(gateway).count("GET queue/count")
    await async_wait(hass_with_url, clock, 61)
    assert requests(gateway).count("GET queue/count") == asked


@pytest.mark.usefixtures("all_enabled")
async def test_a_queue_that_cannot_be_counted_is_unknown_and_harms_nothing_else(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
) -> None:
    await async_wait(hass_with_url, clock, 61)
    assert state_of(hass_with_url, QUEUED) == "0"
    gateway.faults.not_found_200 = frozenset({"queue/count"})
    await async_wait(hass_with_url, clock, 61)
    assert state_of(hass_with_url, QUEUED) == STATE_UNKNOWN
    assert state_of(hass_with_url, NUMBER) == f"+{PHONE}"


async def test_nothing_is_written_while_nothing_changes(
    hass_with_url: HomeAssistant, clock: FrozenDateTimeFactory, loaded: MockConfigEntry
) -> None:
    await async_wait(hass_with_url, clock, 61)
    before = written(hass_with_url)
    await async_wait(hass_with_url, clock, 16 * 60)
    assert written(hass_with_url) == before
