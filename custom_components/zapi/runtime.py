"""What a loaded entry carries."""

from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry

from .coordinator import ZapiCoordinator
from .qr_code import QrCode
from .webhooks.monitor import CallbackMonitor
from .webhooks.registration import WebhookManager
from .webhooks.stats import CallbackStats

type ZapiConfigEntry = ConfigEntry[ZapiRuntime]


@dataclass(slots=True)
class ZapiRuntime:
    """The parts of one loaded instance."""

    coordinator: ZapiCoordinator
    webhook_manager: WebhookManager
    callback_monitor: CallbackMonitor
    qr_code: QrCode
    stats: CallbackStats
