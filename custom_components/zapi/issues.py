"""What Home Assistant asks a person to put right, one of each kind an entry.

Of what concerns a recipient there is one a recipient.
"""

from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from .api import Instance, ZapiError, ZapiForbiddenError, ZapiSubscriptionError
from .const import CONF_INSTANCE_ID, DOMAIN, PANEL_URL


class IssueKind(StrEnum):
    """What a person may be asked to put right.

    The value is the translation key, and with the ids of the entry and the recipient
    the issue's id.
    """

    NO_HTTPS_URL = "no_https_url"
    WEBHOOK_TAKEN = "webhook_taken"
    CALLBACKS_MISSING = "callbacks_missing"
    CALLBACKS_FILTERED = "callbacks_filtered"
    NOT_CONNECTED = "not_connected"
    SUBSCRIPTION = "subscription"
    IP_NOT_ALLOWED = "ip_not_allowed"
    SHADOW_BAN = "shadow_ban"
    BUTTONS_TERMS = "buttons_terms"
    RECIPIENT_GONE = "recipient_gone"
    REGISTRATION_CODE = "registration_code"
    MESSAGES_OFF = "messages_off"


FIXABLE = {
    IssueKind.WEBHOOK_TAKEN,
    IssueKind.CALLBACKS_MISSING,
    IssueKind.CALLBACKS_FILTERED,
    IssueKind.NOT_CONNECTED,
    IssueKind.MESSAGES_OFF,
}

# A warning must not end because Home Assistant was started anew.
_PERSISTENT = {IssueKind.REGISTRATION_CODE}

# What only a person can put right, of all that a request may fail of.
_OF_FAILURES: dict[type[ZapiError], IssueKind] = {
    ZapiSubscriptionError: IssueKind.SUBSCRIPTION,
    ZapiForbiddenError: IssueKind.IP_NOT_ALLOWED,
}

_LEARN_MORE = {
    IssueKind.NO_HTTPS_URL: "https://www.home-assistant.io/docs/configuration/remote/",
    IssueKind.SUBSCRIPTION: PANEL_URL,
    IssueKind.IP_NOT_ALLOWED: PANEL_URL,
    IssueKind.BUTTONS_TERMS: PANEL_URL,
}


@callback
def async_create_issue(
    hass: HomeAssistant,
    entry: ConfigEntry,
    kind: IssueKind,
    placeholders: dict[str, str] | None = None,
    *,
    text: str | None = None,
    subentry_id: str | None = None,
) -> None:
    """Raise an issue of an entry.

    Args:
        hass: Home Assistant.
        entry: the entry.
        kind: what is wrong.
        placeholders: those of the text but for the name of the entry.
        text: another translation than that of the kind.
        subentry_id: the recipient whom it concerns.
    """
    ir.async_create_issue(
        hass,
        DOMAIN,
        _issue_id(entry, kind, subentry_id),
        data={"entry_id": entry.entry_id},
        is_fixable=kind in FIXABLE,
        is_persistent=kind in _PERSISTENT,
        learn_more_url=_LEARN_MORE.get(kind),
        severity=ir.IssueSeverity.WARNING,
        translation_key=text or kind,
        translation_placeholders={"name": entry.title, **(placeholders or {})},
    )


@callback
def async_set(
    hass: HomeAssistant,
    entry: ConfigEntry,
    kind: IssueKind,
    placeholders: dict[str, str] | None,
) -> None:
    """Raise an issue of an entry, or withdraw it where there are no placeholders."""
    if placeholders is None:
        async_delete_issues(hass, entry, kind)
    else:
        async_create_issue(hass, entry, kind, placeholders)


@callback
def async_delete_issues(
    hass: HomeAssistant, entry: ConfigEntry, *kinds: IssueKind
) -> None:
    """Withdraw issues of an entry, by default all, those of recipients too."""
    for kind in kinds or IssueKind:
        ir.async_delete_issue(hass, DOMAIN, _issue_id(entry, kind))
    if not kinds:
        for subentry_id in recipients_gone(hass, entry):
            async_delete_recipient_gone(hass, entry, subentry_id)


@callback
def recipients_gone(hass: HomeAssistant, entry: ConfigEntry) -> list[str]:
    """Return the subentries of the recipients who are said to be gone."""
    start = _issue_id(entry, IssueKind.RECIPIENT_GONE, "")
    return [
        issue_id.removeprefix(start)
        for domain, issue_id in ir.async_get(hass).issues
        if domain == DOMAIN and issue_id.startswith(start)
    ]


@callback
def async_delete_recipient_gone(
    hass: HomeAssistant, entry: ConfigEntry, subentry_id: str
) -> None:
    """Withdraw that a recipient is gone."""
    issue_id = _issue_id(entry, IssueKind.RECIPIENT_GONE, subentry_id)
    ir.async_delete_issue(hass, DOMAIN, issue_id)


@callback
def async_create_failure(
    hass: HomeAssistant, entry: ConfigEntry, err: ZapiError, instance: Instance | None
) -> None:
    """Raise the issue of a failed request, if a person can do something about it."""
    if (kind := _OF_FAILURES.get(type(err))) is None:
        return
    async_delete_issues(hass, entry, *(set(_OF_FAILURES.values()) - {kind}))
    text, placeholders = None, {"error": str(err)}
    due = instance.due if instance else None
    # Z-API is known to tell a wrong one: "expired" beside a day to come is absurd.
    if kind is IssueKind.SUBSCRIPTION and due and due < dt_util.utcnow():
        text = "subscription_due"
        placeholders["due"] = dt_util.as_local(due).date().isoformat()
    async_create_issue(hass, entry, kind, placeholders, text=text)


@callback
def async_delete_failures(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Withdraw the issues of failed requests: one has succeeded."""
    async_delete_issues(hass, entry, *_OF_FAILURES.values())


@callback
def is_active(hass: HomeAssistant, entry: ConfigEntry, kind: IssueKind) -> bool:
    """Return whether a person is being asked to put something right."""
    return active_since(hass, entry, kind) is not None


@callback
def active_since(
    hass: HomeAssistant, entry: ConfigEntry, kind: IssueKind
) -> datetime | None:
    """Return since when a person is being asked to put something right."""
    issue = ir.async_get(hass).async_get_issue(DOMAIN, _issue_id(entry, kind))
    return issue.created if issue and issue.active else None


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


def _issue_id(
    entry: ConfigEntry, kind: IssueKind, subentry_id: str | None = None
) -> str:
    issue_id = f"{kind}_{entry.entry_id}"
    return issue_id if subentry_id is None else f"{issue_id}_{subentry_id}"


def _not_restored_id(entry: ConfigEntry) -> str:
    # An instance keeps its issue when it is added again; its id is not shown.
    digest = sha256(entry.data[CONF_INSTANCE_ID].encode()).hexdigest()
    return f"webhook_not_returned_{digest[:8]}"
