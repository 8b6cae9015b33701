"""The gateway's REST API: one method an endpoint, all through one request.

https://developer.z-api.io/en/
"""

from base64 import b64decode
from collections.abc import Iterable
from http import HTTPMethod, HTTPStatus
import re
from typing import Any, NamedTuple
from urllib.parse import quote

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout
import orjson
from yarl import URL

from .errors import (
    ZapiAuthError,
    ZapiConnectionError,
    ZapiError,
    ZapiForbiddenError,
    ZapiInstanceNotFoundError,
    ZapiNotFoundError,
    ZapiPasskeyError,
    ZapiRequestError,
    ZapiSubscriptionError,
    ZapiUnusableAnswerError,
)
from .models import CallbackType, Device, Instance, Setting, Status
from .values import count, one_line, text, words

DEFAULT_API_URL = "https://api.z-api.io"

_TIMEOUT = ClientTimeout(total=10, connect=5)
_MAX_ANSWER_BYTES = 1024 * 1024
# The gateway's words: what is looked at, and what is shown.
_MAX_WORDS_READ = 500
_MAX_WORDS_SHOWN = 200
_PNG_PREFIX = "data:image/png;base64,"
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
# What is matched comes from outside: no pattern may look at more than 500 characters.
_IPV4 = r"\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)"
_IP_ADDRESS = re.compile(rf"request ip|{_IPV4}|[0-9a-f]{{0,4}}:[0-9a-f]{{0,4}}:")
_ECHOED_TOKEN = re.compile(
    r"(?<=client-token )\S{1,500}(?= not allowed)", re.IGNORECASE
)
_STATUS = {"connected", "smartphoneConnected"}
# Addresses, keys (of webhooks too) and phone numbers, however they are written; an IP
# address is none.
_SENSITIVE = re.compile(
    rf"(?P<ip>\b{_IPV4})"
    r"|\w{1,20}://\S{1,500}|[\w-]{20,500}|\d(?:[\s().\-\u2010-\u2015/]{0,3}\d){5,500}"
)


def normalize_api_url(value: str) -> str:
    """Return the root of an API: scheme, host, port and path.

    Raises:
        ValueError: it is neither https nor http to this machine, or carries a
            user, a query or a fragment.
    """
    value = value.strip()
    url = URL(value)
    if url.scheme != "https" and not (url.scheme == "http" and url.host in _LOOPBACK):
        raise ValueError("the API's address must begin with https://")
    if (
        not url.host
        or url.user
        or url.password
        or url.query_string
        or url.fragment
        or any(char.isspace() for char in value)
    ):
        raise ValueError("the API's address must be a plain one")
    return str(url).rstrip("/")


class _Answer(NamedTuple):
    """The HTTP status and the decoded body; None for a body that is no JSON."""

    status: int
    body: Any


