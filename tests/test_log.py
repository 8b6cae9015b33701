"""What stands in the log: nothing that identifies anybody."""

import logging

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from custom_components.zapi.const import LOGGER

from .common import PHONE, Scene, async_set_up, async_wait


async def test_an_instance_that_is_named_after_its_number_does_not_bring_it_into_the_log(
    hass_with_url: HomeAssistant,
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, LOGGER.name)
    scene.instance.name = PHONE
    hass_with_url.config_entries.async_update_entry(scene.entry, title=PHONE)
    await async_set_up(hass_with_url, scene.entry)
    scene.gateway.faults.http_5xx = frozenset({"*"})
    await async_wait(hass_with_url, freezer, 90)
    assert "Error fetching" in caplog.text
    scene.gateway.faults.clear()
    await async_wait(hass_with_url, freezer, 90)
    assert "data recovered" in caplog.text
    await scene.gateway.disconnect(scene.instance)
    await hass_with_url.config_entries.async_unload(scene.entry.entry_id)
    ours = [record for record in caplog.records if record.name.startswith(LOGGER.name)]
    assert not [record for record in ours if PHONE in record.getMessage()]
