"""Whether the number is connected, as the last callback says."""

from typing import override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
)
from homeassistant.core import HomeAssistant
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
    async_add_entities([BareConnected(hass.data[COORDINATOR])])


class BareConnected(CoordinatorEntity[BareCoordinator], BinarySensorEntity):
    """The session."""

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_name = "Bare connected"
    _attr_unique_id = "zapi_bench_bare_connected"

    @property
    @override
    def is_on(self) -> bool:
        """The state."""
        return bool(self.coordinator.data["type"] == "ConnectedCallback")
