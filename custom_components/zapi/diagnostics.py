"""Diagnostics that can be posted in public: flags and counts, no values."""

from typing import Any

from homeassistant.core import HomeAssistant

from .api import DEFAULT_API_URL
from .const import CONF_API_URL
from .forward import async_get_forwarder
from .runtime import ZapiConfigEntry


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: ZapiConfigEntry
) -> dict[str, Any]:
    """Return what helps to find a fault and identifies nobody."""
    coordinator, webhook = entry.runtime_data.coordinator, entry.runtime_data.webhook
    received, data = entry.runtime_data.received, coordinator.data
    instance, device = data.instance, data.device
    forwarder = await async_get_forwarder(hass)
    return {
        "api": {"is_default": entry.data[CONF_API_URL] == DEFAULT_API_URL},
        "poll": {
            "last_success": coordinator.last_update_success,
            "available": coordinator.available,
            "interval_seconds": coordinator.update_interval.total_seconds()
            if coordinator.update_interval
            else None,
        },
        "state": {
            "connected": data.connected,
            "smartphone_connected": data.smartphone_connected,
            "phone_is_known": data.phone is not None,
        },
        "instance": instance
        and {
            "has_name": instance.name is not None,
            "due": instance.due,
            "payment_status": instance.payment_status,
            "callback_filters": instance.callback_filters,
        },
        "device": device and {"model": device.model, "is_business": device.is_business},
        "webhook": webhook.diagnostics(),
        "callbacks": {"counts": dict(received.counts), "last": received.last},
        "forwarded": dict(forwarder.counts[entry.entry_id]),
    }
