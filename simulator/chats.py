"""The chats as the phone shows them: what was sent, what came in, and what became of it (docs/gateway.md, sections 5.3 and 6.2)."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from zlib import crc32

KEPT = 20_000
"""How many messages a chat keeps, and how many sends an instance."""
KEPT_MEDIA = 256 * 2**20
"""How many bytes of media an instance keeps; older files become empty."""


class Progress(StrEnum):
    """How far a message has come (sections 3.4, 5.5 and 5.6)."""

    QUEUED = "queued"
    REMOVED = "removed"
    FAILED = "failed"
    SENT = "sent"
    RECEIVED = "received"
    READ = "read"


@dataclass(slots=True, eq=False)
class Media:
    """A file that came as a data URI: MIME type without parameters, and the bytes."""

    mime: str
    data: bytes = field(repr=False)


@dataclass(slots=True, eq=False, kw_only=True)
class Message:
    """A message in a chat. What reacts to it, edits, deletes or reads it changes its fields and is no message itself."""

    message_id: str
    kind: str
    """`text`, `image`, `audio`, `video`, `ptv`, `gif`, `document`, `sticker`, `location`, `contact`, `poll`, `buttons`,
    `list`; for rarer ones the route without `send-`, or the content key of section 5.4."""
    text: str = field(default="", repr=False)
    """Text, caption, or the question of a poll."""
    content: dict[str, Any] = field(default_factory=dict, repr=False)
    """The body of the send, or the content object of what came in; long values shortened."""
    author: str = field(default="", repr=False)
    """The number of who wrote it; empty = this instance."""
    name: str = field(default="", repr=False)
    """The name of who wrote it; empty = this instance."""
    at: float = 0.0
    """Seconds since the epoch."""
    progress: Progress = Progress.QUEUED
    error: str = ""
    """Why it failed, as the DeliveryCallback says."""
    media: Media | None = None
    link: str = field(default="", repr=False)
    """Where this gateway serves the media, a path."""
    quoted: str = ""
    """Id of the message that it answers."""
    forwarded: bool = False
    deleted: bool = False
    edits: list[str] = field(default_factory=list, repr=False)
    """The texts that it had before, oldest first."""
    reactions: dict[str, str] = field(default_factory=dict, repr=False)
    """Emoji by the number of who reacted."""
    votes: dict[str, list[str]] = field(default_factory=dict, repr=False)
    """Of a poll: the options chosen, by the number of who votes."""

    @property
    def from_me(self) -> bool:
        """Whether this instance wrote it."""
        return not self.author


@dataclass(slots=True, eq=False)
class Chat:
    """One chat: messages by id, oldest first, at least one."""

    phone: str = field(repr=False)
    """Number, group, private id or channel, in the form in which it came first."""
    messages: dict[str, Message] = field(default_factory=dict, repr=False)

    @property
    def last(self) -> Message:
        """The latest message."""
        return next(reversed(self.messages.values()))

    def add(self, message: Message) -> None:
        """Add a message, and forget the oldest beyond `KEPT`."""
        self.messages[message.message_id] = message
        if len(self.messages) > KEPT:
            del self.messages[next(iter(self.messages))]


class Chats:
    """The chats of an instance, the one that had the first message first.

    A person is one chat, whether written to by number, with or without the ninth digit, or by private id.
    """

    def __init__(self) -> None:
        """Begin without chats."""
        self._chats: dict[str, Chat] = {}
        self._media: deque[Media] = deque()
        self._media_size = 0

    def __iter__(self) -> Iterator[Chat]:
        """Give the chats."""
        return iter(self._chats.values())

    def __len__(self) -> int:
        """Count the chats."""
        return len(self._chats)

    def __contains__(self, phone: str) -> bool:
        """Return whether there is a chat with them."""
        return key_of(phone) in self._chats

    def __getitem__(self, phone: str) -> Chat:
        """Return the chat with a number, group, private id or channel.

        Raises:
            KeyError: nothing was written there.
        """
        return self._chats[key_of(phone)]

    def find(self, phone: str, message_id: str) -> Message | None:
        """Return a message of a chat."""
        chat = self._chats.get(key_of(phone))
        return chat.messages.get(message_id) if chat else None

    def add(self, phone: str, message: Message) -> None:
        """Add a message to the chat with them."""
        self._chats.setdefault(key_of(phone), Chat(phone)).add(message)
        if message.media is not None:
            self._keep(message.media)

    def _keep(self, media: Media) -> None:
        self._media.append(media)
        self._media_size += len(media.data)
        while self._media_size > KEPT_MEDIA and len(self._media) > 1:
            oldest = self._media.popleft()
            self._media_size -= len(oldest.data)
            oldest.data = b""


def is_person(phone: str) -> bool:
    """Tell a person, by number or private id, from groups, channels, lists and stories."""
    return phone.isdecimal() or phone.endswith("@lid")


def lid_of(phone: str) -> str:
    """Give the private id of a number, always the same one, with or without the ninth digit."""
    return f"1111{crc32(with_ninth_digit(phone).encode()):011d}@lid"


def with_ninth_digit(phone: str) -> str:
    """Give a Brazilian mobile number its ninth digit; others as they are."""
    is_short = len(phone) == 12 and phone.startswith("55") and phone[4] in "6789"
    return f"{phone[:4]}9{phone[4:]}" if is_short else phone


def without_ninth_digit(phone: str) -> str:
    """Take the ninth digit from a Brazilian mobile number; others as they are."""
    is_long = len(phone) == 13 and phone.startswith("55") and phone[4] == "9"
    return phone[:4] + phone[5:] if is_long else phone


def key_of(phone: str) -> str:
    """Give what all forms of one chat's id have in common."""
    return lid_of(phone) if phone.isdecimal() else phone
