"""Whom the owner of a phone saved there."""

from collections.abc import Iterable
from datetime import datetime, timedelta
import time
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval

from ..api import ZapiError, read_pages
from ..const import CONF_OTHERS, DOMAIN, LOGGER, OTHERS_CONTACTS
from ..coordinator import ZapiCoordinator

_MAX_PAGES: Final = 40
_INTERVAL: Final = timedelta(days=1)
_MIN_INTERVAL_SECONDS: Final = 3600


class AddressBook:
    """The saved contacts of one loaded instance; not asked for unless an option needs them.

    Nobody is known to be saved until Z-API has told so.
    """

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, coordinator: ZapiCoordinator
    ) -> None:
        """Initialize; ``async_start`` begins."""
        self._hass = hass
        self._entry = entry
        self._coordinator = coordinator
        self._saved: frozenset[str] = frozenset()
        self._asked_at: float | None = None

    @callback
    def async_start(self) -> None:
        """Ask now and once a day, until the entry is unloaded."""
        self._entry.async_on_unload(
            async_track_time_interval(
                self._hass, self._ask, _INTERVAL, cancel_on_shutdown=True
            )
        )
        self._ask()

    @callback
    def has(self, ids: Iterable[str]) -> bool:
        """Return whether somebody is saved, by canonical ids.

        Asks again for somebody who is not: they may have been added since.
        """
        if not self._saved.isdisjoint(ids):
            return True
        now = time.monotonic()
        if self._asked_at is None or now - self._asked_at > _MIN_INTERVAL_SECONDS:
            self._ask()
        return False

    @callback
    def _ask(self, _now: datetime | None = None) -> None:
        if self._entry.options.get(CONF_OTHERS) != OTHERS_CONTACTS:
            return
        self._asked_at = time.monotonic()
        self._entry.async_create_background_task(
            self._hass, self._async_read(), f"{DOMAIN} contacts"
        )

    async def _async_read(self) -> None:
        """Read all pages; what was known stays if one of them fails."""
        saved: set[str] = set()
        try:
            async for page in read_pages(self._coordinator.client.contacts, _MAX_PAGES):
                saved |= {one.chat.canonical_id for one in page.chats if one.is_saved}
        except ZapiError as err:
            LOGGER.debug("Z-API told nothing of contacts: %s", err)
            return
        self._saved = frozenset(saved)
