"""What the benchmark's client does in one go, and what comes of it."""

from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE, Process
import json
import sys
from typing import NamedTuple, Self

# What is posted: callbacks of the session, messages, messages with a greeting, or messages as
# Telegram posts them.
SESSION, MESSAGE, GREETING, UPDATE = "session", "message", "greeting", "update"
GREETING_TEXT = "Good morning!"
# Who writes the messages.
WRITER = "5544988888888"
TELEGRAM_CHAT = 1_000_001

_LONGEST_LINE = 16 * 2**20


class Block(NamedTuple):
    """Callbacks of one instance to one address, one after the other on each connection."""

    port: int
    path: str
    header: str
    """The name of the header with the token."""
    token: str
    sort: str
    """What is posted."""
    instance_id: str
    phone: str
    changing: bool
    """Each callback tells something else than the one before, or all the same."""
    connections: int
    total: int


class Timing(NamedTuple):
    """How long each callback took until it was answered, in nanoseconds, and all together."""

    took: list[int]
    seconds: float


class Client:
    """The process that posts callbacks."""

    _process: Process

    async def __aenter__(self) -> Self:
        """Start it."""
        self._process = await create_subprocess_exec(
            sys.executable,
            "-m",
            "bench.client",
            stdin=PIPE,
            stdout=PIPE,
            limit=_LONGEST_LINE,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """End it."""
        if self._process.stdin:
            self._process.stdin.close()
        await self._process.wait()

    async def run(self, block: Block) -> Timing:
        """Post the callbacks of a block."""
        process = self._process
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the client has no pipes")
        process.stdin.write(json.dumps(block).encode() + b"\n")
        await process.stdin.drain()
        return Timing(*json.loads(await process.stdout.readline()))
