"""What a ``ZapiError`` becomes in Home Assistant: the one place."""

from collections.abc import Awaitable

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
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


async def async_answer[T](
    hass: HomeAssistant, entry: ConfigEntry, answer: Awaitable[T]
) -> T:
    """Return what the gateway answers to a person's wish; say why it does not.

    Raises:
        HomeAssistantError: the gateway was not reached, or declined.
    """
    try:
        return await answer
    except ZapiError as err:
        if isinstance(err, ZapiAuthError):
            entry.async_start_reauth(hass)
        raise as_failure(err, HomeAssistantError) from err
