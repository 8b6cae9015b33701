"""A stand-in for an Overseerr, so that Home Assistant's integration for it can be set up."""

from typing import Any, Self

from aiohttp import web

from harness.ports import HOST, free_port

from .environment import Entry

_REQUESTS = (
    "total",
    "movie",
    "tv",
    "pending",
    "approved",
    "declined",
    "processing",
    "available",
)
_ISSUES = ("total", "video", "audio", "subtitles", "others", "open", "closed")


class Overseerr:
    """Answers what Home Assistant asks, and keeps the webhook that it is given.

    Attributes:
        entry: the config entry that leads here.
    """

    def __init__(self) -> None:
        """Have no webhook yet."""
        self._port = free_port(0)
        self._webhook: dict[str, Any] = {
            "enabled": False,
            "types": 0,
            "options": {"webhookUrl": "", "jsonPayload": ""},
        }
        self._runner: web.AppRunner | None = None
        self.entry = Entry(
            "overseerr",
            "01BENCHOVERSEERR0000000000",
            "Overseerr",
            None,
            {
                "host": HOST,
                "port": self._port,
                "ssl": False,
                "api_key": "bench",
                "webhook_id": "zapi_bench_overseerr",
            },
        )

    async def __aenter__(self) -> Self:
        """Go up."""
        app = web.Application()
        notifications = "/api/v1/settings/notifications/webhook"
        app.router.add_get("/api/v1/request/count", self._count(_REQUESTS))
        app.router.add_get("/api/v1/issue/count", self._count(_ISSUES))
        app.router.add_get(notifications, self._show)
        app.router.add_post(notifications, self._set)
        app.router.add_post(f"{notifications}/test", self._test)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self._port).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Go down."""
        if self._runner:
            await self._runner.cleanup()

    @staticmethod
    def _count(names: tuple[str, ...]) -> Any:
        async def count(_request: web.Request) -> web.Response:
            return web.json_response(dict.fromkeys(names, 1))

        return count

    async def _show(self, _request: web.Request) -> web.Response:
        return web.json_response(self._webhook)

    async def _set(self, request: web.Request) -> web.Response:
        self._webhook = await request.json()
        return web.json_response(self._webhook)

    async def _test(self, _request: web.Request) -> web.Response:
        return web.Response(status=204)
