"""What an instance remembers of what it received, beyond a reload and a restart."""

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
import time
from typing import Any, Final, Self

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..last_day import LastDay
from .lateness import Lateness
from .message_chats import MessageChats
from .pairs import Pairs
from .seen import Seen

_VERSION: Final = 1
_SAVE_DELAY_SECONDS: Final = 60
# What is older is late by its moment; but Z-API posts a message again with a newer one, as
# late as 207 seconds were seen.
_STORED_SECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class _Stored:
    """What a store held, in the shape that its users take."""

    is_clean: bool
    seen: Mapping[str, float]
    ages: Mapping[int, float]
    pairs: Iterable[tuple[str, str]]
    events: Mapping[str, tuple[str, str]]

    @classmethod
    def read(cls, data: Any) -> Self | None:
        """Read what was stored, None for what makes no sense."""
        try:
            return cls(
                data["clean"] is True,
                {str(key): float(noted) for key, noted in data["seen"].items()},
                {int(minute): float(age) for minute, age in data["ages"]},
                [(str(number), str(lid)) for number, lid in data["pairs"]],
                {
                    str(key): (str(kind), str(at))
                    for key, (kind, at) in data["events"].items()
                },
            )
        except AttributeError, KeyError, TypeError, ValueError:
            return None


class InboxMemory:
    """What one instance remembers; loaded once in a run of Home Assistant.

    Attributes:
        seen: which messages were handed on.
        lateness: how old messages are.
        pairs: which ids are one person.
        counts: messages since the start, by kind and outcome.
        last_day: messages of the last day.
        chats: where the last messages stand, until a restart.
        events: type and moment of the last event, by subentry; by entry that of all.
        is_clean: the last run ended as it should, and had time to store all.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Initialize; ``async_load`` fills it."""
        self._hass = hass
        self._entry = entry
        self._store = _store(hass, entry)
        self._is_save_due = False
        self._is_stopping = False
        self._stop_listening: CALLBACK_TYPE | None = None
        self.counts: Counter[tuple[str, str]] = Counter()
        self.last_day = LastDay()
        self.chats = MessageChats()
        self._fill(None)

    async def async_load(self) -> None:
        """Read what was remembered, and take away the mark that all of it was stored."""
        try:
            stored = await self._store.async_load()
        except HomeAssistantError:
            stored = None
        self._fill(_Stored.read(stored))
        # Removed first: that works on a full disk too. Nothing may be handed on while the
        # mark of the last stop is there: this run may be killed.
        with suppress(OSError):
            await self._store.async_remove()
        await self._store.async_save(self._data())
        self._stop_listening = self._hass.bus.async_listen_once(
            EVENT_HOMEASSISTANT_FINAL_WRITE, self._async_final_write
        )

    async def async_remove(self) -> None:
        """Forget all; the entry is being removed."""
        if self._stop_listening:
            self._stop_listening()
        await self._store.async_remove()

    @callback
    def async_save_soon(self) -> None:
        """Write within a minute: each further call would put it off."""
        if not self._is_save_due:
            self._is_save_due = True
            self._store.async_delay_save(self._data, _SAVE_DELAY_SECONDS)

    def _fill(self, stored: _Stored | None) -> None:
        self.is_clean = stored is not None and stored.is_clean
        self.seen = Seen(stored.seen if stored else None)
        self.lateness = Lateness(
            stored.ages if stored else None,
            # What the last run did is not known: it may have obeyed any of these.
            not_before=None if self.is_clean else time.time(),
        )
        self.pairs = Pairs(stored.pairs if stored else ())
        self.events = dict(stored.events if stored else {})

    async def _async_final_write(self, _event: Event) -> None:
        self._stop_listening = None
        self._is_stopping = True
        # What is due is written by the store itself now.
        if not self._is_save_due:
            await self._store.async_save(self._data())

    def _data(self) -> dict[str, Any]:
        self._is_save_due = False
        known = {*self._entry.subentries, self._entry.entry_id}
        return {
            "clean": self._is_stopping,
            "seen": self.seen.recent(time.time() - _STORED_SECONDS),
            "ages": list(self.lateness.samples.items()),
            "pairs": list(self.pairs),
            "events": {key: last for key, last in self.events.items() if key in known},
        }


_MEMORIES: HassKey[dict[str, InboxMemory]] = HassKey(f"{DOMAIN}_inbox_memories")


async def async_get_memory(hass: HomeAssistant, entry: ConfigEntry) -> InboxMemory:
    """Return what an entry remembers, which outlives a reload."""
    memories = hass.data.setdefault(_MEMORIES, {})
    if (memory := memories.get(entry.entry_id)) is None:
        memory = InboxMemory(hass, entry)
        await memory.async_load()
        memories[entry.entry_id] = memory
    return memory


async def async_remove_memory(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Forget all that an entry received; it is being removed."""
    memory = hass.data.get(_MEMORIES, {}).pop(entry.entry_id, None)
    await (memory or InboxMemory(hass, entry)).async_remove()


def _store(hass: HomeAssistant, entry: ConfigEntry) -> Store[dict[str, Any]]:
    return Store(
        hass,
        _VERSION,
        f"{DOMAIN}.inbox.{entry.entry_id}",
        private=True,
        atomic_writes=True,
    )
