"""Ownership of the URLs at the gateway."""

from enum import Enum, auto
import re

from homeassistant.components import webhook
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers.network import is_hass_url
from yarl import URL

from ..api import CallbackType, Instance
from .ledger import HookRecord

# To read a longer one may take seconds: the gateway's answer holds up to a mebibyte.
_MAX_URL_CHARS = 2048
_GENERATED_ID = re.compile(r"[0-9a-f]{64}")


class Owner(Enum):
    """Owner of a URL at the gateway."""

    OURS = auto()
    FREE = auto()
    FOREIGN = auto()


def async_owner(
    hass: HomeAssistant, url: str, webhook_id: str, hook: HookRecord
) -> Owner:
    """Return the owner of a URL at the gateway."""
    last_segment = url.rstrip("/").rpartition("/")[2]
    if last_segment == webhook_id or any(is_same(url, ours) for ours in hook.our_urls):
        return Owner.OURS
    if not url or _is_orphan(hass, url, last_segment):
        return Owner.FREE
    return Owner.FOREIGN


def is_same(one: str, other: str) -> bool:
    """Return whether two URLs lead to the same place, however they are written."""
    return one == other or (_place(one) == _place(other) is not None)


def read_url(url: str) -> URL:
    """Return a URL in its parts.

    Raises:
        ValueError: it is not valid, or longer than any in use.
    """
    if len(url) > _MAX_URL_CHARS:
        raise ValueError("the URL is too long")
    return URL(url)


def _place(url: str) -> tuple[object, ...] | None:
    """Return the parts of a URL that decide where it leads, None if it is not valid."""
    try:
        parsed = read_url(url)
        # yarl writes scheme and host in small letters, and knows each scheme's port.
        return (
            parsed.scheme,
            parsed.raw_user,
            parsed.raw_password,
            parsed.raw_host,
            parsed.port,
            parsed.raw_path.rstrip("/"),
            parsed.raw_query_string,
            parsed.raw_fragment,
        )
    except ValueError:
        return None


def _is_orphan(hass: HomeAssistant, url: str, webhook_id: str) -> bool:
    """Return whether a URL leads to a webhook of this Home Assistant that is not in use.

    Only ids that Home Assistant itself generated count: the webhook of an
    automation that is switched off is not registered either.
    """
    path = webhook.async_generate_path(webhook_id)
    return (
        is_own_url(hass, url)
        and url.rstrip("/").endswith(path)
        and _GENERATED_ID.fullmatch(webhook_id) is not None
        # Home Assistant has no public question for this: its webhook component keeps
        # the registered ids under its domain.
        and webhook_id not in hass.data.get(webhook.DOMAIN, {})
        and all(
            entry.data.get(CONF_WEBHOOK_ID) != webhook_id
            for entry in hass.config_entries.async_entries()
        )
    )


def is_own_url(hass: HomeAssistant, url: str) -> bool:
    """Return whether a URL begins with one of this Home Assistant's URLs."""
    try:
        return is_hass_url(hass, str(read_url(url)))
    except ValueError:
        return False


def redacted_host(url: str) -> str:
    """Return the host of somebody else's URL: the rest of it may be secret."""
    try:
        return read_url(url).host or "—"
    except ValueError:
        return "?"


def is_filtered(instance: Instance, kind: CallbackType) -> bool:
    """Return whether the gateway holds a kind of callback back."""
    return kind.filter in instance.callback_filters
