"""Whose a URL is: what Home Assistant knows of its webhooks decides too."""

from unittest.mock import AsyncMock

from homeassistant.components import webhook
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from custom_components.zapi.webhooks.ledger import HookRecord
from custom_components.zapi.webhooks.ownership import Owner, async_owner

from .conftest import HOUSE, WEBHOOK_ID


async def test_a_webhook_of_this_home_assistant_is_free_once_nothing_has_it(
    house: HomeAssistant,
) -> None:
    """The registered ids are read where core keeps them: this fails if it moves them."""
    assert await async_setup_component(house, webhook.DOMAIN, {})
    its_id = webhook.async_generate_id()
    url = f"{HOUSE}{webhook.async_generate_path(its_id)}"
    webhook.async_register(house, "test", "Somebody else's", its_id, AsyncMock())
    assert async_owner(house, url, WEBHOOK_ID, HookRecord()) is Owner.FOREIGN
    webhook.async_unregister(house, its_id)
    assert async_owner(house, url, WEBHOOK_ID, HookRecord()) is Owner.FREE
