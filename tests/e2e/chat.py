"""A chat on the simulator's page, and the person at its other end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Locator, Page


@asynccontextmanager
async def open_chat(
    browser: Browser, url: str, phone: str, width: int
) -> AsyncIterator[Page]:
    """Show the chat with a phone."""
    size: Any = {"width": width, "height": 900}
    page = await browser.new_page(viewport=size)
    await page.goto(url)
    await page.get_by_title(phone).click()
    yield page
    await page.close()


async def write(page: Page, text: str) -> None:
    """Write something into the open chat."""
    await page.get_by_role("textbox", name="Text").fill(text)
    await page.get_by_role("button", name="Write").click()


async def quote(page: Page, bubble: Locator, text: str) -> None:
    """Answer one message of the open chat, which is quoted then."""
    await bubble.locator(".more").click()
    await bubble.get_by_role("button", name="Answer", exact=True).click()
    await write(page, text)
