"""The waiting room: what came of messages is handed on once, in order, or counted."""

from collections.abc import Callable, Generator
from http import HTTPStatus
import time
from typing import Any
from unittest.mock import patch

from aiohttp.test_utils import TestClient
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    ConfigEntryDisabler,
    ConfigEntryState,
)
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.zapi.api import Callback
from custom_components.zapi.const import CONF_RECEIVE
from custom_components.zapi.runtime import ZapiRuntime
from custom_components.zapi.webhooks.stats import CallbackStats, async_get_stats
from custom_components.zapi.webhooks.waiting import WaitingRoom, async_get_room
from simulator import ALL, Gateway
from tests.common import WEBHOOK_ID, async_set_up, async_wait

from .messages import body_of, id_of, received

PATH = f"/api/webhook/{WEBHOOK_ID}"

# Their pages must be there before the first request.
PAGES = ("image", "notify", "repairs")

type Post = Callable[..., Any]


@pytest.fixture
def taken() -> Generator[list[str | None]]:
    """Return the ids of the messages that were handed on, in order."""
    ids: list[str | None] = []

    def take(_runtime: ZapiRuntime, incoming: Callback, _arrived: float) -> None:
        ids.append(id_of(incoming))

    with patch.object(ZapiRuntime, "async_receive_message", take):
        yield ids


@pytest.fixture
def receiving(hass: HomeAssistant, entry: MockConfigEntry) -> MockConfigEntry:
    """Return the entry, which wants messages and receipts, and is not set up."""
    hass.config_entries.async_update_entry(
        entry, options={CONF_RECEIVE: ["messages", "receipts"]}
    )
    return entry


