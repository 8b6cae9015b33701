"""Callbacks of the gateway, from the bytes of a request to typed values.

https://developer.z-api.io/en/webhooks/introduction

How they differ from those pages is in ``docs/gateway.md``, 5.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import orjson

from .errors import ZapiCallbackError, ZapiCallbackJSONError
from .models import CallbackType
from .values import boolean, epoch, phone, text, words

# 2020-01-01: the gateway did not exist before.
_OLDEST_MOMENT = 1577836800


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback; of this class itself if its type is not known here.

    Attributes:
        instance_id: the instance in upper case.
        moment: when it happened, in seconds since 1970; None if that is not usable.
        kind: the one webhook that it comes by, None for a type that is not known here.
    """

    kind: ClassVar[CallbackType | None] = None

    instance_id: str = field(repr=False)
    moment: float | None


@dataclass(frozen=True, slots=True)
class ConnectedCallback(Callback):
    """The session with WhatsApp came up.

    https://developer.z-api.io/en/webhooks/on-whatsapp-connected

    Attributes:
        phone: the number that connected.
    """

    kind = CallbackType.CONNECTED

    phone: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class DisconnectedCallback(Callback):
    """The session with WhatsApp went down.

    https://developer.z-api.io/en/webhooks/on-whatsapp-disconnected

    Attributes:
        error: the gateway's sentence on the cause.
    """

    kind = CallbackType.DISCONNECTED

    error: str | None


def parse_callback(body: bytes) -> Callback:
    """Read the body of a callback.

    Raises:
        ZapiCallbackJSONError: it is not a JSON object.
        ZapiCallbackError: it lacks ``instanceId``; or it lacks ``type`` and does not
            say that the session is down; or a flag that decides is not a boolean.
            The error names the instance if that is known.
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
    return Callback(instance_id, moment)


def _drop(
    data: dict[str, Any], instance_id: str, moment: float | None
) -> DisconnectedCallback:
    return DisconnectedCallback(instance_id, moment, words(data.get("error")))


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
