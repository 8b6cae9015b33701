"""Waiting for what shall come about, and saying what came instead."""

from asyncio import get_running_loop, sleep
from collections.abc import Callable
from typing import Any

_PAUSE = 0.01


class UnmetError(Exception):
    """Something did not come about: what was expected, and what was seen."""

    def __init__(self, expected: str, seen: Any) -> None:
        """Keep both for the person who reads it."""
        super().__init__(f"expected {expected}, saw {seen}")


def expect(expected: str, seen: Any, *, holds: bool) -> None:
    """Raise unless it holds.

    Raises:
        UnmetError: it does not.
    """
    if not holds:
        raise UnmetError(expected, seen)


async def until[T](
    expected: str,
    look: Callable[[], T],
    holds: Callable[[T], bool] = bool,
    seconds: float = 10,
) -> T:
    """Look at what this process already knows until it holds, and return it.

    Raises:
        UnmetError: it did not hold in time.
    """
    end = get_running_loop().time() + seconds
    while not holds(seen := look()):
        if get_running_loop().time() > end:
            raise UnmetError(expected, seen)
        await sleep(_PAUSE)
    return seen
