"""All that is known of an instance, from polls and callbacks, in order."""

from asyncio import gather
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
import random
import time
from typing import Any, override

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from . import issues
from .api import (
    ConnectedCallback,
    Device,
    DisconnectedCallback,
    Instance,
    Setting,
    ZapiAuthError,
    ZapiError,
)
from .client import async_create_client
from .const import DOMAIN, LOGGER
from .errors import as_failure
from .listeners import Listeners
from .state.callback_order import CallbackOrder
from .state.fact_order import FactOrder, Found
from .state.models import ChangeSource, ConnectionChange, InstanceState

_POLL_INTERVAL = timedelta(seconds=60)
_FIRST_INTERVAL = (10.0, 60.0)
_GOLDEN_RATIO = 0.6180339887
_DETAILS_INTERVAL = 15 * 60
_DETAILS_COOLDOWN = 60

# How many polls in a row may fail after a callback before it is believed no more.
CALLBACK_GRACE_POLLS = 3
# How many polls that were asked for may begin within so many seconds.
_MAX_ASKED_POLLS = 6
_ASKED_POLLS_SECONDS = 60

# The context of entities that show the queue, which is asked for only then.
QUEUE = "queue"


def _staggered_intervals() -> Iterator[timedelta]:
    """Give first intervals that spread the polls of many instances over the minute.

    Multiples of the golden ratio keep apart, however many there are; houses are
    kept apart by chance.
    """
    shortest, longest = _FIRST_INTERVAL
    place = random.random()
    while True:
        yield timedelta(seconds=shortest + place * (longest - shortest))
        place = (place + _GOLDEN_RATIO) % 1


_first_intervals = _staggered_intervals()


