"""What was sent lately: for replies, reactions, and what comes in about it."""

from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from ..api import Chat
from ..const import DOMAIN

_VERSION: Final = 1
_MAX_MESSAGES: Final = 10_000
_SAVE_DELAY_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class SentRecord:
    """Where a message went.

    Attributes:
        chat: the chat that holds it.
        subentry_id: the recipient; None for somebody who is not saved.
    """

    chat: Chat = field(repr=False)
    subentry_id: str | None = None


class Outbox:
    """Remembers the last messages of one instance, by their ids; no texts."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Initialize the outbox; ``async_load`` fills it."""
        self._store = _store(hass, entry)
        self._records: dict[str, SentRecord] = {}
        self._is_save_due = False

    async def async_load(self) -> None:
        """Read what was remembered before."""
        stored = await self._store.async_load()
        for message_id, chat_id, subentry_id in (stored or {}).get("sent", ()):
            if (chat := Chat.from_gateway(chat_id)) is not None:
                self._records[message_id] = SentRecord(chat, subentry_id)

    async def async_stop(self) -> None:
        """Write what was not written yet; the entry is being unloaded."""
        if self._is_save_due:
            await self._store.async_save(self._data())

    @callback
    def record(
        self, message_id: str, chat: Chat, subentry_id: str | None = None
    ) -> None:
        """Remember a message that was handed over, and forget the oldest."""
        self._records[message_id] = SentRecord(chat, subentry_id)
        if len(self._records) > _MAX_MESSAGES:
            del self._records[next(iter(self._records))]
        if not self._is_save_due:
            # Once: each further call would put it off.
            self._is_save_due = True
            self._store.async_delay_save(self._data, _SAVE_DELAY_SECONDS)

    @callback
    def find(self, message_id: str) -> SentRecord | None:
        """Return where a message went, if it was one of the last."""
        return self._records.get(message_id)

    @callback
    def last(self, chat: Chat) -> str | None:
        """Return the id of the last message that went to a chat."""
        wanted = chat.canonical_id
        return next(
            (
                message_id
                for message_id, sent in reversed(self._records.items())
                if sent.chat.canonical_id == wanted
            ),
            None,
        )

    def _data(self) -> dict[str, Any]:
        self._is_save_due = False
        return {
            "sent": [
                (message_id, sent.chat.id, sent.subentry_id)
                for message_id, sent in self._records.items()
            ]
        }


async def async_remove_outbox(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Forget all that was sent; the entry is being removed."""
    await _store(hass, entry).async_remove()


def _store(hass: HomeAssistant, entry: ConfigEntry) -> Store[dict[str, Any]]:
    return Store(
        hass,
        _VERSION,
        f"{DOMAIN}.outbox.{entry.entry_id}",
        private=True,
        atomic_writes=True,
    )
