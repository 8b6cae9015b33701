"""What of an instance is on or off."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import ZapiEntity
from .runtime import ZapiConfigEntry, ZapiRuntime
from .state.models import InstanceState
from .webhooks.claims import RegistrationStatus

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class ZapiBinarySensorDescription(BinarySensorEntityDescription):
    """Where a binary sensor reads its state."""

    value_fn: Callable[[InstanceState], bool | None]


WEBHOOK = BinarySensorEntityDescription(
    key="webhook",
    translation_key="webhook",
    device_class=BinarySensorDeviceClass.PROBLEM,
    entity_category=EntityCategory.DIAGNOSTIC,
)


BINARY_SENSORS = (
    ZapiBinarySensorDescription(
        key="connected",
        translation_key="connected",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        value_fn=lambda data: data.connected,
    ),
    ZapiBinarySensorDescription(
        key="smartphone",
        translation_key="smartphone",
        # No connectivity: pickers filter by device class, and would offer it as a number.
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda data: data.smartphone_connected,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ZapiConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of an instance."""
    runtime = entry.runtime_data
    async_add_entities(
        [
            *(
                ZapiBinarySensor(runtime.coordinator, description)
                for description in BINARY_SENSORS
            ),
            ZapiWebhookSensor(runtime),
        ]
    )


class ZapiBinarySensor(ZapiEntity, BinarySensorEntity):
    """A binary sensor of an instance."""

    entity_description: ZapiBinarySensorDescription

    @property
    @override
    def _state_fingerprint(self) -> object:
        return self.is_on

    @property
    @override
    def is_on(self) -> bool | None:
        """The state, or None where the gateway did not say."""
        return self.entity_description.value_fn(self.coordinator.data)


class ZapiWebhookSensor(ZapiEntity, BinarySensorEntity):
    """Whether callbacks are registered and arrive, and what is in their way."""

    def __init__(self, runtime: ZapiRuntime) -> None:
        """Initialize the sensor."""
        super().__init__(runtime.coordinator, WEBHOOK)
        self._manager = runtime.webhook_manager
        self._monitor = runtime.callback_monitor

    @override
    async def async_added_to_hass(self) -> None:
        """Show it as soon as callbacks go missing, or arrive again."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self._monitor.async_add_listener(self._handle_coordinator_update)
        )

    @property
    @override
    def _state_fingerprint(self) -> object:
        return self._manager.status

    @property
    @override
    def is_on(self) -> bool | None:
        """Whether something is in the way; None until that is known."""
        status = self._manager.status
        return (
            None
            if status is RegistrationStatus.REGISTERING
            else status is not RegistrationStatus.OK
        )

    @property
    @override
    def extra_state_attributes(self) -> dict[str, str]:
        """What is in the way."""
        return {"reason": self._manager.status}
