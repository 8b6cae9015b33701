"""Where the messages stand that were received lately."""

from typing import Final, NamedTuple

from ..api import Chat

_MAX_MESSAGES: Final = 5_000


class MessageChat(NamedTuple):
    """The chat of a message, and the id of the subentry whose chat it is."""

    chat: Chat
    subentry_id: str | None


class MessageChats:
    """The chats of the last messages, by the ids of these."""

    def __init__(self) -> None:
        """Initialize without messages."""
        self._chats: dict[str, MessageChat | None] = {}

    def note(self, message_id: str, chat: Chat, subentry_id: str | None) -> None:
        """Remember where a message stands, and forget the oldest."""
        self._chats.setdefault(message_id, MessageChat(chat, subentry_id))
        if len(self._chats) > _MAX_MESSAGES:
            del self._chats[next(iter(self._chats))]

    def doubt(self, message_id: str) -> None:
        """Forget for good where a message stands: it stands in two chats.

        Its sender chose the id, and an answer must not go to the wrong one.
        """
        self._chats[message_id] = None

    def find(self, message_id: str) -> MessageChat | None:
        """Return where a message stands."""
        return self._chats.get(message_id)
