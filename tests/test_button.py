"""What a person can ask of an instance once."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.button import DOMAIN as BUTTON_DOMAIN, SERVICE_PRESS
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.const import (
    ATTR_ENTITY_ID,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
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
from syrupy.assertion import SnapshotAssertion

from custom_components.zapi.const import DOMAIN
from simulator import ALL, Gateway, Instance, State

from .common import (
    Scene,
    async_set_up,
    async_set_up_only,
    async_wait,
    requests,
    state_of,
)

CONNECTED = "binary_sensor.casa_whatsapp"
NEW_QR_CODE = "button.casa_new_qr_code"
RESTART = "button.casa_restart"
EMPTY_QUEUE = "button.casa_empty_the_queue"
RESTORE = "button.casa_restore_session"
DISCONNECT = "button.casa_disconnect"

pytestmark = pytest.mark.usefixtures("all_enabled")


async def async_press(hass: HomeAssistant, entity_id: str) -> None:
    """Press a button, and wait for what follows."""
    await hass.services.async_call(
        BUTTON_DOMAIN, SERVICE_PRESS, {ATTR_ENTITY_ID: entity_id}, blocking=True
    )


async def async_press_in_vain(hass: HomeAssistant, entity_id: str) -> str:
    """Press a button that fails, and return what is said."""
    with pytest.raises(HomeAssistantError) as caught:
        await async_press(hass, entity_id)
    assert caught.value.translation_domain == DOMAIN
    assert caught.value.translation_key
    return caught.value.translation_key


@pytest.mark.usefixtures("clock")
async def test_the_entities_are_these(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
) -> None:
    await async_set_up_only(hass_with_url, entry, Platform.BUTTON)
    await snapshot_platform(hass_with_url, entity_registry, snapshot, entry.entry_id)


@pytest.mark.parametrize(
    ("state", "available"),
    [
        (State.CONNECTED, {EMPTY_QUEUE, RESTART, NEW_QR_CODE, DISCONNECT}),
        (State.UNPAIRED, {EMPTY_QUEUE, RESTART, NEW_QR_CODE, RESTORE}),
        (State.LOST_SESSION, {EMPTY_QUEUE, RESTART, NEW_QR_CODE, RESTORE}),
    ],
)
async def test_a_button_is_there_when_it_makes_sense(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    instance: Instance,
    state: State,
    available: set[str],
) -> None:
    instance.state = state
    await async_set_up(hass_with_url, entry)
    states = hass_with_url.states.async_all(Platform.BUTTON)
    assert {state.entity_id for state in states} == {
        NEW_QR_CODE,
        RESTART,
        RESTORE,
        EMPTY_QUEUE,
        DISCONNECT,
    }
    assert available == {
        state.entity_id for state in states if state.state != STATE_UNAVAILABLE
    }


async def test_a_code_for_a_number_that_is_connected_is_refused_with_the_reason(
    hass_with_url: HomeAssistant, loaded: MockConfigEntry
) -> None:
    assert await async_press_in_vain(hass_with_url, NEW_QR_CODE) == "already_connected"


async def test_a_restart_restarts_the_instance(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
) -> None:
    before = len(requests(gateway))
    await async_press(hass_with_url, RESTART)
    await async_wait(hass_with_url, clock, 11)
    asked = requests(gateway)[before:]
    assert asked[0] == "GET restart"
    assert "GET status" in asked
    assert state_of(hass_with_url, RESTART) == "2026-06-01T12:00:00+00:00"
    assert state_of(hass_with_url, CONNECTED) == "on"


async def test_a_session_is_restored(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    scene: Scene,
) -> None:
    scene.instance.state = State.LOST_SESSION
    await async_set_up(hass_with_url, scene.entry)
    await async_press(hass_with_url, RESTORE)
    await scene.gateway.drain()
    await async_wait(hass_with_url, clock, 11)
    assert "GET restore-session" in requests(scene.gateway)
    assert state_of(hass_with_url, CONNECTED) == "on"
    assert state_of(hass_with_url, RESTORE) == STATE_UNAVAILABLE


async def test_a_gateway_that_cannot_restore_says_so_and_is_not_asked_again(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    scene: Scene,
) -> None:
    scene.instance.state = State.LOST_SESSION
    await async_set_up(hass_with_url, scene.entry)
    scene.gateway.faults.not_found_200 = frozenset({"restore-session"})
    assert await async_press_in_vain(hass_with_url, RESTORE) == "not_supported"
    assert state_of(hass_with_url, RESTORE) == STATE_UNAVAILABLE
    assert state_of(hass_with_url, NEW_QR_CODE) == STATE_UNKNOWN
    await async_press(hass_with_url, RESTORE)
    await async_wait(hass_with_url, clock, 61)
    assert state_of(hass_with_url, RESTORE) == STATE_UNAVAILABLE
    assert requests(scene.gateway).count("GET restore-session") == 1

    scene.gateway.faults.clear()
    await hass_with_url.config_entries.async_reload(scene.entry.entry_id)
    assert state_of(hass_with_url, RESTORE) != STATE_UNAVAILABLE


async def test_the_number_is_logged_out(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    await async_press(hass_with_url, DISCONNECT)
    await async_wait(hass_with_url, clock, 11)
    assert instance.state is State.UNPAIRED
    assert state_of(hass_with_url, CONNECTED) == "off"
    assert state_of(hass_with_url, DISCONNECT) == STATE_UNAVAILABLE


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("http_5xx", "cannot_connect"),
        ("reset_before", "cannot_connect"),
        ("value_false", "refused"),
        ("success_false", "refused"),
        ("expired_plan", "subscription"),
        ("ip_blocked", "ip_not_allowed"),
        ("not_found_200", "not_supported"),
    ],
)
async def test_a_failure_is_told_to_the_person_who_pressed(
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    fault: str,
    said: str,
) -> None:
    setattr(gateway.faults, fault, frozenset({"restart"}))
    assert await async_press_in_vain(hass_with_url, RESTART) == said
    assert not hass_with_url.config_entries.flow.async_progress()


async def test_refused_credentials_ask_to_sign_in_again(
    hass_with_url: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway
) -> None:
    gateway.faults.wrong_client_token = ALL
    assert await async_press_in_vain(hass_with_url, RESTART) == "invalid_auth"
    assert await async_press_in_vain(hass_with_url, RESTART) == "invalid_auth"
    await hass_with_url.async_block_till_done()
    [flow] = hass_with_url.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH
    assert flow["context"]["entry_id"] == loaded.entry_id


async def test_an_unreachable_gateway_makes_them_unavailable(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
) -> None:
    gateway.faults.http_5xx = ALL
    await async_wait(hass_with_url, clock, 61)
    states = hass_with_url.states.async_all(Platform.BUTTON)
    assert {state.state for state in states} == {STATE_UNAVAILABLE}


async def test_the_queue_is_emptied_and_counted_again(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    hass = hass_with_url
    instance.state = State.LOST_SESSION
    await gateway.send(instance, "send-text", {"phone": "5544988888888"})
    await async_set_up(hass, entry)
    assert instance.queue

    await async_press(hass, EMPTY_QUEUE)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert "DELETE queue" in requests(gateway)
    assert not instance.queue
    assert state_of(hass, "sensor.casa_queued_messages") == "0"


async def test_a_queue_that_is_not_emptied_is_told(
    hass_with_url: HomeAssistant, entry: MockConfigEntry, gateway: Gateway
) -> None:
    await async_set_up(hass_with_url, entry)
    gateway.faults.http_5xx = frozenset({"queue"})

    assert await async_press_in_vain(hass_with_url, EMPTY_QUEUE) == "cannot_connect"
