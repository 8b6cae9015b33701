"""Sending: once, in order within a chat, and honest about what came of it."""

from asyncio import Event, gather
from typing import Any

from aiohttp import web
from aiohttp.test_utils import unused_port
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.aiohttp_client import async_get_clientsession
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi.api import Chat, Text, ZapiClient
from custom_components.zapi.messages.sender import Sender, SendError
from simulator import Gateway, Instance, State
from simulator.faults import SENDS
from tests.actions import EVERYBODY, JOAO, MARIA, call, posted
from tests.common import CLIENT_TOKEN, INSTANCE_ID, TOKEN
from tests.odd_server import Oddity


async def raised_by(hass: HomeAssistant, **data: Any) -> str | None:
    """Return the key of the error that a call raises."""
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, "send_message", message="Oi", **data)
    return raised.value.translation_key


def sender_of(entry: MockConfigEntry) -> Sender:
    """Return what sends for an entry."""
    sender = entry.runtime_data.sender
    assert isinstance(sender, Sender)
    return sender


@pytest.mark.parametrize(
    "fault",
    ["reset_after", "reset_before", "html_answer", "truncated_json", "empty_body"],
)
async def test_a_send_without_an_answer_is_made_once_and_its_outcome_unknown(
    hass: HomeAssistant,
    house: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    fault: str,
) -> None:
    setattr(gateway.faults, fault, SENDS)

    assert await raised_by(hass, entity_id="notify.maria") == "outcome_unknown"

    assert [path for _, path, _ in posted(gateway)] == ["send-text"]
    assert len(instance.sent) == (0 if fault == "reset_before" else 1)


async def test_a_gateway_that_is_not_there_has_certainly_not_taken_it(
    hass: HomeAssistant, house: MockConfigEntry
) -> None:
    house.runtime_data.coordinator.client = ZapiClient(
        async_get_clientsession(hass),
        INSTANCE_ID,
        TOKEN,
        CLIENT_TOKEN,
        f"http://127.0.0.1:{unused_port()}",
    )

    assert await raised_by(hass, entity_id="notify.maria") == "cannot_connect"


@pytest.fixture
async def offline(
    hass: HomeAssistant, house: MockConfigEntry, instance: Instance
) -> None:
    """Let the number lose its session, and the house know."""
    instance.state = State.LOST_SESSION
    await house.runtime_data.coordinator.async_refresh()


async def test_what_is_queued_while_offline_says_so(
    offline: None, hass: HomeAssistant, house: MockConfigEntry
) -> None:
    answer = await call(
        hass, "send_message", answer=True, entity_id="notify.maria", message="Oi"
    )

    assert answer["messages"][0]["state"] == "queued_offline"


@pytest.mark.parametrize(
    ("option", "wish", "fails"),
    [
        ("fail", None, True),
        ("queue", "fail", True),
        ("fail", "queue", False),
        (None, None, False),
        (None, "fail", True),
    ],
)
async def test_the_action_overrules_the_option_for_a_number_that_is_offline(
    offline: None,
    hass: HomeAssistant,
    house: MockConfigEntry,
    gateway: Gateway,
    option: str | None,
    wish: str | None,
    fails: bool,
) -> None:
    options = {"when_disconnected": option} if option else {}
    hass.config_entries.async_update_entry(house, options=options)
    data: dict[str, Any] = {"when_disconnected": wish} if wish else {}

    if fails:
        key = await raised_by(hass, entity_id="notify.maria", **data)
        assert key == "not_connected"
        assert posted(gateway) == []
    else:
        await call(hass, "send_message", message="Oi", to=MARIA, **data)
        assert len(posted(gateway)) == 1


async def test_while_connected_nothing_is_refused_for_being_offline(
    hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway
) -> None:
    await call(
        hass,
        "send_message",
        message="Oi",
        entity_id="notify.maria",
        when_disconnected="fail",
    )

    assert len(posted(gateway)) == 1


async def test_a_refused_token_asks_for_another_and_is_told_for_each(
    hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway
) -> None:
    await call(hass, "send_message", message="Oi", entity_id="notify.maria")
    gateway.rotate_client_token("F-new-S")

    answer = None
    with pytest.raises(HomeAssistantError) as raised:
        answer = await call(
            hass, "send_message", answer=True, entity_id=EVERYBODY, message="Oi"
        )

    assert answer is None
    said = (raised.value.translation_placeholders or {})["failures"]
    assert said.count("Z-API refuses the credentials") == 3
    assert CLIENT_TOKEN not in said
    assert list(house.async_get_active_flows(hass, {SOURCE_REAUTH}))


class Slow:
    """A gateway that answers when it is told to, and notes who waits."""

    def __init__(self) -> None:
        """Answer nobody yet."""
        self.phones: list[str] = []
        self.texts: list[str] = []
        self.most = 0
        self._waiting = 0
        self._changed = Event()
        self._go = Event()

    async def answer(self, request: web.Request) -> web.Response:
        """Take a send."""
        sent = await request.json()
        self.phones.append(sent["phone"])
        self.texts.append(sent["message"])
        self._waiting += 1
        self.most = max(self.most, self._waiting)
        self._changed.set()
        await self._go.wait()
        self._waiting -= 1
        return web.json_response({"messageId": f"M{len(self.phones)}"})

    async def wait_for(self, sends: int) -> None:
        """Wait until so many have come."""
        while len(self.phones) < sends:
            self._changed.clear()
            await self._changed.wait()

    def go(self) -> None:
        """Answer all."""
        self._go.set()


@pytest.fixture
def slow(house: MockConfigEntry, oddity: Oddity, odd_client: ZapiClient) -> Slow:
    """Return a slow gateway that the house sends by."""
    slow = Slow()
    oddity.handler = slow.answer
    house.runtime_data.coordinator.client = odd_client
    return slow


async def test_messages_to_a_chat_go_one_after_the_other_in_order(
    house: MockConfigEntry, slow: Slow
) -> None:
    sender = sender_of(house)
    # The same chat, however it is written.
    chats = [Chat.parse(MARIA), Chat.parse("554488888888")]
    sends = gather(
        *(
            sender.async_send(chats[number % 2], Text(str(number)))
            for number in range(6)
        )
    )
    await slow.wait_for(1)
    slow.go()
    await sends

    assert slow.most == 1
    assert slow.texts == [str(number) for number in range(6)]


async def test_four_chats_are_written_to_at_once_and_no_more(
    house: MockConfigEntry, slow: Slow
) -> None:
    sender = sender_of(house)
    sends = gather(
        *(
            sender.async_send(Chat.parse(f"55119876500{number:02}"), Text("Oi"))
            for number in range(9)
        )
    )
    await slow.wait_for(4)
    assert len(slow.phones) == 4
    slow.go()
    await sends

    assert slow.most == 4
    assert len(set(slow.phones)) == 9


async def test_a_chat_that_waits_holds_up_no_other(
    house: MockConfigEntry, slow: Slow
) -> None:
    sender = sender_of(house)
    sends = gather(
        *(sender.async_send(Chat.parse(MARIA), Text(str(n))) for n in range(5)),
        sender.async_send(Chat.parse(JOAO), Text("Oi")),
    )

    await slow.wait_for(2)
    assert sorted(slow.phones) == sorted((JOAO, MARIA))
    slow.go()
    await sends


async def test_what_breaks_a_rule_waits_for_nothing(
    house: MockConfigEntry, gateway: Gateway
) -> None:
    with pytest.raises(SendError) as raised:
        await sender_of(house).async_send(Chat.parse(MARIA), Text(" "))

    assert raised.value.reason == "message_empty"
    assert posted(gateway) == []
