"""The event of an instance, and the one on the bus: once for each real change."""

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.button import DOMAIN as BUTTON_DOMAIN, SERVICE_PRESS
from homeassistant.const import (
    ATTR_ENTITY_ID,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    Platform,
)
from homeassistant.core import Event, HomeAssistant, State as HassState, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    mock_restore_cache_with_extra_data,
    snapshot_platform,
)
from syrupy.assertion import SnapshotAssertion

from custom_components.zapi.const import DOMAIN, EVENT_CONNECTION
from simulator import ALL, Gateway, Instance, State

from .common import (
    INSTANCE_ID,
    PHONE,
    Scene,
    async_set_up,
    async_set_up_only,
    async_wait,
    state_of,
)

CONNECTION = "event.casa_connection"
CONNECTED = "binary_sensor.casa_whatsapp"
OTHER_PHONE = "5511988887777"
REASON = "The phone logged out"


class Listener:
    """Notes what the entity and the bus tell."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin to listen."""
        self.bus = async_capture_events(hass, EVENT_CONNECTION)
        self.entity: list[dict[str, Any]] = []
        self._moments: set[str] = {STATE_UNAVAILABLE, STATE_UNKNOWN}
        self._moments |= {state.state for state in hass.states.async_all("event")}
        async_track_state_change_event(hass, CONNECTION, self._note)

    @callback
    def _note(self, event: Event[Any]) -> None:
        state = event.data["new_state"]
        news = [state.attributes] * (state.state not in self._moments)
        self._moments.add(state.state)
        self.entity += [
            {key: told[key] for key in ("event_type", "phone", "reason")}
            for told in news
        ]

    @property
    def told(self) -> list[tuple[str, str | None, str | None]]:
        """Return each change; both must tell the same."""
        bus = [event.data for event in self.bus]
        told = [(data["type"], data["phone"], data["reason"]) for data in bus]
        assert told == [tuple(attributes.values()) for attributes in self.entity]
        return told


type Listen = Callable[[], Listener]


@pytest.fixture
def listen(hass: HomeAssistant) -> Listen:
    """Return what begins to listen."""
    return lambda: Listener(hass)


@pytest.mark.usefixtures("clock")
async def test_the_entities_are_these(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
) -> None:
    await async_set_up_only(hass_with_url, entry, Platform.EVENT)
    await snapshot_platform(hass_with_url, entity_registry, snapshot, entry.entry_id)


@pytest.mark.parametrize("state", [State.CONNECTED, State.UNPAIRED])
async def test_the_start_is_no_change(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    instance: Instance,
    listen: Listen,
    state: State,
) -> None:
    instance.state = state
    listener = listen()
    await async_set_up(hass_with_url, entry)
    await async_wait(hass_with_url, clock, 61)
    assert listener.told == []
    assert state_of(hass_with_url, CONNECTION) == STATE_UNKNOWN


async def test_a_change_told_by_a_callback_fires_once(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    listen: Listen,
) -> None:
    listener = listen()
    gateway.faults.duplicate_callbacks = 2
    await async_wait(hass_with_url, clock, 5)
    await gateway.disconnect(instance, REASON)
    for _ in range(3):
        await async_wait(hass_with_url, clock, 61)
    assert listener.told == [("disconnected", PHONE, REASON)]
    await gateway.connect(instance, OTHER_PHONE)
    for _ in range(3):
        await async_wait(hass_with_url, clock, 61)
    assert listener.told[1:] == [("connected", OTHER_PHONE, None)]


async def test_a_change_found_by_a_poll_fires_once(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    listen: Listen,
) -> None:
    listener = listen()
    gateway.faults.lose_callbacks = ALL
    await gateway.lose_session(instance)
    for _ in range(3):
        await async_wait(hass_with_url, clock, 61)
    assert listener.told == [
        ("disconnected", PHONE, "You need to restore the session.")
    ]
    await gateway.connect(instance, OTHER_PHONE)
    for _ in range(3):
        await async_wait(hass_with_url, clock, 61)
    assert listener.told[1:] == [("connected", OTHER_PHONE, None)]


async def test_a_callback_that_comes_after_the_poll_fires_nothing_more(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    listen: Listen,
) -> None:
    listener = listen()
    instance.state = State.UNPAIRED
    await async_wait(hass_with_url, clock, 61)
    await gateway.disconnect(instance)
    await async_wait(hass_with_url, clock, 61)
    assert len(listener.told) == 1


async def test_connected_while_connected_fires_nothing(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    listen: Listen,
) -> None:
    listener = listen()
    await gateway.connect(instance, OTHER_PHONE)
    await async_wait(hass_with_url, clock, 61)
    assert listener.told == []
    assert state_of(hass_with_url, "sensor.casa_phone_number") == f"+{OTHER_PHONE}"


async def test_unknown_in_between_is_no_change(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    listen: Listen,
) -> None:
    listener = listen()
    gateway.faults.null_fields = frozenset({"connected"})
    await async_wait(hass_with_url, clock, 61)
    assert state_of(hass_with_url, CONNECTED) == STATE_UNKNOWN
    gateway.faults.clear()
    await async_wait(hass_with_url, clock, 61)
    assert listener.told == []


async def test_an_outage_of_the_gateway_is_no_change_of_the_session(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    listen: Listen,
) -> None:
    await gateway.disconnect(instance)
    await async_wait(hass_with_url, clock, 61)
    last = state_of(hass_with_url, CONNECTION)
    listener = listen()
    gateway.faults.http_5xx = ALL
    for _ in range(4):
        await async_wait(hass_with_url, clock, 61)
    assert state_of(hass_with_url, CONNECTED) == STATE_UNAVAILABLE
    assert state_of(hass_with_url, CONNECTION) == last
    gateway.faults.clear()
    await async_wait(hass_with_url, clock, 61)
    assert state_of(hass_with_url, CONNECTION) == last
    assert listener.told == []


