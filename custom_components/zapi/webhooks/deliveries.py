"""Expect a DeliveryCallback for each message that is handed over."""

from collections.abc import Callable
from datetime import datetime

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

# How long the queue may say nothing while something of ours is in it.
DELIVERY_GRACE_SECONDS = 90


class ExpectedDeliveries:
    """The messages whose DeliveryCallback is to come, and how many missed theirs.

    The gateway sends one after the other, some seconds apart, and what other programs
    send lies in the same queue. So the time runs for the first message alone, and anew
    with each DeliveryCallback.

    Attributes:
        missed: how many did not come in a row.
    """

    def __init__(self, hass: HomeAssistant, on_missed: Callable[[], None]) -> None:
        """Initialize; ``on_missed`` is called whenever one did not come."""
        self._hass = hass
        self._on_missed = on_missed
        self._message_ids: dict[str, None] = {}
        self._cancel: CALLBACK_TYPE | None = None
        self.missed = 0

    @callback
    def async_expect(self, message_id: str) -> None:
        """Expect the callback of a message behind those that are expected already."""
        self._message_ids[message_id] = None
        if not self._cancel:
            self._start_timer()

    @callback
    def async_received(self, message_id: str | None) -> None:
        """Note a DeliveryCallback, of a message of ours or of another program."""
        self.missed = 0
        if message_id in self._message_ids:
            # The gateway is beyond those ahead of it: theirs are lost.
            while next(iter(self._message_ids)) != message_id:
                del self._message_ids[next(iter(self._message_ids))]
            del self._message_ids[message_id]
        self._start_timer()

    @callback
    def async_forget(self) -> None:
        """Expect nothing any more."""
        self._message_ids.clear()
        self._cancel_timer()

    @callback
    def async_reset(self) -> None:
        """Expect nothing any more, and take nothing for missed."""
        self.async_forget()
        self.missed = 0

    def _start_timer(self) -> None:
        self._cancel_timer()
        if self._message_ids:
            self._cancel = async_call_later(
                self._hass, DELIVERY_GRACE_SECONDS, self._handle_timeout
            )

    @callback
    def _handle_timeout(self, _now: datetime) -> None:
        self._cancel = None
        del self._message_ids[next(iter(self._message_ids))]
        self.missed += 1
        self._start_timer()
        self._on_missed()

    def _cancel_timer(self) -> None:
        if self._cancel:
            self._cancel()
            self._cancel = None
