"""The control page at `/` and its JSON API under `/_control`, for a person and for a demo in another process.

Only loopback addresses are served, and only to pages of our own: the state it shows holds the consumer's webhook URLs.
"""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path
import re
from typing import Any

from aiohttp import web
import orjson
from yarl import URL

from .courier import FILTERS
from .exchange import Exchange, each_text
from .faults import Faults
from .gateway import Gateway, StaleCodeError
from .instance import Instance, State
from .panel import ACTIONS
from .samples import CONTENTS, NOTICES
from .view import chats_of, messages_of

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
# The last part of a URL is where consumers keep their secret.
LAST_PART = re.compile(r"(https?://\S*/)([^\s/]{0,4})[^\s/]*")
ECHO = re.compile(r"Client-Token .* not allowed")
SHOWN_AT_ONCE = 300
SCRIPTS = ("chats.js", "answers.js", "faults.js", "page.js")


def add_routes(app: web.Application, gateway: Gateway) -> None:
    """Serve the page and its API."""
    control = _Control(gateway)
    app.router.add_get("/", control.page)
    app.router.add_get("/_control/state", control.state)
    app.router.add_get("/_control/switches", control.switches)
    app.router.add_get("/_control/{instance}/chat", control.chat)
    app.router.add_post("/_control/faults", control.faults)
    app.router.add_post("/_control/client_token", control.client_token)
    app.router.add_post("/_control/reset_log", control.reset_log)
    app.router.add_post("/_control/{instance}/{action}", control.act)


class _Control:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._page, self._policy = _assembled()

    async def page(self, _request: web.Request) -> web.Response:
        """`GET /`: one page without anything to load."""
        return web.Response(
            text=self._page,
            content_type="text/html",
            headers={"Content-Security-Policy": self._policy},
        )

    async def switches(self, request: web.Request) -> web.Response:
        """`GET /_control/switches`: groups of fault switches, see `Faults.described`, all filters by list, and what may be received."""
        _admit(request)
        filters = {key: sorted(names) for key, names in FILTERS.items()}
        kinds = {"messages": list(CONTENTS), "notices": list(NOTICES)}
        return _json({"groups": Faults.described(), "filters": filters, "kinds": kinds})

    async def chat(self, request: web.Request) -> web.Response:
        """`GET /_control/{instance}/chat?phone=`: the last messages of a chat, oldest first."""
        _admit(request)
        instance = self._gateway.instances.get(request.match_info["instance"])
        if instance is None:
            raise _refused(404, "No such instance")
        return _json(messages_of(instance, request.query.get("phone", "")))

    async def state(self, request: web.Request) -> web.Response:
        """`GET /_control/state?since=`: everything but secrets, and the exchanges after that number."""
        _admit(request)
        gateway = self._gateway
        since = request.query.get("since", "0")
        exchanges = list(gateway.log.since(int(since) if since.isdecimal() else 0))
        return _json(
            {
                "now": gateway.clock(),
                "count": gateway.log.count,
                "spacing": gateway.spacing,
                "instances": [
                    _summary(instance) for instance in gateway.instances.values()
                ],
                "client_token_active": gateway.client_token is not None,
                "faults": gateway.faults.as_dict(),
                "exchanges": [
                    self._mask(exchange) for exchange in exchanges[-SHOWN_AT_ONCE:]
                ],
            }
        )

    def _mask(self, exchange: Exchange) -> Any:
        instance, client_token = (
            self._gateway.instances.get(exchange.instance_id),
            self._gateway.client_token,
        )
        secrets = [
            secret for secret in (instance and instance.token, client_token) if secret
        ]

        def hide(text: str) -> str:
            for secret in secrets:
                text = text.replace(secret, "•••")
            return LAST_PART.sub(
                r"\1\2…", ECHO.sub("Client-Token ••• not allowed", text)
            )

        return each_text(exchange.as_dict(), hide)

    async def faults(self, request: web.Request) -> web.Response:
        """`POST /_control/faults`: some switches, or `{"clear": true}` before them; answers all."""
        values = await _body(request)
        if values.pop("clear", False):
            self._gateway.faults.clear()
        try:
            self._gateway.faults.update(values)
        except ValueError as error:
            raise _refused(400, str(error)) from None
        self._gateway.wake()
        return _json(self._gateway.faults.as_dict())

    async def client_token(self, request: web.Request) -> web.Response:
        """`POST /_control/client_token` `{"value": "..."}`: rotate it; null switches it off."""
        value = (await _body(request)).get("value")
        self._gateway.rotate_client_token(
            value if isinstance(value, str) and value else None
        )
        return _json({"active": self._gateway.client_token is not None})

    async def reset_log(self, request: web.Request) -> web.Response:
        """`POST /_control/reset_log`: forget the exchanges; their numbers go on."""
        await _body(request)
        self._gateway.exchanges.clear()
        return _json({"count": self._gateway.log.count})

    async def act(self, request: web.Request) -> web.Response:
        """`POST /_control/{instance}/{action}`: see `panel.ACTIONS`; answers the state and what was posted."""
        body = await _body(request)
        instance = self._gateway.instances.get(request.match_info["instance"])
        action = ACTIONS.get(request.match_info["action"])
        if instance is None or action is None:
            raise _refused(404, "No such instance or action")
        try:
            posted = await action(self._gateway, instance, body)
        except StaleCodeError as error:
            raise _refused(409, str(error)) from None
        except (TypeError, ValueError) as error:
            raise _refused(400, str(error)) from None
        return _json(
            {
                "state": instance.state,
                "callbacks": [_posted(exchange) for exchange in posted or ()],
            }
        )