async def test_the_last_event_outlives_a_reload_while_the_gateway_is_away(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    await async_wait(hass_with_url, clock, 5)
    await gateway.disconnect(instance, REASON)
    await async_wait(hass_with_url, clock, 61)
    last = hass_with_url.states.get(CONNECTION)
    assert last
    gateway.faults.http_5xx = ALL
    await async_wait(hass_with_url, clock, 61)
    await hass_with_url.config_entries.async_reload(loaded.entry_id)
    await async_wait(hass_with_url, clock, 1)
    gateway.faults.clear()
    await async_wait(hass_with_url, clock, 61)
    state = hass_with_url.states.get(CONNECTION)
    assert state
    assert state.state == last.state
    assert state.attributes == last.attributes


@pytest.mark.usefixtures("all_enabled")
@pytest.mark.parametrize("lost", [False, True])
async def test_a_phone_paired_after_the_first_start_is_told_and_dated(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    scene: Scene,
    listen: Listen,
    lost: bool,
) -> None:
    scene.instance.state = State.UNPAIRED
    await async_set_up(hass_with_url, scene.entry)
    scene.gateway.faults.lose_callbacks = ALL if lost else frozenset()
    listener = listen()
    await async_wait(hass_with_url, clock, 5)
    await scene.gateway.connect(scene.instance)
    await hass_with_url.services.async_call(
        BUTTON_DOMAIN, SERVICE_PRESS, {ATTR_ENTITY_ID: "button.casa_restart"}
    )
    await hass_with_url.async_block_till_done(wait_background_tasks=True)
    assert listener.told == [("connected", PHONE, None)]
    since = state_of(hass_with_url, "sensor.casa_connected_since")
    assert dt_util.parse_datetime(since) == dt_util.utcnow()
    event = hass_with_url.states.get(CONNECTION)
    assert event
    assert event.attributes["event_type"] == "connected"


async def test_a_change_during_an_outage_of_the_gateway_fires_once_it_is_found(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    listen: Listen,
) -> None:
    listener = listen()
    gateway.faults.http_5xx = ALL
    await async_wait(hass_with_url, clock, 61)
    instance.state = State.UNPAIRED
    gateway.faults.clear()
    await async_wait(hass_with_url, clock, 61)
    assert listener.told == [("disconnected", PHONE, "You are not connected.")]
    assert state_of(hass_with_url, CONNECTED) == "off"


async def test_the_last_event_outlives_a_restart(
    hass_with_url: HomeAssistant, entry: MockConfigEntry
) -> None:
    last = "2026-05-31T12:00:00.000+00:00"
    attributes = {"phone": PHONE, "reason": REASON}
    mock_restore_cache_with_extra_data(
        hass_with_url,
        [
            (
                HassState(CONNECTION, last),
                {
                    "last_event_type": "disconnected",
                    "last_event_attributes": attributes,
                },
            )
        ],
    )
    await async_set_up(hass_with_url, entry)
    state = hass_with_url.states.get(CONNECTION)
    assert state
    assert state.state == last
    assert state.attributes["event_type"] == "disconnected"
    assert state.attributes["reason"] == REASON


async def test_the_event_on_the_bus_names_the_device_and_the_entity(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    listen: Listen,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    entity_registry.async_update_entity(
        CONNECTED, new_entity_id="binary_sensor.whatsapp"
    )
    listener = listen()
    await async_wait(hass_with_url, clock, 5)
    await gateway.disconnect(instance, REASON)
    await async_wait(hass_with_url, clock, 1)
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, INSTANCE_ID), loaded.entry_id
    )
    assert device
    [event] = listener.bus
    assert event.data == {
        "device_id": device.id,
        "entity_id": "binary_sensor.whatsapp",
        "type": "disconnected",
        "phone": PHONE,
        "reason": REASON,
    }


async def test_a_change_looks_nothing_up_in_the_registry(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    listen: Listen,
    entity_registry: er.EntityRegistry,
) -> None:
    listener = listen()
    await async_wait(hass_with_url, clock, 5)
    with patch.object(
        entity_registry,
        "async_get_entity_id",
        wraps=entity_registry.async_get_entity_id,
    ) as look_up:
        await gateway.disconnect(instance)
        await async_wait(hass_with_url, clock, 1)
    assert look_up.call_count == 0
    [event] = listener.bus
    assert event.data["entity_id"] == CONNECTED


async def test_the_event_on_the_bus_comes_once_the_state_is_shown(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    shown = []

    @callback
    def look(_event: Event[Any]) -> None:
        shown.append(state_of(hass_with_url, CONNECTED))

    hass_with_url.bus.async_listen(EVENT_CONNECTION, look)
    await async_wait(hass_with_url, clock, 5)
    await gateway.disconnect(instance)
    await async_wait(hass_with_url, clock, 61)
    instance.state = State.CONNECTED
    await async_wait(hass_with_url, clock, 61)
    assert shown == ["off", "on"]


async def test_the_event_on_the_bus_needs_neither_device_nor_entity(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    scene: Scene,
    listen: Listen,
) -> None:
    await async_set_up_only(hass_with_url, scene.entry, Platform.EVENT)
    er.async_get(hass_with_url).async_remove(CONNECTION)
    dr.async_get(hass_with_url).async_clear_config_entry(scene.entry.entry_id)
    bus = listen().bus
    await async_wait(hass_with_url, clock, 5)
    await scene.gateway.disconnect(scene.instance)
    await async_wait(hass_with_url, clock, 1)
    [event] = bus
    assert event.data["device_id"] is None
    assert event.data["entity_id"] is None
