"""A question that waits in a real Home Assistant, answered from the simulator."""

from asyncio import create_task
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio

from demo.tour import add_recipient
from harness.expect import until
from harness.home_assistant import HomeAssistant
from harness.websocket import CommandError, Json
from simulator.chats import Message
from simulator.writer import Writer

from . import MARKS
from .conftest import House
from .number import Number

pytestmark = MARKS

MARIA = "5544988888888"
ANSWERS = [
    {"id": "open", "label": "Open the gate", "also": ["sim"]},
    {"id": "leave", "label": "Leave it closed"},
]


class Asker:
    """Asks Maria, and is Maria."""

    def __init__(self, house: House, entity_id: str) -> None:
        """Take who is asked."""
        self._house = house
        self._target = {"entity_id": entity_id}
        gateway = house.gateway
        self.maria = Writer(
            gateway=gateway.simulator, instance=gateway.instance, phone=MARIA
        )

    async def ask(self, **data: Any) -> Json:
        """Ask, and return the answer."""
        data = {"message": "Open?", "answers": ANSWERS, **data}
        answer = await self._house.home.websocket.command(
            "call_service",
            domain="zapi",
            service="ask",
            service_data=data,
            target=self._target,
            return_response=True,
        )
        response: Json = answer["response"]
        return response

    async def question(self, before: str) -> Message:
        """Return the question in Maria's chat, once it is there."""
        return await until(
            "the question", self._last, lambda last: last.message_id != before
        )

    def last_id(self) -> str:
        """Return the id of the last message in Maria's chat."""
        return self._last().message_id

    def _last(self) -> Message:
        return self._house.gateway.instance.chats[MARIA].last


async def turn_on_messages(home: HomeAssistant) -> None:
    """Go through the dialog of our only repair."""
    issues = (await home.websocket.command("repairs/list_issues"))["issues"]
    [issue_id] = [one["issue_id"] for one in issues if one["domain"] == "zapi"]
    assert issue_id.startswith("messages_off")
    path = "repairs/issues/fix"
    flow = await home.post(path, {"handler": "zapi", "issue_id": issue_id})
    flow = await home.post(f"{path}/{flow['flow_id']}", {})
    assert flow["type"] == "create_entry"


@pytest_asyncio.fixture(loop_scope="session")
async def asker(house: House) -> AsyncIterator[Asker]:
    """Let a number have a recipient, and turn on what a question needs by the repair."""
    await Number.add(house)
    home = house.home
    entry = await home.entry_in("loaded")
    asker = Asker(house, await add_recipient(home, entry["entry_id"], "Maria", MARIA))
    with pytest.raises(CommandError):
        await asker.ask()
    await turn_on_messages(home)
    await asker.maria.write("Good morning")
    yield asker


WAYS: dict[str, Callable[[Writer, str], Awaitable[object]]] = {
    "button": lambda maria, question_id: maria.press(question_id, "open"),
    "number": lambda maria, _: maria.write("1"),
    "word": lambda maria, _: maria.write("Sim."),
    "quote": lambda maria, question_id: maria.write("open the gate", question_id),
}


async def test_a_question_is_answered_in_each_way(asker: Asker, house: House) -> None:
    for way, answer in WAYS.items():
        before = asker.last_id()
        send_as = "buttons" if way == "button" else "text"
        asked = create_task(asker.ask(send_as=send_as, acknowledge="👍"))
        question = await asker.question(before)

        await answer(asker.maria, question.message_id)

        response = await asked
        assert (response["id"], response["reason"]) == ("open", "answered"), way
        assert response["recipient"].startswith("notify."), way
        assert response["message_id"] == asker.last_id(), way
    assert "Open?" not in house.home.log()


async def test_a_reload_withdraws_the_question(asker: Asker, house: House) -> None:
    home = house.home
    entry = await home.entry_in("loaded")
    before = asker.last_id()
    asked = create_task(asker.ask())
    await asker.question(before)

    await home.reload_entry(entry["entry_id"])

    response = await asked
    assert (response["answered"], response["reason"]) == (False, "withdrawn")
