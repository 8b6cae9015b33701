"""Settings of an instance that are on or off."""

from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import RestoredExtraData, RestoreEntity

from .api import Setting
from .coordinator import ZapiCoordinator
from .entity import ZapiSettingEntity
from .runtime import ZapiConfigEntry

PARALLEL_UPDATES = 1

_IS_ON = "is_on"


@dataclass(frozen=True, kw_only=True)
class ZapiSwitchDescription(SwitchEntityDescription):
    """Which setting a switch changes."""

    setting: Setting
    entity_category: EntityCategory = EntityCategory.CONFIG


SWITCHES = (
    ZapiSwitchDescription(
        key="read_messages",
        translation_key="read_messages",
        setting=Setting.AUTO_READ_MESSAGE,
    ),
    ZapiSwitchDescription(
        key="reject_calls",
        translation_key="reject_calls",
        setting=Setting.CALL_REJECT_AUTO,
    ),
)
READ_STATUS = ZapiSwitchDescription(
    key="read_status",
    translation_key="read_status",
    setting=Setting.AUTO_READ_STATUS,
    entity_registry_enabled_default=False,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ZapiConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switches of an instance."""
    coordinator = entry.runtime_data.coordinator
    async_add_entities(
        [
            *(ZapiSwitch(coordinator, description) for description in SWITCHES),
            ZapiReadStatusSwitch(coordinator, READ_STATUS),
        ]
    )


class ZapiSwitch(ZapiSettingEntity, SwitchEntity):
    """A setting that the gateway shows."""

    entity_description: ZapiSwitchDescription

    def __init__(
        self, coordinator: ZapiCoordinator, description: ZapiSwitchDescription
    ) -> None:
        """Initialize the switch."""
        super().__init__(coordinator, description)
        self.setting = description.setting

    @property
    @override
    def _state_fingerprint(self) -> object:
        return self.is_on

    @property
    @override
    def is_on(self) -> bool | None:
        """The setting, or None where the gateway did not say."""
        return self.setting_value if isinstance(self.setting_value, bool) else None

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Switch the setting on."""
        await self.async_set_setting(True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Switch the setting off."""
        await self.async_set_setting(False)


class ZapiReadStatusSwitch(ZapiSwitch, RestoreEntity):
    """A setting that the gateway takes and never shows."""

    _attr_assumed_state = True

    @property
    @override
    def available(self) -> bool:
        """Stories are marked as read only while messages are."""
        instance = self.coordinator.data.instance
        return (
            super().available
            and instance is not None
            and instance.settings.get(Setting.AUTO_READ_MESSAGE) is True
        )

    @property
    @override
    def is_on(self) -> bool | None:
        """What was last set here."""
        return self._attr_is_on

    @override
    async def async_added_to_hass(self) -> None:
        """Take over what was set before the restart."""
        await super().async_added_to_hass()
        if (stored := await self.async_get_last_extra_data()) is not None:
            self._attr_is_on = stored.as_dict().get(_IS_ON)

    @property
    @override
    def extra_restore_state_data(self) -> RestoredExtraData:
        """What was last set here; the state does not hold it while unavailable."""
        return RestoredExtraData({_IS_ON: self._attr_is_on})

    @override
    async def async_set_setting(self, value: bool | str) -> None:
        """Change the setting; there is nothing to read back."""
        client = self.coordinator.client
        await self.async_request(client.set_setting(self.setting, value))
        self._attr_is_on = bool(value)
        self.async_write_ha_state()
