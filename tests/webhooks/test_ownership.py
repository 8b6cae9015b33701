"""Whose a URL is: what Home Assistant knows of its webhooks decides too."""

import time
from unittest.mock import AsyncMock

from homeassistant.components import webhook
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from custom_components.zapi.webhooks.ledger import Choice, HookRecord
from custom_components.zapi.webhooks.ownership import Owner, async_owner
from tests.common import (
    EXTERNAL_URL,
    HOOK_FIELDS,
    HOOK_URL,
    WEBHOOK_ID,
    Scene,
    async_set_up,
    hooks,
    issues,
)


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


@pytest.mark.parametrize("piece", ["é.", "é"])
async def test_a_url_without_end_takes_no_time_and_comes_back_letter_by_letter(
    hass_with_url: HomeAssistant, scene: Scene, piece: str
) -> None:
    """Home Assistant stands still while the name of a host is read."""
    url = f"https://{piece * 55_000}example.com/"
    scene.gateway.set_webhooks(scene.instance, url, *HOOK_FIELDS)
    began = time.process_time()
    await async_set_up(hass_with_url, scene.entry)
    [issue] = issues(scene.issue_registry)
    assert issue.translation_key == "webhook_taken"
    assert len(str(issue.translation_placeholders)) < 200
    manager = scene.entry.runtime_data.webhook_manager
    assert await manager.async_apply_choice(Choice.TAKE_OVER, manager.claimable)
    assert hooks(scene.instance) == [HOOK_URL, HOOK_URL]
    await hass_with_url.config_entries.async_remove(scene.entry.entry_id)
    assert hooks(scene.instance) == [url, url]
    assert time.process_time() - began < 1
