"""A person answers what a script asks, and looks at the trace of the script."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import NamedTuple

from playwright.async_api import Browser, Locator, Page, expect
import pytest
import pytest_asyncio

from demo.tour import add_recipient
from harness.expect import until

from . import MARKS
from .chat import open_chat, quote, write
from .conftest import House
from .number import Number
from .person import Look, Person

pytestmark = MARKS

NAME, PHONE = "Maria", "5544988888888"
SCRIPT = "ask_maria"
_ENTITY = {"entity_id": f"script.{SCRIPT}"}


class Words(NamedTuple):
    """What is said in one language, and how wide the page is there.

    Attributes:
        variables: what Home Assistant calls that which a step has changed.
    """

    asked: str
    opened: str
    left: str
    variables: str
    width: int


WORDS = {
    "en": Words(
        "Somebody is at the gate. Open it?",
        "Open it",
        "Leave it closed",
        "Changed variables",
        390,
    ),
    "pt-BR": Words(
        "Tem alguém no portão. Abro?",
        "Abrir",
        "Deixar fechado",
        "Variáveis alteradas",
        1100,
    ),
}


class Way(NamedTuple):
    """One way to answer.

    Attributes:
        send_as: how the question is shown.
        answer: what the person at the page does, given the question and the words.
        said: what the answer's text is, as the trace writes it.
        means: the id of the answer.
    """

    send_as: str
    answer: Callable[[Page, Locator, Words], Awaitable[None]]
    said: Callable[[Words], str]
    means: str


WAYS = {
    "button": Way(
        "buttons",
        lambda _, question, said: question.get_by_role(
            "button", name=said.opened, exact=True
        ).click(),
        lambda said: said.opened,
        "open",
    ),
    "number": Way("text", lambda phone, *_: write(phone, "1"), lambda _: "'1'", "open"),
    "word": Way("text", lambda phone, *_: write(phone, "sim"), lambda _: "sim", "open"),
    "quote": Way(
        "text",
        lambda phone, question, said: quote(phone, question, said.left),
        lambda said: said.left,
        "leave",
    ),
}


class Asker:
    """A script that asks Maria, and acts on what she says."""

    def __init__(self, house: House, entity_id: str, said: Words) -> None:
        """Take who is asked, and in which words."""
        self._home = house.home
        self._target = {"entity_id": entity_id}
        self._said = said

    async def make(self) -> None:
        """Make the script as the editor does; how it asks is said when it is run."""
        answers = [
            {"id": "open", "label": self._said.opened, "also": ["sim"]},
            {"id": "leave", "label": self._said.left},
        ]
        ask = {
            "action": "zapi.ask",
            "target": self._target,
            "data": {
                "message": self._said.asked,
                "answers": answers,
                "send_as": "{{ send_as }}",
                "acknowledge": "👍",
            },
            "response_variable": "answer",
        }
        act = {
            "if": "{{ answer.id == 'open' }}",
            "then": {"event": "gate_opened"},
        }
        config = {"alias": "Ask Maria", "sequence": [ask, act]}
        await self._home.post(f"config/script/config/{SCRIPT}", config)
        await self._until("off")

    async def run(self, send_as: str) -> None:
        """Run the script, and wait until it is under way."""
        await self._home.websocket.command(
            "call_service",
            domain="script",
            service="turn_on",
            service_data={"variables": {"send_as": send_as}},
            target=_ENTITY,
        )
        await self._until("on")

    async def until_done(self) -> None:
        """Wait until the script has run."""
        await self._until("off")

    async def remove(self) -> None:
        """Remove the script, and wait until it is gone."""
        await self._home.delete(f"config/script/config/{SCRIPT}")
        await self._until(None)

    async def _until(self, state: str | None) -> None:
        states = self._home.websocket.states
        entity_id = _ENTITY["entity_id"]
        await until(
            f"the script in state {state}",
            lambda: states.get(entity_id, {}).get("state"),
            lambda seen: seen == state,
        )


@pytest.fixture
def look(language: str) -> Look:
    """Return how wide the page is in that language."""
    return Look(language, WORDS[language].width)


@pytest_asyncio.fixture(loop_scope="session")
async def asker(
    house: House, look: Look, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Asker]:
    """Add a number that receives messages, and Maria."""
    # The seconds that Z-API takes for each message would be half of the time.
    monkeypatch.setattr(house.gateway.simulator, "spacing", (0, 0))
    number = await Number.add(house)
    entry = await house.home.entry_in("loaded")
    entity_id = await add_recipient(house.home, entry["entry_id"], NAME, PHONE)
    await number.receive("messages")
    asker = Asker(house, entity_id, WORDS[look.language])
    await asker.make()
    yield asker
    await asker.remove()


@pytest_asyncio.fixture(loop_scope="session")
async def phone(
    asker: Asker, house: House, browser: Browser, look: Look
) -> AsyncIterator[Page]:
    """Show the chat with her on the simulator's page."""
    async with open_chat(browser, house.gateway.url, PHONE, look.width) as page:
        yield page


async def see_the_trace(person: Person, url: str, said: Words) -> Locator:
    """Open the trace of the last run, and return what the question has changed."""
    page = person.page
    await page.goto(f"{url}/config/script/trace/{SCRIPT}")
    await page.get_by_text(said.variables, exact=True).click()
    return page.locator("ha-trace-path-details ha-code-editor")


@pytest.mark.parametrize("language", ["en", "pt-BR"], indirect=True)
async def test_a_person_answers_a_script_in_each_way(
    asker: Asker, house: House, browser: Browser, look: Look, phone: Page
) -> None:
    url, said = house.home.url, WORDS[look.language]
    person = await Person.sign_in(browser, url, look)
    questions = phone.locator(".bubble.mine", has_text=said.asked)
    for count, (name, way) in enumerate(WAYS.items()):
        await asker.run(way.send_as)
        question = questions.nth(count)
        await expect(question).to_be_visible()

        await way.answer(phone, question, said)

        await asker.until_done()
        answer = phone.locator(".bubble").last
        await expect(answer.locator(".reactions")).to_have_text("👍")
        await person.keep(f"ask-{name}-chat", phone.locator("#chats-card"))
        changed = await see_the_trace(person, url, said)
        await expect(changed).to_contain_text(f"id: {way.means} text: {way.said(said)}")
        await changed.scroll_into_view_if_needed()
        await person.keep(f"ask-{name}-trace", person.page.locator("body"))
