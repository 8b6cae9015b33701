"""What a person sees in the browser; with ``ZAPI_SCREENSHOTS=FOLDER`` pictures of it are kept."""

from http import HTTPStatus

from playwright.async_api import expect
import pytest

from demo.tour import add_instance
from harness.expect import until
from simulator import ALL

from . import MARKS
from .conftest import FOREIGN, HOOKS, House
from .person import DESK, Person

pytestmark = MARKS


async def test_three_fields_are_enough_and_the_phone_is_paired_in_the_dialog(
    house: House, person: Person
) -> None:
    home, gateway = house
    await person.add_integration()
    await expect(person.field("api_url")).to_be_hidden()
    await person.keep("setup")

    await person.fill(
        instance_id=gateway.address_of(gateway.instance),
        token=gateway.instance.token,
        client_token=gateway.client_token,
    )
    await person.submit()

    await person.sees("options.step.added.menu_options.scan_qr")
    scan_qr = person.text("options.step.added.menu_options.scan_qr")
    await person.dialog.get_by_text(scan_qr).click()
    code = person.dialog.locator("ha-markdown img")
    await expect(code).to_be_visible()
    assert await code.evaluate("image => image.complete && image.naturalWidth") > 100
    await person.keep("pairing")

    await gateway.simulator.scan_qr(gateway.instance)

    await person.sees("options.abort.paired", name=gateway.instance.name)
    await home.entry_in("loaded")


async def test_a_pasted_address_and_the_client_token_are_enough(
    house: House, person: Person
) -> None:
    home, gateway = house
    await gateway.simulator.connect(gateway.instance)
    await person.add_integration()
    await person.fill(
        instance_id=gateway.address_of(gateway.instance),
        client_token=gateway.client_token,
    )
    await person.submit()
    await home.entry_in("loaded")


async def test_after_an_error_only_what_was_wrong_is_filled_in_again(
    house: House, person: Person
) -> None:
    home, gateway = house
    await gateway.simulator.connect(gateway.instance)
    await person.add_integration()
    await person.fill(
        instance_id=gateway.address_of(gateway.instance), client_token="FwrongS"
    )
    await person.submit()
    await person.sees("config.error.invalid_auth")
    await expect(person.field("api_url")).to_be_hidden()
    await person.keep("error-at-a-field")

    gateway.simulator.faults.ip_blocked = ALL
    await person.fill(client_token=gateway.client_token)
    await person.submit()
    await person.sees("config.error.ip_not_allowed", ip="203.0.113.7")
    await person.keep("error-of-all")

    gateway.simulator.faults.clear()
    await person.submit()
    await home.entry_in("loaded")


async def test_a_wrong_address_is_told_with_the_section_open(
    house: House, person: Person
) -> None:
    home, gateway = house
    await gateway.simulator.connect(gateway.instance)
    await person.add_integration()
    await person.fill(
        instance_id=gateway.instance.instance_id,
        token=gateway.instance.token,
        client_token=gateway.client_token,
    )
    advanced = person.text("config.step.user.sections.advanced.name")
    await person.dialog.get_by_text(advanced).click()
    await person.fill(api_url="http://api.example.org")
    await person.submit()
    await person.sees("config.error.invalid_api_url")
    await expect(person.field("api_url")).to_be_visible()
    await person.keep("error-of-the-address")

    await person.fill(api_url=gateway.url)
    await person.submit()
    await home.entry_in("loaded")


async def test_the_credentials_are_changed_by_one_new_value(
    house: House, person: Person
) -> None:
    home, gateway = house
    await gateway.simulator.connect(gateway.instance)
    await add_instance(home, gateway)
    gateway.rotate_client_token()
    await person.reconfigure()
    await expect(person.field("client_token")).to_have_value("")
    await person.keep("reconfigure")
    await person.fill(client_token="FwrongS")
    await person.submit()
    await person.sees("config.error.invalid_auth")
    await expect(person.field("client_token")).to_have_value("FwrongS")

    await person.fill(client_token=gateway.client_token)
    await person.submit()

    await person.sees("config.abort.credentials_updated")
    await person.keep("credentials-updated")
    await home.entry_in("loaded")


