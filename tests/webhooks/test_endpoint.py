"""What comes to the door: each request gets its answer, and never a traceback."""

import asyncio
from http import HTTPStatus
import logging
from typing import Any
from unittest.mock import patch

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import orjson
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.zapi.api import Status, ZapiClient
from custom_components.zapi.const import EVENT_CONNECTION
from custom_components.zapi.webhooks import endpoint
from simulator import Gateway, Instance, State
from tests.common import (
    HOOK_URL,
    INSTANCE_ID,
    PHONE,
    TOKEN,
    WEBHOOK_ID,
    async_set_up,
    state_of,
)

PATH = f"/api/webhook/{WEBHOOK_ID}"
DISCONNECTED = {"type": "DisconnectedCallback", "instanceId": INSTANCE_ID}
CONNECTED_ENTITY = "binary_sensor.casa_whatsapp"


async def test_callback_becomes_a_state(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway, instance: Instance
) -> None:
    [posted] = await gateway.disconnect(instance)
    assert posted.status == HTTPStatus.OK
    assert hass.states.is_state(CONNECTED_ENTITY, "off")
    assert hass.states.is_state("sensor.casa_phone_number", f"+{PHONE}")

    await gateway.connect(instance, "5511988887777")
    assert hass.states.is_state(CONNECTED_ENTITY, "on")
    assert hass.states.is_state("sensor.casa_phone_number", "+5511988887777")


async def test_a_callback_that_comes_during_the_set_up_counts(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    # Their pages must be there before the first request.
    for platform in (Platform.IMAGE, Platform.NOTIFY):
        assert await async_setup_component(hass_with_url, platform, {})
    gateway.set_webhooks(instance, HOOK_URL)
    happens = iter([gateway.lose_session])
    ask = ZapiClient.status

    async def status(client: ZapiClient) -> Status:
        answer = await ask(client)
        for happen in happens:
            await happen(instance)
        return answer

    with patch.object(ZapiClient, "status", status):
        await async_set_up(hass_with_url, entry)
    assert hass_with_url.states.is_state(CONNECTED_ENTITY, "off")
    assert entry.runtime_data.callback_monitor.missed_changes == 0


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{'type': 'ConnectedCallback',, connected: true}", {}, 400),
        (b"", {}, 400),
        (b"[]", {}, 400),
        (b"\xff\xfe", {}, 400),
        (b"[" * 100_000, {}, 400),
        (b'{"type": "ConnectedCallback"}', {}, 422),
        (b'{"instanceId": "%s"}' % INSTANCE_ID.encode(), {}, 422),
        (b'{"type": "DisconnectedCallback", "instanceId": "FFFF"}', {}, 422),
        (orjson.dumps(DISCONNECTED), {"z-api-token": "0" * 24}, 403),
        (orjson.dumps(DISCONNECTED), {"z-api-token": "não"}, 403),
        (b'{"type": "%s"}' % (b"x" * 1024 * 1024), {}, 413),
    ],
)
async def test_what_is_not_ours_is_refused_and_changes_nothing(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
    body: bytes,
    headers: dict[str, str],
    status: int,
) -> None:
    client = await hass_client_no_auth()
    caplog.clear()
    response = await client.post(PATH, data=body, headers=headers)
    assert response.status == status
    assert hass.states.is_state(CONNECTED_ENTITY, "on")
    assert not [
        record
        for record in caplog.records
        if record.name.startswith("custom_components.zapi")
        or (record.name.startswith("homeassistant") and record.levelno > logging.INFO)
    ]


