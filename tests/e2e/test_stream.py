"""A steady stream of messages in a real Home Assistant."""

from asyncio import get_running_loop
from collections import Counter
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from http import HTTPStatus
from multiprocessing import get_context
from statistics import quantiles

import pytest
import pytest_asyncio

from harness.expect import until
from harness.home_assistant import LEAN

from . import MARKS
from .conftest import Starter, put_in_order
from .flood import Target
from .listener import MARIA, Listener
from .stream import Stream, stream

pytestmark = MARKS

CONFIGURATION = f"{LEAN}automation: !include automations.yaml\n"
AUTOMATIONS = 6
PACE = 50
# What is remembered of messages is full after thousands; automations have theirs, too.
FILLING, FILLING_PACE = 6_000, 400
WARM_UP, REST = 20 * PACE, 60 * PACE
# Seconds and KiB.
MOST_PATIENCE = 0.05
# Python and Home Assistant take some 16 MiB more until 4,500 messages, and then nothing.
MOST_GROWTH = 12 * 1024


@pytest_asyncio.fixture(loop_scope="session")
async def listener(start: Starter) -> AsyncIterator[Listener]:
    """Give a number in a Home Assistant of its own, which keeps no database.

    The recorder commits every few seconds; its thread then holds all up for half a second.
    """
    async with start(configuration=CONFIGURATION) as house, put_in_order(house):
        listener = await Listener.add(house)
        yield listener
        await listener.number.remove_automations()


@pytest.mark.timeout(300)
async def test_fifty_messages_a_second_run_six_automations_each_at_once(
    listener: Listener, capsys: pytest.CaptureFixture[str]
) -> None:
    home, loop = listener.number.house.home, get_running_loop()
    target = Target.of(listener.number.house)

    async def until_ran(messages: int) -> None:
        expected = messages * AUTOMATIONS
        await until(
            "all runs",
            lambda: len(listener.ran),
            lambda ran: ran >= expected,
            seconds=30,
        )

    with ProcessPoolExecutor(1, get_context("spawn")) as process:

        async def post_stream(first: int, count: int, pace: int = PACE) -> Stream:
            return await loop.run_in_executor(
                process, stream, target, MARIA, first, count, pace
            )

        await post_stream(0, FILLING, FILLING_PACE)
        for number in range(AUTOMATIONS):
            await listener.automate(f"automation_{number}")
        await post_stream(FILLING, WARM_UP)
        await until_ran(WARM_UP)
        listener.ran.clear()
        warm = home.memory()
        posted = await post_stream(FILLING + WARM_UP, REST)
        await until_ran(REST)
    growth = home.memory() - warm

    seconds = [at - posted.posted[message_id] for _, message_id, at in listener.ran]
    percentiles = quantiles(seconds, n=100)
    with capsys.disabled():
        print(
            f"\n{REST} messages, {PACE} a second, {AUTOMATIONS} automations each:"
            f" half run within {percentiles[49] * 1000:.1f} ms,"
            f" 99 % within {percentiles[98] * 1000:.1f} ms,"
            f" all within {max(seconds) * 1000:.0f} ms;"
            f" Home Assistant grew by {growth} KiB"
        )
    assert posted.statuses == {HTTPStatus.OK: REST}
    runs = Counter((alias, message_id) for alias, message_id, _ in listener.ran)
    assert set(runs.values()) == {1}
    assert len(runs) == REST * AUTOMATIONS
    assert percentiles[98] < MOST_PATIENCE
    assert growth < MOST_GROWTH
