"""What can be sent: one frozen class a kind; media and choices have modules of their own.

docs/gateway.md, section 6.2

The gateway answers before WhatsApp has taken anything, so what WhatsApp is known to
refuse is refused by ``check``. Texts, names and ids stand in no ``repr``.
"""

from dataclasses import dataclass
from http import HTTPMethod
import re
from typing import Any, ClassVar, override

from .chats import Chat, ChatKind
from .content import NOT_IN_CHANNELS, Content, given, need
from .errors import ContentError

_TYPING_S = range(1, 16)


@dataclass(frozen=True, slots=True, repr=False)
class Text(Content):
    """A text, that may quote a message and mention people (``POST send-text``).

    WhatsApp's marks format it: ``*bold*``, ``_italic_``, ``~strike~``. A ``%0a`` in it
    becomes a line break at the gateway. Its length has no documented limit.

    https://developer.z-api.io/en/message/send-message-text

    Attributes:
        message: the text; the mentions that it lacks are put behind it.
        reply_to: the id of the message to quote.
        mentioned: members of the group, by number.
        mention_all: mention the whole group.
        typing_s: for how many seconds to show "typing" before, 1 to 15.
    """

    endpoint: ClassVar[str] = "send-text"

    message: str
    reply_to: str | None = None
    mentioned: tuple[Chat, ...] = ()
    mention_all: bool = False
    typing_s: int | None = None

    @override
    def check(self, chat: Chat) -> None:
        super().check(chat)
        need("message_empty", self.message)
        if self.typing_s is not None and self.typing_s not in _TYPING_S:
            raise ContentError(
                "typing_out_of_range", min=str(_TYPING_S[0]), max=str(_TYPING_S[-1])
            )
        if not self.mentioned and not self.mention_all:
            return
        if chat.kind is not ChatKind.GROUP:
            raise ContentError("mention_outside_group")
        if any(who.kind is not ChatKind.PERSON or who.is_lid for who in self.mentioned):
            raise ContentError("mention_without_number")

    @override
    def body(self, chat: Chat) -> dict[str, Any]:
        numbers = [who.id for who in self.mentioned]
        marks = [*numbers, "all"] if self.mention_all else numbers
        missing = [f"@{mark}" for mark in marks if not self._has_mark(mark)]
        message = " ".join([self.message, *missing])
        return {"phone": chat.id, "message": message} | given(
            messageId=self.reply_to,
            mentioned=numbers,
            mentionAll=self.mention_all,
            delayTyping=self.typing_s,
        )

    def _has_mark(self, name: str) -> bool:
        return re.search(rf"@{name}(?!\w)", self.message) is not None


@dataclass(frozen=True, slots=True, repr=False)
class Location(Content):
    """A place on the map (``POST send-location``).

    The gateway wants all four fields: where a name or an address is missing, the
    coordinates stand for it.

    https://developer.z-api.io/en/message/send-message-location

    Attributes:
        latitude: degrees, north is positive.
        longitude: degrees, east is positive.
        name: what is there.
        address: where that is.
    """

    endpoint: ClassVar[str] = "send-location"
    refused_in: ClassVar[frozenset[ChatKind]] = NOT_IN_CHANNELS

    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None

    @override
    def check(self, chat: Chat) -> None:
        super().check(chat)
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):
            raise ContentError("location_invalid")

    @override
    def body(self, chat: Chat) -> dict[str, Any]:
        latitude, longitude = f"{self.latitude:.6f}", f"{self.longitude:.6f}"
        return {
            "phone": chat.id,
            "title": self.name or f"{latitude}, {longitude}",
            "address": self.address or f"{latitude}, {longitude}",
            "latitude": latitude,
            "longitude": longitude,
        }


@dataclass(frozen=True, slots=True, repr=False)
class _OfMessage(Content):
    """What is done to a message.

    Attributes:
        message_id: the id of a message of this chat.
    """

    is_message: ClassVar[bool] = False

    message_id: str

    @override
    def check(self, chat: Chat) -> None:
        super().check(chat)
        need("message_id_empty", self.message_id)

    @override
    def body(self, chat: Chat) -> dict[str, Any]:
        return {"phone": chat.id, "messageId": self.message_id}


@dataclass(frozen=True, slots=True, repr=False)
class Edit(_OfMessage):
    """A new text of an own message, up to 7 days old (``POST send-text``).

    The gateway demands that the instance has a URL for received messages.

    https://developer.z-api.io/en/message/send-message-text
    """

    endpoint: ClassVar[str] = "send-text"

    message: str

    @override
    def check(self, chat: Chat) -> None:
        super().check(chat)
        need("message_empty", self.message)

    @override
    def body(self, chat: Chat) -> dict[str, Any]:
        return {
            "phone": chat.id,
            "message": self.message,
            "editMessageId": self.message_id,
        }


@dataclass(frozen=True, slots=True, repr=False)
class Reaction(_OfMessage):
    """An emoji on a message (``POST send-reaction``, ``POST send-remove-reaction``).

    https://developer.z-api.io/en/message/send-message-reaction,
    https://developer.z-api.io/en/message/send-remove-reaction

    Attributes:
        emoji: the first one counts; an empty text takes the reaction away.
    """

    emoji: str

    @property
    @override
    def path(self) -> str:
        return "send-reaction" if self.emoji else "send-remove-reaction"

    @override
    def check(self, chat: Chat) -> None:
        super().check(chat)
        if self.emoji and self.emoji.isascii():
            raise ContentError("emoji_invalid")

    @override
    def body(self, chat: Chat) -> dict[str, Any]:
        return super().body(chat) | given(reaction=self.emoji)


@dataclass(frozen=True, slots=True, repr=False)
class Forward(_OfMessage):
    """A message of another chat (``POST forward-message``); it has no id afterwards.

    The gateway demands that the instance has a URL for received messages.

    https://developer.z-api.io/en/message/forward-message

    Attributes:
        message_id: the id of the message.
        source: the chat that holds it.
    """

    is_message: ClassVar[bool] = True
    endpoint: ClassVar[str] = "forward-message"

    source: Chat

    @override
    def body(self, chat: Chat) -> dict[str, Any]:
        return super().body(chat) | {"messagePhone": self.source.id}


@dataclass(frozen=True, slots=True, repr=False)
class Delete(_OfMessage):
    """Take a message back for everybody (``DELETE messages``); the answer is empty.

    https://developer.z-api.io/en/message/delete-message

    Attributes:
        own: it is one of ours, not somebody else's in a group that we manage.
    """

    method: ClassVar[HTTPMethod] = HTTPMethod.DELETE
    endpoint: ClassVar[str] = "messages"

    own: bool = True

    @override
    def query(self, chat: Chat) -> dict[str, str]:
        owner = "true" if self.own else "false"
        return {"messageId": self.message_id, "phone": chat.id, "owner": owner}

    @override
    def body(self, chat: Chat) -> dict[str, Any]:
        return {}


@dataclass(frozen=True, slots=True, repr=False)
class Read(_OfMessage):
    """Mark a received message as read (``POST read-message``); the answer is empty.

    https://developer.z-api.io/en/message/read-message
    """

    endpoint: ClassVar[str] = "read-message"
