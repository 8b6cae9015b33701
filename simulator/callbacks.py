"""Callback bodies, one function a type (docs/gateway.md, section 5). `moment` is milliseconds since the epoch."""

from typing import Any
from zlib import crc32

from .instance import Instance, Outgoing


def lid_of(phone: str) -> str:
    """Give the private id of a number, always the same one."""
    return f"1111{crc32(phone.encode()):011d}@lid"


def connected(instance: Instance, moment: int) -> dict[str, Any]:
    """Section 5.8."""
    return {
        "type": "ConnectedCallback",
        "instanceId": instance.instance_id,
        "connected": True,
        "phone": instance.phone,
        "momment": moment,
        "isBusiness": instance.is_business,
    }


def disconnected(instance: Instance, moment: int, error: str) -> dict[str, Any]:
    """Section 5.9; its `momment` is seconds, unlike all others."""
    return {
        "type": "DisconnectedCallback",
        "instanceId": instance.instance_id,
        "disconnected": True,
        "error": error,
        "momment": moment // 1000,
    }


def received(
    instance: Instance, moment: int, message_id: str, phone: str, name: str
) -> dict[str, Any]:
    """Section 5.4: the envelope in a private chat, without content."""
    return {
        "isStatusReply": False,
        "chatLid": lid_of(phone),
        "connectedPhone": instance.phone,
        "waitingMessage": False,
        "isEdit": False,
        "isGroup": False,
        "isNewsletter": False,
        "instanceId": instance.instance_id,
        "messageId": message_id,
        "phone": phone,
        "fromMe": False,
        "momment": moment,
        "status": "RECEIVED",
        "chatName": name,
        "senderPhoto": None,
        "senderName": name,
        "photo": None,
        "broadcast": False,
        "participantPhone": None,
        "participantLid": None,
        "forwarded": False,
        "type": "ReceivedCallback",
        "fromApi": False,
    }


def in_group(body: dict[str, Any], group: str, title: str) -> dict[str, Any]:
    """Turn a private message into the same one in a group."""
    return body | {
        "isGroup": True,
        "chatLid": None,
        "phone": group,
        "chatName": title,
        "participantPhone": body["phone"],
        "participantLid": body["chatLid"],
    }


def echo(instance: Instance, moment: int, message: Outgoing) -> dict[str, Any]:
    """Section 5.4.4: an own message, sent through the API."""
    text = str(message.body.get("message", ""))
    body = received(
        instance,
        moment,
        message.message_id,
        message.phone,
        instance.contacts.get(message.phone, message.phone),
    )
    return body | {
        "fromMe": True,
        "fromApi": True,
        "status": "SENT",
        "text": {"message": text},
    }


def delivery(
    instance: Instance, moment: int, message: Outgoing, error: str
) -> dict[str, Any]:
    """Section 5.5; an empty `error` is success."""
    body = {
        "type": "DeliveryCallback",
        "instanceId": instance.instance_id,
        "phone": message.phone,
        "messageId": message.message_id,
        "zaapId": message.zaap_id,
        "momment": moment,
    }
    if error == "SHADOW_BAN":
        return body | {
            "error": "The message was not sent due to a likely shadow ban",
            "errorCode": "SHADOW_BAN",
        }
    return body | {"error": error} if error else body


def message_status(
    instance: Instance, moment: int, message: Outgoing, status: str
) -> dict[str, Any]:
    """Section 5.6."""
    is_group = message.phone.endswith("-group")
    member = (
        {"participant": "5544988888888", "participantDevice": 0}
        if is_group
        else {"phoneDevice": 0}
    )
    return {
        "type": "MessageStatusCallback",
        "instanceId": instance.instance_id,
        "status": status,
        "ids": [message.message_id],
        "momment": moment,
        **member,
        "phone": message.phone,
        "isGroup": is_group,
    }
