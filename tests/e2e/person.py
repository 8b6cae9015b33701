"""A person at the browser, who fills in only what a person does."""

import json
import os
from pathlib import Path
from typing import Any, NamedTuple, override

from playwright.async_api import Browser, Locator, Page, expect
import pytest

from harness.home_assistant import PASSWORD, USER

_REPOSITORY = Path(__file__).parents[2]
_HEIGHT = 1000

# Home Assistant's own words; ours are in our translations.
_WORDS = {
    "en": {
        "add": "Add integration",
        "submit": "Submit",
        "configure": "Configure",
        "details": "Details",
        "reconfigure": "Reconfigure",
    },
    "pt-BR": {
        "add": "Adicionar integração",
        "submit": "Enviar",
        "configure": "Configurar",
        "details": "Detalhes",
        "reconfigure": "Reconfigurar",
    },
}


class Look(NamedTuple):
    """In which language, and how wide, a person sees it."""

    language: str
    width: int

    @override
    def __str__(self) -> str:
        """Name it, in test ids and in names of pictures."""
        return f"{self.language}-{self.width}"


DESK = Look("en", 1100)
LOOKS = [
    DESK,
    pytest.param(Look("en", 390), marks=pytest.mark.long),
    pytest.param(Look("pt-BR", 1100), marks=pytest.mark.long),
    Look("pt-BR", 390),
]


class Person:
    """Reads what is on the page, in one language, and presses what is there.

    Attributes:
        page: the page in the browser.
        look: in which language, and how wide, it is.
        dialog: the dialog of a flow.
        words: Home Assistant's own, in that language.
    """

    def __init__(self, page: Page, url: str, look: Look) -> None:
        """Sit down before a page; ``sign_in`` opens it."""
        translations = _REPOSITORY / "custom_components/zapi/translations"
        self._texts = json.loads((translations / f"{look.language}.json").read_text())
        self.words = _WORDS[look.language]
        self.look = look
        self._url = url
        self.page = page
        self.dialog = page.locator("dialog-data-entry-flow")

    @classmethod
    async def sign_in(cls, browser: Browser, url: str, look: Look) -> Person:
        """Sign in, in a browser of that language and width."""
        page = await browser.new_page(
            ignore_https_errors=True,
            locale=look.language,
            viewport={"width": look.width, "height": _HEIGHT},
            device_scale_factor=2,
        )
        await page.goto(url)
        await page.locator("input[name=username]").fill(USER)
        await page.locator("input[name=password]").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/home/**")
        return cls(page, url, look)

    def text(self, path: str, **placeholders: str) -> str:
        """Return a text of ours."""
        return str(self._node(path)).format(**placeholders)

    def texts(self, path: str) -> list[str]:
        """Return all texts of ours below a path, in their order."""
        return list(self._node(path).values())

    def _node(self, path: str) -> Any:
        node: Any = self._texts
        for key in path.split("."):
            node = node[key]
        return node

    async def sees(self, path: str, **placeholders: str) -> None:
        """Wait until the dialog shows a text of ours."""
        text = self.dialog.get_by_text(self.text(path, **placeholders))
        await expect(text.first).to_be_visible()

    async def add_integration(self) -> None:
        """Look the integration up, and open its dialog."""
        await self.page.goto(f"{self._url}/config/integrations/dashboard")
        await self.page.get_by_role("button", name=self.words["add"]).click()
        picker = self.page.locator("dialog-add-integration")
        await picker.locator("input").fill("Z-API")
        await picker.get_by_text("Z-API (WhatsApp)").click()
        await self.sees("config.step.user.title")

    async def open_instances(self) -> Locator:
        """Open the integration's page, and return the row of its one instance."""
        await self.page.goto(f"{self._url}/config/integrations/integration/zapi")
        row = self.page.locator("ha-config-entry-row")
        await expect(row).to_have_count(1)
        return row

    async def open_options(self) -> None:
        """Press the gear beside the instance."""
        row = await self.open_instances()
        gear = row.get_by_role("button", name=self.words["configure"], exact=True)
        await gear.click()
        await expect(self.dialog.locator("dialog")).to_be_visible()

    async def reconfigure(self) -> None:
        """Open the dialog that changes the credentials, from the instance's menu."""
        row = await self.open_instances()
        await row.locator("ha-dropdown ha-icon-button").first.click()
        await row.get_by_text(self.words["reconfigure"]).click()
        await self.sees("config.step.reconfigure.title")

    async def sign_instance_in_again(self) -> None:
        """Open the dialog that Home Assistant asks for, from what needs attention."""
        await self.page.goto(f"{self._url}/config/integrations/integration/zapi")
        await self.page.get_by_role("button", name=self.words["reconfigure"]).click()
        await self.sees("config.step.reauth_confirm.title")

    async def fill(self, **values: str) -> None:
        """Fill in fields that are in sight."""
        for name, value in values.items():
            await self.field(name).fill(value)

    def field(self, name: str) -> Locator:
        """Return a text field."""
        return self.page.locator(f"input[name={name}]")

    async def submit(self) -> None:
        """Press the button that sends the form."""
        button = self.dialog.get_by_role("button", name=self.words["submit"])
        await button.click()

    async def keep(
        self, name: str, part: Locator | None = None, style: str = ""
    ) -> None:
        """Keep a picture of the dialog, or of another part, where pictures are wanted."""
        if folder := os.environ.get("ZAPI_SCREENSHOTS"):
            part = part or self.dialog.locator("dialog")
            await self.page.mouse.move(0, 0)
            path = Path(folder, f"{name}-{self.look}.png")
            await part.screenshot(path=path, animations="disabled", style=style)
