"""Restoration of the URLs that the webhooks of an entry had before."""

from asyncio import sleep
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
import time

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant

from ..api import CallbackType, Instance, ZapiClient, ZapiError
from ..client import async_create_client
from .ledger import LAG_SECONDS, HookRecord
from .ownership import Owner, async_owner, is_same
from .url import UrlProblem, async_webhook_url, uses_cloud

# Delays before each read of what the gateway then has: it may lag behind.
_READ_BACK_DELAYS_SECONDS = (0, 1, 2, 3)


class Restoration:
    """Restores the previous webhook URLs of one entry, where the present ones are ours.

    Attributes:
        hooks: the records; what is found to be ours is added to them.
        held: the webhooks that were seen to be ours.
        left: those that are still ours, as far as is known; received messages too where
            only the switch for own ones is to be set back.
        doubtful: those that show what we displaced, though a write may yet appear.
        lost: those of which the record was lost.
        unknown: those that were emptied though somebody may have been there before.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        hooks: dict[CallbackType, HookRecord],
        may_write: Callable[[], bool],
    ) -> None:
        """Initialize the restoration from the records."""
        self._hass = hass
        self._entry = entry
        self._webhook_id: str = entry.data[CONF_WEBHOOK_ID]
        self._may_write = may_write
        self._cloudhook = ""
        self._was_read_back = False
        self._began = time.time()
        self.hooks = hooks
        self.held: set[CallbackType] = set()
        self.left = {kind for kind, hook in hooks.items() if hook.owes}
        self.doubtful: set[CallbackType] = set()
        self.lost: set[CallbackType] = set()
        self.unknown: set[CallbackType] = set()

    async def async_run(self) -> None:
        """Give back what is ours, or may be in a moment, and see whether it worked.

        Raises:
            ValueError: the API URL of the entry is not valid.
            ZapiError: the gateway cannot be read.
        """
        # Until the gateway has been read.
        self.left |= self.doubtful | self.lost
        # Not the entry's own: it may be gone.
        client = async_create_client(self._hass, self._entry.data)
        self._cloudhook = await self._find_cloudhook()
        instance = await client.me()
        self._find_unnoted(instance)
        self.left = self._ours(instance)
        self.held |= self.left
        for kind in self.left:
            self._record(kind, instance.webhooks[kind])
        # One that is empty was perhaps emptied when the last time was cut off.
        self.unknown |= {
            kind
            for kind, hook in self.hooks.items()
            if hook.may_hide_another
            and (kind in self.left or not instance.webhooks[kind])
        }
        self.doubtful = self._in_doubt(instance)
        # First: who had the messages may answer what it sends itself.
        switched = self._owed_switch(instance)
        failed = switched if not await self._switch(client, switched) else set()
        due = [kind for kind in CallbackType if kind in self.left | self.doubtful]
        failed |= {kind for kind in due if not await self._put(client, kind)}
        # What could not be written over may yet become ours.
        self.left |= failed
        if due or switched:
            # Where a write failed, waiting changes nothing.
            delays = _READ_BACK_DELAYS_SECONDS[: 1 if failed else None]
            await self._read_back(client, failed & self.doubtful, delays)

    def _find_unnoted(self, instance: Instance) -> None:
        """Find what is ours by its id though it is neither wanted nor recorded."""
        unknown = HookRecord()
        for kind, url in instance.webhooks.items():
            if self._is_ours(url, unknown):
                self.hooks.setdefault(kind, unknown)

    async def _find_cloudhook(self) -> str:
        """Return the cloudhook: without a record nothing else tells that it is ours."""
        if not uses_cloud(self._hass) or any(h.our_urls for h in self.hooks.values()):
            return ""
        url = await async_webhook_url(self._hass, self._webhook_id)
        return "" if isinstance(url, UrlProblem) else url

    async def _put(self, client: ZapiClient, kind: CallbackType) -> bool:
        """Write what was there before; return whether the gateway took it."""
        if not self._may_write():
            return False
        with suppress(ZapiError):
            await client.set_webhook(kind, self.hooks[kind].displaced or "")
            return True
        return False

    async def _switch(self, client: ZapiClient, kinds: set[CallbackType]) -> bool:
        """Set the switch for own messages back; return whether the gateway took it."""
        if kinds and not self._may_write():
            return False
        with suppress(ZapiError):
            for kind in kinds:
                await client.set_sent_by_me(bool(self.hooks[kind].sent_by_me))
            return True
        return False

    async def _read_back(
        self, client: ZapiClient, unsure: set[CallbackType], delays: tuple[int, ...]
    ) -> None:
        """Read until nothing of ours is left; a read that fails is not the last one."""
        for delay in delays:
            await sleep(delay)
            with suppress(ZapiError):
                instance = await client.me()
                self._was_read_back = not unsure
                self.left = self._ours(instance) | self._owed_switch(instance) | unsure
                if not self.left:
                    return

    def _record(self, kind: CallbackType, url: str) -> None:
        """Record a URL that is ours though the ledger does not know it."""
        hook = self.hooks[kind]
        if not any(is_same(url, written) for written in hook.our_urls):
            self.hooks[kind] = replace(
                hook.after_reading(url), pending_consent=hook.pending_consent
            )

    def _ours(self, instance: Instance) -> set[CallbackType]:
        """Return the webhooks that show a URL of ours."""
        return {
            kind
            for kind, hook in self.hooks.items()
            if self._is_ours(url := instance.webhooks[kind], hook)
            and not (hook.displaced and is_same(url, hook.displaced))
        }

    def _is_ours(self, url: str, hook: HookRecord) -> bool:
        """Return whether a URL is ours, by its webhook id or by the record."""
        return bool(url) and (
            is_same(url, self._cloudhook)
            or async_owner(self._hass, url, self._webhook_id, hook) is Owner.OURS
        )

    @property
    def _may_lag(self) -> bool:
        """Whether what was written before the retirement may not be shown yet."""
        return not self._was_read_back and time.time() - self._began < LAG_SECONDS

    def _owed_switch(self, instance: Instance) -> set[CallbackType]:
        """Return the webhooks with which the switch for own messages is to be set back."""
        return {
            kind
            for kind, hook in self.hooks.items()
            if hook.owes_switch(instance.sent_by_me)
            or (hook.sent_by_me is not None and hook.is_in_doubt and self._may_lag)
        }

    def _in_doubt(self, instance: Instance) -> set[CallbackType]:
        """Return the webhooks that show what we displaced, and may yet become ours."""
        return {
            kind
            for kind, hook in self.hooks.items()
            if self._may_lag
            and hook.is_in_doubt
            and is_same(instance.webhooks[kind], hook.displaced or "")
        }
