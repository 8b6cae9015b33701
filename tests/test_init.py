"""Setting up, unloading, disabling and removing an instance."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Gateway, Instance

from .conftest import HOOK_FIELDS, HOOK_URL, requests


async def test_set_up_shows_the_number_and_registers_the_webhooks(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway, instance: Instance
) -> None:
    assert loaded.state is ConfigEntryState.LOADED
    assert hass.states.is_state("binary_sensor.casa_connected", "on")
    assert hass.states.is_state("sensor.casa_phone_number", instance.phone)
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
