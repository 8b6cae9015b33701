"""Detect registered webhooks whose callbacks never arrive."""

from asyncio import Event, timeout
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from .. import issues
from ..api import CallbackType
from ..coordinator import ZapiCoordinator
from ..issues import IssueKind
from ..listeners import Listeners
from ..state.models import ConnectionChange
from .deliveries import ExpectedDeliveries

# How long a callback may be late behind the poll that found the change.
CALLBACK_GRACE_SECONDS = 90
# How many changes, or messages, without a callback are taken for deafness.
MAX_MISSED_CHANGES = 2


class CallbackMonitor:
    """Counts the changes, and the messages, that no callback told of."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, coordinator: ZapiCoordinator
    ) -> None:
        """Initialize the monitor; what was missing before a reload still is."""
        self._hass = hass
        self._entry = entry
        self._coordinator = coordinator
        self._deliveries = ExpectedDeliveries(hass, self._handle_missed_delivery)
        self._cancel: CALLBACK_TYPE | None = None
        self._received = Event()
        self._active_types: frozenset[CallbackType] = frozenset()
        were_missing = issues.is_active(hass, entry, IssueKind.CALLBACKS_MISSING)
        self.missed_changes = MAX_MISSED_CHANGES if were_missing else 0
        self._listeners = Listeners[[]]()
        entry.async_on_unload(self._cancel_timer)
        entry.async_on_unload(self._deliveries.async_forget)
        entry.async_on_unload(
            coordinator.async_add_change_listener(self._handle_change)
        )

    @callback
    def async_add_listener(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call the listener when callbacks go missing, or arrive again."""
        return self._listeners.async_add(listener)

    @property
    def callbacks_missing(self) -> bool:
        """Whether callbacks that should have come did not."""
        return max(self.missed_changes, self.missed_deliveries) >= MAX_MISSED_CHANGES

    @property
    def missed_deliveries(self) -> int:
        """How many messages in a row were not followed by their DeliveryCallback."""
        return self._deliveries.missed

    @callback
    def async_set_active_types(self, kinds: frozenset[CallbackType]) -> None:
        """Note which callbacks are ours by the last ``/me``, and not filtered."""
        self._active_types = kinds
        if CallbackType.DELIVERY not in kinds:
            were_missing = self.callbacks_missing
            self._deliveries.async_reset()
            self._handle_arrival(were_missing)
        if not kinds:
            # None can come: what is in their way has a repair of its own.
            self._cancel_timer()
            self.missed_changes = 0
            issues.async_delete_issues(
                self._hass, self._entry, IssueKind.CALLBACKS_MISSING
            )

    @callback
    def _handle_change(self, change: ConnectionChange) -> None:
        """Expect the callback of a change that a poll found: it may be on the way."""
        if not change.connected:
            # The queue stands still now.
            self._deliveries.async_forget()
        if change.source != "poll":
            return
        kind = CallbackType.CONNECTED if change.connected else CallbackType.DISCONNECTED
        self._cancel_timer()
        if kind in self._active_types:
            self._cancel = async_call_later(
                self._hass, CALLBACK_GRACE_SECONDS, partial(self._handle_timeout, kind)
            )

    @callback
    def async_callback_received(self) -> None:
        """Note that a callback arrived, of whatever kind."""
        self._cancel_timer()
        self._received.set()
        if self.missed_changes:
            were_missing, self.missed_changes = self.callbacks_missing, 0
            self._handle_arrival(were_missing)

    @callback
    def async_expect_delivery(self, message_id: str) -> None:
        """Expect the DeliveryCallback of a message that was handed over.

        What is queued while the number is offline waits for longer than anybody knows,
        and once callbacks are missing, one that arrives is all that counts.
        """
        if (
            CallbackType.DELIVERY in self._active_types
            and self._coordinator.data.connected
            and not self.callbacks_missing
        ):
            self._deliveries.async_expect(message_id)

    @callback
    def async_delivery_received(self, message_id: str | None) -> None:
        """Note that a DeliveryCallback arrived; no other one proves that they do."""
        were_missing = self.callbacks_missing
        self._deliveries.async_received(message_id)
        self._handle_arrival(were_missing)

    async def async_verify_delivery(
        self, cause: Callable[[], Awaitable[None]], seconds: float
    ) -> bool:
        """Cause a callback and wait for it; return whether one arrived."""
        self._received.clear()
        await cause()
        try:
            async with timeout(seconds):
                await self._received.wait()
        except TimeoutError:
            return False
        were_missing = self.callbacks_missing
        self._deliveries.async_reset()
        self._handle_arrival(were_missing)
        return True

    @callback
    def _handle_timeout(self, kind: CallbackType, _now: datetime) -> None:
        self._cancel = None
        if kind not in self._active_types:
            return
        self.missed_changes += 1
        self._tell_if_missing()

    @callback
    def _handle_missed_delivery(self) -> None:
        self._tell_if_missing()
        if self.callbacks_missing:
            self._deliveries.async_forget()

    def _handle_arrival(self, were_missing: bool) -> None:
        """Withdraw what was said, if callbacks are missing no more."""
        if were_missing and not self.callbacks_missing:
            issues.async_delete_issues(
                self._hass, self._entry, IssueKind.CALLBACKS_MISSING
            )
            self._listeners.async_call()

    def _tell_if_missing(self) -> None:
        if self.callbacks_missing:
            issues.async_create_issue(
                self._hass, self._entry, IssueKind.CALLBACKS_MISSING
            )
            self._listeners.async_call()

    @callback
    def _cancel_timer(self) -> None:
        if self._cancel:
            self._cancel()
            self._cancel = None
