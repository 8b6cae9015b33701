"""A person builds an automation that answers a message, in the browser, and writes one."""

from collections.abc import AsyncIterator
from typing import NamedTuple

from playwright.async_api import Browser, Page, expect
import pytest
import pytest_asyncio

from demo.tour import add_recipient

from . import MARKS
from .chat import open_chat, write
from .conftest import House
from .editor import Editor
from .number import Number
from .person import Look, Person

pytestmark = MARKS

NAME, PHONE = "Maria", "5544988888888"


class Words(NamedTuple):
    """What is said in one language, and how wide the page is there.

    Attributes:
        timeline: what Home Assistant calls what a run did.
    """

    asked: str
    answered: str
    timeline: str
    width: int


WORDS = {
    "en": Words("Is the gate closed?", "It is closed.", "Trace timeline", 390),
    "pt-BR": Words(
        "O portão está fechado?", "Está fechado.", "Linha do tempo de Trace", 1100
    ),
}


class MessageEditor(Editor):
    """The editor with an automation that answers what somebody writes."""

    def __init__(self, person: Person, look: Look) -> None:
        """Take a person who has signed in."""
        super().__init__(person, look, "message-trigger")
        self._said = WORDS[look.language]

    async def answer_whatever_she_writes(self, url: str) -> None:
        """Choose the trigger and the action among what her device offers."""
        await self.open(url)
        await self.pick_of_device(
            self.words.add_trigger,
            NAME,
            self._person.text("triggers.message_received.name"),
        )
        await self._keep("details")
        await self._leave_details()
        self._name = "message-action"
        await self.pick_of_device(
            self.words.add_action,
            NAME,
            self._person.text("services.send_message.name"),
        )
        fields = self._page.locator("ha-service-control")
        await fields.locator("textarea").fill(self._said.answered)
        reply_to = fields.locator("ha-settings-row").filter(
            has_text=self._person.text("services.send_message.fields.reply_to.name")
        )
        await reply_to.locator("ha-checkbox").click()
        await reply_to.locator("ha-selector-text input").fill(
            "{{ trigger.message.id }}"
        )
        await self._keep("details")
        await self._leave_details()

    async def see_the_trace(self, url: str) -> None:
        """Look at what the run did: what was written is no part of how it is told."""
        identifier = self._page.url.rpartition("/")[2]
        await self._page.goto(f"{url}/config/automation/trace/{identifier}")
        await self._page.get_by_text(self._said.timeline).click()
        timeline = self._page.locator("ha-trace-timeline, hat-trace-timeline").first
        await expect(timeline).to_contain_text("WhatsApp message received")
        await expect(timeline).not_to_contain_text(self._said.asked)
        await self._keep("trace")


@pytest_asyncio.fixture(loop_scope="session")
async def number(house: House, language: str) -> AsyncIterator[Number]:
    """Add a number that receives messages, and Maria, where that language is spoken."""
    number = await Number.add(house)
    entry = await house.home.entry_in("loaded")
    await add_recipient(house.home, entry["entry_id"], NAME, PHONE)
    await number.receive("messages")
    yield number
    await number.remove_automations()


@pytest.fixture
def look(language: str) -> Look:
    """Return how wide the page is in that language."""
    return Look(language, WORDS[language].width)


@pytest_asyncio.fixture(loop_scope="session")
async def phone(number: Number, browser: Browser, look: Look) -> AsyncIterator[Page]:
    """Show the chat with her on the simulator's page."""
    async with open_chat(browser, number.house.gateway.url, PHONE, look.width) as page:
        yield page


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "language", ["en", pytest.param("pt-BR", marks=pytest.mark.long)], indirect=True
)
async def test_a_person_builds_an_automation_that_answers(
    number: Number, browser: Browser, look: Look, phone: Page
) -> None:
    home, said = number.house.home, WORDS[look.language]
    person = await Person.sign_in(browser, home.url, look)
    editor = MessageEditor(person, look)
    await editor.answer_whatever_she_writes(home.url)
    await editor.save("Answer Maria")

    await write(phone, said.asked)
    answer = phone.locator(".bubble", has_text=said.answered)
    await expect(answer).to_be_visible()
    await expect(answer.locator(".quote")).to_have_text(said.asked)
    await person.keep("message-chat", phone.locator("body"))
    await editor.see_the_trace(home.url)
