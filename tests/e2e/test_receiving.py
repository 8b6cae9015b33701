"""A person chooses what to receive, reads what comes, and what has to be put right."""

from typing import Final

from playwright.async_api import expect
import pytest_asyncio

from demo.tour import add_instance, add_recipient, choose_received
from harness.expect import until

from . import MARKS
from .conftest import FOREIGN, House
from .number import Number
from .person import Person

pytestmark = MARKS

STEP: Final = "options.step.receive"
NAME: Final = "Example house"
HOST: Final = "other.example.org"
TYPES: Final = "entity.event.message.state_attributes.event_type.state"
MARIA: Final = "5544988888888"
RECEIVED: Final = "receivedCallbackUrl"
HOOKS: Final = (RECEIVED, "deliveryCallbackUrl", "messageStatusCallbackUrl")


@pytest_asyncio.fixture(loop_scope="session")
async def number(house: House) -> House:
    """Give a test a number that is connected, and hears of the connection alone."""
    home, gateway = house
    await gateway.simulator.connect(gateway.instance)
    await add_instance(home, gateway)
    await house.until_registered()
    return house


class ReceiveDialog:
    """The dialog behind the gear, on its page about what is received."""

    def __init__(self, person: Person) -> None:
        """Take a person who has signed in."""
        self._person = person
        self._dialog = person.dialog

    async def open(self) -> None:
        """Press the gear, and choose from the menu."""
        await self._person.open_options()
        await self._person.keep("receive-menu")
        label = self._person.text("options.step.init.menu_options.receive")
        await self._dialog.get_by_text(label, exact=True).click()
        await self._person.sees(f"{STEP}.description", name=NAME)

    async def tick(self, choice: str) -> None:
        """Tick what to receive, or take that back."""
        await self._dialog.get_by_text(self._label(choice), exact=True).click()

    async def is_ticked(self, *choices: str) -> bool:
        """Return whether all these are ticked."""
        ticks = [
            self._dialog.get_by_role("checkbox", name=self._label(choice))
            for choice in choices
        ]
        return all([await tick.is_checked() for tick in ticks])

    async def finish(self) -> None:
        """Send it, and close the page that says that it was done."""
        await self._person.submit()
        await expect(self._dialog.locator("step-flow-create-entry")).to_be_visible()
        await self._person.keep("receive-stored")
        await self._dialog.get_by_role("button").last.click()
        await expect(self._dialog.locator("dialog")).to_be_hidden()

    def _label(self, choice: str) -> str:
        return self._person.text(f"selector.receive.options.{choice}")


async def until_received(house: House, urls: list[str]) -> None:
    """Wait until what is received goes to URLs that begin so; empty is nowhere."""
    hooks = house.gateway.instance.webhooks
    await until(
        str(urls),
        lambda: [hooks[hook] for hook in HOOKS],
        lambda seen: all(
            one.startswith(url) if url else not one
            for one, url in zip(seen, urls, strict=True)
        ),
    )


async def test_a_person_chooses_what_to_receive_and_takes_it_back(
    number: House, person: Person
) -> None:
    home, gateway = number
    settings = gateway.instance.settings
    dialog = ReceiveDialog(person)
    await dialog.open()
    await person.keep("receive")
    await dialog.tick("own")
    await person.submit()
    await person.sees("options.error.own_needs_messages")
    await person.keep("receive-own-alone")
    assert await dialog.is_ticked("own")

    await dialog.tick("messages")
    await dialog.tick("receipts")
    await person.submit()
    await person.sees("options.error.nobody_counts")
    await person.keep("receive-nobody")
    await dialog.finish()
    await until_received(number, [home.url] * 3)
    await until("own messages", lambda: settings["receiveCallbackSentByMe"])

    await dialog.open()
    assert await dialog.is_ticked("messages", "receipts", "own")
    for choice in ("messages", "receipts", "own"):
        await dialog.tick(choice)
    await dialog.finish()
    await until_received(number, [""] * 3)
    await until("no own messages", lambda: not settings["receiveCallbackSentByMe"])
    await number.until_registered()


async def test_whoever_has_the_messages_is_asked_about_and_gets_them_back(
    number: House, person: Person
) -> None:
    home, gateway = number
    gateway.simulator.set_webhooks(gateway.instance, FOREIGN, RECEIVED)
    dialog = ReceiveDialog(person)
    await dialog.open()
    await dialog.tick("messages")
    contacts = person.text("selector.others.options.contacts")
    await person.dialog.get_by_text(contacts, exact=True).click()
    await person.submit()
    await person.sees(f"{STEP}.data.webhooks", hosts=HOST)
    copy = person.text("selector.webhooks.options.take_over_and_forward")
    await expect(person.dialog.get_by_text(copy, exact=True)).to_be_visible()
    await person.keep("receive-somebody-else")
    await dialog.finish()
    await until_received(number, [home.url, "", ""])

    await dialog.open()
    await dialog.tick("messages")
    await dialog.finish()
    await until_received(number, [FOREIGN, "", ""])


