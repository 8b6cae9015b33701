"""Diagnostics for Z-API, fit to be posted in public: flags and counts, no values."""

from collections import Counter
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant

from .api import DEFAULT_API_URL, CallbackType, Chat
from .const import CONF_API_URL, CONF_OTHERS, CONF_RECEIVE
from .messages.recipients import CONF_CHAT, MYSELF, recipients_of
from .messages.sender import CONF_WHEN_DISCONNECTED
from .runtime import ZapiConfigEntry
from .webhooks.claims import wanted_types
from .webhooks.forwarder import async_get_forwarder
from .webhooks.ownership import is_filtered

# What holds nothing that identifies.
_OPTIONS: Final = (CONF_RECEIVE, CONF_OTHERS, CONF_WHEN_DISCONNECTED)


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: ZapiConfigEntry
) -> dict[str, Any]:
    """Return diagnostics for a config entry."""
    forwarder = await async_get_forwarder(hass)
    return {
        "state": entry.state,
        "api": {"is_default": entry.data[CONF_API_URL] == DEFAULT_API_URL},
        "options": {key: entry.options.get(key) for key in _OPTIONS},
        "recipients": _count_recipients(entry),
        "forwarded": dict(forwarder.counts[entry.entry_id]),
        **(_loaded(entry) if entry.state is ConfigEntryState.LOADED else {}),
    }


def _loaded(entry: ZapiConfigEntry) -> dict[str, Any]:
    """Return the part that there is while the entry is loaded."""
    coordinator, stats = entry.runtime_data.coordinator, entry.runtime_data.stats
    data, interval = coordinator.data, coordinator.update_interval
    instance, device = data.instance, data.device
    return {
        "poll": {
            "last_success": coordinator.last_update_success,
            "available": coordinator.available,
            "interval_seconds": interval and interval.total_seconds(),
        },
        "connected": data.connected,
        "smartphone_connected": data.smartphone_connected,
        "phone_is_known": data.phone is not None,
        "instance": instance
        and {
            "has_name": instance.name is not None,
            "due": instance.due,
            "payment_status": instance.payment_status,
            "filtered": [
                kind
                for kind in CallbackType
                if kind in wanted_types(entry.options) and is_filtered(instance, kind)
            ],
            "filters": len(instance.callback_filters),
        },
        "device": device and {"model": device.model, "is_business": device.is_business},
        "webhook": entry.runtime_data.webhook_manager.diagnostics(),
        "callbacks": {"counts": dict(stats.counts), "last": stats.last},
        "inbox": entry.runtime_data.inbox.diagnostics(),
        "outbox": entry.runtime_data.outbox.diagnostics(),
    }


def _count_recipients(entry: ZapiConfigEntry) -> dict[str, int]:
    """Return how many recipients there are of each kind."""
    chat_ids = [recipient.data[CONF_CHAT] for recipient in recipients_of(entry)]
    chats = filter(None, map(Chat.from_gateway, chat_ids))
    kinds = Counter(str(chat.kind) for chat in chats)
    return {MYSELF: chat_ids.count(MYSELF), **kinds}
