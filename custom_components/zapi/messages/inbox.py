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

from ..api import Chat, ChatKind, Message, MessageKind, ReceivedCallback
from ..const import CONF_OTHERS, OTHERS_CONTACTS, OTHERS_EVERYBODY
from ..coordinator import ZapiCoordinator
from ..listeners import Listeners
from .address_book import AddressBook
from .asking import Asking
from .memory import InboxMemory
from .outbox import Outbox
from .people import People
from .questions import Option, match_answer
from .recipients import is_myself, may_trigger
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
        is_sent: it was sent through Z-API, probably by this Home Assistant.
        is_mentioned: the instance is mentioned in it.
        age: how old it was when it was handed on, in seconds.
        recipient: the id of the subentry whose chat it is in.
        sender_recipient: the id of the subentry of who wrote it.
        context: of all that it sets off.
    """

    message: Message
    arrived: float
    moment: float | None
    is_late: bool
    is_own: bool
    is_sent: bool
    is_mentioned: bool
    age: float
    recipient: str | None
    sender_recipient: str | None
    context: Context = field(default_factory=Context, compare=False)


@dataclass(frozen=True, slots=True)
class ChosenOption:
    """What was answered to a question.

    Attributes:
        id: of the option; None of a vote in a poll that is not ours.
        label: its words; None where they are not known any more.
        question_id: the message that asked.
    """

    id: str | None = field(repr=False)
    label: str | None = field(repr=False)
    question_id: str | None


type MessageListener = Callable[[ReceivedMessage], None]
type RefusalListener = Callable[[str | None], None]


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
        self._refusal_listeners = Listeners[str | None]()
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
    def async_add_refusal_listener(self, listener: RefusalListener) -> CALLBACK_TYPE:
        """Call a listener whenever a message may not start anything.

        It is told the id of the subentry whose chat that is in, and nothing else.

        Returns:
            How to stop.
        """
        return self._refusal_listeners.async_add(listener)

    @callback
    def async_receive(self, incoming: ReceivedCallback, arrived: float) -> bool:
        """Take a message in, and return whether it did not come before.

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
            return False
        if not self.memory.seen.note(self._key(message, moment or arrived), now):
            self._count(message, Outcome.REPEATED)
            return False
        self.memory.last_day.record()
        recipient = self._people.recipient(message.chat, message.chat_lid)
        author = self._author(message, recipient)
        recipient_id = recipient.subentry_id if recipient else None
        is_sent = self._is_sent(message)
        is_own = is_sent or self._is_of_owner(message, recipient)
        lateness = self.memory.lateness
        is_late = lateness.is_late(moment, arrived, now)
        if is_own:
            outcome = Outcome.OWN
        elif not is_late and self.asking.async_take(message, moment or arrived):
            # Whoever is asked may answer, and starts nothing else by it.
            self._count(message, Outcome.ANSWER)
            self._note_chat(message, recipient_id)
            return True
        elif not self._may(message, recipient, author):
            self._count(message, Outcome.NOT_ALLOWED)
            self._refusal_listeners.async_call(recipient_id)
            return True
        else:
            outcome = Outcome.LATE if is_late else Outcome.SHOWN
        self._count(message, outcome)
        self._note_chat(message, recipient_id)
        self._listeners.async_call(
            ReceivedMessage(
                message,
                arrived,
                moment,
                is_late=is_late,
                is_own=is_own,
                is_sent=is_sent,
                is_mentioned=self._people.is_mentioned(message),
                age=now - lateness.sent_at(moment, arrived),
                recipient=recipient_id,
                sender_recipient=author.subentry_id if author else None,
            )
        )
        return True

    @callback
    def answer(self, received: ReceivedMessage) -> ChosenOption | None:
        """Return what a message answers to a question.

        What was tapped is an answer whoever asked. What was typed is one to our question
        that it quotes, or to the last one in its chat.
        """
        message, choice = received.message, received.message.choice
        question_id = choice.question_id if choice else message.quoted_id
        if question_id is None and choice is None:
            chat_ids = self._people.ids(message.chat, message.chat_lid)
            question_id = self._outbox.questions.last(chat_ids)
        option = self._option(message, question_id)
        if choice is None:
            return (
                ChosenOption(option.id, option.label, question_id) if option else None
            )
        if choice.id is None and choice.label is None:
            # A vote that was withdrawn.
            return None
        return ChosenOption(
            option.id if option else choice.id, choice.label, question_id
        )

    def _option(self, message: Message, question_id: str | None) -> Option | None:
        sent = self._outbox.find(question_id) if question_id else None
        if not question_id or sent is None or not self._is_in(sent.chat, message):
            return None
        return match_answer(self._outbox.questions.options(question_id), message)

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

    def _note_chat(self, message: Message, recipient_id: str | None) -> None:
        """Remember where a message stands, by whichever id the chat has today."""
        if message.id is None:
            return
        chats = self.memory.chats
        known = chats.find(message.id)
        if known is None:
            chats.note(message.id, message.chat, recipient_id)
        elif not self._is_in(known.chat, message):
            chats.doubt(message.id)

    def _author(
        self, message: Message, recipient: ConfigSubentry | None
    ) -> ConfigSubentry | None:
        if message.chat.kind is ChatKind.PERSON and not message.from_me:
            return recipient
        return self._people.recipient(message.sender.phone, message.sender.lid)

    def _is_sent(self, message: Message) -> bool:
        """Return whether a message was sent through Z-API.

        Where the callback does not say which way it took, what comes while something is
        being sent may be just that.
        """
        if message.from_api or self._was_sent(message):
            return True
        is_unsure = message.from_me and message.from_api is None
        return is_unsure and self._sender.is_sending()

    def _was_sent(self, message: Message) -> bool:
        """Return whether it is known from the outbox.

        Somebody else may have chosen the same id.
        """
        sent = self._outbox.find(message.id) if message.id else None
        return sent is not None and self._is_in(sent.chat, message)

    def _is_in(self, chat: Chat, message: Message) -> bool:
        return self._people.is_same(chat, message.chat, message.chat_lid)

    def _is_of_owner(self, message: Message, recipient: ConfigSubentry | None) -> bool:
        """Return whether the owner of the phone wrote to somebody else.

        What they write to the recipient *My own number* is for Home Assistant.
        """
        is_to_self = recipient is not None and is_myself(recipient)
        return message.from_me and not is_to_self

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
