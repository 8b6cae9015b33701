"""What of an instance is on or off."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import (
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    Platform,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import get_device_class
from homeassistant.helpers.translation import async_translate_state
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    snapshot_platform,
)
from syrupy.assertion import SnapshotAssertion

from custom_components.zapi.const import DOMAIN
from simulator import ALL, Gateway, Instance, State

from .common import async_set_up, async_set_up_only, async_wait, state_of

CONNECTED = "binary_sensor.casa_whatsapp"
SMARTPHONE = "binary_sensor.casa_smartphone"


@pytest.mark.usefixtures("clock")
async def test_the_entities_are_these(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
) -> None:
    await async_set_up_only(hass_with_url, entry, Platform.BINARY_SENSOR)
    await snapshot_platform(hass_with_url, entity_registry, snapshot, entry.entry_id)


@pytest.mark.parametrize(
    ("state", "connected", "smartphone"),
    [
        (State.CONNECTED, STATE_ON, STATE_ON),
        (State.PHONE_OFFLINE, STATE_ON, STATE_OFF),
        (State.LOST_SESSION, STATE_OFF, STATE_ON),
        (State.UNPAIRED, STATE_OFF, STATE_OFF),
    ],
)
async def test_the_session_and_the_phone_are_told_apart(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    instance: Instance,
    state: State,
    connected: str,
    smartphone: str,
) -> None:
    instance.state = state
    await async_set_up(hass_with_url, entry)
    assert state_of(hass_with_url, CONNECTED) == connected
    assert state_of(hass_with_url, SMARTPHONE) == smartphone


async def test_only_the_number_is_offered_as_a_connection(
    hass_with_url: HomeAssistant, loaded: MockConfigEntry
) -> None:
    connections = [
        state.entity_id
        for state in hass_with_url.states.async_all(Platform.BINARY_SENSOR)
        if get_device_class(hass_with_url, state.entity_id) == "connectivity"
    ]
    assert connections == [CONNECTED]


@pytest.mark.parametrize(
    ("language", "online", "offline"),
    [
        ("en", "Online", "Offline"),
        ("pt-BR", "Online", "Offline"),
        ("es", "En línea", "Sin conexión"),
        ("es-419", "En línea", "Sin conexión"),
    ],
)
async def test_the_phone_itself_is_online_or_offline(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    language: str,
    online: str,
    offline: str,
) -> None:
    await hass_with_url.config.async_update(language=language)
    await async_set_up_only(hass_with_url, entry, Platform.BINARY_SENSOR)

    shown = [
        async_translate_state(
            hass_with_url, state, Platform.BINARY_SENSOR, DOMAIN, "smartphone", None
        )
        for state in (STATE_ON, STATE_OFF)
    ]
    assert shown == [online, offline]


async def test_a_phone_without_internet_is_seen_by_the_next_poll(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    gateway.phone_offline(instance)
    await async_wait(hass_with_url, clock, 61)
    assert state_of(hass_with_url, SMARTPHONE) == STATE_OFF
    assert state_of(hass_with_url, CONNECTED) == STATE_ON


async def test_what_the_gateway_does_not_say_is_unknown(
    hass_with_url: HomeAssistant, entry: MockConfigEntry, gateway: Gateway
) -> None:
    gateway.faults.null_fields = frozenset({"connected", "smartphoneConnected"})
    await async_set_up(hass_with_url, entry)
    assert state_of(hass_with_url, CONNECTED) == STATE_UNKNOWN
    assert state_of(hass_with_url, SMARTPHONE) == STATE_UNKNOWN


async def test_booleans_as_text_are_understood(
    hass_with_url: HomeAssistant, entry: MockConfigEntry, gateway: Gateway
) -> None:
    gateway.faults.string_booleans = ALL
    await async_set_up(hass_with_url, entry)
    assert state_of(hass_with_url, CONNECTED) == STATE_ON
    assert state_of(hass_with_url, SMARTPHONE) == STATE_ON


async def test_an_unreachable_gateway_makes_them_unavailable(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
) -> None:
    gateway.faults.http_5xx = ALL
    await async_wait(hass_with_url, clock, 61)
    assert state_of(hass_with_url, CONNECTED) == STATE_UNAVAILABLE
    assert state_of(hass_with_url, SMARTPHONE) == STATE_UNAVAILABLE
    gateway.faults.clear()
    await async_wait(hass_with_url, clock, 61)
    assert state_of(hass_with_url, SMARTPHONE) == STATE_ON
