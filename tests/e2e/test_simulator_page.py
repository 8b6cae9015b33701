"""The simulator's page, as a person at a computer and at a phone sees it."""

from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from aiohttp import ClientSession, web
from playwright.async_api import Browser, Locator, Page, expect
import pytest
import pytest_asyncio

from harness.expect import until
from simulator import Gateway, Instance, State, make_app

from . import MARKS

pytestmark = MARKS

MARIA = "5544988888888"
GROUP = "120363000000000001-group"
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

    async def posted(self, button: Locator) -> dict[str, Any]:
        """Click, and return what was posted then."""
        log = self.gateway.log
        before = log.count
        await button.click()
        [body] = await until(
            "one callback", lambda: [one.request for one in log.since(before)]
        )
        assert isinstance(body, dict)
        return body

    async def act(self, bubble: Locator, name: str) -> Locator:
        """Open what can be done with a message, and return that button."""
        button = bubble.get_by_role("button", name=name, exact=True)
        if not await button.is_visible():
            await bubble.locator(".more").click()
        return button


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


async def test_a_person_answers_what_was_sent(screen: Screen) -> None:
    page, posted = screen.page, screen.posted
    bubbles = page.locator(".bubble")
    question = await screen.send("send-text", message="Is anybody home?")
    buttons = {"buttons": [{"id": "y", "label": "Yes"}, {"label": "No"}]}
    menu = await screen.send("send-button-list", message="?", buttonList=buttons)
    scenes = {"title": "Scenes", "buttonLabel": "Open", "options": [{"title": "Night"}]}
    await screen.send("send-option-list", message="Which?", optionList=scenes)
    await expect(bubbles).to_have_count(3)

    await (await screen.act(bubbles.nth(0), "Answer")).click()
    await expect(page.locator("#target")).to_contain_text("Is anybody home?")
    await page.get_by_role("textbox", name="Text").fill("Not yet")
    body = await posted(page.get_by_role("button", name="Write"))
    assert body["text"] == {"message": "Not yet"}
    assert body["referenceMessageId"] == question
    await expect(page.locator("#target")).to_be_hidden()
    await expect(bubbles.nth(3).locator(".quote")).to_have_text("Is anybody home?")

    body = await posted(bubbles.nth(1).get_by_role("button", name="No"))
    assert body["buttonsResponseMessage"] == {"buttonId": "2", "message": "No"}
    assert body["referenceMessageId"] == menu
    body = await posted(bubbles.nth(2).get_by_role("button", name="Night"))
    assert body["listResponseMessage"]["selectedRowId"] == "1"
    body = await posted(await screen.act(bubbles.nth(0), "👍"))
    assert body["reaction"]["value"] == "👍"
    await expect(bubbles.nth(0).locator(".reactions")).to_have_text("👍")
    body = await posted(await screen.act(bubbles.nth(0), "👍"))
    assert body["reaction"]["value"] == ""
    await expect(bubbles.nth(0).locator(".reactions")).to_have_count(0)


async def test_a_person_changes_and_deletes_what_they_wrote(screen: Screen) -> None:
    page, posted = screen.page, screen.posted
    bubble = page.locator(".bubble")
    text = page.get_by_role("textbox", name="Text")
    await text.fill("Helo")
    wrong = await posted(page.get_by_role("button", name="Write"))
    await expect(bubble).to_contain_text("Helo")

    await (await screen.act(bubble, "Change")).click()
    await expect(text).to_have_value("Helo")
    await text.fill("Hello")
    right = await posted(page.get_by_role("button", name="Write"))
    assert (right["isEdit"], right["messageId"]) == (True, wrong["messageId"])
    await expect(bubble.locator("p")).to_have_text("Hello")
    gone = await posted(await screen.act(bubble, "Delete"))
    assert (gone["notification"], gone["messageId"]) == ("REVOKE", wrong["messageId"])
    await expect(bubble.locator("footer")).to_contain_text("deleted")


