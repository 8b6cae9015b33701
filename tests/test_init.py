"""Setting up, unloading, disabling and removing an instance."""

from asyncio import Event
from unittest.mock import patch

from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi.api import ZapiClient
from custom_components.zapi.const import DOMAIN
from simulator import Gateway, Instance

from .common import HOOK_FIELDS, HOOK_URL, WEBHOOK_ID, async_set_up, requests


async def test_set_up_shows_the_number_and_registers_the_webhooks(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway, instance: Instance
) -> None:
    assert loaded.state is ConfigEntryState.LOADED
    assert hass.states.is_state("binary_sensor.casa_whatsapp", "on")
    assert hass.states.is_state("sensor.casa_phone_number", f"+{instance.phone}")
    assert {instance.webhooks[field] for field in HOOK_FIELDS} == {HOOK_URL}
    assert requests(gateway) == [
        "GET status",
        "GET me",
        "GET device",
        "GET me",
        "PUT update-webhook-connected",
        "PUT update-webhook-disconnected",
        "GET me",
    ]


@pytest.mark.parametrize(
    ("version", "minor_version", "state"),
    [
        (1, 2, ConfigEntryState.LOADED),
        (2, 1, ConfigEntryState.MIGRATION_ERROR),
    ],
)
async def test_an_entry_of_a_later_version_is_taken_as_it_is_or_left_alone(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    version: int,
    minor_version: int,
    state: ConfigEntryState,
) -> None:
    """Who goes back to an earlier version of the integration loses nothing."""
    before = dict(entry.data)
    gateway.set_webhooks(instance, HOOK_URL)
    hass_with_url.config_entries.async_update_entry(
        entry, version=version, minor_version=minor_version
    )
    await async_set_up(hass_with_url, entry)
    assert entry.state is state
    assert entry.data == before
    assert {instance.webhooks[field] for field in HOOK_FIELDS} == {HOOK_URL}


async def test_a_disabled_entry_that_owes_nothing_has_no_door(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    assert await async_setup_component(hass, DOMAIN, {})
    assert WEBHOOK_ID not in hass.data.get(webhook.DOMAIN, {})


async def test_a_first_poll_that_a_stop_cuts_off_is_tried_again(
    hass: HomeAssistant, entry: MockConfigEntry, instance: Instance
) -> None:
    hangs = Event()

    async def hang(_client: ZapiClient) -> None:
        hangs.set()
        await Event().wait()

    with patch.object(ZapiClient, "status", hang):
        setting_up = hass.async_create_task(
            hass.config_entries.async_setup(entry.entry_id)
        )
        await hangs.wait()
        # So does Home Assistant when it stops.
        for task in entry._background_tasks:
            task.cancel()
        assert not await setting_up
    assert entry.state is ConfigEntryState.SETUP_RETRY
