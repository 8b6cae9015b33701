"""The least that an integration with two entities does: no check, no order, no event."""

import logging
from typing import Any

from aiohttp.web import Request
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.discovery import async_load_platform
from homeassistant.helpers.typing import ConfigType
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util.hass_dict import HassKey

type BareCoordinator = DataUpdateCoordinator[dict[str, Any]]

COORDINATOR: HassKey[BareCoordinator] = HassKey("zapi_bench_bare")


async def async_add(hass: HomeAssistant, domain: str, config: ConfigType) -> None:
    """Add its two entities."""
    coordinator: BareCoordinator = DataUpdateCoordinator(
        hass, logging.getLogger(__name__), config_entry=None, name=domain
    )
    coordinator.data = {"type": "DisconnectedCallback"}
    hass.data[COORDINATOR] = coordinator
    for platform in (Platform.BINARY_SENSOR, Platform.SENSOR):
        await async_load_platform(hass, platform, domain, {}, config)


async def async_show(hass: HomeAssistant, _webhook_id: str, request: Request) -> None:
    """Make a callback the state of two entities."""
    coordinator = hass.data[COORDINATOR]
    coordinator.data = await request.json()
    coordinator.async_update_listeners()
