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
    """A kind of callback, by the name that the setter's path has.

    https://developer.z-api.io/en/webhooks/introduction
    """

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"

    @property
    def path(self) -> str:
        """The endpoint that sets the URL (``PUT``)."""
        return f"update-webhook-{self}"

    @property
    def field(self) -> str:
        """The field of ``GET /me`` that holds the URL."""
        return f"{self}CallbackUrl"

    @property
    def callback(self) -> str:
        """The ``type`` of the callback."""
        return f"{self.capitalize()}Callback"

    @property
    def filter(self) -> str:
        """The name that silences this kind in ``callbackTypeFilters``."""
        return f"FILTER_{self.upper()}_CALLBACK"


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
        webhooks: the URL of each kind of callback, empty if none is set.
        callback_filters: the kinds of callback that the gateway does not deliver.
        message_filters: the kinds of message likewise; None if ``/me`` lacks them.
        connected: as in ``/status``.
        settings: the settings that ``/me`` shows.
    """

    id: str | None = field(repr=False)
    name: str | None = field(repr=False)
    due: datetime | None
    payment_status: str | None
    webhooks: Mapping[CallbackType, str] = field(repr=False)
    callback_filters: tuple[str, ...]
    message_filters: tuple[str, ...] | None
    connected: bool | None
    settings: Mapping[Setting, bool | str] = field(repr=False)

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
