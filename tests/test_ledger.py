"""What is on disk before anything is written at the gateway."""

import asyncio
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from custom_components.zapi.api import Webhook
from custom_components.zapi.ledger import async_get_ledger

URL = "https://ha.example.org/api/webhook/1"


async def test_many_that_save_at_once_are_written_together_and_none_is_missing(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    ledger = await async_get_ledger(hass)
    save, writes = Store.async_save, 0

    async def counted(store: Store[Any], data: Any) -> None:
        nonlocal writes
        writes += 1
        await asyncio.sleep(0)
        await save(store, data)

    async def register(instance_id: str) -> bool:
        ledger.hook(instance_id, Webhook.CONNECTED).note_write(URL)
        await ledger.async_save()
        on_disk = hass_storage["zapi.webhooks"]["data"][instance_id]["connected"]
        return bool(on_disk["written"] == [URL])

    with patch.object(Store, "async_save", counted):
        assert all(await asyncio.gather(*(register(str(n)) for n in range(50))))
    assert writes <= 2
