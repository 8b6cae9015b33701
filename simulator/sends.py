"""Every route that sends: what it takes, what it shows in the chat, and how it may fail (docs/gateway.md, section 6.2)."""

from typing import Any

from .fields import Fields, fields

_QUOTE = "messageId delayMessage"
# Exact: a field that the vendor does not list is refused, since it would be lost without a word.
_EXACT = {
    "send-text": (
        "phone message",
        f"{_QUOTE} delayTyping editMessageId privateAnswer mentioned groupMentioned mentionAll",
    ),
    "send-image": (
        "phone image",
        f"{_QUOTE} caption viewOnce editImageMessageId",
    ),
    "send-audio": ("phone audio", "delayMessage delayTyping viewOnce async waveform"),
    "send-video": (
        "phone video",
        f"{_QUOTE} caption viewOnce async editVideoMessageId",
    ),
    "send-ptv": ("phone ptv", _QUOTE),
    "send-gif": ("phone gif", f"{_QUOTE} caption"),
    "send-document/*": (
        "phone document",
        f"{_QUOTE} fileName caption editDocumentMessageId",
    ),
    "send-sticker": ("phone sticker", f"{_QUOTE} stickerAuthor"),
    "send-location": ("phone title address latitude longitude", _QUOTE),
    "send-contact": (
        "phone contactName contactPhone",
        f"{_QUOTE} contactBusinessDescription",
    ),
    "send-reaction": ("phone reaction messageId", "delayMessage"),
    "send-remove-reaction": ("phone messageId", "delayMessage"),
    "send-poll": ("phone message poll", "pollMaxOptions delayMessage"),
    "send-button-list": ("phone message buttonList", "delayMessage"),
    "send-option-list": ("phone message optionList", "delayMessage"),
    "forward-message": ("phone messageId messagePhone", "delayMessage"),
}
# Nothing of ours uses these: what the vendor requires, and anything else.
_LOOSE = {
    "send-contacts": "phone contacts",
    "send-link": "phone message image linkUrl title linkDescription",
    "send-poll-vote": "phone pollMessageId pollVote",
    "send-button-actions": "phone message buttonActions",
    "send-button-otp": "phone message code",
    "send-button-pix": "phone pixKey type",
    "send-carousel": "phone message carousel",
    "reply-button": "phone responseButtonId messageId",
    "reply-template-button": "phone responseTemplateButtonId messageId",
    "pin-message": "phone messageId messageAction pinMessageDuration",
    "send-call": "phone",
    "send-event": "phone event",
    "send-edit-event": "phone event eventMessageId",
    "send-event-response": "phone eventMessageId eventResponse",
    "send-text-status": "message",
    "send-image-status": "image",
    "send-video-status": "video",
    "reply-status-text": "phone message statusMessageId",
    "reply-status-gif": "phone gif statusMessageId",
    "reply-status-sticker": "phone sticker statusMessageId",
    "send-catalog": "phone catalogPhone",
    "send-product": "phone catalogPhone productId",
    "send-order": "phone order",
    "send-newsletter-admin-invite": "phone adminInviteMessage",
}
SENDS: dict[str, Fields] = {
    **{route: fields(*names) for route, names in _EXACT.items()},
    **{route: fields(required, None) for route, required in _LOOSE.items()},
}
"""What each route takes; `*` at the end stands for a file's extension."""

REACTIONS = {"send-reaction", "send-remove-reaction"}
EDITS = (
    "editMessageId",
    "editImageMessageId",
    "editVideoMessageId",
    "editDocumentMessageId",
)
"""Fields that turn a send into an edit of the message that they name."""
_KINDS = {
    "send-button-list": "buttons",
    "send-button-actions": "buttons",
    "send-button-otp": "buttons",
    "send-option-list": "list",
}


def name_of(path: str) -> str:
    """Give the route without an extension: `send-document` for `send-document/pdf`."""
    return path.partition("/")[0]


def kind_of(path: str) -> str:
    """Say what the chat shows for a route, see `Message.kind`."""
    name = name_of(path)
    return _KINDS.get(name, name.removeprefix("send-"))


def edited_by(body: dict[str, Any]) -> str:
    """Give the id of the message that a send edits; empty = none."""
    return str(next((body[name] for name in EDITS if name in body), ""))


def complaint(route: str, body: Any) -> str:
    """Say why a send is refused at once, with HTTP 400; empty = it is taken."""
    if not isinstance(body, dict):
        return "The body is not an object"
    return SENDS[route].complaint(body) or (
        _about_mentions(body) if route == "send-text" else ""
    )


def _about_mentions(body: dict[str, Any]) -> str:
    groups = [group["phone"] for group in body.get("groupMentioned", ())]
    marks = {
        "mentionAll": ["@all"] if body.get("mentionAll") else [],
        "mentioned": [
            f"@{phone.removesuffix('@lid')}" for phone in body.get("mentioned", ())
        ],
        "groupMentioned": [f"@{phone.removesuffix('-group')}" for phone in groups],
    }
    for name, expected in marks.items():
        if expected and not body["phone"].endswith("-group"):
            return f"{name} can only be used in groups"
        if not all(mark in body["message"] for mark in expected):
            return f"{name} is not in the message"
    return ""
