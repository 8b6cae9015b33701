"""Questions that wait for their answer."""

from asyncio import Future, get_running_loop
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ..api import DeliveryFailure, Message, MessageKind
from .outbox import Outbox, StatusChange
from .people import People
from .questions import Option, match_answer
from .receipts import DeliveryState
from .targets import Recipient


class Reason(StrEnum):
    """Why a question ended."""

    ANSWERED = "answered"
    TIMED_OUT = "timed_out"
    NOT_DELIVERED = "not_delivered"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Answer:
    """What answered a question.

    Attributes:
        asked: who was asked, and answered.
        message: the message that did it.
        option: which of the answers it is; None for a question without any.
        at: when it was written, in seconds since 1970.
    """

    asked: Asked
    message: Message
    option: Option | None
    at: float


@dataclass(frozen=True, slots=True)
class Ending:
    """How a question ended."""

    reason: Reason
    answer: Answer | None = None


class OpenQuestion:
    """A question to one or several, which whoever answers first ends."""

    def __init__(self, options: Sequence[Option]) -> None:
        """Initialize a question with its answers; without any, every text is one."""
        self.options = options
        self.asked: list[Asked] = []
        self.ended: Future[Ending] = get_running_loop().create_future()

    @callback
    def end(self, reason: Reason, answer: Answer | None = None) -> bool:
        """End the question, and return whether this did it."""
        if self.ended.done():
            return False
        self.ended.set_result(Ending(reason, answer))
        return True


@dataclass(eq=False, slots=True)
class Asked:
    """Somebody who is asked.

    Attributes:
        question: what.
        recipient: who.
        message_ids: what is to be quoted: the question, and what goes along with it.
        question_id: the message that holds the question; None while it is being sent.
        is_lost: it did not get there.
        fall_back: what to do, once, if buttons are refused; None if there are none.
    """

    question: OpenQuestion
    recipient: Recipient = field(repr=False)
    message_ids: set[str] = field(default_factory=set)
    question_id: str | None = None
    is_lost: bool = False
    fall_back: CALLBACK_TYPE | None = None

    @callback
    def lose(self) -> None:
        """Note that the question did not get there, and end it if it got nowhere."""
        self.is_lost = True
        if all(asked.is_lost for asked in self.question.asked):
            self.question.end(Reason.NOT_DELIVERED)

    @callback
    def handle_failure(self, reason: DeliveryFailure | None) -> None:
        """Note why WhatsApp did not take the question."""
        if reason is DeliveryFailure.UNCLEAR or self.question.ended.done():
            # It may have been sent all the same.
            return
        if reason is DeliveryFailure.BUTTONS_TERMS and self.fall_back:
            fall_back, self.fall_back, self.question_id = self.fall_back, None, None
            fall_back()
        else:
            self.lose()


class Asking:
    """The open questions of one loaded instance."""

    def __init__(self, people: People, outbox: Outbox) -> None:
        """Initialize without questions; ``async_start`` begins."""
        self._people = people
        self._outbox = outbox
        self._open: dict[Asked, None] = {}
        self._is_ended = False

    @callback
    def async_start(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Follow what is sent until the entry is unloaded; call once."""
        for stop in (
            self._outbox.async_add_listener(self._handle_status),
            hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, self._withdraw_all),
            self._withdraw_all,
        ):
            entry.async_on_unload(stop)

    def __len__(self) -> int:
        """Return in how many chats an answer is waited for."""
        return len(self._open)

    @callback
    def open(self, asked: Asked) -> None:
        """Take answers from somebody from now on."""
        self._open[asked] = None
        if self._is_ended:
            asked.question.end(Reason.WITHDRAWN)

    @callback
    def close(self, asked: Asked) -> None:
        """Take no more answers from somebody."""
        self._open.pop(asked, None)

    @callback
    def handed_over(self, asked: Asked, message_ids: Sequence[str | None]) -> None:
        """Note the messages of a question; the last one holds it."""
        asked.message_ids.update(filter(None, message_ids))
        asked.question_id = message_ids[-1]
        sent = self._outbox.find(asked.question_id) if asked.question_id else None
        # What became of it may be known before the send is answered.
        if sent and sent.state is DeliveryState.FAILED:
            asked.handle_failure(sent.reason)

    @callback
    def async_take(self, message: Message, at: float) -> bool:
        """Return whether a message answers a question, which it then ends.

        Args:
            message: a new one that somebody else wrote, and that is not late.
            at: when it was written, in seconds since 1970.
        """
        if not self._open or message.is_edit:
            return False
        asked = self._meant(message)
        if asked is None:
            return False
        question, option = asked.question, None
        if question.options:
            option = match_answer(question.options, message)
            if option is None:
                return False
        elif message.kind is not MessageKind.TEXT or not message.text:
            return False
        return question.end(Reason.ANSWERED, answer=Answer(asked, message, option, at))

    def _meant(self, message: Message) -> Asked | None:
        """Return whose question a message can only mean.

        That is the one that it quotes; else the one with the id of what was tapped; else
        the only one in the chat.
        """
        here = [
            asked
            for asked in self._open
            if asked.recipient.chat
            and self._people.is_same(
                asked.recipient.chat, message.chat, message.chat_lid
            )
        ]
        choice = message.choice
        if quoted_id := (choice and choice.question_id) or message.quoted_id:
            here = [asked for asked in here if quoted_id in asked.message_ids]
        elif choice and choice.id:
            here = [
                asked
                for asked in here
                if any(option.id == choice.id for option in asked.question.options)
            ]
        return here[0] if len({asked.question for asked in here}) == 1 else None

    @callback
    def _handle_status(self, change: StatusChange) -> None:
        if change.status is not DeliveryState.FAILED:
            return
        for asked in list(self._open):
            if asked.question_id == change.message_id:
                asked.handle_failure(change.reason)

    @callback
    def _withdraw_all(self, _event: object = None) -> None:
        """End all questions: no answer will be heard any more."""
        self._is_ended = True
        for asked in list(self._open):
            asked.question.end(Reason.WITHDRAWN)
