"""Callback bodies, one function a type (docs/gateway.md, section 5). `moment` is milliseconds since the epoch."""

from typing import Any

from .chats import is_person, key_of
from .content import content_of
from .delivery import SHADOW_BAN
from .instance import Instance, Outgoing
from .sends import edited_by, name_of


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
    """Section 5.4: the envelope without content, in a chat with a person, a channel or a broadcast list."""
    return {
        "isStatusReply": False,
        "chatLid": key_of(phone) if is_person(phone) else None,
        "connectedPhone": instance.phone,
        "waitingMessage": False,
        "isEdit": False,
        "isGroup": False,
        "isNewsletter": phone.endswith("@newsletter"),
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
        "broadcast": phone.endswith(("-broadcast", "@broadcast")),
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


def notice(body: dict[str, Any]) -> dict[str, Any]:
    """Turn a message into the envelope of a notice (section 5.4)."""
    left_out = {"isStatusReply", "isEdit", "waitingMessage", "fromApi"}
    if not body["isGroup"]:
        left_out.add("participantPhone")
    nulls = "expiresAt", "referenceMessageId", "externalAdReply", "callId", "code"
    kept = {key: value for key, value in body.items() if key not in left_out}
    return kept | dict.fromkeys(nulls) | {"notificationParameters": []}


def waiting(body: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    """Turn a message into one that is not decrypted yet (section 5.4); `content` is what is to come."""
    keys = ["type", "instanceId", "messageId", "phone", "chatName", "fromMe"]
    keys += ["isGroup", "isNewsletter", "isStatusReply", "momment", "status"]
    if body["isGroup"]:
        keys += ["participantPhone", "participantLid"]
    view_once = any(
        value.get("viewOnce") for value in content.values() if isinstance(value, dict)
    )
    kept = {key: body[key] for key in keys}
    return kept | {"waitingMessage": True, "viewOnce": view_once}


def echo(
    instance: Instance, moment: int, message: Outgoing, link: str
) -> dict[str, Any]:
    """Section 5.4: an own message, sent through the API; `link` is where its file is served."""
    phone = message.phone
    names = instance.contacts | instance.groups
    body = received(
        instance, moment, message.message_id, phone, names.get(phone, phone)
    )
    if phone.endswith("-group"):
        body |= {"isGroup": True, "chatLid": None, "participantPhone": instance.phone}
    if edited := edited_by(message.body):
        body |= {
            "isEdit": True,
            "messageId": edited,
            "editMessageId": message.message_id,
        }
    quoted = message.body.get("messageId")
    if quoted and name_of(message.route) != "forward-message":
        body["referenceMessageId"] = quoted
    own = {"fromMe": True, "fromApi": True, "status": "SENT"}
    return body | own | content_of(message, link)


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
    if error == SHADOW_BAN:
        body["errorCode"] = "SHADOW_BAN"
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
