"""The number, as the last callback that told one says."""

from typing import override

from homeassistant.components.sensor import SensorEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddEntitiesCallback
from homeassistant.helpers.typing import ConfigType, DiscoveryInfoType
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .bare import COORDINATOR, BareCoordinator


async def async_setup_platform(
    hass: HomeAssistant,
    config: ConfigType,
    async_add_entities: AddEntitiesCallback,
    discovery_info: DiscoveryInfoType | None = None,
) -> None:
    """Add it."""
    async_add_entities([BarePhone(hass.data[COORDINATOR])])


class BarePhone(CoordinatorEntity[BareCoordinator], SensorEntity):
    """The number."""

    _attr_name = "Bare phone"
    _attr_unique_id = "zapi_bench_bare_phone"

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write it where it is another one."""
        number = self.coordinator.data.get("phone", self._attr_native_value)
        if number != self._attr_native_value:
            self._attr_native_value = number
            self.async_write_ha_state()
