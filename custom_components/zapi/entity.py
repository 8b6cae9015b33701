"""The base of all entities: one device an instance."""

from collections.abc import Awaitable
from typing import override

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .api import ZapiAuthError, ZapiError
from .connection import device_model, device_name
from .const import CONF_INSTANCE_ID, DOMAIN, PANEL_URL
from .coordinator import ZapiCoordinator, failure_key


class ZapiEntity(CoordinatorEntity[ZapiCoordinator]):
    """An entity that shows a fact of the coordinator."""

    _attr_has_entity_name = True

    _shown: tuple[bool, object] | None = None

    @property
    def fact(self) -> object:
        """What the state is made of: news that leaves it as it is writes none."""
        return None

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write the state if it is another one: most news is about one entity of many."""
        shown = (self.available, self.fact)
        if shown != self._shown:
            self._shown = shown
            self.async_write_ha_state()

    def __init__(
        self,
        coordinator: ZapiCoordinator,
        description: EntityDescription,
        context: str | None = None,
    ) -> None:
        """Tie the entity to its instance."""
        super().__init__(coordinator, context)
        self.entity_description = description
        instance_id = coordinator.config_entry.data[CONF_INSTANCE_ID]
        self._attr_unique_id = f"{instance_id}_{description.key}"

    @property
    @override
    def device_info(self) -> DeviceInfo:
        """The instance; asked for once, so nothing of it is kept."""
        entry = self.coordinator.config_entry
        info = DeviceInfo(
            configuration_url=PANEL_URL,
            entry_type=DeviceEntryType.SERVICE,
            identifiers={(DOMAIN, entry.data[CONF_INSTANCE_ID])},
            manufacturer="Z-API",
            name=device_name(entry, self.coordinator),
        )
        # Not named while disconnected: the model of the last phone stays then.
        if model := device_model(self.coordinator):
            info["model"] = model
        return info

    @property
    @override
    def available(self) -> bool:
        """Whether the gateway was reached lately, by a poll or a callback."""
        return self.coordinator.available

    async def async_request[T](self, answer: Awaitable[T]) -> T:
        """Return what the gateway answers to a person's wish; say why it does not.

        Raises:
            HomeAssistantError: the gateway was not reached, or declined.
        """
        try:
            return await answer
        except ZapiError as err:
            if isinstance(err, ZapiAuthError):
                self.coordinator.config_entry.async_start_reauth(self.hass)
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key=failure_key(err),
                translation_placeholders={"error": str(err)},
            ) from err
