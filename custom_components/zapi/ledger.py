"""What we wrote at the gateway and what it displaced: on disk before any write.

Home Assistant saves config entries a second late, and they vanish with their
entry; this ledger does neither, so that a URL taken from somebody can be given
back after a crash, and after the entry is gone.
"""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
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


class Choice(StrEnum):
    """What a person wants done with a URL that is somebody else's."""

    TAKE_OVER = "take_over"
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
        written: the URLs that are ours, the newest last.
        answer: what was said of a foreign URL and is not yet carried out.
    """

    displaced: str = ""
    written: list[str] = field(default_factory=list)
    answer: Answer | None = None

    def allows(self, url: str) -> bool:
        """Tell whether a person agreed that this foreign URL may be replaced."""
        return (
            self.answer is not None
            and self.answer.url == url
            and self.answer.choice is not Choice.LEAVE
        )

    def note_write(self, url: str) -> None:
        """Note a URL that is about to be written."""
        self.written = [old for old in self.written if old != url][1 - _MOST_WRITTEN :]
        self.written.append(url)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> HookRecord:
        """Read a record as ``dataclasses.asdict`` wrote it."""
        answer = data["answer"]
        return cls(
            displaced=data["displaced"],
            written=data["written"],
            answer=Answer(answer["url"], Choice(answer["choice"])) if answer else None,
        )


class Ledger:
    """The records of all instances, whether or not they have an entry."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Make an empty ledger; ``async_load`` fills it."""
        self._store = Store[dict[str, dict[str, dict[str, Any]]]](
            hass, _VERSION, f"{DOMAIN}.webhooks", private=True, atomic_writes=True
        )
        self._records: dict[str, dict[Webhook, HookRecord]] = {}

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
        return self._records.setdefault(instance_id, {}).setdefault(kind, HookRecord())

    def has_written(self, instance_id: str) -> bool:
        """Tell whether a URL of ours may stand at the gateway."""
        return any(hook.written for hook in self._records.get(instance_id, {}).values())

    async def async_forget(self, instance_id: str) -> None:
        """Drop an instance: everything was given back."""
        if self._records.pop(instance_id, None) is not None:
            await self.async_save()

    async def async_save(self) -> None:
        """Put all records on disk; they are there when this returns."""
        await self._store.async_save(
            {
                instance_id: {kind: asdict(hook) for kind, hook in hooks.items()}
                for instance_id, hooks in self._records.items()
            }
        )


@singleton(_LEDGER, async_=True)
async def async_get_ledger(hass: HomeAssistant) -> Ledger:
    """Return the one ledger of this Home Assistant."""
    ledger = Ledger(hass)
    await ledger.async_load()
    return ledger
