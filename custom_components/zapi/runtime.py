"""What a loaded entry carries."""

from dataclasses import dataclass
from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import callback

from .api import Callback, ConnectedCallback, DisconnectedCallback
from .coordinator import ZapiCoordinator
from .messages.outbox import Outbox
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
    sender: Sender
    recipients: Recipients
    stats: CallbackStats

    @override
    @callback
    def async_receive(self, incoming: Callback) -> None:
        """Hand a callback on to the part that it concerns."""
        self.callback_monitor.async_callback_received()
        match incoming:
            case ConnectedCallback() | DisconnectedCallback():
                self.coordinator.async_receive(incoming)
