"""Recipients: the chats that a person saved, one subentry each."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigSubentry,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..api import Chat, is_same_chat
from ..const import (
    CONF_OTHERS,
    CONF_RECEIVE,
    OTHERS_NOBODY,
    RECEIVE_MESSAGES,
    RECEIVE_OWN,
)
from ..device import async_rename_recipient
from ..listeners import Listeners
from .sender import SendError

RECIPIENT: Final = "recipient"
CONF_CHAT: Final = "chat"
CONF_LID: Final = "lid"
CONF_MAY_TRIGGER: Final = "may_trigger"
# Stands for the instance's own number, whichever that is.
MYSELF: Final = "myself"

type RecipientListener = Callable[[ConfigSubentry], None]


def recipients_of(entry: ConfigEntry) -> list[ConfigSubentry]:
    """Return the recipients of an entry, loaded or not."""
    return [
        subentry
        for subentry in entry.subentries.values()
        if subentry.subentry_type == RECIPIENT
    ]


def chat_of(recipient: ConfigSubentry, own_phone: str | None) -> Chat:
    """Return where messages to a recipient go.

    Args:
        recipient: the subentry.
        own_phone: the number that the instance has, or had last.

    Raises:
        SendError: it is the own number, which is not known yet.
    """
    chat_id = recipient.data[CONF_CHAT]
    chat = Chat.from_gateway(own_phone if chat_id == MYSELF else chat_id)
    if chat is None:
        raise SendError("own_number_unknown")
    return chat


def is_chat_of(recipient: ConfigSubentry, chat: Chat, own_phone: str | None) -> bool:
    """Return whether a chat is that of a recipient, by its number or private id."""
    chat_id = recipient.data[CONF_CHAT]
    saved = own_phone if chat_id == MYSELF else chat_id, recipient.data[CONF_LID]
    return any(
        is_same_chat(known, chat) for known in map(Chat.from_gateway, saved) if known
    )


def may_trigger(recipient: ConfigSubentry) -> bool:
    """Return whether messages in the chat of a recipient may start automations."""
    return bool(recipient.data.get(CONF_MAY_TRIGGER, True))


def is_myself(recipient: ConfigSubentry) -> bool:
    """Return whether a recipient is *My own number*, whose messages are one's own."""
    return bool(recipient.data[CONF_CHAT] == MYSELF)


def hears_nobody(entry: ConfigEntry, options: Mapping[str, Any]) -> bool:
    """Return whether an entry with such options receives messages that all count for nothing."""
    received = options.get(CONF_RECEIVE, ())
    others = options.get(CONF_OTHERS, OTHERS_NOBODY)
    if RECEIVE_MESSAGES not in received or others != OTHERS_NOBODY:
        return False
    return not any(
        may_trigger(recipient) and (RECEIVE_OWN in received or not is_myself(recipient))
        for recipient in recipients_of(entry)
    )


class Recipients:
    """Tells which recipients one loaded entry has, and follows their changes.

    The entry is not reloaded for them: messages would have to wait meanwhile.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Initialize; ``async_start`` begins."""
        self._hass = hass
        self._entry = entry
        self._names: dict[str, str] = {}
        self._listeners = Listeners[ConfigSubentry]()

    @callback
    def async_start(self) -> None:
        """Follow the entry until it is unloaded; call once, before the platforms."""
        self._names = {
            recipient.subentry_id: recipient.title
            for recipient in recipients_of(self._entry)
        }
        self._entry.async_on_unload(
            async_dispatcher_connect(
                self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._handle_change
            )
        )

    @callback
    def async_add_listener(self, listener: RecipientListener) -> CALLBACK_TYPE:
        """Call a listener with each recipient there is, and each that is added.

        Returns:
            How to stop.
        """
        for recipient in recipients_of(self._entry):
            listener(recipient)
        return self._listeners.async_add(listener)

    @callback
    def _handle_change(self, change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if change is not ConfigEntryChange.UPDATED or entry is not self._entry:
            return
        before, self._names = self._names, {}
        for recipient in recipients_of(entry):
            key = recipient.subentry_id
            self._names[key] = recipient.title
            if key not in before:
                self._listeners.async_call(recipient)
            elif before[key] != recipient.title:
                async_rename_recipient(self._hass, entry, recipient)
