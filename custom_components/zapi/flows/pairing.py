"""Steps that pair a phone, for each flow that offers it.

A progress step shows a code and advances by itself when its task ends: either the
number is connected, or the code has expired. A form does neither.
"""

from abc import ABC, abstractmethod
from asyncio import Task, sleep
from base64 import b64encode
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, override

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import callback
from homeassistant.data_entry_flow import FlowHandler, FlowResult
from homeassistant.helpers.selector import (
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from ..api import ZapiClient, ZapiError, ZapiPasskeyError
from ..const import DOMAIN, LOGGER
from ..errors import failure_key
from ..phone import digits
from ..qr_code import LIFETIME, MAX_CODES
from ..runtime import ZapiConfigEntry

CONF_PHONE = "phone"
EXTENSION_URL = (
    "https://chromewebstore.google.com/detail/iopmkohngoecmepoheapifkafbeomphn"
)

_STATUS_INTERVAL_SECONDS = 5
_PHONE_CODE_SECONDS = 120
_PASSKEY_SECONDS = 300

_PHONE_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_PHONE): TextSelector(
            TextSelectorConfig(type=TextSelectorType.TEL)
        )
    }
)
_METHODS = ("scan_qr", "phone_code", "passkey", "later")
# What the user can do something about; the rest is one common message.
SHOWN_FAILURES = {
    "invalid_auth",
    "instance_not_found",
    "subscription",
    "ip_not_allowed",
    "cannot_connect",
}

type _Fetch = Callable[[], Awaitable[dict[str, str] | None]]


@callback
def awaits_pairing(entry: ZapiConfigEntry) -> bool:
    """Return whether an entry is loaded and its number is known to be disconnected."""
    return (
        entry.state is ConfigEntryState.LOADED
        and entry.runtime_data.coordinator.data.connected is False
    )


