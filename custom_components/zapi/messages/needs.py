"""What automations wait for, and what has to be turned on so that it comes."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import partial

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
    ConfigSubentry,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.singleton import singleton
from homeassistant.util.hass_dict import HassKey

from .. import issues
from ..const import CONF_RECEIVE, DOMAIN, RECEIVE_MESSAGES, RECEIVE_OWN
from ..issues import IssueKind
from .followers import Place
from .recipients import is_myself, may_trigger, recipients_of


@dataclass(frozen=True, slots=True)
class Missing:
    """What an entry has to be set to.

    Attributes:
        receive: what it has to receive, as its options call it.
        recipients: those whose messages have to be allowed to start something.
    """

    receive: tuple[str, ...]
    recipients: tuple[ConfigSubentry, ...] = field(repr=False)

    def __bool__(self) -> bool:
        """Return whether anything is missing."""
        return bool(self.receive or self.recipients)


class MessageNeeds:
    """Raises the issue that what somebody waits for does not come, and withdraws it."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Follow the entries from now on."""
        self._hass = hass
        self._needs: Counter[tuple[Place, str]] = Counter()
        async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._handle_change)

    @callback
    def async_add(self, places: Collection[Place], *receive: str) -> CALLBACK_TYPE:
        """Note that somebody waits for something; return how to stop.

        Args:
            places: of which instances or chats.
            receive: for what, as the options call it.
        """
        needs = Counter((place, what) for place in places for what in receive)
        self._needs += needs
        self._check(places)
        return partial(self._remove, places, needs)

    def missing(self, entry: ConfigEntry) -> Missing:
        """Return what has to be turned on in an entry."""
        needs = [
            (subentry_id, what)
            for (entry_id, subentry_id), what in self._needs
            if entry_id == entry.entry_id
        ]
        received = entry.options.get(CONF_RECEIVE, ())
        wanted = {what for _, what in needs}
        heard = {subentry_id for subentry_id, what in needs if what == RECEIVE_MESSAGES}
        recipients = [one for one in recipients_of(entry) if one.subentry_id in heard]
        if any(map(is_myself, recipients)):
            wanted.add(RECEIVE_OWN)
        return Missing(
            tuple(sorted(wanted.difference(received))),
            tuple(one for one in recipients if not may_trigger(one)),
        )

    def _remove(
        self, places: Collection[Place], needs: Counter[tuple[Place, str]]
    ) -> None:
        self._needs -= needs
        self._check(places)

    @callback
    def _handle_change(self, change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if change is ConfigEntryChange.UPDATED and entry.domain == DOMAIN:
            self._check_entry(entry)

    def _check(self, places: Collection[Place]) -> None:
        for entry_id in {entry_id for entry_id, _ in places}:
            if entry := self._hass.config_entries.async_get_entry(entry_id):
                self._check_entry(entry)

    def _check_entry(self, entry: ConfigEntry) -> None:
        if not self.missing(entry):
            issues.async_delete_issues(self._hass, entry, IssueKind.MESSAGES_OFF)
        elif entry.state is ConfigEntryState.LOADED:
            issues.async_create_issue(self._hass, entry, IssueKind.MESSAGES_OFF)


_NEEDS: HassKey[MessageNeeds] = HassKey(f"{DOMAIN}_message_needs")


@callback
@singleton(_NEEDS)
def async_get_needs(hass: HomeAssistant) -> MessageNeeds:
    """Return what automations of this Home Assistant wait for."""
    return MessageNeeds(hass)