class ZapiClient:
    """One instance at the gateway, reached with the account's Client-Token.

    Each method raises a ``ZapiError``: see ``errors``. Nothing is retried, but that
    aiohttp repeats a GET or PUT once whose connection was cut before the answer.
    """

    def __init__(
        self,
        session: ClientSession,
        instance_id: str,
        token: str,
        client_token: str,
        api_url: str = DEFAULT_API_URL,
    ) -> None:
        """Take the credentials; no request is made.

        Raises:
            ValueError: ``api_url`` would carry the secrets unencrypted.
        """
        self._session = session
        self._secrets = (client_token, token, instance_id)
        self._headers = {
            "Client-Token": client_token,
            "Content-Type": "application/json",
        }
        self._root = (
            f"{normalize_api_url(api_url)}/instances/{quote(instance_id, safe='')}"
            f"/token/{quote(token, safe='')}"
        )

    async def status(self) -> Status:
        """Ask for the state of the session (``GET /status``).

        https://developer.z-api.io/en/instance/status
        """
        return Status.from_json(await self._request(HTTPMethod.GET, "status"))

    async def me(self) -> Instance:
        """Ask for the instance's settings, webhooks among them (``GET /me``).

        https://developer.z-api.io/en/instance/me

        Raises:
            ZapiConnectionError: also for an object that is no instance.
        """
        instance = Instance.from_json(await self._request(HTTPMethod.GET, "me"))
        if instance.id is None:
            # An object without it would read as an instance without webhooks.
            raise ZapiConnectionError("the answer to /me has no id")
        return instance

    async def device(self) -> Device:
        """Ask for the linked phone (``GET /device``); fails while there is none.

        https://developer.z-api.io/en/instance/device
        """
        return Device.from_json(await self._request(HTTPMethod.GET, "device"))

    async def set_webhook(self, kind: CallbackType, url: str) -> None:
        """Set where callbacks of a kind go (``PUT /update-webhook-*``).

        An answer without error is no proof: read ``me`` back.

        https://developer.z-api.io/en/webhooks/introduction

        Args:
            kind: the kind of callback.
            url: an https URL; empty clears.
        """
        await self._request(HTTPMethod.PUT, kind.path, {"value": url})

    async def set_filters(
        self, callbacks: Iterable[str], messages: Iterable[str] | None
    ) -> None:
        """Set what the gateway holds back (``PUT /update-filters``).

        https://developer.z-api.io/en/webhooks/introduction

        Args:
            callbacks: names of kinds of callback, ``FILTER_CONNECTED_CALLBACK``.
            messages: names of kinds of message; None, where they are not known,
                leaves them out of the request, so that they stay what they are.
        """
        payload = {"callbackTypeFilters": list(callbacks)}
        if messages is not None:
            payload["messageFilters"] = list(messages)
        await self._request(HTTPMethod.PUT, "update-filters", payload)

    async def set_setting(self, setting: Setting, value: bool | str) -> None:
        """Change a setting of the instance (``PUT /update-*``).

        An answer without error is no proof: read ``me`` back.

        https://developer.z-api.io/en/instance/introduction
        """
        await self._request(HTTPMethod.PUT, setting.path, {"value": value})

    async def restart(self) -> None:
        """Restart the instance (``GET /restart``); a ConnectedCallback follows.

        The link with the phone stays.

        https://developer.z-api.io/en/instance/restart
        """
        await self._request(HTTPMethod.GET, "restart")

    async def restore_session(self) -> None:
        """Try to revive a lost login (``GET /restore-session``).

        Gone from the newer pages: be ready for ``ZapiNotFoundError``.

        https://developer.z-api.io/en/instance/restore-session
        """
        await self._request(HTTPMethod.GET, "restore-session")

    async def disconnect(self) -> None:
        """Log the number out (``GET /disconnect``); it must be paired again.

        https://developer.z-api.io/en/instance/disconnect
        """
        await self._request(HTTPMethod.GET, "disconnect")

    async def qr_image(self) -> bytes | None:
        """Ask for a QR code to scan (``GET /qr-code/image``); it lives 20 seconds.

        https://developer.z-api.io/en/instance/qrcode

        Returns:
            A PNG image, or None where the number is connected already.

        Raises:
            ZapiPasskeyError: WhatsApp demands a passkey and refuses codes.
        """
        value = await self._pairing_value("qr-code/image")
        if value is None:
            return None
        try:
            image = b64decode(value.removeprefix(_PNG_PREFIX), validate=True)
        except ValueError:
            image = b""
        if not image.startswith(_PNG_SIGNATURE):
            raise ZapiUnusableAnswerError("Z-API sent no picture")
        return image

    async def phone_code(self, phone: str) -> str | None:
        """Ask for a code to type on the phone (``GET /phone-code/{phone}``).

        https://developer.z-api.io/en/instance/qrcode

        Args:
            phone: digits with the country code.

        Returns:
            The code, or None where the number is connected already.

        Raises:
            ZapiPasskeyError: WhatsApp demands a passkey and refuses codes.
        """
        return words(await self._pairing_value(f"phone-code/{quote(phone, safe='')}"))

    async def extension_token(self) -> str:
        """Ask for what the gateway's browser extension takes (``GET /extension-token``).

        It is valid for five minutes.

        https://developer.z-api.io/en/instance/qrcode
        """
        body = await self._request(HTTPMethod.GET, "extension-token")
        if (token := words(body.get("token"))) is None:
            raise ZapiUnusableAnswerError("Z-API sent no token")
        return token

    async def queue_count(self) -> int:
        """Ask how many messages wait to go out (``GET /queue/count``).

        https://developer.z-api.io/en/queue/introduction
        """
        answer = await self._send(HTTPMethod.GET, "queue/count", None)
        if (found := count(answer.body)) is None or answer.status != HTTPStatus.OK:
            body = self._checked_body(answer)
            found = count(body.get("count", body.get("value")))
        if found is None:
            raise ZapiUnusableAnswerError("Z-API sent no count")
        return found

    async def _pairing_value(self, path: str) -> str | None:
        """Return what pairs, None where nothing is left to pair."""
        body = await self._request(HTTPMethod.GET, path)
        if body.get("connected") is True:
            return None
        if (value := text(body.get("value"))) is not None:
            return value
        if "challenge" in body:
            raise ZapiPasskeyError("WhatsApp asks for a passkey")
        raise ZapiUnusableAnswerError("Z-API sent no code")

    async def _request(
        self, method: HTTPMethod, path: str, payload: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Make a request and return its good answer."""
        return self._checked_body(await self._send(method, path, payload))

    def _checked_body(self, answer: _Answer) -> dict[str, Any]:
        """Return the body of a good answer; raise for any other."""
        said = _said(answer.body)
        if (error := _error(answer, said.lower())) is not None:
            raise error(self._clean(said) or f"HTTP {answer.status}")
        body: dict[str, Any] = answer.body
        return body

    async def _send(
        self, method: HTTPMethod, path: str, payload: dict[str, Any] | None
    ) -> _Answer:
        """Make the request, once."""
        try:
            async with self._session.request(
                method,
                URL(f"{self._root}/{path}", encoded=True),
                data=None if payload is None else orjson.dumps(payload),
                headers=self._headers,
                timeout=_TIMEOUT,
                allow_redirects=False,
            ) as response:
                return _Answer(response.status, await _body(response))
        except (ClientError, OSError) as err:
            # The exception holds the URL, and the URL the token: it ends here.
            problem = type(err).__name__
        raise ZapiConnectionError(f"No answer ({problem})")

    def _clean(self, said: str) -> str:
        """Return the gateway's words without what identifies anybody."""
        said = _ECHOED_TOKEN.sub("***", said)
        for secret in filter(None, self._secrets):
            said = re.sub(re.escape(secret), "***", said, flags=re.IGNORECASE)
        said = _SENSITIVE.sub(lambda found: found["ip"] or "***", said)
        return said[:_MAX_WORDS_SHOWN]


async def _body(response: ClientResponse) -> Any:
    """Read and decode an answer, as far as an honest one can be long."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > _MAX_ANSWER_BYTES:
            raise ZapiConnectionError("The answer is too long")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _said(body: Any) -> str:
    """Return what the gateway says went wrong, secrets and all, but not without end."""
    said = body.get("error") or body.get("message") if isinstance(body, dict) else None
    if not isinstance(said, str):
        return ""
    if len(said) > _MAX_WORDS_READ:
        # Of a secret that is cut in two, the first half would not be known again.
        said = said[:_MAX_WORDS_READ].rpartition(" ")[0]
    return one_line(said)


def _error(answer: _Answer, said: str) -> type[ZapiError] | None:
    """Return what kind of failure an answer is; the words tell more than the code."""
    status, body = answer
    if 200 <= status < 300 and _is_good(body):
        return None
    if said == "not_found" or "matching target resource" in said:
        return ZapiNotFoundError
    if "subscribe to this instance" in said:
        return ZapiSubscriptionError
    if "client-token" in said:
        return ZapiAuthError
    if "instance not found" in said:
        return ZapiInstanceNotFoundError
    if "not allowed" in said:
        return ZapiForbiddenError if _IP_ADDRESS.search(said) else ZapiAuthError
    if isinstance(body, dict) and status // 100 in (2, 4) and status != 429:
        return ZapiRequestError
    return ZapiConnectionError


def _is_good(body: Any) -> bool:
    """Tell whether a body reports success; ``/status`` always explains in ``error``."""
    return (
        isinstance(body, dict)
        and ("error" not in body or not _STATUS.isdisjoint(body))
        and body.get("value") is not False
        and body.get("success") is not False
    )
