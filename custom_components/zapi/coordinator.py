"""All that is known of an instance, from polls and callbacks, in order."""

from asyncio import gather
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
import random
import time
from typing import Any, override

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.const import CONF_TOKEN
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from . import issues
from .api import (
    CallbackType,
    ConnectedCallback,
    Device,
    DisconnectedCallback,
    Instance,
    Setting,
    Status,
    ZapiAuthError,
    ZapiClient,
    ZapiConnectionError,
    ZapiError,
    ZapiForbiddenError,
    ZapiInstanceNotFoundError,
    ZapiNotFoundError,
    ZapiPasskeyError,
    ZapiSubscriptionError,
    ZapiUnusableAnswerError,
)
from .const import CONF_API_URL, CONF_CLIENT_TOKEN, CONF_INSTANCE_ID, DOMAIN, LOGGER
from .state.callback_order import CallbackOrder
from .state.models import ConnectionChange, InstanceState
from .webhooks.monitor import CallbackMonitor

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

type _Answer[T] = T | ZapiError | None

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


def create_client(hass: HomeAssistant, entry: ConfigEntry) -> ZapiClient:
    """Return a client with the credentials of an entry."""
    return ZapiClient(
        async_get_clientsession(hass),
        entry.data[CONF_INSTANCE_ID],
        entry.data[CONF_TOKEN],
        entry.data[CONF_CLIENT_TOKEN],
        entry.data[CONF_API_URL],
    )