class ZapiCoordinator(DataUpdateCoordinator[InstanceState]):
    """The one place where the facts of an instance meet.

    Attributes:
        last_change: when the session last really changed, since the entry was loaded.
    """

    config_entry: ConfigEntry
    last_change: datetime | None = None

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Initialize the coordinator; nothing is known yet."""
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            # Not the title: it goes into the log, and may be a number or a name.
            name=f"{DOMAIN} {entry.entry_id}",
            update_interval=next(_first_intervals),
            always_update=False,
        )
        self.data = InstanceState()
        self.client = async_create_client(hass, entry.data)
        self._has_polled = False
        self._callback_order = CallbackOrder()
        self._fact_order = FactOrder()
        self._grace_polls = 0
        self._poll_wanted = False
        self._polling = False
        self._asked_polls: deque[float] = deque(maxlen=_MAX_ASKED_POLLS)
        self._turn = HassJob(
            self._poll_in_turn, f"{DOMAIN} poll", cancel_on_shutdown=True
        )
        self._cancel_turn: CALLBACK_TYPE | None = None
        self._details_wanted = False
        self._details_at = float("-inf")
        self._phone_doubt: ConnectedCallback | None = None
        self._last_status_message: str | None = None
        self._last_connected: bool | None = None
        self._change_listeners = Listeners[ConnectionChange]()

    @property
    def available(self) -> bool:
        """Whether what is known may be shown."""
        return self.last_update_success or self._grace_polls > 0

    @callback
    def async_receive(self, news: ConnectedCallback | DisconnectedCallback) -> None:
        """Take a callback in, if it is news."""
        verdict = self._callback_order.judge(news, time.time())
        if isinstance(news, ConnectedCallback) and news.phone != self.data.phone:
            if verdict.poll or (verdict.accept and not news.phone):
                self._phone_doubt = news
        changed = verdict.accept and self._apply_callback(news)
        if verdict.poll or changed:
            self.async_poll_soon()

    @callback
    def async_add_change_listener(
        self, listener: Callable[[ConnectionChange], None]
    ) -> CALLBACK_TYPE:
        """Call the listener with each real change of the session."""
        return self._change_listeners.async_add(listener)

    @callback
    def async_restore(self, **facts: Any) -> None:
        """Take facts over from before the restart, where nothing newer is known."""
        news = {
            key: value for key, value in facts.items() if not getattr(self.data, key)
        }
        if not self.data.connected:
            news.pop("connected_since", None)
        self._publish(self.data._replace(**news))

    @callback
    def async_set_instance(self, instance: Instance) -> None:
        """Take an answer to ``/me`` that somebody else asked for."""
        self._fact_order.note_instance()
        before, self.data = self.data, self.data._replace(instance=instance)
        if self.data != before:
            self.async_update_listeners()

    @callback
    def async_assume_setting(self, setting: Setting, value: bool | str) -> None:
        """Take a setting as changed until ``/me`` says what it is."""
        if instance := self.data.instance:
            settings = {**instance.settings, setting: value}
            self.async_set_instance(replace(instance, settings=settings))

    def _apply_callback(self, news: ConnectedCallback | DisconnectedCallback) -> bool:
        """Take over what a callback tells; return whether the session changed."""
        was_available, self._grace_polls = self.available, CALLBACK_GRACE_POLLS
        known = self.data
        connected = isinstance(news, ConnectedCallback)
        phone = news.phone if isinstance(news, ConnectedCallback) else None
        reason = news.error if isinstance(news, DisconnectedCallback) else None
        dates, change = self._detect_change(
            connected, phone or known.phone, reason, "callback"
        )
        data = known._replace(connected=connected, phone=phone or known.phone, **dates)
        changed = connected != known.connected
        self._details_wanted |= changed
        self._fact_order.note_callback(has_phone=bool(phone))
        self._publish(data, even_if_same=not was_available)
        self._announce(change)
        return changed

    def _detect_change(
        self,
        connected: bool | None,
        phone: str | None,
        reason: str | None,
        source: ChangeSource,
    ) -> tuple[dict[str, Any], ConnectionChange | None]:
        """Return the time of a change of the session, as facts, and the change."""
        if connected is None:
            return {}, None
        before, self._last_connected = self._last_connected, connected
        if before is None or connected == before:
            return {}, None
        now = self.last_change = dt_util.utcnow()
        facts: dict[str, Any] = (
            {"connected_since": now}
            if connected
            else {
                "connected_since": None,
                "last_disconnected": now,
                "disconnect_reason": reason,
            }
        )
        return facts, ConnectionChange(connected, phone, reason, source)

    def _announce(self, change: ConnectionChange | None) -> None:
        """Tell a change, once what is known has been shown."""
        if change:
            self._change_listeners.async_call(change)

    def _publish(self, data: InstanceState, *, even_if_same: bool = False) -> None:
        # Not async_set_updated_data: it postpones the next poll, so that a busy
        # instance would never be polled.
        if data != self.data or even_if_same:
            self.data = data
            self.async_update_listeners()

    @callback
    def async_poll_soon(self) -> None:
        """Ask the gateway now, or once the poll that is under way has ended."""
        self._poll_wanted = True
        if not self._cancel_turn:
            self._poll_in_turn()

    @callback
    def _poll_in_turn(self, _now: datetime | None = None) -> None:
        """Begin a poll that was asked for, now or when there may be another one."""
        self._forget_turn()
        stopped = self._shutdown_requested or self.hass.is_stopping
        if stopped or self._polling or not self._poll_wanted:
            return
        now = time.monotonic()
        if len(self._asked_polls) == _MAX_ASKED_POLLS:
            wait = self._asked_polls[0] + _ASKED_POLLS_SECONDS - now
            if wait > 0:
                self._cancel_turn = async_call_later(self.hass, wait, self._turn)
                return
        self._asked_polls.append(now)
        self._polling = True
        # Not async_request_refresh: what falls into a poll is dropped by its debouncer.
        self.config_entry.async_create_background_task(
            self.hass, self.async_refresh(), f"{DOMAIN} poll"
        )

    def _forget_turn(self) -> None:
        if self._cancel_turn:
            self._cancel_turn()
            self._cancel_turn = None

    @override
    async def async_shutdown(self) -> None:
        """Begin no more polls."""
        await super().async_shutdown()
        self._forget_turn()

    @override
    async def _async_update_data(self) -> InstanceState:
        self._poll_wanted, self._polling = False, True
        before = self.data
        try:
            return self._take_in(before, await self._poll())
        except ZapiError as err:
            raise self._failure(err) from err
        finally:
            # Not in _async_refresh_finished, which a cancelled poll never reaches.
            self._polling = False
            self._poll_in_turn()

    def _take_in(self, before: InstanceState, data: InstanceState) -> InstanceState:
        """Return what is known after a good poll, and tell what changed."""
        reason = None if data.connected else self._last_status_message
        dates, change = self._detect_change(data.connected, data.phone, reason, "poll")
        data = data._replace(**dates)
        if change or self.data is not before:
            # The base class compares with what was known before the poll, and
            # would keep back what differs from a callback that came meanwhile.
            self._publish(data)
        self._announce(change)
        issues.async_delete_failures(self.hass, self.config_entry)
        self._grace_polls = 0
        self._end_reauth()
        if self._has_polled:
            self.update_interval = _POLL_INTERVAL
        self._has_polled = True
        return data

    async def _poll(self) -> InstanceState:
        """Ask the gateway; facts that somebody told meanwhile stay as they told them."""
        began, at, doubt = self._fact_order.mark(), time.time(), self._phone_doubt
        found = await self._fetch()
        self._last_status_message = found.status.error
        self._callback_order.note_poll(at)
        self._poll_wanted |= self._fact_order.is_overtaken(began)
        if found.device and found.status.connected and self._phone_doubt is doubt:
            self._phone_doubt = None
        return self._fact_order.merge(self.data, found, began)

    async def _fetch(self) -> Found:
        """Ask for the status, and for as much of the rest as has to be known."""
        if self._are_details_due:
            # Side by side: a start waits for them.
            status, details = await gather(
                _outcome(self.client.status()), self._fetch_details()
            )
            if isinstance(status, ZapiError):
                raise status
            return Found(status, *details, await self._fetch_queue_count())
        status = await self.client.status()
        self._details_wanted |= status.connected != self.data.connected
        instance = device = None
        if self._are_details_due:
            instance, device = await self._fetch_details()
        # A poll that finds the number connected was told no phone.
        elif status.connected and (self._phone_doubt or not self.data.connected):
            device = await _optional(self.client.device())
        return Found(status, instance, device, await self._fetch_queue_count())

    @property
    def _are_details_due(self) -> bool:
        """Whether to ask for what changes seldom."""
        wait = _DETAILS_COOLDOWN if self._details_wanted else _DETAILS_INTERVAL
        return time.monotonic() - self._details_at >= wait

    async def _fetch_details(self) -> tuple[Instance | None, Device | None]:
        """Ask for what changes seldom; only ``/status`` may fail a poll."""
        self._details_at, self._details_wanted = time.monotonic(), False
        return await gather(
            _optional(self.client.me()), _optional(self.client.device())
        )

    async def _fetch_queue_count(self) -> int | None:
        """Ask how many messages wait, if an entity shows it."""
        if QUEUE not in self.async_contexts():
            return None
        return await _optional(self.client.queue_count())

    def _failure(self, err: ZapiError) -> ConfigEntryAuthFailed | UpdateFailed:
        """Return what a failed poll becomes, and count it."""
        if self._grace_polls:
            self._grace_polls -= 1
            if not self._grace_polls and not self.last_update_success:
                self.async_update_listeners()
        issues.async_create_failure(
            self.hass, self.config_entry, err, self.data.instance
        )
        if not isinstance(err, ZapiAuthError):
            return as_failure(err, UpdateFailed)
        if not self._has_polled:
            # The entry is being set up.
            return as_failure(err, ConfigEntryAuthFailed)
        self.config_entry.async_start_reauth(self.hass)
        return as_failure(err, UpdateFailed)

    def _end_reauth(self) -> None:
        """The credentials serve again: nobody needs to be asked for others."""
        flows = self.hass.config_entries.flow
        for flow in list(
            self.config_entry.async_get_active_flows(self.hass, {SOURCE_REAUTH})
        ):
            flows.async_abort(flow["flow_id"])


async def _outcome[T](answer: Awaitable[T]) -> T | ZapiError:
    """Return an answer or its failure, so that one does not cut off the others."""
    try:
        return await answer
    except ZapiError as err:
        return err


async def _optional[T](answer: Awaitable[T]) -> T | None:
    """Return an answer, or None where it failed."""
    try:
        return await answer
    except ZapiError:
        return None
