"""A Home Assistant that is killed among messages obeys none of them twice."""

from asyncio import sleep
from collections.abc import AsyncIterator
from http import HTTPStatus
import os
from random import Random, SystemRandom

import pytest_asyncio

from harness.expect import until
from harness.websocket import Json

from . import MARKS
from .conftest import Starter, put_in_order
from .flood import Target
from .listener import MARIA, Listener
from .stream import message

pytestmark = MARKS

SEED = int(os.environ.get("ZAPI_SEED") or SystemRandom().getrandbits(32))
KILLS = 10


@pytest_asyncio.fixture(loop_scope="session")
async def listener(start: Starter) -> AsyncIterator[Listener]:
    """Give a number in a Home Assistant of its own."""
    async with start() as house, put_in_order(house):
        listener = await Listener.add(house)
        yield listener
        await listener.number.remove_automations()


async def kill_after(listener: Listener, body: Json, seconds: float) -> None:
    """Post a message, kill Home Assistant so long after the answer, and post it again.

    The gateway may do so: it was not told that the message arrived.
    """
    home, message_id = listener.number.house.home, body["messageId"]

    def runs() -> int:
        return [ran for _, ran, _ in listener.ran].count(message_id)

    assert await listener.post(body) == HTTPStatus.OK
    await sleep(seconds)
    await home.kill()
    before = runs()
    assert before <= 1
    await home.start()
    await listener.listen()
    await home.entry_in("loaded")

    assert await listener.post(body) == HTTPStatus.OK
    await until(
        "the message, late",
        listener.shown,
        lambda shown: shown.get("message_id") == message_id and shown["late"],
    )
    # What was said before the answer to a question has been heard by then.
    await home.websocket.command("get_config")
    assert runs() == before


async def test_whenever_it_is_killed_nothing_is_obeyed_twice(
    listener: Listener,
) -> None:
    home, target = listener.number.house.home, Target.of(listener.number.house)
    random = Random(SEED)
    print(f"ZAPI_SEED={SEED}")
    await listener.automate("obey")
    await until(
        "all of the entry on disk",
        home.stored_entries,
        lambda entries: any(one["options"] and one["subentries"] for one in entries),
    )
    for number in range(KILLS):
        body = message(target, f"3EB1{number:016X}", MARIA, "open the gate")
        await kill_after(listener, body, random.random())
    assert listener.ran
