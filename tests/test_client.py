"""The client: what it sends, what it makes of each answer, and what it never says."""

import ast
import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
import gzip
from pathlib import Path
import re
import time
import traceback
from typing import Any

from aiohttp import ClientTimeout, web
from aiohttp.test_utils import TestServer, unused_port
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
import orjson
import pytest

from custom_components.zapi import api
from custom_components.zapi.api import (
    DEFAULT_API_URL,
    CallbackType,
    Device,
    Instance as InstanceSettings,
    Setting,
    Status,
    ZapiAuthError,
    ZapiClient,
    ZapiConnectionError,
    ZapiError,
    ZapiForbiddenError,
    ZapiInstanceNotFoundError,
    ZapiNotFoundError,
    ZapiPasskeyError,
    ZapiRequestError,
    ZapiSubscriptionError,
    ZapiUnusableAnswerError,
    normalize_api_url,
)
from simulator import Gateway, Instance, State

from .conftest import CLIENT_TOKEN, HOOK_URL, INSTANCE_ID, PHONE, TOKEN, requests

SECRETS = (CLIENT_TOKEN, TOKEN, INSTANCE_ID, PHONE)
MIB = 1024 * 1024
PNG = b"\x89PNG\r\n\x1a\n"

type Call = Callable[[ZapiClient], Awaitable[object]]
type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def ask_status(client: ZapiClient) -> Awaitable[Status]:
    """Ask for the state of the session."""
    return client.status()


def ask_me(client: ZapiClient) -> Awaitable[InstanceSettings]:
    """Ask for the settings."""
    return client.me()


def ask_device(client: ZapiClient) -> Awaitable[Device]:
    """Ask for the phone."""
    return client.device()


def set_webhook(client: ZapiClient) -> Awaitable[None]:
    """Set one webhook."""
    return client.set_webhook(CallbackType.CONNECTED, HOOK_URL)


def set_filters(client: ZapiClient) -> Awaitable[None]:
    """Set what is held back."""
    return client.set_filters([], [])


def restart(client: ZapiClient) -> Awaitable[None]:
    """Restart the instance."""
    return client.restart()


def set_setting(client: ZapiClient) -> Awaitable[None]:
    """Change a setting."""
    return client.set_setting(Setting.AUTO_READ_STATUS, True)


def restore_session(client: ZapiClient) -> Awaitable[None]:
    """Revive a lost login."""
    return client.restore_session()


def disconnect(client: ZapiClient) -> Awaitable[None]:
    """Log the number out."""
    return client.disconnect()


def ask_qr_image(client: ZapiClient) -> Awaitable[bytes | None]:
    """Ask for a QR code."""
    return client.qr_image()


def ask_phone_code(client: ZapiClient) -> Awaitable[str | None]:
    """Ask for a code to type."""
    return client.phone_code(PHONE)


def ask_extension_token(client: ZapiClient) -> Awaitable[str]:
    """Ask for what the browser extension takes."""
    return client.extension_token()


def ask_queue_count(client: ZapiClient) -> Awaitable[int]:
    """Ask how many messages wait."""
    return client.queue_count()


CALLS: tuple[Call, ...] = (
    ask_status,
    ask_me,
    ask_device,
    set_webhook,
    set_filters,
    restart,
    set_setting,
    restore_session,
    disconnect,
    ask_qr_image,
    ask_phone_code,
    ask_extension_token,
    ask_queue_count,
)


def all_that_is_said(err: BaseException) -> str:
    """Return every text that a log or a person could get out of an exception."""
    said = []
    todo: list[BaseException | None] = [err]
    while todo:
        if (one := todo.pop()) is not None:
            said += [str(one), repr(one), repr(one.args), repr(vars(one))]
            todo += [one.__cause__, one.__context__]
    return "\n".join([*said, *traceback.format_exception(err)])


async def failure_of(answer: Awaitable[object]) -> ZapiError:
    """Return the error of a call, which gives no secret away."""
    with pytest.raises(ZapiError) as caught:
        await answer
    said = all_that_is_said(caught.value).lower()
    assert not [secret for secret in SECRETS if secret.lower() in said]
    assert HOOK_URL.rpartition("/")[2] not in said
    return caught.value


@pytest.fixture
async def client(
    hass: HomeAssistant, gateway: Gateway, instance: Instance
) -> ZapiClient:
    """Return a client of the simulator's instance."""
    return ZapiClient(
        async_get_clientsession(hass),
        INSTANCE_ID,
        TOKEN,
        CLIENT_TOKEN,
        gateway.base_url,
    )


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


