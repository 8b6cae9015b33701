"""Pairing in the browser: after adding, later, and from the repair."""

from collections.abc import AsyncIterator
from pathlib import Path

from playwright.async_api import Locator, expect
import pytest_asyncio

from harness.home_assistant import LEAN
from simulator import ALL, State

from . import MARKS
from .conftest import House, Starter, put_in_order
from .person import Person

CLOCK = Path(__file__).parent / "components" / "zapi_clock"
ISSUE = "issues.not_connected"
EXTENSION = "https://chromewebstore.google.com/detail/iopmkohngoecmepoheapifkafbeomphn"
NAME = {"name": "Example house"}

pytestmark = MARKS


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pair_with_clock(start: Starter) -> AsyncIterator[House]:
    """Start a Home Assistant in which time can be made to pass."""
    configuration = f"{LEAN}\nzapi_clock:\n"
    async with start(configuration=configuration, components=[CLOCK]) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="session")
async def house(pair_with_clock: House) -> AsyncIterator[House]:
    """Give it to a test."""
    async with put_in_order(pair_with_clock):
        yield pair_with_clock
        pair_with_clock.gateway.simulator.faults.clear()


async def skip(house: House, seconds: float) -> None:
    """Let time pass in Home Assistant."""
    await house.home.websocket.command(
        "call_service",
        domain="zapi_clock",
        service="skip",
        service_data={"seconds": seconds},
    )


async def add(person: Person, house: House) -> None:
    """Add the number, and be asked how to pair it."""
    home, gateway = house
    await person.add_integration()
    await person.fill(
        instance_id=gateway.address_of(gateway.instance),
        client_token=gateway.client_token,
    )
    await person.submit()
    await person.sees("options.step.added.description", **NAME)
    await home.entry_in("loaded")


async def close(person: Person) -> None:
    """Close the dialog."""
    await person.dialog.locator("[data-dialog=close]").first.click()
    await expect(person.dialog.locator("dialog")).to_be_hidden()


async def open_repair(person: Person, house: House) -> None:
    """Open the repair that stands once a number has been missed for five minutes."""
    await person.page.goto(f"{house.home.url}/config/repairs")
    await person.page.get_by_text(person.text(f"{ISSUE}.title", **NAME)).click()
    await person.sees(f"{ISSUE}.fix_flow.step.pair.description", **NAME)


async def choose(person: Person, way: str) -> None:
    """Choose from the menu."""
    label = person.text(f"options.step.pair.menu_options.{way}")
    await person.dialog.get_by_text(label, exact=True).click()


async def picture(person: Person) -> Locator:
    """Return the code, once it is there."""
    code = person.dialog.locator("ha-markdown img")
    await expect(code).to_be_visible()
    assert await code.evaluate("image => image.complete && image.naturalWidth") > 100
    return code


async def test_what_was_added_is_found_when_the_dialog_was_closed_and_paired_by_the_repair(
    house: House, person: Person
) -> None:
    gateway = house.gateway
    await add(person, house)
    await person.keep("added")
    await close(person)
    row = await person.open_instances()
    await expect(row).to_contain_text(gateway.instance.name)
    await person.keep("found", row)

    await skip(house, 5 * 60)
    await open_repair(person, house)
    await person.keep("repair")
    await choose(person, "scan_qr")
    await picture(person)
    await person.keep("repair-code")

    await gateway.simulator.scan_qr(gateway.instance)

    title = person.page.get_by_text(person.text(f"{ISSUE}.title", **NAME))
    await expect(title).to_have_count(0)
    await expect(person.dialog.locator("step-flow-create-entry")).to_be_visible()
    await person.keep("repaired")


async def test_the_dialog_after_adding_pairs_and_says_so(
    house: House, person: Person
) -> None:
    home, gateway = house
    await add(person, house)
    await choose(person, "scan_qr")
    await picture(person)
    await person.keep("code")

    await gateway.simulator.scan_qr(gateway.instance)

    await person.sees("options.abort.paired", **NAME)
    await person.keep("paired")
    [entry] = home.entries()
    assert entry["state"] == "loaded"


async def test_codes_that_nobody_used_are_told_in_the_menu(
    house: House, person: Person
) -> None:
    await add(person, house)
    await choose(person, "scan_qr")
    await picture(person)
    expired = person.dialog.get_by_text(
        person.text("options.step.expired.description", **NAME)
    )
    while not await expired.is_visible():
        # As long as the dialog waits until it looks again, and the browser a moment.
        await skip(house, 5)
        await person.page.wait_for_timeout(500)
    await person.keep("expired")
    await close(person)


async def open_options(person: Person) -> None:
    """Press the gear beside the number, and choose from the menu."""
    await person.open_options()
    pair = person.text("options.step.init.menu_options.pair")
    await person.dialog.get_by_text(pair, exact=True).click()
    await person.sees("options.step.pair.description", **NAME)


async def test_the_gear_pairs_a_number_by_a_code_that_is_typed(
    house: House, person: Person
) -> None:
    gateway = house.gateway
    await add(person, house)
    await close(person)
    await open_options(person)
    await choose(person, "phone_code")
    await person.sees("options.step.phone_code.description", **NAME)
    await person.fill(phone="1234")
    await person.submit()
    await person.sees("options.error.invalid_phone")
    await person.keep("no-number")

    await person.fill(phone="+55 44 99999-9999")
    await person.submit()
    await expect(person.dialog.locator("ha-markdown h2")).to_be_visible()
    assert gateway.instance.code
    await expect(person.dialog).to_contain_text(gateway.instance.code)
    await person.keep("typed-code")

    await gateway.simulator.scan_qr(gateway.instance)
    await person.sees("options.abort.paired", **NAME)


async def test_the_extension_is_led_to_and_a_failure_is_told(
    house: House, person: Person
) -> None:
    gateway = house.gateway
    await add(person, house)
    await close(person)
    await open_options(person)
    gateway.simulator.faults.http_5xx = ALL
    await choose(person, "passkey")
    await person.sees("options.error.cannot_connect")
    await person.keep("failed")

    gateway.simulator.faults.clear()
    again = person.text("options.step.failed.submit")
    await person.dialog.get_by_role("button", name=again).click()
    await person.sees("options.step.pair.description", **NAME)
    await person.keep("menu")
    await choose(person, "passkey")
    link = person.dialog.get_by_role("link", name="Z-API Conector")
    await expect(link).to_have_attribute("href", EXTENSION)
    await person.keep("extension")
    await close(person)
    assert gateway.instance.state is State.UNPAIRED
