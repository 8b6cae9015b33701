"""A person saves recipients in the browser, and writes to them from the actions page."""

from collections.abc import AsyncIterator
from typing import Final, NamedTuple

from playwright.async_api import Locator, expect
import pytest
import pytest_asyncio

from demo.surroundings import COUNTRY
from demo.tour import add_instance, add_recipient
from harness.expect import until
from harness.home_assistant import LEAN
from harness.websocket import Json
from simulator.instance import Outgoing

from . import MARKS
from .conftest import House, Starter, put_in_order
from .person import DESK, Person

pytestmark = MARKS

STEP = "config_subentries.recipient.step"
MARIA: Final = "5544988888888"
GROUP: Final = "120363000000000002-group"
# Home Assistant does not translate what its media browser offers.
CAMERAS: Final = "Camera"
CAMERA: Final = "Demo camera without stream"


class Words(NamedTuple):
    """Home Assistant's own words on the actions page, in one language."""

    add_target: str
    pick_media: str
    perform: str


WORDS = {
    "en": Words("Add target", "Pick media", "Perform action"),
    "pt-BR": Words("Adicionar alvo", "Escolher mídia", "Executar ação"),
}


class ActionsPage:
    """The page on which a person fills in an action, and runs it."""

    def __init__(self, person: Person) -> None:
        """Take a person who has signed in."""
        self._person = person
        self._page = person.page
        self._words = WORDS[person.look.language]

    async def open(self, url: str, action: str) -> None:
        """Open the page with an action chosen."""
        await self._page.goto(f"{url}/config/tools/action?service=zapi.{action}")
        title = self._person.text(f"services.{action}.name")
        await expect(self._page.get_by_text(title).first).to_be_visible()

    async def choose(self, recipient: str) -> None:
        """Look a recipient up, and choose it as the target."""
        await self._button(self._words.add_target).click()
        found = self._page.locator("ha-target-picker ha-picker-combo-box")
        await found.locator("input").fill(recipient)
        await self.keep(f"looked-up-{recipient}")
        await (
            found.locator("ha-combo-box-item").filter(has_text=recipient).first.click()
        )
        chosen = self._page.locator("ha-target-picker-item-row")
        await expect(chosen).to_contain_text(recipient)

    async def write(self, field: str, text: str) -> None:
        """Fill in a text, and tick it where it can be left out."""
        row = self._row(field)
        tick = row.locator("ha-checkbox")
        if await tick.count():
            await tick.click()
        await row.locator("ha-selector-text :is(textarea, input)").fill(text)

    async def choices(self, field: str) -> list[str]:
        """Return all that the field shows before it is ticked, and what it then offers."""
        row = self._row(field)
        shown = await row.locator("ha-selector-select").inner_text()
        await row.locator("ha-checkbox").click()
        await row.locator("ha-picker-field").click()
        offered = row.locator("ha-dropdown-item")
        await expect(offered.first).to_be_visible()
        await self.keep(field.split(".")[-2])
        return [*filter(None, shown.split("\n")), *await offered.all_inner_texts()]

    async def pick_from_camera(self) -> None:
        """Pick what the camera shows, in the media browser."""
        await self._button(self._words.pick_media).click()
        browser = self._page.locator("dialog-media-player-browse")
        await browser.get_by_label(CAMERAS, exact=True).click()
        await self.keep("cameras")
        await browser.get_by_label(CAMERA).first.click()
        picked = self._page.locator("ha-media-item-picker").first
        await expect(picked).to_contain_text(CAMERA)

    async def perform(self) -> None:
        """Run it."""
        await self._button(self._words.perform).click()

    async def keep(self, name: str) -> None:
        """Keep a picture of the page."""
        await self._person.keep(f"message-{name}", self._page.locator("body"))

    def _button(self, name: str) -> Locator:
        return self._page.get_by_role("button", name=name, exact=True)

    def _row(self, field: str) -> Locator:
        label = self._page.get_by_text(self._person.text(field), exact=True)
        return self._page.locator("ha-settings-row").filter(has=label)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pair_with_camera(start: Starter) -> AsyncIterator[House]:
    """Start a Home Assistant that has cameras and knows its country."""
    async with start(configuration=f"{LEAN}media_source:\ndemo:\n") as house:
        await house.home.websocket.command("config/core/update", country=COUNTRY)
        house.gateway.instance.groups[GROUP] = "Neighbours"
        yield house


