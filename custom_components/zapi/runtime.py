"""What a loaded entry carries."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from homeassistant.config_entries import ConfigEntry
from homeassistant.util import dt as dt_util

from .coordinator import ZapiCoordinator
from .hearing import Hearing
from .qr_code import QrCode
from .webhook import ZapiWebhook

type ZapiConfigEntry = ConfigEntry[ZapiRuntime]


@dataclass(slots=True)
class Received:
    """What came in since the entry was loaded.

    Attributes:
        counts: callbacks by outcome.
        by_hour: callbacks of the last day by hour, hours since 1970.
        last: when the last one came.
    """

    counts: Counter[str] = field(default_factory=Counter)
    by_hour: Counter[int] = field(default_factory=Counter)
    last: datetime | None = None

    def count(self, outcome: str) -> None:
        """Count one callback."""
        self.last = dt_util.utcnow()
        self.counts[outcome] += 1
        self.by_hour[_hour(self.last)] += 1

    @property
    def last_day(self) -> int:
        """How many came within a day."""
        yesterday = _hour(dt_util.utcnow()) - 24
        for hour in [hour for hour in self.by_hour if hour <= yesterday]:
            del self.by_hour[hour]
        return self.by_hour.total()


def _hour(moment: datetime) -> int:
    return int(moment.timestamp()) // 3600


@dataclass(slots=True)
class ZapiRuntime:
    """The parts of one loaded instance."""

    coordinator: ZapiCoordinator
    webhook: ZapiWebhook
    hearing: Hearing
    qr_code: QrCode
    received: Received = field(default_factory=Received)
