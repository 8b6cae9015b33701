"""Z-API's REST API and callbacks, without anything of Home Assistant."""

from .callbacks import Callback, ConnectedCallback, DisconnectedCallback, parse_callback
from .client import DEFAULT_API_URL, ZapiClient
from .errors import (
    ZapiAuthError,
    ZapiCallbackError,
    ZapiCallbackJSONError,
    ZapiConnectionError,
    ZapiError,
    ZapiForbiddenError,
    ZapiInstanceNotFoundError,
    ZapiNotFoundError,
    ZapiPasskeyError,
    ZapiRequestError,
    ZapiSubscriptionError,
    ZapiUnusableAnswerError,
)
from .models import CallbackType, Device, Instance, Setting, Status
from .transport import normalize_api_url

__all__ = [
    "DEFAULT_API_URL",
    "Callback",
    "CallbackType",
    "ConnectedCallback",
    "Device",
    "DisconnectedCallback",
    "Instance",
    "Setting",
    "Status",
    "ZapiAuthError",
    "ZapiCallbackError",
    "ZapiCallbackJSONError",
    "ZapiClient",
    "ZapiConnectionError",
    "ZapiError",
    "ZapiForbiddenError",
    "ZapiInstanceNotFoundError",
    "ZapiNotFoundError",
    "ZapiPasskeyError",
    "ZapiRequestError",
    "ZapiSubscriptionError",
    "ZapiUnusableAnswerError",
    "normalize_api_url",
    "parse_callback",
]
