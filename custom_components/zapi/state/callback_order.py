"""Which callback is news, whatever the clocks say."""

from typing import NamedTuple

from ..api import Callback

# Seconds by which a moment may lie before and after its arrival.
_MAX_AGE = 120
_MAX_AHEAD = 600
# How many callbacks are known again when they come twice.
_DEDUPLICATION_SIZE = 64


class Verdict(NamedTuple):
    """What to do with a callback: believe it, and ask the gateway at once."""

    accept: bool
    poll: bool


class CallbackOrder:
    """Which of the callbacks is the newest, whatever the clocks say.

    Neither this machine's clock nor the gateway's can wedge it: a moment that
    cannot be compared counts in order of arrival, and the gateway is asked.
    """

    def __init__(self) -> None:
        """Start with no callback."""
        self._mark = 0.0
        self._polled = 0.0
        # The oldest first.
        self._seen: dict[Callback, None] = {}
        self._latest: Callback | None = None

    def note_poll(self, began: float) -> None:
        """Note when the last good poll began, in seconds since 1970."""
        self._polled = began

    def judge(self, news: Callback, arrival: float) -> Verdict:
        """Place a callback among those before it; ``arrival`` is in seconds."""
        if news.moment is None or news.moment > arrival + _MAX_AHEAD:
            self._latest = news
            return Verdict(accept=True, poll=True)
        moment = min(news.moment, arrival)
        if arrival - moment > _MAX_AGE:
            return Verdict(accept=False, poll=True)
        older_by = self._older_by(moment, arrival)
        if older_by > 0:
            return Verdict(accept=False, poll=False)
        if news in self._seen:
            # Off, on and off again may all be of one moment: only what comes twice
            # in a row is surely a duplicate.
            again, self._latest = news == self._latest, news
            return Verdict(accept=False, poll=not again)
        self._remember(news)
        resolution = 0.001 if moment % 1 else 1
        if moment + resolution < self._polled <= arrival:
            # By the clocks, the last poll knows better; they may be wrong.
            return Verdict(accept=False, poll=True)
        self._mark = max(self._mark, moment)
        return Verdict(accept=True, poll=older_by == 0)

    def _older_by(self, moment: float, arrival: float) -> float:
        """Return the seconds that a moment lies behind the newest one."""
        if self._mark > arrival:
            # This machine's clock was set back: the mark lies in what is to come.
            self._mark = 0.0
        # A whole number may be a moment in seconds: within that second nobody
        # knows which came first.
        if moment % 1 and self._mark % 1:
            return self._mark - moment
        return int(self._mark) - int(moment)

    def _remember(self, news: Callback) -> None:
        """Remember a callback, to know it again."""
        self._latest = news
        self._seen[news] = None
        if len(self._seen) > _DEDUPLICATION_SIZE:
            del self._seen[next(iter(self._seen))]