def _summary(instance: Instance) -> dict[str, Any]:
    return {
        "id": instance.instance_id,
        "name": instance.name,
        "state": instance.state,
        "connected": instance.up,
        "phone": instance.phone,
        "due": instance.due,
        "queue": len(instance.queue),
        "code": "live" if instance.state is State.PAIRING else "",
        "code_ends": instance.code_ends,
        "webhooks": instance.webhooks,
        "settings": instance.settings,
        "message_filters": instance.hidden["messageFilters"],
        "chats": chats_of(instance),
    }


def _assembled() -> tuple[str, str]:
    """Put style and scripts into the page, and give it with a policy that lets nothing else run."""
    folder = Path(__file__).parent
    style = (folder / "page.css").read_text("utf-8")
    script = "".join((folder / name).read_text("utf-8") for name in SCRIPTS)
    page = (folder / "page.html").read_text("utf-8")
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "connect-src 'self'; img-src 'self' data:; media-src 'self'; "
        f"style-src '{_digest(style)}'; script-src '{_digest(script)}'"
    )
    return page.replace("/* style */", style).replace("/* script */", script), policy


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _posted(exchange: Exchange) -> dict[str, Any]:
    return {
        "number": exchange.number,
        "type": exchange.path,
        "webhook": exchange.webhook,
        "at": exchange.at,
        "seconds": exchange.seconds,
        "status": exchange.status,
        "failure": exchange.answer,
    }


def _admit(request: web.Request) -> None:
    origin = request.headers.get("Origin")
    if request.url.host not in LOOPBACK or (
        origin is not None and URL(origin).host not in LOOPBACK
    ):
        raise _refused(403, "Only for this machine")


async def _body(request: web.Request) -> dict[str, Any]:
    _admit(request)
    data = await request.read()
    try:
        body = orjson.loads(data or b"{}")
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise _refused(400, "The body is not a JSON object")
    return body


def _json(body: Any) -> web.Response:
    return web.Response(body=orjson.dumps(body), content_type="application/json")


def _refused(status: int, error: str) -> web.HTTPException:
    kind = {
        400: web.HTTPBadRequest,
        403: web.HTTPForbidden,
        404: web.HTTPNotFound,
        409: web.HTTPConflict,
    }[status]
    return kind(
        text=orjson.dumps({"error": error}).decode(), content_type="application/json"
    )
