"""What a loaded entry carries."""

from dataclasses import dataclass
from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import callback

from .api import (
    Callback,
    ConnectedCallback,
    DeliveryCallback,
    DisconnectedCallback,
    MessageStatusCallback,
    ReceivedCallback,
)
from .coordinator import ZapiCoordinator
from .messages.inbox import Inbox
from .messages.message_issues import MessageIssues
from .messages.outbox import Outbox, StatusChange
from .messages.receipts import DeliveryState
from .messages.recipients import Recipients
from .messages.sender import Sender
from .qr_code import QrCode
from .webhooks.endpoint import CallbackReceiver
from .webhooks.monitor import CallbackMonitor
from .webhooks.registration import WebhookManager
from .webhooks.stats import CallbackStats

type ZapiConfigEntry = ConfigEntry[ZapiRuntime]


@dataclass(slots=True)
class ZapiRuntime(CallbackReceiver):
    """The parts of one loaded instance, and the junction of its callbacks."""

    coordinator: ZapiCoordinator
    webhook_manager: WebhookManager
    callback_monitor: CallbackMonitor
    qr_code: QrCode
    outbox: Outbox
    inbox: Inbox
    sender: Sender
    recipients: Recipients
    message_issues: MessageIssues
    stats: CallbackStats

    @override
    @callback
    def async_receive(self, incoming: Callback) -> None:
        """Hand a callback on to the part that it concerns."""
        self.callback_monitor.async_callback_received()
        match incoming:
            case ConnectedCallback() | DisconnectedCallback():
                self.coordinator.async_receive(incoming)

    @callback
    def async_receive_message(self, incoming: Callback, arrived: float) -> None:
        """Hand on what concerns messages.

        Args:
            incoming: the callback.
            arrived: when it came, in seconds since 1970; it may have waited since.
        """
        match incoming:
            case ReceivedCallback(message=message):
                if self.inbox.async_receive(incoming, arrived):
                    self.message_issues.async_handle_message(message)
            case DeliveryCallback():
                self.callback_monitor.async_delivery_received(incoming.message_id)
                self.outbox.async_receive_delivery(incoming)
            case MessageStatusCallback():
                self.outbox.async_receive_status(incoming)

    @callback
    def async_handle_status(self, change: StatusChange) -> None:
        """Expect the callback of what was handed over."""
        if change.status is DeliveryState.QUEUED:
            self.callback_monitor.async_expect_delivery(change.message_id)
