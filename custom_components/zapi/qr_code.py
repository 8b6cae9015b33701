"""The QR code that pairs a phone: fetched when looked at, and not for ever."""

from asyncio import Lock
from collections.abc import Callable
from datetime import datetime
import time

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .coordinator import ZapiCoordinator
from .listeners import Listeners

# WhatsApp drops a code after 20 seconds, and after three that nobody read the
# gateway wants a person to ask again.
LIFETIME = 15
MAX_CODES = 3


class QrCode:
    """The codes of one instance, the same for all who look."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, coordinator: ZapiCoordinator
    ) -> None:
        """Initialize; the first code is fetched when somebody looks."""
        self._hass = hass
        self._coordinator = coordinator
        self._connected: bool | None = None
        self._lock = Lock()
        self._tries = 0
        self._image: bytes | None = None
        self._next_at = 0.0
        self._cancel: CALLBACK_TYPE | None = None
        self.changed_at: datetime = dt_util.utcnow()
        """When there last was a reason to look again."""
        self._listeners = Listeners[[]]()
        entry.async_on_unload(self._cancel_timer)
        # Before the image does, so that it shows a change once.
        entry.async_on_unload(coordinator.async_add_listener(self._handle_update))

    @callback
    def async_add_listener(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call the listener with each other code, or when there is none any more."""
        return self._listeners.async_add(listener)

    @property
    def is_available(self) -> bool:
        """Whether there is a code to look at, or one to be fetched."""
        if self._coordinator.data.connected is not False:
            return False
        if time.monotonic() < self._next_at:
            return self._image is not None
        return self._tries < MAX_CODES

    async def async_image(self) -> bytes | None:
        """Return a code that can be scanned, if there is one.

        Raises:
            ZapiError: the gateway did not give one.
        """
        async with self._lock:
            if not self.is_available:
                return None
            if time.monotonic() >= self._next_at:
                await self._async_fetch()
            return self._image

    async def async_renew(self) -> None:
        """Start over with a new code, as the user asked.

        Raises:
            ZapiError: the gateway did not give a code.
            HomeAssistantError: it says that none is needed.
        """
        async with self._lock:
            self._tries, self._next_at = 0, 0.0
            await self._async_fetch()
            if self._image is None:
                raise HomeAssistantError(
                    translation_domain=DOMAIN, translation_key="already_connected"
                )
            self._notify()

    async def _async_fetch(self) -> None:
        self._image = None
        try:
            self._image = await self._coordinator.client.qr_image()
        finally:
            self._rest()
        if self._image is None:
            # The gateway says that the number is connected.
            self._coordinator.async_poll_soon()

    def _rest(self) -> None:
        """Fetch no other code for as long as one lives, nor after a failure."""
        self._tries += 1
        self._next_at = time.monotonic() + LIFETIME
        self._cancel_timer()
        self._cancel = async_call_later(self._hass, LIFETIME, self._expire)
        if self._image is None:
            # Who looks again would see a broken picture, and an error in the browser.
            self._notify()

    @callback
    def _expire(self, _now: datetime) -> None:
        self._cancel, self._next_at = None, 0.0
        self._notify()

    @callback
    def _handle_update(self) -> None:
        """Forget the codes of a session that is over, or that somebody scanned."""
        connected = self._coordinator.data.connected
        if connected in (None, self._connected):
            return
        self._connected = connected
        self._cancel_timer()
        self._tries, self._next_at = 0, 0.0
        self.changed_at = dt_util.utcnow()

    def _notify(self) -> None:
        self.changed_at = dt_util.utcnow()
        self._listeners.async_call()

    @callback
    def _cancel_timer(self) -> None:
        if self._cancel:
            self._cancel()
            self._cancel = None
