"""The gate of the gateway: checks in the vendor's order, faults on answers, media (docs/gateway.md, sections 2 and 7)."""

import asyncio
from collections.abc import Mapping
import hmac
import mimetypes
from typing import Any

from aiohttp import hdrs, web
import orjson

from . import directory, messages, outbox, pairing, settings
from .chats import Media
from .courier import drifted
from .endpoint import Answer, Call, Handler, RefusalError, Routes
from .faults import Faults, hit
from .gateway import Gateway
from .instance import Instance, State
from .samples import FILES

ROUTES: Routes = (
    pairing.ROUTES
    | settings.ROUTES
    | messages.ROUTES
    | outbox.ROUTES
    | directory.ROUTES
)
UNPAID = "To continue sending a message, you must subscribe to this instance again"
UNKNOWN_ROUTE = "Unable to find matching target resource method"
HTML = "<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
)


def add_routes(app: web.Application, gateway: Gateway) -> None:
    """Serve Z-API's own routes and the media it links to."""
    server = _Server(gateway)
    app.router.add_route(
        hdrs.METH_ANY, "/instances/{instance}/token/{token}/{path:.*}", server.answer
    )
    app.router.add_get("/media/{instance}/{message}/{ends:\\d+}.{suffix}", server.media)


class _Server:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._faults = gateway.faults

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request of the API and record it."""
        gateway, faults, path = self._gateway, self._faults, request.match_info["path"]
        at = gateway.clock()
        started = asyncio.get_running_loop().time()
        if hit(faults.reset_before, path):
            self._record(request, at, started)
            return _cut(request)
        answer, body = await self._decide(request, path, await request.read())
        cut = hit(faults.reset_after, path)
        # Before the pauses: a client that gives up meanwhile cancels this handler.
        self._record(request, at, started, body, None if cut else answer)
        late = faults.slow_seconds if hit(faults.slow_answers, path) else 0.0
        if faults.latency or late:
            await asyncio.sleep(faults.latency + late)
        if cut:
            return _cut(request)
        return await self._respond(request, path, answer)

    async def _decide(
        self, request: web.Request, path: str, data: bytes
    ) -> tuple[Answer, Any]:
        body: Any = None
        try:
            instance = self._admit(request, path)
            handler, argument = self._find(request, path)
            body = _parse(request, path, data, self._faults)
            if (spoilt := _instead(path, self._faults)) is not None:
                return spoilt, body
            call = Call(self._gateway, instance, path, argument, request.query, body)
            return await handler(call), body
        except RefusalError as refusal:
            return Answer(refusal.body, refusal.status), body

    def _admit(self, request: web.Request, path: str) -> Instance:
        gateway, faults = self._gateway, self._faults
        _forced_auth(request, path, faults)
        expected, given = gateway.client_token, request.headers.get("Client-Token")
        if expected is not None and not given:
            raise RefusalError(400, "your client-token is not configured")
        if expected is not None and not _same(expected, given or ""):
            raise RefusalError(403, f"Client-Token {given} not allowed")
        instance = gateway.instances.get(request.match_info["instance"])
        if (
            instance is None
            or not _is_open(instance, request.match_info["token"])
            or hit(faults.instance_not_found, path)
        ):
            raise RefusalError(faults.instance_not_found_status, "Instance not found")
        if instance.state is State.EXPIRED or hit(faults.expired_plan, path):
            raise RefusalError(400, UNPAID)
        return instance

    def _find(self, request: web.Request, path: str) -> tuple[Handler, str]:
        verbs, argument = ROUTES.get(path), ""
        if verbs is None:
            head, _, argument = path.rpartition("/")
            verbs = ROUTES.get(f"{head}/*") if argument else None
        if verbs is None or hit(self._faults.not_found_200, path):
            raise RefusalError(
                self._faults.unknown_route_status, "NOT_FOUND", message=UNKNOWN_ROUTE
            )
        handler = verbs.get(request.method)
        if handler is None or hit(self._faults.http_405, path):
            raise RefusalError(405)
        return handler, argument

    def _record(
        self,
        request: web.Request,
        at: float,
        started: float,
        body: Any = None,
        answer: Answer | None = None,
    ) -> None:
        self._gateway.log.record(
            "in",
            request.match_info["instance"],
            request.match_info["path"],
            at=at,
            method=request.method,
            status=answer.status if answer else 0,
            request=body,
            headers=request.headers,
            answer=answer.body if answer else None,
            seconds=asyncio.get_running_loop().time() - started,
        )

    async def _respond(
        self, request: web.Request, path: str, answer: Answer
    ) -> web.StreamResponse:
        faults = self._faults
        if answer.status >= 500 or hit(faults.html_answer, path):
            return web.Response(
                text=HTML, content_type="text/html", status=answer.status
            )
        response = web.Response(
            status=answer.status,
            headers={"Retry-After": "30"} if answer.status == 429 else None,
        )
        if answer.body is None or hit(faults.empty_body, path):
            return response
        body = (
            drifted(answer.body, faults)
            if isinstance(answer.body, dict)
            else answer.body
        )
        data = orjson.dumps(
            _as_text(body) if hit(faults.string_booleans, path) else body
        )
        response.content_type = "application/json"
        response.body = (
            data[: len(data) // 2] if hit(faults.truncated_json, path) else data
        )
        if hit(faults.stalled_body, path):
            await response.prepare(request)
            await asyncio.sleep(faults.slow_seconds)
        return response

    async def media(self, request: web.Request) -> web.Response:
        """Serve the file of a send, else one of no content to speak of, until its link has expired."""
        gone = self._faults.media_gone
        if gone == "404" or int(request.match_info["ends"]) < self._gateway.clock():
            raise web.HTTPNotFound
        if gone == "html":
            return web.Response(text=HTML, content_type="text/html")
        if gone == "oversized":
            return web.Response(
                body=bytes(64 * 2**20), content_type="application/octet-stream"
            )
        if media := self._sent(request.match_info):
            return _file(media.data, media.mime)
        kind = (
            mimetypes.guess_type(f"a.{request.match_info['suffix']}")[0]
            or "application/octet-stream"
        )
        return _file(FILES.get(request.match_info["suffix"], PIXEL), kind)

    def _sent(self, names: Mapping[str, str]) -> Media | None:
        instance = self._gateway.instances.get(names["instance"])
        sent = (
            outgoing.media
            for outgoing in (instance.sent if instance else ())
            if outgoing.message_id == names["message"]
        )
        return next(sent, None)


def _file(data: bytes, kind: str) -> web.Response:
    """Serve a file that anybody may have sent: it must not become a page of our own address."""
    headers = {
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    if not kind.startswith(("image/", "audio/", "video/")):
        headers["Content-Disposition"] = "attachment"
    return web.Response(body=data, content_type=kind, headers=headers)


def _is_open(instance: Instance, token: str) -> bool:
    return instance.state is not State.DELETED and _same(instance.token, token)


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(
        expected.encode(), given.encode("utf-8", "surrogateescape")
    )


def _forced_auth(request: web.Request, path: str, faults: Faults) -> None:
    if hit(faults.ip_blocked, path):
        raise RefusalError(403, f"[{faults.blocked_ip}] not allowed")
    if hit(faults.missing_client_token, path):
        raise RefusalError(400, "your client-token is not configured")
    if hit(faults.missing_client_token_old, path):
        raise RefusalError(403, "Client-Token null not allowed")
    if hit(faults.wrong_client_token, path):
        raise RefusalError(
            403, f"Client-Token {request.headers.get('Client-Token')} not allowed"
        )


def _parse(request: web.Request, path: str, data: bytes, faults: Faults) -> Any:
    if hit(faults.http_415, path):
        raise RefusalError(415)
    if request.method not in {"POST", "PUT"} and not data:
        return None
    if request.content_type != "application/json":
        raise RefusalError(415)
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        raise RefusalError(400, "The body is not JSON") from None


def _instead(path: str, faults: Faults) -> Answer | None:
    if hit(faults.http_429, path):
        return Answer(None, 429)
    if hit(faults.http_5xx, path):
        return Answer(HTML, 502)
    if hit(faults.value_false, path):
        return Answer({"value": False})
    if hit(faults.success_false, path):
        return Answer(
            {"success": False, "message": "It was not possible to apply the change"}
        )
    return None


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value
