"""Retirement of entries: give back what is ours at the gateway, now or later."""

from asyncio import Task, timeout, wait
from contextlib import suppress
from datetime import datetime

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.event import async_call_later
from homeassistant.util.hass_dict import HassKey

from .. import issues
from ..api import CallbackType, ZapiError
from ..const import CONF_INSTANCE_ID, DOMAIN, LOGGER
from . import endpoint
from .access import STOP_SECONDS, retry_delay_seconds
from .claims import wanted_types
from .ledger import LAG_SECONDS, HookRecord, Ledger, LedgerError, async_get_ledger
from .ownership import redacted_host
from .restore import Restoration
from .waiting import async_get_room

_RETIREMENTS: HassKey[dict[str, Retirement]] = HassKey(f"{DOMAIN}_retirements")
# Of ten in all: a registration that is under way may have had the others.
_TIMEOUT_SECONDS = 10 - STOP_SECONDS


class Retirement:
    """Gives back the webhooks of an entry that was disabled or removed."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        ledger: Ledger,
        *,
        permanently: bool,
    ) -> None:
        """Initialize the retirement; nothing is given back yet."""
        self._hass = hass
        self._entry = entry
        self._ledger = ledger
        self._permanently = permanently
        self._instance_id: str = entry.data[CONF_INSTANCE_ID]
        wanted = wanted_types(entry.options)
        hooks = ledger.hooks(self._instance_id, wanted)
        self._restoration = Restoration(hass, entry, hooks, self._may_write)
        # The entry was loaded, and yet nothing is noted as ours: no record, or a new one.
        self._is_lost = not ledger.owes(self._instance_id) and _was_loaded(hass, entry)
        if self._is_lost:
            self._restoration.lost = set(
                wanted - ledger.hooks(self._instance_id).keys()
            )
        self._failures = 0
        self._has_looked_again = False
        self._is_ended = False
        self._cancel: CALLBACK_TYPE | None = None
        self._task: Task[None] | None = None

    async def async_run(self) -> None:
        """Give back within seconds; what fails is reported, and tried again."""
        try:
            # ValueError: the API URL of the entry is not valid.
            with suppress(ZapiError, TimeoutError, ValueError):
                async with timeout(_TIMEOUT_SECONDS):
                    await self._restoration.async_run()
        finally:
            if not self._is_ended:
                self._report()
        if not self._is_ended:
            await self._update_ledger()
            self._schedule()

    @callback
    def async_run_soon(self, _now: datetime | None = None) -> None:
        """Give back in the background, so that it does not delay a shutdown."""
        self._cancel = None
        if self._may_write():
            self._task = self._hass.async_create_background_task(
                self.async_run(), f"{DOMAIN} retire"
            )

    async def async_end(self) -> None:
        """End the retirement: the instance is registered again, or retired again."""
        self._is_ended = True
        if self._cancel:
            self._cancel()
        if self._task and not self._task.done():
            await wait([self._task], timeout=STOP_SECONDS)
            self._task.cancel()

    def _may_write(self) -> bool:
        """Return whether the entry is still disabled or gone."""
        is_retired = self._permanently or self._entry.disabled_by is not None
        return is_retired and not self._is_ended and not self._hass.is_stopping

    def _report(self) -> None:
        """Create the issue about what could not be given back, and delete all others."""
        issues.async_delete_issues(self._hass, self._entry)
        restoration = self._restoration
        displaced = [restoration.hooks[kind].displaced for kind in restoration.left]
        if restoration.left:
            hosts = {redacted_host(url) for url in displaced if url}
            issues.async_create_not_restored(self._hass, self._entry, hosts)
        elif restoration.unknown:
            issues.async_create_previous_unknown(self._hass, self._entry)
        else:
            issues.async_delete_not_restored(self._hass, self._entry)

    async def _update_ledger(self) -> None:
        """Store what is still owed, and of the rest only the consent of a user."""
        left, hooks = self._restoration.left, self._restoration.hooks
        if left and not any(hooks[kind].owes for kind in left):
            # The gateway could not be read, nor is there anything to keep.
            return
        rest = {kind: self._at_rest(kind, hook) for kind, hook in hooks.items()}
        owed = {kind: hooks[kind] for kind in left}
        try:
            await self._ledger.async_update(self._instance_id, {**rest, **owed})
        except LedgerError as err:
            # It will be looked at once more than needed, and that does no harm.
            LOGGER.warning("What was given back could not be noted: %s", err)

    def _at_rest(self, kind: CallbackType, hook: HookRecord) -> HookRecord | None:
        """Return what to keep of a record once the webhook is not ours."""
        if kind in self._restoration.doubtful and not self._has_looked_again:
            # Should Home Assistant end before the second look, only this tells of it.
            return hook
        if self._permanently:
            return None
        # Where somebody else had taken it again, consent was not given for that.
        return (
            hook.at_rest_with_consent
            if kind in self._restoration.held
            else hook.at_rest
        )

    def _schedule(self) -> None:
        """Try again what failed, and look once more for a write that comes late."""
        hooks = self._restoration.hooks.values()
        is_in_doubt = self._is_lost or any(hook.is_in_doubt for hook in hooks)
        if self._restoration.left and not self._permanently:
            delay = retry_delay_seconds(self._failures)
            self._failures += 1
        elif (self._restoration.left or is_in_doubt) and not self._has_looked_again:
            self._has_looked_again = True
            delay = LAG_SECONDS
        else:
            endpoint.async_unregister(self._hass, self._entry)
            return
        job = HassJob(self.async_run_soon, cancel_on_shutdown=True)
        self._cancel = async_call_later(self._hass, delay, job)


async def async_retire(
    hass: HomeAssistant, entry: ConfigEntry, *, permanently: bool
) -> None:
    """Give back the webhooks of an entry that is disabled, or removed permanently."""
    retirement = await _async_begin(hass, entry, permanently=permanently)
    await retirement.async_run()


async def async_retire_disabled(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Give back the webhooks of an entry that was disabled while it was not loaded."""
    retirement = await _async_begin(hass, entry, permanently=False)
    retirement.async_run_soon()


async def async_end(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Leave the instance of an entry alone from now on."""
    retirements = hass.data.setdefault(_RETIREMENTS, {})
    if retirement := retirements.pop(entry.data[CONF_INSTANCE_ID], None):
        await retirement.async_end()


@callback
def is_retired(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Return whether an entry has been retired since it was last set up."""
    return entry.data[CONF_INSTANCE_ID] in hass.data.get(_RETIREMENTS, {})


async def _async_begin(
    hass: HomeAssistant, entry: ConfigEntry, *, permanently: bool
) -> Retirement:
    await async_end(hass, entry)
    async_get_room(hass, entry).async_clear()
    ledger = await async_get_ledger(hass)
    retirement = Retirement(hass, entry, ledger, permanently=permanently)
    hass.data[_RETIREMENTS][entry.data[CONF_INSTANCE_ID]] = retirement
    return retirement


def _was_loaded(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Return whether an entry was ever loaded: it has left its device then."""
    devices = dr.async_get(hass)
    return bool(dr.async_entries_for_config_entry(devices, entry.entry_id))
