"""What Home Assistant's system information says of us."""

from typing import Any

from homeassistant.components import system_health
from homeassistant.core import HomeAssistant, callback

from .api import DEFAULT_API_URL
from .const import DOMAIN
from .runtime import ZapiConfigEntry


@callback
def async_register(
    hass: HomeAssistant, register: system_health.SystemHealthRegistration
) -> None:
    """Register what to show."""
    register.async_register_info(_info)


async def _info(hass: HomeAssistant) -> dict[str, Any]:
    """Return counts: this text is meant to be pasted in public."""
    entries: list[ZapiConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    received = [entry.runtime_data.received for entry in entries]
    return {
        "gateway_reachable": system_health.async_check_can_reach_url(
            hass, DEFAULT_API_URL
        ),
        "instances": len(hass.config_entries.async_entries(DOMAIN)),
        "callbacks_last_day": ", ".join(str(one.last_day) for one in received),
        "last_callback": max(
            (one.last for one in received if one.last is not None), default=None
        ),
    }
