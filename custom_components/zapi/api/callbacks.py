"""Callbacks of the gateway, from the bytes of a request to typed values.

https://developer.z-api.io/en/webhooks/introduction

How they differ from those pages is in ``docs/gateway.md``, 5.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

import orjson

from .chats import Chat
from .errors import ZapiCallbackError, ZapiCallbackJSONError
from .incoming import Message
from .incoming_message import read_message
from .models import CallbackType
from .values import boolean, epoch, identifier, phone, text, texts, words

# 2020-01-01: the gateway did not exist before.
_OLDEST_MOMENT = 1577836800
# A failure whose cause is not a text is a failure still.
_NAMELESS_FAILURE = "unknown"


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback; of this class itself if its type is not known here.

    Attributes:
        instance_id: the instance in upper case.
        moment: when it happened, in seconds since 1970; None if that is not usable.
        kinds: the webhooks that it may come by, none for a type that is not known here.
    """

    kinds: ClassVar[tuple[CallbackType, ...]] = ()

    instance_id: str = field(repr=False)
    moment: float | None


@dataclass(frozen=True, slots=True)
class ConnectedCallback(Callback):
    """The session with WhatsApp came up.

    https://developer.z-api.io/en/webhooks/on-whatsapp-connected

    Attributes:
        phone: the number that connected.
    """

    kinds = (CallbackType.CONNECTED,)

    phone: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class DisconnectedCallback(Callback):
    """The session with WhatsApp went down.

    https://developer.z-api.io/en/webhooks/on-whatsapp-disconnected

    Attributes:
        error: the gateway's sentence on the cause.
    """

    kinds = (CallbackType.DISCONNECTED,)

    error: str | None


@dataclass(frozen=True, slots=True)
class ReceivedCallback(Callback):
    """Something happened in a chat.

    https://developer.z-api.io/en/webhooks/on-message-received

    Attributes:
        message: what.
    """

    kinds = (CallbackType.RECEIVED, CallbackType.RECEIVED_DELIVERY)

    message: Message


@dataclass(frozen=True, slots=True)
class DeliveryCallback(Callback):
    """What became of a message in the gateway's queue: WhatsApp took it, or not.

    https://developer.z-api.io/en/webhooks/on-message-send

    Attributes:
        chat: where it went; the ninth digit may be missing.
        message_id: WhatsApp's id.
        zaap_id: the id in the queue, all that forwarding gives.
        error: the gateway's sentence on a failure, None where WhatsApp took it. It may
            hold a number: not for logs.
        is_shadow_ban: WhatsApp probably hides what the number sends.
    """

    kinds = (CallbackType.DELIVERY,)

    chat: Chat | None = field(repr=False)
    message_id: str | None
    zaap_id: str | None
    error: str | None = field(repr=False)
    is_shadow_ban: bool


class MessageStatus(StrEnum):
    """How far a message of the instance came, by the gateway's name."""

    SENT = "SENT"
    RECEIVED = "RECEIVED"
    READ = "READ"
    PLAYED = "PLAYED"


@dataclass(frozen=True, slots=True)
class MessageStatusCallback(Callback):
    """Messages came further on their way.

    https://developer.z-api.io/en/webhooks/on-whatsapp-message-status-changes

    Attributes:
        status: how far; None for one that says nothing of messages of the instance, as
            ``READ_BY_ME`` does, and for one that is not known here.
        message_ids: the messages.
        chat: where they are.
        participant: the member of a group whom it is about.
    """

    kinds = (CallbackType.MESSAGE_STATUS,)

    status: MessageStatus | None
    message_ids: tuple[str, ...]
    chat: Chat | None = field(repr=False)
    participant: Chat | None = field(repr=False)


def parse_callback(body: bytes) -> Callback:
    """Read the body of a callback.

    Raises:
        ZapiCallbackJSONError: it is not a JSON object.
        ZapiCallbackError: it lacks ``instanceId``; or it lacks ``type`` and does not
            say that the session is down; or a flag that decides is not a boolean; or
            something happened in no chat. The error names the instance if that is
            known.
    """
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        data = None
    if not isinstance(data, dict):
        raise ZapiCallbackJSONError("the body is not a JSON object")
    instance_id = text(data.get("instanceId"))
    if instance_id is None:
        raise ZapiCallbackError("the body has no instanceId")
    instance_id = instance_id.upper()
    try:
        return _read(data, instance_id)
    except ZapiCallbackError as err:
        err.instance_id = instance_id
        raise


def _read(data: dict[str, Any], instance_id: str) -> Callback:
    kind, moment = text(data.get("type")), _moment(data.get("momment"))
    if kind is None:
        if _flag(data, "connected") is False or _flag(data, "disconnected"):
            return _drop(data, instance_id, moment)
        raise ZapiCallbackError("the body has no type")
    match kind.lower():
        case "connectedcallback" if _flag(data, "connected") is not False:
            return ConnectedCallback(instance_id, moment, phone(data.get("phone")))
        case "connectedcallback":
            return _drop(data, instance_id, moment)
        case "disconnectedcallback" if _flag(data, "disconnected") is not False:
            return _drop(data, instance_id, moment)
        case "disconnectedcallback":
            raise ZapiCallbackError("the body says disconnected: false")
        case "receivedcallback":
            return ReceivedCallback(instance_id, moment, read_message(data))
        case "deliverycallback":
            return _delivery(data, instance_id, moment)
        case "messagestatuscallback":
            return _status(data, instance_id, moment)
    return Callback(instance_id, moment)


def _drop(
    data: dict[str, Any], instance_id: str, moment: float | None
) -> DisconnectedCallback:
    return DisconnectedCallback(instance_id, moment, words(data.get("error")))


def _delivery(
    data: dict[str, Any], instance_id: str, moment: float | None
) -> DeliveryCallback:
    code = text(data.get("errorCode"))
    failure = data.get("error") or code
    return DeliveryCallback(
        instance_id,
        moment,
        chat=Chat.from_gateway(data.get("phone")),
        message_id=identifier(data.get("messageId")),
        zaap_id=identifier(data.get("zaapId")),
        error=words(failure) or _NAMELESS_FAILURE if failure else None,
        is_shadow_ban=code is not None and code.upper() == "SHADOW_BAN",
    )


def _status(
    data: dict[str, Any], instance_id: str, moment: float | None
) -> MessageStatusCallback:
    # Older callbacks say MESSAGE_READ.
    name = (text(data.get("status")) or "").upper().removeprefix("MESSAGE_")
    return MessageStatusCallback(
        instance_id,
        moment,
        status=MessageStatus(name) if name in MessageStatus else None,
        message_ids=tuple(filter(identifier, texts(data.get("ids")) or ())),
        chat=Chat.from_gateway(data.get("phone")),
        participant=Chat.from_gateway(data.get("participant")),
    )


def _flag(data: dict[str, Any], key: str) -> bool | None:
    """Return a flag, None if it is absent.

    Raises:
        ZapiCallbackError: it is not a boolean.
    """
    value = data.get(key)
    flag = boolean(value)
    if flag is None and value is not None:
        raise ZapiCallbackError(f"{key} is not a boolean")
    return flag


def _moment(value: object) -> float | None:
    """Return the moment of a callback, None for one that is not plausible."""
    moment = epoch(value)
    return moment if moment is not None and moment >= _OLDEST_MOMENT else None
