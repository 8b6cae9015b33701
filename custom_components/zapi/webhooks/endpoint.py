"""The door for callbacks: whatever comes in gets an answer, and never a traceback."""

from asyncio import timeout
from functools import partial
import hmac
from http import HTTPMethod, HTTPStatus

from aiohttp.web import Request, RequestPayloadError, Response
from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_TOKEN, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant, callback

from ..api import (
    Callback,
    ConnectedCallback,
    DisconnectedCallback,
    ZapiCallbackError,
    ZapiCallbackJSONError,
    parse_callback,
)
from ..const import DOMAIN
from ..runtime import ZapiConfigEntry, ZapiRuntime
from .forwarder import Forwarder

_TOKEN_HEADER = "z-api-token"
_MAX_BODY_BYTES = 1024 * 1024
_CHUNK = 64 * 1024
_PATIENCE_SECONDS = 10


@callback
def async_register(
    hass: HomeAssistant, entry: ZapiConfigEntry, forwarder: Forwarder
) -> None:
    """Register the entry's webhook with Home Assistant, loaded or not."""
    async_unregister(hass, entry)
    webhook.async_register(
        hass,
        DOMAIN,
        entry.title,
        entry.data[CONF_WEBHOOK_ID],
        partial(_handle, entry, forwarder),
        # Home Assistant's own refusal of a method logs the webhook id.
        allowed_methods=webhook.SUPPORTED_METHODS,
    )


@callback
def async_unregister(hass: HomeAssistant, entry: ZapiConfigEntry) -> None:
    """Unregister the entry's webhook."""
    webhook.async_unregister(hass, entry.data[CONF_WEBHOOK_ID])


async def _handle(
    entry: ZapiConfigEntry,
    forwarder: Forwarder,
    hass: HomeAssistant,
    webhook_id: str,
    request: Request,
) -> Response:
    """Answer one request."""
    if request.method != HTTPMethod.POST:
        return Response(status=HTTPStatus.METHOD_NOT_ALLOWED)
    if not _is_token_valid(entry, request):
        return _answer(_runtime(entry), HTTPStatus.FORBIDDEN, "wrong_token")
    try:
        async with timeout(_PATIENCE_SECONDS):
            body = await _read(request)
    except TimeoutError:
        return _answer(_runtime(entry), HTTPStatus.REQUEST_TIMEOUT, "too_slow")
    except RequestPayloadError, OSError:
        return Response(status=HTTPStatus.BAD_REQUEST)
    runtime = _runtime(entry)
    if body is None:
        return _answer(runtime, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large")
    try:
        news = parse_callback(body)
    except ZapiCallbackJSONError:
        return _answer(runtime, HTTPStatus.BAD_REQUEST, "not_json")
    except ZapiCallbackError as err:
        if err.instance_id == entry.unique_id:
            # Whoever gets copies may understand it.
            forwarder.forward(entry, None, body, request)
        return _answer(runtime, HTTPStatus.UNPROCESSABLE_ENTITY, "invalid")
    if news.instance_id != entry.unique_id:
        return _answer(runtime, HTTPStatus.UNPROCESSABLE_ENTITY, "other_instance")
    forwarder.forward(entry, news.kind, body, request)
    return _answer(runtime, HTTPStatus.OK, _dispatch(runtime, news))


def _answer(runtime: ZapiRuntime | None, status: HTTPStatus, outcome: str) -> Response:
    """Count what became of a request, and answer it."""
    if runtime:
        runtime.stats.record(outcome, accepted=status is HTTPStatus.OK)
    return Response(status=status)


async def _read(request: Request) -> bytes | None:
    """Read the body, or None if it is longer than any callback."""
    # Bound once: through a cloudhook each access to .content starts anew.
    reader = request.content
    body = bytearray()
    while chunk := await reader.read(_CHUNK):
        body += chunk
        if len(body) > _MAX_BODY_BYTES:
            return None
    return bytes(body)


def _is_token_valid(entry: ZapiConfigEntry, request: Request) -> bool:
    """Tell whether the token is right, where one is sent."""
    token = request.headers.get(_TOKEN_HEADER)
    # What is not UTF-8 comes as surrogates, which do not encode by themselves.
    return token is None or hmac.compare_digest(
        token.encode(errors="surrogateescape"), entry.data[CONF_TOKEN].encode()
    )


def _dispatch(runtime: ZapiRuntime | None, news: Callback) -> str:
    """Give a callback to who waits for it; return its name."""
    if runtime:
        runtime.callback_monitor.async_callback_received()
        if isinstance(news, (ConnectedCallback, DisconnectedCallback)):
            runtime.coordinator.async_receive(news)
    return str(news.kind or "unknown_type")


def _runtime(entry: ZapiConfigEntry) -> ZapiRuntime | None:
    """Return who takes news in: also while the first poll is under way."""
    if entry.state in (ConfigEntryState.LOADED, ConfigEntryState.SETUP_IN_PROGRESS):
        return getattr(entry, "runtime_data", None)
    return None
