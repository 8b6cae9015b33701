"""Whose a URL is: what Home Assistant knows of its webhooks decides too."""

from unittest.mock import AsyncMock

from homeassistant.components import webhook
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from custom_components.zapi.webhooks.ledger import HookRecord
from custom_components.zapi.webhooks.ownership import Owner, async_owner
from tests.common import EXTERNAL_URL, WEBHOOK_ID


async def test_a_webhook_of_this_home_assistant_is_free_once_nothing_has_it(
    hass_with_url: HomeAssistant,
) -> None:
    """The registered ids are read where core keeps them: this fails if it moves them."""
    assert await async_setup_component(hass_with_url, webhook.DOMAIN, {})
    its_id = webhook.async_generate_id()
    url = f"{EXTERNAL_URL}{webhook.async_generate_path(its_id)}"
    webhook.async_register(
        hass_with_url, "test", "Somebody else's", its_id, AsyncMock()
    )
    assert async_owner(hass_with_url, url, WEBHOOK_ID, HookRecord()) is Owner.FOREIGN
    webhook.async_unregister(hass_with_url, its_id)
    assert async_owner(hass_with_url, url, WEBHOOK_ID, HookRecord()) is Owner.FREE
