"""What the gateway says of an instance, as frozen values.

Fields hold ``None`` where the gateway did not say. Those that identify a person
or open a door are left out of ``repr``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
import re
from typing import Any, Self

_PHONE = re.compile(r"[0-9]{5,20}")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
# What breaks a line, rings a bell or turns the direction of writing.
_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]{1,255}"
)
# As long as a state can be.
_LONGEST_WORDS = 255

# Seconds have ten digits until the year 2286, milliseconds thirteen since 2001.
_SECONDS = range(10**9, 10**10)
_MILLISECONDS = range(10**12, 10**13)


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
        """The endpoint that changes it (``PUT``)."""
        words = re.sub(r"(?=[A-Z])", "-", self).lower()
        return f"update-{words}"


def text(value: object) -> str | None:
    """Return a text that is not empty, else None."""
    return value if isinstance(value, str) and value else None


def one_line(said: str) -> str:
    """Return a text without control characters."""
    return _CONTROL.sub(" ", said).strip()


def words(value: object) -> str | None:
    """Return a text that is only shown: one line, no longer than a state can be."""
    if not isinstance(value, str):
        return None
    return one_line(value[:_LONGEST_WORDS]) or None


def boolean(value: object) -> bool | None:
    """Return a boolean; the gateway writes some as text, and some as 1 and 0."""
    if isinstance(value, str | int):
        return _BOOLEANS.get(str(value).strip().lower())
    return None


def count(value: object) -> int | None:
    """Return how many there are; the gateway writes some numbers as text."""
    if isinstance(value, str) and value.isdecimal() and len(value) <= 9:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return None
    return value


def phone(value: object) -> str | None:
    """Return a phone number as the gateway gives it: digits, country code first."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if 0 < value < 10**20 else ""
    return value if isinstance(value, str) and _PHONE.fullmatch(value) else None


def epoch(value: object) -> float | None:
    """Return a time in seconds since 1970 from seconds or milliseconds.

    Args:
        value: a number, or its digits as text. Its size tells the unit; what fits
            neither is no time.
    """
    if isinstance(value, str) and value.isdecimal() and len(value) <= 13:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if _SECONDS.start <= value < _SECONDS.stop:
        return float(value)
    if _MILLISECONDS.start <= value < _MILLISECONDS.stop:
        return value / 1000
    return None


def _texts(value: object) -> tuple[str, ...] | None:
    """Return the texts in a list, or None where there is no list."""
    if not isinstance(value, list):
        return None
    return tuple(item for item in value if isinstance(item, str))


def _setting(setting: Setting, value: object) -> bool | str | None:
    """Return the value of a setting, None where the gateway did not say."""
    if setting is Setting.CALL_REJECT_MESSAGE:
        return value if isinstance(value, str) else None
    return boolean(value)


@dataclass(frozen=True, slots=True)
class Status:
    """Answer to ``GET /status``.

    Attributes:
        connected: the instance's session with WhatsApp is up.
        smartphone_connected: the phone itself is online.
        error: the gateway's sentence on the state; present also when all is well.
    """

    connected: bool | None
    smartphone_connected: bool | None
    error: str | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the answer; a missing ``connected`` means unknown, not down."""
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
        due: end of the paid time. Known to lie: never conclude "unpaid" from it.
        payment_status: only ``ACTIVE`` is documented.
        webhooks: the URL of each webhook, empty where none is set.
        callback_filters: the kinds of callback that the gateway holds back.
        message_filters: the kinds of message likewise; None where ``/me`` has none.
        connected: as in ``/status``.
        settings: the settings that ``/me`` shows.
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

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the answer."""
        due = epoch(data.get("due"))
        return cls(
            id=(text(data.get("id")) or "").upper() or None,
            name=words(data.get("name")),
            due=datetime.fromtimestamp(due, UTC) if due else None,
            payment_status=words(data.get("paymentStatus")),
            webhooks={kind: text(data.get(kind.field)) or "" for kind in CallbackType},
            callback_filters=_texts(data.get("callbackTypeFilters")) or (),
            message_filters=_texts(data.get("messageFilters")),
            connected=boolean(data.get("connected")),
            settings={
                setting: value
                for setting in Setting
                if (value := _setting(setting, data.get(setting))) is not None
            },
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
        """Read the answer."""
        return cls(
            phone=phone(data.get("phone")),
            model=words(data.get("originalDevice")),
            is_business=boolean(data.get("isBusiness")),
        )
