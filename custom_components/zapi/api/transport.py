"""Requests to the gateway: limits, deadline, errors and redaction.

When an answer is a success, and which error it is otherwise: ``docs/gateway.md``, 2.2
and 2.3.
"""

from http import HTTPMethod, HTTPStatus
from io import BytesIO
import re
from typing import Any, NamedTuple
from urllib.parse import quote

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
)
import orjson
from yarl import URL

from .errors import (
    ZapiAuthError,
    ZapiConnectionError,
    ZapiError,
    ZapiForbiddenError,
    ZapiInstanceNotFoundError,
    ZapiNotFoundError,
    ZapiRequestError,
    ZapiSubscriptionError,
    ZapiUnreachableError,
)
from .values import one_line

_TIMEOUT_SECONDS = 10.0
_CONNECT_TIMEOUT_SECONDS = 5.0
_MAX_RESPONSE_BYTES = 1024 * 1024
# Characters of the gateway's message: read at most, and shown at most.
_MAX_MESSAGE_READ = 500
_MAX_MESSAGE_SHOWN = 200
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
# The text that is matched comes from outside: patterns are bounded to 500 characters.
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|\d{1,2})"
_IPV4 = rf"{_OCTET}(?:\.{_OCTET}){{3}}(?!\.?\d)"
_IP_ADDRESS = re.compile(rf"request ip|{_IPV4}|[0-9a-f]{{0,4}}:[0-9a-f]{{0,4}}:")
_ECHOED_TOKEN = re.compile(
    r"(?<=client-token )\S{1,500}(?= not allowed)", re.IGNORECASE
)
# URLs, keys (of webhooks too) and phone numbers in any notation, but not IP addresses.
_SENSITIVE = re.compile(
    rf"(?P<ip>\b{_IPV4})"
    r"|\w{1,20}://\S{1,500}|[\w-]{20,500}|\d(?:[\s().\-\u2010-\u2015\u2212/]{0,9}\d){5,500}"
)
_STATUS_FIELDS = {"connected", "smartphoneConnected"}
_STATUSES_WITHOUT_BODY = (HTTPStatus.CREATED, HTTPStatus.NO_CONTENT)

# A large body comes encoded, and is sent piece by piece.
type Payload = dict[str, Any] | BytesIO


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


def deadline_seconds(size: int) -> float:
    """Return how long it may take to move so many bytes."""
    return min(30 + size / (256 * 1024), 180)


class RawResponse(NamedTuple):
    """An answer that may be an error.

    Attributes:
        status: the HTTP status.
        body: the decoded body; "" where there is none, None if it is not valid JSON.
    """

    status: int
    body: Any

    @property
    def is_empty(self) -> bool:
        """Return whether the answer is a good one that says nothing."""
        return self.status == HTTPStatus.OK and self.body == ""


