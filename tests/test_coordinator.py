"""What is true of an instance: time, order and availability."""

from collections import Counter
from datetime import datetime
import time
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import (
    EVENT_STATE_CHANGED,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.zapi.api import DisconnectedCallback, Setting
from custom_components.zapi.coordinator import ZapiCoordinator
from simulator import Gateway, Instance, State

from .common import INSTANCE_ID, PHONE, Scene, async_set_up, async_wait, requests

CONNECTED = "binary_sensor.casa_whatsapp"
NUMBER = "sensor.casa_phone_number"
NOW = 1_790_000_000.5
SECOND = int(NOW)
OTHER_PHONE = "5511988887777"


def reported(hass: HomeAssistant) -> datetime:
    """Return when the binary sensor was last written, changed or not."""
    state = hass.states.get(CONNECTED)
    assert state
    return state.last_reported


async def test_an_unpaired_instance_is_off_and_its_number_unknown(
    hass_with_url: HomeAssistant, entry: MockConfigEntry, instance: Instance
) -> None:
    instance.state = State.UNPAIRED
    await async_set_up(hass_with_url, entry)
    assert hass_with_url.states.is_state(CONNECTED, STATE_OFF)
    assert hass_with_url.states.is_state(NUMBER, STATE_UNKNOWN)


async def test_unsaid_is_unknown(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    gateway.faults.missing_fields = frozenset({"connected"})
    await async_set_up(hass_with_url, entry)
    assert hass_with_url.states.is_state(CONNECTED, STATE_UNKNOWN)


async def test_a_poll_corrects_what_no_callback_told(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
) -> None:
    scene.instance.state = State.UNPAIRED
    await async_wait(scene.hass, freezer, 61)
    assert scene.hass.states.is_state(CONNECTED, STATE_OFF)
    assert scene.hass.states.is_state(NUMBER, f"+{PHONE}")

    scene.instance.phone = "5511988887777"
    scene.instance.state = State.CONNECTED
    await async_wait(scene.hass, freezer, 61)
    assert scene.hass.states.is_state(CONNECTED, STATE_ON)
    assert scene.hass.states.is_state(NUMBER, "+5511988887777")


async def test_duplicates_write_no_state(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway, instance: Instance
) -> None:
    body = {"type": "DisconnectedCallback", "momment": int(time.time() * 1000)}
    instance.state = State.UNPAIRED
    await gateway.inject(instance, body)
    await hass.async_block_till_done(wait_background_tasks=True)
    first = reported(hass)
    gateway.faults.duplicate_callbacks = 3
    await gateway.inject(instance, body)
    assert loaded.runtime_data.stats.counts == {"disconnected": 5}
    assert reported(hass) == first


@pytest.mark.usefixtures("all_enabled", "loaded")
async def test_a_change_is_shown_once_by_each_entity(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    gateway: Gateway,
    instance: Instance,
) -> None:
    for change, entities in ((gateway.disconnect, 8), (gateway.connect, 7)):
        await async_wait(hass_with_url, clock, 30)
        shown = async_capture_events(hass_with_url, EVENT_STATE_CHANGED)
        await change(instance)
        await hass_with_url.async_block_till_done(wait_background_tasks=True)
        seen = Counter(event.data["entity_id"] for event in shown)
        assert len(seen) == entities
        assert set(seen.values()) == {1}


async def test_a_late_callback_only_makes_a_poll_run(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway, instance: Instance
) -> None:
    before = len(requests(gateway))
    late = {"type": "DisconnectedCallback", "momment": int(time.time()) - 600}
    await gateway.inject(instance, late)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert requests(gateway)[before:] == ["GET status"]
    assert hass.states.is_state(CONNECTED, STATE_ON)


@pytest.mark.parametrize("sign", [{"disconnected": 1}, {"connected": "0"}])
async def test_a_drop_that_is_told_without_a_type_is_shown_at_once(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    sign: dict[str, Any],
) -> None:
    instance.state = State.UNPAIRED
    body = {"momment": int(time.time() * 1000), **sign}
    await gateway.inject(instance, body, "disconnectedCallbackUrl")
    assert hass.states.is_state(CONNECTED, STATE_OFF)
    assert loaded.runtime_data.stats.counts == {"disconnected": 1}


async def test_a_poll_that_a_callback_overtook_is_repeated(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway, instance: Instance
) -> None:
    """The answer was on its way when the callback told the change."""
    coordinator = loaded.runtime_data.coordinator
    status = coordinator.client.status
    answers = 0

    async def overtaken() -> Any:
        nonlocal answers
        answers += 1
        answer = await status()
        if answers == 1:
            coordinator.async_receive(
                DisconnectedCallback(INSTANCE_ID, time.time(), None)
            )
        return answer

    coordinator.client.status = overtaken
    instance.state = State.CONNECTED
    await coordinator.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert answers == 2
    assert hass.states.is_state(CONNECTED, STATE_ON)


async def test_settings_that_were_on_their_way_before_a_change_do_not_undo_it(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, loaded: MockConfigEntry
) -> None:
    coordinator = loaded.runtime_data.coordinator
    me = coordinator.client.me

    async def overtaken() -> Any:
        answer = await me()
        coordinator.async_assume_setting(Setting.CALL_REJECT_AUTO, True)
        return answer

    coordinator.client.me = overtaken
    await async_wait(hass, freezer, 16 * 60)
    assert hass.states.is_state("switch.casa_reject_calls", STATE_ON)


async def test_unreachable_is_unavailable_and_said_once(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
    gateway: Gateway,
    caplog: pytest.LogCaptureFixture,
) -> None:
    gateway.faults.http_5xx = frozenset({"status"})
    for _ in range(3):
        await async_wait(hass, freezer, 61)
    assert hass.states.is_state(CONNECTED, STATE_UNAVAILABLE)
    gateway.faults.clear()
    await async_wait(hass, freezer, 61)
    assert hass.states.is_state(CONNECTED, STATE_ON)
    assert caplog.text.count("Error fetching zapi") == 1
    assert caplog.text.count("data recovered") == 1


async def test_a_callback_keeps_the_entities_for_three_failed_polls(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
) -> None:
    scene.gateway.faults.http_5xx = frozenset({"status"})
    await async_wait(scene.hass, freezer, 61)
    assert scene.hass.states.is_state(CONNECTED, STATE_UNAVAILABLE)
    connected_again = {"type": "ConnectedCallback", "momment": time.time() * 1000}
    await scene.gateway.inject(scene.instance, connected_again)
    await scene.hass.async_block_till_done(wait_background_tasks=True)
    assert scene.hass.states.is_state(CONNECTED, STATE_ON)
    await async_wait(scene.hass, freezer, 61)
    await async_wait(scene.hass, freezer, 61)
    assert scene.hass.states.is_state(CONNECTED, STATE_ON)
    await async_wait(scene.hass, freezer, 61)
    assert scene.hass.states.is_state(CONNECTED, STATE_UNAVAILABLE)


async def test_only_status_decides_availability(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
    gateway: Gateway,
) -> None:
    gateway.faults.http_5xx = frozenset({"me", "device"})
    await async_wait(hass, freezer, 16 * 60)
    assert hass.states.is_state(CONNECTED, STATE_ON)
    assert hass.states.is_state(NUMBER, f"+{PHONE}")


async def test_a_quiet_hour_costs_a_request_a_minute_and_two_a_quarter(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
    gateway: Gateway,
) -> None:
    before = len(requests(gateway))
    for _ in range(60):
        await async_wait(hass, freezer, 60)
    asked = requests(gateway)[before:]
    assert 59 <= asked.count("GET status") <= 60
    assert 3 <= asked.count("GET me") <= 4
    assert 3 <= asked.count("GET device") <= 4
    assert len(asked) == sum(
        asked.count(f"GET {name}") for name in ("status", "me", "device")
    )


async def test_many_instances_do_not_poll_in_the_same_second(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    number = 500
    intervals = [ZapiCoordinator(hass, entry).update_interval for _ in range(number)]
    seconds = Counter(interval.seconds for interval in intervals if interval)
    assert seconds.total() == number
    assert max(seconds.values()) <= 0.03 * number


async def test_refused_credentials_ask_to_sign_in_again_until_they_serve(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
    gateway: Gateway,
) -> None:
    client_token = gateway.client_token
    gateway.rotate_client_token("F-other-S")
    await async_wait(hass, freezer, 61)
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["step_id"] == "reauth_confirm"
    assert hass.states.is_state(CONNECTED, STATE_UNAVAILABLE)

    gateway.rotate_client_token(client_token)
    await async_wait(hass, freezer, 61)
    assert not hass.config_entries.flow.async_progress()
    assert hass.states.is_state(CONNECTED, STATE_ON)
