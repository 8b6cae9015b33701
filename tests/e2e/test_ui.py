"""What a person sees in the browser; with ``ZAPI_SCREENSHOTS=FOLDER`` pictures of it are kept."""

from collections.abc import AsyncIterator
from http import HTTPStatus
import os
from pathlib import Path
import shutil

from playwright.async_api import Locator, Page, async_playwright, expect
import pytest_asyncio

from demo.home_assistant import PASSWORD, USER
from demo.tour import add_instance, credentials

from . import MARKS
from .conftest import House

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, NAMES)), None
)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
]

pytestmark = MARKS


@pytest_asyncio.fixture(loop_scope="session")
async def page(house: House) -> AsyncIterator[Page]:
    """Sign in, in a browser."""
    assert CHROMIUM, "no browser: scripts/setup browser"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page(
            ignore_https_errors=True,
            locale="en-GB",
            viewport={"width": 1000, "height": 1000},
            device_scale_factor=2,
        )
        await page.goto(house.home.url)
        await page.get_by_label("Username").fill(USER)
        await page.get_by_label("Password").first.fill(PASSWORD)
        await page.get_by_role("button", name="Log in").click()
        await page.wait_for_url("**/home/**")
        yield page
        await browser.close()


async def keep(part: Locator, name: str, style: str = "") -> None:
    """Keep a picture of a part of the page, where pictures are wanted."""
    if folder := os.environ.get("ZAPI_SCREENSHOTS"):
        await part.screenshot(
            path=Path(folder, name), animations="disabled", style=style
        )


async def open_device(house: House, page: Page) -> None:
    """Open the page of the number."""
    devices = await house.home.websocket.command("config/device_registry/list")
    device = next(device for device in devices if device["manufacturer"] == "Z-API")
    await page.goto(f"{house.home.url}/config/devices/device/{device['id']}")


async def test_a_person_adds_the_integration_and_pairs_the_phone(
    house: House, page: Page
) -> None:
    home, gateway = house
    answers = credentials(gateway)
    await page.goto(f"{home.url}/config/integrations/dashboard")
    await page.get_by_role("button", name="Add integration").click()
    await page.locator("dialog-add-integration input").fill("Z-API")
    await page.get_by_text("Z-API (WhatsApp)").click()

    dialog = page.locator("dialog-data-entry-flow dialog")
    fields = page.locator("dialog-data-entry-flow ha-selector input")
    for field in ("instance_id", "token", "client_token"):
        await expect(page.locator(f"input[name={field}]")).to_be_visible()
    api_url = page.locator("input[name=api_url]")
    await expect(api_url).to_be_hidden()
    await expect(fields).to_have_count(4)
    await keep(dialog, "setup.png")

    for field in ("instance_id", "token", "client_token"):
        await page.locator(f"input[name={field}]").fill(answers[field])
    await page.get_by_text("Advanced").click()
    await api_url.fill(gateway.url)
    await page.get_by_role("button", name="Submit").click()

    await page.get_by_text("Scan a QR code").click()
    code = page.locator("dialog-data-entry-flow ha-markdown img")
    await expect(code).to_be_visible()
    assert await code.evaluate("image => image.complete && image.naturalWidth") > 100
    await keep(dialog, "pairing.png")

    await gateway.simulator.scan_qr(gateway.instance)

    await expect(page.get_by_text("Skip and finish")).to_be_visible(timeout=10_000)
    await home.entry_in("loaded")


async def test_the_device_follows_the_phone(house: House, page: Page) -> None:
    home, gateway = house
    await gateway.simulator.connect(gateway.instance)
    await add_instance(home, gateway)
    await open_device(house, page)
    card = page.locator("ha-device-entities-card").filter(has_text="Phone number")
    await expect(card).to_contain_text(gateway.instance.phone)

    await gateway.simulator.disconnect(gateway.instance)
    await expect(card).to_contain_text("Disconnected")
    await gateway.simulator.connect(gateway.instance)
    await expect(card).not_to_contain_text("Disconnected")

    await page.set_viewport_size({"width": 1000, "height": 752})
    # What happened, in lines, would be cut off in the middle.
    without = "ha-card:has(ha-logbook) { display: none }"
    await keep(page.locator("ha-config-device-page"), "device.png", style=without)


async def test_where_there_is_no_code_an_icon_is_shown_and_nothing_fails(
    house: House, page: Page
) -> None:
    home, gateway = house
    looked: list[int] = []
    page.on(
        "response",
        lambda response: (
            looked.append(response.status) if "/image_proxy" in response.url else None
        ),
    )
    await gateway.simulator.connect(gateway.instance)
    await add_instance(home, gateway)
    await open_device(house, page)
    row = page.locator("hui-generic-entity-row").filter(has_text="Pairing QR code")
    await expect(row.locator("state-badge ha-state-icon")).to_be_visible()
    await row.click()
    await expect(
        page.locator("ha-more-info-dialog ha-state-icon").first
    ).to_be_visible()
    await page.keyboard.press("Escape")
    assert looked == []

    async with page.expect_response("**/image_proxy/**"):
        await gateway.simulator.disconnect(gateway.instance)
    await expect(row.locator("state-badge ha-state-icon")).to_be_hidden()
    assert looked == [HTTPStatus.OK]
