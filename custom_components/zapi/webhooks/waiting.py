"""What came of messages, kept until somebody can take it.

The gateway posts a callback once: what comes while an entry is not loaded, or before
Home Assistant has started its automations, would be lost.
"""

from collections import deque
from collections.abc import Callable
import time
from typing import NamedTuple

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import CALLBACK_TYPE, CoreState, HomeAssistant, callback
from homeassistant.helpers.start import async_at_started
from homeassistant.util.hass_dict import HassKey

from ..api import Callback
from ..const import DOMAIN, LOGGER
from .stats import CallbackStats, async_get_stats

_ROOMS: HassKey[dict[str, WaitingRoom]] = HassKey(f"{DOMAIN}_waiting")
_MAX_CALLBACKS = 200
_MAX_BYTES = 2 * 1024 * 1024
_MAX_WAIT_SECONDS = 5 * 60

type Taker = Callable[[Callback, float], None]


class _Waiting(NamedTuple):
    """One callback that waits.

    Attributes:
        size: bytes of its body.
        arrived: when it came, seconds since 1970.
        since: the same on the monotonic clock: the other one may be set at the start.
    """

    incoming: Callback
    size: int
    arrived: float
    since: float


class WaitingRoom:
    """The callbacks of one entry on their way to whoever takes them, in order."""

    def __init__(self, stats: CallbackStats) -> None:
        """Initialize the room, which is closed: all that comes waits."""
        self._stats = stats
        self._waiting: deque[_Waiting] = deque()
        self._size = 0
        self._taker: Taker | None = None

    @callback
    def async_hand_on(self, incoming: Callback, size: int) -> None:
        """Hand a callback of so many bytes on, or keep it until the room is opened."""
        if self._taker:
            self._hand_on(self._taker, incoming, time.time())
            return
        self._waiting.append(_Waiting(incoming, size, time.time(), time.monotonic()))
        self._size += size
        while len(self._waiting) > _MAX_CALLBACKS or self._size > _MAX_BYTES:
            self._next()
            self._drop("full")

    @callback
    def async_open(self, taker: Taker) -> CALLBACK_TYPE:
        """Hand on what waited and all that comes; return how to close the room.

        The taker is told when a callback came, in seconds since 1970.
        """
        while self._waiting:
            first = self._next()
            if time.monotonic() - first.since > _MAX_WAIT_SECONDS:
                self._drop("too_old")
            else:
                self._hand_on(taker, first.incoming, first.arrived)
        self._taker = taker
        return self._close

    @callback
    def async_clear(self) -> None:
        """Drop all: the entry was removed or disabled."""
        while self._waiting:
            self._next()
            self._drop("retired")

    def _close(self) -> None:
        self._taker = None

    def _next(self) -> _Waiting:
        first = self._waiting.popleft()
        self._size -= first.size
        return first

    def _drop(self, why: str) -> None:
        self._stats.record(f"dropped_{why}", accepted=False)

    def _hand_on(self, taker: Taker, incoming: Callback, arrived: float) -> None:
        """Hand on one; a fault in what is done with it must not keep the next."""
        try:
            taker(incoming, arrived)
        except Exception as err:  # noqa: BLE001
            # Not the error's text, which may hold the message's.
            LOGGER.error("A callback could not be handled: %s", type(err).__name__)


@callback
def async_get_room(hass: HomeAssistant, entry: ConfigEntry) -> WaitingRoom:
    """Return the waiting room of an entry, which outlives a reload."""
    rooms = hass.data.setdefault(_ROOMS, {})
    if entry.entry_id not in rooms:
        rooms[entry.entry_id] = WaitingRoom(async_get_stats(hass, entry))
    return rooms[entry.entry_id]


@callback
def async_open_while_loaded(
    hass: HomeAssistant, entry: ConfigEntry, taker: Taker
) -> None:
    """Have an entry's room open while the entry is loaded and Home Assistant runs.

    Not before: what a message triggers may act on the entry.
    """
    room = async_get_room(hass, entry)
    close: CALLBACK_TYPE | None = None

    @callback
    def follow(_hass: HomeAssistant | None = None) -> None:
        nonlocal close
        is_running = hass.state is CoreState.running
        if is_running and entry.state is ConfigEntryState.LOADED:
            close = room.async_open(taker)
        elif close:
            close()

    entry.async_on_unload(entry.async_on_state_change(follow))
    entry.async_on_unload(async_at_started(hass, follow))
