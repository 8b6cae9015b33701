"""Whether each message is followed by its DeliveryCallback: deafness shows at the first."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.zapi.api import CallbackType
from custom_components.zapi.webhooks.monitor import CallbackMonitor
from simulator import Gateway, Instance, State
from tests.actions import a_message
from tests.common import issues
from tests.receipts import hand_on, taken

PATIENCE = 91
OURS = frozenset(
    {CallbackType.CONNECTED, CallbackType.DISCONNECTED, CallbackType.DELIVERY}
)


@pytest.fixture
def monitor(hass: HomeAssistant, loaded: MockConfigEntry) -> CallbackMonitor:
    """Return a monitor of an entry to which DeliveryCallbacks come."""
    monitor = CallbackMonitor(hass, loaded, loaded.runtime_data.coordinator)
    monitor.async_set_active_types(OURS)
    return monitor


def wait(hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float) -> None:
    """Let time pass, without the polls of that time."""
    freezer.tick(timedelta(seconds=seconds))
    async_fire_time_changed(hass)


def deafen(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, monitor: CallbackMonitor
) -> None:
    """Hand two messages over of which nothing is heard."""
    for message_id in "AB":
        monitor.async_expect_delivery(message_id)
        wait(hass, freezer, PATIENCE)


async def test_two_messages_in_a_row_without_a_callback_are_deafness(
    hass: HomeAssistant,
    monitor: CallbackMonitor,
    freezer: FrozenDateTimeFactory,
    issue_registry: ir.IssueRegistry,
) -> None:
    told = []
    monitor.async_add_listener(lambda: told.append(monitor.callbacks_missing))
    monitor.async_expect_delivery("A")
    wait(hass, freezer, PATIENCE)
    assert monitor.missed_deliveries == 1
    assert not issues(issue_registry)

    monitor.async_expect_delivery("B")
    wait(hass, freezer, PATIENCE)

    [issue] = issues(issue_registry)
    assert issue.translation_key == "callbacks_missing"

    # Callbacks of other kinds have a URL of their own.
    monitor.async_callback_received()
    assert issues(issue_registry)
    monitor.async_delivery_received("of another program")
    assert not issues(issue_registry)
    assert told == [True, False]


async def test_a_callback_between_two_that_are_missed_proves_hearing(
    hass: HomeAssistant, monitor: CallbackMonitor, freezer: FrozenDateTimeFactory
) -> None:
    monitor.async_expect_delivery("A")
    wait(hass, freezer, PATIENCE)
    monitor.async_expect_delivery("B")
    monitor.async_delivery_received("B")
    monitor.async_expect_delivery("C")
    wait(hass, freezer, PATIENCE)

    assert monitor.missed_deliveries == 1


async def test_a_message_may_wait_behind_all_that_are_ahead_of_it(
    hass: HomeAssistant, monitor: CallbackMonitor, freezer: FrozenDateTimeFactory
) -> None:
    ids = [f"{number}" for number in range(100)]
    for message_id in ids:
        monitor.async_expect_delivery(message_id)
    for message_id in ids:
        wait(hass, freezer, 80)
        monitor.async_delivery_received(message_id)
    wait(hass, freezer, 1000)

    assert monitor.missed_deliveries == 0


async def test_a_message_may_wait_behind_those_of_other_programs(
    hass: HomeAssistant, monitor: CallbackMonitor, freezer: FrozenDateTimeFactory
) -> None:
    monitor.async_expect_delivery("A")
    for number in range(10):
        wait(hass, freezer, 80)
        monitor.async_delivery_received(f"{number}" if number % 2 else None)

    assert monitor.missed_deliveries == 0


async def test_single_ones_that_are_lost_among_others_are_no_deafness(
    hass: HomeAssistant, monitor: CallbackMonitor, freezer: FrozenDateTimeFactory
) -> None:
    for message_id in "ABCD":
        monitor.async_expect_delivery(message_id)
    monitor.async_delivery_received("D")
    monitor.async_delivery_received("B")
    wait(hass, freezer, PATIENCE)
    wait(hass, freezer, PATIENCE)

    assert monitor.missed_deliveries == 0


async def test_many_unheard_messages_count_one_after_the_other(
    hass: HomeAssistant, monitor: CallbackMonitor, freezer: FrozenDateTimeFactory
) -> None:
    for number in range(1000):
        monitor.async_expect_delivery(f"{number}")
    for _ in range(5):
        wait(hass, freezer, PATIENCE)

    # Nothing is left to wait for once it is known.
    assert monitor.missed_deliveries == 2


@pytest.mark.parametrize("connected", [False, None])
async def test_nothing_is_expected_while_the_number_is_offline(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    monitor: CallbackMonitor,
    freezer: FrozenDateTimeFactory,
    connected: bool | None,
) -> None:
    coordinator = loaded.runtime_data.coordinator
    coordinator.data = coordinator.data._replace(connected=connected)

    deafen(hass, freezer, monitor)

    assert monitor.missed_deliveries == 0


async def test_what_was_handed_over_before_the_session_dropped_is_not_expected(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    instance: Instance,
    monitor: CallbackMonitor,
    freezer: FrozenDateTimeFactory,
) -> None:
    monitor.async_expect_delivery("A")
    monitor.async_expect_delivery("B")
    instance.state = State.LOST_SESSION
    await loaded.runtime_data.coordinator.async_refresh()
    for _ in range(2):
        wait(hass, freezer, PATIENCE)

    assert monitor.missed_deliveries == 0


async def test_nothing_is_expected_of_a_webhook_that_is_not_ours(
    hass: HomeAssistant, monitor: CallbackMonitor, freezer: FrozenDateTimeFactory
) -> None:
    monitor.async_set_active_types(OURS - {CallbackType.DELIVERY})

    deafen(hass, freezer, monitor)

    assert monitor.missed_deliveries == 0


async def test_who_receives_no_receipts_any_more_is_not_deaf(
    hass: HomeAssistant,
    monitor: CallbackMonitor,
    freezer: FrozenDateTimeFactory,
    issue_registry: ir.IssueRegistry,
) -> None:
    deafen(hass, freezer, monitor)
    assert issues(issue_registry)

    monitor.async_set_active_types(OURS - {CallbackType.DELIVERY})

    assert not issues(issue_registry)
    assert not monitor.callbacks_missing


async def test_a_callback_that_the_repair_caused_proves_hearing(
    hass: HomeAssistant,
    monitor: CallbackMonitor,
    freezer: FrozenDateTimeFactory,
    issue_registry: ir.IssueRegistry,
) -> None:
    deafen(hass, freezer, monitor)

    async def cause() -> None:
        monitor.async_callback_received()

    assert await monitor.async_verify_delivery(cause, 5)
    assert not monitor.callbacks_missing
    assert not issues(issue_registry)


async def test_unloading_ends_the_wait_for_deliveries(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    monitor: CallbackMonitor,
    freezer: FrozenDateTimeFactory,
) -> None:
    monitor.async_expect_delivery("A")
    await hass.config_entries.async_unload(loaded.entry_id)
    wait(hass, freezer, PATIENCE)

    assert monitor.missed_deliveries == 0


@pytest.mark.parametrize("is_heard", [True, False])
async def test_each_message_that_is_handed_over_is_expected(
    hass: HomeAssistant,
    house: MockConfigEntry,
    gateway: Gateway,
    freezer: FrozenDateTimeFactory,
    is_heard: bool,
) -> None:
    house.runtime_data.callback_monitor.async_set_active_types(OURS)
    message_id = await a_message(hass)
    if is_heard:
        hand_on(house, taken(message_id))

    wait(hass, freezer, PATIENCE)

    missed = house.runtime_data.callback_monitor.missed_deliveries
    assert missed == (0 if is_heard else 1)
    await hass.async_block_till_done(wait_background_tasks=True)
