"""Why WhatsApp did not take a message, from the gateway's sentences.

docs/gateway.md, section 5.5
"""

from enum import StrEnum


class DeliveryFailure(StrEnum):
    """Why a message that was queued was not sent.

    ``UNCLEAR`` is one that may have been sent all the same. ``OTHER`` is a sentence that
    is not known, or concerns what the integration does not send.
    """

    WHATSAPP_REFUSED = "whatsapp_refused"
    SHADOW_BAN = "shadow_ban"
    BUTTONS_TERMS = "buttons_terms"
    GROUPS_ONLY = "groups_only"
    GROUP_CLOSED = "group_closed"
    NUMBER_GONE = "number_gone"
    MEDIA_UNUSABLE = "media_unusable"
    MESSAGE_TOO_OLD = "message_too_old"
    MESSAGE_NOT_FOUND = "message_not_found"
    NOT_IN_CHANNEL = "not_in_channel"
    UNCLEAR = "delivery_unclear"
    OTHER = "delivery_failed"


_SENTENCES: dict[str, DeliveryFailure] = {
    "did not have permission to send this message": DeliveryFailure.WHATSAPP_REFUSED,
    "does not have permission to send the message": DeliveryFailure.WHATSAPP_REFUSED,
    "whatsapp rejected sending this message": DeliveryFailure.WHATSAPP_REFUSED,
    "whatsapp did not allow sending this message": DeliveryFailure.WHATSAPP_REFUSED,
    "the message was not sent due to a likely shadow ban": DeliveryFailure.SHADOW_BAN,
    "you can't message this group as you don't have permission": (
        DeliveryFailure.GROUP_CLOSED
    ),
    "you must accept buttons message terms in panel to send this message": (
        DeliveryFailure.BUTTONS_TERMS
    ),
    "this type of message can only be sent in groups": DeliveryFailure.GROUPS_ONLY,
    "timeout on send message": DeliveryFailure.UNCLEAR,
    "error on send message": DeliveryFailure.UNCLEAR,
    "it was not possible to send message to queue due to request error": (
        DeliveryFailure.UNCLEAR
    ),
    "phone number does not exist": DeliveryFailure.NUMBER_GONE,
    "message has not been sent because it got invalid phone number": (
        DeliveryFailure.NUMBER_GONE
    ),
    "message not send caused by invalid media url": DeliveryFailure.MEDIA_UNUSABLE,
    "got a 404 error while trying to send message": DeliveryFailure.MEDIA_UNUSABLE,
    "the url informed is not a valid url in the media format, apparently it can be an"
    " html": DeliveryFailure.MEDIA_UNUSABLE,
    "message has not been sent because an error occurred in the conversion": (
        DeliveryFailure.MEDIA_UNUSABLE
    ),
    "message has not been edited because it has been more than 7 days": (
        DeliveryFailure.MESSAGE_TOO_OLD
    ),
    "comment message has not been sent because it has more than 7 days": (
        DeliveryFailure.MESSAGE_TOO_OLD
    ),
    "message does not forward because it was not found": (
        DeliveryFailure.MESSAGE_NOT_FOUND
    ),
    "status reply has not been sent because the status message was not found": (
        DeliveryFailure.MESSAGE_NOT_FOUND
    ),
}
_STICKER = "unsupported sticker format"
_IN_CHANNELS = "not available to channels"


def delivery_failure(error: str) -> DeliveryFailure:
    """Return why a message was not sent; nothing of the sentence is kept."""
    sentence = error.strip().lower().removesuffix(".")
    if sentence.startswith(_STICKER):
        return DeliveryFailure.MEDIA_UNUSABLE
    if sentence.endswith(_IN_CHANNELS):
        return DeliveryFailure.NOT_IN_CHANNEL
    return _SENTENCES.get(sentence, DeliveryFailure.OTHER)
