"""Answers of the gateway as frozen values.

A field is ``None`` if the answer lacks it or if its value is not usable. Fields that
identify a person or are secret are left out of ``repr``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
import re
from typing import Any, Self

from .values import boolean, epoch, phone, text, texts, words


class CallbackType(StrEnum):
    """A webhook of an instance, by the last words of its setter's path.

    All that ``GET /me`` shows and a callback is known for; docs/gateway.md, section
    4.1. https://developer.z-api.io/en/webhooks/introduction

    Attributes:
        path: the endpoint that sets the URL (``PUT``).
        field: the field of ``GET /me`` that holds the URL.
        callback: the ``type`` of the callbacks that are posted there.
        filter: the name that silences them in ``callbackTypeFilters``.
    """

    path: str
    field: str
    callback: str
    filter: str

    RECEIVED = (
        "update-webhook-received",
        "receivedCallbackUrl",
        "ReceivedCallback",
        "FILTER_RECEIVED_CALLBACK",
    )
    RECEIVED_DELIVERY = (
        "update-webhook-received-delivery",
        "receivedAndDeliveryCallbackUrl",
        "ReceivedCallback",
        "FILTER_RECEIVED_CALLBACK",
    )
    DELIVERY = (
        "update-webhook-delivery",
        "deliveryCallbackUrl",
        "DeliveryCallback",
        "FILTER_DELIVERY_CALLBACK",
    )
    MESSAGE_STATUS = (
        "update-webhook-message-status",
        "messageStatusCallbackUrl",
        "MessageStatusCallback",
        "FILTER_MESSAGE_STATUS_CALLBACK",
    )
    CONNECTED = (
        "update-webhook-connected",
        "connectedCallbackUrl",
        "ConnectedCallback",
        "FILTER_CONNECTED_CALLBACK",
    )
    DISCONNECTED = (
        "update-webhook-disconnected",
        "disconnectedCallbackUrl",
        "DisconnectedCallback",
        "FILTER_DISCONNECTED_CALLBACK",
    )
    CHAT_PRESENCE = (
        "update-webhook-chat-presence",
        "presenceChatCallbackUrl",
        "PresenceChatCallback",
        "FILTER_PRESENCE_CHAT_CALLBACK",
    )

    def __new__(cls, path: str, field: str, callback: str, filter_name: str) -> Self:
        """Make a member of its row."""
        value = path.removeprefix("update-webhook-")
        kind = str.__new__(cls, value)
        kind._value_ = value
        kind.path, kind.field, kind.callback = path, field, callback
        kind.filter = filter_name
        return kind


type HookUrls = Mapping[CallbackType, str]


class Setting(StrEnum):
    """A setting of an instance, by the name of its field in ``GET /me``.

    https://developer.z-api.io/en/instance/introduction
    """

    AUTO_READ_MESSAGE = "autoReadMessage"
    AUTO_READ_STATUS = "autoReadStatus"
    CALL_REJECT_AUTO = "callRejectAuto"
    CALL_REJECT_MESSAGE = "callRejectMessage"

    @property
    def path(self) -> str:
        """Return the endpoint that changes it (``PUT``)."""
        words = re.sub(r"(?=[A-Z])", "-", self).lower()
        return f"update-{words}"


def _setting(setting: Setting, value: object) -> bool | str | None:
    """Return the value of a setting, None if the answer lacks it."""
    if setting is Setting.CALL_REJECT_MESSAGE:
        return value if isinstance(value, str) else None
    return boolean(value)


@dataclass(frozen=True, slots=True)
class Status:
    """Answer to ``GET /status``.

    Attributes:
        connected: the instance's session with WhatsApp is up.
        smartphone_connected: the phone itself is online.
        error: the gateway's description of the state; not only of a failure.
    """

    connected: bool | None
    smartphone_connected: bool | None
    error: str | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read an answer; a missing ``connected`` means unknown, not disconnected."""
        return cls(
            connected=boolean(data.get("connected")),
            smartphone_connected=boolean(data.get("smartphoneConnected")),
            error=words(data.get("error")),
        )


@dataclass(frozen=True, slots=True)
class Instance:
    """Answer to ``GET /me``, without the token that it repeats.

    Attributes:
        id: the instance id in upper case.
        name: what the owner calls the instance.
        due: end of the paid time. It can be wrong: do not conclude "unpaid" from it.
        payment_status: only ``ACTIVE`` is documented.
        webhooks: the URL of each webhook, empty if none is set.
        callback_filters: the kinds of callback that the gateway does not deliver.
        message_filters: the kinds of message likewise; None if ``/me`` lacks them.
        connected: as in ``/status``.
        settings: the settings that ``/me`` shows.
        sent_by_me: what the instance itself sends is posted as a ReceivedCallback too.
    """

    id: str | None = field(repr=False)
    name: str | None = field(repr=False)
    due: datetime | None
    payment_status: str | None
    webhooks: HookUrls = field(repr=False)
    callback_filters: tuple[str, ...]
    message_filters: tuple[str, ...] | None
    connected: bool | None
    settings: Mapping[Setting, bool | str] = field(repr=False)
    sent_by_me: bool | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read an answer."""
        due = epoch(data.get("due"))
        return cls(
            id=(text(data.get("id")) or "").upper() or None,
            name=words(data.get("name")),
            due=datetime.fromtimestamp(due, UTC) if due else None,
            payment_status=words(data.get("paymentStatus")),
            webhooks={kind: text(data.get(kind.field)) or "" for kind in CallbackType},
            callback_filters=texts(data.get("callbackTypeFilters")) or (),
            message_filters=texts(data.get("messageFilters")),
            connected=boolean(data.get("connected")),
            settings={
                setting: value
                for setting in Setting
                if (value := _setting(setting, data.get(setting))) is not None
            },
            sent_by_me=boolean(data.get("receiveCallbackSentByMe")),
        )


@dataclass(frozen=True, slots=True)
class Device:
    """Answer to ``GET /device``: the phone that the instance is linked to.

    Attributes:
        phone: its number, digits with the country code.
        model: kind of device: ``iphone``, ``android``, ``smbi`` or ``smba``
            (the last two are WhatsApp Business).
        is_business: the number is a WhatsApp Business account.
    """

    phone: str | None = field(repr=False)
    model: str | None
    is_business: bool | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read an answer."""
        return cls(
            phone=phone(data.get("phone")),
            model=words(data.get("originalDevice")),
            is_business=boolean(data.get("isBusiness")),
        )
