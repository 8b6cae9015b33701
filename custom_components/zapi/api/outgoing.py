"""What can be sent: one frozen class a kind; media has a module of its own.

docs/gateway.md, section 6.2

The gateway answers before WhatsApp has taken anything, so what WhatsApp is known to
refuse is refused by ``check``. Texts, names and ids stand in no ``repr``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPMethod
import re
from typing import Any, ClassVar, override

from .chats import Chat, ChatKind
from .content import Content, given, need, need_typing
from .errors import ContentError

_NOT_IN_CHANNELS = frozenset({ChatKind.STATUS, ChatKind.CHANNEL})


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
        need_typing(self.typing_s)
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
    refused_in: ClassVar[frozenset[ChatKind]] = _NOT_IN_CHANNELS

    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None
    reply_to: str | None = None

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
        } | given(messageId=self.reply_to)


@dataclass(frozen=True, slots=True, repr=False)
class Choice:
    """One of the answers that somebody may pick.

    Attributes:
        label: what is shown.
        id: what comes back; without one it is the place: ``1`` is the first.
        description: a line below the label; in lists only.
    """

    label: str
    id: str | None = None
    description: str | None = None


def choice_ids(choices: Sequence[Choice]) -> list[str]:
    """Return what comes back; ids that the gateway makes up would tell nothing."""
    return [choice.id or str(place) for place, choice in enumerate(choices, start=1)]


def check_choices(choices: Sequence[Choice]) -> None:
    """Refuse choices that say nothing, or cannot be told from each other.

    Raises:
        ContentError: a rule is broken.
    """
    need("choice_empty", *(choice.label for choice in choices))
    if not choices:
        raise ContentError("choices_missing")
    if len(set(choice_ids(choices))) < len(choices):
        raise ContentError("choices_repeated")


@dataclass(frozen=True, slots=True, repr=False)
class _Choices(Content):
    """A question and its answers; WhatsApp shows none of these reliably."""

    message: str
    choices: tuple[Choice, ...]

    @override
    def check(self, chat: Chat) -> None:
        super().check(chat)
        need("message_empty", self.message)
        check_choices(self.choices)

    @property
    def _items(self) -> Iterator[tuple[str, Choice]]:
        """Give each choice with its id."""
        return zip(choice_ids(self.choices), self.choices, strict=True)


@dataclass(frozen=True, slots=True, repr=False)
class Buttons(_Choices):
    """A text with buttons below it (``POST send-button-list``).

    The account's owner must have accepted the terms of buttons in the panel.

    https://developer.z-api.io/en/message/send-button-list
    """

    endpoint: ClassVar[str] = "send-button-list"
    refused_in: ClassVar[frozenset[ChatKind]] = _NOT_IN_CHANNELS

    @override
    def body(self, chat: Chat) -> dict[str, Any]:
        buttons = [
            {"id": choice_id, "label": choice.label}
            for choice_id, choice in self._items
        ]
        return {
            "phone": chat.id,
            "message": self.message,
            "buttonList": {"buttons": buttons},
        }


@dataclass(frozen=True, slots=True, repr=False)
class OptionList(_Choices):
    """A text with a list that opens on a button (``POST send-option-list``).

    https://developer.z-api.io/en/message/send-option-list

    Attributes:
        title: what stands above the list.
        button: what stands on the button that opens it.
    """

    endpoint: ClassVar[str] = "send-option-list"
    refused_in: ClassVar[frozenset[ChatKind]] = _NOT_IN_CHANNELS | {ChatKind.GROUP}

    title: str
    button: str

    @override
    def check(self, chat: Chat) -> None:
        super().check(chat)
        need("list_title_empty", self.title)
        need("list_button_empty", self.button)

    @override
    def body(self, chat: Chat) -> dict[str, Any]:
        options = [
            {"id": choice_id, "title": choice.label}
            | given(description=choice.description)
            for choice_id, choice in self._items
        ]
        return {
            "phone": chat.id,
            "message": self.message,
            "optionList": {
                "title": self.title,
                "buttonLabel": self.button,
                "options": options,
            },
        }


@dataclass(frozen=True, slots=True, repr=False)
class Poll(Content):
    """A poll, which only groups have (``POST send-poll``).

    https://developer.z-api.io/en/message/send-poll

    Attributes:
        message: the question.
        options: the answers; a vote names them by their text.
        max_options: how many one may pick; None for any number.
    """

    endpoint: ClassVar[str] = "send-poll"

    message: str
    options: tuple[str, ...]
    max_options: int | None = None

    @override
    def check(self, chat: Chat) -> None:
        super().check(chat)
        if chat.kind is not ChatKind.GROUP:
            raise ContentError("poll_outside_group")
        need("message_empty", self.message)
        need("choice_empty", *self.options)
        if not self.options:
            raise ContentError("choices_missing")
        if len(set(self.options)) < len(self.options):
            raise ContentError("choices_repeated")
        if self.max_options is not None and self.max_options < 1:
            raise ContentError("max_options_invalid")

    @override
    def body(self, chat: Chat) -> dict[str, Any]:
        return {
            "phone": chat.id,
            "message": self.message,
            "poll": [{"name": option} for option in self.options],
        } | given(pollMaxOptions=self.max_options)


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
