"""A client for what an entry stores."""

from collections.abc import Mapping
from typing import Any

from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .api import ZapiClient
from .const import CONF_API_URL, CONF_CLIENT_TOKEN, CONF_INSTANCE_ID


@callback
def async_create_client(hass: HomeAssistant, data: Mapping[str, Any]) -> ZapiClient:
    """Return a client with the credentials of an entry's data.

    Raises:
        ValueError: the address of the API would carry them unencrypted.
    """
    return ZapiClient(
        async_get_clientsession(hass),
        data[CONF_INSTANCE_ID],
        data[CONF_TOKEN],
        data[CONF_CLIENT_TOKEN],
        data[CONF_API_URL],
    )