@pytest.fixture
async def oddity(socket_enabled: None) -> AsyncGenerator[Oddity]:
    """Return a server that is up."""
    oddity = Oddity()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", oddity.answer)
    async with TestServer(app) as server:
        oddity.url = str(server.make_url("")).rstrip("/")
        yield oddity


@pytest.fixture
async def odd_client(hass: HomeAssistant, oddity: Oddity) -> ZapiClient:
    """Return a client of that server."""
    return ZapiClient(
        async_get_clientsession(hass), INSTANCE_ID, TOKEN, CLIENT_TOKEN, oddity.url
    )


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the client wait for a tenth of a second instead of ten seconds."""
    monkeypatch.setattr(
        "custom_components.zapi.api.client._TIMEOUT", ClientTimeout(total=0.1)
    )


async def test_each_request_carries_the_credentials_and_a_content_type(
    odd_client: ZapiClient, oddity: Oddity
) -> None:
    oddity.says({"value": True})
    await set_webhook(odd_client)
    (request,) = oddity.requests
    assert request.method == "PUT"
    assert request.path == (
        f"/instances/{INSTANCE_ID}/token/{TOKEN}/update-webhook-connected"
    )
    assert request.headers["Client-Token"] == CLIENT_TOKEN
    assert request.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("kind", list(CallbackType))
async def test_a_webhook_is_set_and_cleared(
    client: ZapiClient, gateway: Gateway, instance: Instance, kind: CallbackType
) -> None:
    await client.set_webhook(kind, HOOK_URL)
    assert (await client.me()).webhooks[kind] == HOOK_URL
    await client.set_webhook(kind, "")
    assert set((await client.me()).webhooks.values()) == {""}
    assert requests(gateway).count(f"PUT update-webhook-{kind}") == 2


async def test_filters_are_set_and_those_of_messages_stay_where_not_known(
    client: ZapiClient, instance: Instance
) -> None:
    await client.set_filters(["FILTER_CONNECTED_CALLBACK"], ["FILTER_FROM_GROUP"])
    assert (await client.me()).callback_filters == ("FILTER_CONNECTED_CALLBACK",)
    assert instance.hidden["messageFilters"] == ["FILTER_FROM_GROUP"]
    await client.set_filters([], None)
    assert (await client.me()).callback_filters == ()
    assert instance.hidden["messageFilters"] == ["FILTER_FROM_GROUP"]
    await client.set_filters([], [])
    assert instance.hidden["messageFilters"] == []


async def test_an_instance_can_be_restarted(
    client: ZapiClient, gateway: Gateway
) -> None:
    await client.restart()
    await gateway.drain()
    assert requests(gateway) == ["GET restart"]


async def test_a_lost_session_can_be_restored_and_a_number_logged_out(
    client: ZapiClient, gateway: Gateway, instance: Instance
) -> None:
    instance.state = State.LOST_SESSION
    await client.restore_session()
    await gateway.drain()
    assert (await client.status()).connected is True
    await client.disconnect()
    assert (await client.status()).connected is False


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        (Setting.AUTO_READ_MESSAGE, True),
        (Setting.CALL_REJECT_AUTO, True),
        (Setting.CALL_REJECT_MESSAGE, "Não atendo 📵"),
    ],
)
async def test_a_setting_is_changed_and_can_be_read_back(
    client: ZapiClient, setting: Setting, value: bool | str
) -> None:
    await client.set_setting(setting, value)
    assert (await client.me()).settings[setting] == value


async def test_a_setting_that_is_not_shown_is_changed_all_the_same(
    client: ZapiClient, instance: Instance
) -> None:
    await client.set_setting(Setting.AUTO_READ_STATUS, True)
    assert instance.hidden["autoReadStatus"] is True
    assert Setting.AUTO_READ_STATUS not in (await client.me()).settings


@pytest.mark.parametrize("no_prefix", [False, True])
async def test_a_code_to_scan_is_a_png_with_or_without_its_prefix(
    client: ZapiClient, gateway: Gateway, instance: Instance, no_prefix: bool
) -> None:
    instance.state = State.UNPAIRED
    gateway.faults.qr_no_prefix = no_prefix
    image = await client.qr_image()
    assert image
    assert image.startswith(PNG)


async def test_a_code_to_type_and_a_token_are_texts(
    client: ZapiClient, instance: Instance
) -> None:
    instance.state = State.UNPAIRED
    assert await client.phone_code(PHONE) == instance.code
    assert len(await client.extension_token()) == 9


async def test_a_number_that_is_connected_needs_no_code(client: ZapiClient) -> None:
    assert await client.qr_image() is None
    assert await client.phone_code(PHONE) is None


@pytest.mark.parametrize("call", [ask_qr_image, ask_phone_code])
async def test_a_passkey_that_is_wanted_is_an_error_of_its_own(
    client: ZapiClient, gateway: Gateway, instance: Instance, call: Call
) -> None:
    instance.state = State.UNPAIRED
    gateway.faults.qr_challenge = True
    assert type(await failure_of(call(client))) is ZapiPasskeyError


async def test_a_number_cannot_change_the_path(
    odd_client: ZapiClient, oddity: Oddity
) -> None:
    oddity.says({"value": "A1B2C3D4E5"})
    await odd_client.phone_code("../me?a#b")
    assert oddity.requests[0].raw_path.endswith("/phone-code/..%2Fme%3Fa%23b")


@pytest.mark.parametrize(
    "value",
    [
        "bm8gcGljdHVyZQ==",
        "data:image/jpeg;base64,/9j/4AAQSkZJRg==",
        "iVBORw0KGgo",
        "iVBORw0KGgo=\n",
        "2@text of a code,that is no picture",
        "ação",
        "data:image/png;base64,",
    ],
    ids=range(7),
)
async def test_a_picture_that_is_no_png_is_refused(
    odd_client: ZapiClient, oddity: Oddity, value: str
) -> None:
    oddity.says({"value": value})
    failure = await failure_of(odd_client.qr_image())
    assert type(failure) is ZapiUnusableAnswerError
    assert str(failure) == "Z-API sent no picture"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (ask_qr_image, "Z-API sent no code"),
        (ask_phone_code, "Z-API sent no code"),
        (ask_extension_token, "Z-API sent no token"),
        (ask_queue_count, "Z-API sent no count"),
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"connected": False},
        {"value": None, "token": None, "count": None},
        {"value": "", "token": "", "count": ""},
        {"value": ["A"], "token": ["A"], "count": ["A"]},
    ],
    ids=range(5),
)
async def test_an_answer_without_what_was_asked_for_is_refused(
    odd_client: ZapiClient, oddity: Oddity, call: Call, said: str, body: Any
) -> None:
    oddity.says(body)
    failure = await failure_of(call(odd_client))
    assert type(failure) is ZapiUnusableAnswerError
    assert str(failure) == said


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (0, 0),
        (3, 3),
        ("3", 3),
        ({"count": 3}, 3),
        ({"count": "3"}, 3),
        ({"value": 3}, 3),
        ({"value": "0"}, 0),
        ({"count": 0, "value": 3}, 0),
    ],
)
async def test_a_count_may_come_in_any_shape(
    odd_client: ZapiClient, oddity: Oddity, body: Any, found: int
) -> None:
    oddity.says(body)
    assert await odd_client.queue_count() == found


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, {"count": -1}, ZapiUnusableAnswerError),
        (200, {"count": True}, ZapiUnusableAnswerError),
        (200, {"count": 1.5}, ZapiUnusableAnswerError),
        (200, {"count": "9" * 5000}, ZapiUnusableAnswerError),
        (200, {"value": False}, ZapiRequestError),
        (200, True, ZapiConnectionError),
        (200, -3, ZapiConnectionError),
        (200, "three", ZapiConnectionError),
        (200, [3], ZapiConnectionError),
        (502, 3, ZapiConnectionError),
        (400, "3", ZapiConnectionError),
    ],
)
async def test_what_is_no_count_is_no_answer(
    odd_client: ZapiClient,
    oddity: Oddity,
    status: int,
    body: Any,
    error: type[ZapiError],
) -> None:
    oddity.says(body, status)
    assert type(await failure_of(odd_client.queue_count())) is error


async def test_the_state_of_each_instance_is_read(
    client: ZapiClient, instance: Instance
) -> None:
    assert await client.status() == Status(True, True, "You are already connected.")
    instance.state = State.PHONE_OFFLINE
    assert await client.status() == Status(True, False, "You are already connected.")
    instance.state = State.UNPAIRED
    assert await client.status() == Status(False, False, "You are not connected.")
    instance.state = State.LOST_SESSION
    assert await client.status() == Status(
        False, True, "You need to restore the session."
    )


async def test_the_settings_are_read_and_show_nothing_in_repr(
    client: ZapiClient, instance: Instance
) -> None:
    instance.webhooks["connectedCallbackUrl"] = HOOK_URL
    instance.settings["callbackTypeFilters"] = [CallbackType.CONNECTED.filter]
    instance.settings["callRejectMessage"] = "No calls"
    instance.due = 1_800_000_000
    settings = await client.me()
    assert settings == InstanceSettings(
        id=INSTANCE_ID,
        name="Casa",
        due=datetime(2027, 1, 15, 8, tzinfo=UTC),
        payment_status="ACTIVE",
        webhooks=dict.fromkeys(CallbackType, "") | {CallbackType.CONNECTED: HOOK_URL},
        callback_filters=("FILTER_CONNECTED_CALLBACK",),
        message_filters=None,
        connected=True,
        settings={
            Setting.AUTO_READ_MESSAGE: False,
            Setting.CALL_REJECT_AUTO: False,
            Setting.CALL_REJECT_MESSAGE: "No calls",
        },
    )
    assert "No calls" not in repr(settings)
    for secret in (INSTANCE_ID, TOKEN, "Casa", HOOK_URL):
        assert secret not in repr(settings)


async def test_the_phone_is_read_and_its_number_is_not_in_repr(
    client: ZapiClient,
) -> None:
    device = await client.device()
    assert device == Device(phone=PHONE, model="android", is_business=False)
    assert PHONE not in repr(device)


async def test_the_phone_of_an_instance_that_is_down_is_an_error(
    client: ZapiClient, instance: Instance
) -> None:
    instance.state = State.UNPAIRED
    error = await failure_of(client.device())
    assert type(error) is ZapiRequestError
    assert str(error) == "You need to be connected with whatsapp"


async def test_numbers_and_booleans_as_text_are_understood(
    client: ZapiClient, gateway: Gateway, instance: Instance
) -> None:
    instance.due = 1_800_000_000
    gateway.faults.update({"string_booleans": True})
    assert (await client.status()).connected is True
    assert (await client.status()).smartphone_connected is True
    assert (await client.me()).due == datetime(2027, 1, 15, 8, tzinfo=UTC)
    assert (await client.device()).is_business is False


async def test_fields_that_are_missing_null_or_new_disturb_nothing(
    client: ZapiClient, gateway: Gateway
) -> None:
    gateway.faults.update(
        {
            "missing_fields": ["connected", "due", "phone"],
            "null_fields": ["name", "*CallbackUrl", "error"],
            "extra_fields": True,
        }
    )
    assert await client.status() == Status(None, True, None)
    settings = await client.me()
    assert (settings.id, settings.name, settings.due) == (INSTANCE_ID, None, None)
    assert set(settings.webhooks.values()) == {""}
    assert (await client.device()).phone is None


FAULTS: dict[str, tuple[dict[str, Any], type[ZapiError], str]] = {
    "Client-Token missing": (
        {"missing_client_token": True},
        ZapiAuthError,
        "your client-token is not configured",
    ),
    "Client-Token missing, as it was told until 2025": (
        {"missing_client_token_old": True},
        ZapiAuthError,
        "Client-Token *** not allowed",
    ),
    "Client-Token wrong": (
        {"wrong_client_token": True},
        ZapiAuthError,
        "Client-Token *** not allowed",
    ),
    "no such instance, 404": (
        {"instance_not_found": True},
        ZapiInstanceNotFoundError,
        "Instance not found",
    ),
    "no such instance, 400": (
        {"instance_not_found": True, "instance_not_found_status": 400},
        ZapiInstanceNotFoundError,
        "Instance not found",
    ),
    "IP address refused": (
        {"ip_blocked": True},
        ZapiForbiddenError,
        "[203.0.113.7] not allowed",
    ),
    "plan lapsed": (
        {"expired_plan": True},
        ZapiSubscriptionError,
        "To continue sending a message, you must subscribe to this instance again",
    ),
    "no such endpoint, 200": (
        {"not_found_200": True},
        ZapiNotFoundError,
        "NOT_FOUND",
    ),
    "no such endpoint, 404": (
        {"not_found_200": True, "unknown_route_status": 404},
        ZapiNotFoundError,
        "NOT_FOUND",
    ),
    "HTML": ({"html_answer": True}, ZapiConnectionError, "HTTP 200"),
    "502": ({"http_5xx": True}, ZapiConnectionError, "HTTP 502"),
    "429": ({"http_429": True}, ZapiConnectionError, "HTTP 429"),
    "405": ({"http_405": True}, ZapiConnectionError, "HTTP 405"),
    "415": ({"http_415": True}, ZapiConnectionError, "HTTP 415"),
    "value false": ({"value_false": True}, ZapiRequestError, "HTTP 200"),
    "success false": (
        {"success_false": True},
        ZapiRequestError,
        "It was not possible to apply the change",
    ),
    "half an answer": ({"truncated_json": True}, ZapiConnectionError, "HTTP 200"),
    "an empty answer": ({"empty_body": True}, ZapiConnectionError, "HTTP 200"),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("faults", "error", "words"), FAULTS.values(), ids=FAULTS.keys()
)
async def test_a_failure_is_named_tells_no_secret_and_is_not_tried_again(
    client: ZapiClient,
    gateway: Gateway,
    call: Call,
    faults: dict[str, Any],
    error: type[ZapiError],
    words: str,
) -> None:
    gateway.faults.update(faults)
    failure = await failure_of(call(client))
    assert type(failure) is error
    assert str(failure) == words
    assert len(requests(gateway)) == 1


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("fault", ["reset_before", "reset_after"])
async def test_a_connection_that_is_cut_is_no_answer(
    client: ZapiClient, gateway: Gateway, call: Call, fault: str
) -> None:
    gateway.faults.update({fault: True})
    failure = await failure_of(call(client))
    assert type(failure) is ZapiConnectionError
    assert str(failure) == "No answer (ServerDisconnectedError)"
    # aiohttp itself repeats once what is idempotent, as all these are: a kept
    # connection may have been closed by the server in good faith.
    assert len(requests(gateway)) == 2


@pytest.mark.parametrize("fault", ["slow_answers", "stalled_body"])
@pytest.mark.usefixtures("short_patience")
async def test_patience_covers_the_body_too(
    client: ZapiClient, gateway: Gateway, fault: str
) -> None:
    gateway.faults.update({fault: True, "slow_seconds": 2})
    failure = await failure_of(client.status())
    assert type(failure) is ZapiConnectionError
    assert len(requests(gateway)) <= 1


async def test_cancelling_a_call_is_no_failure_of_the_gateway(
    client: ZapiClient, gateway: Gateway
) -> None:
    gateway.faults.update({"slow_answers": True, "slow_seconds": 2})
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await client.status()


@pytest.mark.parametrize(
    ("instance_id", "token", "client_token"),
    [
        ("0" * 32, TOKEN, CLIENT_TOKEN),
        (INSTANCE_ID, "0" * 24, CLIENT_TOKEN),
        (INSTANCE_ID, TOKEN, "Fwrong0123456789wrong0123456789wrongS"),
        (INSTANCE_ID, TOKEN, "e"),
        (INSTANCE_ID, TOKEN, "not"),
        (INSTANCE_ID, TOKEN, ""),
    ],
)
async def test_credentials_that_do_not_fit_are_an_auth_error(
    hass: HomeAssistant,
    gateway: Gateway,
    instance: Instance,
    instance_id: str,
    token: str,
    client_token: str,
) -> None:
    client = ZapiClient(
        async_get_clientsession(hass),
        instance_id,
        token,
        client_token,
        gateway.base_url,
    )
    with pytest.raises(ZapiAuthError) as caught:
        await client.status()
    assert "wrong0123456789" not in all_that_is_said(caught.value)


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
    failure = await failure_of(set_webhook(odd_client))
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
    ],
    ids=range(10),
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
    failure = await failure_of(set_webhook(odd_client))
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
    assert type(failure) is ZapiConnectionError
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
    assert type(await failure_of(client.status())) is ZapiConnectionError
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


async def test_a_client_shows_no_secret_in_repr(client: ZapiClient) -> None:
    assert not [secret for secret in SECRETS if secret in repr(client)]


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


@pytest.mark.parametrize(
    "path", sorted(Path(api.__file__).parent.rglob("*.py")), ids=lambda path: path.name
)
def test_the_api_knows_nothing_of_home_assistant(path: Path) -> None:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    imports = [node for node in nodes if isinstance(node, ast.Import)]
    relatives = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    names = [alias.name for node in imports for alias in node.names]
    names += [node.module or "" for node in relatives if not node.level]
    assert not [name for name in names if name.split(".")[0] == "homeassistant"]
    outside = {node.module for node in relatives if node.level > 1}
    # It knows numbers, and nothing of Home Assistant either.
    assert outside <= {"phone"}
