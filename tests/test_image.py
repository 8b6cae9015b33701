"""The QR code that pairs a phone: live only while it serves, and cheap to look at."""

from asyncio import gather
from http import HTTPStatus
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.button import DOMAIN as BUTTON_DOMAIN, SERVICE_PRESS
from homeassistant.components.image import async_get_image
from homeassistant.const import (
    ATTR_ENTITY_ID,
    ATTR_ENTITY_PICTURE,
    STATE_UNAVAILABLE,
    Platform,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    snapshot_platform,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion

from simulator import ALL, Gateway, Instance, State

from .common import async_set_up, async_set_up_only, async_wait, requests, state_of

IMAGE = "image.casa_pairing_qr_code"
BUTTON = "button.casa_new_qr_code"
ADDRESS = f"/api/image_proxy/{IMAGE}"
PNG = b"\x89PNG\r\n\x1a\n"
LIFETIME = 15

type Browser = TestClient[Any, Any]


@pytest.fixture
def instance(instance: Instance) -> Instance:
    """Return an instance that no phone is paired with."""
    instance.state = State.UNPAIRED
    return instance


@pytest.fixture
async def browser(
    loaded: MockConfigEntry, hass_client: ClientSessionGenerator
) -> Browser:
    """Return the browser of a person who is signed in."""
    return await hass_client()


async def async_look(browser: Browser) -> bytes:
    """Look at the code."""
    response = await browser.get(ADDRESS)
    assert response.status == HTTPStatus.OK
    assert response.content_type == "image/png"
    return await response.read()


async def async_look_in_vain(browser: Browser) -> ClientResponse:
    """Look where there is nothing to see."""
    response = await browser.get(ADDRESS)
    assert response.status == HTTPStatus.INTERNAL_SERVER_ERROR
    return response


async def async_press(hass: HomeAssistant) -> None:
    """Ask for a new code."""
    await hass.services.async_call(
        BUTTON_DOMAIN, SERVICE_PRESS, {ATTR_ENTITY_ID: BUTTON}, blocking=True
    )
    await hass.async_block_till_done(wait_background_tasks=True)


def picture_of(hass: HomeAssistant) -> str | None:
    """Return the picture that a page shows in place of the icon."""
    state = hass.states.get(IMAGE)
    assert state
    picture: str | None = state.attributes.get(ATTR_ENTITY_PICTURE)
    return picture


def codes(gateway: Gateway) -> int:
    """Return how often a code was asked for."""
    return requests(gateway).count("GET qr-code/image")


@pytest.mark.usefixtures("clock")
async def test_the_entities_are_these(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("random.SystemRandom.getrandbits", lambda *_: 1)
    await async_set_up_only(hass_with_url, entry, Platform.IMAGE)
    await snapshot_platform(hass_with_url, entity_registry, snapshot, entry.entry_id)


async def test_nothing_is_fetched_until_somebody_looks(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
) -> None:
    for _ in range(3):
        await async_wait(hass_with_url, clock, 61)
    assert state_of(hass_with_url, IMAGE) == "2026-06-01T12:00:00+00:00"
    assert codes(gateway) == 0


async def test_two_who_look_at_once_cost_one_request(
    browser: Browser, gateway: Gateway
) -> None:
    gateway.faults.latency = 0.05
    first, second = await gather(async_look(browser), async_look(browser))
    assert first.startswith(PNG)
    assert first == second == await async_look(browser)
    assert codes(gateway) == 1


async def test_the_image_can_be_kept_by_an_action_too(
    hass_with_url: HomeAssistant, loaded: MockConfigEntry
) -> None:
    image = await async_get_image(hass_with_url, IMAGE)
    assert image.content_type == "image/png"
    assert image.content.startswith(PNG)


async def test_a_code_is_renewed_three_times_at_most_until_the_button_is_pressed(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    browser: Browser,
    gateway: Gateway,
) -> None:
    images, states = set(), {state_of(hass_with_url, IMAGE)}
    for _ in range(3):
        images.add(await async_look(browser))
        states.add(state_of(hass_with_url, IMAGE))
        await async_wait(hass_with_url, clock, LIFETIME - 1)
        images.add(await async_look(browser))
        await async_wait(hass_with_url, clock, 1)
    # The state moves when there is a new code to look at, and that alone.
    assert len(images) == 3
    assert len(states) == 3
    assert codes(gateway) == 3
    assert state_of(hass_with_url, IMAGE) == STATE_UNAVAILABLE
    await async_look_in_vain(browser)
    await async_wait(hass_with_url, clock, 120)
    await async_look_in_vain(browser)
    assert codes(gateway) == 3

    await async_press(hass_with_url)
    assert state_of(hass_with_url, IMAGE) != STATE_UNAVAILABLE
    assert await async_look(browser) not in images
    assert codes(gateway) == 4
    for _ in range(3):
        await async_wait(hass_with_url, clock, LIFETIME)
        await browser.get(ADDRESS)
    assert codes(gateway) == 6


async def test_pressing_the_button_replaces_a_code_that_lives(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    browser: Browser,
    gateway: Gateway,
) -> None:
    before, shown = await async_look(browser), state_of(hass_with_url, IMAGE)
    await async_wait(hass_with_url, clock, 5)
    await async_press(hass_with_url)
    assert state_of(hass_with_url, IMAGE) != shown
    assert await async_look(browser) != before
    assert codes(gateway) == 2
    await async_wait(hass_with_url, clock, LIFETIME - 1)
    await async_look(browser)
    assert codes(gateway) == 2


async def test_it_is_unavailable_while_the_number_is_connected(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    browser: Browser,
    gateway: Gateway,
    instance: Instance,
) -> None:
    await async_look(browser)
    await gateway.scan_qr(instance)
    await async_wait(hass_with_url, clock, 1)
    assert state_of(hass_with_url, IMAGE) == STATE_UNAVAILABLE
    await async_look_in_vain(browser)
    assert codes(gateway) == 1


async def test_a_page_shows_the_code_while_there_is_one_and_else_the_icon(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    browser: Browser,
    gateway: Gateway,
    instance: Instance,
) -> None:
    picture = picture_of(hass_with_url)
    assert picture
    assert (await browser.get(picture)).status == HTTPStatus.OK
    await gateway.scan_qr(instance)
    await async_wait(hass_with_url, clock, 1)
    assert picture_of(hass_with_url) is None
    await gateway.disconnect(instance)
    await async_wait(hass_with_url, clock, 1)
    assert picture_of(hass_with_url)


async def test_a_lost_session_has_three_codes_again_and_never_an_old_one(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    browser: Browser,
    gateway: Gateway,
    instance: Instance,
) -> None:
    used = {await async_look(browser)}
    await async_wait(hass_with_url, clock, LIFETIME)
    used.add(await async_look(browser))
    await gateway.scan_qr(instance)
    await async_wait(hass_with_url, clock, 2)
    await gateway.disconnect(instance)
    await async_wait(hass_with_url, clock, 2)
    for _ in range(3):
        used.add(await async_look(browser))
        await async_wait(hass_with_url, clock, LIFETIME)
    assert len(used) == 5
    assert state_of(hass_with_url, IMAGE) == STATE_UNAVAILABLE


async def test_it_is_unavailable_while_nobody_knows_whether_it_is_connected(
    hass_with_url: HomeAssistant, entry: MockConfigEntry, gateway: Gateway
) -> None:
    gateway.faults.null_fields = frozenset({"connected"})
    await async_set_up(hass_with_url, entry)
    assert state_of(hass_with_url, IMAGE) == STATE_UNAVAILABLE


async def test_a_code_without_its_prefix_is_shown_all_the_same(
    browser: Browser, gateway: Gateway
) -> None:
    gateway.faults.qr_no_prefix = True
    assert (await async_look(browser)).startswith(PNG)


async def test_a_gateway_that_says_connected_is_asked_for_its_state(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    browser: Browser,
    gateway: Gateway,
    instance: Instance,
) -> None:
    instance.state = State.CONNECTED
    await async_wait(hass_with_url, clock, 5)
    await async_look_in_vain(browser)
    await async_wait(hass_with_url, clock, 10)
    assert state_of(hass_with_url, "binary_sensor.casa_whatsapp") == "on"
    assert state_of(hass_with_url, IMAGE) == STATE_UNAVAILABLE


@pytest.mark.parametrize(
    "faults",
    [
        {"qr_challenge": True},
        {"qr_connected": True},
        {"http_5xx": True},
        {"reset_before": True},
        {"not_found_200": True},
        {"value_false": True},
        {"null_fields": True},
        {"wrong_client_token": ["qr-code/image"]},
    ],
    ids=lambda faults: next(iter(faults)),
)
async def test_a_failure_to_fetch_is_told_without_a_traceback_and_overcome(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    browser: Browser,
    gateway: Gateway,
    caplog: pytest.LogCaptureFixture,
    faults: dict[str, Any],
) -> None:
    gateway.faults.update(faults)
    await async_look_in_vain(browser)
    await hass_with_url.async_block_till_done(wait_background_tasks=True)
    asked = codes(gateway)
    # Nobody is led to look again at once, and who does costs nothing.
    assert state_of(hass_with_url, IMAGE) == STATE_UNAVAILABLE
    assert picture_of(hass_with_url) is None
    stream = await browser.get(f"/api/image_proxy_stream/{IMAGE}")
    assert PNG not in await stream.read()
    await async_look_in_vain(browser)
    assert codes(gateway) == asked
    assert "Traceback" not in caplog.text
    assert not [record for record in caplog.records if record.exc_info]
    gateway.faults.clear()
    await async_wait(hass_with_url, clock, LIFETIME)
    assert (await async_look(browser)).startswith(PNG)
    assert codes(gateway) == asked + 1


async def test_a_gateway_that_gives_no_code_is_asked_three_times_at_most(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    browser: Browser,
    gateway: Gateway,
) -> None:
    gateway.faults.qr_challenge = True
    for _ in range(5):
        await async_look_in_vain(browser)
        await async_wait(hass_with_url, clock, LIFETIME)
    assert codes(gateway) == 3
    assert state_of(hass_with_url, IMAGE) == STATE_UNAVAILABLE
    gateway.faults.clear()
    await async_press(hass_with_url)
    assert (await async_look(browser)).startswith(PNG)


@pytest.mark.parametrize(
    "value",
    [
        "data:image/png;base64,bm8gcGljdHVyZQ==",
        "data:image/jpeg;base64,/9j/4AAQSkZJRg==",
        "data:image/png;base64,iVBORw0KGgo",
        "2@no picture but the text of the code",
        "<svg onload=alert(1)>",
        "data:image/png;base64,",
    ],
    ids=range(6),
)
async def test_a_picture_that_is_no_png_is_not_shown(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setattr("segno.QRCode.png_data_uri", lambda *_, **__: value)
    await async_look_in_vain(browser)


async def test_a_passkey_is_explained_when_the_button_is_pressed(
    hass_with_url: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway
) -> None:
    gateway.faults.qr_challenge = True
    with pytest.raises(HomeAssistantError) as caught:
        await async_press(hass_with_url)
    assert caught.value.translation_key == "passkey_needed"


async def test_an_image_that_is_disabled_hinders_no_button(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    entity_registry: er.EntityRegistry,
) -> None:
    entity_registry.async_update_entity(
        IMAGE, disabled_by=er.RegistryEntryDisabler.USER
    )
    await hass_with_url.config_entries.async_reload(loaded.entry_id)
    await async_press(hass_with_url)
    await async_wait(hass_with_url, clock, LIFETIME)
    assert codes(gateway) == 1


async def test_nothing_lingers_once_the_entry_is_unloaded(
    hass_with_url: HomeAssistant, browser: Browser, loaded: MockConfigEntry
) -> None:
    await async_look(browser)
    await hass_with_url.config_entries.async_unload(loaded.entry_id)
    assert (await browser.get(ADDRESS)).status == HTTPStatus.NOT_FOUND


async def test_an_outage_hides_the_code_and_brings_it_back(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    browser: Browser,
    gateway: Gateway,
) -> None:
    gateway.faults.http_5xx = ALL
    await async_wait(hass_with_url, clock, 61)
    assert state_of(hass_with_url, IMAGE) == STATE_UNAVAILABLE
    gateway.faults.clear()
    await async_wait(hass_with_url, clock, 61)
    assert (await async_look(browser)).startswith(PNG)
