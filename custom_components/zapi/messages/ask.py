"""The action that asks, and waits for the answer."""

from asyncio import Task, gather, wait
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from unicodedata import category

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, ServiceResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from ..api import Buttons, Choice, Content, OptionList, Reaction, Text
from ..const import DOMAIN, LOGGER, RECEIVE_MESSAGES
from .asking import Answer, Asked, Asking, Ending, OpenQuestion, Reason
from .attachments import Attachment
from .choices import ChoicesAs, Question
from .needs import async_get_needs
from .questions import Option
from .results import Compose, Outcome, async_failure, async_send_parts
from .sender import WHEN_DISCONNECTED_FAIL, ContentRefusedError, SendError, SentMessage
from .targets import Recipient

_KEYCAP: Final = "\N{COMBINING ENCLOSING KEYCAP}"


@dataclass(frozen=True, slots=True)
class PossibleAnswer:
    """One of the answers to a question: its id, its words, and what else counts as it."""

    id: str
    label: str = field(repr=False)
    also: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Wording:
    """What is asked, and how.

    Attributes:
        message: the question.
        answers: what can be answered; every text if there are none.
        shown_as: how they are shown.
        media: what goes before the question.
        list_label: what stands on the button of a list.
    """

    message: str = field(repr=False)
    answers: Sequence[PossibleAnswer] = field(repr=False)
    shown_as: ChoicesAs
    media: Sequence[Attachment]
    list_label: str

    def options(self) -> list[Option]:
        """Return the answers, to know one by.

        Raises:
            ContentRefusedError: two of them cannot be told from each other.
        """
        options = [
            Option.of(answer.id, answer.label, answer.also) for answer in self.answers
        ]
        keys = [key for option in options for key in option.keys]
        if len(set(keys)) < len(keys):
            raise ContentRefusedError("choices_repeated")
        return options

    def contents(self, recipient: Recipient) -> list[Content]:
        """Return all that goes to a recipient, the question last.

        Raises:
            ContentError: a rule is broken.
        """
        before = [part.content(None) for part in self.media]
        return [*before, self.question(recipient, self.shown_as)]

    def question(self, recipient: Recipient, shown_as: ChoicesAs) -> Content:
        """Return the question alone, as it is to be shown."""
        if not self.answers:
            return Text(self.message)
        choices = tuple(Choice(answer.label, answer.id) for answer in self.answers)
        question = Question(self.message, choices)
        return question.content(recipient, shown_as, self.list_label)


async def async_ask(
    hass: HomeAssistant,
    recipients: Sequence[Recipient],
    wording: Wording,
    seconds: float,
    acknowledge: str | None,
) -> ServiceResponse:
    """Ask, and return what whoever answers first says, or why nobody does.

    Raises:
        SendError: nobody could be asked.
        ServiceValidationError: no answer would ever come.
    """
    _need_messages(hass, recipients)
    question = OpenQuestion(wording.options())
    question.asked = [Asked(question, recipient) for recipient in recipients]
    parties = [_Party(hass, asked, wording) for asked in question.asked]
    try:
        sent = await gather(*(party.async_ask() for party in parties))
        if not any(map(_is_sent, sent)):
            outcomes = [outcome for its_outcomes in sent for outcome in its_outcomes]
            raise await async_failure(hass, outcomes, len(recipients))
        # Not cancelled by the time-out, so that no answer is lost to it.
        await wait([question.ended], timeout=seconds)
        question.end(Reason.TIMED_OUT)
    finally:
        for party in parties:
            party.leave()
    ending = question.ended.result()
    if ending.answer and acknowledge:
        _acknowledge(hass, ending.answer, acknowledge)
    return _response(ending)


def _need_messages(hass: HomeAssistant, recipients: Sequence[Recipient]) -> None:
    """Refuse to ask where no answer would ever come, and let that be repaired."""
    entries = [
        recipient.entry
        for recipient in recipients
        if RECEIVE_MESSAGES not in recipient.receives
    ]
    needs = async_get_needs(hass)
    for entry in entries:
        if RECEIVE_MESSAGES not in needs.missing(entry).receive:
            needs.async_add([(entry.entry_id, None)], RECEIVE_MESSAGES)
    if entries:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="messages_needed"
        )


