"""How old a message is when it is handed on, by two clocks that need not agree."""

from collections.abc import Mapping
from typing import Final

LATE_SECONDS: Final = 120

_MAX_SAMPLES: Final = 50
_SECONDS_PER_SAMPLE: Final = 60
# A moment that lies further ahead says nothing (gateway.md, 5.2).
_MAX_AHEAD_SECONDS: Final = 600
_TOLERATED_DIFFERENCE_SECONDS: Final = 60


class Lateness:
    """Judges the messages of one instance.

    The smallest age that callbacks had when they arrived is what the clocks differ by, and
    what the quickest way takes. Each minute gives one sample, the smallest age in it: what
    was kept back for an hour comes all at once when the phone is back, and would teach that
    Z-API's clock is an hour slow. The first sample is that the clocks agree, or the first
    message after a start could not be late.
    """

    def __init__(
        self,
        samples: Mapping[int, float] | None = None,
        not_before: float | None = None,
    ) -> None:
        """Initialize.

        Args:
            samples: the smallest ages by minute, as ``samples`` gave them.
            not_before: what was sent before, by this machine's clock, is late.
        """
        self._samples = dict(samples or {0: 0.0})
        self._smallest = min(self._samples.values())
        self._not_before = not_before

    @property
    def samples(self) -> dict[int, float]:
        """The smallest ages of the last minutes in which something arrived."""
        return dict(self._samples)

    @property
    def clock_difference(self) -> float | None:
        """How many seconds this clock is ahead of Z-API's, None for up to a minute."""
        is_tolerated = abs(self._smallest) <= _TOLERATED_DIFFERENCE_SECONDS
        return None if is_tolerated else self._smallest

    def learn(self, moment: float | None, arrived: float) -> None:
        """Learn from a callback how the clocks differ; times in seconds since 1970."""
        if moment is None or _is_nonsense(moment, arrived):
            return
        minute, age = int(arrived // _SECONDS_PER_SAMPLE), arrived - moment
        if age >= self._samples.get(minute, age + 1):
            return
        self._samples[minute] = age
        if len(self._samples) > _MAX_SAMPLES:
            del self._samples[next(iter(self._samples))]
        self._smallest = min(self._samples.values())

    def is_late(self, moment: float | None, arrived: float, now: float) -> bool:
        """Return whether a message must not be obeyed any more.

        Args:
            moment: when it was sent, by Z-API's clock; None counts as its arrival.
            arrived: when it arrived.
            now: when it is handed on.
        """
        sent = self.sent_at(moment, arrived)
        is_told = moment is not None and not _is_nonsense(moment, arrived)
        if is_told and self._not_before is not None and sent < self._not_before:
            return True
        return now - sent > LATE_SECONDS

    def sent_at(self, moment: float | None, arrived: float) -> float:
        """Return when a message was sent, by this machine's clock."""
        if moment is None or _is_nonsense(moment, arrived):
            return arrived
        return moment + self._smallest


def _is_nonsense(moment: float, arrived: float) -> bool:
    return moment - arrived > _MAX_AHEAD_SECONDS
