"""Settings of an instance that a person can change: written through, then read back."""

from homeassistant.exceptions import HomeAssistantError

from .api import Setting, ZapiError
from .const import DOMAIN
from .entity import ZapiEntity


class ZapiSettingEntity(ZapiEntity):
    """An entity that shows and changes a setting."""

    setting: Setting

    @property
    def value(self) -> bool | str | None:
        """What the gateway said last, or what it was last told."""
        instance = self.coordinator.data.instance
        return instance.settings.get(self.setting) if instance else None

    async def async_set(self, value: bool | str) -> None:
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
        if self.value not in (None, value):
            raise HomeAssistantError(
                translation_domain=DOMAIN, translation_key="not_applied"
            )