@pytest_asyncio.fixture(loop_scope="session")
async def house(pair_with_camera: House) -> AsyncIterator[House]:
    """Give it to a test, with a number that is connected."""
    async with put_in_order(pair_with_camera):
        home, gateway = pair_with_camera
        await gateway.simulator.connect(gateway.instance)
        await add_instance(home, gateway)
        await pair_with_camera.until_registered()
        yield pair_with_camera


async def begin(person: Person, way: str) -> None:
    """Press the button on the integration's page, and choose from the menu."""
    await person.open_instances()
    add = person.text("config_subentries.recipient.initiate_flow.user")
    await person.page.get_by_role("button", name=add).first.click()
    await person.sees(f"{STEP}.user.title")
    await person.keep("recipient-menu")
    label = person.text(f"{STEP}.user.menu_options.{way}")
    await person.dialog.get_by_text(label, exact=True).click()
    await person.sees(f"{STEP}.{way}.description")


async def finish(person: Person, name: str) -> None:
    """Say what the recipient is called, and leave."""
    await person.fill(name=name)
    await person.keep(f"recipient-name-{name}")
    await person.submit()
    await expect(person.dialog.locator("step-flow-create-entry")).to_be_visible()
    await person.keep(f"recipient-{name}")
    await person.dialog.get_by_role("button").last.click()
    await expect(person.dialog.locator("dialog")).to_be_hidden()


async def add_by_number(person: Person, name: str, number: str) -> None:
    """Add somebody as a person does who knows the number."""
    await begin(person, "number")
    await person.fill(phone=number)
    await person.keep("recipient-number")
    await person.submit()
    await person.sees(f"{STEP}.details.title")
    await finish(person, name)


async def add_group(person: Person, name: str) -> None:
    """Add a group as a person does who knows its name."""
    await begin(person, "group")
    picker = person.dialog.locator("ha-selector-select")
    await picker.locator("ha-picker-field").click()
    await picker.locator("input").last.fill(name[:4].lower())
    await person.keep("recipient-groups", person.page.locator("body"))
    await picker.locator("ha-combo-box-item").filter(has_text=name).last.click()
    await expect(picker).to_contain_text(name)
    await person.keep("recipient-group", person.page.locator("body"))
    await person.submit()
    await person.sees(f"{STEP}.details.title")
    await expect(person.field("name")).to_have_value(name)
    await finish(person, name)


async def sent_after(house: House, count: int) -> Outgoing:
    """Return what was sent after so much."""
    taken = house.gateway.instance.sent
    await until("one more send", lambda: len(taken), lambda seen: seen > count)
    return taken[count]


async def read_chats(person: Person, url: str) -> None:
    """See both messages on the simulator's page."""
    page = person.page
    await page.goto(url)
    bubble = page.locator(".bubble").last
    for chat, text in ((GROUP, "The gate is open."), (MARIA, "Somebody is there.")):
        await page.get_by_title(chat).click()
        await expect(bubble).to_contain_text(text)
    picture = bubble.locator("img")
    assert await picture.evaluate("one => one.decode().then(() => one.naturalWidth)")
    await person.keep("chats", page.locator("body"))