class ZapiCoordinator(DataUpdateCoordinator[InstanceState]):
    """The one place where the facts of an instance meet.

    Attributes:
        last_change: when the session last really changed, since the entry was loaded.
    """

    config_entry: ConfigEntry
    last_change: datetime | None = None

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, callback_monitor: CallbackMonitor
    ) -> None:
        """Start with nothing known."""
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            # Not the title: it goes into the log, and may be a number or a name.
            name=f"{DOMAIN} {entry.entry_id}",
            update_interval=next(_first_intervals),
            always_update=False,
        )
        self.client = create_client(hass, entry)
        self._monitor = callback_monitor
        self._order = CallbackOrder()
        self._callbacks_accepted = 0
        self._connected_revision = 0
        self._phone_revision = 0
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
        self._said: str | None = None
        self._last_connected: bool | None = None
        self._instance_revision = 0
        self._change_listeners: set[Callable[[ConnectionChange], None]] = set()

    @property
    def available(self) -> bool:
        """Whether what is known may be shown."""
        return self.last_update_success or self._grace_polls > 0

    @property
    def known(self) -> InstanceState:
        """What is known so far: nothing before the first good poll or callback."""
        return self.data or InstanceState()

    @callback
    def async_receive(self, news: ConnectedCallback | DisconnectedCallback) -> None:
        """Take a callback in, if it is news."""
        verdict = self._order.judge(news, time.time())
        if isinstance(news, ConnectedCallback) and news.phone != self.known.phone:
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
        self._change_listeners.add(listener)
        return partial(self._change_listeners.discard, listener)

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
        self._instance_revision += 1
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
        self._callbacks_accepted += 1
        was_available, self._grace_polls = self.available, CALLBACK_GRACE_POLLS
        known = self.known
        connected = isinstance(news, ConnectedCallback)
        phone = news.phone if isinstance(news, ConnectedCallback) else None
        reason = news.error if isinstance(news, DisconnectedCallback) else None
        dates, change = self._detect_change(connected, phone or known.phone, reason)
        data = known._replace(connected=connected, phone=phone or known.phone, **dates)
        changed = connected != known.connected
        self._details_wanted |= changed
        self._connected_revision = self._callbacks_accepted
        if phone:
            self._phone_revision = self._callbacks_accepted
        self._publish(data, even_if_same=not was_available)
        self._announce(change)
        return changed

    def _detect_change(
        self, connected: bool | None, phone: str | None, reason: str | None
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
        return facts, ConnectionChange(connected, phone, reason)

    def _announce(self, change: ConnectionChange | None) -> None:
        """Tell a change, once what is known has been shown."""
        if change:
            for listener in list(self._change_listeners):
                listener(change)

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

    def _take_in(
        self, before: InstanceState | None, data: InstanceState
    ) -> InstanceState:
        """Return what is known after a good poll, and tell what changed."""
        reason = None if data.connected else self._said
        dates, change = self._detect_change(data.connected, data.phone, reason)
        data = data._replace(**dates)
        self._listen_for_what(before, data)
        if change or self.data is not before:
            # The base class compares with what was known before the poll, and
            # would keep back what differs from a callback that came meanwhile.
            self._publish(data)
        self._announce(change)
        issues.async_delete_issues(
            self.hass, self.config_entry, issues.SUBSCRIPTION, issues.IP_NOT_ALLOWED
        )
        self._grace_polls = 0
        self._end_reauth()
        if self.data is not None:
            self.update_interval = _POLL_INTERVAL
        return data

    def _listen_for_what(
        self, before: InstanceState | None, found: InstanceState
    ) -> None:
        """Note a change that no callback has told yet."""
        if (
            before is not None
            and self.data is before
            and None not in (before.connected, found.connected)
            and before.connected != found.connected
        ):
            self._monitor.async_expect(
                CallbackType.CONNECTED if found.connected else CallbackType.DISCONNECTED
            )

    async def _poll(self) -> InstanceState:
        """Ask the gateway; facts that somebody told meanwhile stay as they told them."""
        began, at = self._callbacks_accepted, time.time()
        learned, doubt = self._instance_revision, self._phone_doubt
        status, instance, device = await self._ask()
        queued = await self._queued()
        self._said = status.error
        self._order.note_poll(at)
        self._poll_wanted |= self._callbacks_accepted > began
        facts: dict[str, Any] = {
            "smartphone_connected": status.smartphone_connected,
            "queued": queued,
        }
        if isinstance(instance, Instance) and self._instance_revision == learned:
            facts["instance"] = instance
        if isinstance(device, Device):
            facts["device"] = device
            if status.connected and device.phone and self._phone_revision <= began:
                facts["phone"] = device.phone
            if status.connected and self._phone_doubt is doubt:
                self._phone_doubt = None
        if self._connected_revision <= began:
            facts["connected"] = status.connected
        return self.known._replace(**facts)

    async def _ask(self) -> tuple[Status, _Answer[Instance], _Answer[Device]]:
        """Ask for the status, and for as much of the rest as has to be known."""
        if self._details_due:
            # Side by side: a start waits for them.
            status, details = await gather(
                _outcome(self.client.status()), self._details()
            )
            if isinstance(status, ZapiError):
                raise status
            return status, *details
        status = await self.client.status()
        self._details_wanted |= status.connected != self.known.connected
        if self._details_due:
            return status, *await self._details()
        # A poll that finds the number connected was told no phone.
        if status.connected and (self._phone_doubt or not self.known.connected):
            return status, None, await _outcome(self.client.device())
        return status, None, None

    @property
    def _details_due(self) -> bool:
        """Whether to ask for what changes seldom."""
        wait = _DETAILS_COOLDOWN if self._details_wanted else _DETAILS_INTERVAL
        return time.monotonic() - self._details_at >= wait

    async def _details(self) -> tuple[_Answer[Instance], _Answer[Device]]:
        """Ask for what changes seldom; only ``/status`` may fail a poll."""
        self._details_at, self._details_wanted = time.monotonic(), False
        return await gather(_outcome(self.client.me()), _outcome(self.client.device()))

    async def _queued(self) -> int | None:
        """Ask how many messages wait, if an entity shows it."""
        if QUEUE not in self.async_contexts():
            return None
        count = await _outcome(self.client.queue_count())
        return None if isinstance(count, ZapiError) else count

    def _failure(self, err: ZapiError) -> ConfigEntryAuthFailed | UpdateFailed:
        """Return what a failed poll becomes, and count it."""
        if self._grace_polls:
            self._grace_polls -= 1
            if not self._grace_polls and not self.last_update_success:
                self.async_update_listeners()
        key, placeholders = failure_key(err), {"error": str(err)}
        self._raise_issue(key, placeholders)
        failure: type[ConfigEntryAuthFailed | UpdateFailed] = UpdateFailed
        if isinstance(err, ZapiAuthError):
            if self.data is None:
                failure = ConfigEntryAuthFailed
            else:
                self.config_entry.async_start_reauth(self.hass)
        return failure(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders=placeholders,
        )

    def _raise_issue(self, key: str, placeholders: dict[str, str]) -> None:
        """Tell of a failure that only a person can mend."""
        kinds = {issues.SUBSCRIPTION, issues.IP_NOT_ALLOWED}
        if key not in kinds:
            return
        issues.async_delete_issues(self.hass, self.config_entry, *(kinds - {key}))
        text = None
        instance = self.known.instance
        due = instance.due if instance else None
        # Z-API is known to tell a wrong one: "expired" beside a day to come is absurd.
        if key == issues.SUBSCRIPTION and due and due < dt_util.utcnow():
            text = "subscription_due"
            day = dt_util.as_local(due).date().isoformat()
            placeholders = {**placeholders, "due": day}
        issues.async_create_issue(
            self.hass, self.config_entry, key, placeholders, text=text
        )

    def _end_reauth(self) -> None:
        """The credentials serve again: nobody needs to be asked for others."""
        flows = self.hass.config_entries.flow
        for flow in list(
            self.config_entry.async_get_active_flows(self.hass, {SOURCE_REAUTH})
        ):
            flows.async_abort(flow["flow_id"])


_FAILURES: tuple[tuple[type[ZapiError], str], ...] = (
    (ZapiInstanceNotFoundError, "instance_not_found"),
    (ZapiAuthError, "invalid_auth"),
    (ZapiSubscriptionError, "subscription"),
    (ZapiForbiddenError, "ip_not_allowed"),
    (ZapiConnectionError, "cannot_connect"),
    (ZapiNotFoundError, "not_supported"),
    (ZapiPasskeyError, "passkey_needed"),
    (ZapiUnusableAnswerError, "unusable_answer"),
    (ZapiError, "refused"),
)


def failure_key(err: ZapiError) -> str:
    """Return the translation key of a failure; its placeholder is ``error``."""
    return next(key for kind, key in _FAILURES if isinstance(err, kind))


async def _outcome[T](answer: Awaitable[T]) -> T | ZapiError:
    """Return an answer or its failure, so that one does not cut off the others."""
    try:
        return await answer
    except ZapiError as err:
        return err
