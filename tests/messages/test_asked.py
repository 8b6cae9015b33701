"""Questions are remembered with what may be answered, and without a text on the disk."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import orjson
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi.api import Chat
from custom_components.zapi.messages.asked import AskedQuestions
from custom_components.zapi.messages.inbox import ChosenOption
from custom_components.zapi.messages.message_chats import MessageChats
from custom_components.zapi.messages.questions import Option
from tests.actions import JOAO, MARIA, call
from tests.common import Disk, async_set_up

from .incoming import Heard, inbox_of, message

OPTIONS = [Option.of("yes", "Sim"), Option.of("no", "Não")]


@pytest.fixture
def heard(clock: FrozenDateTimeFactory, house: MockConfigEntry) -> Heard:
    """Return who takes in the messages of the house."""
    return Heard(house)


def test_the_first_of_501_questions_is_forgotten(
    freezer: FrozenDateTimeFactory,
) -> None:
    asked = AskedQuestions()
    asked.note("0", JOAO, OPTIONS)
    for number in range(1, 501):
        asked.note(f"{number}", MARIA, OPTIONS)

    assert asked.options("0") == ()
    assert asked.last([JOAO]) is None
    assert asked.options("1") == tuple(OPTIONS)
    assert asked.last([JOAO, MARIA]) == "500"


def test_a_later_question_is_the_last_until_a_day_has_passed(
    freezer: FrozenDateTimeFactory,
) -> None:
    asked = AskedQuestions()
    asked.note("A", MARIA, OPTIONS)
    asked.note("B", MARIA, OPTIONS)
    freezer.tick(86_400)
    assert asked.last([MARIA]) == "B"
    freezer.tick(1)
    assert asked.last([MARIA]) is None
    assert asked.options("A") == tuple(OPTIONS)


async def test_an_answer_is_known_after_a_restart_though_no_text_was_stored(
    hass: HomeAssistant, heard: Heard, house: MockConfigEntry, hass_storage: Disk
) -> None:
    answer = await call(
        hass,
        "send_choices",
        answer=True,
        entity_id="notify.maria",
        message="Secret question?",
        choices=[{"label": "Secret", "id": "first"}, "Another"],
    )
    question = answer["messages"][0]["message_id"]
    await hass.config_entries.async_unload(house.entry_id)
    stored = hass_storage[f"zapi.outbox.{house.entry_id}"]["data"]
    assert len(stored["questions"]) == 1
    assert b"ecret" not in orjson.dumps(stored)

    await async_set_up(hass, house)
    heard.listen()
    received = heard.receive(message("SECRET."))

    assert received
    assert inbox_of(house).answer(received) == ChosenOption("first", None, question)


def test_the_first_of_5001_messages_is_forgotten() -> None:
    chats = MessageChats()
    for number in range(5_001):
        chats.note(f"{number}", Chat.parse(MARIA), None)

    assert chats.find("0") is None
    assert chats.find("1") == (Chat.parse(MARIA), None)
