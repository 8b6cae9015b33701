"""What a loaded entry carries."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
import time

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .coordinator import ZapiCoordinator
from .qr_code import QrCode
from .webhooks.monitor import CallbackMonitor
from .webhooks.registration import WebhookManager

type ZapiConfigEntry = ConfigEntry[ZapiRuntime]


@dataclass(slots=True)
class CallbackStats:
    """What came in for an entry since Home Assistant started.

    Attributes:
        counts: requests by outcome.
        by_hour: callbacks of the last day by hour, hours since 1970.
    """

    counts: Counter[str] = field(default_factory=Counter)
    by_hour: Counter[int] = field(default_factory=Counter)
    _last: float = 0.0

    def count(self, outcome: str, *, accepted: bool) -> None:
        """Count one request; only one that was accepted is a callback."""
        self.counts[outcome] += 1
        if not accepted:
            return
        self._last = time.time()
        self.by_hour[int(self._last) // 3600] += 1

    @property
    def last(self) -> datetime | None:
        """When the last one came."""
        return dt_util.utc_from_timestamp(self._last) if self._last else None

    @property
    def last_day(self) -> int:
        """How many came within a day."""
        yesterday = int(time.time()) // 3600 - 24
        for hour in [hour for hour in self.by_hour if hour <= yesterday]:
            del self.by_hour[hour]
        return self.by_hour.total()


_RECEIVED: HassKey[dict[str, CallbackStats]] = HassKey(f"{DOMAIN}_received")


@callback
def async_get_stats(hass: HomeAssistant, entry: ConfigEntry) -> CallbackStats:
    """Return what came in for an entry; a reload forgets nothing of it."""
    return hass.data.setdefault(_RECEIVED, {}).setdefault(
        entry.entry_id, CallbackStats()
    )


@dataclass(slots=True)
class ZapiRuntime:
    """The parts of one loaded instance."""

    coordinator: ZapiCoordinator
    webhook_manager: WebhookManager
    callback_monitor: CallbackMonitor
    qr_code: QrCode
    stats: CallbackStats
