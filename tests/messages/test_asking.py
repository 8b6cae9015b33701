"""Questions that wait for their answer, and what ends them."""

import asyncio
from collections.abc import AsyncIterator, Callable
import time
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi.api import IncomingChoice, Message, MessageKind
from simulator import ALL, Gateway, Instance, State
from tests.actions import GROUP, JOAO, LID, MARIA, call
from tests.common import issues
from tests.receipts import NO_PHONE, TERMS, hand_on, not_taken, outbox_of, taken

from .asking import ANSWERS, SOON, House, asking_of
from .incoming import inbox_of, message

UNCLEAR = "Timeout on send message"
STRANGER = "5511988887777"


@pytest.fixture
def home(hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway) -> House:
    """Return the house, which receives messages and receipts."""
    return House(hass, house, gateway)


@pytest.fixture(autouse=True)
async def _nothing_is_left(
    hass: HomeAssistant, house: MockConfigEntry
) -> AsyncIterator[None]:
    """Fail if a test leaves a question open."""
    yield
    if house.state is ConfigEntryState.LOADED:
        assert len(asking_of(house)) == 0


def pressed(choice_id: str, question_id: str | None, **more: Any) -> Message:
    """Return a button that was tapped."""
    choice = IncomingChoice(choice_id, "Label", (), question_id)
    return message("Label", kind=MessageKind.CHOICE, choice=choice, **more)


@pytest.mark.parametrize(
    ("build", "option_id"),
    [
        (lambda asked: pressed("leave", asked, quoted_id=asked), "leave"),
        (lambda asked: pressed("leave", None), "leave"),
        (lambda _: message("1"), "open"),
        (lambda _: message("SIM."), "open"),
        (lambda _: message("deixar fechado"), "leave"),
        (lambda asked: message("Nao", quoted_id=asked), "leave"),
        (lambda _: message("2", where=LID), "leave"),
        (lambda _: message("2", lid=LID), "leave"),
    ],
)
async def test_what_fits_an_answer_ends_the_question_and_starts_nothing(
    home: House, build: Callable[[str], Message], option_id: str
) -> None:
    asked = await home.ask()
    said = build(asked.ids[0])

    assert home.heard.receive(said) is None

    answer = await asked.answer()
    assert answer.pop("at")
    assert answer == {
        "answered": True,
        "id": option_id,
        "text": said.text,
        "recipient": "notify.maria",
        "message_id": said.id,
        "reason": "answered",
    }


async def test_a_reply_to_the_answer_needs_no_target(home: House) -> None:
    asked = await home.ask()
    home.heard.receive(message("1", message_id="ANSWER"))
    await asked.answer()
    home.sent()

    await call(home.hass, "send_message", message="Abrindo", reply_to="ANSWER")

    [(_, body)] = home.sent()
    assert (body["phone"], body["messageId"]) == (MARIA, "ANSWER")


async def test_the_question_is_a_numbered_text(home: House) -> None:
    asked = await home.ask()
    home.heard.receive(message("1"))
    await asked.answer()

    text = "Abrir?\n\n1. Abrir o portão\n2. Deixar fechado"
    assert home.sent() == [("send-text", {"phone": MARIA, "message": text})]


async def test_the_moment_is_that_of_the_answer(home: House) -> None:
    asked = await home.ask()
    # By Z-API's clock, which is fast.
    moment = time.time() + 30
    home.heard.receive(message("1"), moment=moment)

    at = dt_util.parse_datetime((await asked.answer())["at"])
    assert at
    assert at.timestamp() == pytest.approx(moment, abs=0.01)


@pytest.mark.parametrize(
    "build",
    [
        lambda _: message("Talvez"),
        lambda _: message("3"),
        lambda asked: message("Who is it?", quoted_id=asked),
        lambda _: message("1", quoted_id="another"),
        lambda _: pressed("open", "an older question", quoted_id="an older question"),
        lambda _: pressed("other", None),
        lambda _: message("1", where=JOAO),
        lambda _: message("1", where=GROUP, author=MARIA),
        lambda _: message("1", edit_id="E1"),
        lambda _: message("1", kind=MessageKind.IMAGE),
        lambda _: message(None, kind=MessageKind.VOICE),
        lambda _: message("1", from_me=True),
    ],
)
async def test_what_is_no_answer_is_an_ordinary_message_and_the_question_stays_open(
    home: House, build: Callable[[str], Message]
) -> None:
    asked = await home.ask()

    assert home.heard.receive(build(asked.ids[0]))

    assert not asked.task.done()
    home.heard.receive(message("1"))
    assert (await asked.answer())["id"] == "open"


