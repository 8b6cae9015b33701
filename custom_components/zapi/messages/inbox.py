"""What is received: handed on once, with whose it is, whether it is late, and if it may."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
import time
from typing import Any, cast

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import (
    CALLBACK_TYPE,
    Context,
    HassJobType,
    HomeAssistant,
    callback,
)
from homeassistant.util.logging import catch_log_exception

from ..api import ChatKind, Message, MessageKind, ReceivedCallback
from ..const import CONF_OTHERS, OTHERS_CONTACTS, OTHERS_EVERYBODY
from ..coordinator import ZapiCoordinator
from ..listeners import Listeners
from .address_book import AddressBook
from .asking import Asking
from .memory import InboxMemory
from .outbox import Outbox
from .people import People
from .recipients import CONF_CHAT, MYSELF, may_trigger
from .seen import message_key
from .sender import Sender


class Outcome(StrEnum):
    """What became of a message."""

    SHOWN = "shown"
    LATE = "late"
    OWN = "own"
    ANSWER = "answer"
    NOT_ALLOWED = "not_allowed"
    REPEATED = "repeated"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A message, and what this Home Assistant knows of it.

    Attributes:
        message: it.
        arrived: when it arrived here, in seconds since 1970.
        moment: when it happened, by Z-API's clock; None where that is not known.
        is_late: too old to be obeyed: it is shown, and starts nothing.
        is_own: the instance wrote it, on whatever device: it starts nothing by itself.
        recipient: the id of the subentry whose chat it is in.
        sender_recipient: the id of the subentry of who wrote it.
        context: of all that it sets off.
    """

    message: Message
    arrived: float
    moment: float | None
    is_late: bool
    is_own: bool
    recipient: str | None
    sender_recipient: str | None
    context: Context = field(default_factory=Context, compare=False)


type MessageListener = Callable[[ReceivedMessage], None]


