"""Statistics of the requests to an entry's webhook, by outcome and by hour."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
import time

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN

_SECONDS_PER_HOUR = 3600


@dataclass(slots=True)
class CallbackStats:
    """The requests that an entry received since Home Assistant started.

    Attributes:
        counts: requests by outcome.
        by_hour: callbacks of the last day by hour, hours since 1970.
    """

    counts: Counter[str] = field(default_factory=Counter)
    by_hour: Counter[int] = field(default_factory=Counter)
    _last: float = 0.0

    def record(self, outcome: str, *, accepted: bool) -> None:
        """Count one request; only one that was accepted is a callback."""
        self.counts[outcome] += 1
        if not accepted:
            return
        self._last = time.time()
        self.by_hour[int(self._last) // _SECONDS_PER_HOUR] += 1

    @property
    def last(self) -> datetime | None:
        """When the last callback was received."""
        return dt_util.utc_from_timestamp(self._last) if self._last else None

    def count_last_day(self) -> int:
        """Drop the hours before the last day, and return the callbacks of the rest."""
        yesterday = int(time.time()) // _SECONDS_PER_HOUR - 24
        for hour in [hour for hour in self.by_hour if hour <= yesterday]:
            del self.by_hour[hour]
        return self.by_hour.total()


_STATS: HassKey[dict[str, CallbackStats]] = HassKey(f"{DOMAIN}_callback_stats")


@callback
def async_get_stats(hass: HomeAssistant, entry: ConfigEntry) -> CallbackStats:
    """Return the statistics of an entry, which outlive a reload."""
    return hass.data.setdefault(_STATS, {}).setdefault(entry.entry_id, CallbackStats())