async def test_a_late_message_answers_nothing(home: House) -> None:
    asked = await home.ask()
    home.heard.receive(message("Oi", where=JOAO))

    received = home.heard.receive(message("1"), 3600)

    assert received
    assert received.is_late
    home.heard.receive(message("2"))
    assert (await asked.answer())["id"] == "leave"


async def test_the_first_answer_counts_and_what_follows_is_ordinary(
    home: House,
) -> None:
    asked = await home.ask()

    assert home.heard.receive(message("1")) is None
    assert home.heard.receive(message("2"))

    assert (await asked.answer())["id"] == "open"
    assert home.heard.receive(message("1"))


async def test_a_repeated_callback_of_the_answer_is_told_to_nobody(
    home: House,
) -> None:
    asked = await home.ask()
    said = message("1")
    home.heard.receive(said)
    await asked.answer()

    assert home.heard.receive(said) is None


async def test_of_two_open_questions_a_bare_number_answers_neither(
    home: House,
) -> None:
    first = await home.ask()
    second = await home.ask(message="Luz?")

    for text in ("1", "sim", "Abrir o portão"):
        assert home.heard.receive(message(text))
    assert home.heard.receive(pressed("open", None))
    assert not first.task.done()
    assert not second.task.done()

    home.heard.receive(message("sim", quoted_id=second.ids[0]))
    assert (await second.answer())["id"] == "open"
    home.heard.receive(message("2"))
    assert (await first.answer())["id"] == "leave"


async def test_of_two_open_questions_an_id_answers_the_one_that_has_it(
    home: House,
) -> None:
    first = await home.ask()
    lights = [{"id": "on", "label": "Acender"}, {"id": "off", "label": "Apagar"}]
    second = await home.ask(message="Luz?", answers=lights)

    home.heard.receive(pressed("off", None))

    assert (await second.answer())["id"] == "off"
    home.heard.receive(message("1"))
    assert (await first.answer())["id"] == "open"


@pytest.mark.parametrize("quotes", [True, False])
async def test_without_answers_the_next_text_counts(home: House, quotes: bool) -> None:
    asked = await home.ask(answers=[])
    quoted_id = asked.ids[0] if quotes else None
    assert home.heard.receive(message(None, kind=MessageKind.VOICE))
    assert home.heard.receive(pressed("open", "older", quoted_id="older"))
    assert home.heard.receive(message("Eu?", quoted_id="another"))

    home.heard.receive(message("O encanador", quoted_id=quoted_id))

    answer = await asked.answer()
    assert (answer["id"], answer["text"]) == (None, "O encanador")
    assert home.sent()[0] == ("send-text", {"phone": MARIA, "message": "Abrir?"})


async def test_in_a_group_anybody_answers(home: House) -> None:
    asked = await home.ask(entity_id="notify.familia", send_as="poll")
    vote = IncomingChoice(None, "Deixar fechado", ("Deixar fechado",), asked.ids[0])
    withdrawn = IncomingChoice(None, None, (), asked.ids[0])
    given: dict[str, Any] = {
        "kind": MessageKind.CHOICE,
        "where": GROUP,
        "author": STRANGER,
    }

    assert home.heard.receive(message(None, choice=withdrawn, **given))
    home.heard.receive(message("Deixar fechado", choice=vote, **given))

    answer = await asked.answer()
    assert (answer["id"], answer["recipient"]) == ("leave", "notify.familia")


async def test_who_is_not_saved_may_answer_what_they_are_asked(home: House) -> None:
    asked = await home.ask(entity_id=[], to=STRANGER)
    home.heard.receive(message("1", where=STRANGER))

    answer = await asked.answer()
    assert (answer["id"], answer["recipient"]) == ("open", None)
    assert home.heard.receive(message("1", where=STRANGER)) is None


async def test_whoever_answers_first_ends_it_for_all(home: House) -> None:
    asked = await home.ask(2, entity_id=["notify.maria", "notify.joao"])

    home.heard.receive(message("1", where=JOAO))

    assert (await asked.answer())["recipient"] == "notify.joao"
    assert home.heard.receive(message("1"))
    await home.settle()
    assert len(home.sent()) == 2


