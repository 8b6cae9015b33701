"""What stands in the log: nothing that identifies anybody."""

import logging

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi.const import LOGGER
from simulator import Gateway, Instance

from .common import PHONE, async_set_up, async_wait


async def test_an_instance_that_is_named_after_its_number_does_not_bring_it_into_the_log(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, LOGGER.name)
    instance.name = PHONE
    hass_with_url.config_entries.async_update_entry(entry, title=PHONE)
    await async_set_up(hass_with_url, entry)
    gateway.faults.http_5xx = frozenset({"*"})
    await async_wait(hass_with_url, freezer, 90)
    assert "Error fetching" in caplog.text
    gateway.faults.clear()
    await async_wait(hass_with_url, freezer, 90)
    assert "data recovered" in caplog.text
    await gateway.disconnect(instance)
    await hass_with_url.config_entries.async_unload(entry.entry_id)
    ours = [record for record in caplog.records if record.name.startswith(LOGGER.name)]
    assert not [record for record in ours if PHONE in record.getMessage()]