async def test_a_person_sends_a_picture_and_a_voice_note_that_plays(
    screen: Screen,
) -> None:
    page, posted = screen.page, screen.posted
    await page.get_by_role("textbox", name="Text").fill("The gate")
    body = await posted(page.get_by_role("button", name="Picture"))
    assert body["image"]["caption"] == "The gate"
    picture = page.locator(".bubble img")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("one => one.decode().then(() => one.naturalWidth)")

    body = await posted(page.get_by_role("button", name="Voice note"))
    assert body["audio"]["ptt"]
    audio = page.locator(".bubble audio")
    await expect(audio).to_be_visible()
    played = await audio.evaluate(
        """one => new Promise((done, fail) => {
            one.onended = () => done(one.duration); one.onerror = () => fail(one.error.message); one.muted = true; one.play();
        })"""
    )
    assert 2 < played < 3

    kinds = page.get_by_label("Send anything else")
    before = screen.gateway.log.count
    await kinds.select_option("WA_OLD_REGISTRATION")
    await expect(page.get_by_role("status")).to_contain_text("ReceivedCallback")
    notices = [one.request for one in screen.gateway.log.since(before)]
    assert [one["notification"] for one in notices] == ["WA_OLD_REGISTRATION"]
    await expect(kinds).to_have_value("")


async def test_members_of_a_group_vote(screen: Screen) -> None:
    page, gateway, instance = screen
    ana = "5511900000000"
    await gateway.receive_message(instance, "Hi", phone=ana, name="Ana")
    poll = [{"name": "Yes"}, {"name": "No"}]
    await screen.send(
        "send-poll", phone=GROUP, message="Pizza?", poll=poll, pollMaxOptions=1
    )
    await page.get_by_title(GROUP).click()
    yes, no = (page.locator(".choice", has_text=name) for name in ("Yes", "No"))
    author = page.get_by_label("Who writes here")
    await author.select_option("as Ana")
    body = await screen.posted(yes)
    assert (body["phone"], body["participantPhone"]) == (GROUP, ana)
    await expect(yes).to_have_text("● Yes · 1")
    await author.select_option("as Maria Example")
    await screen.posted(yes)
    await expect(yes).to_have_text("● Yes · 2")
    body = await screen.posted(no)
    assert body["pollVote"]["options"] == [{"name": "No"}]
    await expect(yes).to_have_text("○ Yes · 1")
    await page.get_by_role("textbox", name="Text").fill("With olives")
    body = await screen.posted(page.get_by_role("button", name="Write"))
    assert (body["phone"], body["participantPhone"]) == (GROUP, MARIA)
    await expect(page.locator(".bubble .who")).to_have_text("Maria Example")


async def test_somebody_new_writes_and_the_own_phone_answers(screen: Screen) -> None:
    page, _, instance = screen
    instance.settings["receiveCallbackSentByMe"] = True
    await page.get_by_text("New chat").click()
    await page.get_by_label("Who writes", exact=True).fill("111122223333444@lid")
    await page.get_by_label("Name", exact=True).fill("Ana")
    await page.get_by_label("First message").fill("Is this the gate?")
    body = await screen.posted(page.get_by_role("button", name="Begin"))
    assert (body["phone"], body["senderName"]) == ("111122223333444@lid", "Ana")
    await expect(page.locator("#chat-title")).to_contain_text("Ana")
    await expect(page.locator(".bubble")).to_contain_text("Is this the gate?")

    await page.get_by_label("Who writes here").select_option("own")
    await page.get_by_role("textbox", name="Text").fill("It is")
    body = await screen.posted(page.get_by_role("button", name="Write"))
    assert (body["phone"], body["fromMe"], body["fromApi"]) == (
        "111122223333444@lid",
        True,
        False,
    )
    await expect(page.locator(".bubble.mine")).to_contain_text("It is")