class Transport:
    """Make the requests of one instance, and keep its secrets out of all errors.

    Nothing is retried, except that aiohttp repeats a GET, a PUT or a DELETE once when
    its connection was cut before the answer. A POST is never repeated.
    """

    def __init__(
        self,
        session: ClientSession,
        instance_id: str,
        token: str,
        client_token: str,
        api_url: str,
    ) -> None:
        """Initialize the transport; no request is made.

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

    async def request(
        self,
        method: HTTPMethod,
        path: str,
        payload: Payload | None = None,
        timeout_seconds: float | None = None,
    ) -> dict[str, Any]:
        """Make a request and return the body of its good answer.

        Args:
            method: the HTTP method.
            path: the endpoint below the instance, quoted.
            payload: a JSON object, or one that is encoded already.
            timeout_seconds: how long the whole request may take, if not the usual
                ten seconds.

        Raises:
            ZapiError: there was no answer, or not a good one.
        """
        return self.checked_body(
            await self.fetch(method, path, payload, timeout_seconds)
        )

    async def fetch(
        self,
        method: HTTPMethod,
        path: str,
        payload: Payload | None = None,
        timeout_seconds: float | None = None,
    ) -> RawResponse:
        """Make a request as ``request`` does, and return whatever the answer is.

        Raises:
            ZapiUnreachableError: no connection came about.
            ZapiConnectionError: there was no answer, or one without end.
        """
        timeout = ClientTimeout(
            total=timeout_seconds or _TIMEOUT_SECONDS, connect=_CONNECT_TIMEOUT_SECONDS
        )
        try:
            async with self._session.request(
                method,
                URL(f"{self._root}/{path}", encoded=True),
                data=orjson.dumps(payload) if isinstance(payload, dict) else payload,
                headers=self._headers,
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                return RawResponse(response.status, await _decoded_body(response))
        except (ClientError, OSError) as err:
            # The exception contains the URL, and the URL the token: do not chain it.
            problem = f"No answer ({type(err).__name__})"
            error = _connection_error(err)
        raise error(problem)

    def checked_body(self, response: RawResponse) -> dict[str, Any]:
        """Return the body of a good answer.

        Raises:
            ZapiError: the answer is not a good one; its class says in what way.
        """
        message = _error_message(response.body)
        if (error := _error_type(response, message.lower())) is not None:
            raise error(self._redact(message) or f"HTTP {response.status}")
        body: dict[str, Any] = response.body
        return body

    def _redact(self, message: str) -> str:
        """Return a message without secrets and without what identifies a person."""
        message = _ECHOED_TOKEN.sub("***", message)
        for secret in filter(None, self._secrets):
            message = re.sub(re.escape(secret), "***", message, flags=re.IGNORECASE)
        message = _SENSITIVE.sub(lambda found: found["ip"] or "***", message)
        return message[:_MAX_MESSAGE_SHOWN]


def _connection_error(err: Exception) -> type[ZapiConnectionError]:
    """Return what a failed request becomes: what was never sent can be sent again."""
    if isinstance(err, ClientConnectorError | ConnectionTimeoutError):
        return ZapiUnreachableError
    return ZapiConnectionError


async def _decoded_body(response: ClientResponse) -> Any:
    """Return the decoded body of an answer, "" for none, None if it is not valid JSON.

    An answer whose status says that it has none is good without one.
    """
    body = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > _MAX_RESPONSE_BYTES:
            raise ZapiConnectionError("The answer is too long")
    if not body:
        return {} if response.status in _STATUSES_WITHOUT_BODY else ""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _error_message(body: Any) -> str:
    """Return the start of the gateway's error message, not redacted yet."""
    message = (
        body.get("error") or body.get("message") if isinstance(body, dict) else None
    )
    if not isinstance(message, str):
        return ""
    if len(message) > _MAX_MESSAGE_READ:
        # The first half of a secret that is cut in two would not be recognized.
        message = message[:_MAX_MESSAGE_READ].rpartition(" ")[0]
    return one_line(message)


def _error_type(response: RawResponse, message: str) -> type[ZapiError] | None:
    """Return the error of an answer; its message tells more than the status code.

    Args:
        response: the answer.
        message: the gateway's message in lower case.
    """
    status, body = response
    if 200 <= status < 300 and _is_good(body):
        return None
    if message == "not_found" or "matching target resource" in message:
        return ZapiNotFoundError
    if "subscribe to this instance" in message:
        return ZapiSubscriptionError
    if "client-token" in message:
        return ZapiAuthError
    if "instance not found" in message:
        return ZapiInstanceNotFoundError
    if "not allowed" in message:
        return ZapiForbiddenError if _IP_ADDRESS.search(message) else ZapiAuthError
    if isinstance(body, dict) and status // 100 in (2, 4) and status != 429:
        return ZapiRequestError
    return ZapiConnectionError


def _is_good(body: Any) -> bool:
    """Return whether a body reports success; ``/status`` always has an ``error``."""
    return (
        isinstance(body, dict)
        and ("error" not in body or not _STATUS_FIELDS.isdisjoint(body))
        and body.get("value") is not False
        and body.get("success") is not False
    )
