"""Settings of an instance that are a text."""

from typing import override

from homeassistant.components.text import TextEntity, TextEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import Setting
from .entity import ZapiSettingEntity
from .runtime import ZapiConfigEntry

PARALLEL_UPDATES = 1

CALL_REJECT_MESSAGE = TextEntityDescription(
    key="call_reject_message",
    translation_key="call_reject_message",
    entity_category=EntityCategory.CONFIG,
    native_max=255,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ZapiConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the texts of an instance."""
    async_add_entities([ZapiText(entry.runtime_data.coordinator, CALL_REJECT_MESSAGE)])


class ZapiText(ZapiSettingEntity, TextEntity):
    """The text that a rejected caller gets."""

    setting = Setting.CALL_REJECT_MESSAGE

    @property
    @override
    def _state_fingerprint(self) -> object:
        return self.native_value

    @property
    @override
    def native_value(self) -> str | None:
        """The text, as far as a state can hold it."""
        value = self.setting_value
        return value[: self.native_max] if isinstance(value, str) else None

    @override
    async def async_set_value(self, value: str) -> None:
        """Change the text."""
        await self.async_set_setting(value)
