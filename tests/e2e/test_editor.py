"""A person builds an automation in the browser, as the README says."""

from asyncio import get_running_loop
from collections.abc import AsyncIterator
import re
from typing import NamedTuple

from playwright.async_api import Browser, expect
import pytest
import pytest_asyncio

from harness.expect import until

from . import MARKS
from .conftest import House
from .editor import Editor
from .number import Number
from .person import Look, Person

pytestmark = MARKS

# Seconds that the automation waits by the README, and that this may take longer.
WAIT, PATIENCE = 120, 30
# Home Assistant has no Portuguese for it.
NOTIFY = "Create persistent notification"


class Words(NamedTuple):
    """What else the README says to look for, in one language."""

    disconnected: str
    connected: str
    at_least: str
    notifications: str


WORDS = {
    "en": Words("WhatsApp disconnected", "WhatsApp", "For at least", "Notifications"),
    "pt-BR": Words(
        "WhatsApp desconectado", "WhatsApp", "Por pelo menos", "Notificações"
    ),
}


class DropEditor(Editor):
    """The editor with an automation that tells of a drop."""

    def __init__(self, person: Person, look: Look) -> None:
        """Take a person who has signed in."""
        super().__init__(person, look, "triggers")
        self._said = WORDS[look.language]

    async def begin(self, url: str, way: str) -> None:
        """Begin a new automation, and pick its trigger one way or the other."""
        self._name = f"triggers-{way}"
        await self.open(url)
        if way == "search":
            await self._pick_by_search()
        else:
            await self.pick_of_device(
                self.words.add_trigger, "Example house", self._said.disconnected
            )

    async def _pick_by_search(self) -> None:
        """Search for the trigger, and choose the number as its target."""
        await self._press(self.words.add_trigger)
        await self._search("WhatsApp")
        await self._choose(self._said.disconnected, self.words.add_trigger)
        await self._press(self.words.add_target)
        target = self._page.locator("ha-target-picker")
        await target.get_by_text(self._said.connected, exact=True).click()
        await self._until_back_at(self.words.add_target)

    async def wait_two_minutes(self) -> None:
        """Ask that the number stay so."""
        await expect(self._page.get_by_text(self._said.at_least)).to_be_visible()
        await self._page.locator("ha-duration-input input").nth(1).fill("2")
        await self._page.keyboard.press("Tab")
        row = self._page.locator("ha-automation-trigger-row")
        await expect(row).to_contain_text(re.compile(r"\b2 ?m"))
        await self._keep("trigger")
        await self._leave_details()

    async def notify(self, message: str) -> None:
        """Choose an action that tells of it in Home Assistant."""
        await self._press(self.words.add_action)
        await self._search("persistent_notification.create")
        found = self._dialog.locator("ha-automation-add-search ha-combo-box-item")
        await found.filter(has_text=NOTIFY).click()
        await self._until_back_at(self.words.add_action)
        text = self._page.locator("ha-service-control ha-selector-text input").first
        await text.fill(message)
        await self._leave_details()

    async def see(self, messages: list[str]) -> None:
        """Look into the notifications."""
        # Beside the word stands how many there are.
        await self._page.get_by_role("button", name=self._said.notifications).click()
        drawer = self._page.locator("notification-drawer")
        for message in messages:
            shown = drawer.get_by_text(message, exact=True)
            await expect(shown).to_be_visible(timeout=10_000)
        await self._keep("ran")


@pytest_asyncio.fixture(loop_scope="session")
async def number(house: House, language: str) -> AsyncIterator[Number]:
    """Add a number where that language is spoken, and remove what a test makes for it."""
    number = await Number.add(house)
    yield number
    await number.remove_automations()
    await house.home.websocket.command(
        "call_service", domain="persistent_notification", service="dismiss_all"
    )


@pytest.mark.timeout(500)
@pytest.mark.parametrize(
    "language", ["en", pytest.param("pt-BR", marks=pytest.mark.long)], indirect=True
)
async def test_a_person_builds_what_the_readme_says_and_sees_it_run(
    number: Number, browser: Browser, language: str
) -> None:
    home, gateway = number.house
    messages = []
    for width in (390, 1100):
        look = Look(language, width)
        editor = DropEditor(await Person.sign_in(browser, home.url, look), look)
        for way in ("search", "device"):
            await editor.begin(home.url, way)
            await editor.wait_two_minutes()
            messages.append(f"{language} {width} by {way}")
            await editor.notify(messages[-1])
            await editor.save(messages[-1])
    assert number.last_triggered() == [None] * 4

    dropped = get_running_loop().time()
    await gateway.simulator.disconnect(gateway.instance)
    await until("four runs", number.last_triggered, all, seconds=WAIT + PATIENCE)
    assert get_running_loop().time() - dropped >= WAIT
    await editor.see(messages)