async def test_an_emoji_thanks_whoever_answered_and_the_others_learn_who_it_was(
    home: House,
) -> None:
    asked = await home.ask(
        2, entity_id=["notify.maria", "notify.joao"], acknowledge="👍"
    )
    of = {record.chat.id: one for one in asked.ids if (record := find(home, one))}
    home.sent()

    said = message("1", where=JOAO)
    home.heard.receive(said)
    await asked.answer()
    await home.settle()

    assert sorted(home.sent()) == [
        ("send-reaction", {"phone": JOAO, "messageId": said.id, "reaction": "👍"}),
        (
            "send-text",
            {
                "phone": MARIA,
                "message": "João has already answered.",
                "messageId": of[MARIA],
            },
        ),
    ]


def find(home: House, message_id: str) -> Any:
    """Return what is remembered of a message."""
    return outbox_of(home.entry).find(message_id)


@pytest.mark.parametrize("text", ["Obrigada! 👍", "Ok", "1", "¡"])
async def test_a_text_thanks_as_a_reply(home: House, text: str) -> None:
    asked = await home.ask(acknowledge=text)
    home.sent()
    said = message("1")
    home.heard.receive(said)
    await asked.answer()
    await home.settle()

    assert home.sent() == [
        ("send-text", {"phone": MARIA, "message": text, "messageId": said.id})
    ]


@pytest.mark.parametrize("emoji", ["❤️", "1️⃣", "🇧🇷", "👩‍🚒", "👍🏽"])
async def test_any_emoji_is_a_reaction(home: House, emoji: str) -> None:
    asked = await home.ask(acknowledge=emoji)
    home.sent()
    home.heard.receive(message("1"))
    await asked.answer()
    await home.settle()

    [(path, body)] = home.sent()
    assert (path, body["reaction"]) == ("send-reaction", emoji)


async def test_thanks_that_fail_take_nothing_from_the_answer(
    home: House, caplog: pytest.LogCaptureFixture
) -> None:
    asked = await home.ask(acknowledge="👍")
    home.gateway.faults.http_5xx = ALL
    home.heard.receive(message("1"))

    assert (await asked.answer())["id"] == "open"
    await home.settle()
    assert "An answer could not be acknowledged" in caplog.text
    assert MARIA not in caplog.text.partition("acknowledged")[2]


async def test_nobody_answers_in_time(home: House) -> None:
    asked = await home.ask(timeout={"milliseconds": 50})

    assert await asked.reason() == "timed_out"
    received = home.heard.receive(message("1"))
    assert received
    # What comes after is still a choice that may trigger something.
    answer = inbox_of(home.entry).answer(received)
    assert answer
    assert (answer.id, answer.question_id) == ("open", asked.ids[0])


async def test_unloading_withdraws_the_question(home: House) -> None:
    asked = await home.ask()
    async with asyncio.timeout(SOON):
        assert await home.hass.config_entries.async_unload(home.entry.entry_id)

    assert await asked.reason() == "withdrawn"


async def test_a_reload_withdraws_the_question_and_the_next_is_heard(
    home: House,
) -> None:
    asked = await home.ask()
    assert await home.hass.config_entries.async_reload(home.entry.entry_id)
    assert await asked.reason() == "withdrawn"

    again = House(home.hass, home.entry, home.gateway)
    asked = await again.ask()
    again.heard.receive(message("1"))
    assert (await asked.answer())["id"] == "open"


async def test_stopping_home_assistant_withdraws_the_question(home: House) -> None:
    asked = await home.ask()
    home.hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)

    assert await asked.reason() == "withdrawn"
    later = await home.ask()
    assert await later.reason() == "withdrawn"


async def test_who_stops_the_script_stops_the_question(home: House) -> None:
    asked = await home.ask()
    asked.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked.task

    assert len(asking_of(home.entry)) == 0
    assert home.heard.receive(message("1"))


async def test_what_whatsapp_does_not_take_for_anybody_is_not_delivered(
    home: House,
) -> None:
    asked = await home.ask(2, entity_id=["notify.maria", "notify.joao"])

    hand_on(home.entry, not_taken(asked.ids[0], NO_PHONE))
    assert not asked.task.done()
    hand_on(home.entry, not_taken(asked.ids[1], NO_PHONE))

    assert await asked.reason() == "not_delivered"


