"""The client: what it sends, what it makes of each answer, and what it never says."""

import ast
import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
import pytest

from custom_components.zapi import api
from custom_components.zapi.api import (
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
)
from simulator import Gateway, Instance, State
from tests.common import CLIENT_TOKEN, HOOK_URL, INSTANCE_ID, PHONE, TOKEN, requests
from tests.failures import SECRETS, all_that_is_said, failure_of
from tests.odd_server import Oddity

PNG = b"\x89PNG\r\n\x1a\n"

type Call = Callable[[ZapiClient], Awaitable[object]]


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


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the client wait for a tenth of a second instead of ten seconds."""
    monkeypatch.setattr("custom_components.zapi.api.transport._TIMEOUT_SECONDS", 0.1)


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


async def test_ones_own_messages_are_switched_on_and_off(
    client: ZapiClient, instance: Instance
) -> None:
    for is_on in (True, False):
        await client.set_sent_by_me(is_on)
        assert instance.settings["receiveCallbackSentByMe"] is is_on
        assert (await client.me()).sent_by_me is is_on


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
        sent_by_me=False,
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


async def test_a_client_shows_no_secret_in_repr(client: ZapiClient) -> None:
    assert not [secret for secret in SECRETS if secret in repr(client)]


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