class PairingFlow[ResultT: FlowResult[Any, Any]](FlowHandler[Any, ResultT, Any], ABC):
    """Base for flows that pair the phone of a loaded entry."""

    _entry: ZapiConfigEntry
    _client: ZapiClient
    _task: Task[bool] | None = None
    _is_closed = False
    _is_watched = False
    _codes_shown = 0
    _display: dict[str, str]
    _number = ""
    _failure = ""

    @abstractmethod
    async def async_step_paired(
        self, user_input: dict[str, Any] | None = None
    ) -> ResultT:
        """Finish the flow: the number is connected."""

    def _start_pairing(self, entry: ZapiConfigEntry) -> None:
        """Prepare to pair the number of an entry; show a menu next."""
        self._entry = entry
        # Kept: the entry may be unloaded while the dialog is open.
        self._client = entry.runtime_data.coordinator.client

    async def async_step_added(
        self, user_input: dict[str, Any] | None = None
    ) -> ResultT:
        """Ask how to pair a number that was added a moment ago."""
        return self._menu("added")

    async def async_step_pair(
        self, user_input: dict[str, Any] | None = None
    ) -> ResultT:
        """Ask how to pair."""
        return self._menu("pair")

    async def async_step_expired(
        self, user_input: dict[str, Any] | None = None
    ) -> ResultT:
        """Ask how to go on after the codes have expired unused."""
        return self._menu("expired")

    def _menu(self, step_id: str, options: Sequence[str] = _METHODS) -> ResultT:
        self._codes_shown = 0
        return self.async_show_menu(
            step_id=step_id,
            menu_options=list(options),
            description_placeholders=self._named,
        )

    @property
    def _named(self) -> dict[str, str]:
        """Return the placeholders that name the number."""
        return {"name": self._entry.title}

    async def async_step_later(
        self, user_input: dict[str, Any] | None = None
    ) -> ResultT:
        """Skip pairing."""
        return self.async_abort(reason="later", description_placeholders=self._named)

    async def async_step_failed(
        self, user_input: dict[str, Any] | None = None
    ) -> ResultT:
        """Show why there is no code, then ask again."""
        # Not merely set: after a progress step it is the input of the step before.
        if user_input == {}:
            return self._menu("pair")
        return self.async_show_form(
            step_id="failed",
            data_schema=vol.Schema({}),
            errors={"base": self._failure},
            description_placeholders=self._named,
        )

    async def async_step_scan_qr(
        self, user_input: dict[str, Any] | None = None
    ) -> ResultT:
        """Show a QR code, and another one when it has expired, three at most."""
        return await self._async_show_code(
            "scan_qr", self._async_qr_code, seconds=LIFETIME, max_codes=MAX_CODES
        )

    async def async_step_phone_code(
        self, user_input: dict[str, Any] | None = None
    ) -> ResultT:
        """Ask for the number, then show the code to type on the phone."""
        errors = {}
        if user_input is not None:
            number = digits(user_input[CONF_PHONE], self.hass.config.country)
            if number is not None:
                self._number = number
                return await self.async_step_enter_code()
            errors[CONF_PHONE] = "invalid_phone"
        return self.async_show_form(
            step_id="phone_code",
            data_schema=self.add_suggested_values_to_schema(_PHONE_SCHEMA, user_input),
            errors=errors,
            description_placeholders=self._named,
        )

    async def async_step_enter_code(
        self, user_input: dict[str, Any] | None = None
    ) -> ResultT:
        """Show the code to type on the phone."""
        return await self._async_show_code(
            "enter_code", self._async_phone_code, seconds=_PHONE_CODE_SECONDS
        )

    async def async_step_passkey(
        self, user_input: dict[str, Any] | None = None
    ) -> ResultT:
        """Show the token for Z-API's browser extension."""
        return await self._async_show_code(
            "passkey", self._async_extension_token, seconds=_PASSKEY_SECONDS
        )

    async def _async_show_code(
        self, step_id: str, fetch: _Fetch, *, seconds: float, max_codes: int = 1
    ) -> ResultT:
        """Show a code until the number is connected or the code has expired."""
        if self._task is not None and not self._task.done():
            self._is_watched = True
        elif next_step_id := await self._async_renew(fetch, max_codes):
            self._task = None
            return self.async_show_progress_done(next_step_id=next_step_id)
        else:
            # The dialog may have been closed during the request.
            self._task = self.hass.async_create_background_task(
                self._async_wait(0 if self._is_closed else seconds), f"{DOMAIN} pairing"
            )
        return self.async_show_progress(
            step_id=step_id,
            progress_action=step_id,
            progress_task=self._task,
            description_placeholders={**self._named, **self._display},
        )

    async def _async_renew(self, fetch: _Fetch, max_codes: int) -> str | None:
        """Fetch a code, or return the step that comes instead."""
        if self._task is not None:
            if self._task.result():
                return self._finish_pairing()
            # The browser fetches each new code at once, unless it is closed: the
            # frontend does not abort a flow that follows another.
            if self._codes_shown >= max_codes or not self._is_watched:
                return "expired"
        self._is_watched = self._task is None
        try:
            shown = await fetch()
        except ZapiPasskeyError:
            return "passkey"
        except ZapiError as err:
            LOGGER.debug("No code to pair with: %s", err)
            key = failure_key(err)
            self._failure = key if key in SHOWN_FAILURES else "refused"
            return "failed"
        if shown is None:
            return self._finish_pairing()
        self._display = shown
        self._codes_shown += 1
        return None

    def _finish_pairing(self) -> str:
        """Request a poll, and return the step that finishes the flow."""
        if self._entry.state is ConfigEntryState.LOADED:
            self._entry.runtime_data.coordinator.async_poll_soon()
        return "paired"

    async def _async_wait(self, seconds: float) -> bool:
        """Return whether the number connects before the code expires."""
        for _ in range(int(seconds / _STATUS_INTERVAL_SECONDS)):
            await sleep(_STATUS_INTERVAL_SECONDS)
            if await self._async_is_connected():
                return True
        return False

    async def _async_is_connected(self) -> bool:
        """Return whether Z-API reports a connection; the callback may be lost."""
        try:
            return (await self._client.status()).connected is True
        except ZapiError:
            return False

    async def _async_qr_code(self) -> dict[str, str] | None:
        image = await self._client.qr_image()
        if image is None:
            return None
        code = b64encode(image).decode()
        return {"qr_code": f"![QR](data:image/png;base64,{code})"}

    async def _async_phone_code(self) -> dict[str, str] | None:
        code = await self._client.phone_code(self._number)
        return None if code is None else {"code": f"## {code}"}

    async def _async_extension_token(self) -> dict[str, str]:
        token = await self._client.extension_token()
        return {"token": f"## {token}", "extension_url": EXTENSION_URL}

    @override
    def async_remove(self) -> None:
        """Note that the flow was closed; Home Assistant cancels the task that it shows."""
        self._is_closed = True
