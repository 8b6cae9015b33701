"""Callbacks of messages, as the gateway posts them."""

from typing import Any

import orjson

from custom_components.zapi.api import (
    Callback,
    DeliveryCallback,
    MessageStatusCallback,
    ReceivedCallback,
    parse_callback,
)
from tests.common import INSTANCE_ID


def content_of(
    message_id: str, kind: str = "ReceivedCallback", **fields: Any
) -> dict[str, Any]:
    """Return what the gateway posts of a message, without the instance."""
    return {
        "type": kind,
        "messageId": message_id,
        "ids": [message_id],
        "status": "READ",
        "phone": "5544988888888",
        "text": {"message": "A text"},
        **fields,
    }


def body_of(message_id: str, *kind: str, **fields: Any) -> bytes:
    """Return the body of a callback of a message."""
    content = content_of(message_id, *kind, **fields)
    return orjson.dumps({"instanceId": INSTANCE_ID, **content})


def received(message_id: str) -> Callback:
    """Return the callback of a message."""
    return parse_callback(body_of(message_id))


def id_of(incoming: Callback) -> str | None:
    """Return the id of the message that a callback is about."""
    match incoming:
        case ReceivedCallback(message=told):
            return told.id
        case DeliveryCallback(message_id=message_id):
            return message_id
        case MessageStatusCallback(message_ids=(message_id,)):
            return message_id
    return None