async def test_what_may_have_been_sent_all_the_same_is_waited_for(
    home: House,
) -> None:
    asked = await home.ask()

    hand_on(home.entry, not_taken(asked.ids[0], UNCLEAR))
    home.heard.receive(message("1"))

    assert (await asked.answer())["id"] == "open"


async def test_a_failure_may_be_known_before_the_answer_to_the_send(
    home: House,
) -> None:
    request = home.entry.runtime_data.coordinator.client.send

    async def send(*args: Any) -> Any:
        sent = await request(*args)
        hand_on(home.entry, not_taken(sent.message_id, NO_PHONE))
        return sent

    home.entry.runtime_data.coordinator.client.send = send
    async with asyncio.timeout(SOON):
        answer = await call(
            home.hass,
            "ask",
            answer=True,
            entity_id="notify.maria",
            message="Abrir?",
            answers=ANSWERS,
        )

    assert answer["reason"] == "not_delivered"


async def test_an_answer_may_come_before_that_to_the_send(home: House) -> None:
    request = home.entry.runtime_data.coordinator.client.send

    async def send(*args: Any) -> Any:
        sent = await request(*args)
        home.heard.receive(message("1"))
        return sent

    home.entry.runtime_data.coordinator.client.send = send
    asked = await home.ask()

    assert (await asked.answer())["id"] == "open"


async def test_who_could_not_be_asked_keeps_nobody_from_answering(
    home: House,
) -> None:
    # There are polls in groups only.
    asked = await home.ask(entity_id=["notify.maria", "notify.familia"], send_as="poll")
    home.heard.receive(message("1", where=GROUP, author=MARIA))

    assert (await asked.answer())["recipient"] == "notify.familia"


async def test_who_could_not_be_asked_does_not_count_as_waiting(home: House) -> None:
    asked = await home.ask(entity_id=["notify.maria", "notify.familia"], send_as="poll")
    hand_on(home.entry, not_taken(asked.ids[0], NO_PHONE))

    assert await asked.reason() == "not_delivered"


@pytest.mark.parametrize(
    ("entity_id", "key"),
    [
        ("notify.maria", "poll_outside_group"),
        (["notify.maria", "notify.joao"], "not_all_sent"),
    ],
)
async def test_nobody_who_could_be_asked_is_an_error(
    home: House, entity_id: Any, key: str
) -> None:
    with pytest.raises(HomeAssistantError) as raised:
        await call(
            home.hass,
            "ask",
            answer=True,
            entity_id=entity_id,
            message="Abrir?",
            answers=ANSWERS,
            send_as="poll",
        )

    assert raised.value.translation_key == key
    assert home.sent() == []


async def test_nothing_is_asked_that_would_go_out_hours_later(
    home: House, instance: Instance
) -> None:
    instance.state = State.LOST_SESSION
    await home.entry.runtime_data.coordinator.async_refresh()
    with pytest.raises(HomeAssistantError) as raised:
        await call(
            home.hass, "ask", answer=True, entity_id="notify.maria", message="Abrir?"
        )

    assert raised.value.translation_key == "not_connected"
    assert home.sent() == []


async def test_nothing_is_asked_where_no_answer_would_come(
    home: House, issue_registry: ir.IssueRegistry
) -> None:
    options = {"receive": ["receipts"]}
    home.hass.config_entries.async_update_entry(home.entry, options=options)
    with pytest.raises(ServiceValidationError) as raised:
        await call(
            home.hass, "ask", answer=True, entity_id="notify.maria", message="Abrir?"
        )

    assert raised.value.translation_key == "messages_needed"
    assert home.sent() == []
    [issue] = issues(issue_registry)
    assert issue.translation_key == "messages_off"

    options = {"receive": ["messages"]}
    home.hass.config_entries.async_update_entry(home.entry, options=options)
    assert issues(issue_registry) == []


async def test_answers_that_cannot_be_told_apart_are_refused(home: House) -> None:
    twins = [{"id": "a", "label": "Já"}, {"id": "b", "label": "Não", "also": "JA."}]
    with pytest.raises(ServiceValidationError) as raised:
        await call(
            home.hass,
            "ask",
            answer=True,
            entity_id="notify.maria",
            message="Abrir?",
            answers=twins,
        )

    assert raised.value.translation_key == "choices_repeated"
    assert home.sent() == []


