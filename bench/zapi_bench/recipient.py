"""Somebody to notify: the least that sends a text."""

from collections.abc import Mapping
from typing import override

from homeassistant.components.notify import NotifyEntity
from homeassistant.components.notify.const import DATA_COMPONENT
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

_NUMBER = "5544988888888"


async def async_add(hass: HomeAssistant) -> None:
    """Add it, with the credentials of the first instance."""
    # What is set up from YAML is of the old kind, which has no entities.
    entries = hass.config_entries.async_entries("zapi")
    await hass.data[DATA_COMPONENT].async_add_entities(
        BareRecipient(entry.data) for entry in entries[:1]
    )


class BareRecipient(NotifyEntity):
    """Somebody whose texts are posted as they are; what comes of it is not looked at."""

    _attr_name = "Bare recipient"
    _attr_unique_id = "zapi_bench_bare_recipient"

    def __init__(self, data: Mapping[str, str]) -> None:
        """Initialize the entity."""
        self._url = f"{data['api_url']}/instances/{data['instance_id']}/token/{data['token']}/send-text"
        self._headers = {"Client-Token": data["client_token"]}

    @override
    async def async_send_message(self, message: str, title: str | None = None) -> None:
        """Post it."""
        async with async_get_clientsession(self.hass).post(
            self._url,
            json={"phone": _NUMBER, "message": message},
            headers=self._headers,
        ) as response:
            await response.read()
