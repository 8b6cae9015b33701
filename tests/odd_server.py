"""A server that answers whatever it is told to."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web
import orjson

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Oddity:
    """A server that answers whatever it is told to."""

    url: str = ""
    handler: Handler | None = None
    requests: list[web.Request] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Count the request and answer it."""
        self.requests.append(request)
        assert self.handler is not None
        return await self.handler(request)

    def says(
        self, body: object, status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        """Answer with a JSON value from now on."""
        self.says_bytes(orjson.dumps(body), status, headers)

    def says_bytes(
        self, body: bytes, status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        """Answer with these bytes from now on."""

        async def handler(_request: web.Request) -> web.Response:
            return web.Response(
                body=body,
                status=status,
                headers={"Content-Type": "application/json", **(headers or {})},
            )

        self.handler = handler