async def test_a_person_signs_in_again_with_one_new_value(
    house: House, person: Person
) -> None:
    home, gateway = house
    await gateway.simulator.connect(gateway.instance)
    entry = await add_instance(home, gateway)
    gateway.rotate_client_token()
    await home.reload_entry(entry["entry_id"])
    await home.entry_in("setup_error")
    await until("a dialog", lambda: list(home.websocket.flows))
    await person.sign_instance_in_again()
    await person.sees("config.error.invalid_auth")
    await expect(person.field("client_token")).to_have_value("")
    await person.keep("reauth")

    await person.fill(client_token=gateway.client_token)
    await person.submit()

    await person.sees("config.abort.credentials_updated")
    await home.entry_in("loaded")


@pytest.mark.parametrize(
    ("url", "option"),
    [
        (FOREIGN, "take_over_and_forward"),
        ("https://127.0.0.1/hook", None),
    ],
)
async def test_a_copy_is_preselected_where_one_can_be_sent(
    house: House, person: Person, url: str, option: str | None
) -> None:
    home, gateway = house
    await gateway.simulator.connect(gateway.instance)
    gateway.simulator.set_webhooks(gateway.instance, url, *HOOKS)
    await person.add_integration()
    await person.fill(
        instance_id=gateway.address_of(gateway.instance),
        client_token=gateway.client_token,
    )
    await person.submit()
    await person.sees("config.step.webhooks_in_use.title")
    await person.keep("copy" if option else "no-copy")
    if option is None:
        await person.submit()
        await person.sees("config.error.choice_required")
        await person.keep("no-choice")
        take_over = person.text("selector.webhooks.options.take_over")
        await person.dialog.get_by_text(take_over, exact=True).click()
    await person.submit()
    entry = await home.entry_in("loaded")
    await house.until_registered()
    await home.remove_entry(entry["entry_id"])
    assert house.hooks() == [url, url]


async def open_device(house: House, person: Person) -> None:
    """Open the page of the number."""
    devices = await house.home.websocket.command("config/device_registry/list")
    device = next(device for device in devices if device["manufacturer"] == "Z-API")
    await person.page.goto(f"{house.home.url}/config/devices/device/{device['id']}")


@pytest.mark.parametrize("person", [DESK], indirect=True, ids=str)
async def test_the_device_follows_the_phone(house: House, person: Person) -> None:
    home, gateway = house
    await gateway.simulator.connect(gateway.instance)
    await add_instance(home, gateway)
    await open_device(house, person)
    page = person.page
    card = page.locator("ha-device-entities-card").filter(has_text="Phone number")
    await expect(card).to_contain_text(f"+{gateway.instance.phone}")

    await gateway.simulator.disconnect(gateway.instance)
    await expect(card).to_contain_text("Disconnected")
    await gateway.simulator.connect(gateway.instance)
    await expect(card).not_to_contain_text("Disconnected")

    await page.set_viewport_size({"width": 1000, "height": 752})
    # What happened, in lines, would be cut off in the middle.
    without = "ha-card:has(ha-logbook) { display: none }"
    await person.keep("device", page.locator("ha-config-device-page"), without)


@pytest.mark.parametrize("person", [DESK], indirect=True, ids=str)
async def test_where_there_is_no_code_an_icon_is_shown_and_nothing_fails(
    house: House, person: Person
) -> None:
    home, gateway = house
    page = person.page
    looked: list[int] = []
    page.on(
        "response",
        lambda response: (
            looked.append(response.status) if "/image_proxy" in response.url else None
        ),
    )
    await gateway.simulator.connect(gateway.instance)
    await add_instance(home, gateway)
    await open_device(house, person)
    row = page.locator("hui-generic-entity-row").filter(has_text="Pairing QR code")
    await expect(row.locator("state-badge ha-state-icon")).to_be_visible()
    await row.click()
    icon = page.locator("ha-more-info-dialog ha-state-icon")
    await expect(icon.first).to_be_visible()
    await page.keyboard.press("Escape")
    assert looked == []

    async with page.expect_response("**/image_proxy/**"):
        await gateway.simulator.disconnect(gateway.instance)
    await expect(row.locator("state-badge ha-state-icon")).to_be_hidden()
    assert set(looked) == {HTTPStatus.OK}
