"""The conditions, tested as the editor does it."""

from collections.abc import Awaitable, Callable

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import automation
from homeassistant.const import STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from simulator import ALL, Gateway, Instance, State

from .common import async_wait, state_of
from .translations import LANGUAGES

CONNECTED = "binary_sensor.casa_whatsapp"
SMARTPHONE = "binary_sensor.casa_smartphone"
CONDITIONS = ["zapi.is_connected", "zapi.is_disconnected"]

type Passing = Callable[..., Awaitable[list[str]]]


@pytest.fixture
async def client(
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
) -> MockHAClientWebSocket:
    """Return the connection of a person who edits automations."""
    assert await async_setup_component(hass_with_url, automation.DOMAIN, {})
    return await hass_ws_client(hass_with_url)


@pytest.fixture
def passing(client: MockHAClientWebSocket) -> Passing:
    """Return what tells which of the conditions pass."""

    async def passes(condition: str, target: list[str], **options: object) -> bool:
        await client.send_json_auto_id(
            {
                "type": "test_condition",
                "condition": {
                    "condition": condition,
                    "target": {"entity_id": target},
                    "options": options,
                },
            }
        )
        answer = await client.receive_json()
        return bool(answer["result"]["result"])

    async def passing(*target: str, **options: object) -> list[str]:
        return [
            condition
            for condition in CONDITIONS
            if await passes(condition, list(target), **options)
        ]

    return passing


@pytest.mark.parametrize("behavior", ["any", "all"])
@pytest.mark.parametrize(
    ("state", "condition"),
    [
        (State.CONNECTED, "zapi.is_connected"),
        (State.PHONE_OFFLINE, "zapi.is_connected"),
        (State.LOST_SESSION, "zapi.is_disconnected"),
    ],
)
async def test_one_of_them_passes_and_the_phone_itself_does_not_count(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    instance: Instance,
    passing: Passing,
    behavior: str,
    state: State,
    condition: str,
) -> None:
    instance.state = state
    await async_wait(hass_with_url, clock, 61)

    assert await passing(CONNECTED, behavior=behavior) == [condition]
    assert await passing(CONNECTED, SMARTPHONE, behavior=behavior) == [condition]
    assert await passing(SMARTPHONE, behavior=behavior) == []


@pytest.mark.parametrize("behavior", ["any", "all"])
async def test_neither_passes_while_nothing_is_known(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    passing: Passing,
    behavior: str,
) -> None:
    gateway.faults.http_5xx = ALL
    await async_wait(hass_with_url, clock, 61)
    assert state_of(hass_with_url, CONNECTED) == STATE_UNAVAILABLE
    assert await passing(CONNECTED, behavior=behavior) == []

    await hass_with_url.config_entries.async_remove(loaded.entry_id)
    assert hass_with_url.states.get(CONNECTED) is None
    assert await passing(CONNECTED, behavior=behavior) == []


async def test_all_are_connected_only_if_that_is_known_of_each(
    hass_with_url: HomeAssistant,
    both: list[str],
    loaded: MockConfigEntry,
    passing: Passing,
) -> None:
    assert await passing(*both, behavior="all") == ["zapi.is_connected"]

    await hass_with_url.config_entries.async_unload(loaded.entry_id)

    assert await passing(*both, behavior="all") == []
    assert await passing(*both, behavior="any") == ["zapi.is_connected"]


async def test_it_can_ask_for_how_long(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    passing: Passing,
) -> None:
    await gateway.disconnect(instance)
    await async_wait(hass_with_url, clock, 110)
    assert await passing(CONNECTED, **{"for": {"minutes": 2}}) == []
    await async_wait(hass_with_url, clock, 11)
    assert await passing(CONNECTED, **{"for": {"minutes": 2}}) == [
        "zapi.is_disconnected"
    ]


async def test_they_are_offered_for_a_number_and_for_nothing_else(
    loaded: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    client: MockHAClientWebSocket,
) -> None:
    entity = entity_registry.async_get(CONNECTED)
    assert entity

    async def offered(**target: list[str]) -> list[str]:
        await client.send_json_auto_id(
            {"type": "get_conditions_for_target", "target": target}
        )
        answer = await client.receive_json()
        return sorted(key for key in answer["result"] if key.startswith("zapi."))

    assert await offered(device_id=[entity.device_id or ""]) == CONDITIONS
    assert await offered(entity_id=[CONNECTED]) == CONDITIONS
    assert await offered(entity_id=[SMARTPHONE]) == []


async def test_the_picker_shows_what_there_is_texts_for(
    hass_with_url: HomeAssistant, loaded: MockConfigEntry, client: MockHAClientWebSocket
) -> None:
    assert state_of(hass_with_url, CONNECTED) == STATE_ON
    await client.send_json_auto_id({"type": "condition_platforms/subscribe"})
    await client.receive_json()
    shown = (await client.receive_json())["event"]

    for texts in LANGUAGES.values():
        assert {f"zapi.{key}" for key in texts["conditions"]} == set(CONDITIONS)
        for condition in CONDITIONS:
            text = texts["conditions"][condition.removeprefix("zapi.")]
            assert text["fields"].keys() == shown[condition]["fields"].keys()
            assert "WhatsApp" in text["name"]
