"""Whether callbacks arrive at all: ``/me`` may say ours and yet nothing comes."""

from asyncio import Event, timeout
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from .. import issues
from ..api import CallbackType

# Seconds that a callback may be late behind the poll that found the change.
_PATIENCE = 90
# Changes in a row that no callback told.
MAX_MISSED_CHANGES = 2


class CallbackMonitor:
    """Counts the changes that a poll found and no callback told."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Expect nothing yet; who was deaf before a reload still is."""
        self._hass = hass
        self._entry = entry
        self._cancel: CALLBACK_TYPE | None = None
        self._heard = Event()
        self._arriving: frozenset[CallbackType] = frozenset()
        were_missing = issues.is_active(hass, entry, issues.CALLBACKS_MISSING)
        self.missed = MAX_MISSED_CHANGES if were_missing else 0
        self.on_change: Callable[[], None] = lambda: None
        entry.async_on_unload(self._forget)

    @property
    def callbacks_missing(self) -> bool:
        """Whether callbacks that should have come did not."""
        return self.missed >= MAX_MISSED_CHANGES

    @callback
    def async_set_active_types(self, kinds: frozenset[CallbackType]) -> None:
        """Note which callbacks are ours by the last ``/me``, and not filtered."""
        self._arriving = kinds
        if not kinds:
            # None can come: what is in their way has a repair of its own.
            self._forget()
            self.missed = 0
            issues.async_delete_issues(
                self._hass, self._entry, issues.CALLBACKS_MISSING
            )

    @callback
    def async_expect(self, kind: CallbackType) -> None:
        """Note a change that a poll found; its callback may still be on the way."""
        self._forget()
        if kind in self._arriving:
            self._cancel = async_call_later(
                self._hass, _PATIENCE, partial(self._miss, kind)
            )

    @callback
    def async_callback_received(self) -> None:
        """Note that a callback arrived, of whatever kind."""
        self._forget()
        self._heard.set()
        if self.missed:
            were_missing, self.missed = self.callbacks_missing, 0
            if were_missing:
                issues.async_delete_issues(
                    self._hass, self._entry, issues.CALLBACKS_MISSING
                )
                self.on_change()

    async def async_verify_delivery(
        self, cause: Callable[[], Awaitable[None]], seconds: float
    ) -> bool:
        """Cause a callback and wait for it; tell whether one arrived."""
        self._heard.clear()
        await cause()
        try:
            async with timeout(seconds):
                await self._heard.wait()
        except TimeoutError:
            return False
        return True

    @callback
    def _miss(self, kind: CallbackType, _now: datetime) -> None:
        self._cancel = None
        if kind not in self._arriving:
            return
        self.missed += 1
        if self.callbacks_missing:
            issues.async_create_issue(self._hass, self._entry, issues.CALLBACKS_MISSING)
            self.on_change()

    @callback
    def _forget(self) -> None:
        if self._cancel:
            self._cancel()
            self._cancel = None
