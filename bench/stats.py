"""What many measurements come to."""

from collections.abc import Iterable, Sequence
from statistics import quantiles
from typing import NamedTuple


class Figure(NamedTuple):
    """A median, and the quartiles around it."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Figure:
        """Condense values; a single one is its own quartiles."""
        values = sorted(values)
        if len(values) == 1:
            return cls(values[0], values[0], values[0])
        low, middle, high = quantiles(values, n=4, method="inclusive")
        return cls(middle, low, high)


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> Figure:
    """Compare round with round, so that what slows both for a while does not count."""
    return Figure.of(our / their for our, their in zip(ours, theirs, strict=True))


def differences(ours: Sequence[float], theirs: Sequence[float]) -> Figure:
    """Tell by how much more it is in each round."""
    return Figure.of(our - their for our, their in zip(ours, theirs, strict=True))


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value under which so large a share lies."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return by how much the second value grows with the first, by least squares."""
    middle_x = sum(x for x, _ in points) / len(points)
    middle_y = sum(y for _, y in points) / len(points)
    return sum((x - middle_x) * (y - middle_y) for x, y in points) / sum(
        (x - middle_x) ** 2 for x, _ in points
    )
