"""How often something happened in the last day, by the hour."""

from collections import Counter
import time
from typing import Final

_SECONDS_PER_HOUR: Final = 3600


class LastDay:
    """Counts what happens; hours that are over a day old are forgotten."""

    def __init__(self) -> None:
        """Initialize at zero."""
        self._by_hour: Counter[int] = Counter()

    def record(self) -> None:
        """Count one more."""
        self._by_hour[_hour()] += 1

    def count(self) -> int:
        """Drop the hours before the last day, and return the sum of the rest."""
        yesterday = _hour() - 24
        for hour in [hour for hour in self._by_hour if hour <= yesterday]:
            del self._by_hour[hour]
        return self._by_hour.total()


def _hour() -> int:
    return int(time.time()) // _SECONDS_PER_HOUR
