"""What many instances in one Home Assistant cost."""

from asyncio import sleep
from collections import Counter
from collections.abc import Sequence
from itertools import product
from statistics import median
from typing import NamedTuple

from harness.expect import expect

from .block import Client
from .callbacks import CONTENDERS, FLOOR, Contender, Effort, hook_path, ratio, rounds
from .environment import build_environment, entry_id, webhook_id
from .stats import Figure, slope

ONE = "one of many"
_SET_UPS = 5
_TRACED = (1, 100)
_HOUR = 3600
_KIB = 1024


class Point(NamedTuple):
    """What a Home Assistant with so many instances does."""

    instances: int
    resident: float
    """KiB that the process holds."""
    idle: float
    """CPU seconds an hour, where it was watched."""
    crowd: float
    """The share of the instances that polled in the busiest second."""
    latency: Figure
    """Of a callback, as a multiple of the floor in the same Home Assistant."""
    took: float
    """The same in microseconds."""
    set_up: float
    """Milliseconds for each instance when all are set up at once."""
    set_up_uncollected: float
    """The same, while Python does not look for garbage."""


class Growth(NamedTuple):
    """What one more instance costs."""

    resident: float
    traced: float
    idle: float


async def measure(
    sizes: Sequence[int], seconds: float, effort: Effort
) -> tuple[list[Point], Growth]:
    """Take each number of instances in turn.

    Args:
        sizes: the numbers of instances, rising.
        seconds: how long to watch the first and the last while idle.
        effort: how many callbacks to post.
    """
    ends = (sizes[0], sizes[-1])
    points = [
        await _point(size, seconds if size in ends else 0, effort) for size in sizes
    ]
    # Counting Python's objects slows all else, and so takes starts of its own.
    traced = [(float(size), await _traced(size)) for size in _TRACED]
    return points, Growth(
        slope([(point.instances, point.resident) for point in points]),
        slope(traced),
        slope([(point.instances, point.idle) for point in (points[0], points[-1])]),
    )


async def _point(size: int, seconds: float, effort: Effort) -> Point:
    async with build_environment(size) as built, Client() as client:
        await built.home.stop()
        await built.start_unwatched()
        before = built.gateway.simulator.log.count
        began = await built.usage()
        resident = float(built.home.memory())
        await sleep(seconds)
        ended = await built.usage()
        polls = [
            request.at
            for request in built.gateway.requests(before)
            if request.path == "status"
        ]
        if seconds:
            everyone = f"a poll of each of {size} instances"
            expect(everyone, len(polls), holds=len(polls) >= size * 0.95)
        contenders = (CONTENDERS[0], Contender(ONE, hook_path(webhook_id(0)), 0))
        results = await rounds(built, client, contenders, effort)
        everybody = list(map(entry_id, range(size)))
        took: dict[bool, list[float]] = {True: [], False: []}
        for _, collects in product(range(_SET_UPS), took):
            lasted = await built.set_up(*everybody, collects=collects)
            took[collects].append(lasted / size * 1000)
        most = max(Counter(int(at) for at in polls).values(), default=0)
        return Point(
            instances=size,
            resident=resident,
            idle=(ended["cpu"] - began["cpu"]) / (seconds or 1) * _HOUR,
            crowd=most / size,
            latency=ratio(results, (ONE, True), (FLOOR, True)),
            took=results[ONE, True].figures().median.median,
            set_up=median(took[True]),
            set_up_uncollected=median(took[False]),
        )


async def _traced(size: int) -> float:
    async with build_environment(size, environment={"PYTHONTRACEMALLOC": "1"}) as built:
        await built.home.stop()
        await built.start_unwatched()
        return float((await built.usage())["traced"]) / _KIB
