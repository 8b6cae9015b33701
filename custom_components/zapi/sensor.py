"""What of an instance is a value."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, override

from homeassistant.components.sensor import (
    RestoreSensor,
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .api import Instance
from .coordinator import QUEUE, ZapiCoordinator
from .entity import ZapiEntity
from .runtime import ZapiConfigEntry
from .state.models import InstanceState

PARALLEL_UPDATES = 0


_MAX_STATE_LENGTH = 255


@dataclass(frozen=True, kw_only=True)
class ZapiSensorDescription(SensorEntityDescription):
    """Where a sensor reads its state, and what of it outlives a restart.

    What ``restore_fn`` makes of the state is kept in ``InstanceState`` under the sensor's
    key.
    """

    value_fn: Callable[[InstanceState], StateType | datetime]
    context: str | None = None
    restore_fn: Callable[[Any], str | datetime] | None = None


# What Z-API is known to say, without its case and the dot at its end.
_REASONS = {
    "device has been disconnected": "device_disconnected",
    "you need to restore the session": "session_lost",
    "you are not connected": "not_connected",
}


def _reason(value: str | None) -> str | None:
    """Return the key of a reason that has a translation, else Z-API's words."""
    return value and _REASONS.get(value.lower().rstrip("."), value)


def _short(value: str | None) -> str | None:
    """Return as much of a text as a state can hold."""
    return value and value[:_MAX_STATE_LENGTH]


def _payment_status(instance: Instance | None) -> str | None:
    """Return the status as a state; nobody knows all that there are."""
    return _short(
        instance.payment_status.lower()
        if instance and instance.payment_status
        else None
    )


SENSORS = (
    ZapiSensorDescription(
        key="phone",
        translation_key="phone",
        value_fn=lambda data: data.phone and f"+{data.phone}",
        restore_fn=lambda state: str(state).removeprefix("+"),
    ),
    ZapiSensorDescription(
        key="connected_since",
        translation_key="connected_since",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_registry_enabled_default=False,
        value_fn=lambda data: data.connected_since,
        restore_fn=lambda state: state,
    ),
    ZapiSensorDescription(
        key="last_disconnected",
        translation_key="last_disconnected",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_registry_enabled_default=False,
        value_fn=lambda data: data.last_disconnected,
        restore_fn=lambda state: state,
    ),
    ZapiSensorDescription(
        key="disconnect_reason",
        translation_key="disconnect_reason",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda data: _reason(_short(data.disconnect_reason)),
        restore_fn=lambda state: state,
    ),
    ZapiSensorDescription(
        key="plan_expires",
        translation_key="plan_expires",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda data: data.instance.due if data.instance else None,
    ),
    ZapiSensorDescription(
        key="payment_status",
        translation_key="payment_status",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda data: _payment_status(data.instance),
    ),
    ZapiSensorDescription(
        key="queued_messages",
        translation_key="queued_messages",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda data: data.queued,
        context=QUEUE,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ZapiConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of an instance."""
    async_add_entities(
        (ZapiRestoredSensor if description.restore_fn else ZapiSensor)(
            entry.runtime_data.coordinator, description
        )
        for description in SENSORS
    )


class ZapiSensor(ZapiEntity, SensorEntity):
    """A sensor of an instance."""

    entity_description: ZapiSensorDescription

    def __init__(
        self, coordinator: ZapiCoordinator, description: ZapiSensorDescription
    ) -> None:
        """Initialize the sensor."""
        super().__init__(coordinator, description, description.context)

    @property
    @override
    def _state_fingerprint(self) -> object:
        return self.native_value

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """The state, or None where the gateway did not say."""
        return self.entity_description.value_fn(self.coordinator.data)


class ZapiRestoredSensor(ZapiSensor, RestoreSensor):
    """A sensor whose state outlives a restart."""

    @override
    async def async_added_to_hass(self) -> None:
        """Take over what was known before the restart."""
        await super().async_added_to_hass()
        last = await self.async_get_last_sensor_data()
        restore = self.entity_description.restore_fn
        if restore and last and last.native_value:
            fact = restore(last.native_value)
            self.coordinator.async_restore(**{self.entity_description.key: fact})
