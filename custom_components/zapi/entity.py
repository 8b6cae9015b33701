"""The base of all entities: one device an instance."""

from typing import override

from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import CONF_INSTANCE_ID, DOMAIN
from .coordinator import ZapiCoordinator


class ZapiEntity(CoordinatorEntity[ZapiCoordinator]):
    """An entity that shows a fact of the coordinator."""

    _attr_has_entity_name = True

    def __init__(
        self, coordinator: ZapiCoordinator, description: EntityDescription
    ) -> None:
        """Tie the entity to its instance."""
        super().__init__(coordinator)
        self.entity_description = description
        entry = coordinator.config_entry
        instance_id: str = entry.data[CONF_INSTANCE_ID]
        instance = coordinator.data.instance
        self._attr_unique_id = f"{instance_id}_{description.key}"
        self._attr_device_info = DeviceInfo(
            entry_type=DeviceEntryType.SERVICE,
            identifiers={(DOMAIN, instance_id)},
            manufacturer="Z-API",
            name=(instance and instance.name) or entry.title,
        )

    @property
    @override
    def available(self) -> bool:
        """Whether the gateway was reached lately, by a poll or a callback."""
        return self.coordinator.available