@pytest.fixture
async def post(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> Post:
    """Return how to post callbacks, which are answered 200."""
    clients: list[TestClient[Any, Any]] = []

    async def post(*bodies: bytes) -> None:
        if not clients:
            for page in PAGES:
                assert await async_setup_component(hass, page, {})
            clients.append(await hass_client_no_auth())
        [client] = clients
        for body in bodies:
            answer = await client.post(PATH, data=body)
            assert answer.status == HTTPStatus.OK

    return post


def counts(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, int]:
    """Return what was dropped or not wanted."""
    found = async_get_stats(hass, entry).counts
    return {
        name: count
        for name, count in found.items()
        if name.startswith(("dropped", "not_wanted"))
    }


@pytest.mark.usefixtures("hass_with_url")
async def test_what_comes_while_all_runs_is_handed_on_at_once_and_in_order(
    hass: HomeAssistant,
    receiving: MockConfigEntry,
    post: Post,
    taken: list[str],
) -> None:
    await async_set_up(hass, receiving)
    kinds = ("ReceivedCallback", "DeliveryCallback", "MessageStatusCallback")
    for number, kind in enumerate(kinds):
        await post(body_of(str(number), kind))
        assert taken == ["0", "1", "2"][: number + 1]
    assert counts(hass, receiving) == {}


@pytest.mark.usefixtures("hass_with_url")
async def test_what_is_not_wanted_is_counted_and_kept_from_everybody(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    post: Post,
    taken: list[str],
) -> None:
    hass.config_entries.async_update_entry(entry, options={CONF_RECEIVE: ["receipts"]})
    await async_set_up(hass, entry)
    await post(body_of("A"), body_of("B", "DeliveryCallback"))
    assert taken == ["B"]
    assert counts(hass, entry) == {"not_wanted": 1}


@pytest.mark.usefixtures("hass_with_url")
async def test_a_message_tells_that_callbacks_arrive(
    hass: HomeAssistant, receiving: MockConfigEntry, post: Post, taken: list[str]
) -> None:
    await async_set_up(hass, receiving)
    monitor = receiving.runtime_data.callback_monitor
    monitor.missed_changes = 1
    await post(body_of("A"))
    assert monitor.missed_changes == 0


@pytest.mark.usefixtures("hass_with_url")
async def test_what_comes_during_a_reload_is_handed_on_after_it(
    hass: HomeAssistant, receiving: MockConfigEntry, post: Post, taken: list[str]
) -> None:
    await async_set_up(hass, receiving)
    await post(body_of("A"))
    await hass.config_entries.async_unload(receiving.entry_id)
    await post(body_of("B"), body_of("C"))
    assert taken == ["A"]
    await hass.config_entries.async_setup(receiving.entry_id)
    assert taken == ["A", "B", "C"]
    await post(body_of("D"))
    assert taken == ["A", "B", "C", "D"]
    assert counts(hass, receiving) == {}


@pytest.mark.usefixtures("hass_with_url")
async def test_what_comes_while_the_entry_unloads_waits(
    hass: HomeAssistant, receiving: MockConfigEntry, post: Post, taken: list[str]
) -> None:
    await async_set_up(hass, receiving)
    stop = receiving.runtime_data.outbox.async_stop

    async def stop_late() -> None:
        await post(body_of("A"))
        assert taken == []
        await stop()

    with patch.object(receiving.runtime_data.outbox, "async_stop", stop_late):
        await hass.config_entries.async_reload(receiving.entry_id)
    assert taken == ["A"]


@pytest.mark.usefixtures("hass_with_url")
async def test_what_comes_while_the_set_up_is_tried_again_is_handed_on_after_it(
    hass: HomeAssistant,
    receiving: MockConfigEntry,
    gateway: Gateway,
    freezer: FrozenDateTimeFactory,
    post: Post,
    taken: list[str],
) -> None:
    gateway.faults.http_5xx = ALL
    await async_set_up(hass, receiving)
    assert receiving.state is ConfigEntryState.SETUP_RETRY
    await post(body_of("A"), body_of("B"))
    gateway.faults.clear()
    await async_wait(hass, freezer, 60)
    assert taken == ["A", "B"]


@pytest.mark.usefixtures("hass_with_url")
async def test_what_comes_while_the_token_is_refused_is_handed_on_after_it(
    hass: HomeAssistant,
    receiving: MockConfigEntry,
    gateway: Gateway,
    post: Post,
    taken: list[str],
) -> None:
    gateway.faults.instance_not_found = ALL
    await async_set_up(hass, receiving)
    assert receiving.state is ConfigEntryState.SETUP_ERROR
    assert list(receiving.async_get_active_flows(hass, {SOURCE_REAUTH}))
    await post(body_of("A"), body_of("B"))
    gateway.faults.clear()
    await hass.config_entries.async_reload(receiving.entry_id)
    assert taken == ["A", "B"]


@pytest.mark.usefixtures("hass_with_url")
async def test_what_comes_before_home_assistant_has_started_is_handed_on_then(
    hass: HomeAssistant, receiving: MockConfigEntry, post: Post, taken: list[str]
) -> None:
    hass.set_state(CoreState.starting)
    await async_set_up(hass, receiving)
    await post(body_of("A"), body_of("B"))
    assert taken == []
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert taken == ["A", "B"]


@pytest.mark.usefixtures("hass_with_url")
async def test_nothing_is_handed_on_before_the_entry_is_loaded(
    hass: HomeAssistant, receiving: MockConfigEntry, post: Post
) -> None:
    await async_set_up(hass, receiving)
    await hass.config_entries.async_unload(receiving.entry_id)
    await post(body_of("A"))
    states = []

    def take(*_: object) -> None:
        states.append(receiving.state)

    with patch.object(ZapiRuntime, "async_receive_message", take):
        await hass.config_entries.async_setup(receiving.entry_id)
    assert states == [ConfigEntryState.LOADED]


@pytest.mark.usefixtures("hass_with_url")
@pytest.mark.parametrize("ends", ["disable", "remove"])
async def test_who_disables_or_removes_an_entry_wants_no_message_of_it(
    hass: HomeAssistant,
    receiving: MockConfigEntry,
    gateway: Gateway,
    post: Post,
    taken: list[str],
    ends: str,
) -> None:
    await async_set_up(hass, receiving)
    gateway.faults.http_5xx = frozenset({"status"})
    await hass.config_entries.async_reload(receiving.entry_id)
    await post(body_of("A"), body_of("B"))
    stats = async_get_stats(hass, receiving)
    # What cannot be given back keeps its door.
    gateway.faults.http_5xx = frozenset({"update-*"})
    if ends == "remove":
        await hass.config_entries.async_remove(receiving.entry_id)
    else:
        await hass.config_entries.async_set_disabled_by(
            receiving.entry_id, ConfigEntryDisabler.USER
        )
        await hass.async_block_till_done(wait_background_tasks=True)
        await post(body_of("C"))
        gateway.faults.clear()
        await hass.config_entries.async_set_disabled_by(receiving.entry_id, None)
        await hass.async_block_till_done(wait_background_tasks=True)
        await post(body_of("D"))
    assert stats.counts["dropped_retired"] == 2
    assert taken == (["D"] if ends == "disable" else [])


@pytest.fixture
def stats() -> CallbackStats:
    """Return where a room counts."""
    return CallbackStats()


@pytest.fixture
def room(stats: CallbackStats) -> WaitingRoom:
    """Return a closed room."""
    return WaitingRoom(stats)


def open_up(room: WaitingRoom) -> list[str | None]:
    """Return what a room hands on when it is opened."""
    ids: list[str | None] = []
    room.async_open(lambda incoming, _: ids.append(id_of(incoming)))
    return ids


def test_200_callbacks_wait_and_the_oldest_go_first(
    room: WaitingRoom, stats: CallbackStats
) -> None:
    for number in range(205):
        room.async_hand_on(received(str(number)), 100)
    assert open_up(room) == [str(number) for number in range(5, 205)]
    assert stats.counts == {"dropped_full": 5}


def test_2_mib_wait_and_the_oldest_go_first(
    room: WaitingRoom, stats: CallbackStats
) -> None:
    for name in "ABC":
        room.async_hand_on(received(name), 1024 * 1024)
    assert open_up(room) == ["B", "C"]
    assert stats.counts == {"dropped_full": 1}


def test_what_waited_longer_than_five_minutes_is_dropped(
    room: WaitingRoom, stats: CallbackStats, freezer: FrozenDateTimeFactory
) -> None:
    room.async_hand_on(received("A"), 100)
    freezer.tick(60)
    room.async_hand_on(received("B"), 100)
    freezer.tick(241)
    assert open_up(room) == ["B"]
    assert stats.counts == {"dropped_too_old": 1}


def test_when_a_callback_came_is_handed_on_with_it(
    room: WaitingRoom, freezer: FrozenDateTimeFactory
) -> None:
    came = time.time()
    room.async_hand_on(received("A"), 100)
    freezer.tick(60)
    told = []
    close = room.async_open(lambda _, arrived: told.append(arrived))
    room.async_hand_on(received("B"), 100)
    close()
    room.async_hand_on(received("C"), 100)
    assert told == [came, came + 60]


def test_a_fault_in_what_is_done_with_one_does_not_keep_the_next(
    room: WaitingRoom, caplog: pytest.LogCaptureFixture
) -> None:
    ids = []

    def take(incoming: Callback, _arrived: float) -> None:
        ids.append(id_of(incoming))
        raise RuntimeError(f"the text of {incoming}")

    room.async_hand_on(received("A"), 100)
    room.async_hand_on(received("B"), 100)
    room.async_open(take)
    room.async_hand_on(received("C"), 100)
    assert ids == ["A", "B", "C"]
    assert [record.getMessage() for record in caplog.records] == [
        "A callback could not be handled: RuntimeError"
    ] * 3
    assert not any(record.exc_info for record in caplog.records)


async def test_a_room_outlives_a_reload(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    room = async_get_room(hass, loaded)
    await hass.config_entries.async_reload(loaded.entry_id)
    assert async_get_room(hass, loaded) is room