class Inbox:
    """Takes in what one loaded instance receives."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        coordinator: ZapiCoordinator,
        *,
        outbox: Outbox,
        sender: Sender,
        memory: InboxMemory,
    ) -> None:
        """Initialize the inbox; ``async_start`` begins."""
        self._hass = hass
        self._entry = entry
        self._outbox = outbox
        self._sender = sender
        self._people = People(hass, entry, coordinator, memory.pairs)
        self._address_book = AddressBook(hass, entry, coordinator)
        self._listeners = Listeners[ReceivedMessage]()
        self.memory = memory
        self.asking = Asking(self._people, outbox)

    @callback
    def async_start(self) -> None:
        """Follow recipients and contacts until the entry is unloaded; call once."""
        self._people.async_start()
        self._address_book.async_start()
        self.asking.async_start(self._hass, self._entry)

    @callback
    def async_add_listener(self, listener: MessageListener) -> CALLBACK_TYPE:
        """Call a listener with each message that may start something, once.

        Late and own messages are among them, and say so. What answers a question is not.

        Returns:
            How to stop.
        """
        # One that fails must not keep a message from the others.
        guarded = catch_log_exception(listener, _describe_failure, HassJobType.Callback)
        return self._listeners.async_add(cast("MessageListener", guarded))

    @callback
    def async_receive(self, incoming: ReceivedCallback, arrived: float) -> None:
        """Take a message in.

        Args:
            incoming: the callback.
            arrived: when it arrived, in seconds since 1970.
        """
        message, moment, now = incoming.message, incoming.moment, time.time()
        self.memory.lateness.learn(moment, arrived)
        if self._people.learn(message):
            self.memory.async_save_soon()
        if message.kind is MessageKind.WAITING:
            # Not noted: its content may follow under the same id.
            self._count(message, Outcome.WAITING)
            return
        if not self.memory.seen.note(self._key(message, moment or arrived), now):
            self._count(message, Outcome.REPEATED)
            return
        self.memory.last_day.record()
        recipient = self._people.recipient(message.chat, message.chat_lid)
        author = self._author(message, recipient)
        is_own = self._is_own(message, recipient)
        is_late = self.memory.lateness.is_late(moment, arrived, now)
        if is_own:
            outcome = Outcome.OWN
        elif not is_late and self.asking.async_take(message, moment or arrived):
            # Whoever is asked may answer, and starts nothing else by it.
            self._count(message, Outcome.ANSWER)
            return
        elif not self._may(message, recipient, author):
            self._count(message, Outcome.NOT_ALLOWED)
            return
        else:
            outcome = Outcome.LATE if is_late else Outcome.SHOWN
        self._count(message, outcome)
        self._listeners.async_call(
            ReceivedMessage(
                message,
                arrived,
                moment,
                is_late,
                is_own,
                recipient.subentry_id if recipient else None,
                author.subentry_id if author else None,
            )
        )

    @callback
    def diagnostics(self) -> dict[str, Any]:
        """Return counts and flags: neither texts nor names, nor numbers."""
        counts: dict[str, dict[str, int]] = {}
        for (kind, outcome), count in sorted(self.memory.counts.items()):
            counts.setdefault(kind, {})[outcome] = count
        return {
            "messages": counts,
            "remembered": len(self.memory.seen),
            "pairs": len(self.memory.pairs),
            "open_questions": len(self.asking),
            "clock_difference": self.memory.lateness.clock_difference,
            "last_stop_was_clean": self.memory.is_clean,
        }

    @callback
    def count_last_day(self) -> int:
        """Return how many messages there were in the last day."""
        return self.memory.last_day.count()

    def _count(self, message: Message, outcome: Outcome) -> None:
        self.memory.counts[message.kind.value, outcome.value] += 1

    def _key(self, message: Message, moment: float) -> str:
        stable_id, sender = self.memory.pairs.stable_id, message.sender
        author_id = "me" if message.from_me else ""
        if message.is_group and not message.from_me:
            author_id = stable_id(sender.phone, sender.lid)
        chat_id = stable_id(message.chat, message.chat_lid)
        return message_key(message, moment, chat_id, author_id)

    def _author(
        self, message: Message, recipient: ConfigSubentry | None
    ) -> ConfigSubentry | None:
        if message.chat.kind is ChatKind.PERSON and not message.from_me:
            return recipient
        return self._people.recipient(message.sender.phone, message.sender.lid)

    def _is_own(self, message: Message, recipient: ConfigSubentry | None) -> bool:
        if message.from_api or self._was_sent(message):
            return True
        return message.from_me and not self._is_note_to_self(message, recipient)

    def _was_sent(self, message: Message) -> bool:
        """Return whether it is known from the outbox.

        Somebody else may have chosen the same id.
        """
        sent = self._outbox.find(message.id) if message.id else None
        return sent is not None and self._people.is_same(
            sent.chat, message.chat, message.chat_lid
        )

    def _is_note_to_self(
        self, message: Message, recipient: ConfigSubentry | None
    ) -> bool:
        """Return whether the owner of the phone wrote to the recipient *My own number*.

        Where the callback does not say which way it took, what comes while something is
        being sent may be just that.
        """
        if recipient is None or recipient.data[CONF_CHAT] != MYSELF:
            return False
        return message.from_api is False or not self._sender.is_sending()

    def _may(
        self,
        message: Message,
        recipient: ConfigSubentry | None,
        author: ConfigSubentry | None,
    ) -> bool:
        """Return whether a message may start something.

        A group that is a recipient lets its members through; a recipient in another
        group is one of the others.
        """
        if recipient is not None:
            return may_trigger(recipient)
        if message.chat.kind not in (ChatKind.PERSON, ChatKind.GROUP):
            return False
        if author is not None and not may_trigger(author):
            return False
        others = self._entry.options.get(CONF_OTHERS)
        if others == OTHERS_CONTACTS:
            return self._is_saved(message)
        return bool(others == OTHERS_EVERYBODY)

    def _is_saved(self, message: Message) -> bool:
        sender = message.sender
        writer = (sender.phone, sender.lid)
        if message.chat.kind is ChatKind.PERSON:
            writer = (message.chat, message.chat_lid)
        return self._address_book.has(self._people.ids(*writer))


def _describe_failure(_received: ReceivedMessage) -> str:
    return "A listener to WhatsApp messages failed"
