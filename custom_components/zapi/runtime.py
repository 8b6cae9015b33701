"""What a loaded entry carries."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from homeassistant.config_entries import ConfigEntry
from homeassistant.util import dt as dt_util

from .coordinator import ZapiCoordinator
from .webhook import ZapiWebhook

type ZapiConfigEntry = ConfigEntry[ZapiRuntime]


@dataclass(slots=True)
class Received:
    """What came in since the entry was loaded, by outcome."""

    counts: Counter[str] = field(default_factory=Counter)
    last: datetime | None = None

    def count(self, outcome: str) -> None:
        """Count one callback."""
        self.counts[outcome] += 1
        self.last = dt_util.utcnow()


@dataclass(slots=True)
class ZapiRuntime:
    """The parts of one loaded instance."""

    coordinator: ZapiCoordinator
    webhook: ZapiWebhook
    received: Received = field(default_factory=Received)
