"""Z-API alone: its REST API and its callbacks, with nothing of Home Assistant."""

from .callbacks import Callback, ConnectedCallback, DisconnectedCallback, parse_callback
from .chats import Chat, ChatKind, is_same_chat
from .client import DEFAULT_API_URL, ZapiClient, normalize_api_url
from .errors import (
    ChatError,
    ContentError,
    InvalidInputError,
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

__all__ = [
    "DEFAULT_API_URL",
    "Callback",
    "CallbackType",
    "Chat",
    "ChatError",
    "ChatKind",
    "ConnectedCallback",
    "ContentError",
    "Device",
    "DisconnectedCallback",
    "Instance",
    "InvalidInputError",
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
    "is_same_chat",
    "normalize_api_url",
    "parse_callback",
]
