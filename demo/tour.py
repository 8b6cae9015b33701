"""The path of the first user: add the integration, pair the phone, see the number drop and connect again, write to somebody and be answered."""

from asyncio import Event, Future, get_running_loop, timeout
from base64 import b64decode
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import NamedTuple

from harness.expect import expect, until
from harness.gateway import DemoGateway
from harness.home_assistant import DOMAIN, HomeAssistant
from harness.websocket import Json
from simulator import Exchange
from simulator.chats import Progress
from simulator.writer import Writer

from .surroundings import BLUEPRINT, PHONE, PICTURE, automate, furnish

_FAST_ENOUGH = 50
_HOOKS = ("connectedCallbackUrl", "disconnectedCallbackUrl")
_NAMES = {"connected": "WhatsApp", "phone": "Phone number"}
_QR_CODE = "![QR](data:image/png;base64,"
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PATIENCE = 10
# A contact of the simulated phone.
_MARIA = "5544988888888"
_ARRIVED = (Progress.SENT, Progress.RECEIVED, Progress.READ)
# The dialog looks every five seconds whether the phone is paired.
_PAIRING_SECONDS = 10


class Step(NamedTuple):
    """Something that happens, and what to do for it; that returns what is then seen."""

    says: str
    does: Callable[[], Awaitable[str]]


class Tour:
    """What to do, step by step.

    Attributes:
        steps: the whole path.
        again: the part that can be taken any number of times afterwards.
    """

    _flow: Json
    _recipient: str

    def __init__(self, home: HomeAssistant, gateway: DemoGateway) -> None:
        """Use a Home Assistant and a gateway that are up."""
        self._home = home
        self._gateway = gateway
        self.again = (
            Step("The phone drops the link", self._disconnect),
            Step("The phone scans the QR code again", self._connect),
        )
        self.steps = (
            Step(
                "Home Assistant gets what one at home has", lambda: furnish(self._home)
            ),
            Step(
                "You add the integration with the API address and the Client-Token",
                self._add,
            ),
            Step("You choose to scan a QR code", self._show_code),
            Step("The phone scans it, and the dialog ends by itself", self._scan),
            Step("Home Assistant registers its webhook with Z-API", self._register),
            *self.again,
            Step("You save Maria as a recipient", self._save_recipient),
            Step("You send her a greeting", self._greet),
            Step("You send her a picture", self._send_picture),
            Step("You choose to receive messages", self._receive),
            Step("Maria answers", self._answer),
            Step(
                "An automation made of the blueprint tells of the next drop",
                self._notify,
            ),
        )

    async def _add(self) -> str:
        form = await self._home.start_flow()
        added = await self._home.submit(form, credentials(self._gateway))
        expect("an entry", added["type"], holds=added["type"] == "create_entry")
        kind, flow_id = added.get("next_flow", ("", ""))
        expect("a dialog that pairs", kind, holds=kind == "options_flow")
        self._flow = await self._home.show_options({"flow_id": flow_id})
        shown = self._flow["step_id"]
        expect("the question how to pair", shown, holds=shown == "added")
        name = self._flow["description_placeholders"]["name"]
        return f"{name} is added, and not connected: it asks how to pair the phone"

    async def _show_code(self) -> str:
        self._flow = await self._home.submit_options(
            self._flow, {"next_step_id": "scan_qr"}
        )
        expect("a code", self._flow["type"], holds=self._flow["type"] == "progress")
        shown = self._flow["description_placeholders"]["qr_code"]
        image = b64decode(shown.removeprefix(_QR_CODE).removesuffix(")"))
        expect("a picture", shown[:60], holds=image.startswith(_PNG_SIGNATURE))
        return f"the dialog shows it, a picture of {len(image)} bytes"

    async def _scan(self) -> str:
        went_on = Event()
        await self._home.websocket.command(
            "subscribe_events",
            lambda _: went_on.set(),
            event_type="data_entry_flow_progressed",
        )
        await self._gateway.simulator.scan_qr(self._gateway.instance)
        async with timeout(_PAIRING_SECONDS):
            await went_on.wait()
        ended = (await self._home.show_options(self._flow)).get("reason")
        expect("a dialog that says so", ended, holds=ended == "paired")
        entry = await self._home.entry_in("loaded")
        phone = f"+{self._gateway.instance.phone}"
        await self._until_shown({"connected": "on", "phone": phone})
        return f"the entry {entry['title']} is loaded; {self._shown()}"

    async def _register(self) -> str:
        hooks = self._gateway.instance.webhooks
        await until(
            "two webhooks at Z-API that lead to Home Assistant",
            lambda: [hooks[hook].startswith(self._home.url) for hook in _HOOKS],
            all,
        )
        return "connected and disconnected are posted to its HTTPS address"

    async def _connect(self) -> str:
        posted = await self._gateway.simulator.connect(self._gateway.instance)
        phone = f"+{self._gateway.instance.phone}"
        return await self._see(posted, {"connected": "on", "phone": phone})

    async def _disconnect(self) -> str:
        posted = await self._gateway.simulator.disconnect(self._gateway.instance)
        phone = f"+{self._gateway.instance.phone}"
        return await self._see(posted, {"connected": "off", "phone": phone})

    async def _save_recipient(self) -> str:
        entry = await self._home.entry_in("loaded")
        self._recipient = await add_recipient(
            self._home, entry["entry_id"], "Maria", _MARIA
        )
        return f"she is a device of her own, with the entity {self._recipient}"

    async def _greet(self) -> str:
        return await self._send("send_message", message="Good morning, Maria!")

    async def _send_picture(self) -> str:
        picture = str(self._home.config / PICTURE)
        return await self._send("send_media", media=picture, caption="Our house")

    async def _receive(self) -> str:
        entry = await self._home.entry_in("loaded")
        await choose_received(self._home, entry["entry_id"], "messages")
        url = self._gateway.instance.webhooks["receivedCallbackUrl"]
        expect("a webhook at Z-API", url, holds=url.startswith(self._home.url))
        return "what is written to the number is posted to Home Assistant too"

    async def _answer(self) -> str:
        maria = Writer(
            gateway=self._gateway.simulator,
            instance=self._gateway.instance,
            phone=_MARIA,
        )
        posted = await maria.write("Good morning! What a lovely house.")
        event = f"event.{self._recipient.removeprefix('notify.')}_message"
        states = self._home.websocket.states
        shown = await until(
            "her message",
            lambda: states[event]["attributes"],
            lambda seen: bool(seen.get("text")),
        )
        took = _took(posted, states[event])
        return (
            f"{event} shows {shown['event_type']} from {shown['sender']}: {shown['text']}"
            f"\n    {took:.1f} ms from callback to event"
        )

    async def _send(self, action: str, **data: str) -> str:
        """Write to her, and return what her phone then shows."""
        await self._home.websocket.command(
            "call_service",
            domain=DOMAIN,
            service=action,
            service_data=data,
            target={"entity_id": self._recipient},
        )
        message = self._gateway.instance.chats[_MARIA].last
        await until(
            "a message that arrived", lambda: message.progress, _ARRIVED.__contains__
        )
        size = f", {len(message.media.data)} bytes" if message.media else ""
        return (
            f"in the chat at the simulated Z-API: {message.kind}{size}: {message.text}"
        )

    async def _notify(self) -> str:
        inputs = {
            "connected": [self._entities["connected"]],
            "notify": [PHONE],
            "wait": {"seconds": 0},
        }
        await automate(
            self._home,
            "demo_blueprint",
            {
                "alias": "Tell the demo's phone when WhatsApp is disconnected",
                "use_blueprint": {"path": BLUEPRINT, "input": inputs},
            },
        )
        told: Future[str] = get_running_loop().create_future()

        def hear(news: Json) -> None:
            if news["type"] == "added" and not told.done():
                told.set_result(next(iter(news["notifications"].values()))["message"])

        await self._home.websocket.command("persistent_notification/subscribe", hear)
        await self._disconnect()
        async with timeout(_PATIENCE):
            message = await told
        await self._connect()
        return f"Notifications, at the bell: {message}"

    async def _see(self, posted: list[Exchange], wanted: dict[str, str]) -> str:
        """Return what one callback soon became."""
        await self._until_shown(wanted)
        took = _took(posted, self._state("connected"))
        return f"{self._shown()}; {took:.1f} ms from callback to state"

    async def _until_shown(self, wanted: dict[str, str]) -> None:
        self._entities = await self._home.entity_ids()
        await until(
            str(wanted),
            lambda: {key: self._state(key).get("state") for key in wanted},
            lambda seen: seen == wanted,
        )

    def _state(self, key: str) -> Json:
        return self._home.websocket.states.get(self._entities.get(key, ""), {})

    def _shown(self) -> str:
        shown = (
            f"{name} is {self._state(key)['state']}" for key, name in _NAMES.items()
        )
        return ", ".join(shown)


