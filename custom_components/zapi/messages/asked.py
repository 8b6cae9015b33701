"""The questions that were asked lately, with what may be answered."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
import time
from typing import Any, Final

from .questions import Option

_MAX_QUESTIONS: Final = 500
# For so long a bare "1" is an answer to the last question in its chat.
_OPEN_SECONDS: Final = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class _Question:
    chat_id: str
    options: tuple[Option, ...]
    asked: float


class AskedQuestions:
    """The last questions of one instance, by the ids of their messages.

    Stored without labels: of a text nothing but hashes goes to the disk.
    """

    def __init__(self) -> None:
        """Initialize without questions."""
        self._questions: dict[str, _Question] = {}
        self._last: dict[str, str] = {}

    def note(self, message_id: str, chat_id: str, options: Sequence[Option]) -> None:
        """Remember a question that was just asked, and forget the oldest.

        Args:
            message_id: of the question.
            chat_id: where it was asked, canonical.
            options: what may be answered, in the order in which it is shown.
        """
        self._add(message_id, _Question(chat_id, tuple(options), time.time()))

    def options(self, message_id: str) -> tuple[Option, ...]:
        """Return what may be answered to a message, nothing where it is no question."""
        question = self._questions.get(message_id)
        return question.options if question else ()

    def last(self, chat_ids: Iterable[str]) -> str | None:
        """Return the message that asked last in a chat, by any of its canonical ids."""
        found = (self._last.get(chat_id) for chat_id in chat_ids)
        message_id = next(filter(None, found), None)
        if message_id is None:
            return None
        age = time.time() - self._questions[message_id].asked
        return message_id if age <= _OPEN_SECONDS else None

    def load(self, stored: Iterable[Any]) -> None:
        """Fill with what ``data`` gave before a restart."""
        for message_id, chat_id, asked, options in stored:
            read = tuple(Option(one, None, frozenset(keys)) for one, keys in options)
            self._add(message_id, _Question(chat_id, read, asked))

    def data(self) -> Iterator[tuple[str, str, float, list[tuple[str, list[str]]]]]:
        """Give what is stored."""
        for message_id, question in self._questions.items():
            options = [(option.id, sorted(option.keys)) for option in question.options]
            yield message_id, question.chat_id, question.asked, options

    def _add(self, message_id: str, question: _Question) -> None:
        self._questions[message_id] = question
        self._last[question.chat_id] = message_id
        if len(self._questions) > _MAX_QUESTIONS:
            oldest = next(iter(self._questions))
            chat_id = self._questions.pop(oldest).chat_id
            if self._last[chat_id] == oldest:
                del self._last[chat_id]
