"""What Home Assistant asks a person to put right, one of each kind an entry."""

from hashlib import sha256

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import CONF_INSTANCE_ID, DOMAIN, PANEL_URL

NO_HTTPS_URL = "no_https_url"
WEBHOOK_TAKEN = "webhook_taken"
CALLBACKS_MISSING = "callbacks_missing"
CALLBACKS_FILTERED = "callbacks_filtered"
NOT_CONNECTED = "not_connected"
SUBSCRIPTION = "subscription"
IP_NOT_ALLOWED = "ip_not_allowed"

_ALL = (
    NO_HTTPS_URL,
    WEBHOOK_TAKEN,
    CALLBACKS_MISSING,
    CALLBACKS_FILTERED,
    NOT_CONNECTED,
    SUBSCRIPTION,
    IP_NOT_ALLOWED,
)
FIXABLE = {WEBHOOK_TAKEN, CALLBACKS_MISSING, CALLBACKS_FILTERED, NOT_CONNECTED}

_LEARN_MORE = {
    NO_HTTPS_URL: "https://www.home-assistant.io/docs/configuration/remote/",
    SUBSCRIPTION: PANEL_URL,
    IP_NOT_ALLOWED: PANEL_URL,
}


@callback
def async_create_issue(
    hass: HomeAssistant,
    entry: ConfigEntry,
    kind: str,
    placeholders: dict[str, str] | None = None,
    *,
    text: str | None = None,
) -> None:
    """Raise an issue of an entry; ``text`` names another translation than its kind."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{kind}_{entry.entry_id}",
        data={"entry_id": entry.entry_id},
        is_fixable=kind in FIXABLE,
        learn_more_url=_LEARN_MORE.get(kind),
        severity=ir.IssueSeverity.WARNING,
        translation_key=text or kind,
        translation_placeholders={"name": entry.title, **(placeholders or {})},
    )


@callback
def async_set(
    hass: HomeAssistant,
    entry: ConfigEntry,
    kind: str,
    placeholders: dict[str, str] | None,
) -> None:
    """Raise an issue of an entry, or withdraw it where there are no placeholders."""
    if placeholders is None:
        async_delete_issues(hass, entry, kind)
    else:
        async_create_issue(hass, entry, kind, placeholders)


@callback
def async_delete_issues(hass: HomeAssistant, entry: ConfigEntry, *kinds: str) -> None:
    """Withdraw issues of an entry, by default all."""
    for kind in kinds or _ALL:
        ir.async_delete_issue(hass, DOMAIN, f"{kind}_{entry.entry_id}")


@callback
def is_active(hass: HomeAssistant, entry: ConfigEntry, kind: str) -> bool:
    """Return whether a person is being asked to put something right."""
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"{kind}_{entry.entry_id}")
    return issue is not None and issue.active


@callback
def async_create_not_restored(
    hass: HomeAssistant, entry: ConfigEntry, hosts: set[str]
) -> None:
    """Tell what a person has to put right in the gateway's panel."""
    text = "webhook_not_returned" if hosts else "webhook_not_cleared"
    _create_persistent(hass, entry, text, {"hosts": ", ".join(sorted(hosts))})


@callback
def async_create_previous_unknown(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Tell that nobody knows what was there before us."""
    _create_persistent(hass, entry, "webhook_previous_unknown", {})


def _create_persistent(
    hass: HomeAssistant, entry: ConfigEntry, text: str, placeholders: dict[str, str]
) -> None:
    ir.async_create_issue(
        hass,
        DOMAIN,
        _not_restored_id(entry),
        # The entry is gone or disabled after this, and so would be an issue that is
        # not kept.
        is_persistent=True,
        is_fixable=False,
        learn_more_url=PANEL_URL,
        severity=ir.IssueSeverity.WARNING,
        translation_key=text,
        translation_placeholders={"name": entry.title, **placeholders},
    )


@callback
def async_delete_not_restored(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Withdraw the issues above: the instance was given back after all."""
    ir.async_delete_issue(hass, DOMAIN, _not_restored_id(entry))


def _not_restored_id(entry: ConfigEntry) -> str:
    # An instance keeps its issue when it is added again; its id is nobody's business.
    digest = sha256(entry.data[CONF_INSTANCE_ID].encode()).hexdigest()
    return f"webhook_not_returned_{digest[:8]}"
