"""Access to the webhooks of one instance: one at a time, and none after a stop."""

from asyncio import Lock, Timeout, timeout
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
import time
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant, callback

from .. import issues
from ..api import CallbackType, HookUrls, Instance, ZapiClient, ZapiConnectionError
from ..const import CONF_INSTANCE_ID
from . import claims
from .claims import RECEIVE_PAIR, Claims, HookState
from .ledger import HookRecord, Ledger
from .ownership import Owner, async_owner, is_same

# How long a write that is under way may still take once it is to stop.
STOP_SECONDS = 3
_RETRY_DELAYS_SECONDS = (10, 60, 300, 900, 3600)


def retry_delay_seconds(failures: int) -> int:
    """Return how long to wait after so many failures before the one just now."""
    return _RETRY_DELAYS_SECONDS[min(failures, len(_RETRY_DELAYS_SECONDS) - 1)]


class HookAccess:
    """The webhooks of one instance, at the gateway and in the ledger.

    Attributes:
        wanted: the webhooks that the entry takes.
        wants_own: it receives its own messages too.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        client: ZapiClient,
        ledger: Ledger,
    ) -> None:
        """Initialize the access; no request is made."""
        self._hass = hass
        self._entry = entry
        self._client = client
        self._ledger = ledger
        self._instance_id: str = entry.data[CONF_INSTANCE_ID]
        self._webhook_id: str = entry.data[CONF_WEBHOOK_ID]
        self._lock = Lock()
        self._limit: Timeout | None = None
        self.is_stopped = False
        self.async_want(entry.options)

    @callback
    def async_want(self, options: Mapping[str, Any]) -> None:
        """Take other webhooks from now on; nothing is written yet."""
        self.wanted, self.wants_own = (
            claims.wanted_types(options),
            claims.wants_own(options),
        )

    @property
    def may_write(self) -> bool:
        """Whether a write may begin."""
        return not self.is_stopped and not self._hass.is_stopping

    @property
    def records(self) -> dict[CallbackType, HookRecord]:
        """The records of what is wanted or held."""
        return self._ledger.hooks(self._instance_id, self.wanted)

    @property
    def surplus(self) -> set[CallbackType]:
        """The webhooks that are held, or may be, and no longer wanted."""
        return self.records.keys() - self.wanted

    def unnoted(self, instance: Instance) -> set[CallbackType]:
        """Return the webhooks that are ours by their id, but neither wanted nor recorded."""
        noted = self.records
        return {
            kind
            for kind, url in instance.webhooks.items()
            if kind not in noted and self.owner(kind, url) is Owner.OURS
        }

    def record(self, kind: CallbackType) -> HookRecord:
        """Return the record of a webhook."""
        return self._ledger.hook(self._instance_id, kind)

    async def async_save(
        self,
        change: Mapping[CallbackType, HookRecord | None],
        *,
        proving: bool = False,
    ) -> None:
        """Put records on disk, or drop those that are None; see ``Ledger.async_update``.

        Raises:
            LedgerError: they are not there, and nothing has changed.
        """
        await self._ledger.async_update(self._instance_id, change, proving=proving)

    def owner(self, kind: CallbackType, url: str) -> Owner:
        """Return whose a URL of a webhook is."""
        return async_owner(self._hass, url, self._webhook_id, self.record(kind))

    def judge(self, instance: Instance, our_url: str) -> dict[CallbackType, HookState]:
        """Return the state of each webhook that is wanted."""
        states = {
            kind: claims.hook_state(
                url, self.owner(kind, url), self.record(kind), our_url
            )
            for kind, url in instance.webhooks.items()
            if kind in self.wanted
        }
        return claims.without_idle(states, instance.webhooks)

    def due_switch(self, instance: Instance, our_url: str) -> bool | None:
        """Return what the switch for own messages has to become, if anything."""
        return claims.due_switch(
            self.judge(instance, our_url),
            self.record(CallbackType.RECEIVED),
            instance.sent_by_me,
            own=self.wants_own,
        )

    def diagnostics(self, urls: HookUrls) -> dict[str, Any]:
        """Return flags and counts of what is wanted or held, no values."""
        return {
            kind: {
                "owner": self.owner(kind, urls[kind]).name.lower(),
                "displaced_something": bool(record.displaced),
                "forwards": record.forward,
                "set_again": len(record.rewrites),
            }
            for kind, record in self.records.items()
            if kind in urls
        }

    @asynccontextmanager
    async def async_turn(self) -> AsyncGenerator[None]:
        """Work at the gateway, one after the other, until a stop cuts it off."""
        async with self._lock:
            self._raise_if_stopped()
            try:
                async with timeout(None) as self._limit:
                    yield
            except TimeoutError:
                raise ZapiConnectionError("The instance was unloaded") from None

    async def async_stop(self) -> None:
        """Begin no write any more; one that is under way may end within seconds."""
        self.is_stopped = True
        if self._lock.locked() and self._limit:
            self._limit.reschedule(self._hass.loop.time() + STOP_SECONDS)
        async with self._lock:
            pass

    async def async_put(self, kind: CallbackType, url: str) -> None:
        """Write one URL."""
        self._raise_if_stopped()
        await self._client.set_webhook(kind, url)

    async def async_set_filters(
        self, callbacks: Iterable[str], messages: Iterable[str] | None
    ) -> None:
        """Write what the gateway holds back."""
        self._raise_if_stopped()
        await self._client.set_filters(callbacks, messages)

    async def async_take(
        self, kinds: Collection[CallbackType], instance: Instance, our_url: str
    ) -> Instance:
        """Write our URL, and return what the gateway then has."""
        change = {}
        for kind in kinds:
            hook, current = self.record(kind), instance.webhooks[kind]
            displaced = claims.displaced_by_us(current, self.owner(kind, current), hook)
            change[kind] = hook.before_taking(our_url, displaced)
        await self.async_save(change)
        for kind in kinds:
            await self.async_put(kind, our_url)
        return await self._client.me()

    async def async_note(
        self, states: Claims, instance: Instance, our_url: str
    ) -> None:
        """Note what was read back."""
        change = {
            kind: self.record(kind).after_reading(our_url)
            for kind in claims.kinds_in(states, HookState.REGISTERED)
        }
        received = CallbackType.RECEIVED
        hook = change.get(received, self.record(received))
        if (
            received in self.wanted
            and claims.are_messages_ours(states) is False
            and hook.sent_by_me == instance.sent_by_me is not None
        ):
            # Whoever has the messages now may switch it as they like.
            change[received] = replace(hook, sent_by_me=None)
        await self.async_save(change)

    async def async_switch(self, sent_by_me: bool, instance: Instance) -> Instance:
        """Switch own messages on or off, and return what the gateway then has."""
        hook = self.record(CallbackType.RECEIVED)
        before = instance.sent_by_me if hook.sent_by_me is None else hook.sent_by_me
        noted = replace(hook, sent_by_me=before, written_at=time.time())
        await self.async_save({CallbackType.RECEIVED: noted})
        await self._async_put_switch(sent_by_me)
        return await self._client.me()

    async def async_restore_previous(self, kinds: Collection[CallbackType]) -> Instance:
        """Give webhooks back while the entry runs; return what the gateway then has."""
        instance = await self._client.me()
        await self.async_save(self._noted(kinds, instance))
        received = self.record(CallbackType.RECEIVED)
        if self._is_to_be_switched(kinds, received, instance.sent_by_me):
            # First: who had the messages may answer what it sends itself.
            await self._async_put_switch(bool(received.sent_by_me))
        for kind in CallbackType:
            if kind in kinds and self._is_to_be_restored(kind, instance.webhooks[kind]):
                await self.async_put(kind, self.record(kind).displaced or "")
        if any(self._may_hide_another(kind, instance.webhooks[kind]) for kind in kinds):
            issues.async_create_previous_unknown(self._hass, self._entry)
        instance = await self._client.me()
        await self.async_save(self._restored(kinds, instance))
        return instance

    def _noted(
        self, kinds: Collection[CallbackType], instance: Instance
    ) -> dict[CallbackType, HookRecord | None]:
        """Return records that say what is ours, though it is written in none."""
        return {
            kind: self.record(kind).after_reading(url)
            for kind, url in instance.webhooks.items()
            if kind in kinds
            and not self.record(kind).our_urls
            and self.owner(kind, url) is Owner.OURS
        }

    def _may_hide_another(self, kind: CallbackType, url: str) -> bool:
        """Return whether nobody knows whom to give a webhook back that is ours, or empty.

        One that is empty was perhaps emptied when the last time was cut off.
        """
        return self.record(kind).may_hide_another and (
            not url or self.owner(kind, url) is Owner.OURS
        )

    def _is_to_be_restored(self, kind: CallbackType, url: str) -> bool:
        """Return whether a webhook is ours, or may become so though it is not wanted."""
        hook = self.record(kind)
        return self.owner(kind, url) is Owner.OURS or (
            kind not in self.wanted
            and hook.is_in_doubt
            and is_same(url, hook.displaced or "")
        )

    def _restored(
        self, kinds: Collection[CallbackType], instance: Instance
    ) -> dict[CallbackType, HookRecord | None]:
        """Return the records of what was given back, as far as that is sure."""
        given = {
            kind: hook.at_rest if kind in self.wanted else hook.when_given_back
            for kind, hook in ((kind, self.record(kind)) for kind in kinds)
            if self.owner(kind, instance.webhooks[kind]) is not Owner.OURS
            # What was there before may be shown though our write comes later.
            and (kind in self.wanted or not hook.is_recent)
        }
        if self.record(CallbackType.RECEIVED).owes_switch(instance.sent_by_me):
            given.pop(CallbackType.RECEIVED, None)
        return given

    def _is_to_be_switched(
        self, kinds: Collection[CallbackType], hook: HookRecord, shown: bool | None
    ) -> bool:
        """Return whether own messages are, or may be, to be switched back too."""
        is_unsure = CallbackType.RECEIVED not in self.wanted and hook.is_in_doubt
        return not RECEIVE_PAIR.isdisjoint(kinds) and (
            hook.owes_switch(shown) or (is_unsure and hook.sent_by_me is not None)
        )

    async def _async_put_switch(self, sent_by_me: bool) -> None:
        self._raise_if_stopped()
        await self._client.set_sent_by_me(sent_by_me)

    def _raise_if_stopped(self) -> None:
        """Write nothing once the entry is unloaded, or Home Assistant stops."""
        if not self.may_write:
            raise ZapiConnectionError("The instance is being unloaded")
