"""What was measured, and against what it shall reach."""

from collections.abc import Iterable, Mapping, Sequence
import re
from typing import NamedTuple

from .callbacks import ALL, BARE, FLOOR, STATE, TWO, YAML, Results, rate_ratio, ratio
from .receiving import (
    ALONE,
    TRACED,
    TRIGGER_COUNT,
    TRIGGERS,
    UNTRACED,
    telegram_bot,
    zapi,
)
from .scale import Growth, Point
from .sending import Sending
from .setting_up import SetUp, StartUp
from .stats import Figure, differences

CHANGES, DUPLICATES = True, False
HOW = {CHANGES: "changes", DUPLICATES: "duplicates"}


class Row(NamedTuple):
    """One figure, and what it shall reach where there is a target.

    Attributes:
        key: its name in the JSON.
    """

    key: str
    what: str
    seen: Figure
    unit: str = "×"
    target: float | None = None
    at_least: bool = False

    @property
    def holds(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.target is None:
            return None
        if self.at_least:
            return self.seen.median >= self.target
        return self.seen.median <= self.target


class Speed(NamedTuple):
    """How fast one contender is: microseconds, and callbacks a second where asked."""

    what: str
    median: Figure
    p99: float
    rate: Figure | None


class _Target(NamedTuple):
    ours: str
    theirs: str
    changing: bool
    limit: float | None


_LATENCIES = (
    _Target(TWO, FLOOR, CHANGES, 1.25),
    _Target(TWO, YAML, CHANGES, 0.85),
    _Target(TWO, FLOOR, DUPLICATES, 1.10),
    _Target(ALL, YAML, CHANGES, 1.10),
    _Target(ALL, FLOOR, CHANGES, None),
    _Target(YAML, FLOOR, CHANGES, None),
    _Target(STATE, FLOOR, CHANGES, None),
    _Target(BARE, FLOOR, CHANGES, None),
    _Target(TWO, BARE, CHANGES, 1.20),
    _Target(TWO, BARE, DUPLICATES, 1.02),
)
_RATES = (
    _Target(TWO, FLOOR, CHANGES, 0.80),
    _Target(TWO, FLOOR, DUPLICATES, 0.80),
    _Target(ALL, FLOOR, CHANGES, None),
    _Target(YAML, FLOOR, CHANGES, None),
    _Target(STATE, FLOOR, CHANGES, None),
    _Target(BARE, FLOOR, CHANGES, None),
    _Target(TWO, BARE, CHANGES, None),
)


_MESSAGES = (
    _Target(zapi(ALONE), telegram_bot(ALONE), CHANGES, 1.0),
    _Target(zapi(TRIGGERS), telegram_bot(TRIGGERS), CHANGES, 1.0),
    _Target(zapi(ALONE), telegram_bot(ALONE), DUPLICATES, 1.0),
    _Target(zapi(ALONE), FLOOR, CHANGES, None),
    _Target(zapi(TRIGGERS), FLOOR, CHANGES, None),
    _Target(zapi(ALONE), FLOOR, DUPLICATES, None),
    _Target(zapi(UNTRACED), zapi(ALONE), CHANGES, None),
    _Target(zapi(TRACED), zapi(ALONE), CHANGES, None),
)
_IDLE = (UNTRACED, TRACED)
_IDLE_MICROSECONDS = 2


def of_callbacks(results: Results) -> list[Row]:
    """Compare from callback to state."""
    rows = []
    for ours, theirs, changing, limit in _LATENCIES:
        # To the floor all callbacks are the same.
        seen = ratio(results, (ours, changing), (theirs, changing))
        what = f"latency, {HOW[changing]}: {ours} / {theirs}"
        rows.append(Row(_key(what), what, seen, target=limit))
    for ours, theirs, changing, limit in _RATES:
        seen = rate_ratio(results, (ours, changing), (theirs, changing))
        what = f"throughput, {HOW[changing]}: {ours} / {theirs}"
        rows.append(Row(_key(what), what, seen, target=limit, at_least=True))
    return rows


def of_messages(results: Results) -> list[Row]:
    """Compare from message to state and automations, with those who are there."""
    rows = []
    for ours, theirs, new, limit in _MESSAGES:
        if (theirs, new) not in results:
            continue
        seen = ratio(results, (ours, new), (theirs, new))
        what = f"message, {'new' if new else 'repeated'}: {ours} / {theirs}"
        rows.append(Row(_key(what), what, seen, target=limit))
    return rows + [_of_idle(results, listeners) for listeners in _IDLE]


def _of_idle(results: Results, listeners: str) -> Row:
    """Judge what each of some triggers that do not match adds to a message."""
    with_them, without = (
        [nanoseconds / 1000 / TRIGGER_COUNT for nanoseconds in series.medians]
        for series in (results[zapi(who), CHANGES] for who in (listeners, ALONE))
    )
    what = f"what each adds to a message: {listeners}"
    seen = differences(with_them, without)
    return Row(_key(what), what, seen, "µs", _IDLE_MICROSECONDS)


def of_set_ups(results: Iterable[SetUp]) -> list[Row]:
    """Judge how long entries take to be set up."""
    rows = []
    for how, latency, ours, requests in results:
        at = f"{how}, gateway at {latency * 1000:.0f} ms"
        rows.append(Row(_key(at), f"{at}: beyond one round trip", ours, "ms", 40))
        made = Figure(requests, requests, requests)
        rows.append(Row(_key(f"{at} requests"), f"{at}: requests", made, "", 3))
    return rows


def of_sending(result: Sending) -> list[Row]:
    """Judge what sending costs the event loop."""
    return [
        Row(
            "sending_ratio",
            "a text, time on the event loop: recipient / rest_command",
            result.ratio,
            target=1.5,
        ),
        Row(
            "sending_bare_ratio",
            "a text, time on the event loop: bare recipient / rest_command",
            result.bare_ratio,
        ),
        Row("sending_text", "a text, time on the event loop", result.ours, "µs"),
        Row("sending_requests", "a text: requests", _one(result.requests), "", 1),
        Row(
            "sending_stall",
            "a document of 16 MB: longest stall of the event loop",
            result.stall,
            "ms",
            20,
        ),
    ]


def of_start_up(result: StartUp) -> list[Row]:
    """Show Home Assistant's own report."""
    entities = f"setup_time with {result.entities} entities"
    return [
        Row("setup_time_zapi", f"{entities}: zapi", result.zapi, "ms"),
        Row("setup_time_overseerr", f"{entities}: overseerr", result.overseerr, "ms"),
    ]


def of_imports(results: Mapping[str, Figure]) -> list[Row]:
    """Show how long own modules take."""
    return [
        Row(f"import_{name}", f"import of own modules: {name}", seen, "ms")
        for name, seen in results.items()
    ]


def of_scale(points: Sequence[Point], growth: Growth) -> list[Row]:
    """Judge what many instances cost."""
    rows = []
    first, last = points[0], points[-1]
    for point in points:
        at = f"{point.instances} instance{'s' if point.instances > 1 else ''}"
        rows += [
            Row(
                _key(f"{at} latency"), f"{at}: latency, changes / floor", point.latency
            ),
            Row(
                _key(f"{at} took"),
                f"{at}: latency, changes",
                _one(point.took),
                "µs",
            ),
            Row(
                _key(f"{at} set-up"), f"{at}: set-up of each", _one(point.set_up), "ms"
            ),
            Row(
                _key(f"{at} set-up uncollected"),
                f"{at}: set-up of each, no garbage collector",
                _one(point.set_up_uncollected),
                "ms",
            ),
        ]
    flat = last.latency.median / first.latency.median
    rows += [
        Row(
            "flat",
            f"latency at {last.instances} / at {first.instances}",
            _one(flat),
            target=1.10,
        ),
        Row(
            "linear_set_up",
            f"set-up of each at {last.instances} / at {first.instances}",
            _one(last.set_up / first.set_up),
            target=1.10,
        ),
        Row(
            "linear_set_up_uncollected",
            f"set-up of each at {last.instances} / at {first.instances}, no garbage collector",
            _one(last.set_up_uncollected / first.set_up_uncollected),
        ),
        Row(
            "resident",
            "memory of one more, resident",
            _one(growth.resident),
            "KiB",
            200,
        ),
        Row("idle", "CPU of one more, idle", _one(growth.idle), "s/h"),
        Row("traced", "memory of one more, traced", _one(growth.traced), "KiB", 200),
        Row(
            "crowd",
            f"{last.instances} instances: share that polls in the busiest second",
            _one(last.crowd * 100),
            "%",
            3,
        ),
    ]
    return rows


def speeds(results: Results) -> list[Speed]:
    """Return the absolute figures of each contender."""
    return [
        Speed(f"{name}, {HOW[changing]}", *series.figures())
        for (name, changing), series in results.items()
    ]


def _one(value: float) -> Figure:
    return Figure(value, value, value)


def _key(what: str) -> str:
    return "_".join(re.findall(r"\w+", what))
