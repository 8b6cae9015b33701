"""One request: what an answer means, how much of it is read, and what it never says."""

import asyncio
import gzip
from http import HTTPMethod
from io import BytesIO
import re
import time
from typing import Any

from aiohttp import web
from aiohttp.test_utils import unused_port
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
import orjson
import pytest

from custom_components.zapi.api import (
    DEFAULT_API_URL,
    CallbackType,
    ZapiAuthError,
    ZapiClient,
    ZapiConnectionError,
    ZapiError,
    ZapiForbiddenError,
    ZapiInstanceNotFoundError,
    ZapiNotFoundError,
    ZapiRequestError,
    ZapiSubscriptionError,
    ZapiUnreachableError,
    normalize_api_url,
)
from custom_components.zapi.api.transport import RawResponse, Transport
from tests.common import CLIENT_TOKEN, HOOK_URL, INSTANCE_ID, PHONE, TOKEN
from tests.failures import failure_of
from tests.odd_server import Oddity

MIB = 1024 * 1024


@pytest.fixture
async def transport(hass: HomeAssistant, oddity: Oddity) -> Transport:
    """Return a transport to the server that answers oddly."""
    return Transport(
        async_get_clientsession(hass), INSTANCE_ID, TOKEN, CLIENT_TOKEN, oddity.url
    )


