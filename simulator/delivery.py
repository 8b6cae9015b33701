"""Why a message that was queued is not taken by WhatsApp (docs/gateway.md, section 5.5)."""

from typing import TYPE_CHECKING, Any

from .chats import Message
from .sends import edited_by, name_of

if TYPE_CHECKING:
    from .faults import Faults
    from .instance import Instance, Outgoing

TERMS = "You must accept buttons message terms in panel to send this message."
SHADOW_BAN = "The message was not sent due to a likely shadow ban"
NO_PHONE = "Phone number does not exist"
GROUPS_ALONE = "This type of message can only be sent in groups"
NOT_ALLOWED = "Whatsapp did not allow sending this message"
NOT_A_MEMBER = "You can't message this group as you don't have permission"
TOO_OLD = "Message has not been edited because it has been more than 7 days"
NOT_FORWARDED = "Message does not forward because it was not found"
STICKER = "Unsupported sticker format: "
IN_CHANNELS = {
    "modify-chat": "ModifyChat",
    "send-call": "Call",
    "send-call-audio": "Call with audio",
    "send-document": "Document",
    "reply-button": "Button Response",
    "send-ptv": "Ptv",
    "send-location": "Location message",
    "send-contact": "Contacts",
    "send-contacts": "Contacts",
    "send-button-actions": "Buttons Actions",
    "send-button-list": "Buttons",
    "send-link": "Buttons Link",
    "send-option-list": "Options List",
    "send-order": "Payment",
    "send-chat-expiration": "Chat Expiration",
    "pin-message": "SendPinChatMessage",
    "send-button-pix": "Pix button",
}
"""What a channel does not take, by route, as the text calls it."""

ERRORS: dict[str, tuple[str, ...]] = {
    "refused by WhatsApp": (
        "Did not have permission to send this message.",
        "Whatsapp rejected sending this message",
        NOT_ALLOWED,
        SHADOW_BAN,
        "Does not have permission to send the message",
        NOT_A_MEMBER,
    ),
    "setting of the panel, kind of chat": (TERMS, GROUPS_ALONE),
    "outcome unclear": (
        "Timeout on send message",
        "Error on send message",
        "It was not possible to send message to queue due to request error.",
    ),
    "recipient": (
        NO_PHONE,
        "Message has not been sent because it got invalid phone number",
    ),
    "media": (
        "Message not send caused by invalid media url",
        "Got a 404 error while trying to send message",
        "The url informed is not a valid url in the media format, apparently it can be an html",
        f"{STICKER}image/tiff",
    ),
    "too old": (
        TOO_OLD,
        "Comment message has not been sent because it has more than 7 days",
    ),
    "catalogue, orders": (
        "Product message has not been sent because provided product id was not found.",
        "Catalog message has not been sent because the catalog was not found.",
        "Product message has not been sent because provided catalog phone must not be a lid.",
        "Order has not been sent because it received invalid currency code",
        "Update order has not been sent because it received invalid request data.",
    ),
    "events, polls": (
        "Newsletter poll vote was not sent because of missing identifier.",
        "Event edit message was not sent because the phone is not from a group.",
        "Event edit message was not sent because receive invalid date time.",
    ),
    "target missing, content": (
        "Status reply has not been sent because the status message was not found",
        NOT_FORWARDED,
        "Message has not been sent because an error occurred in the conversion",
        "Message has not been sent because it got invalid request params.",
    ),
    "channels": tuple(
        f"{name} not available to channels."
        for name in dict.fromkeys(IN_CHANNELS.values())
    ),
}
"""Every text that `error` of a DeliveryCallback may hold, by class."""

_BUTTONS = {
    "send-button-list",
    "send-button-actions",
    "send-button-otp",
    "send-button-pix",
    "send-option-list",
    "send-carousel",
}
_IN_GROUPS_ALONE = {"send-poll", "send-poll-vote", "send-event"}
_STICKERS = {"image/png", "image/jpeg", "image/webp"}
_EDITABLE_SECONDS = 7 * 86_400


def error_of(instance: Instance, outgoing: Outgoing, faults: Faults, now: float) -> str:
    """Say why WhatsApp does not take a message that leaves the queue; empty = it does."""
    phone, name = outgoing.phone, name_of(outgoing.route)
    if phone in instance.absent:
        return NO_PHONE
    if faults.delivery_error:
        is_code = faults.delivery_error == "SHADOW_BAN"
        return SHADOW_BAN if is_code else faults.delivery_error
    if faults.buttons_refused and name in _BUTTONS:
        return TERMS
    if phone in instance.left:
        return NOT_A_MEMBER
    return (
        _error_of_kind(outgoing, name)
        or _error_of_edit(instance, outgoing, now)
        or _error_of_forward(instance, outgoing, name)
    )


def _error_of_kind(outgoing: Outgoing, name: str) -> str:
    is_group = outgoing.phone.endswith("-group")
    if name in _IN_GROUPS_ALONE and not is_group:
        return GROUPS_ALONE
    if name == "send-option-list" and is_group:
        return NOT_ALLOWED
    if outgoing.phone.endswith("@newsletter") and name in IN_CHANNELS:
        return f"{IN_CHANNELS[name]} not available to channels."
    media = outgoing.media
    if name == "send-sticker" and media and media.mime not in _STICKERS:
        return f"{STICKER}{media.mime}"
    return ""


def _error_of_edit(instance: Instance, outgoing: Outgoing, now: float) -> str:
    # The vendor names one text alone; that it also stands for the other causes is assumed.
    edited = edited_by(outgoing.body)
    if not edited:
        return ""
    message = instance.chats.find(outgoing.phone, edited)
    if message is None or not message.from_me or not instance.hears_messages:
        return TOO_OLD
    return TOO_OLD if now - message.at > _EDITABLE_SECONDS else ""


def _error_of_forward(instance: Instance, outgoing: Outgoing, name: str) -> str:
    if name != "forward-message":
        return ""
    found = original_of(instance, outgoing.body)
    return "" if found and instance.hears_messages else NOT_FORWARDED


def original_of(instance: Instance, body: dict[str, Any]) -> Message | None:
    """Return the message that a `forward-message` names."""
    return instance.chats.find(body["messagePhone"], body["messageId"])
