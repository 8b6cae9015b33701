"""A person builds an automation in the browser, as the README says."""

from asyncio import get_running_loop
from collections.abc import AsyncIterator
import re
from typing import NamedTuple

from playwright.async_api import Browser, Locator, expect
import pytest
import pytest_asyncio

from harness.expect import until

from . import MARKS
from .conftest import House
from .number import Number
from .person import Look, Person

pytestmark = MARKS

# Seconds that the automation waits by the README, and that this may take longer.
WAIT, PATIENCE = 120, 30
# Home Assistant has no Portuguese for it.
NOTIFY = "Create persistent notification"


class Words(NamedTuple):
    """What the README says to look for in the editor, in one language."""

    add_trigger: str
    disconnected: str
    add_target: str
    connected: str
    at_least: str
    add_action: str
    save: str
    services: str
    notifications: str


WORDS = {
    "en": Words(
        "Add trigger",
        "WhatsApp disconnected",
        "Add target",
        "WhatsApp",
        "For at least",
        "Add action",
        "Save",
        "Services",
        "Notifications",
    ),
    "pt-BR": Words(
        "Adicionar gatilho",
        "WhatsApp desconectado",
        "Adicionar alvo",
        "WhatsApp",
        "Por pelo menos",
        "Adicionar ação",
        "Salvar",
        "Serviços",
        "Notificações",
    ),
}


class Editor:
    """The automation editor in a browser, and a person who reads a language."""

    def __init__(self, person: Person, look: Look) -> None:
        """Take a person who has signed in."""
        self.words = WORDS[look.language]
        self._person = person
        self._page = person.page
        self._way = ""
        self._narrow = look.width < 800
        self._dialog = self._page.locator("add-automation-element-dialog")

    async def begin(self, url: str, way: str) -> None:
        """Begin a new automation, and pick its trigger one way or the other."""
        self._way = way
        await self._page.goto(f"{url}/config/automation/edit/new")
        await self._press(self.words.add_trigger)
        await {"search": self._pick_by_search, "device": self._pick_by_device}[way]()

    async def _pick_by_search(self) -> None:
        """Search for the trigger, and choose the number as its target."""
        await self._search("WhatsApp")
        await self._choose(self.words.disconnected)
        await self._press(self.words.add_target)
        target = self._page.locator("ha-target-picker")
        await target.get_by_text(self.words.connected, exact=True).click()
        await self._until_back_at(self.words.add_target)

    async def _pick_by_device(self) -> None:
        """Choose the number, and then the trigger among those that it offers."""
        await self._dialog.get_by_text(self.words.services, exact=True).click()
        await self._dialog.get_by_text("Example house").click()
        await self._choose(self.words.disconnected)

    async def wait_two_minutes(self) -> None:
        """Ask that the number stay so."""
        await expect(self._page.get_by_text(self.words.at_least)).to_be_visible()
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

    async def save(self, name: str) -> None:
        """Give it a name and save it."""
        await self._press(self.words.save)
        dialog = self._page.locator("ha-dialog-automation-save, dialog-automation-save")
        await dialog.locator("input").first.fill(name)
        await dialog.get_by_role("button", name=self.words.save, exact=True).click()
        await self._page.wait_for_url(re.compile(r"/config/automation/edit/\d+"))
        await self._keep("saved")

    async def see(self, messages: list[str]) -> None:
        """Look into the notifications."""
        # Beside the word stands how many there are.
        await self._page.get_by_role("button", name=self.words.notifications).click()
        drawer = self._page.locator("notification-drawer")
        for message in messages:
            shown = drawer.get_by_text(message, exact=True)
            await expect(shown).to_be_visible(timeout=10_000)
        await self._keep("ran")

    def _button(self, name: str) -> Locator:
        return self._page.get_by_role("button", name=name, exact=True)

    async def _press(self, name: str) -> None:
        await self._button(name).click()

    async def _until_back_at(self, name: str) -> None:
        """Wait until what a button opened is gone, and would take the focus no more."""
        await expect(self._button(name)).to_be_focused()

    async def _search(self, words: str) -> None:
        await self._dialog.locator("ha-input-search input").fill(words)

    async def _choose(self, name: str) -> None:
        choice = self._dialog.get_by_text(name)
        await choice.scroll_into_view_if_needed()
        await self._keep("choice")
        await choice.click()
        await self._until_back_at(self.words.add_trigger)

    async def _leave_details(self) -> None:
        """Close the details, which cover the rest of a narrow page."""
        if self._narrow:
            await self._page.keyboard.press("Escape")

    async def _keep(self, name: str) -> None:
        await self._person.keep(
            f"triggers-{self._way}-{name}", self._page.locator("body")
        )


@pytest_asyncio.fixture(loop_scope="session")
async def language(house: House, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """Let the house speak a language."""
    websocket, language = house.home.websocket, str(request.param)
    await websocket.command("config/core/update", language=language)
    yield language
    await websocket.command("config/core/update", language="en")


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
        editor = Editor(await Person.sign_in(browser, home.url, look), look)
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
