"""What of an instance is a value."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.sensor import SensorEntity, SensorEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .coordinator import ZapiData
from .entity import ZapiEntity
from .runtime import ZapiConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class ZapiSensorDescription(SensorEntityDescription):
    """Where a sensor reads its state."""

    value_fn: Callable[[ZapiData], StateType]


SENSORS = (
    ZapiSensorDescription(
        key="phone",
        translation_key="phone",
        value_fn=lambda data: data.phone,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ZapiConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of an instance."""
    async_add_entities(
        ZapiSensor(entry.runtime_data.coordinator, description)
        for description in SENSORS
    )


class ZapiSensor(ZapiEntity, SensorEntity):
    """A sensor of an instance."""

    entity_description: ZapiSensorDescription

    @property
    @override
    def native_value(self) -> StateType:
        """The state, or None where the gateway did not say."""
        return self.entity_description.value_fn(self.coordinator.data)
