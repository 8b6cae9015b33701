"""Which messages were handed on already: Z-API posts some again, as late as minutes."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

from ..api import Message

_MIN_MESSAGES: Final = 10_000
# Bounds the memory; reached by nothing that people write within an hour.
_MAX_MESSAGES: Final = 100_000
_REMEMBERED_SECONDS: Final = 3600


def message_key(message: Message, moment: float, chat_id: str, author_id: str) -> str:
    """Return what a message is known again by; it tells nothing of who wrote it.

    Ids are chosen by the sender: two chats may have the same. A deletion has that of the
    deleted message, and all that is told of one call have one. A changed reaction or vote
    is a message of its own. Some notices have none: their moment has to do.
    """
    return blake2b(
        repr(
            (
                chat_id,
                author_id,
                message.id or moment,
                message.kind.value,
                message.notification,
                message.edit_id,
            )
        ).encode(),
        digest_size=16,
    ).hexdigest()


class Seen:
    """Remembers messages by their keys, for an hour at least."""

    def __init__(self, keys: Mapping[str, float] | None = None) -> None:
        """Initialize with what ``recent`` gave, the oldest first."""
        self._keys = dict(keys or {})

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._keys)

    def note(self, key: str, now: float) -> bool:
        """Remember a message, and return whether it is new."""
        if key in self._keys:
            return False
        self._keys[key] = now
        while len(self._keys) > _MIN_MESSAGES:
            oldest, noted = next(iter(self._keys.items()))
            is_due = now - noted > _REMEMBERED_SECONDS
            if not is_due and len(self._keys) <= _MAX_MESSAGES:
                break
            del self._keys[oldest]
        return True

    def recent(self, since: float) -> dict[str, float]:
        """Return what was noted since a moment, the oldest first."""
        return {key: noted for key, noted in self._keys.items() if noted >= since}