async def open_device_of(house: House, person: Person, entity_id: str) -> None:
    """Open the page of the device that an entity belongs to."""
    entities = await house.home.websocket.command("config/entity_registry/list")
    [device_id] = [e["device_id"] for e in entities if e["entity_id"] == entity_id]
    await person.page.goto(f"{house.home.url}/config/devices/device/{device_id}")


async def test_what_somebody_writes_is_read_at_their_device(
    number: House, person: Person
) -> None:
    home, gateway = number
    [entry] = home.entries()
    notify = await add_recipient(home, entry["entry_id"], "Maria", MARIA)
    await choose_received(home, entry["entry_id"], "messages")
    await until_received(number, [home.url, "", ""])
    page = person.page
    await page.goto(gateway.url)
    await page.get_by_title(MARIA).click()
    text = page.get_by_role("textbox", name="Text")
    await text.fill("Is the gate closed?")
    await page.get_by_role("button", name="Write").click()
    await expect(page.locator(".bubble").last).to_contain_text("Is the gate closed?")
    await open_device_of(number, person, notify)
    # Named in the language of the house, whoever looks.
    name = page.get_by_text("Message", exact=True)
    row = page.locator("hui-event-entity-row, hui-generic-entity-row").filter(has=name)
    await expect(row.first).to_contain_text(person.text(f"{TYPES}.text"))
    await person.keep("message-device", page.locator("body"))

    await row.first.click()
    more = page.locator("ha-more-info-dialog")
    await more.locator("ha-dropdown ha-icon-button").first.click()
    await person.keep("message-menu", page.locator("body"))
    await more.get_by_text(person.words["details"], exact=True).click()
    await expect(more).to_contain_text("Is the gate closed?")
    await person.keep("message-text", page.locator("body"))

    await page.goto(gateway.url)
    await page.get_by_title(MARIA).click()
    await text.fill("This one")
    await page.get_by_role("button", name="Picture").click()
    await expect(page.locator(".bubble img").last).to_be_visible()
    await open_device_of(number, person, notify)
    await expect(row.first).to_contain_text(person.text(f"{TYPES}.image"))


async def test_what_a_person_must_put_right_is_read_in_the_repairs(
    number: House, person: Person
) -> None:
    home, gateway = number
    [entry] = home.entries()
    notify = await add_recipient(home, entry["entry_id"], "Maria", MARIA)
    await choose_received(home, entry["entry_id"], "messages", "receipts")
    await until_received(number, [home.url] * 3)
    page, instance = person.page, gateway.instance
    await page.goto(gateway.url)
    await page.get_by_title(MARIA).click()
    await page.get_by_label("Send anything else").select_option("WA_OLD_REGISTRATION")
    await expect(page.get_by_role("status")).to_contain_text("ReceivedCallback")
    await read_repair(number, person, "registration_code")

    faults = gateway.simulator.faults
    faults.buttons_refused = True
    await write(number, notify, "send_choices", choices=["A", "B"], send_as="buttons")
    await read_repair(number, person, "buttons_terms")
    faults.delivery_error = "SHADOW_BAN"
    await write(number, notify, "send_message")
    await read_repair(number, person, "shadow_ban")
    faults.clear()
    instance.absent.add(MARIA)
    await write(number, notify, "send_message")
    await read_repair(number, person, "recipient_gone")
    instance.absent.clear()


async def test_a_repair_turns_on_what_an_automation_waits_for(
    house: House, person: Person
) -> None:
    number, issue = await Number.add(house), "issues.messages_off"
    trigger = "zapi.message_received"
    target = {"device_id": number.device_id}
    await number.automate("waits", triggers={"trigger": trigger, "target": target})
    page = person.page
    await page.goto(f"{house.home.url}/config/repairs")
    await page.get_by_text(person.text(f"{issue}.title", name=NAME)).click()
    step = f"{issue}.fix_flow.step.confirm_nobody"
    await person.sees(f"{step}.title")
    nobody = person.text(f"{step}.description", name=NAME, missing="").split("\n")[-1]
    await expect(person.dialog).to_contain_text(nobody.replace("**", ""))
    await person.keep("repair-messages_off")
    await person.submit()
    await until_received(house, [house.home.url, "", ""])
    await number.remove_automations()


async def read_repair(house: House, person: Person, key: str) -> None:
    """Open a repair, and read it."""
    issue, about = f"issues.{key}", {"name": NAME, "recipient": "…8888"}
    page = person.page
    await page.goto(f"{house.home.url}/config/repairs")
    await page.get_by_text(person.text(f"{issue}.title", **about)).click()
    dialog = page.locator("dialog-repairs-issue")
    text = person.text(f"{issue}.description", **about)
    await expect(dialog.locator("ha-markdown")).to_contain_text(text.split("\n")[0])
    await person.keep(f"repair-{key}", page.locator("body"))


async def write(house: House, entity_id: str, action: str, **data: object) -> None:
    """Write to a recipient."""
    await house.home.websocket.command(
        "call_service",
        domain="zapi",
        service=action,
        service_data={"message": "Is the gate closed?", **data},
        target={"entity_id": entity_id},
    )
