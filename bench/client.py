"""The gateway's side of the benchmark, in a process of its own: posts callbacks and takes the time.

Reads one block of work a line from standard input, as JSON, and answers each with one line.
"""

from collections.abc import Callable, Iterator
from functools import partial
import gc
from itertools import cycle
import json
import selectors
import socket
import sys
from time import perf_counter_ns, time
from typing import Any

from simulator import Instance, callbacks

from .block import (
    GREETING,
    GREETING_TEXT,
    MESSAGE,
    SESSION,
    TELEGRAM_CHAT,
    UPDATE,
    WRITER,
    Block,
    Timing,
)

type Json = dict[str, Any]

# How far the gateway's clock is ahead: so each callback counts in order of its arrival, also where several are under way.
_AHEAD = 60_000
_TEXT = "Is the gate closed?"
_END = b"\r\n\r\n"


class Poster:
    """Posts callbacks of one instance over one keep-alive connection, one after the other."""

    def __init__(self, block: Block, bodies: Iterator[bytes]) -> None:
        """Connect."""
        self._bodies = bodies
        self._head = (
            f"POST {block.path} HTTP/1.1\r\n"
            f"Host: localhost:{block.port}\r\n"
            f"User-Agent: Mozilla/5.0\r\n"
            f"{block.header}: {block.token}\r\n"
            f"Content-Type: application/json\r\n"
            f"Content-Length: %d\r\n\r\n"
        ).encode()
        self.socket = socket.create_connection(("127.0.0.1", block.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._began = 0
        self._received = b""

    def post(self) -> None:
        """Send one callback."""
        body = next(self._bodies)
        request = self._head % len(body) + body
        self._began = perf_counter_ns()
        self.socket.sendall(request)

    def read(self) -> int | None:
        """Read on; return the nanoseconds that the callback took, once it is answered.

        Raises:
            ConnectionError: the answer is not the expected one.
        """
        self._received += self.socket.recv(65536)
        head, end, body = self._received.partition(_END)
        if not end:
            return None
        took = perf_counter_ns() - self._began
        if not head.startswith(b"HTTP/1.1 200") or body or b"chunked" in head:
            raise ConnectionError(f"answered {self._received!r}")
        self._received = b""
        return took


def moments() -> Iterator[int]:
    """Give the time in milliseconds, never the same twice."""
    last = 0
    while True:
        last = max(last + 1, int(time() * 1000))
        yield last


def bodies(block: Block, clock: Iterator[int]) -> Iterator[bytes]:
    """Give the bodies to post, each with news or each the same."""
    instance = Instance(block.instance_id, block.token, phone=block.phone)
    ahead = _AHEAD if block.connections > 1 else 0
    given = _GIVEN[block.sort](instance, (moment + ahead for moment in clock))
    yield from map(_encoded, given if block.changing else cycle([next(given)]))


def _session(instance: Instance, clock: Iterator[int]) -> Iterator[Json]:
    while True:
        yield callbacks.connected(instance, next(clock))
        # The gateway tells this one's moment in whole seconds: within one of them all
        # but the first would be duplicates.
        gone = callbacks.disconnected(instance, 0, "Device has been disconnected")
        yield gone | {"momment": next(clock)}


def _messages(text: str, instance: Instance, clock: Iterator[int]) -> Iterator[Json]:
    for moment in clock:
        message_id = f"AC{moment:030X}"
        body = callbacks.received(instance, moment, message_id, WRITER, "Maria")
        yield body | {"text": {"message": text}}


def _updates(_instance: Instance, clock: Iterator[int]) -> Iterator[Json]:
    person = {"id": TELEGRAM_CHAT, "first_name": "Maria", "last_name": "Example"}
    for moment in clock:
        message = {
            "message_id": moment,
            "from": person | {"is_bot": False, "language_code": "en"},
            "chat": person | {"type": "private"},
            "date": moment // 1000,
            "text": _TEXT,
        }
        yield {"update_id": moment, "message": message}


_GIVEN: dict[str, Callable[[Instance, Iterator[int]], Iterator[Json]]] = {
    SESSION: _session,
    MESSAGE: partial(_messages, _TEXT),
    GREETING: partial(_messages, GREETING_TEXT),
    UPDATE: _updates,
}


def _encoded(body: object) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def run(block: Block, clock: Iterator[int]) -> Timing:
    """Post all callbacks of a block."""
    work = bodies(block, clock)
    posters = [Poster(block, work) for _ in range(block.connections)]
    with selectors.DefaultSelector() as selector:
        for poster in posters:
            selector.register(poster.socket, selectors.EVENT_READ, poster)
        # The first one may change something even where none should.
        posters[0].post()
        while posters[0].read() is None:
            pass
        timing = _post_all(selector, posters, block.total)
    for poster in posters:
        poster.socket.close()
    return timing


def _post_all(
    selector: selectors.BaseSelector, posters: list[Poster], total: int
) -> Timing:
    took: list[int] = []
    gc.disable()
    began = perf_counter_ns()
    for poster in posters:
        poster.post()
    under_way, left = len(posters), total - len(posters)
    while under_way:
        for key, _ in selector.select():
            nanoseconds = key.data.read()
            if nanoseconds is None:
                continue
            took.append(nanoseconds)
            if left > 0:
                left -= 1
                key.data.post()
            else:
                under_way -= 1
    seconds = (perf_counter_ns() - began) / 1e9
    gc.enable()
    return Timing(took, seconds)


def main() -> None:
    """Do what is asked until there is no more."""
    clock = moments()
    for line in sys.stdin:
        timing = run(Block(*json.loads(line)), clock)
        print(json.dumps(timing), flush=True)


if __name__ == "__main__":
    main()
