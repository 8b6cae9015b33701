"""The copy for whoever had the webhook before."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
import socket
import ssl
from typing import Any, override
from unittest.mock import Mock, patch

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import aiohttp_client
from multidict import CIMultiDictProxy
import orjson
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.zapi import forward
from custom_components.zapi.api import Webhook
from custom_components.zapi.ledger import Choice, async_get_ledger
from demo.certificates import Certificates
from simulator import Gateway, Instance, State

from .conftest import HOOK_URL, HOUSE, INSTANCE_ID, TOKEN, WEBHOOK_ID, async_set_up
from .test_webhook import N8N, OTHER, async_agree

PATH = f"/api/webhook/{WEBHOOK_ID}"
CONNECTED_ENTITY = "binary_sensor.casa_connected"
MARK = "X-Zapi-Forwarded"
# Such as no JSON library would write it again.
BODY = (
    b'{ "instanceId":"%s",\r\n\t"type" :"DisconnectedCallback","error":"N\xc3\xa3o \\u00e9",'
    b' "n":1.0e0 }\n' % INSTANCE_ID.encode()
)
NEW_TYPE = {"type": "SomethingNewCallback"}
MIB = 1024 * 1024


@dataclass
class Copy:
    """What a consumer was sent."""

    url: str
    headers: CIMultiDictProxy[str]
    body: bytes


@dataclass
class Consumer(AbstractResolver):
    """All of the internet: whatever the host, it is this one TLS server."""

    answer: Callable[[], web.Response] = web.Response
    copies: list[Copy] = field(default_factory=list)
    came: asyncio.Queue[Copy] = field(default_factory=asyncio.Queue)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    inside: int = 0
    most_inside: int = 0
    port: int = 0

    async def take(self, request: web.Request) -> web.Response:
        """Note a copy, and answer once the door is open."""
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        url = f"https://{request.host}{request.path_qs}"
        copy = Copy(url, request.headers, await request.read())
        self.copies.append(copy)
        self.came.put_nowait(copy)
        await self.open.wait()
        self.inside -= 1
        return self.answer()

    @override
    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,
    ) -> list[ResolveResult]:
        """Lead every name here."""
        return [
            ResolveResult(
                hostname=host,
                host="127.0.0.1",
                port=self.port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    @override
    async def close(self) -> None:
        """Be a resolver that has nothing to close."""

    real_close = close

    @property
    def urls(self) -> list[str]:
        """Where copies went."""
        return [copy.url for copy in self.copies]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Return a certificate for the consumer."""
    return Certificates.make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
async def consumer(
    hass: HomeAssistant, socket_enabled: None, certificates: Certificates
) -> AsyncGenerator[Consumer]:
    """Return a consumer that is being served, and to which every name leads."""
    consumer = Consumer()
    consumer.open.set()
    app = web.Application(client_max_size=2 * MIB)
    app.router.add_route("*", "/{path:.*}", consumer.take)
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(certificates.certificate, certificates.key)
    server = TestServer(app)
    await server.start_server(ssl=serving)
    assert server.port
    consumer.port = server.port
    trusting = ssl.create_default_context(cafile=certificates.authority)
    trusting.check_hostname = False
    with (
        patch.object(aiohttp_client, "_async_make_resolver", return_value=consumer),
        patch.object(aiohttp_client.ssl_util, "client_context", return_value=trusting),
    ):
        yield consumer
    consumer.open.set()
    await server.close()


@pytest.fixture
async def forwarding(
    house: HomeAssistant,
    consumer: Consumer,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> MockConfigEntry:
    """Return the entry, set up, with a copy promised to who was there before."""
    gateway.set_webhooks(instance, N8N)
    await async_agree(house, N8N, Choice.TAKE_OVER_AND_FORWARD)
    await async_set_up(house, entry)
    return entry


async def async_counts(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, int]:
    """Return what became of the copies."""
    return dict((await forward.async_get_forwarder(hass)).counts[entry.entry_id])


def numbered(number: int, length: int = 0) -> bytes:
    """Return a body unlike any other, of at least a length."""
    body = orjson.dumps(NEW_TYPE | {"instanceId": INSTANCE_ID, "n": number})
    return body.ljust(length)


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=UTF-8", "text/odd"]
)
async def test_the_copy_is_the_same_byte_for_byte(
    hass: HomeAssistant,
    forwarding: MockConfigEntry,
    consumer: Consumer,
    hass_client_no_auth: ClientSessionGenerator,
    content_type: str,
) -> None:
    client = await hass_client_no_auth()
    headers = {
        "Content-Type": content_type,
        "Z-Api-Token": TOKEN,
        "Brand-Token": "abc",
        "Cookie": "session=secret",
        "Authorization": "Bearer secret",
        "Origin": "https://api.z-api.io",
    }
    response = await client.post(PATH, data=BODY, headers=headers)
    assert response.status == HTTPStatus.OK
    await hass.async_block_till_done(wait_background_tasks=True)
    [copy] = consumer.copies
    assert copy.url == N8N
    assert copy.body == BODY
    assert copy.headers["Content-Type"] == content_type
    assert copy.headers["Z-Api-Token"] == TOKEN
    assert copy.headers["Brand-Token"] == "abc"
    assert copy.headers[MARK] == "1"
    assert not {"Cookie", "Authorization", "Origin"} & set(copy.headers)
    assert await async_counts(hass, forwarding) == {"sent": 1}


