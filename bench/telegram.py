"""A stand-in for Telegram, so that Home Assistant's bot for it can be set up."""

from typing import Any, Self

from aiohttp import web

from harness.ports import HOST, free_port

from .block import TELEGRAM_CHAT
from .environment import Entry

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
_BOTS = 2
_FIRST_BOT = 1_000_000_001


class Telegram:
    """Answers what the bots ask, and keeps the secrets that they are to be posted with.

    Attributes:
        entries: the config entries of the bots, each with one chat.
    """

    def __init__(self) -> None:
        """Know no secret yet."""
        self._port = free_port(0)
        self._secrets: dict[int, str] = {}
        self._runner: web.AppRunner | None = None
        self.entries = [self._entry(number) for number in range(_BOTS)]

    async def __aenter__(self) -> Self:
        """Go up."""
        app = web.Application()
        app.router.add_post(r"/bot{bot:\d+}:bench/{method}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self._port).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Go down."""
        if self._runner:
            await self._runner.cleanup()

    def path(self, number: int) -> str:
        """Return where a bot's updates are posted to."""
        return f"/api/telegram_webhooks_{_FIRST_BOT + number}"

    def secret(self, number: int) -> str:
        """Return what shows a bot that an update is Telegram's."""
        return self._secrets[_FIRST_BOT + number]

    def _entry(self, number: int) -> Entry:
        return Entry(
            "telegram_bot",
            f"01BENCHTELEGRAM{number:011d}",
            f"Telegram {number}",
            None,
            {
                "platform": "webhooks",
                "api_key": f"{_FIRST_BOT + number}:bench",
                "api_endpoint": f"http://{HOST}:{self._port}",
                "trusted_networks": ["127.0.0.0/8"],
            },
            {
                "minor_version": 3,
                "options": {"parse_mode": "markdown"},
                "subentries": [
                    {
                        "subentry_id": f"01BENCHCHAT{number:015d}",
                        "subentry_type": "allowed_chat_ids",
                        "title": "Maria",
                        "unique_id": str(TELEGRAM_CHAT),
                        "data": {"chat_id": TELEGRAM_CHAT},
                    }
                ],
            },
        )

    async def _answer(self, request: web.Request) -> web.Response:
        bot = int(request.match_info["bot"])
        result: Any = True
        match request.match_info["method"]:
            case "getMe":
                result = {"id": bot, "is_bot": True, "first_name": "Bench"}
                result["username"] = "bench_bot"
            case "getWebhookInfo":
                result = {"url": "", "has_custom_certificate": False}
                result["pending_update_count"] = 0
            case "setWebhook":
                fields = await request.post()
                self._secrets[bot] = str(fields["secret_token"])
        return web.json_response({"ok": True, "result": result})
