"""Callbacks of messages, as the endpoint reads them."""

from typing import Any

import orjson

from custom_components.zapi.api import (
    Callback,
    DeliveryCallback,
    MessageStatusCallback,
    ReceivedCallback,
    parse_callback,
)
from custom_components.zapi.api.chats import Chat
from custom_components.zapi.api.incoming import Message, MessageKind, Sender
from tests.common import INSTANCE_ID

CHAT = Chat.parse("5544988888888")


def message(message_id: str, *, from_me: bool = False) -> Message:
    """Return a message."""
    return Message(
        id=message_id,
        kind=MessageKind.TEXT,
        chat=CHAT,
        chat_lid=None,
        chat_name=None,
        sender=Sender(CHAT, None, None),
        is_group=False,
        from_me=from_me,
        from_api=None,
        text="A text",
    )


def received(message_id: str, **fields: Any) -> ReceivedCallback:
    """Return the callback of a message."""
    return ReceivedCallback(INSTANCE_ID, None, message(message_id, **fields))


def body_of(message_id: str, kind: str = "ReceivedCallback", **fields: Any) -> bytes:
    """Return what the gateway posts, as far as it matters here."""
    return orjson.dumps(
        {"type": kind, "instanceId": INSTANCE_ID, "messageId": message_id, **fields}
    )


def understand(body: bytes) -> Callback:
    """Read a callback, also one of a message."""
    found = orjson.loads(body)
    match found:
        case {"type": "ReceivedCallback", "messageId": str(message_id)}:
            return received(message_id, from_me=found.get("fromMe", False))
        case {"type": "DeliveryCallback", "messageId": str(message_id)}:
            return DeliveryCallback(
                INSTANCE_ID, None, CHAT, message_id, None, None, False
            )
        case {"type": "MessageStatusCallback", "messageId": str(message_id)}:
            return MessageStatusCallback(
                INSTANCE_ID, None, None, (message_id,), CHAT, None
            )
    return parse_callback(body)


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