async def test_a_person_saves_recipients_and_writes_to_them(
    house: House, person: Person
) -> None:
    home, gateway = house
    before = len(gateway.instance.sent)
    await add_by_number(person, "Maria", "(44) 98888-8888")
    await add_group(person, "Neighbours")
    await person.open_instances()
    await person.keep("recipients", person.page.locator("body"))

    page = ActionsPage(person)
    await page.open(home.url, "send_message")
    await page.choose("Neighbours")
    await page.write("services.send_message.fields.message.name", "The gate is open.")
    await page.write("services.send_message.fields.title.name", "Gate")
    await page.keep("text")
    await page.perform()
    text = await sent_after(house, before)
    await page.keep("text-sent")

    await page.open(home.url, "send_media")
    await page.choose("Maria")
    await page.pick_from_camera()
    await page.write("services.send_media.fields.caption.name", "Somebody is there.")
    await page.keep("media")
    await page.perform()
    picture = await sent_after(house, before + 1)
    await page.keep("media-sent")

    assert (text.phone, text.route) == (GROUP, "send-text")
    assert gateway.instance.chats[GROUP].last.text == "*Gate*\nThe gate is open."
    assert (picture.phone, picture.route) == (MARIA, "send-image")
    shown = gateway.instance.chats[MARIA].last
    assert shown.text == "Somebody is there."
    assert shown.media is not None
    assert shown.media.mime == "image/jpeg"
    assert shown.media.data.startswith(b"\xff\xd8\xff")
    await read_chats(person, gateway.url)


@pytest.mark.parametrize(
    ("action", "field", "key"),
    [
        ("send_message", "when_disconnected", "when_disconnected"),
        ("send_media", "send_as", "media_as"),
        ("send_choices", "send_as", "choices_as"),
        ("find_chats", "kind", "chat_list"),
    ],
)
@pytest.mark.parametrize("person", [DESK], ids=str, indirect=True)
async def test_a_choice_has_words_on_a_page_that_was_opened_with_its_action(
    house: House, person: Person, action: str, field: str, key: str
) -> None:
    page = ActionsPage(person)
    await page.open(house.home.url, action)

    offered = await page.choices(f"services.{action}.fields.{field}.name")

    assert [text.strip() for text in offered] == person.texts(f"selector.{key}.options")


async def test_a_recipient_comes_changes_and_goes_without_a_reload(
    house: House,
) -> None:
    home, gateway = house
    command = home.websocket.command
    changes: list[Json] = []
    await command("config_entries/subscribe", changes.extend)
    before = gateway.simulator.log.count
    [entry] = home.entries()
    entry_id = entry["entry_id"]

    entity_id = await add_recipient(home, entry_id, "Maria Silva", MARIA)
    entities = await command("config/entity_registry/list")
    [device_id] = [e["device_id"] for e in entities if e["entity_id"] == entity_id]
    offered = await command(
        "get_services_for_target", target={"device_id": [device_id]}
    )
    assert {"zapi.send_message", "notify.send_message"} <= set(offered)

    await command(
        "call_service",
        domain="notify",
        service="send_message",
        service_data={"message": "The cat is out."},
        target={"device_id": device_id},
    )
    [recipient] = await command("config_entries/subentries/list", entry_id=entry_id)
    ids = {"entry_id": entry_id, "subentry_id": recipient["subentry_id"]}
    await command("config_entries/subentries/update", **ids, title="Ana Costa")
    states = home.websocket.states
    await until(
        "the new name",
        lambda: states[entity_id]["attributes"]["friendly_name"],
        lambda name: name == "Ana Costa",
    )
    await command("config_entries/subentries/delete", **ids)
    await until("no entity", lambda: entity_id not in states)

    assert gateway.instance.chats[MARIA].last.text == "The cat is out."
    asked = [request.path for request in gateway.requests(before)]
    assert asked == ["phone-exists-batch", "send-text"]
    states_of_entry = {
        change["entry"]["state"]
        for change in changes
        if change["entry"]["entry_id"] == entry_id
    }
    assert states_of_entry == {"loaded"}
    told = ("Maria Silva", "Ana Costa", "The cat is out", MARIA)
    assert not [text for text in told if text in home.log()]
