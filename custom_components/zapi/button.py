"""What a person can ask of an instance once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.button import (
    ButtonDeviceClass,
    ButtonEntity,
    ButtonEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import ZapiNotFoundError
from .entity import ZapiEntity
from .runtime import ZapiConfigEntry, ZapiRuntime
from .state.models import InstanceState

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class ZapiButtonDescription(ButtonEntityDescription):
    """What a button does, and when it makes sense."""

    press_fn: Callable[[ZapiRuntime], Awaitable[None]]
    available_fn: Callable[[InstanceState], bool] = lambda data: True


BUTTONS = (
    ZapiButtonDescription(
        key="new_qr_code",
        translation_key="new_qr_code",
        # Always there: each drop would else be told once more, by this.
        press_fn=lambda runtime: runtime.qr_code.async_renew(),
    ),
    ZapiButtonDescription(
        key="restart",
        device_class=ButtonDeviceClass.RESTART,
        entity_category=EntityCategory.CONFIG,
        press_fn=lambda runtime: runtime.coordinator.client.restart(),
    ),
    ZapiButtonDescription(
        key="restore_session",
        translation_key="restore_session",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        press_fn=lambda runtime: runtime.coordinator.client.restore_session(),
        available_fn=lambda data: data.connected is False,
    ),
    ZapiButtonDescription(
        key="empty_queue",
        translation_key="empty_queue",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        press_fn=lambda runtime: runtime.coordinator.client.clear_queue(),
    ),
    ZapiButtonDescription(
        key="disconnect",
        translation_key="disconnect",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        press_fn=lambda runtime: runtime.coordinator.client.disconnect(),
        available_fn=lambda data: data.connected is True,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ZapiConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the buttons of an instance."""
    async_add_entities(
        ZapiButton(entry.runtime_data, description) for description in BUTTONS
    )


class ZapiButton(ZapiEntity, ButtonEntity):
    """A button of an instance."""

    entity_description: ZapiButtonDescription

    def __init__(
        self, runtime: ZapiRuntime, description: ZapiButtonDescription
    ) -> None:
        """Initialize the button."""
        super().__init__(runtime.coordinator, description)
        self._runtime = runtime
        self._is_supported = True

    @property
    @override
    def _state_fingerprint(self) -> object:
        """Only whether it may be pressed; its state is when that last happened."""
        return None

    @property
    @override
    def available(self) -> bool:
        """Whether pressing it makes sense."""
        return (
            super().available
            and self._is_supported
            and self.entity_description.available_fn(self.coordinator.data)
        )

    @override
    async def async_press(self) -> None:
        """Ask the gateway, then look what came of it."""
        try:
            await self.async_request(self.entity_description.press_fn(self._runtime))
        except HomeAssistantError as err:
            if isinstance(err.__cause__, ZapiNotFoundError):
                self._is_supported = False
                self.async_write_ha_state()
            raise
        self.coordinator.async_poll_soon()
