"""What a ``ZapiError`` becomes in Home Assistant: the one place."""

from homeassistant.exceptions import HomeAssistantError

from .api import (
    ZapiAuthError,
    ZapiConnectionError,
    ZapiError,
    ZapiForbiddenError,
    ZapiInstanceNotFoundError,
    ZapiNotFoundError,
    ZapiPasskeyError,
    ZapiSubscriptionError,
    ZapiUnusableAnswerError,
)
from .const import DOMAIN

# The first that fits counts.
_KEYS: tuple[tuple[type[ZapiError], str], ...] = (
    (ZapiInstanceNotFoundError, "instance_not_found"),
    (ZapiAuthError, "invalid_auth"),
    (ZapiSubscriptionError, "subscription"),
    (ZapiForbiddenError, "ip_not_allowed"),
    (ZapiConnectionError, "cannot_connect"),
    (ZapiNotFoundError, "not_supported"),
    (ZapiPasskeyError, "passkey_needed"),
    (ZapiUnusableAnswerError, "unusable_answer"),
    (ZapiError, "refused"),
)


def failure_key(err: ZapiError) -> str:
    """Return the translation key of a failure; its placeholder is ``error``."""
    return next(key for kind, key in _KEYS if isinstance(err, kind))


def as_failure[T: HomeAssistantError](err: ZapiError, kind: type[T]) -> T:
    """Return what Home Assistant raises for a failure, translated."""
    return kind(
        translation_domain=DOMAIN,
        translation_key=failure_key(err),
        translation_placeholders={"error": str(err)},
    )
