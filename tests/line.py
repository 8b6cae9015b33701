"""A simulated instance, and somebody who takes its callbacks."""

from typing import Any, Self

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
import orjson

from simulator import Gateway, Instance, Message, State, make_app

CLIENT_TOKEN = "F00000000000000000000000000000000S"
MARIA = "5544988888888"


class Line:
    """A connected instance with somebody who takes its callbacks, and requests to it."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0
        self.gateway = Gateway(
            CLIENT_TOKEN, clock=lambda: self.now, spacing=(0, 0), callback_timeout=1
        )
        self.instance: Instance = self.gateway.add(state=State.CONNECTED)
        self.callbacks: list[dict[str, Any]] = []
        self.pauses: list[float] = []
        self.client: TestClient[web.Request, web.Application]

    async def take(self, request: web.Request) -> web.Response:
        self.callbacks.append(orjson.loads(await request.read()))
        return web.Response()

    async def pause(self, seconds: float) -> None:
        """Stand in for the worker's pauses, which take as long as the vendor's."""
        self.pauses.append(seconds)

    async def ask(
        self, method: str, path: str, body: Any = None, **options: Any
    ) -> tuple[int, Any]:
        """Ask, and return the status and the body, None where it is empty."""
        instance = self.instance
        url = f"/instances/{instance.instance_id}/token/{instance.token}/{path}"
        options.setdefault("headers", {"Client-Token": CLIENT_TOKEN})
        async with self.client.request(method, url, json=body, **options) as response:
            data = await response.read()
            return response.status, orjson.loads(data) if data else None

    async def send(self, path: str, **body: Any) -> Message | None:
        """Send to Maria unless told otherwise, and return what her chat then shows for it."""
        body.setdefault("phone", MARIA)
        status, answer = await self.ask("POST", path, body)
        assert status == 200, answer
        await self.gateway.drain()
        return self.instance.chats.find(body["phone"], answer.get("messageId", ""))

    async def text(self, message: str = "Hello", **body: Any) -> Message:
        shown = await self.send("send-text", message=message, **body)
        assert shown is not None
        return shown

    def delivered(self) -> dict[str, Any]:
        """Return the latest DeliveryCallback."""
        return next(
            body
            for body in reversed(self.callbacks)
            if body["type"] == "DeliveryCallback"
        )

    async def __aenter__(self) -> Self:
        self.client = TestClient(
            TestServer(make_app(self.gateway), host="127.0.0.1"),
        )
        await self.client.start_server()
        self.gateway.base_url = str(self.client.make_url("")).rstrip("/")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.close()
