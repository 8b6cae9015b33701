"""The content of a received message, from the one key that holds it.

docs/gateway.md, section 5.4; https://developer.z-api.io/en/webhooks/on-message-received
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Required, TypedDict

from .incoming import (
    IncomingChoice,
    IncomingContact,
    IncomingLocation,
    IncomingMedia,
    IncomingReaction,
    MessageKind,
)
from .values import boolean, count, identifier, words
from .vcard import read_contact

_MAX_URL_CHARS = 2048
_MAX_MIME_TYPE_CHARS = 127
_MAX_UNKNOWN_KEYS = 10
_MAX_KEY_CHARS = 40

# What may stand beside a content, and says nothing of its kind.
_ENVELOPE = frozenset(
    {"type", "instanceId", "messageId", "momment", "moment", "status", "connectedPhone"}
    | {"phone", "chatLid", "senderLid", "participantPhone", "participantLid"}
    | {"chatName", "senderName", "senderPhoto", "photo"}
    | {"isGroup", "isNewsletter", "broadcast", "broadcastRecipients", "isStatusReply"}
    | {"fromMe", "fromApi", "forwarded", "viewOnce", "waitingMessage"}
    | {"isEdit", "editMessageId", "referenceMessageId", "externalAdReply"}
    | {"messageExpirationSeconds", "expiresAt", "callId", "callDirection", "isVideo"}
    | {"notification", "notificationParameters", "code", "requestMethod", "linkMode"}
    | {"profileName", "updatedPhoto"}
)


class IncomingContent(TypedDict, total=False):
    """The fields of a ``Message`` that its content fills."""

    kind: Required[MessageKind]
    text: str | None
    edit_id: str | None
    view_once: bool
    media: IncomingMedia | None
    location: IncomingLocation | None
    contacts: tuple[IncomingContact, ...]
    choice: IncomingChoice | None
    reaction: IncomingReaction | None
    is_video: bool
    notification: str | None
    unknown_keys: tuple[str, ...]


def read_content(body: dict[str, Any], quoted_id: str | None) -> IncomingContent:
    """Read what a message says, also where it is an edit.

    Args:
        body: the callback.
        quoted_id: the message that it answers.
    """
    if isinstance(content := body.get("reaction"), dict):
        return _reaction(content)
    for key, id_key in _ANSWERS.items():
        if isinstance(content := body.get(key), dict):
            return _answer(content, id_key, quoted_id)
    for key, read in _READERS.items():
        if isinstance(content := body.get(key), dict):
            return read(content)
    return {"kind": MessageKind.UNKNOWN, "unknown_keys": _unknown_keys(body)}


def _unknown_keys(body: dict[str, Any]) -> tuple[str, ...]:
    """Return the keys that may hold the content; they are names, and no text."""
    keys = (
        key
        for key, value in body.items()
        if value is not None
        and key not in _ENVELOPE
        and len(key) <= _MAX_KEY_CHARS
        and key.isascii()
        and key.isidentifier()
    )
    return tuple(sorted(keys)[:_MAX_UNKNOWN_KEYS])


def _reaction(content: dict[str, Any]) -> IncomingContent:
    target = content.get("referencedMessage")
    message_id = target.get("messageId") if isinstance(target, dict) else None
    return {
        "kind": MessageKind.REACTION,
        "reaction": IncomingReaction(
            _text(content.get("value")), identifier(message_id)
        ),
    }


def _answer(
    content: dict[str, Any], id_key: str, question_id: str | None
) -> IncomingContent:
    label = _first_text(content, "message", "title")
    return {
        "kind": MessageKind.CHOICE,
        "text": label,
        "choice": IncomingChoice(_text(content.get(id_key)), label, (), question_id),
    }


def _vote(content: dict[str, Any]) -> IncomingContent:
    options = content.get("options")
    names = (
        _text(option.get("name"))
        for option in (options if isinstance(options, list) else ())
        if isinstance(option, dict)
    )
    labels = tuple(name for name in names if name is not None)
    return {
        "kind": MessageKind.CHOICE,
        "text": ", ".join(labels) or None,
        "choice": IncomingChoice(
            id=None,
            label=labels[0] if labels else None,
            labels=labels,
            question_id=identifier(content.get("pollMessageId")),
        ),
    }


def _media(kind: MessageKind, url_key: str, content: dict[str, Any]) -> IncomingContent:
    return {
        "kind": kind,
        "text": _text(content.get("caption")),
        "view_once": boolean(content.get("viewOnce")) is True,
        "media": IncomingMedia(
            url=_url(content.get(url_key)),
            mime_type=_mime_type(content.get("mimeType")),
            file_name=words(content.get("fileName")) or words(content.get("title")),
            seconds=count(content.get("seconds")),
        ),
    }


def _audio(content: dict[str, Any]) -> IncomingContent:
    kind = MessageKind.VOICE if boolean(content.get("ptt")) else MessageKind.AUDIO
    return _media(kind, "audioUrl", content)


def _location(content: dict[str, Any]) -> IncomingContent:
    latitude = _degrees(content.get("latitude"), 90)
    longitude = _degrees(content.get("longitude"), 180)
    place = None
    if latitude is not None and longitude is not None:
        place = IncomingLocation(
            latitude,
            longitude,
            words(content.get("name")),
            words(content.get("address")),
        )
    return {
        "kind": MessageKind.LOCATION,
        "text": _text(content.get("caption")),
        "location": place,
    }


def _contact(content: dict[str, Any]) -> IncomingContent:
    return {"kind": MessageKind.CONTACT, "contacts": (read_contact(content),)}


def _worded(
    kind: MessageKind, text_keys: tuple[str, ...], content: dict[str, Any]
) -> IncomingContent:
    return {"kind": kind, "text": _first_text(content, *text_keys)}


def _template(content: dict[str, Any]) -> IncomingContent:
    """Read a template, with the file or the place that stands above its text."""
    header = content.get("header")
    above: IncomingContent = {"kind": MessageKind.TEMPLATE}
    for key in _HEADERS:
        if isinstance(header, dict) and isinstance(found := header.get(key), dict):
            above = _READERS[key](found)
    message = _first_text(content, "message", "title")
    return {**above, "kind": MessageKind.TEMPLATE, "text": message}


# The key of what was chosen.
_ANSWERS = {
    "buttonsResponseMessage": "buttonId",
    "listResponseMessage": "selectedRowId",
}
_HEADERS = ("image", "video", "document", "location")
# The order decides where a message has two of these.
_READERS: dict[str, Callable[[dict[str, Any]], IncomingContent]] = {
    "pollVote": _vote,
    "image": partial(_media, MessageKind.IMAGE, "imageUrl"),
    "audio": _audio,
    "video": partial(_media, MessageKind.VIDEO, "videoUrl"),
    "ptv": partial(_media, MessageKind.VIDEO, "ptvUrl"),
    "document": partial(_media, MessageKind.DOCUMENT, "documentUrl"),
    "sticker": partial(_media, MessageKind.STICKER, "stickerUrl"),
    "text": partial(_worded, MessageKind.TEXT, ("message",)),
    "location": _location,
    "liveLocation": _location,
    "contact": _contact,
    "poll": partial(_worded, MessageKind.POLL, ("question",)),
    "buttonsMessage": partial(_worded, MessageKind.BUTTONS, ("message",)),
    "listMessage": partial(_worded, MessageKind.LIST, ("description", "title")),
    "hydratedTemplate": _template,
    "carouselMessage": partial(_worded, MessageKind.CAROUSEL, ("text",)),
    "pixKeyMessage": partial(_worded, MessageKind.PIX, ()),
    "product": partial(_worded, MessageKind.PRODUCT, ("title", "description")),
    "order": partial(_worded, MessageKind.ORDER, ("message", "orderTitle")),
    "reviewOrder": partial(_worded, MessageKind.ORDER, ()),
    "reviewAndPay": partial(_worded, MessageKind.PAYMENT, ()),
    "requestPayment": partial(_worded, MessageKind.PAYMENT, ()),
    "sendPayment": partial(_worded, MessageKind.PAYMENT, ()),
    "event": partial(_worded, MessageKind.EVENT, ("name", "description")),
    "eventResponse": partial(_worded, MessageKind.EVENT, ()),
    "pinMessage": partial(_worded, MessageKind.PIN, ()),
    "newsletterAdminInvite": partial(_worded, MessageKind.INVITE, ("text",)),
}


def _text(value: object) -> str | None:
    """Return a text as it was written, without what no file and no database takes."""
    return value.replace("\0", "") or None if isinstance(value, str) else None


def _first_text(content: dict[str, Any], *keys: str) -> str | None:
    """Return the first text that says something."""
    for key in keys:
        if found := _text(content.get(key)):
            return found
    return None


def _url(value: object) -> str | None:
    """Return a URL that can be fetched."""
    if not isinstance(value, str) or len(value) > _MAX_URL_CHARS:
        return None
    scheme, _, rest = value.partition("://")
    if scheme not in {"https", "http"} or not rest or " " in rest:
        return None
    return value if value.isprintable() else None


def _mime_type(value: object) -> str | None:
    if not isinstance(value, str) or len(value) > _MAX_MIME_TYPE_CHARS:
        return None
    return value if "/" in value and value.isascii() and value.isprintable() else None


def _degrees(value: object, most: int) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= most else None
