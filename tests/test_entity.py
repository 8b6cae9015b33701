"""What all entities do alike."""

from typing import override

from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import EntityDescription
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockEntityPlatform,
)

from custom_components.zapi.const import DOMAIN
from custom_components.zapi.entity import ZapiEntity
from simulator import Gateway, Instance


class Forgetful(ZapiEntity):
    """An entity whose author thought of no fingerprint."""

    entity_id = "sensor.forgetful"

    @property
    @override
    def name(self) -> str:
        """Return a name of its own."""
        return "Forgetful"

    @property
    @override
    def state(self) -> str:
        """Return whether the number is connected."""
        return str(self.coordinator.data.connected)


async def test_an_entity_without_a_fingerprint_follows_all_that_is_known(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway, instance: Instance
) -> None:
    coordinator = loaded.runtime_data.coordinator
    platform = MockEntityPlatform(hass, domain="sensor", platform_name=DOMAIN)
    platform.config_entry = loaded
    await platform.async_add_entities(
        [Forgetful(coordinator, EntityDescription(key="forgetful"))]
    )
    for change, shown in ((gateway.disconnect, "False"), (gateway.connect, "True")):
        await change(instance)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert hass.states.is_state("sensor.forgetful", shown)
