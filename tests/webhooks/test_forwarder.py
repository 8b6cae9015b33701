"""The copy for whoever had the webhook before."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace
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
from yarl import URL

from custom_components.zapi.api import CallbackType
from custom_components.zapi.webhooks import forward_target, forwarder
from custom_components.zapi.webhooks.ledger import Choice, HookRecord, async_get_ledger
from harness.certificates import Certificates
from simulator import Gateway, Instance, State
from tests.common import (
    EXTERNAL_URL,
    FOREIGN_URL,
    HOOK_URL,
    INSTANCE_ID,
    OTHER_URL,
    TOKEN,
    WEBHOOK_ID,
    async_agree,
    async_set_up,
)

from .messages import body_of

PATH = f"/api/webhook/{WEBHOOK_ID}"
CONNECTED_ENTITY = "binary_sensor.casa_whatsapp"
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
    """All of the internet: whatever the host, it is this one TLS server.

    Attributes:
        open: answers are given; else they wait for this.
        slow: the only host whose answers wait, None for all.
    """

    answer: Callable[[], web.Response] = web.Response
    copies: list[Copy] = field(default_factory=list)
    came: asyncio.Queue[Copy] = field(default_factory=asyncio.Queue)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    slow: str | None = None
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
        if self.slow in (None, request.host):
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

    @property
    def numbers(self) -> list[int]:
        """The numbers of the bodies that came, in order."""
        return [orjson.loads(copy.body)["n"] for copy in self.copies]


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
    hass_with_url: HomeAssistant,
    consumer: Consumer,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> MockConfigEntry:
    """Return the entry, set up, with a copy promised to who was there before."""
    gateway.set_webhooks(instance, FOREIGN_URL)
    await async_agree(hass_with_url, FOREIGN_URL, Choice.TAKE_OVER_AND_FORWARD)
    await async_set_up(hass_with_url, entry)
    return entry


async def async_counts(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, int]:
    """Return what became of the copies."""
    return dict((await forwarder.async_get_forwarder(hass)).counts[entry.entry_id])


def numbered(number: int, length: int = 0, kind: str = NEW_TYPE["type"]) -> bytes:
    """Return a body unlike any other, of at least a length."""
    body = orjson.dumps({"type": kind, "instanceId": INSTANCE_ID, "n": number})
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
    assert copy.url == FOREIGN_URL
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
    hass_with_url: HomeAssistant,
    consumer: Consumer,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    hass_client_no_auth: ClientSessionGenerator,
    choice: Choice,
) -> None:
    gateway.set_webhooks(instance, FOREIGN_URL)
    await async_agree(hass_with_url, FOREIGN_URL, choice)
    await async_set_up(hass_with_url, entry)
    client = await hass_client_no_auth()
    response = await client.post(PATH, data=BODY)
    assert response.status == HTTPStatus.OK
    await hass_with_url.async_block_till_done(wait_background_tasks=True)
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
    assert consumer.urls == [FOREIGN_URL]


@pytest.fixture
async def forwarding_to_two(
    hass_with_url: HomeAssistant,
    consumer: Consumer,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> MockConfigEntry:
    """Return the entry, set up, with a copy promised to two, one for each webhook."""
    gateway.set_webhooks(instance, FOREIGN_URL)
    gateway.set_webhooks(instance, OTHER_URL, "connectedCallbackUrl")
    await async_agree(hass_with_url, FOREIGN_URL, Choice.TAKE_OVER_AND_FORWARD)
    ledger = await async_get_ledger(hass_with_url)
    other = {CallbackType.CONNECTED: OTHER_URL}
    await ledger.async_record_consent(INSTANCE_ID, other, Choice.TAKE_OVER_AND_FORWARD)
    await async_set_up(hass_with_url, entry)
    return entry


@pytest.mark.usefixtures("forwarding_to_two")
async def test_each_callback_goes_to_who_had_its_webhook(
    hass: HomeAssistant, consumer: Consumer, gateway: Gateway, instance: Instance
) -> None:
    await gateway.disconnect(instance)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert consumer.urls == [FOREIGN_URL]
    await gateway.connect(instance)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert consumer.urls == [FOREIGN_URL, OTHER_URL]
    await gateway.inject(instance, NEW_TYPE, "connectedCallbackUrl")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert sorted(consumer.urls[2:]) == [FOREIGN_URL, OTHER_URL]


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


async def test_equal_bodies_with_another_between_them_are_two_events(
    hass: HomeAssistant,
    forwarding: MockConfigEntry,
    consumer: Consumer,
    gateway: Gateway,
    instance: Instance,
) -> None:
    gateway.faults.missing_fields = frozenset({"momment"})
    for _ in range(2):
        await gateway.disconnect(instance)
        await gateway.connect(instance)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len({copy.body for copy in consumer.copies}) == 2
    assert [orjson.loads(copy.body)["type"] for copy in consumer.copies] == [
        "DisconnectedCallback",
        "ConnectedCallback",
    ] * 2


@pytest.mark.usefixtures("forwarding_to_two")
async def test_equal_bodies_are_two_events_also_where_nobody_wanted_what_was_between(
    hass: HomeAssistant,
    consumer: Consumer,
    gateway: Gateway,
    instance: Instance,
) -> None:
    ledger = await async_get_ledger(hass)
    hook = replace(ledger.hook(INSTANCE_ID, CallbackType.CONNECTED), forward=False)
    await ledger.async_update(INSTANCE_ID, {CallbackType.CONNECTED: hook})
    gateway.faults.missing_fields = frozenset({"momment"})
    for _ in range(2):
        await gateway.disconnect(instance)
        await gateway.connect(instance)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert consumer.urls == [FOREIGN_URL, FOREIGN_URL]


async def test_a_body_that_comes_again_much_later_is_another_event(
    hass: HomeAssistant,
    forwarding: MockConfigEntry,
    consumer: Consumer,
    hass_client_no_auth: ClientSessionGenerator,
    freezer: FrozenDateTimeFactory,
) -> None:
    client = await hass_client_no_auth()
    for seconds in (0, 599, 601):
        freezer.tick(timedelta(seconds=seconds))
        await client.post(PATH, data=BODY)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert len(consumer.copies) == 2


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
        b'{"instanceId": "%s", "type": "ConnectedCallback", "connected": 2}'
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
        FOREIGN_URL,
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
async def test_copies_go_to_https_elsewhere(
    hass_with_url: HomeAssistant, url: str
) -> None:
    assert forward_target.is_forwardable(hass_with_url, url)


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
        f"{EXTERNAL_URL}/hook",
        "https://HA.example.org:443/hook",
        "https://ha.example.org./hook",
        "https://user:password@ha.example.org/hook",
        "https://homeassistant.example:8123/hook",
        "https://192.168.1.2:8123/hook",
    ],
)
async def test_copies_never_go_to_this_machine_or_house_or_in_the_clear(
    hass_with_url: HomeAssistant, url: str
) -> None:
    await hass_with_url.config.async_update(
        internal_url="http://homeassistant.example:8123"
    )
    hass_with_url.config.api = Mock(local_ip="192.168.1.2", port=8123, use_ssl=True)
    assert not forward_target.is_forwardable(hass_with_url, url)


async def test_a_consumer_that_may_not_be_reached_is_not_and_is_counted(
    hass_with_url: HomeAssistant,
    consumer: Consumer,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    """The address was fine when it was displaced; now it is one of this Home Assistant."""
    gateway.set_webhooks(instance, FOREIGN_URL)
    await async_agree(hass_with_url, FOREIGN_URL, Choice.TAKE_OVER_AND_FORWARD)
    await async_set_up(hass_with_url, entry)
    await hass_with_url.config.async_update(external_url="https://n8n.example.com")
    await hass_with_url.async_block_till_done(wait_background_tasks=True)
    await gateway.disconnect(instance)
    await hass_with_url.async_block_till_done(wait_background_tasks=True)
    assert not consumer.copies
    assert await async_counts(hass_with_url, entry) == {"not_allowed": 1}


async def test_no_redirect_is_followed_and_no_cookie_kept(
    hass: HomeAssistant,
    forwarding: MockConfigEntry,
    consumer: Consumer,
    gateway: Gateway,
    instance: Instance,
) -> None:
    consumer.answer = lambda: web.Response(
        status=HTTPStatus.TEMPORARY_REDIRECT,
        headers={"Location": OTHER_URL, "Set-Cookie": "session=abc; Path=/"},
    )
    await gateway.disconnect(instance)
    await hass.async_block_till_done(wait_background_tasks=True)
    await gateway.connect(instance)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert consumer.urls == [FOREIGN_URL, FOREIGN_URL]
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
async def test_copies_to_one_url_go_out_one_by_one_in_the_order_of_arrival(
    hass: HomeAssistant,
    forwarding: MockConfigEntry,
    consumer: Consumer,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    client = await hass_client_no_auth()
    consumer.open.clear()
    for number in range(10):
        await client.post(PATH, data=numbered(number))
    await consumer.came.get()
    consumer.open.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert consumer.numbers == list(range(10))
    assert consumer.most_inside == 1


@pytest.mark.usefixtures("freezer")
async def test_a_consumer_that_does_not_answer_delays_nobody_else(
    hass: HomeAssistant,
    forwarding_to_two: MockConfigEntry,
    consumer: Consumer,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    client = await hass_client_no_auth()
    consumer.slow = URL(FOREIGN_URL).host
    consumer.open.clear()
    for number in range(40):
        await client.post(PATH, data=numbered(number, kind="DisconnectedCallback"))
    assert (await consumer.came.get()).url == FOREIGN_URL
    for number in range(40, 43):
        await client.post(PATH, data=numbered(number, kind="ConnectedCallback"))
        copy = await asyncio.wait_for(consumer.came.get(), 1)
        assert copy.url == OTHER_URL
        assert orjson.loads(copy.body)["n"] == number
    consumer.open.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await async_counts(hass, forwarding_to_two) == {"sent": 43}


async def test_the_ten_seconds_count_from_the_arrival(
    hass: HomeAssistant,
    forwarding: MockConfigEntry,
    consumer: Consumer,
    hass_client_no_auth: ClientSessionGenerator,
    freezer: FrozenDateTimeFactory,
) -> None:
    client = await hass_client_no_auth()

    async def pass_time(seconds: float) -> None:
        freezer.tick(timedelta(seconds=seconds))
        async_fire_time_changed(hass)
        await hass.async_block_till_done()

    consumer.open.clear()
    for number in (1, 2):
        await client.post(PATH, data=numbered(number))
    await consumer.came.get()
    await pass_time(6)
    await client.post(PATH, data=numbered(3))

    # The first is given up, for the second it is too late, the third has its turn.
    await pass_time(5)
    assert orjson.loads((await consumer.came.get()).body)["n"] == 3
    assert await async_counts(hass, forwarding) == {"failed": 1, "too_late": 1}
    await pass_time(3)
    assert await async_counts(hass, forwarding) == {"failed": 1, "too_late": 1}
    await pass_time(3)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await async_counts(hass, forwarding) == {"failed": 2, "too_late": 1}
    assert consumer.numbers == [1, 3]


async def test_256_copies_wait_for_a_url_and_the_oldest_are_dropped(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    forwarding: MockConfigEntry,
    consumer: Consumer,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    client = await hass_client_no_auth()
    consumer.open.clear()
    await client.post(PATH, data=numbered(0))
    await consumer.came.get()
    for number in range(1, 1 + 256 + 3):
        freezer.tick(0.01)
        response = await client.post(PATH, data=numbered(number))
        assert response.status == HTTPStatus.OK
    assert await async_counts(hass, forwarding) == {"dropped": 3}
    consumer.open.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert consumer.numbers == [0, *range(4, 1 + 256 + 3)]
    assert await async_counts(hass, forwarding) == {"dropped": 3, "sent": 257}


@pytest.mark.usefixtures("freezer")
@pytest.mark.parametrize("bound", ["_MAX_COPIES_PER_URL", "_MAX_COPIES"])
async def test_what_is_known_is_never_dropped_for_an_unknown_type(
    hass: HomeAssistant,
    forwarding: MockConfigEntry,
    consumer: Consumer,
    hass_client_no_auth: ClientSessionGenerator,
    bound: str,
) -> None:
    client = await hass_client_no_auth()
    consumer.open.clear()
    await client.post(PATH, data=numbered(0))
    await consumer.came.get()
    off = "DisconnectedCallback"
    with patch.object(forwarder, bound, 3):
        await client.post(PATH, data=numbered(1, kind=off))
        for number in range(2, 6):
            await client.post(PATH, data=numbered(number))
        await client.post(PATH, data=numbered(6, kind=off))
        await client.post(PATH, data=numbered(7, kind=off))
        # For an unknown one there is no room any more, for a known one there is.
        await client.post(PATH, data=numbered(8))
        await client.post(PATH, data=numbered(9, kind=off))
    consumer.open.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert consumer.numbers == [0, 6, 7, 9]


@pytest.mark.usefixtures("freezer")
async def test_8_mib_wait_for_a_url_and_the_rest_is_dropped(
    hass: HomeAssistant,
    forwarding: MockConfigEntry,
    consumer: Consumer,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    client = await hass_client_no_auth()
    consumer.open.clear()
    await client.post(PATH, data=numbered(0))
    await consumer.came.get()
    for number in range(1, 1 + 8):
        await client.post(PATH, data=numbered(number, MIB))
    # Headers count too.
    assert await async_counts(hass, forwarding) == {"dropped": 1}
    consumer.open.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert consumer.numbers == [0, *range(2, 1 + 8)]

    # What left the queue makes room.
    await client.post(PATH, data=numbered(9, MIB))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await async_counts(hass, forwarding) == {"dropped": 1, "sent": 9}


@pytest.mark.parametrize(
    ("bound", "most", "length"),
    [("_MAX_COPIES", 4, 0), ("_MAX_BYTES", MIB, MIB // 5)],
)
async def test_what_waits_in_all_is_bounded_and_who_is_slow_pays_for_it(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    forwarding_to_two: MockConfigEntry,
    consumer: Consumer,
    hass_client_no_auth: ClientSessionGenerator,
    bound: str,
    most: int,
    length: int,
) -> None:
    client = await hass_client_no_auth()
    consumer.open.clear()
    kinds = ("DisconnectedCallback", "ConnectedCallback")
    for number in (0, 1):
        await client.post(PATH, data=numbered(number, kind=kinds[number]))
        await consumer.came.get()
    with patch.object(forwarder, bound, most):
        for number in range(2, 5):
            await client.post(PATH, data=numbered(number, length, kinds[0]))
        freezer.tick(0.01)
        for number in range(5, 8):
            await client.post(PATH, data=numbered(number, length, kinds[1]))
    assert await async_counts(hass, forwarding_to_two) == {"dropped": 2}
    consumer.open.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert sorted(consumer.numbers) == [0, 1, 4, 5, 6, 7]


async def test_what_waits_is_sent_though_its_entry_is_unloaded(
    hass: HomeAssistant,
    forwarding: MockConfigEntry,
    consumer: Consumer,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    client = await hass_client_no_auth()
    consumer.open.clear()
    for number in range(2):
        await client.post(PATH, data=numbered(number))
    await consumer.came.get()
    await hass.config_entries.async_unload(forwarding.entry_id)
    consumer.open.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert consumer.numbers == [0, 1]


async def test_a_url_without_work_is_not_kept(
    hass: HomeAssistant,
    forwarding_to_two: MockConfigEntry,
    consumer: Consumer,
    gateway: Gateway,
    instance: Instance,
) -> None:
    await gateway.disconnect(instance)
    await gateway.connect(instance)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(consumer.copies) == 2
    assert not (await forwarder.async_get_forwarder(hass))._queues


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
    assert consumer.urls == [FOREIGN_URL]


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
    assert consumer.urls == [FOREIGN_URL]


async def test_a_promise_outlives_a_restart(
    hass_with_url: HomeAssistant,
    consumer: Consumer,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    hass_storage: dict[str, Any],
) -> None:
    record = {
        "displaced": FOREIGN_URL,
        "forward": True,
        "our_urls": [HOOK_URL],
        "confirmed": HOOK_URL,
        "rewrites": [],
        "pending_consent": None,
    }
    hass_storage["zapi.webhooks"] = {
        "version": 1,
        "key": "zapi.webhooks",
        "data": {INSTANCE_ID: {"connected": record, "disconnected": record}},
    }
    gateway.set_webhooks(instance, HOOK_URL)
    await async_set_up(hass_with_url, entry)
    await gateway.disconnect(instance)
    await hass_with_url.async_block_till_done(wait_background_tasks=True)
    assert consumer.urls == [FOREIGN_URL]


FIRST, SECOND = CallbackType.RECEIVED, CallbackType.RECEIVED_DELIVERY


async def async_displace(
    hass: HomeAssistant, urls: dict[CallbackType, str], **fields: Any
) -> None:
    """Have the webhooks of messages, and promise copies to who had them before."""
    ledger = await async_get_ledger(hass)
    records = {
        kind: HookRecord(displaced=url, forward=True, our_urls=(HOOK_URL,), **fields)
        for kind, url in urls.items()
    }
    await ledger.async_update(INSTANCE_ID, records)


@pytest.mark.parametrize(
    ("urls", "copied"),
    [
        ({FIRST: FOREIGN_URL}, [FOREIGN_URL]),
        ({SECOND: OTHER_URL}, [OTHER_URL]),
        ({FIRST: FOREIGN_URL, SECOND: OTHER_URL}, [OTHER_URL]),
        ({CallbackType.DELIVERY: FOREIGN_URL, CallbackType.CONNECTED: OTHER_URL}, []),
    ],
)
async def test_a_message_is_copied_to_who_had_the_messages_and_to_nobody_else(
    hass: HomeAssistant,
    consumer: Consumer,
    loaded: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
    urls: dict[CallbackType, str],
    copied: list[str],
) -> None:
    await async_displace(hass, urls)
    client = await hass_client_no_auth()
    body = b" " + body_of("A")
    await client.post(PATH, data=body)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert consumer.urls == copied
    assert {copy.body for copy in consumer.copies} <= {body}


@pytest.mark.parametrize(
    ("before", "copied"),
    [(False, []), (True, [FOREIGN_URL]), (None, [FOREIGN_URL])],
)
async def test_ones_own_messages_are_copied_where_they_were_sent_before_us(
    hass: HomeAssistant,
    consumer: Consumer,
    loaded: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
    before: bool | None,
    copied: list[str],
) -> None:
    await async_displace(hass, {FIRST: FOREIGN_URL}, sent_by_me=before)
    client = await hass_client_no_auth()
    await client.post(PATH, data=body_of("A", fromMe=True))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert consumer.urls == copied
    await client.post(PATH, data=body_of("B"))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert consumer.urls == [*copied, FOREIGN_URL]


async def test_receipts_are_copied_to_who_had_those(
    hass: HomeAssistant,
    consumer: Consumer,
    loaded: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    kinds = CallbackType.DELIVERY, CallbackType.MESSAGE_STATUS
    await async_displace(hass, dict(zip(kinds, (FOREIGN_URL, OTHER_URL), strict=True)))
    client = await hass_client_no_auth()
    await client.post(PATH, data=body_of("A", "DeliveryCallback"))
    await hass.async_block_till_done(wait_background_tasks=True)
    await client.post(PATH, data=body_of("A", "MessageStatusCallback"))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert consumer.urls == [FOREIGN_URL, OTHER_URL]
