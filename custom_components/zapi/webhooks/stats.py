"""Statistics of the requests to an entry's webhook, by outcome."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
import time

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..last_day import LastDay


@dataclass(slots=True)
class CallbackStats:
    """The requests that an entry received since Home Assistant started.

    Attributes:
        counts: requests by outcome.
        last_day: callbacks of the last day.
    """

    counts: Counter[str] = field(default_factory=Counter)
    last_day: LastDay = field(default_factory=LastDay)
    _last: float = 0.0

    def record(self, outcome: str, *, accepted: bool) -> None:
        """Count one request; only one that was accepted is a callback."""
        self.counts[outcome] += 1
        if not accepted:
            return
        self._last = time.time()
        self.last_day.record()

    @property
    def last(self) -> datetime | None:
        """When the last callback was received."""
        return dt_util.utc_from_timestamp(self._last) if self._last else None


_STATS: HassKey[dict[str, CallbackStats]] = HassKey(f"{DOMAIN}_callback_stats")


@callback
def async_get_stats(hass: HomeAssistant, entry: ConfigEntry) -> CallbackStats:
    """Return the statistics of an entry, which outlive a reload."""
    return hass.data.setdefault(_STATS, {}).setdefault(entry.entry_id, CallbackStats())
