"""Describe Z-API's logbook events."""

from collections.abc import Callable

from homeassistant.components.logbook import (
    LOGBOOK_ENTRY_ICON,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.const import CONF_TYPE
from homeassistant.core import Event, HomeAssistant, callback

from .const import ATTR_PHONE, DOMAIN, EVENT_CONNECTION
from .phone import readable

_VERBS = {
    "en": ("connected", "disconnected"),
    "pt": ("conectou", "desconectou"),
    "es": ("se conectó", "se desconectó"),
}


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, str, Callable[[Event], dict[str, str]]], None],
) -> None:
    """Describe the connection event."""

    @callback
    def describe(event: Event) -> dict[str, str]:
        # Read for each line: this is called once, and the language may change.
        connected, disconnected = _VERBS.get(hass.config.language[:2], _VERBS["en"])
        phone = event.data.get(ATTR_PHONE)
        # Without an entity id: the name of an entity would be shown instead of this.
        return {
            LOGBOOK_ENTRY_NAME: f"WhatsApp {readable(phone)}" if phone else "WhatsApp",
            LOGBOOK_ENTRY_MESSAGE: connected
            if event.data.get(CONF_TYPE) == "connected"
            else disconnected,
            LOGBOOK_ENTRY_ICON: "mdi:connection",
        }

    async_describe_event(DOMAIN, EVENT_CONNECTION, describe)