async def test_a_body_that_is_encoded_already_arrives_as_it_is(
    transport: Transport, oddity: Oddity
) -> None:
    bodies = []

    async def read(request: web.Request) -> web.Response:
        bodies.append(await request.read())
        return web.json_response({"messageId": "A"})

    oddity.handler = read
    body = orjson.dumps({"image": "x" * (MIB // 2)})
    answer = await transport.request(HTTPMethod.POST, "send-image", BytesIO(body))
    assert answer == {"messageId": "A"}
    assert bodies == [body]
    assert oddity.requests[0].headers["Content-Type"] == "application/json"
    assert oddity.requests[0].headers["Content-Length"] == str(len(body))


async def test_a_post_that_is_cut_is_not_repeated(
    transport: Transport, oddity: Oddity
) -> None:
    async def cut(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    oddity.says({"value": True})
    await transport.request(HTTPMethod.POST, "send-text", {"phone": PHONE})
    oddity.handler = cut
    failure = await failure_of(
        transport.request(HTTPMethod.POST, "send-text", {"phone": PHONE})
    )
    assert type(failure) is ZapiConnectionError
    assert len(oddity.requests) == 2


async def test_a_request_may_have_a_deadline_of_its_own(
    transport: Transport, oddity: Oddity
) -> None:
    done = asyncio.Event()

    async def wait(_request: web.Request) -> web.Response:
        await done.wait()
        return web.json_response({"value": True})

    oddity.handler = wait
    failure = await failure_of(
        transport.request(HTTPMethod.GET, "status", timeout_seconds=0.05)
    )
    assert str(failure) == "No answer (TimeoutError)"
    done.set()


async def test_an_answer_is_judged_whatever_it_came_by(transport: Transport) -> None:
    good = RawResponse(200, {"connected": False, "error": "You are not connected."})
    assert transport.checked_body(good) == good.body
    with pytest.raises(ZapiAuthError, match=r"^Client-Token \*\*\* not allowed$"):
        transport.checked_body(
            RawResponse(403, {"error": f"Client-Token {CLIENT_TOKEN} not allowed"})
        )


@pytest.mark.parametrize(
    ("words", "ip"),
    [
        ("[203.0.113.7] not allowed", "203.0.113.7"),
        ("203.0.113.7: not allowed.", "203.0.113.7"),
        ("[2001:DB8:0::7] not allowed", "2001:db8::7"),
        ("Request IP 2001:db8::7, be sure, is not allowed", "2001:db8::7"),
        ("[request IP] not allowed", None),
        ("[999.0.113.7] not allowed", None),
    ],
)
async def test_a_refused_address_is_read_from_the_words(
    odd_client: ZapiClient, oddity: Oddity, words: str, ip: str | None
) -> None:
    oddity.says({"error": words}, status=403)
    failure = await failure_of(odd_client.status())
    assert isinstance(failure, ZapiForbiddenError)
    assert failure.ip == ip


SUBSCRIBE = "to continue, you must Subscribe to this instance again."
ANSWERS: dict[str, tuple[int, Any, type[ZapiError]]] = {
    "null token": (400, {"error": "null not allowed"}, ZapiAuthError),
    "anything not allowed": (403, {"error": "This is not allowed"}, ZapiAuthError),
    "capitals": (404, {"error": "INSTANCE NOT FOUND."}, ZapiInstanceNotFoundError),
    "auth with 200": (200, {"error": "your client-token is not set"}, ZapiAuthError),
    "auth with 500": (500, {"error": "your client-token is not set"}, ZapiAuthError),
    "gone with 200": (200, {"error": "Instance not found"}, ZapiInstanceNotFoundError),
    "gone with 500": (500, {"error": "Instance not found"}, ZapiInstanceNotFoundError),
    "a placeholder": (403, {"error": "[request IP] not allowed"}, ZapiForbiddenError),
    "IPv4": (403, {"error": "203.0.113.7 not allowed"}, ZapiForbiddenError),
    "IPv6": (403, {"error": "2001:DB8::7 not allowed"}, ZapiForbiddenError),
    "short IPv6": (403, {"error": "::1 not allowed"}, ZapiForbiddenError),
    "plan, other spelling": (402, {"error": SUBSCRIBE}, ZapiSubscriptionError),
    "route, message only": (
        404,
        {"message": "Unable to find matching target resource method"},
        ZapiNotFoundError,
    ),
    "refused": (400, {"error": "Invalid phone"}, ZapiRequestError),
    "refused, message only": (400, {"message": "Invalid phone"}, ZapiRequestError),
    "refused without words": (400, {}, ZapiRequestError),
    "refused with odd words": (400, {"error": {"a": ["b"]}}, ZapiRequestError),
    "refused with a number": (400, {"error": 7}, ZapiRequestError),
    "null as error": (200, {"error": None}, ZapiRequestError),
    "404 with words": (404, {"error": "No such thing"}, ZapiRequestError),
    "a bare text": (400, "Proxy is not reachable", ZapiConnectionError),
    "a list": (200, [{"connected": True}], ZapiConnectionError),
    "a number": (200, 5, ZapiConnectionError),
    "null": (200, None, ZapiConnectionError),
    "5xx with words": (500, {"error": "Whatsapp did not respond"}, ZapiConnectionError),
    "429 with words": (429, {"error": "Slow down"}, ZapiConnectionError),
    "a redirect with words": (302, {"error": "Moved"}, ZapiConnectionError),
    "a code of no meaning": (999, {"error": "What"}, ZapiConnectionError),
}


@pytest.mark.parametrize(
    ("status", "body", "error"), ANSWERS.values(), ids=ANSWERS.keys()
)
async def test_words_count_more_than_the_code(
    odd_client: ZapiClient,
    oddity: Oddity,
    status: int,
    body: object,
    error: type[ZapiError],
) -> None:
    oddity.says(body, status)
    failure = await failure_of(odd_client.me())
    assert type(failure) is error
    assert str(failure)
    assert len(oddity.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not JSON",
        b"{'connected': true}",
        b'{"connected": NaN}',
        b'{"due": 1e999}',
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"connected": true',
    ],
    ids=range(10),
)
async def test_what_is_not_json_is_no_answer(
    odd_client: ZapiClient, oddity: Oddity, body: bytes
) -> None:
    oddity.says_bytes(body)
    assert type(await failure_of(odd_client.status())) is ZapiConnectionError


@pytest.mark.parametrize(
    "words",
    [
        f"Client-Token {CLIENT_TOKEN} not allowed",
        f"client-token {CLIENT_TOKEN.upper()} not allowed",
        f"Client-Token {CLIENT_TOKEN[:-1]} not allowed",
        f"Instance {INSTANCE_ID.lower()} and token {TOKEN} do not fit",
        f"{TOKEN}{INSTANCE_ID}{CLIENT_TOKEN}",
        f"Number {PHONE} is busy",
        f"Cannot reach {HOOK_URL}, is it up?",
        f"Cannot reach webhook {HOOK_URL.rpartition('/')[2]}",
        f"GET /instances/{INSTANCE_ID}/token/{TOKEN}/me failed",
        f"{'x' * 195} {CLIENT_TOKEN}",
        # The first 500 characters end amid the secret.
        f"{'A' * 20} " * 23 + CLIENT_TOKEN,
    ],
    ids=range(11),
)
@pytest.mark.parametrize("key", ["error", "message"])
async def test_secrets_that_the_gateway_echoes_are_taken_out(
    odd_client: ZapiClient, oddity: Oddity, words: str, key: str
) -> None:
    oddity.says({key: words}, 400)
    failure = await failure_of(odd_client.set_webhook(CallbackType.CONNECTED, HOOK_URL))
    assert CLIENT_TOKEN[:8] not in str(failure)
    assert "***" in str(failure)


@pytest.mark.parametrize(
    "number",
    [
        PHONE,
        "+55 44 99999-9999",
        "+55 (44) 99999-9999",
        "55 44 9 9999 9999",
        "55-44-9-9999-9999",
        "044 99999 9999",
        "99999-9999",
        "44.99999.9999",
        "+55\u00a044\u00a099999\u20119999",
        "+55 44\n99999 \u2013 9999",
        "+55 44  -  99999  \u2212  9999",
        "554.499.999.999",
    ],
    ids=range(12),
)
async def test_a_number_is_taken_out_however_it_is_written(
    odd_client: ZapiClient, oddity: Oddity, number: str
) -> None:
    oddity.says({"error": f"Number {number} is busy"}, 400)
    said = str(await failure_of(odd_client.me()))
    assert re.fullmatch(r"Number \+?\*\*\* is busy", said)


@pytest.mark.parametrize(
    "words",
    [
        "[203.0.113.7] not allowed",
        "Calls from 203.0.113.7 are not allowed.",
        "Not allowed: 203.0.113.7.",
        "2001:db8:0:1::7 not allowed",
    ],
)
async def test_an_ip_address_is_no_number_and_is_shown(
    odd_client: ZapiClient, oddity: Oddity, words: str
) -> None:
    oddity.says({"error": words}, 403)
    failure = await failure_of(odd_client.me())
    assert type(failure) is ZapiForbiddenError
    assert str(failure) == words


@pytest.mark.parametrize("length", [60_000, MIB - 100])
@pytest.mark.parametrize("said", ["{} not allowed", "client-token {}"])
@pytest.mark.parametrize("piece", ["a", "a-", "1 ", "1.", "1.1.1.1 ", "client-token "])
async def test_a_refusal_without_end_takes_no_time(
    odd_client: ZapiClient, oddity: Oddity, said: str, piece: str, length: int
) -> None:
    oddity.says({"error": said.format(piece * (length // len(piece)))}, 400)
    began = time.process_time()
    failure = await failure_of(odd_client.me())
    assert time.process_time() - began < 0.5
    assert len(str(failure)) <= 200


async def test_nothing_is_read_of_a_refusal_but_its_beginning(
    odd_client: ZapiClient, oddity: Oddity
) -> None:
    oddity.says({"error": f"{'word ' * 100}client-token"}, 400)
    assert type(await failure_of(odd_client.me())) is ZapiRequestError


async def test_what_the_gateway_says_is_one_line(
    odd_client: ZapiClient, oddity: Oddity
) -> None:
    oddity.says({"error": "Not\r\nnow\x1b[31m\u202e\x00"}, 400)
    assert str(await failure_of(odd_client.me())) == "Not now [31m"


async def test_long_words_are_cut(odd_client: ZapiClient, oddity: Oddity) -> None:
    oddity.says({"error": "word " * 100_000}, 400)
    assert len(str(await failure_of(odd_client.me()))) == 200


async def test_an_answer_cut_off_half_way_is_no_answer(
    odd_client: ZapiClient, oddity: Oddity
) -> None:
    async def cut_off(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b'{"connected": true')
        assert request.transport is not None
        request.transport.close()
        return response

    oddity.handler = cut_off
    failure = await failure_of(odd_client.status())
    assert type(failure) is ZapiConnectionError
    assert str(failure) == "No answer (ClientPayloadError)"
    assert len(oddity.requests) == 1


async def test_a_long_answer_is_not_read_to_its_end(
    odd_client: ZapiClient, oddity: Oddity
) -> None:
    written = 0

    async def pour(request: web.Request) -> web.StreamResponse:
        nonlocal written
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(1024):
            await response.write(b" " * MIB)
            written += MIB
        return response

    oddity.handler = pour
    failure = await failure_of(odd_client.status())
    assert type(failure) is ZapiConnectionError
    assert str(failure) == "The answer is too long"
    assert written < 100 * MIB


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(b" " * (10 * MIB), "identity"), (gzip.compress(b" " * (10 * MIB)), "gzip")],
    ids=["plain", "compressed"],
)
async def test_ten_megabytes_are_refused(
    odd_client: ZapiClient, oddity: Oddity, body: bytes, encoding: str
) -> None:
    oddity.says_bytes(body, headers={"Content-Encoding": encoding})
    failure = await failure_of(odd_client.status())
    assert str(failure) == "The answer is too long"


async def test_an_answer_of_just_under_a_mebibyte_is_read(
    odd_client: ZapiClient, oddity: Oddity
) -> None:
    oddity.says({"connected": True, "padding": "x" * (MIB - 50)})
    assert (await odd_client.status()).connected is True


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(
    odd_client: ZapiClient, oddity: Oddity, status: int
) -> None:
    oddity.says_bytes(b"", status, {"Location": f"{oddity.url}/elsewhere"})
    failure = await failure_of(odd_client.set_webhook(CallbackType.CONNECTED, HOOK_URL))
    assert type(failure) is ZapiConnectionError
    assert len(oddity.requests) == 1


async def test_a_gateway_that_is_not_there_cannot_be_reached(
    hass: HomeAssistant, socket_enabled: None
) -> None:
    client = ZapiClient(
        async_get_clientsession(hass),
        INSTANCE_ID,
        TOKEN,
        CLIENT_TOKEN,
        f"http://127.0.0.1:{unused_port()}",
    )
    failure = await failure_of(client.status())
    assert type(failure) is ZapiUnreachableError
    assert str(failure) == "No answer (ClientConnectorError)"


async def test_a_gateway_without_tls_cannot_be_reached(
    hass: HomeAssistant, oddity: Oddity
) -> None:
    client = ZapiClient(
        async_get_clientsession(hass),
        INSTANCE_ID,
        TOKEN,
        CLIENT_TOKEN,
        oddity.url.replace("http://", "https://"),
    )
    assert type(await failure_of(client.status())) is ZapiUnreachableError
    assert not oddity.requests


async def test_credentials_cannot_change_the_path(
    hass: HomeAssistant, oddity: Oddity
) -> None:
    oddity.says({"connected": True})
    client = ZapiClient(
        async_get_clientsession(hass), "../a b", "c/d?e#f", CLIENT_TOKEN, oddity.url
    )
    await client.status()
    assert oddity.requests[0].raw_path == (
        "/instances/..%2Fa%20b/token/c%2Fd%3Fe%23f/status"
    )


@pytest.mark.parametrize(
    ("given", "root"),
    [
        (DEFAULT_API_URL, DEFAULT_API_URL),
        (" https://api.z-api.io/ ", DEFAULT_API_URL),
        ("HTTPS://API.Z-API.IO", DEFAULT_API_URL),
        ("https://api.example.org:8443/v1/", "https://api.example.org:8443/v1"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_an_address_is_kept_in_one_form(given: str, root: str) -> None:
    assert normalize_api_url(given) == root


@pytest.mark.parametrize(
    "given",
    [
        "",
        "api.z-api.io",
        "//api.z-api.io",
        "https://",
        "https:///path",
        "https:api.z-api.io",
        "ftp://api.z-api.io",
        "http://api.z-api.io",
        "http://192.168.1.2",
        "http://localhost.example.org",
        "http://localhost@example.org",
        "http://127.0.0.1.example.org",
        "https://user@api.z-api.io",
        "https://:pass@api.z-api.io",
        "https://user:pass@api.z-api.io",
        "https://api.z-api.io?a=b",
        "https://api.z-api.io#a",
        "https://api.z-api.io:99999",
        "https://[::1",
        "https://api z-api.io",
        "https://api.z-\napi.io",
        "https://api.z-api.io\\@example.org",
    ],
)
async def test_an_address_that_would_leak_or_lead_astray_is_refused(
    hass: HomeAssistant, given: str
) -> None:
    with pytest.raises(ValueError):
        normalize_api_url(given)
    with pytest.raises(ValueError):
        ZapiClient(
            async_get_clientsession(hass), INSTANCE_ID, TOKEN, CLIENT_TOKEN, given
        )
