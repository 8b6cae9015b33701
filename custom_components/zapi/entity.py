"""The base of all entities: one device an instance."""

from collections.abc import Awaitable
from typing import override

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .api import Setting, ZapiError
from .const import CONF_INSTANCE_ID, DOMAIN
from .coordinator import ZapiCoordinator
from .device import instance_device_info
from .errors import async_answer


class ZapiEntity(CoordinatorEntity[ZapiCoordinator]):
    """An entity that shows a fact of the coordinator."""

    _attr_has_entity_name = True

    _last_fingerprint: tuple[bool, object] | None = None

    def __init__(
        self,
        coordinator: ZapiCoordinator,
        description: EntityDescription,
        context: str | None = None,
    ) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, context)
        self.entity_description = description
        instance_id = coordinator.config_entry.data[CONF_INSTANCE_ID]
        self._attr_unique_id = f"{instance_id}_{description.key}"

    @property
    def _state_fingerprint(self) -> object:
        """What the state is made of: an update that leaves it as it is writes nothing.

        All that is known is always right; the narrower, the fewer states are written.
        """
        return self.coordinator.data

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write the state if it has changed: most updates concern one entity of many."""
        fingerprint = (self.available, self._state_fingerprint)
        if fingerprint != self._last_fingerprint:
            self._last_fingerprint = fingerprint
            self.async_write_ha_state()

    @property
    @override
    def device_info(self) -> DeviceInfo:
        """The instance; asked for once, so nothing of it is kept."""
        return instance_device_info(self.coordinator.config_entry, self.coordinator)

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
        return await async_answer(self.hass, self.coordinator.config_entry, answer)


class ZapiSettingEntity(ZapiEntity):
    """An entity that shows and changes a setting."""

    setting: Setting

    @property
    def setting_value(self) -> bool | str | None:
        """What the gateway said last, or what it was last told."""
        instance = self.coordinator.data.instance
        return instance.settings.get(self.setting) if instance else None

    async def async_set_setting(self, value: bool | str) -> None:
        """Change the setting; believe it only until the gateway is read back.

        Raises:
            HomeAssistantError: the gateway declined, or took it and did nothing.
        """
        coordinator = self.coordinator
        await self.async_request(coordinator.client.set_setting(self.setting, value))
        coordinator.async_assume_setting(self.setting, value)
        try:
            coordinator.async_set_instance(await coordinator.client.me())
        except ZapiError:
            return
        if self.setting_value not in (None, value):
            raise HomeAssistantError(
                translation_domain=DOMAIN, translation_key="not_applied"
            )
