"""Access to the webhooks of one instance: one at a time, and none after a stop."""

from asyncio import Lock, Timeout, timeout
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant

from ..api import CallbackType, Instance, ZapiClient, ZapiConnectionError
from ..const import CONF_INSTANCE_ID
from .claims import WANTED, displaced_by_us
from .ledger import HookRecord, Ledger
from .ownership import Owner, async_owner

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
        self._client = client
        self._ledger = ledger
        self._instance_id: str = entry.data[CONF_INSTANCE_ID]
        self._webhook_id: str = entry.data[CONF_WEBHOOK_ID]
        self._lock = Lock()
        self._limit: Timeout | None = None
        self.wanted = WANTED
        self.is_stopped = False

    @property
    def may_write(self) -> bool:
        """Whether a write may begin."""
        return not self.is_stopped and not self._hass.is_stopping

    @property
    def records(self) -> dict[CallbackType, HookRecord]:
        """The records of what is wanted or held."""
        return self._ledger.hooks(self._instance_id, self.wanted)

    def record(self, kind: CallbackType) -> HookRecord:
        """Return the record of a webhook."""
        return self._ledger.hook(self._instance_id, kind)

    async def async_save(
        self, change: Mapping[CallbackType, HookRecord | None]
    ) -> None:
        """Put records on disk, or drop those that are None.

        Raises:
            LedgerError: they are not there, and nothing has changed.
        """
        await self._ledger.async_update(self._instance_id, change)

    def owner(self, kind: CallbackType, url: str) -> Owner:
        """Return whose a URL of a webhook is."""
        return async_owner(self._hass, url, self._webhook_id, self.record(kind))

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
            displaced = displaced_by_us(current, self.owner(kind, current), hook)
            change[kind] = hook.before_taking(our_url, displaced)
        await self.async_save(change)
        for kind in kinds:
            await self.async_put(kind, our_url)
        return await self._client.me()

    async def async_restore_previous(self, kinds: Collection[CallbackType]) -> Instance:
        """Give webhooks back while the entry runs; return what the gateway then has."""
        instance = await self._client.me()
        for kind in kinds:
            if self.owner(kind, instance.webhooks[kind]) is Owner.OURS:
                await self.async_put(kind, self.record(kind).displaced or "")
        instance = await self._client.me()
        given = {
            kind: self.record(kind).at_rest if kind in self.wanted else None
            for kind in kinds
            if self.owner(kind, instance.webhooks[kind]) is not Owner.OURS
        }
        await self.async_save(given)
        return instance

    def _raise_if_stopped(self) -> None:
        """Write nothing once the entry is unloaded, or Home Assistant stops."""
        if not self.may_write:
            raise ZapiConnectionError("The instance is being unloaded")
