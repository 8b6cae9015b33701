"""The simulator's own behaviour: what the other tests take for granted about the gateway."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
import sys
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, web
from aiohttp.test_utils import TestClient, TestServer
import orjson
import pytest

from simulator import ALL, Faults, Gateway, Instance, StaleCodeError, State, make_app
from simulator.instance import HOOKS

CLIENT_TOKEN = "F00000000000000000000000000000000S"
type Client = TestClient[web.Request, web.Application]

pytestmark = pytest.mark.usefixtures("socket_enabled")


@dataclass
class Consumer:
    """Whoever has the webhooks: keeps what it gets, answers what it is told."""

    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.bodies.append(orjson.loads(await request.read()))
        self.headers.append(dict(request.headers))
        self.paths.append(request.path)
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    @property
    def types(self) -> list[str]:
        return [body["type"] for body in self.bodies]


@dataclass
class Clock:
    now: float = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gateway(clock: Clock) -> Gateway:
    return Gateway(CLIENT_TOKEN, clock=clock, spacing=(0, 0), callback_timeout=1)


@pytest.fixture
async def consumer() -> AsyncIterator[Consumer]:
    consumer = Consumer()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", consumer.take)
    async with TestServer(app, host="127.0.0.1") as server:
        consumer.url = str(server.make_url("/hook"))
        yield consumer


@pytest.fixture
async def instance(gateway: Gateway, consumer: Consumer) -> Instance:
    instance = gateway.add(state=State.CONNECTED)
    gateway.set_webhooks(instance, consumer.url)
    return instance


@pytest.fixture
async def client(gateway: Gateway) -> AsyncIterator[Client]:
    async with TestClient(TestServer(make_app(gateway), host="127.0.0.1")) as client:
        gateway.base_url = str(client.make_url("")).rstrip("/")
        yield client


type Ask = Callable[..., Any]


@pytest.fixture
def ask(client: Client, instance: Instance) -> Ask:
    """Call a route and give status and body (text if it is not JSON)."""

    async def ask(
        method: str,
        path: str,
        body: Any = None,
        *,
        client_token: str | None = CLIENT_TOKEN,
        **options: Any,
    ) -> Any:
        headers = {"Client-Token": client_token} if client_token else {}
        url = f"/instances/{instance.instance_id}/token/{instance.token}/{path}"
        async with client.request(
            method, url, json=body, headers=headers, **options
        ) as response:
            text = await response.text()
            return response.status, orjson.loads(
                text
            ) if response.content_type == "application/json" and text else text

    return ask


class TestGate:
    async def test_a_missing_client_token_is_named_before_all_else(
        self, ask: Ask, instance: Instance
    ) -> None:
        instance.token = "another"
        assert await ask("GET", "nothing", client_token=None) == (
            400,
            {"error": "your client-token is not configured"},
        )

    async def test_a_wrong_client_token_is_echoed(self, ask: Ask) -> None:
        assert await ask("GET", "status", client_token="F1S") == (
            403,
            {"error": "Client-Token F1S not allowed"},
        )

    async def test_an_account_without_client_token_needs_none(
        self, ask: Ask, gateway: Gateway
    ) -> None:
        gateway.rotate_client_token(None)
        assert (await ask("GET", "status", client_token=None))[0] == 200

    async def test_a_wrong_token_and_a_deleted_instance_look_alike(
        self, ask: Ask, client: Client, instance: Instance, gateway: Gateway
    ) -> None:
        url = f"/instances/{instance.instance_id}/token/{'0' * 24}/status"
        async with client.get(url, headers={"Client-Token": CLIENT_TOKEN}) as response:
            wrong = response.status, await response.json()
        gateway.delete(instance)
        assert (
            wrong
            == await ask("GET", "status")
            == (404, {"error": "Instance not found"})
        )

    async def test_a_lapsed_plan_is_400_on_every_route_until_renewed(
        self, ask: Ask, instance: Instance, gateway: Gateway
    ) -> None:
        gateway.expire_plan(instance)
        for path in "status", "me", "nothing":
            status, body = await ask("GET", path)
            assert (status, "subscribe to this instance again" in body["error"]) == (
                400,
                True,
            )
        gateway.renew_plan(instance)
        assert (await ask("GET", "status"))[1]["connected"] is True

    async def test_an_unknown_route_is_an_error_with_status_200(self, ask: Ask) -> None:
        status, body = await ask("GET", "update-webhook-send")
        assert (status, body["error"]) == (200, "NOT_FOUND")

    async def test_a_wrong_verb_is_405_and_a_body_without_json_type_415(
        self, ask: Ask
    ) -> None:
        assert await ask("POST", "update-webhook-received", {"value": ""}) == (405, "")
        assert await ask("PUT", "update-webhook-received", data=b"{}") == (415, "")

    async def test_a_field_of_the_wrong_kind_is_refused(
        self, ask: Ask, instance: Instance
    ) -> None:
        assert (await ask("PUT", "update-auto-read-message", {"value": "true"}))[
            0
        ] == 400
        assert (await ask("PUT", "update-name", ["x"]))[0] == 400
        assert instance.settings["autoReadMessage"] is False


class TestStates:
    @pytest.mark.parametrize(
        ("state", "connected", "phone", "text"),
        [
            (State.CONNECTED, True, True, "You are already connected."),
            (State.PHONE_OFFLINE, True, False, "You are already connected."),
            (State.UNPAIRED, False, False, "You are not connected."),
            (State.PAIRING, False, False, "You are not connected."),
            (State.LOST_SESSION, False, True, "You need to restore the session."),
        ],
    )
    async def test_status_tells_the_states_apart(
        self,
        ask: Ask,
        instance: Instance,
        *,
        state: State,
        connected: bool,
        phone: bool,
        text: str,
    ) -> None:
        instance.state = state
        status, body = await ask("GET", "status")
        assert (
            status,
            body["connected"],
            body["smartphoneConnected"],
            body["error"],
        ) == (200, connected, phone, text)

    async def test_a_device_is_known_only_while_connected(
        self, ask: Ask, instance: Instance
    ) -> None:
        assert (await ask("GET", "device"))[1]["phone"] == instance.phone
        instance.state = State.UNPAIRED
        assert (await ask("GET", "device"))[0] == 400

    async def test_a_scanned_qr_connects_and_says_so(
        self, ask: Ask, gateway: Gateway, instance: Instance, consumer: Consumer
    ) -> None:
        instance.state = State.UNPAIRED
        first, second = [
            (await ask("GET", "qr-code/image"))[1]["value"] for _ in range(2)
        ]
        assert first.startswith("data:image/png;base64,")
        assert first != second
        posted = await gateway.scan_qr(instance, "5511900000000")
        assert [exchange.status for exchange in posted] == [200]
        assert consumer.bodies[0] == {
            "type": "ConnectedCallback",
            "instanceId": instance.instance_id,
            "connected": True,
            "phone": "5511900000000",
            "momment": 1_790_000_000_000,
            "isBusiness": False,
        }
        assert "value" not in (await ask("GET", "qr-code/image"))[1]

    async def test_a_code_older_than_twenty_seconds_is_dead(
        self, ask: Ask, gateway: Gateway, instance: Instance, clock: Clock
    ) -> None:
        instance.state = State.UNPAIRED
        await ask("GET", "phone-code/5544999999999")
        clock.now += 20
        with pytest.raises(StaleCodeError):
            await gateway.scan_qr(instance)

    async def test_a_disconnect_at_the_phone_is_posted_in_seconds_and_then_silence(
        self, gateway: Gateway, instance: Instance, client: Client, consumer: Consumer
    ) -> None:
        await gateway.disconnect(instance)
        await gateway.receive_message(instance, "hello")
        assert [(body["type"], body["momment"]) for body in consumer.bodies] == [
            ("DisconnectedCallback", 1_790_000_000)
        ]

    @pytest.mark.parametrize("event", [False, True])
    async def test_a_disconnect_by_api_posts_an_event_only_if_switched_on(
        self, ask: Ask, gateway: Gateway, consumer: Consumer, *, event: bool
    ) -> None:
        gateway.faults.disconnect_event = event
        assert await ask("GET", "disconnect") == (200, {"value": True})
        await gateway.drain()
        assert consumer.types == ["DisconnectedCallback"] * event

    @pytest.mark.parametrize("route", ["restart", "restore-session"])
    async def test_a_lost_login_can_be_revived(
        self,
        ask: Ask,
        gateway: Gateway,
        instance: Instance,
        consumer: Consumer,
        route: str,
    ) -> None:
        await gateway.lose_session(instance)
        await ask("GET", route)
        await gateway.drain()
        assert consumer.types == ["DisconnectedCallback", "ConnectedCallback"]


class TestWebhooks:
    async def test_each_setter_writes_its_own_field(
        self, ask: Ask, instance: Instance
    ) -> None:
        for hook in HOOKS:
            url = f"https://ha.example.org/{hook.field}"
            assert await ask("PUT", hook.route, {"value": url}) == (
                200,
                {"value": True},
            )
        _, me = await ask("GET", "me")
        assert {hook.field: me[hook.field] for hook in HOOKS} == {
            hook.field: f"https://ha.example.org/{hook.field}" for hook in HOOKS
        }
        assert me["id"] == instance.instance_id

    async def test_one_call_sets_all_seven(self, ask: Ask) -> None:
        await ask(
            "PUT",
            "update-every-webhooks",
            {"value": "https://a.example.org/x", "notifySentByMe": True},
        )
        _, me = await ask("GET", "me")
        assert [me[hook.field] for hook in HOOKS] == ["https://a.example.org/x"] * 7
        assert me["receiveCallbackSentByMe"] is True

    async def test_http_is_refused_unless_allowed(
        self, ask: Ask, gateway: Gateway
    ) -> None:
        body = {"value": "http://ha.example.org/x"}
        status, answer = await ask("PUT", "update-webhook-received", body)
        assert (status, "error" in answer) == (400, True)
        gateway.faults.https_strict = False
        assert await ask("PUT", "update-webhook-received", body) == (
            200,
            {"value": True},
        )

    async def test_callbacks_carry_the_real_headers(
        self, gateway: Gateway, instance: Instance, client: Client, consumer: Consumer
    ) -> None:
        await gateway.receive_message(instance, "hello")
        headers = {name.lower(): value for name, value in consumer.headers[0].items()}
        assert headers["z-api-token"] == instance.token
        assert (headers["origin"], headers["server"]) == (
            "https://api.z-api.io",
            "Z-API",
        )
        assert headers["user-agent"].startswith("Mozilla/")
        assert "client-token" not in headers

    @pytest.mark.parametrize(
        ("first", "second", "own", "taken"),
        [
            ("/first", "/second", False, ["/second"]),
            ("/first", "", False, ["/first"]),
            ("", "/second", False, []),
            ("", "/second", True, ["/second"]),
            ("/first", "", True, ["/first"]),
        ],
    )
    async def test_the_second_receive_url_wins_and_alone_gets_only_own_messages(
        self,
        gateway: Gateway,
        instance: Instance,
        client: Client,
        consumer: Consumer,
        *,
        first: str,
        second: str,
        own: bool,
        taken: list[str],
    ) -> None:
        instance.settings["receiveCallbackSentByMe"] = True
        for webhook, path in (
            ("receivedCallbackUrl", first),
            ("receivedAndDeliveryCallbackUrl", second),
        ):
            gateway.set_webhooks(
                instance, consumer.url.replace("/hook", path) if path else "", webhook
            )
        await gateway.receive_message(instance, "hello", fromMe=own)
        assert consumer.paths == taken

    async def test_filters_block_what_they_name(
        self, ask: Ask, gateway: Gateway, instance: Instance, consumer: Consumer
    ) -> None:
        filters = {
            "messageFilters": ["FILTER_FROM_GROUP"],
            "callbackTypeFilters": ["FILTER_CONNECTED_CALLBACK"],
        }
        assert await ask("PUT", "update-filters", filters) == (200, {"value": True})
        assert (await ask("GET", "me"))[1]["callbackTypeFilters"] == [
            "FILTER_CONNECTED_CALLBACK"
        ]
        await gateway.connect(instance)
        await gateway.receive_message(
            instance, "in a group", group="120363000000000001-group"
        )
        await gateway.receive_message(instance, "in private")
        assert [body["text"]["message"] for body in consumer.bodies] == ["in private"]


class TestQueue:
    async def test_a_send_is_followed_by_echo_delivery_and_receipts(
        self, ask: Ask, gateway: Gateway, instance: Instance, consumer: Consumer
    ) -> None:
        instance.settings["receiveCallbackSentByMe"] = True
        _, sent = await ask(
            "POST", "send-text", {"phone": "5544988888888", "message": "hi"}
        )
        await gateway.drain()
        assert set(sent) == {"zaapId", "messageId", "id"}
        assert [(body["type"], body.get("status")) for body in consumer.bodies] == [
            ("ReceivedCallback", "SENT"),
            ("DeliveryCallback", None),
            ("MessageStatusCallback", "RECEIVED"),
            ("MessageStatusCallback", "READ"),
        ]
        assert consumer.bodies[1]["zaapId"] == sent["zaapId"]
        assert consumer.bodies[3]["ids"] == [sent["messageId"]]

    async def test_messages_wait_while_down_and_leave_in_order_on_reconnect(
        self, ask: Ask, gateway: Gateway, instance: Instance, consumer: Consumer
    ) -> None:
        instance.state = State.UNPAIRED
        sent = [
            (
                await ask(
                    "POST", "send-text", {"phone": "5544988888888", "message": str(n)}
                )
            )[1]["zaapId"]
            for n in range(25)
        ]
        await gateway.drain()
        assert await ask("GET", "queue/count") == (200, {"count": 25})
        assert consumer.bodies == []
        _, page = await ask("POST", "queue", {})
        _, rest = await ask("POST", "queue", {"pagingState": page["pagingState"]})
        assert [item["ZaapId"] for item in page["messages"] + rest["messages"]] == sent
        assert (page["hasMore"], rest["hasMore"]) == (True, False)
        assert (await ask("DELETE", f"queue/{sent[0]}"))[0] == 200
        await gateway.connect(instance)
        await gateway.drain()
        assert [
            body["zaapId"]
            for body in consumer.bodies
            if body["type"] == "DeliveryCallback"
        ] == sent[1:]

    async def test_the_queue_takes_a_thousand_while_down(
        self, ask: Ask, gateway: Gateway, instance: Instance
    ) -> None:
        instance.state = State.UNPAIRED
        body = {"phone": "5544988888888", "message": "hi"}
        for _ in range(1000):
            await gateway.send(instance, "send-text", body)
        assert (await ask("POST", "send-text", body))[0] == 400
        assert (await ask("DELETE", "queue")) == (200, "")
        assert (await ask("POST", "send-text", body))[0] == 200

    async def test_sends_are_refused_while_down_once_enqueueing_is_off(
        self, ask: Ask, instance: Instance
    ) -> None:
        instance.state = State.UNPAIRED
        body = {"disableEnqueueWhenDisconnected": True}
        assert await ask("PUT", "update-queue-settings", body) == (
            200,
            {"success": True},
        )
        assert (
            await ask("POST", "send-text", {"phone": "5544988888888", "message": "hi"})
        )[0] == 400

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("send-text", {"phone": "5544988888888"}),
            ("send-text", {"phone": "me", "message": "hi"}),
            (
                "send-text",
                {"phone": "5544988888888", "message": "@all", "mentionAll": True},
            ),
            (
                "send-location",
                {
                    "phone": "5544988888888",
                    "title": "t",
                    "address": "a",
                    "latitude": 1.5,
                    "longitude": 2.5,
                },
            ),
            (
                "send-poll",
                {"phone": "120363000000000001-group", "message": "?", "poll": "yes"},
            ),
        ],
    )
    async def test_a_send_with_a_bad_body_is_refused(
        self, ask: Ask, instance: Instance, path: str, body: dict[str, Any]
    ) -> None:
        assert (await ask("POST", path, body))[0] == 400
        assert not instance.queue

    async def test_documents_need_their_extension(self, ask: Ask) -> None:
        body = {"phone": "5544988888888", "document": "https://media.example.org/a.pdf"}
        assert "zaapId" in (await ask("POST", "send-document/pdf", body))[1]
        assert (await ask("POST", "send-document", body))[1]["error"] == "NOT_FOUND"

    async def test_marking_read_and_deleting_answer_204(self, ask: Ask) -> None:
        assert await ask(
            "POST", "read-message", {"phone": "5544988888888", "messageId": "A"}
        ) == (204, "")
        assert await ask(
            "DELETE", "messages?messageId=A&phone=5544988888888&owner=true"
        ) == (204, "")
        assert (await ask("DELETE", "messages?messageId=A"))[0] == 400


class TestAnswerFaults:
    @pytest.mark.parametrize(
        ("switch", "status", "text"),
        [
            ("ip_blocked", 403, "[203.0.113.7] not allowed"),
            ("missing_client_token", 400, "your client-token is not configured"),
            ("missing_client_token_old", 403, "Client-Token null not allowed"),
            ("wrong_client_token", 403, CLIENT_TOKEN),
            ("instance_not_found", 404, "Instance not found"),
            ("expired_plan", 400, "subscribe to this instance again"),
            ("not_found_200", 200, "NOT_FOUND"),
            ("http_405", 405, ""),
            ("http_415", 415, ""),
            ("http_429", 429, ""),
            ("http_5xx", 502, "<html>"),
            ("html_answer", 200, "<html>"),
            ("empty_body", 200, ""),
            ("value_false", 200, "False"),
            ("success_false", 200, "message"),
        ],
    )
    async def test_a_switch_spoils_only_the_routes_it_names(
        self, ask: Ask, gateway: Gateway, switch: str, status: int, text: str
    ) -> None:
        gateway.faults.update({switch: ["stat*"]})
        answer = await ask("GET", "status")
        assert (answer[0], text in str(answer[1])) == (status, True)
        assert (await ask("GET", "me"))[1]["connected"] is True

    async def test_a_setter_can_say_true_and_do_nothing(
        self, ask: Ask, gateway: Gateway, instance: Instance
    ) -> None:
        gateway.faults.put_true_not_applied = frozenset({"update-name"})
        assert await ask("PUT", "update-name", {"value": "new"}) == (
            200,
            {"value": True},
        )
        assert instance.name == "Example instance"
        gateway.faults.applied_after = 0.01
        await ask("PUT", "update-name", {"value": "late"})
        await gateway.drain()
        assert instance.name == "late"

    async def test_me_can_lag_behind_a_setter_but_not_behind_the_panel(
        self, ask: Ask, gateway: Gateway, instance: Instance
    ) -> None:
        now = 1_790_000_000.0
        gateway.clock = lambda: now
        gateway.set_webhooks(instance, "https://old.example.org/x")
        gateway.faults.me_lags = 60
        for number in range(2):
            value = f"https://new{number}.example.org/x"
            await ask("PUT", "update-webhook-connected", {"value": value})
            now += 10

        async def shown() -> str:
            _, me = await ask("GET", "me")
            return str(me["connectedCallbackUrl"])

        assert instance.webhooks["connectedCallbackUrl"] == "https://new1.example.org/x"
        assert await shown() == "https://old.example.org/x"
        now += 45
        assert await shown() == "https://new0.example.org/x"
        now += 10
        assert await shown() == "https://new1.example.org/x"
        await ask("PUT", "update-webhook-connected", {"value": ""})
        assert await shown() == "https://new1.example.org/x"
        gateway.set_webhooks(instance, "https://panel.example.org/x")
        assert await shown() == "https://panel.example.org/x"

    async def test_the_second_receive_url_can_be_stale(
        self, ask: Ask, gateway: Gateway, consumer: Consumer
    ) -> None:
        gateway.faults.second_receive_url_stale = True
        await ask(
            "PUT", "update-every-webhooks", {"value": "https://new.example.org/x"}
        )
        _, me = await ask("GET", "me")
        assert (me["receivedCallbackUrl"], me["receivedAndDeliveryCallbackUrl"]) == (
            "https://new.example.org/x",
            consumer.url,
        )

    async def test_somebody_else_can_take_the_webhook_back(
        self, ask: Ask, gateway: Gateway, instance: Instance
    ) -> None:
        gateway.faults.foreign_url = "https://other.example.org/x"
        await ask(
            "PUT", "update-webhook-connected", {"value": "https://new.example.org/x"}
        )
        await gateway.drain()
        assert (
            instance.webhooks["connectedCallbackUrl"] == "https://other.example.org/x"
        )

    @pytest.mark.parametrize(
        ("switch", "queued"), [("reset_before", 0), ("reset_after", 1)]
    )
    async def test_a_cut_connection_leaves_the_send_undone_or_done(
        self, ask: Ask, gateway: Gateway, instance: Instance, switch: str, queued: int
    ) -> None:
        instance.state = State.UNPAIRED
        gateway.faults.update({switch: ["send-text"]})
        with pytest.raises(ClientError):
            await ask("POST", "send-text", {"phone": "5544988888888", "message": "hi"})
        assert len(instance.queue) == queued
        assert gateway.exchanges[-1].status == 0

    @pytest.mark.parametrize("switch", ["slow_answers", "stalled_body"])
    async def test_a_slow_answer_outlasts_the_client(
        self, ask: Ask, gateway: Gateway, switch: str
    ) -> None:
        gateway.faults.update({switch: True})
        with pytest.raises(TimeoutError):
            await ask("GET", "status", timeout=ClientTimeout(total=0.2))

    async def test_json_can_be_cut_short(self, ask: Ask, gateway: Gateway) -> None:
        gateway.faults.truncated_json = ALL
        with pytest.raises(orjson.JSONDecodeError):
            await ask("GET", "status")

    async def test_the_schema_can_drift(self, ask: Ask, gateway: Gateway) -> None:
        gateway.faults.update(
            {
                "missing_fields": ["due"],
                "null_fields": ["name"],
                "extra_fields": True,
                "string_booleans": True,
            }
        )
        _, me = await ask("GET", "me")
        assert "due" not in me
        assert (me["name"], me["connected"]) == (None, "true")
        assert "aNewField" in me


class TestCallbackFaults:
    async def test_a_lost_callback_is_recorded_and_not_posted(
        self, gateway: Gateway, instance: Instance, client: Client, consumer: Consumer
    ) -> None:
        gateway.faults.lose_callbacks = frozenset({"ConnectedCallback"})
        posted = await gateway.connect(instance)
        assert [(exchange.status, exchange.answer) for exchange in posted] == [
            (0, "lost")
        ]
        assert consumer.bodies == []

    async def test_copies_are_identical(
        self, gateway: Gateway, instance: Instance, client: Client, consumer: Consumer
    ) -> None:
        gateway.faults.duplicate_callbacks = 2
        await gateway.receive_message(instance, "hello")
        assert len(consumer.bodies) == 3
        assert consumer.bodies[0] == consumer.bodies[1] == consumer.bodies[2]

    async def test_a_late_callback_keeps_its_moment(
        self,
        gateway: Gateway,
        instance: Instance,
        client: Client,
        consumer: Consumer,
        clock: Clock,
    ) -> None:
        gateway.faults.late_callbacks = 0.01
        assert await gateway.connect(instance) == []
        clock.now += 600
        await gateway.drain()
        assert [body["momment"] for body in consumer.bodies] == [1_790_000_000_000]

    async def test_retries_end_with_the_first_success(
        self, gateway: Gateway, instance: Instance, client: Client, consumer: Consumer
    ) -> None:
        gateway.faults.update({"callback_retries": 5, "retry_gap": 0.001})
        consumer.answers = [500, 404]
        await gateway.connect(instance)
        await gateway.drain()
        assert [exchange.status for exchange in gateway.exchanges] == [500, 404, 200]

    async def test_receipts_can_come_before_the_delivery_and_the_echo_before_the_answer(
        self, ask: Ask, gateway: Gateway, instance: Instance, consumer: Consumer
    ) -> None:
        instance.settings["receiveCallbackSentByMe"] = True
        gateway.faults.reorder_callbacks = True
        await ask("POST", "send-text", {"phone": "5544988888888", "message": "hi"})
        await gateway.drain()
        assert [body.get("status") for body in consumer.bodies] == [
            "SENT",
            "READ",
            "RECEIVED",
            None,
        ]

    async def test_a_refused_send_says_why(
        self, ask: Ask, gateway: Gateway, consumer: Consumer
    ) -> None:
        gateway.faults.delivery_error = "SHADOW_BAN"
        await ask("POST", "send-text", {"phone": "5544988888888", "message": "hi"})
        await gateway.drain()
        assert [body["errorCode"] for body in consumer.bodies] == ["SHADOW_BAN"]

    @pytest.mark.parametrize(
        ("switches", "momment"),
        [
            ({"momment_seconds": True}, 1_790_000_000),
            ({"momment_string": True}, "1790000000000"),
            ({"momment_nonsense": True}, 26_151_515_154),
        ],
    )
    async def test_the_moment_can_be_told_badly(
        self,
        *,
        gateway: Gateway,
        instance: Instance,
        client: Client,
        consumer: Consumer,
        switches: dict[str, bool],
        momment: object,
    ) -> None:
        gateway.faults.update(switches)
        await gateway.connect(instance)
        assert consumer.bodies[0]["momment"] == momment

    async def test_one_person_can_have_three_names(
        self, gateway: Gateway, instance: Instance, client: Client, consumer: Consumer
    ) -> None:
        gateway.faults.lid_flip = True
        for _ in range(3):
            await gateway.receive_message(instance, "hello")
        phones = [body["phone"] for body in consumer.bodies]
        assert (phones[0], phones[2]) == ("5544988888888", "554488888888")
        assert phones[1] == consumer.bodies[0]["chatLid"]

    @pytest.mark.parametrize(
        ("switches", "header"),
        [
            ({"bad_token_header": True}, "0" * 24),
            ({"no_token_header": True}, None),
            ({"renamed_token_header": "x-t"}, None),
        ],
    )
    async def test_the_token_header_can_be_wrong(
        self,
        *,
        gateway: Gateway,
        instance: Instance,
        client: Client,
        consumer: Consumer,
        switches: dict[str, Any],
        header: str | None,
    ) -> None:
        gateway.faults.update(switches)
        await gateway.connect(instance)
        assert consumer.headers[0].get("z-api-token") == header

    async def test_an_unreachable_consumer_is_recorded_without_its_url(
        self, gateway: Gateway, instance: Instance, client: Client
    ) -> None:
        gateway.set_webhooks(instance, "http://127.0.0.1:1/secret")
        posted = await gateway.connect(instance)
        assert posted[0].status == 0
        assert "secret" not in repr(posted)


class TestFaults:
    def test_an_unknown_switch_changes_nothing(self) -> None:
        faults = Faults()
        with pytest.raises(ValueError, match="no_such"):
            faults.update({"latency": 1, "no_such": True})
        assert faults == Faults()

    @pytest.mark.parametrize(
        "values",
        [{"latency": True}, {"lid_flip": 1}, {"http_5xx": "me"}, {"foreign_url": None}],
    )
    def test_a_value_of_the_wrong_kind_is_refused(self, values: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="Wrong kind"):
            Faults().update(values)

    def test_clearing_leaves_the_defaults(self) -> None:
        faults = Faults(http_5xx=ALL, latency=3, https_strict=False)
        faults.clear()
        assert faults == Faults()


class TestControl:
    async def test_the_page_is_self_contained(self, client: Client) -> None:
        async with client.get("/") as response:
            page = await response.text()
        assert "src=" not in page
        assert '<link rel="icon" href="data:,">' in page

    async def test_nothing_but_the_page_itself_may_run_in_it(
        self, client: Client
    ) -> None:
        async with client.get("/") as response:
            policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        for kind in "script", "style":
            assert f"{kind}-src 'sha256-" in policy

    async def test_every_switch_is_described_in_a_group(self, client: Client) -> None:
        async with client.get("/_control/switches") as response:
            groups = (await response.json())["groups"]
        described = {one["name"]: one for group in groups for one in group["switches"]}
        assert list(described) == list(Faults().as_dict())
        assert all(one["says"].endswith(".") for one in described.values())
        assert {name: one["default"] for name, one in described.items()} == (
            Faults().as_dict()
        )
        assert len({group["title"] for group in groups}) == len(groups)

    async def test_filters_can_be_set_as_in_the_panel(
        self, client: Client, instance: Instance, consumer: Consumer, gateway: Gateway
    ) -> None:
        path = f"/_control/{instance.instance_id}/filters"
        filters = {
            "messageFilters": ["FILTER_TEXT_MESSAGE"],
            "callbackTypeFilters": ["FILTER_CONNECTED_CALLBACK"],
        }
        async with client.post(path, json=filters) as response:
            assert response.status == 200
        await gateway.connect(instance)
        await gateway.receive_message(instance, "hello")
        assert consumer.bodies == []
        async with client.post(path, json={"messageFilters": []}):
            pass
        await gateway.receive_message(instance, "hello")
        assert consumer.types == ["ReceivedCallback"]
        for wrong in {"messageFilters": ["FILTER_NONSENSE"]}, {"filters": ["a"]}:
            async with client.post(path, json=wrong) as response:
                assert response.status == 400

    async def test_a_chat_is_shown_with_all_that_happened_in_it(
        self, ask: Ask, client: Client, instance: Instance, gateway: Gateway
    ) -> None:
        phone = "5544988888888"
        await gateway.receive_message(instance, "Closed?", messageId="A")
        body = {"phone": phone, "message": "Yes", "messageId": "A"}
        _, sent = await ask("POST", "send-text", body)
        body = {"phone": phone, "reaction": "👍", "messageId": "A"}
        await ask("POST", "send-reaction", body)
        body = {"phone": phone, "message": "No", "editMessageId": sent["messageId"]}
        await ask("POST", "send-text", body)
        await gateway.drain()
        path = f"/_control/{instance.instance_id}/chat?phone="
        async with client.get(path + phone) as response:
            asked, answer = await response.json()
        assert (asked["name"], asked["from_me"]) == ("Maria Example", False)
        [reaction] = asked["reactions"]
        assert reaction == {
            "emoji": "👍",
            "name": "this number",
            "phone": instance.phone,
        }
        assert (answer["text"], answer["edits"]) == ("No", ["Yes"])
        assert answer["quoted_text"] == "Closed?"
        assert answer["progress"] == "read"
        async with client.get(path + "5511900000000") as response:
            assert await response.json() == []

    async def test_the_state_lists_the_chats_the_latest_first(
        self, client: Client, clock: Clock, instance: Instance, gateway: Gateway
    ) -> None:
        group = "120363000000000001-group"
        await gateway.receive_message(instance, "one")
        clock.now += 1
        await gateway.receive_message(instance, "two", group=group)
        async with client.get("/_control/state") as response:
            state = await response.json()
        chats = state["instances"][0]["chats"]
        assert [(chat["phone"], chat["text"]) for chat in chats] == [
            (group, "two"),
            ("5544988888888", "one"),
        ]
        assert state["client_token_active"] is True

    async def test_an_action_tells_what_was_posted(
        self, client: Client, instance: Instance, consumer: Consumer
    ) -> None:
        path = f"/_control/{instance.instance_id}"
        async with client.post(
            f"{path}/disconnect", json={"error": "gone"}
        ) as response:
            answer = await response.json()
        assert answer["state"] == "unpaired"
        assert [(one["type"], one["status"]) for one in answer["callbacks"]] == [
            ("DisconnectedCallback", 200)
        ]
        assert consumer.bodies[0]["error"] == "gone"
        async with client.post(f"{path}/scan") as response:
            assert response.status == 409
        async with client.post(
            f"{path}/connect", json={"phone": "5511900000000"}
        ) as response:
            assert (await response.json())["state"] == "connected"
        async with client.post(
            f"{path}/message", json={"content": "hi", "phone": "5511911111111"}
        ) as response:
            assert len((await response.json())["callbacks"]) == 1
        async with client.post(
            f"{path}/webhook", json={"url": "", "webhooks": ["connectedCallbackUrl"]}
        ):
            assert instance.webhooks["connectedCallbackUrl"] == ""

    async def test_the_state_shows_no_secret_in_its_log(
        self,
        ask: Ask,
        client: Client,
        gateway: Gateway,
        instance: Instance,
        consumer: Consumer,
    ) -> None:
        gateway.set_webhooks(instance, f"{consumer.url}/webhooksecret")
        await ask("GET", "me")
        await ask("GET", "me", client_token='Fwrong\\"S')
        async with client.get("/_control/state") as response:
            text = await response.text()
            state = orjson.loads(text)
        log = str(state["exchanges"])
        assert [one["path"] for one in state["exchanges"]] == ["me", "me"]
        assert instance.token not in text
        assert CLIENT_TOKEN not in text
        assert "Fwrong" not in log
        assert "webhooksecret" not in log
        assert (
            state["instances"][0]["webhooks"]["connectedCallbackUrl"]
            == f"{consumer.url}/webhooksecret"
        )

    async def test_the_log_is_given_from_a_number_on(
        self, ask: Ask, client: Client
    ) -> None:
        for _ in range(3):
            await ask("GET", "status")
        async with client.get("/_control/state?since=2") as response:
            assert [one["number"] for one in (await response.json())["exchanges"]] == [
                3
            ]

    async def test_switches_and_the_client_token_can_be_set(
        self, client: Client, gateway: Gateway
    ) -> None:
        async with client.post(
            "/_control/faults", json={"expired_plan": True, "latency": 1}
        ) as response:
            assert (await response.json())["expired_plan"] == ["*"]
        async with client.post(
            "/_control/faults", json={"clear": True, "lid_flip": True}
        ):
            assert gateway.faults == Faults(lid_flip=True)
        async with client.post("/_control/faults", json={"nonsense": 1}) as response:
            assert response.status == 400
        async with client.post("/_control/client_token", json={"value": "FnewS"}):
            assert gateway.client_token == "FnewS"

    async def test_other_pages_are_turned_away(
        self, client: Client, gateway: Gateway
    ) -> None:
        async with client.post(
            "/_control/reset_log", headers={"Origin": "https://evil.example.org"}
        ) as response:
            assert response.status == 403
        async with client.get(
            "/_control/state", headers={"Host": "evil.example.org"}
        ) as response:
            assert response.status == 403

    async def test_media_links_die(
        self, client: Client, gateway: Gateway, instance: Instance, clock: Clock
    ) -> None:
        url = gateway.media_url(instance, "png").removeprefix(gateway.base_url)
        async with client.get(url) as response:
            assert (response.status, response.content_type) == (200, "image/png")
        clock.now += 31 * 86_400
        async with client.get(url) as response:
            assert response.status == 404


async def test_the_program_prints_its_credentials_and_ends_cleanly() -> None:
    program = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "simulator",
            "--port",
            "0",
            "--seed",
            "1",
            "--state",
            "connected",
        ),
        cwd=Path(__file__).parent.parent,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert program.stdout is not None
    told = dict(
        [
            (await program.stdout.readline()).decode().strip().split(": ", 1)
            for _ in range(4)
        ]
    )
    url = f"{told['address']}/instances/{told['instance-id']}/token/{told['token']}/status"
    async with (
        ClientSession() as session,
        session.get(url, headers={"Client-Token": told["client-token"]}) as response,
    ):
        assert (await response.json())["connected"] is True
    program.terminate()
    _, errors = await program.communicate()
    assert (program.returncode, errors) == (0, b"")


async def test_it_listens_on_loopback_only() -> None:
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulator", "--host", "0.0.0.0"),
        cwd=Path(__file__).parent.parent,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await program.communicate()
    assert program.returncode == 2
    assert b"--host" in errors