async def test_a_token_that_is_no_text_is_refused(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = await hass_client_no_auth()
    body = orjson.dumps(DISCONNECTED)
    reader, writer = await asyncio.open_connection(client.host, client.port)
    # No client sends these bytes of its own accord.
    writer.write(
        b"POST %s HTTP/1.1\r\nHost: ha\r\nConnection: close\r\n"
        b"z-api-token: n\xe3o\r\nContent-Length: %d\r\n\r\n%s"
        % (PATH.encode(), len(body), body)
    )
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert WEBHOOK_ID not in "".join(
        record.getMessage()
        for record in caplog.records
        if record.levelno > logging.INFO
    )


@pytest.mark.parametrize("headers", [{}, {"z-api-token": TOKEN}, {"brand-token": "x"}])
async def test_the_token_header_may_be_absent_or_have_another_name(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
    headers: dict[str, str],
) -> None:
    client = await hass_client_no_auth()
    response = await client.post(PATH, json=DISCONNECTED, headers=headers)
    assert response.status == HTTPStatus.OK
    assert hass.states.is_state(CONNECTED_ENTITY, "off")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
async def test_other_methods_are_refused_without_a_line_that_holds_the_id(
    loaded: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
    method: str,
) -> None:
    client = await hass_client_no_auth()
    caplog.set_level(logging.INFO)
    caplog.clear()
    response = await client.request(method, PATH)
    assert response.status == HTTPStatus.METHOD_NOT_ALLOWED
    assert WEBHOOK_ID not in caplog.text.replace(f"{method} {PATH}", "")


async def test_unknown_types_are_counted_and_ignored(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway, instance: Instance
) -> None:
    body = {"type": "SomethingNewCallback"}
    [posted] = await gateway.inject(instance, body, "connectedCallbackUrl")
    assert posted.status == HTTPStatus.OK
    assert loaded.runtime_data.stats.counts == {"unknown_type": 1}
    assert hass.states.is_state(CONNECTED_ENTITY, "on")


async def test_a_callback_through_a_cloudhook_becomes_a_state(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """The websocket command makes the kind of request that a cloudhook makes."""
    client = await hass_ws_client(hass)
    message: dict[str, Any] = {
        "type": "webhook/handle",
        "webhook_id": WEBHOOK_ID,
        "method": "POST",
        "body": orjson.dumps(DISCONNECTED).decode(),
        "headers": {"content-type": "application/json"},
    }
    await client.send_json_auto_id(message)
    answer = await client.receive_json()
    assert answer["result"]["status"] == HTTPStatus.OK
    assert hass.states.is_state(CONNECTED_ENTITY, "off")


async def test_a_body_that_ends_early_leaves_no_traceback(
    loaded: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = await hass_client_no_auth()
    caplog.clear()
    for header, broken in (
        ("Content-Length: 1000", b"{"),
        ("Transfer-Encoding: chunked", b"zz\r\n"),
        ("Content-Encoding: gzip\r\nContent-Length: 4", b"nope"),
    ):
        reader, writer = await asyncio.open_connection(client.host, client.port)
        head = f"POST {PATH} HTTP/1.1\r\nHost: ha\r\nExpect: 100-continue\r\n{header}"
        writer.write(f"{head}\r\n\r\n".encode())
        assert b"100" in await reader.readline()
        writer.write(broken)
        writer.write_eof()
        await reader.read()
        writer.close()
        await writer.wait_closed()
    assert not [
        record
        for record in caplog.records
        if record.name.startswith(("custom_components", "homeassistant"))
        and record.levelno > logging.INFO
    ]


async def test_an_entry_that_waits_for_the_gateway_still_answers(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    gateway.faults.http_5xx = frozenset({"status"})
    await async_set_up(hass_with_url, entry)
    gateway.set_webhooks(instance, HOOK_URL)
    [posted] = await gateway.disconnect(instance)
    assert posted.status == HTTPStatus.OK


async def test_a_wrong_token_is_refused_before_the_body_is_read(
    loaded: MockConfigEntry, hass_client_no_auth: ClientSessionGenerator
) -> None:
    client = await hass_client_no_auth()
    reader, writer = await asyncio.open_connection(client.host, client.port)
    head = f"POST {PATH} HTTP/1.1\r\nHost: ha\r\nz-api-token: {'0' * 24}"
    writer.write(f"{head}\r\nContent-Length: 1000\r\n\r\n{{".encode())
    async with asyncio.timeout(5):
        answer = await reader.readline()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert loaded.runtime_data.stats.counts == {"wrong_token": 1}


async def test_a_sender_that_does_not_come_to_an_end_is_not_waited_for(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    client = await hass_client_no_auth()
    reader, writer = await asyncio.open_connection(client.host, client.port)
    body = orjson.dumps(DISCONNECTED)
    head = f"POST {PATH} HTTP/1.1\r\nHost: ha\r\nContent-Length: {len(body)}"
    with patch.object(endpoint, "_BODY_TIMEOUT_SECONDS", 0.1):
        writer.write(f"{head}\r\n\r\n".encode() + body[:-1])
        async with asyncio.timeout(5):
            answer = await reader.readline()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert loaded.runtime_data.stats.counts == {"too_slow": 1}
    assert hass.states.is_state(CONNECTED_ENTITY, "on")


async def test_a_reason_without_end_becomes_one_short_line(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    instance: Instance,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    instance.state = State.UNPAIRED
    told = async_capture_events(hass, EVENT_CONNECTION)
    client = await hass_client_no_auth()
    error = "Gone\n\x1b[31m" + "x" * 900_000
    response = await client.post(PATH, json=DISCONNECTED | {"error": error})
    assert response.status == HTTPStatus.OK
    await hass.async_block_till_done()
    reason = f"Gone [31m{'x' * 900}"[:254]
    assert state_of(hass, "sensor.casa_disconnect_reason") == reason
    state = hass.states.get("event.casa_connection")
    assert state
    assert state.attributes["reason"] == reason
    assert [event.data["reason"] for event in told] == [reason]
