"""The automation editor in a browser, and a person at it."""

import re
from typing import NamedTuple

from playwright.async_api import Locator, expect

from .person import Look, Person


class Words(NamedTuple):
    """What Home Assistant's editor says, in one language."""

    add_trigger: str
    add_target: str
    add_action: str
    save: str
    services: str


WORDS = {
    "en": Words("Add trigger", "Add target", "Add action", "Save", "Services"),
    "pt-BR": Words(
        "Adicionar gatilho", "Adicionar alvo", "Adicionar ação", "Salvar", "Serviços"
    ),
}


class Editor:
    """The automation editor in a browser, and a person who reads a language.

    Attributes:
        words: what to look for there.
    """

    def __init__(self, person: Person, look: Look, name: str) -> None:
        """Take a person who has signed in, and what their pictures are called."""
        self.words = WORDS[look.language]
        self._person = person
        self._page = person.page
        self._name = name
        self._narrow = look.width < 800
        self._dialog = self._page.locator("add-automation-element-dialog")

    async def open(self, url: str) -> None:
        """Begin a new automation."""
        await self._page.goto(f"{url}/config/automation/edit/new")

    async def pick_of_device(self, opener: str, device: str, name: str) -> None:
        """Choose a device, and then something that it offers."""
        await self._press(opener)
        await self._dialog.get_by_text(self.words.services, exact=True).click()
        await self._dialog.get_by_text(device, exact=True).last.click()
        await self._choose(name, opener)

    async def save(self, name: str) -> None:
        """Give it a name and save it."""
        await self._press(self.words.save)
        dialog = self._page.locator("ha-dialog-automation-save, dialog-automation-save")
        await dialog.locator("input").first.fill(name)
        await dialog.get_by_role("button", name=self.words.save, exact=True).click()
        await self._page.wait_for_url(re.compile(r"/config/automation/edit/\d+"))
        await self._keep("saved")

    def _button(self, name: str) -> Locator:
        return self._page.get_by_role("button", name=name, exact=True)

    async def _press(self, name: str) -> None:
        await self._button(name).click()

    async def _until_back_at(self, name: str) -> None:
        """Wait until what a button opened is gone, and would take the focus no more."""
        await expect(self._button(name)).to_be_focused()

    async def _search(self, words: str) -> None:
        await self._dialog.locator("ha-input-search input").fill(words)

    async def _choose(self, name: str, opener: str) -> None:
        choice = self._dialog.get_by_text(name)
        await choice.scroll_into_view_if_needed()
        await self._keep("choice")
        await choice.click()
        await self._until_back_at(opener)

    async def _leave_details(self) -> None:
        """Close the details, which cover the rest of a narrow page."""
        if self._narrow:
            await self._page.keyboard.press("Escape")

    async def _keep(self, name: str) -> None:
        await self._person.keep(f"{self._name}-{name}", self._page.locator("body"))
