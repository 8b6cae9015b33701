"""Logbook lines that read as a person would say them."""

from collections.abc import Awaitable
import logging
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from pytest_homeassistant_custom_component.typing import (
    RecorderInstanceContextManager,
    WebSocketGenerator,
)

from custom_components.zapi.const import DOMAIN, EVENT_CONNECTION
from simulator import Gateway, Instance

from .common import INSTANCE_ID, async_set_up, async_wait


@pytest.fixture
def mock_recorder_before_hass(
    async_test_recorder: RecorderInstanceContextManager,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Prepare a quiet database, which must be there before Home Assistant is."""
    for name in ("sqlalchemy.engine", "homeassistant.components.recorder"):
        caplog.set_level(logging.WARNING, name)


@pytest.fixture(autouse=True)
async def _logbook(recorder_mock: Recorder, hass: HomeAssistant) -> None:
    """Set the logbook up; the browser's files are none of its business here."""
    hass.config.components.add("frontend")
    hass.data["frontend_panels"] = {}
    assert await async_setup_component(hass, "logbook", {})
    assert await async_setup_component(hass, "websocket_api", {})


async def async_all_lines(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    **about: list[str],
) -> list[dict[str, Any]]:
    """Return all lines that the logbook shows, oldest first."""
    await async_wait_recording_done(hass)
    client = await hass_ws_client()
    start = dt_util.utcnow().replace(year=2020).isoformat()
    await client.send_json_auto_id(
        {"type": "logbook/get_events", "start_time": start, **about}
    )
    answer = await client.receive_json()
    assert answer["success"], answer
    lines: list[dict[str, Any]] = answer["result"]
    return lines


async def async_lines(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    **about: list[str],
) -> list[dict[str, Any]]:
    """Return the lines that we describe."""
    lines = await async_all_lines(hass, hass_ws_client, **about)
    return [line for line in lines if line.get("domain") == DOMAIN]


@pytest.mark.parametrize(
    ("language", "connected", "disconnected"),
    [
        ("en", "connected", "disconnected"),
        ("en-GB", "connected", "disconnected"),
        ("pt-BR", "conectou", "desconectou"),
        ("pt", "conectou", "desconectou"),
        ("es", "se conectó", "se desconectó"),
        ("es-419", "se conectó", "se desconectó"),
        ("de", "connected", "disconnected"),
    ],
)
async def test_a_line_says_what_happened_in_the_language_of_the_house(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    hass_ws_client: WebSocketGenerator,
    language: str,
    connected: str,
    disconnected: str,
) -> None:
    await hass_with_url.config.async_update(language=language)
    await async_set_up(hass_with_url, entry)
    await gateway.disconnect(instance)
    await hass_with_url.async_block_till_done(wait_background_tasks=True)
    await gateway.connect(instance)
    await hass_with_url.async_block_till_done(wait_background_tasks=True)
    lines = await async_lines(hass_with_url, hass_ws_client)
    said = [f"{line['name']} {line['message']}" for line in lines]
    assert said == [
        f"WhatsApp +55 44 99999-9999 {disconnected}",
        f"WhatsApp +55 44 99999-9999 {connected}",
    ]
    # The logbook would show the name of an entity in place of the number.
    assert not [line for line in lines if "entity_id" in line]


async def test_the_lines_follow_when_the_house_changes_its_language(
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    hass_ws_client: WebSocketGenerator,
) -> None:
    await gateway.disconnect(instance)
    await hass_with_url.async_block_till_done(wait_background_tasks=True)
    for language, said in (("en", "disconnected"), ("pt-BR", "desconectou")):
        await hass_with_url.config.async_update(language=language)
        [line] = await async_lines(hass_with_url, hass_ws_client)
        assert line["message"] == said


async def test_a_change_is_told_by_the_state_the_event_and_our_line_alone(
    hass_with_url: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    hass_ws_client: WebSocketGenerator,
) -> None:
    async def async_change(change: Awaitable[Any]) -> list[str]:
        await change
        # What a poll finds after that is no news either.
        await async_wait(hass_with_url, freezer, 61)
        return [
            line.get("entity_id") or line["name"]
            for line in await async_all_lines(hass_with_url, hass_ws_client)
        ]

    # The reason why is news once, and none when it is the same again.
    before = await async_change(gateway.lose_session(instance))
    assert before.count("sensor.casa_disconnect_reason") == 1
    for change in (gateway.connect, gateway.lose_session):
        after = await async_change(change(instance))
        assert sorted(after[len(before) :]) == [
            "WhatsApp +55 44 99999-9999",
            "binary_sensor.casa_whatsapp",
            "event.casa_connection",
        ]
        before = after


async def test_a_line_stands_on_the_page_of_the_device(
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    hass_ws_client: WebSocketGenerator,
    device_registry: dr.DeviceRegistry,
) -> None:
    await gateway.disconnect(instance)
    await hass_with_url.async_block_till_done(wait_background_tasks=True)
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, INSTANCE_ID), loaded.entry_id
    )
    assert device
    [line] = await async_lines(hass_with_url, hass_ws_client, device_ids=[device.id])
    assert line["message"] == "disconnected"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ({"type": "connected", "phone": None, "entity_id": None}, "WhatsApp"),
        ({"type": "connected", "phone": "99999999999"}, "WhatsApp +99999999999"),
        ({"type": "connected"}, "WhatsApp"),
        ({}, "WhatsApp"),
    ],
)
async def test_an_event_that_says_little_makes_a_line_all_the_same(
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    data: dict[str, Any],
    name: str,
) -> None:
    hass_with_url.bus.async_fire(EVENT_CONNECTION, data)
    [line] = await async_lines(hass_with_url, hass_ws_client)
    assert line["name"] == name
