"""HTTP endpoint for Z-API callbacks: validate, forward and hand on."""

from asyncio import timeout
from functools import partial
import hmac
from http import HTTPMethod, HTTPStatus
from typing import Protocol

from aiohttp.web import Request, RequestPayloadError, Response
from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_TOKEN, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant, callback

from ..api import (
    Callback,
    DeliveryCallback,
    MessageStatusCallback,
    ReceivedCallback,
    ZapiCallbackError,
    ZapiCallbackJSONError,
    parse_callback,
)
from ..const import DOMAIN
from .claims import wanted_types
from .forwarder import Forwarder
from .stats import CallbackStats
from .waiting import async_get_room

_TOKEN_HEADER = "z-api-token"
_MAX_BODY_BYTES = 1024 * 1024
_CHUNK = 64 * 1024
_BODY_TIMEOUT_SECONDS = 10


class CallbackReceiver(Protocol):
    """The part of an entry's runtime data that the endpoint knows.

    Attributes:
        stats: where each request is counted.
    """

    __slots__ = ()

    stats: CallbackStats

    @callback
    def async_receive(self, incoming: Callback) -> None:
        """Note a valid callback of the entry, and take in what it tells of the session."""


@callback
def async_register(
    hass: HomeAssistant, entry: ConfigEntry, forwarder: Forwarder
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
def async_unregister(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Unregister the entry's webhook."""
    webhook.async_unregister(hass, entry.data[CONF_WEBHOOK_ID])


async def _handle(
    entry: ConfigEntry,
    forwarder: Forwarder,
    hass: HomeAssistant,
    webhook_id: str,
    request: Request,
) -> Response:
    """Answer one request."""
    if request.method != HTTPMethod.POST:
        return Response(status=HTTPStatus.METHOD_NOT_ALLOWED)
    if not _is_token_valid(entry, request):
        return _answer(_receiver(entry), HTTPStatus.FORBIDDEN, "wrong_token")
    try:
        async with timeout(_BODY_TIMEOUT_SECONDS):
            body = await _read(request)
    except TimeoutError:
        return _answer(_receiver(entry), HTTPStatus.REQUEST_TIMEOUT, "too_slow")
    except RequestPayloadError, OSError:
        return Response(status=HTTPStatus.BAD_REQUEST)
    receiver = _receiver(entry)
    if body is None:
        return _answer(receiver, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large")
    try:
        incoming = parse_callback(body)
    except ZapiCallbackJSONError:
        return _answer(receiver, HTTPStatus.BAD_REQUEST, "not_json")
    except ZapiCallbackError as err:
        if err.instance_id == entry.unique_id:
            # The previous owner of the webhook may understand it.
            forwarder.forward(entry, None, body, request)
        return _answer(receiver, HTTPStatus.UNPROCESSABLE_ENTITY, "invalid")
    if incoming.instance_id != entry.unique_id:
        return _answer(receiver, HTTPStatus.UNPROCESSABLE_ENTITY, "other_instance")
    forwarder.forward(entry, incoming, body, request)
    if receiver:
        receiver.async_receive(incoming)
    return _answer(receiver, HTTPStatus.OK, _hand_on(hass, entry, incoming, len(body)))


def _hand_on(
    hass: HomeAssistant, entry: ConfigEntry, incoming: Callback, size: int
) -> str:
    """Hand on what came of a message, and return under which name a callback counts."""
    match incoming:
        case ReceivedCallback() | DeliveryCallback() | MessageStatusCallback():
            if not _is_wanted(hass, entry, incoming):
                return "not_wanted"
            async_get_room(hass, entry).async_hand_on(incoming, size)
    return str(incoming.kinds[0]) if incoming.kinds else "unknown_type"


def _is_wanted(hass: HomeAssistant, entry: ConfigEntry, incoming: Callback) -> bool:
    """Return whether an entry takes a callback now, or will once it is loaded."""
    is_gone = hass.config_entries.async_get_entry(entry.entry_id) is None
    wanted = wanted_types(entry.options)
    return not (is_gone or entry.disabled_by or wanted.isdisjoint(incoming.kinds))


def _answer(
    receiver: CallbackReceiver | None, status: HTTPStatus, outcome: str
) -> Response:
    """Count what became of a request, and answer it."""
    if receiver:
        receiver.stats.record(outcome, accepted=status is HTTPStatus.OK)
    return Response(status=status)


async def _read(request: Request) -> bytes | None:
    """Read the body, or None if it is longer than any callback."""
    # Bound once: through a cloudhook each access to .content starts again.
    reader = request.content
    body = bytearray()
    while chunk := await reader.read(_CHUNK):
        body += chunk
        if len(body) > _MAX_BODY_BYTES:
            return None
    return bytes(body)


def _is_token_valid(entry: ConfigEntry, request: Request) -> bool:
    """Return whether the token is right, where one is sent."""
    token = request.headers.get(_TOKEN_HEADER)
    # Bytes that are not UTF-8 arrive as surrogates, which do not encode by themselves.
    return token is None or hmac.compare_digest(
        token.encode(errors="surrogateescape"), entry.data[CONF_TOKEN].encode()
    )


def _receiver(entry: ConfigEntry) -> CallbackReceiver | None:
    """Return what receives the callbacks of an entry, from its first poll on."""
    if entry.state in (ConfigEntryState.LOADED, ConfigEntryState.SETUP_IN_PROGRESS):
        return getattr(entry, "runtime_data", None)
    return None
