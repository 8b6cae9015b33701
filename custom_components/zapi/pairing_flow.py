"""The steps that pair a phone, for every dialog that can do it.

A progress step shows a code and goes on by itself when its task ends: either the
number is connected, or the code is dead. A form does neither.
"""

from abc import ABC, abstractmethod
from asyncio import Task, sleep
from base64 import b64encode
from collections.abc import Awaitable, Callable
from typing import Any, override

from homeassistant.data_entry_flow import FlowHandler
from homeassistant.helpers.selector import (
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from .api import ZapiClient, ZapiError, ZapiPasskeyError
from .const import DOMAIN
from .phone import digits
from .qr_code import LIFETIME, MOST_CODES

CONF_PHONE = "phone"

_LOOK_EVERY = 5
_PHONE_CODE_SECONDS = 120
_PASSKEY_SECONDS = 300

_PHONE_FORM = vol.Schema(
    {
        vol.Required(CONF_PHONE): TextSelector(
            TextSelectorConfig(type=TextSelectorType.TEL)
        )
    }
)


class PairingFlow(FlowHandler[Any, Any, Any], ABC):
    """The steps; a dialog adds what comes before and after."""

    _task: Task[bool] | None = None
    _closed = False
    _codes = 0
    _shown: dict[str, str]
    _number = ""
    _problem = ""

    @property
    @abstractmethod
    def pairing_client(self) -> ZapiClient:
        """The client of the instance to pair."""

    @property
    @abstractmethod
    def pairing_placeholders(self) -> dict[str, str]:
        """What the dialog's texts name."""

    @abstractmethod
    async def async_paired(self) -> Any:
        """Go on, paired or not."""

    async def async_step_pair(self, user_input: dict[str, Any] | None = None) -> Any:
        """Ask how to pair."""
        self._codes, problem, self._problem = 0, self._problem, ""
        return self.async_show_menu(
            step_id="pair",
            menu_options=["scan_qr", "phone_code", "passkey", "later"],
            description_placeholders={**self.pairing_placeholders, "problem": problem},
        )

    async def async_step_later(self, user_input: dict[str, Any] | None = None) -> Any:
        """Do without."""
        return await self.async_paired()

    async def async_step_scan_qr(self, user_input: dict[str, Any] | None = None) -> Any:
        """Show a QR code, and another when it is dead, three at most."""
        return await self._async_show(
            "scan_qr", self._async_qr_code, seconds=LIFETIME, most=MOST_CODES
        )

    async def async_step_phone_code(
        self, user_input: dict[str, Any] | None = None
    ) -> Any:
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
            data_schema=self.add_suggested_values_to_schema(_PHONE_FORM, user_input),
            errors=errors,
        )

    async def async_step_enter_code(
        self, user_input: dict[str, Any] | None = None
    ) -> Any:
        """Show the code to type on the phone."""
        return await self._async_show(
            "enter_code", self._async_phone_code, seconds=_PHONE_CODE_SECONDS
        )

    async def async_step_passkey(self, user_input: dict[str, Any] | None = None) -> Any:
        """Show the token for the gateway's browser extension."""
        return await self._async_show(
            "passkey", self._async_extension_token, seconds=_PASSKEY_SECONDS
        )

    async def async_step_paired(self, user_input: dict[str, Any] | None = None) -> Any:
        """Go on: the number is connected."""
        return await self.async_paired()

    async def _async_show(
        self,
        step_id: str,
        fetch: Callable[[], Awaitable[dict[str, str] | None]],
        *,
        seconds: float,
        most: int = 1,
    ) -> Any:
        """Show what pairs until the number is connected or the code is dead."""
        if self._task is None or self._task.done():
            if self._task is not None and self._task.result():
                return self._leave("paired")
            if self._task is not None and self._codes >= most:
                return self._leave("pair")
            try:
                shown = await fetch()
            except ZapiPasskeyError:
                return self._leave("passkey" if step_id != "passkey" else "pair")
            except ZapiError as err:
                self._problem = str(err)
                return self._leave("pair")
            if shown is None:
                return self._leave("paired")
            self._shown = shown
            self._codes += 1
            # The dialog may have been closed while the gateway was asked.
            self._task = self.hass.async_create_background_task(
                self._async_wait(0 if self._closed else seconds), f"{DOMAIN} pairing"
            )
        return self.async_show_progress(
            step_id=step_id,
            progress_action=step_id,
            progress_task=self._task,
            description_placeholders=self._shown,
        )

    def _leave(self, step_id: str) -> Any:
        self._task = None
        return self.async_show_progress_done(next_step_id=step_id)

    async def _async_wait(self, seconds: float) -> bool:
        """Wait until the number is connected, as long as the code lives."""
        for _ in range(int(seconds / _LOOK_EVERY)):
            await sleep(_LOOK_EVERY)
            if await self._async_is_connected():
                return True
        return False

    async def _async_is_connected(self) -> bool:
        """Ask the gateway: the callback may be lost."""
        try:
            return (await self.pairing_client.status()).connected is True
        except ZapiError:
            return False

    async def _async_qr_code(self) -> dict[str, str] | None:
        image = await self.pairing_client.qr_image()
        if image is None:
            return None
        code = b64encode(image).decode()
        return {"qr_code": f"![QR](data:image/png;base64,{code})"}

    async def _async_phone_code(self) -> dict[str, str] | None:
        code = await self.pairing_client.phone_code(self._number)
        return None if code is None else {"code": f"# {code}"}

    async def _async_extension_token(self) -> dict[str, str]:
        return {"token": f"# {await self.pairing_client.extension_token()}"}

    @override
    def async_remove(self) -> None:
        """Remember that the dialog was closed; a task that it shows is cancelled."""
        self._closed = True