def _took(posted: list[Exchange], state: Json) -> float:
    """Hold that one callback was taken and soon became a state, and return the milliseconds."""
    statuses = [exchange.status for exchange in posted]
    expect("one callback, answered 200", statuses, holds=statuses == [200])
    # Both clocks are this machine's.
    changed = datetime.fromisoformat(state["last_changed"])
    took = (changed.timestamp() - posted[0].at) * 1000
    expect(
        f"a state within {_FAST_ENOUGH} ms of the callback",
        f"{took:.1f} ms",
        holds=0 < took < _FAST_ENOUGH,
    )
    return took


async def add_instance(
    home: HomeAssistant, gateway: DemoGateway, **answers: Json
) -> Json:
    """Go through the dialog as a person does, pair nothing, and return the entry once it is loaded.

    Args:
        home: where to add it.
        gateway: where the instance is.
        answers: what to answer to further forms, by step.
    """
    form = await home.start_flow()
    result = await home.submit(form, credentials(gateway))
    while result["type"] == "form" and result["step_id"] in answers:
        result = await home.submit(result, answers.pop(result["step_id"]))
    expect(
        "an entry",
        result.get("errors") or result["type"],
        holds=result["type"] == "create_entry",
    )
    return await home.entry_in("loaded")


async def add_recipient(
    home: HomeAssistant, entry_id: str, name: str, number: str
) -> str:
    """Go through the dialog that saves somebody by number, and return the entity."""
    states = home.websocket.states
    before = set(states)
    flow = await home.start_subentry(entry_id, "recipient")
    for answers in ({"next_step_id": "number"}, {"phone": number}, {"name": name}):
        flow = await home.submit_subentry(flow, answers)
    expect("a recipient", flow["type"], holds=flow["type"] == "create_entry")
    [entity_id] = await until(
        "an entity to notify",
        lambda: [key for key in set(states) - before if key.startswith("notify.")],
    )
    return entity_id


async def choose_received(home: HomeAssistant, entry_id: str, *received: str) -> None:
    """Go through the dialog that chooses what to receive, where nobody else receives it."""
    form = await home.submit_options(
        await home.start_options(entry_id), {"next_step_id": "receive"}
    )
    answers = {"receive": list(received), "others": "nobody"}
    ended = (await home.submit_options(form, answers))["type"]
    expect("what to receive to be stored", ended, holds=ended == "create_entry")


def credentials(gateway: DemoGateway) -> Json:
    """Return what a person copies from the panel into the form."""
    return {
        "instance_id": gateway.address_of(gateway.instance),
        "client_token": gateway.client_token,
    }
