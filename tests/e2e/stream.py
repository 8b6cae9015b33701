"""Posts messages at a steady pace, from a process of its own."""

import asyncio
from collections import Counter
import ssl
import time
from typing import NamedTuple

from aiohttp import ClientSession, TCPConnector
import orjson

from .flood import Body, Target


class Stream(NamedTuple):
    """What became of the messages.

    Attributes:
        statuses: how often each HTTP status was the answer.
        posted: when each message was posted, seconds since 1970, by its id.
    """

    statuses: Counter[int]
    posted: dict[str, float]


def message(target: Target, message_id: str, phone: str, text: str) -> Body:
    """Return the body of a text in a private chat that is written now."""
    return {
        "type": "ReceivedCallback",
        "instanceId": target.instance_id,
        "messageId": message_id,
        "phone": phone,
        "chatName": "Maria Example",
        "senderName": "Maria Example",
        "isGroup": False,
        "fromMe": False,
        "fromApi": False,
        "status": "RECEIVED",
        "momment": int(time.time() * 1000),
        "text": {"message": text},
    }


def stream(target: Target, phone: str, first: int, number: int, pace: int) -> Stream:
    """Post so many messages, so many a second; ids are numbered from the first on."""
    return asyncio.run(_stream(target, phone, range(first, first + number), pace))


async def _stream(target: Target, phone: str, numbers: range, pace: int) -> Stream:
    trust = ssl.create_default_context(cafile=target.authority)
    result = Stream(Counter(), {})
    async with ClientSession(
        connector=TCPConnector(ssl=trust),
        headers={"content-type": "application/json", "z-api-token": target.token},
    ) as session:

        async def post(number: int) -> None:
            message_id = f"3EB0{number:016X}"
            body = message(target, message_id, phone, f"number {number}")
            result.posted[message_id] = time.time()
            async with session.post(target.url, data=orjson.dumps(body)) as response:
                await response.read()
            result.statuses[response.status] += 1

        began = time.perf_counter()
        async with asyncio.TaskGroup() as posts:
            for count, number in enumerate(numbers):
                await asyncio.sleep(began + count / pace - time.perf_counter())
                posts.create_task(post(number))
    return result
