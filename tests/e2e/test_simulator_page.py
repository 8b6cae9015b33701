"""The simulator's page, as a person at a computer and at a phone sees it."""

from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from aiohttp import ClientSession, web
from playwright.async_api import Browser, Page, expect
import pytest
import pytest_asyncio

from simulator import Gateway, Instance, State, make_app

from . import MARKS

pytestmark = MARKS

MARIA = "5544988888888"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
)
HTML = "<img src=x onerror=alert(1)><script>alert(2)</script>"


class Screen(NamedTuple):
    """The page in a browser, and the gateway behind it."""

    page: Page
    gateway: Gateway
    instance: Instance

    async def send(self, path: str, **body: Any) -> str:
        """Send through the API, and return the message's id."""
        gateway, instance = self.gateway, self.instance
        url = f"{gateway.base_url}/instances/{instance.instance_id}/token/{instance.token}/{path}"
        async with (
            ClientSession() as session,
            session.post(url, json={"phone": MARIA} | body) as response,
        ):
            answer = await response.json()
        await gateway.drain()
        return str(answer["messageId"])


@pytest_asyncio.fixture(loop_scope="session", params=[1100, 390])
async def screen(
    request: pytest.FixtureRequest, browser: Browser
) -> AsyncIterator[Screen]:
    """Open the page at a width, and hold that nothing in it went wrong."""
    gateway = Gateway(spacing=(0, 0))
    instance = gateway.add(name="Example house", state=State.CONNECTED)
    gateway.add(name="Second house", phone="5544977777777")
    runner = web.AppRunner(make_app(gateway), access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    gateway.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    gateway.set_webhooks(instance, f"{gateway.base_url}/nowhere")
    size: Any = {"width": request.param, "height": 900}
    page = await browser.new_page(viewport=size)
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    await page.goto(gateway.base_url)
    yield Screen(page, gateway, instance)
    width = await page.evaluate("document.documentElement.scrollWidth")
    await page.close()
    await runner.cleanup()
    assert not wrong
    assert width == request.param


async def test_a_chat_looks_like_one(screen: Screen) -> None:
    def uri(mime: str, data: bytes) -> str:
        return f"data:{mime};base64,{b64encode(data).decode()}"

    page, send = screen.page, screen.send
    text = await send("send-text", message="Gate opne")
    await send("send-text", message="Gate open", editMessageId=text)
    await send("send-reaction", reaction="👍", messageId=text)
    await send("send-text", message="By whom?", messageId=text)
    await send("send-image", image=uri("image/png", PIXEL), caption="The gate")
    await send("send-audio", audio=uri("audio/ogg", b"OggS"))
    await send(
        "send-button-list", message="?", buttonList={"buttons": [{"label": "Yes"}]}
    )
    bubbles = page.locator(".bubble")

    await expect(bubbles).to_have_count(5)
    await expect(bubbles.nth(0)).to_contain_text("Gate open")
    await expect(bubbles.nth(0).locator("footer")).to_contain_text("Gate opne")
    await expect(bubbles.nth(0).locator(".reactions")).to_have_text("👍")
    await expect(bubbles.nth(1).locator(".quote")).to_have_text("Gate open")
    picture = bubbles.nth(2).locator("img")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("one => one.decode().then(() => one.naturalWidth)")
    await expect(bubbles.nth(3).locator("audio[controls]")).to_be_visible()
    await expect(bubbles.nth(4).locator(".choice")).to_have_text(["Yes"])


async def test_what_others_write_is_shown_and_not_obeyed(screen: Screen) -> None:
    gateway, instance = screen.gateway, screen.instance
    await gateway.receive_message(instance, HTML, name=HTML, phone="5511900000000")
    options = [{"title": HTML, "description": HTML}]
    menu = {"title": HTML, "buttonLabel": HTML, "options": options}
    await screen.send(
        "send-option-list", phone="5511900000000", message=HTML, optionList=menu
    )
    await screen.page.get_by_title("5511900000000").click()
    bubbles = screen.page.locator(".bubble")

    await expect(bubbles).to_have_count(2)
    await expect(bubbles.nth(0)).to_contain_text(HTML)
    await expect(bubbles.nth(1)).to_contain_text(HTML)
    assert not await screen.page.locator(".bubble :is(img, script)").count()


async def test_a_person_writes_filters_and_changes_the_client_token(
    screen: Screen,
) -> None:
    page, gateway, instance = screen
    await page.get_by_role("textbox", name="Text").fill("Good night")
    await page.get_by_role("button", name="Write").click()
    await expect(page.locator(".bubble p")).to_have_text("Good night")
    row = page.locator("#log tr", has_text="ReceivedCallback")
    await expect(row.locator(".instance")).to_have_text("Example house")

    await page.get_by_text("Webhooks, filters and Client-Token").click()
    await page.get_by_label("from group").check()
    await expect(page.locator("#facts")).to_contain_text("from group")
    assert instance.hidden["messageFilters"] == ["FILTER_FROM_GROUP"]
    await page.get_by_role("button", name="Draw").click()
    await page.get_by_role("button", name="Set", exact=True).click()
    await expect(page.get_by_role("status")).to_contain_text("has changed")
    assert gateway.client_token == await page.get_by_label("Client-Token").input_value()


async def test_a_switch_says_what_it_does(screen: Screen) -> None:
    page, gateway, _ = screen
    await expect(page.get_by_text("Faults, for all instances")).to_be_visible()
    await page.locator("summary", has_text="Sending").click()
    row = page.locator(".switch", has_text="buttons_refused")
    await expect(row.locator("small")).to_be_hidden()
    await row.get_by_role("button").click()
    await expect(row.locator("small")).to_contain_text("terms")
    await row.get_by_role("checkbox").check()
    await expect(page.locator("summary", has_text="Sending")).to_contain_text(
        "1 changed"
    )
    assert gateway.faults.buttons_refused
