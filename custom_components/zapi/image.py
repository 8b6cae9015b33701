"""The QR code that pairs a phone."""

from datetime import datetime
from typing import override

from homeassistant.components.image import ImageEntity, ImageEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import LOGGER
from .entity import ZapiEntity
from .runtime import ZapiConfigEntry, ZapiRuntime

PARALLEL_UPDATES = 0

QR_CODE = ImageEntityDescription(key="qr_code", translation_key="qr_code")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ZapiConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the image of an instance."""
    async_add_entities([ZapiQrImage(hass, entry.runtime_data)])


class ZapiQrImage(ZapiEntity, ImageEntity):
    """The code, live only while the number is not paired."""

    _attr_content_type = "image/png"

    def __init__(self, hass: HomeAssistant, runtime: ZapiRuntime) -> None:
        """Initialize the image."""
        ZapiEntity.__init__(self, runtime.coordinator, QR_CODE)
        ImageEntity.__init__(self, hass)
        self._qr_code = runtime.qr_code

    @override
    async def async_added_to_hass(self) -> None:
        """Show each new code."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self._qr_code.async_add_listener(self.async_write_ha_state)
        )

    @property
    @override
    def _state_fingerprint(self) -> object:
        return self._qr_code.changed_at

    @property
    @override
    def available(self) -> bool:
        """Whether there is a code to look at."""
        return super().available and self._qr_code.is_available

    @property
    @override
    def entity_picture(self) -> str | None:
        """Where the code is; while there is none, the icon is shown."""
        return super().entity_picture if self.available else None

    @property
    @override
    def image_last_updated(self) -> datetime:
        """When there last was a reason to look again."""
        return self._qr_code.changed_at

    @override
    async def async_image(self) -> bytes | None:
        """Return the code; a second person who looks costs no request."""
        try:
            return await self.async_request(self._qr_code.async_image())
        except HomeAssistantError as err:
            # A stream of images would end with a traceback in the log.
            LOGGER.debug("There is no QR code to show: %s", err)
            return None