def _is_sent(outcomes: Sequence[Outcome]) -> bool:
    return all(isinstance(outcome.result, SentMessage) for outcome in outcomes)


class _Party:
    """Asks one recipient, and asks again as text if buttons are refused."""

    def __init__(self, hass: HomeAssistant, asked: Asked, wording: Wording) -> None:
        """Initialize; ``leave`` ends what ``async_ask`` begins."""
        self._hass = hass
        self._asked = asked
        self._wording = wording
        self._asking: Asking | None = None
        self._fallback: Task[None] | None = None

    async def async_ask(self) -> list[Outcome]:
        """Send the question, and take answers from now on."""
        entry = self._asked.recipient.entry
        if entry.state is ConfigEntryState.LOADED:
            # Before it is sent: the answer may be here before Z-API's.
            self._asking = entry.runtime_data.inbox.asking
            self._asking.open(self._asked)
        return await self._async_send(self._first_contents)

    @callback
    def leave(self) -> None:
        """Take no more answers, and send nothing more."""
        if self._asking:
            self._asking.close(self._asked)
        if self._fallback:
            self._fallback.cancel()

    async def _async_send(self, compose: Compose) -> list[Outcome]:
        # A question that goes out hours later is of no use.
        outcomes = await async_send_parts(
            self._asked.recipient,
            compose,
            WHEN_DISCONNECTED_FAIL,
            self._asked.question.options,
        )
        sent = [
            outcome.result.message_id
            for outcome in outcomes
            if isinstance(outcome.result, SentMessage)
        ]
        if self._asking and len(sent) == len(outcomes):
            self._asking.handed_over(self._asked, sent)
        else:
            self._asked.lose()
        return outcomes

    def _first_contents(self, recipient: Recipient) -> list[Content]:
        contents = self._wording.contents(recipient)
        if isinstance(contents[-1], Buttons | OptionList):
            self._asked.fall_back = self._fall_back
        return contents

    @callback
    def _fall_back(self) -> None:
        self._fallback = self._asked.recipient.entry.async_create_background_task(
            self._hass, self._async_ask_as_text(), f"{DOMAIN} ask as text"
        )

    async def _async_ask_as_text(self) -> None:
        await self._async_send(
            lambda recipient: [self._wording.question(recipient, ChoicesAs.TEXT)]
        )


@callback
def _acknowledge(hass: HomeAssistant, answer: Answer, acknowledge: str) -> None:
    """Thank whoever answered, and tell the others; the action does not wait for it."""
    for asked in answer.asked.question.asked:
        if asked is answer.asked or (asked.question_id and not asked.is_lost):
            asked.recipient.entry.async_create_background_task(
                hass,
                _async_acknowledge(hass, asked, answer, acknowledge),
                f"{DOMAIN} acknowledge",
            )


async def _async_acknowledge(
    hass: HomeAssistant, asked: Asked, answer: Answer, acknowledge: str
) -> None:
    content: Content
    if asked is not answer.asked:
        texts = await async_get_translations(
            hass, hass.config.language, "common", {DOMAIN}
        )
        said = texts[f"component.{DOMAIN}.common.answered_by"]
        name = answer.asked.recipient.name
        content = Text(said.format(name=name), asked.question_id)
    elif answer.message.id and _is_emoji(acknowledge):
        content = Reaction(answer.message.id, acknowledge)
    else:
        content = Text(acknowledge, answer.message.id)
    for outcome in await async_send_parts(asked.recipient, lambda _: [content]):
        if isinstance(outcome.result, SendError):
            LOGGER.warning(
                "An answer could not be acknowledged: %s", outcome.result.reason
            )


def _is_emoji(text: str) -> bool:
    """Return whether a text is a reaction; a word with an emoji is none."""
    kinds = {category(char) for char in text}
    return ("So" in kinds or _KEYCAP in text) and not any(
        kind[0] in "LZ" for kind in kinds
    )


def _response(ending: Ending) -> ServiceResponse:
    answer = ending.answer
    return {
        "answered": answer is not None,
        "id": answer.option.id if answer and answer.option else None,
        "text": answer.message.text if answer else None,
        "recipient": answer.asked.recipient.entity_id if answer else None,
        "message_id": answer.message.id if answer else None,
        "at": dt_util.utc_from_timestamp(answer.at).isoformat() if answer else None,
        "reason": ending.reason,
    }
