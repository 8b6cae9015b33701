"""Whether a message is one that a trigger waits for."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
import re
from typing import Final

from homeassistant.config_entries import ConfigEntry

from ..api import MessageKind
from .event_types import event_type
from .folding import fold, without_accents
from .inbox import ChosenOption, Inbox, ReceivedMessage
from .lateness import LATE_SECONDS

# An expression may take the square of a text's length.
_MAX_SEARCHED: Final = 4_096
# What happens in a chat without that somebody writes.
_NOTICES: Final = frozenset(
    {
        MessageKind.REACTION,
        MessageKind.CALL,
        MessageKind.GROUP,
        MessageKind.DELETED,
        MessageKind.ACCOUNT,
        MessageKind.REGISTRATION_CODE,
        MessageKind.PIN,
    }
)


class Match(StrEnum):
    """How a text is compared."""

    IS = "is"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    REGEX = "regex"


class Refusal(StrEnum):
    """Why a message starts nothing, as traces show it."""

    OWN = "own"
    LATE = "late"
    CHOICE = "choice"
    KIND = "kind"
    NOT_MENTIONED = "not_mentioned"
    TEXT = "text"
    NOT_ALLOWED = "not_allowed"


class Candidate:
    """A message with what many triggers ask of it, found out once.

    Attributes:
        entry: the instance that received it.
        received: the message.
        kind: what its event is called.
    """

    def __init__(
        self, entry: ConfigEntry, inbox: Inbox, received: ReceivedMessage
    ) -> None:
        """Initialize with a message; what takes time is done when somebody asks."""
        self.entry = entry
        self.received = received
        self.kind = event_type(received.message)
        self._inbox = inbox

    @cached_property
    def is_written(self) -> bool:
        """Whether somebody wrote it, and not only changed what was written."""
        message = self.received.message
        return message.kind not in _NOTICES and not message.is_edit

    @cached_property
    def answer(self) -> ChosenOption | None:
        """What it answers to a question."""
        return self._inbox.answer(self.received)

    @cached_property
    def folded(self) -> str:
        """The text without case and accents."""
        return fold(self.received.message.text or "")

    @cached_property
    def plain(self) -> str:
        """The beginning of the text, without accents."""
        return without_accents((self.received.message.text or "")[:_MAX_SEARCHED])


type TextTest = Callable[[Candidate], bool]


def text_test(text: str, match: Match) -> TextTest:
    """Return what tells whether a message has the right text.

    Raises:
        ValueError: the text is empty, or no regular expression where it has to be one.
    """
    wanted = fold(text)
    if not wanted:
        raise ValueError("empty")
    match match:
        case Match.IS:
            return lambda candidate: candidate.folded == wanted
        case Match.CONTAINS:
            return lambda candidate: wanted in candidate.folded
        case Match.STARTS_WITH:
            return lambda candidate: candidate.folded.startswith(wanted)
    search = _compiled(text).search
    return lambda candidate: search(candidate.plain) is not None


def _compiled(expression: str) -> re.Pattern[str]:
    try:
        return re.compile(without_accents(expression), re.IGNORECASE)
    except (re.PatternError, OverflowError, RecursionError) as err:
        raise ValueError(str(err)) from err


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFilter:
    """Which messages a trigger waits for.

    Attributes:
        kinds: as their events are called; None for all that somebody writes.
        has_text: whether the text is right; None for any.
        mentioned: of those in groups, only where the instance is mentioned.
        own: also those that the owner writes on the phone. Never what went through Z-API:
            an automation could start itself.
        max_age: how old they may be, in seconds; None for any age.
    """

    kinds: frozenset[str] | None = None
    has_text: TextTest | None = None
    mentioned: bool = False
    own: bool = False
    max_age: float | None = LATE_SECONDS

    def refusal(self, candidate: Candidate) -> Refusal | None:
        """Return why a message is none of them, None where it is one."""
        received = candidate.received
        if received.is_own and (received.is_sent or not self.own):
            return Refusal.OWN
        kinds = self.kinds
        if not candidate.is_written if kinds is None else candidate.kind not in kinds:
            return Refusal.KIND
        if self.mentioned and received.message.is_group and not received.is_mentioned:
            return Refusal.NOT_MENTIONED
        if self.has_text is not None and not self.has_text(candidate):
            return Refusal.TEXT
        return Refusal.LATE if self._is_too_old(received) else None

    def _is_too_old(self, received: ReceivedMessage) -> bool:
        if self.max_age is None:
            return False
        # Late is also what may have been obeyed before a stop that was not clean.
        is_late = received.is_late and self.max_age <= LATE_SECONDS
        return is_late or received.age > self.max_age