async def test_a_copy_has_no_header_that_the_callback_had_not(
    hass: HomeAssistant,
    forwarding: MockConfigEntry,
    consumer: Consumer,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    client = await hass_client_no_auth()
    await client.post(PATH, data=BODY, skip_auto_headers=("Content-Type",))
    await hass.async_block_till_done(wait_background_tasks=True)
    [copy] = consumer.copies
    assert "Content-Type" not in copy.headers
    assert not [name for name in copy.headers if name.lower().endswith("-token")]


async def test_a_callback_through_a_cloudhook_is_copied_too(
    hass: HomeAssistant,
    forwarding: MockConfigEntry,
    consumer: Consumer,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """The websocket command makes the kind of request that a cloudhook makes."""
    client = await hass_ws_client(hass)
    for number, headers in enumerate(({"z-api-token": TOKEN}, {"odd-token": "a\nb"})):
        await client.send_json_auto_id(
            {
                "type": "webhook/handle",
                "webhook_id": WEBHOOK_ID,
                "method": "POST",
                "body": numbered(number).decode(),
                "headers": {"content-type": "application/json", **headers},
            }
        )
        answer = await client.receive_json()
        assert answer["result"]["status"] == HTTPStatus.OK
    await hass.async_block_till_done(wait_background_tasks=True)
    [copy] = consumer.copies
    assert copy.body == numbered(0)
    assert copy.headers["z-api-token"] == TOKEN
    assert copy.headers["content-type"] == "application/json"
    # A header that cannot be sent harms nothing.
    assert await async_counts(hass, forwarding) == {"sent": 1, "failed": 1}


@pytest.mark.parametrize("choice", [Choice.TAKE_OVER, Choice.LEAVE])
async def test_nobody_gets_a_copy_who_was_not_promised_one(
    house: HomeAssistant,
    consumer: Consumer,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    hass_client_no_auth: ClientSessionGenerator,
    choice: Choice,
) -> None:
    gateway.set_webhooks(instance, N8N)
    await async_agree(house, N8N, choice)
    await async_set_up(house, entry)
    client = await hass_client_no_auth()
    response = await client.post(PATH, data=BODY)
    assert response.status == HTTPStatus.OK
    await house.async_block_till_done(wait_background_tasks=True)
    assert not consumer.copies


async def test_unknown_types_are_copied_too_and_once(
    hass: HomeAssistant,
    forwarding: MockConfigEntry,
    consumer: Consumer,
    gateway: Gateway,
    instance: Instance,
) -> None:
    await gateway.inject(instance, NEW_TYPE, "connectedCallbackUrl")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert consumer.urls == [N8N]


async def test_each_callback_goes_to_who_had_its_webhook(
    house: HomeAssistant,
    consumer: Consumer,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    gateway.set_webhooks(instance, N8N)
    gateway.set_webhooks(instance, OTHER, "connectedCallbackUrl")
    await async_agree(house, N8N, Choice.TAKE_OVER_AND_FORWARD)
    ledger = await async_get_ledger(house)
    answer = ledger.hook(INSTANCE_ID, Webhook.CONNECTED).answer
    assert answer
    answer.url = OTHER
    await async_set_up(house, entry)

    await gateway.disconnect(instance)
    await house.async_block_till_done(wait_background_tasks=True)
    assert consumer.urls == [N8N]
    await gateway.connect(instance)
    await house.async_block_till_done(wait_background_tasks=True)
    assert consumer.urls == [N8N, OTHER]
    await gateway.inject(instance, NEW_TYPE, "connectedCallbackUrl")
    await house.async_block_till_done(wait_background_tasks=True)
    assert sorted(consumer.urls[2:]) == [N8N, OTHER]


async def test_a_duplicate_is_not_copied(
    hass: HomeAssistant,
    forwarding: MockConfigEntry,
    consumer: Consumer,
    gateway: Gateway,
    instance: Instance,
) -> None:
    gateway.faults.duplicate_callbacks = 3
    await gateway.disconnect(instance)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(consumer.copies) == 1


async def test_the_memory_for_duplicates_is_bounded(
    hass: HomeAssistant,
    forwarding: MockConfigEntry,
    consumer: Consumer,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    client = await hass_client_no_auth()
    with patch.object(forward, "_REMEMBERED", 2):
        for number in (1, 2, 1, 3, 2, 1):
            await client.post(PATH, data=numbered(number))
            await hass.async_block_till_done(wait_background_tasks=True)
    assert [orjson.loads(copy.body)["n"] for copy in consumer.copies] == [1, 2, 3, 2, 1]


@pytest.mark.parametrize("mark", [MARK, MARK.lower()])
async def test_what_was_forwarded_is_not_forwarded_again(
    hass: HomeAssistant,
    forwarding: MockConfigEntry,
    consumer: Consumer,
    instance: Instance,
    hass_client_no_auth: ClientSessionGenerator,
    mark: str,
) -> None:
    """Two houses that each took over from the other do not play ping-pong."""
    instance.state = State.UNPAIRED
    client = await hass_client_no_auth()
    response = await client.post(PATH, data=BODY, headers={mark: "1"})
    assert response.status == HTTPStatus.OK
    await hass.async_block_till_done(wait_background_tasks=True)
    assert hass.states.is_state(CONNECTED_ENTITY, "off")
    assert not consumer.copies


async def test_what_only_we_do_not_understand_is_copied(
    hass: HomeAssistant,
    forwarding: MockConfigEntry,
    consumer: Consumer,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    client = await hass_client_no_auth()
    for body in (
        b'{"instanceId": "%s"}' % INSTANCE_ID.encode(),
        b'{"instanceId": "%s", "type": "ConnectedCallback", "connected": 1}'
        % INSTANCE_ID.lower().encode(),
    ):
        response = await client.post(PATH, data=body)
        assert response.status == HTTPStatus.UNPROCESSABLE_ENTITY
        assert (await consumer.came.get()).body == body


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"no JSON", {}),
        (b'{"type": "DisconnectedCallback", "instanceId": "FFFF"}', {}),
        (BODY, {"z-api-token": "0" * 24}),
        (numbered(1, MIB + 1), {}),
    ],
    ids=["no JSON", "another instance", "another token", "too long"],
)
async def test_what_is_not_for_our_instance_is_not_copied(
    hass: HomeAssistant,
    forwarding: MockConfigEntry,
    consumer: Consumer,
    hass_client_no_auth: ClientSessionGenerator,
    body: bytes,
    headers: dict[str, str],
) -> None:
    client = await hass_client_no_auth()
    response = await client.post(PATH, data=body, headers=headers)
    assert response.status >= HTTPStatus.BAD_REQUEST
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not consumer.copies


@pytest.mark.parametrize(
    "url",
    [
        N8N,
        "https://n8n.example.com:5678/hook",
        "https://user:password@n8n.example.com/hook",
        "https://münchen.example/hook",
        "https://203.0.113.9/hook",
        "https://192.168.1.20/hook",
        "https://[2001:db8::9]/hook",
        "https://localhost.example.com/hook",
        "https://0x7f.example.com/hook",
        "https://1.example/hook",
        # Another service of the same machine.
        "https://ha.example.org:5678/hook",
    ],
)
async def test_copies_go_to_https_elsewhere(house: HomeAssistant, url: str) -> None:
    assert forward.is_forwardable(house, url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "n8n.example.com/hook",
        "https:///hook",
        "https://[",
        "https://./hook",
        "http://n8n.example.com/hook",
        "ftp://n8n.example.com/hook",
        "https://localhost/hook",
        "https://LOCALHOST:8443/hook",
        "https://localhost./hook",
        "https://localhost../hook",
        "https://sub.localhost/hook",
        "https://sub.localhost./hook",
        "https://user@localhost/hook",
        "https://127.0.0.1/hook",
        "https://127.0.0.1./hook",
        "https://127.8.9.10/hook",
        "https://１２７.0.0.1/hook",
        "https://2130706433/hook",
        "https://0x7f000001/hook",
        "https://0x7F.1/hook",
        "https://017700000001/hook",
        "https://0177.0.0.1/hook",
        "https://127.1/hook",
        "https://0/hook",
        "https://0.0.0.0/hook",
        "https://[::]/hook",
        "https://[::1]/hook",
        "https://[::1]:8123/hook",
        "https://[::ffff:127.0.0.1]/hook",
        "https://[::ffff:7f00:1]/hook",
        "https://[::ffff:169.254.1.1]/hook",
        "https://169.254.169.254/hook",
        "https://[fe80::1]/hook",
        "https://[fe80::1%25eth0]/hook",
        f"{HOUSE}/hook",
        "https://HA.example.org:443/hook",
        "https://ha.example.org./hook",
        "https://user:password@ha.example.org/hook",
        "https://homeassistant.example:8123/hook",
        "https://192.168.1.2:8123/hook",
    ],
)
async def test_copies_never_go_to_this_machine_or_house_or_in_the_clear(
    house: HomeAssistant, url: str
) -> None:
    await house.config.async_update(internal_url="http://homeassistant.example:8123")
    house.config.api = Mock(local_ip="192.168.1.2", port=8123, use_ssl=True)
    assert not forward.is_forwardable(house, url)


async def test_a_consumer_that_may_not_be_reached_is_not_and_is_counted(
    house: HomeAssistant,
    consumer: Consumer,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    """The address was fine when it was displaced; now it is one of this house."""
    gateway.set_webhooks(instance, N8N)
    await async_agree(house, N8N, Choice.TAKE_OVER_AND_FORWARD)
    await async_set_up(house, entry)
    await house.config.async_update(external_url="https://n8n.example.com")
    await house.async_block_till_done(wait_background_tasks=True)
    await gateway.disconnect(instance)
    await house.async_block_till_done(wait_background_tasks=True)
    assert not consumer.copies
    assert await async_counts(house, entry) == {"not_allowed": 1}


async def test_no_redirect_is_followed_and_no_cookie_kept(
    hass: HomeAssistant,
    forwarding: MockConfigEntry,
    consumer: Consumer,
    gateway: Gateway,
    instance: Instance,
) -> None:
    consumer.answer = lambda: web.Response(
        status=HTTPStatus.TEMPORARY_REDIRECT,
        headers={"Location": OTHER, "Set-Cookie": "session=abc; Path=/"},
    )
    await gateway.disconnect(instance)
    await hass.async_block_till_done(wait_background_tasks=True)
    await gateway.connect(instance)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert consumer.urls == [N8N, N8N]
    assert not [copy for copy in consumer.copies if "Cookie" in copy.headers]
    assert await async_counts(hass, forwarding) == {"refused": 2}


async def test_what_a_consumer_declines_is_not_sent_again(
    hass: HomeAssistant,
    forwarding: MockConfigEntry,
    consumer: Consumer,
    gateway: Gateway,
    instance: Instance,
    freezer: FrozenDateTimeFactory,
) -> None:
    consumer.answer = lambda: web.Response(
        status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "1"}
    )
    await gateway.disconnect(instance)
    await hass.async_block_till_done(wait_background_tasks=True)
    freezer.tick(timedelta(hours=1))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(consumer.copies) == 1
    assert await async_counts(hass, forwarding) == {"refused": 1}


async def test_a_dead_consumer_disturbs_nothing(
    hass: HomeAssistant,
    forwarding: MockConfigEntry,
    consumer: Consumer,
    gateway: Gateway,
    instance: Instance,
    caplog: pytest.LogCaptureFixture,
) -> None:
    consumer.port = 9
    caplog.clear()
    [posted] = await gateway.disconnect(instance)
    assert posted.status == HTTPStatus.OK
    assert hass.states.is_state(CONNECTED_ENTITY, "off")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await async_counts(hass, forwarding) == {"failed": 1}
    assert "n8n" not in caplog.text


async def test_a_slow_consumer_delays_nothing_and_is_given_up_after_ten_seconds(
    hass: HomeAssistant,
    forwarding: MockConfigEntry,
    consumer: Consumer,
    gateway: Gateway,
    instance: Instance,
    freezer: FrozenDateTimeFactory,
) -> None:
    consumer.open.clear()
    [posted] = await gateway.disconnect(instance)
    assert posted.status == HTTPStatus.OK
    assert hass.states.is_state(CONNECTED_ENTITY, "off")
    await consumer.came.get()

    freezer.tick(timedelta(seconds=9))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert await async_counts(hass, forwarding) == {}
    freezer.tick(timedelta(seconds=2))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await async_counts(hass, forwarding) == {"failed": 1}


async def test_the_copy_follows_our_own_answer(
    hass: HomeAssistant,
    forwarding: MockConfigEntry,
    consumer: Consumer,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    client = await hass_client_no_auth()
    async with client.post(PATH, data=BODY) as response:
        assert response.status == HTTPStatus.OK
        assert not consumer.copies
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(consumer.copies) == 1


@pytest.mark.usefixtures("freezer")
async def test_32_copies_are_in_flight_and_256_wait_and_the_rest_is_dropped(
    hass: HomeAssistant,
    forwarding: MockConfigEntry,
    consumer: Consumer,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    client = await hass_client_no_auth()
    consumer.open.clear()
    for number in range(32 + 256 + 3):
        response = await client.post(PATH, data=numbered(number))
        assert response.status == HTTPStatus.OK
    assert await async_counts(hass, forwarding) == {"dropped": 3}
    for _ in range(32):
        await consumer.came.get()
    consumer.open.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert consumer.most_inside == 32
    assert {copy.body for copy in consumer.copies} == {
        numbered(number) for number in range(32 + 256)
    }
    assert await async_counts(hass, forwarding) == {"dropped": 3, "sent": 288}


@pytest.mark.usefixtures("freezer")
async def test_8_mib_wait_and_the_rest_is_dropped(
    hass: HomeAssistant,
    forwarding: MockConfigEntry,
    consumer: Consumer,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    client = await hass_client_no_auth()
    consumer.open.clear()
    for number in range(32):
        await client.post(PATH, data=numbered(number))
    for number in range(32, 32 + 8):
        await client.post(PATH, data=numbered(number, MIB))
    await client.post(PATH, data=numbered(40))
    assert await async_counts(hass, forwarding) == {"dropped": 1}
    consumer.open.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await async_counts(hass, forwarding) == {"dropped": 1, "sent": 40}

    # What left the queue makes room.
    await client.post(PATH, data=numbered(41, MIB))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await async_counts(hass, forwarding) == {"dropped": 1, "sent": 41}


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ("http_5xx", ConfigEntryState.SETUP_RETRY),
        ("wrong_client_token", ConfigEntryState.SETUP_ERROR),
    ],
)
async def test_copies_are_sent_while_the_entry_is_not_loaded(
    hass: HomeAssistant,
    forwarding: MockConfigEntry,
    consumer: Consumer,
    gateway: Gateway,
    instance: Instance,
    fault: str,
    state: ConfigEntryState,
) -> None:
    setattr(gateway.faults, fault, frozenset({"*"}))
    await hass.config_entries.async_reload(forwarding.entry_id)
    assert forwarding.state is state
    [posted] = await gateway.disconnect(instance)
    assert posted.status == HTTPStatus.OK
    await hass.async_block_till_done(wait_background_tasks=True)
    assert consumer.urls == [N8N]


async def test_copies_are_sent_while_the_entry_reloads(
    hass: HomeAssistant,
    forwarding: MockConfigEntry,
    consumer: Consumer,
    gateway: Gateway,
    instance: Instance,
) -> None:
    await hass.config_entries.async_unload(forwarding.entry_id)
    [posted] = await gateway.disconnect(instance)
    assert posted.status == HTTPStatus.OK
    await hass.async_block_till_done(wait_background_tasks=True)
    assert consumer.urls == [N8N]


async def test_a_promise_outlives_a_restart(
    house: HomeAssistant,
    consumer: Consumer,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    hass_storage: dict[str, Any],
) -> None:
    record = {
        "displaced": N8N,
        "forward": True,
        "written": [HOOK_URL],
        "confirmed": HOOK_URL,
        "resets": [],
        "answer": None,
    }
    hass_storage["zapi.webhooks"] = {
        "version": 1,
        "key": "zapi.webhooks",
        "data": {INSTANCE_ID: {"connected": record, "disconnected": record}},
    }
    gateway.set_webhooks(instance, HOOK_URL)
    await async_set_up(house, entry)
    await gateway.disconnect(instance)
    await house.async_block_till_done(wait_background_tasks=True)
    assert consumer.urls == [N8N]
