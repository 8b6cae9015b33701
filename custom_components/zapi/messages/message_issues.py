"""What a person has to put right so that messages arrive, and whether one took it up."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from .. import issues
from ..api import DeliveryFailure, Message, MessageKind
from ..issues import IssueKind
from .outbox import Outbox, StatusChange
from .receipts import DeliveryState

_WARNING_TIME: Final = timedelta(days=1)
_ISSUES: Final = {
    DeliveryFailure.SHADOW_BAN: IssueKind.SHADOW_BAN,
    DeliveryFailure.BUTTONS_TERMS: IssueKind.BUTTONS_TERMS,
}
_GONE: Final = {DeliveryFailure.NUMBER_GONE, DeliveryFailure.GROUP_CLOSED}


class MessageIssues:
    """Raises the issues of one loaded entry that messages tell of, and withdraws them."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, outbox: Outbox) -> None:
        """Initialize; ``async_start`` begins."""
        self._hass = hass
        self._entry = entry
        self._outbox = outbox
        # What was saved of the recipients who are gone.
        self._gone: dict[str, Mapping[str, Any]] = {}
        self._cancel: CALLBACK_TYPE | None = None

    @callback
    def async_start(self) -> None:
        """Follow messages and recipients until the entry is unloaded."""
        for subentry_id in issues.recipients_gone(self._hass, self._entry):
            self._gone[subentry_id] = self._saved(subentry_id)
        self._forget_changed()
        self._end_warning_in_time()
        for stop in (
            self._outbox.async_add_listener(self._handle_status),
            async_dispatcher_connect(
                self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._handle_change
            ),
            self._cancel_timer,
        ):
            self._entry.async_on_unload(stop)

    @callback
    def async_handle_message(self, message: Message) -> None:
        """Warn if somebody tries to register the number with another phone."""
        if message.kind is not MessageKind.REGISTRATION_CODE:
            return
        # Anew: the day begins again, for whoever ignored the last one too.
        issues.async_delete_issues(self._hass, self._entry, IssueKind.REGISTRATION_CODE)
        issues.async_create_issue(self._hass, self._entry, IssueKind.REGISTRATION_CODE)
        self._end_warning_in_time()

    @callback
    def _handle_status(self, change: StatusChange) -> None:
        if change.status is DeliveryState.FAILED:
            self._handle_failure(change)
        elif change.status is DeliveryState.SENT:
            # Further ones may be of a message that was sent long before.
            self._handle_sent(change)

    def _handle_failure(self, change: StatusChange) -> None:
        if change.reason in _ISSUES:
            issues.async_create_issue(self._hass, self._entry, _ISSUES[change.reason])
        subentry_id = change.subentry_id
        if change.reason not in _GONE or not subentry_id:
            return
        if saved := self._saved(subentry_id):
            self._gone[subentry_id] = saved
            issues.async_create_issue(
                self._hass,
                self._entry,
                IssueKind.RECIPIENT_GONE,
                {"recipient": change.chat.masked},
                subentry_id=subentry_id,
            )

    def _handle_sent(self, change: StatusChange) -> None:
        issues.async_delete_issues(self._hass, self._entry, IssueKind.SHADOW_BAN)
        sent = self._outbox.find(change.message_id)
        if sent and sent.is_buttons:
            issues.async_delete_issues(self._hass, self._entry, IssueKind.BUTTONS_TERMS)
        if change.subentry_id in self._gone:
            self._forget(change.subentry_id)

    @callback
    def _handle_change(self, change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if change is ConfigEntryChange.UPDATED and entry is self._entry:
            self._forget_changed()

    def _forget_changed(self) -> None:
        """Withdraw the issues of recipients who were changed or removed."""
        for subentry_id, saved in list(self._gone.items()):
            if not saved or self._saved(subentry_id) != saved:
                self._forget(subentry_id)

    def _saved(self, subentry_id: str) -> Mapping[str, Any]:
        """Return what is saved of a recipient, nothing of one who was removed."""
        subentry = self._entry.subentries.get(subentry_id)
        return subentry.data if subentry else {}

    def _forget(self, subentry_id: str) -> None:
        del self._gone[subentry_id]
        issues.async_delete_recipient_gone(self._hass, self._entry, subentry_id)

    def _end_warning_in_time(self) -> None:
        """Withdraw the warning a day after it was raised."""
        self._cancel_timer()
        since = issues.active_since(
            self._hass, self._entry, IssueKind.REGISTRATION_CODE
        )
        if since:
            left = since + _WARNING_TIME - dt_util.utcnow()
            self._cancel = async_call_later(
                self._hass, max(left, timedelta()), self._end_warning
            )

    @callback
    def _end_warning(self, _now: datetime) -> None:
        self._cancel = None
        issues.async_delete_issues(self._hass, self._entry, IssueKind.REGISTRATION_CODE)

    @callback
    def _cancel_timer(self) -> None:
        if self._cancel:
            self._cancel()
            self._cancel = None