async def test_a_picture_goes_before_the_question_and_may_be_quoted(
    home: House,
) -> None:
    asked = await home.ask(2, media="https://example.com/gate.jpg")
    assert [path for path, _ in home.sent()] == ["send-image", "send-text"]
    home.heard.receive(message("sim", quoted_id=asked.ids[0]))

    assert (await asked.answer())["id"] == "open"


async def test_a_picture_that_does_not_arrive_leaves_the_question_open(
    home: House,
) -> None:
    asked = await home.ask(2, media="https://example.com/gate.jpg")
    hand_on(home.entry, not_taken(asked.ids[0], NO_PHONE))
    home.heard.receive(message("1"))

    assert (await asked.answer())["id"] == "open"


@pytest.mark.parametrize(
    ("receive", "path"),
    [
        (["messages", "receipts"], "send-button-list"),
        (["messages"], "send-text"),
    ],
)
async def test_auto_is_buttons_where_they_arrived_and_receipts_would_tell(
    home: House, receive: list[str], path: str
) -> None:
    first = await home.ask(send_as="buttons")
    hand_on(home.entry, taken(first.ids[0]))
    home.heard.receive(pressed("open", first.ids[0]))
    await first.answer()
    home.sent()
    options = {"receive": receive}
    home.hass.config_entries.async_update_entry(home.entry, options=options)

    asked = await home.ask()
    home.heard.receive(message("1"))
    await asked.answer()

    assert [sent for sent, _ in home.sent()] == [path]


@pytest.mark.parametrize(
    ("send_as", "path"), [("buttons", "send-button-list"), ("list", "send-option-list")]
)
async def test_refused_buttons_are_followed_by_the_text_once(
    home: House, send_as: str, path: str
) -> None:
    asked = await home.ask(send_as=send_as)
    hand_on(home.entry, not_taken(asked.ids[0], TERMS))
    [text_id] = await home.until_queued(1)
    hand_on(home.entry, not_taken(asked.ids[0], TERMS))
    assert not asked.task.done()

    home.heard.receive(message("sim", quoted_id=text_id))
    assert (await asked.answer())["id"] == "open"
    await home.settle()
    assert [sent for sent, _ in home.sent()] == [path, "send-text"]


@pytest.mark.parametrize("error", [NO_PHONE, TERMS])
async def test_a_text_that_does_not_arrive_either_is_not_delivered(
    home: House, error: str
) -> None:
    asked = await home.ask(send_as="buttons")
    hand_on(home.entry, not_taken(asked.ids[0], TERMS))
    [text_id] = await home.until_queued(1)
    hand_on(home.entry, not_taken(text_id, error))

    assert await asked.reason() == "not_delivered"
    await home.settle()
    assert len(home.sent()) == 2


async def test_a_text_that_cannot_be_sent_is_not_delivered(home: House) -> None:
    asked = await home.ask(send_as="buttons")
    home.gateway.faults.http_5xx = ALL
    hand_on(home.entry, not_taken(asked.ids[0], TERMS))

    assert await asked.reason() == "not_delivered"


async def test_refused_buttons_of_a_question_that_is_over_are_followed_by_nothing(
    home: House,
) -> None:
    asked = await home.ask(
        2, entity_id=["notify.maria", "notify.joao"], send_as="buttons"
    )
    home.heard.receive(message("1"))
    hand_on(home.entry, *(not_taken(one, TERMS) for one in asked.ids))

    assert (await asked.answer())["id"] == "open"
    await home.settle()
    assert len(home.sent()) == 2


async def test_a_stop_ends_the_text_that_would_follow(home: House) -> None:
    is_sending, tasks = asyncio.Event(), asyncio.all_tasks()
    asked = await home.ask(send_as="buttons")

    async def send(*_: Any) -> Any:
        is_sending.set()
        await asyncio.Event().wait()

    home.entry.runtime_data.coordinator.client.send = send
    hand_on(home.entry, not_taken(asked.ids[0], TERMS))
    await is_sending.wait()
    asked.task.cancel()
    await asyncio.wait([asked.task])
    await home.settle()

    assert asked.task.cancelled()
    assert {
        task for task in asyncio.all_tasks() - tasks if "zapi ask" in task.get_name()
    } == set()
