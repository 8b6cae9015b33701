"""The least that an integration with two entities does: no check, no order, no event."""

from typing import Any

from aiohttp.web import Request
from homeassistant.core import HomeAssistant
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util.hass_dict import HassKey

type BareCoordinator = DataUpdateCoordinator[dict[str, Any]]

COORDINATOR: HassKey[BareCoordinator] = HassKey("zapi_bench_bare")


async def async_show(hass: HomeAssistant, _webhook_id: str, request: Request) -> None:
    """Make a callback the state of two entities."""
    coordinator = hass.data[COORDINATOR]
    coordinator.data = await request.json()
    coordinator.async_update_listeners()
