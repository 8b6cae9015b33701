"""What of an instance is on or off."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import ZapiData
from .entity import ZapiEntity
from .runtime import ZapiConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class ZapiBinarySensorDescription(BinarySensorEntityDescription):
    """Where a binary sensor reads its state."""

    value_fn: Callable[[ZapiData], bool | None]


BINARY_SENSORS = (
    ZapiBinarySensorDescription(
        key="connected",
        translation_key="connected",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        value_fn=lambda data: data.connected,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ZapiConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of an instance."""
    async_add_entities(
        ZapiBinarySensor(entry.runtime_data.coordinator, description)
        for description in BINARY_SENSORS
    )


class ZapiBinarySensor(ZapiEntity, BinarySensorEntity):
    """A binary sensor of an instance."""

    entity_description: ZapiBinarySensorDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """The state, or None where the gateway did not say."""
        return self.entity_description.value_fn(self.coordinator.data)
