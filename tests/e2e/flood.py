"""Posts callbacks as fast as they are answered, from a process of its own."""

import asyncio
from collections import Counter
from pathlib import Path
import ssl
import time
from typing import Any, NamedTuple, Self

from aiohttp import ClientSession, TCPConnector
import orjson

from .conftest import House

AT_A_TIME = 64

# Milliseconds by which a callback is older than any that is believed, and than the newest.
_TOO_OLD = 130_000
_OVERTAKEN = 5_000

type Body = dict[str, Any]


class Target(NamedTuple):
    """Where to post to, and in whose name."""

    url: str
    authority: Path | None
    instance_id: str
    token: str

    @classmethod
    def of(cls, house: House) -> Self:
        """Return where a gateway would post to, once it was told."""
        instance = house.gateway.instance
        url = instance.webhooks["connectedCallbackUrl"]
        return cls(url, house.home.authority, instance.instance_id, instance.token)


class Outcome(NamedTuple):
    """What became of the callbacks.

    Attributes:
        statuses: how often each HTTP status was the answer.
        seconds: how long each answer took.
        phone: the number in the newest of them all, which says connected.
    """

    statuses: Counter[int]
    seconds: list[float]
    phone: str

    def then(self, later: Self) -> Self:
        """Return this one and a later one together."""
        return later._replace(
            statuses=self.statuses + later.statuses,
            seconds=self.seconds + later.seconds,
        )


def flood(target: Target, number: int) -> Outcome:
    """Post so many callbacks, a multiple of four: every other one is a copy or late."""
    return asyncio.run(_Flood(target, number).run())


class _Flood:
    def __init__(self, target: Target, number: int) -> None:
        self._target = target
        self._numbers = iter(range(number))
        self._newest: Body = {}
        self._moment = 0.0
        self._statuses = Counter[int]()
        self._seconds = list[float]()

    async def run(self) -> Outcome:
        trust = ssl.create_default_context(cafile=self._target.authority)
        async with ClientSession(
            connector=TCPConnector(ssl=trust, limit=AT_A_TIME),
            headers={
                "content-type": "application/json",
                "z-api-token": self._target.token,
            },
        ) as session:
            await asyncio.gather(*(self._post(session) for _ in range(AT_A_TIME)))
        return Outcome(self._statuses, self._seconds, self._newest["phone"])

    async def _post(self, session: ClientSession) -> None:
        for number in self._numbers:
            data = orjson.dumps(self._body(number))
            began = time.perf_counter()
            async with session.post(self._target.url, data=data) as response:
                await response.read()
            self._seconds.append(time.perf_counter() - began)
            self._statuses[response.status] += 1

    def _body(self, number: int) -> Body:
        match number % 6:
            case 1:
                return self._newest
            case 3:
                return self._contradiction(number, self._moment - _TOO_OLD)
            case 5:
                return self._contradiction(number, self._moment - _OVERTAKEN)
        # Finer than the gateway's own, so that each is newer than the last.
        self._moment = max(self._moment + 0.001, time.time() * 1000)
        is_connected = number % 4 == 2
        self._newest = self._connection(number, self._moment, connected=is_connected)
        return self._newest

    def _contradiction(self, number: int, moment: float) -> Body:
        is_connected = self._newest["type"] == "ConnectedCallback"
        return self._connection(number, moment, connected=not is_connected)

    def _connection(self, number: int, moment: float, *, connected: bool) -> Body:
        body = {"instanceId": self._target.instance_id, "momment": moment}
        if connected:
            phone = f"55449{number:08}"
            return body | {
                "type": "ConnectedCallback",
                "connected": True,
                "phone": phone,
            }
        return body | {
            "type": "DisconnectedCallback",
            "disconnected": True,
            "error": "Device has been disconnected",
        }
