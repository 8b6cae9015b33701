"""What is received: messages, and all else that happens in a chat.

docs/gateway.md, section 5.4; https://developer.z-api.io/en/webhooks/on-message-received
"""

from dataclasses import dataclass, field
from enum import StrEnum

from .chats import Chat


class MessageKind(StrEnum):
    """What a message is; its content, also where it is an edit of an earlier one."""

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    VOICE = "voice"
    DOCUMENT = "document"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACT = "contact"
    REACTION = "reaction"
    CHOICE = "choice"
    POLL = "poll"
    CALL = "call"
    GROUP = "group"
    DELETED = "deleted"
    # The content is not decrypted yet; it may follow under the same id.
    WAITING = "waiting"
    ACCOUNT = "account"
    # The account of somebody asked for a code to register this number anew.
    REGISTRATION_CODE = "registration_code"
    BUTTONS = "buttons"
    LIST = "list"
    TEMPLATE = "template"
    CAROUSEL = "carousel"
    PIX = "pix"
    PRODUCT = "product"
    ORDER = "order"
    PAYMENT = "payment"
    EVENT = "event"
    PIN = "pin"
    INVITE = "invite"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote a message, as far as the callback tells.

    Attributes:
        phone: the number.
        lid: the private id, ending in ``@lid``.
        name: what the person is called, one line; None where that is nothing, or
            the number.
    """

    phone: Chat | None = field(repr=False)
    lid: Chat | None = field(repr=False)
    name: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class IncomingMedia:
    """A file at the gateway, which keeps it for 30 days.

    Attributes:
        url: where it is; None where the gateway failed to fetch it.
        mime_type: as the sender's phone says.
        file_name: the name of a document.
        seconds: how long it plays.
        size: bytes, where the callback tells.
    """

    url: str | None = field(repr=False)
    mime_type: str | None
    file_name: str | None = field(default=None, repr=False)
    seconds: int | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class IncomingLocation:
    """A place, in degrees."""

    latitude: float = field(repr=False)
    longitude: float = field(repr=False)
    name: str | None = field(default=None, repr=False)
    address: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class IncomingContact:
    """A contact card: a name, and numbers of digits."""

    name: str | None = field(repr=False)
    phones: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class IncomingChoice:
    """What was chosen of buttons, of a list or in a poll.

    Attributes:
        id: of the button or the row; None for a poll, which has names alone.
        label: its words; of a poll the first that was chosen.
        labels: all that were chosen in a poll; empty if the vote was withdrawn.
        question_id: the message that asked.
    """

    id: str | None = field(repr=False)
    label: str | None = field(repr=False)
    labels: tuple[str, ...] = field(repr=False)
    question_id: str | None


@dataclass(frozen=True, slots=True)
class IncomingReaction:
    """A reaction: the emoji, None where it was removed, and the message it is to."""

    emoji: str | None = field(repr=False)
    message_id: str | None


@dataclass(frozen=True, slots=True)
class Message:
    """Something that happened in a chat.

    Attributes:
        id: WhatsApp's; None on some notices of the account. Chosen by the sender: two
            chats may have the same. Of a deletion, that of the deleted message.
        kind: what it is.
        chat: where it happened: the answer goes there.
        chat_lid: the private id of a private chat.
        chat_name: what the chat is called, one line.
        sender: who wrote it; of one's own, the instance.
        is_group: the chat is a group.
        from_me: written with the instance's number, on whatever device.
        from_api: written through Z-API; None where the callback does not say.
        text: the text, also the caption, the words of the choice or the question of
            a poll; None where there is none.
        quoted_id: the message that it answers.
        mentions: who is mentioned in the text, as digits.
        edit_id: the id of the edit, made of its text where it has none; None where it is
            no edit.
        forwarded: it was forwarded.
        view_once: it may be looked at once.
        media: the file; None also where an edit carries none.
        location: the place.
        contacts: the cards.
        choice: what was chosen.
        reaction: the reaction.
        is_video: of a call, whether it is one with video.
        notification: the gateway's name of a notice, of a call or of a change in a group.
        unknown_keys: of an unknown kind, the keys of the body that are not understood.
    """

    id: str | None
    kind: MessageKind
    chat: Chat = field(repr=False)
    chat_lid: Chat | None = field(repr=False)
    chat_name: str | None = field(repr=False)
    sender: Sender
    is_group: bool
    from_me: bool
    from_api: bool | None
    text: str | None = field(default=None, repr=False)
    quoted_id: str | None = None
    mentions: tuple[str, ...] = field(default=(), repr=False)
    edit_id: str | None = None
    forwarded: bool = False
    view_once: bool = False
    media: IncomingMedia | None = None
    location: IncomingLocation | None = None
    contacts: tuple[IncomingContact, ...] = ()
    choice: IncomingChoice | None = None
    reaction: IncomingReaction | None = None
    is_video: bool = False
    notification: str | None = None
    unknown_keys: tuple[str, ...] = ()

    @property
    def is_edit(self) -> bool:
        """Return whether it replaces the content of an earlier message."""
        return self.edit_id is not None
