"""Which recipient a chat, or whoever wrote a message, is."""

from collections.abc import Iterator

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigSubentry,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..api import Chat, Message
from ..coordinator import ZapiCoordinator
from .pairs import Pairs
from .recipients import CONF_CHAT, CONF_LID, MYSELF, recipients_of


class People:
    """The recipients of one loaded entry, by number, private id and group."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        coordinator: ZapiCoordinator,
        pairs: Pairs,
    ) -> None:
        """Initialize; ``async_start`` begins."""
        self._hass = hass
        self._entry = entry
        self._coordinator = coordinator
        self._pairs = pairs
        self._own_phone: str | None = None
        self._recipients: dict[str, ConfigSubentry] = {}

    @callback
    def async_start(self) -> None:
        """Follow the recipients until the entry is unloaded; call once."""
        self._entry.async_on_unload(
            async_dispatcher_connect(
                self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._handle_change
            )
        )
        self._index()

    @callback
    def learn(self, message: Message) -> bool:
        """Learn who is who from a message, and return whether that was new."""
        sender = message.sender
        of_chat = self._pairs.learn(message.chat, message.chat_lid)
        return self._pairs.learn(sender.phone, sender.lid) or of_chat

    @callback
    def recipient(self, *ids: Chat | None) -> ConfigSubentry | None:
        """Return the recipient that a chat is, by any of its ids."""
        if self._own_phone != self._coordinator.data.phone:
            self._index()
        for one in self.ids(*ids):
            if (found := self._recipients.get(one)) is not None:
                return found
        return None

    @callback
    def ids(self, *ids: Chat | None) -> Iterator[str]:
        """Give all canonical ids that are known of a chat."""
        for one in ids:
            if one is None:
                continue
            canonical_id = one.canonical_id
            yield canonical_id
            if other := self._pairs.other(canonical_id):
                yield other

    @callback
    def is_same(self, chat: Chat, *ids: Chat | None) -> bool:
        """Return whether a chat has one of some ids."""
        return not set(self.ids(chat)).isdisjoint(self.ids(*ids))

    @callback
    def is_mentioned(self, message: Message) -> bool:
        """Return whether the number of the instance is among those mentioned."""
        if not message.mentions:
            return False
        own = Chat.from_gateway(self._coordinator.data.phone)
        mentioned = map(Chat.from_gateway, message.mentions)
        return own is not None and self.is_same(own, *mentioned)

    @callback
    def _handle_change(self, change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if change is ConfigEntryChange.UPDATED and entry is self._entry:
            self._index()

    def _index(self) -> None:
        """Look the ids of the recipients up once, not with each message."""
        self._own_phone = self._coordinator.data.phone
        recipients = recipients_of(self._entry)
        self._recipients = {}
        for recipient in recipients:
            chat_id = recipient.data[CONF_CHAT]
            self._put(self._own_phone if chat_id == MYSELF else chat_id, recipient)
        # After all numbers: the private id of one may have been another's before.
        for recipient in recipients:
            self._put(recipient.data[CONF_LID], recipient)
            self._learn_saved(recipient)

    def _put(self, chat_id: str | None, recipient: ConfigSubentry) -> None:
        if (chat := Chat.from_gateway(chat_id)) is not None:
            self._recipients.setdefault(chat.canonical_id, recipient)

    def _learn_saved(self, recipient: ConfigSubentry) -> None:
        """Learn the pair of a recipient, unless a callback knew better."""
        saved = recipient.data[CONF_CHAT], recipient.data[CONF_LID]
        number, lid = map(Chat.from_gateway, saved)
        if number and lid and self._pairs.other(number.canonical_id) is None:
            self._pairs.learn(number, lid)
