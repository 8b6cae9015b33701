"""What we wrote at the gateway and what it displaced: on disk before any write.

Home Assistant saves config entries a second late, and they vanish with their
entry; this ledger does neither, so that a URL taken from somebody can be given
back after a crash, and after the entry is gone.
"""

from asyncio import Lock
from dataclasses import asdict, dataclass, field
from enum import StrEnum
import time
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.singleton import singleton
from homeassistant.helpers.storage import Store
from homeassistant.util.hass_dict import HassKey

from .api import Webhook
from .const import DOMAIN

_LEDGER: HassKey[Ledger] = HassKey(f"{DOMAIN}_ledger")
_VERSION = 1
_MOST_WRITTEN = 20
_MOST_RESETS = 3
_DAY = 24 * 60 * 60


class Choice(StrEnum):
    """What a person wants done with a URL that is somebody else's."""

    TAKE_OVER = "take_over"
    TAKE_OVER_AND_FORWARD = "take_over_and_forward"
    LEAVE = "leave"


@dataclass(slots=True)
class Answer:
    """A person's choice, good for the one URL that was shown."""

    url: str
    choice: Choice


@dataclass(slots=True)
class HookRecord:
    """One webhook of one instance.

    Attributes:
        displaced: the URL to give back; empty where there was none.
        forward: whoever is at the displaced URL gets a copy of each callback.
        written: the URLs that are ours, the newest last.
        confirmed: the URL that was last read back.
        resets: when a confirmed URL had to be written again, seconds since 1970.
        answer: what was said of a foreign URL and is not yet carried out.
    """

    displaced: str = ""
    forward: bool = False
    written: list[str] = field(default_factory=list)
    confirmed: str = ""
    resets: list[float] = field(default_factory=list)
    answer: Answer | None = None

    @property
    def said(self) -> Answer | None:
        """What a person said of the URL that is there without us."""
        if not self.displaced:
            return self.answer
        choice = Choice.TAKE_OVER_AND_FORWARD if self.forward else Choice.TAKE_OVER
        return Answer(self.displaced, choice)

    def note_write(self, url: str) -> None:
        """Note a URL that is about to be written."""
        if self.answer:
            self.forward = self.answer.choice is Choice.TAKE_OVER_AND_FORWARD
            self.resets = []
        elif self.confirmed == url:
            self.resets = [*self._recent_resets(), time.time()]
        self.written = [old for old in self.written if old != url][1 - _MOST_WRITTEN :]
        self.written.append(url)

    def note_confirmed(self, url: str) -> bool:
        """Note that a URL of ours was read back; tell whether that is news."""
        if self.confirmed == url and self.answer is None:
            return False
        self.confirmed, self.answer = url, None
        return True

    def is_worn_out(self, url: str) -> bool:
        """Tell whether somebody fights with us for this webhook."""
        return self.confirmed == url and len(self._recent_resets()) >= _MOST_RESETS

    def _recent_resets(self) -> list[float]:
        now = time.time()
        return [at for at in self.resets if 0 <= now - at < _DAY]

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> HookRecord:
        """Read a record as ``dataclasses.asdict`` wrote it."""
        answer = data["answer"]
        return cls(
            **{
                **data,
                "answer": answer and Answer(answer["url"], Choice(answer["choice"])),
            }
        )


class Ledger:
    """The records of all instances, whether or not they have an entry."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Make an empty ledger; ``async_load`` fills it."""
        self._store = Store[dict[str, dict[str, dict[str, Any]]]](
            hass, _VERSION, f"{DOMAIN}.webhooks", private=True, atomic_writes=True
        )
        self._records: dict[str, dict[Webhook, HookRecord]] = {}
        self._lock = Lock()
        self._asked = 0
        self._saved = 0

    async def async_load(self) -> None:
        """Read what is on disk."""
        self._records = {
            instance_id: {
                Webhook(kind): HookRecord.from_json(data)
                for kind, data in hooks.items()
            }
            for instance_id, hooks in (await self._store.async_load() or {}).items()
        }

    def hook(self, instance_id: str, kind: Webhook) -> HookRecord:
        """Return the record of a webhook, to read or to change before a save."""
        hooks = self._records.setdefault(instance_id, {})
        if kind not in hooks:
            hooks[kind] = HookRecord()
        return hooks[kind]

    async def async_forget(self, instance_id: str) -> None:
        """Drop an instance: everything was given back."""
        if self._records.pop(instance_id, None) is not None:
            await self.async_save()

    async def async_rest(self, instance_id: str) -> None:
        """Keep of an instance that was given back only what a person said."""
        hooks = self._records.get(instance_id, {})
        rested = {kind: HookRecord(answer=hook.said) for kind, hook in hooks.items()}
        if rested != hooks:
            self._records[instance_id] = rested
            await self.async_save()

    async def async_save(self) -> None:
        """Put all records on disk; they are there when this returns."""
        self._asked += 1
        mine = self._asked
        async with self._lock:
            # Whoever wrote after we asked wrote ours along: many instances that
            # register at once would otherwise write everything once each.
            if self._saved < mine:
                asked = self._asked
                await self._store.async_save(self._to_json())
                self._saved = asked

    def _to_json(self) -> dict[str, dict[str, dict[str, Any]]]:
        return {
            instance_id: {kind: asdict(hook) for kind, hook in hooks.items()}
            for instance_id, hooks in self._records.items()
        }


@singleton(_LEDGER, async_=True)
async def async_get_ledger(hass: HomeAssistant) -> Ledger:
    """Return the one ledger of this Home Assistant."""
    ledger = Ledger(hass)
    await ledger.async_load()
    return ledger
