"""A question with its answers: as text that everybody sees, or as WhatsApp has it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from ..api import (
    Buttons,
    ChatKind,
    Choice,
    Content,
    ContentError,
    OptionList,
    Poll,
    Text,
    check_choices,
    choice_ids,
)
from ..const import RECEIVE_RECEIPTS
from .formatting import with_title
from .questions import Option
from .targets import Recipient

_MAX_BUTTONS: Final = 3


class ChoicesAs(StrEnum):
    """How choices are shown."""

    AUTO = "auto"
    BUTTONS = "buttons"
    LIST = "list"
    POLL = "poll"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        message: the question.
        choices: the answers.
        title: a line above it.
        footer: a line below the answers.
        numbered: the text has the answers too, each with its number, since WhatsApp
            shows nothing else reliably.
    """

    message: str = field(repr=False)
    choices: tuple[Choice, ...] = field(repr=False)
    title: str | None = field(default=None, repr=False)
    footer: str | None = field(default=None, repr=False)
    numbered: bool = True

    @property
    def options(self) -> tuple[Option, ...]:
        """Return what may be answered, to know an answer by."""
        ids = choice_ids(self.choices)
        return tuple(
            Option.of(option_id, choice.label)
            for option_id, choice in zip(ids, self.choices, strict=True)
        )

    def content(
        self, recipient: Recipient, shown_as: ChoicesAs, list_label: str
    ) -> Content:
        """Return the question as it is to be shown.

        Args:
            recipient: to whom.
            shown_as: how; ``auto`` is what they are known to see and can answer.
            list_label: what stands on the button of a list, and above one without
                title.

        Raises:
            ContentError: the choices break a rule.
        """
        if not self.message.strip():
            raise ContentError("message_empty")
        check_choices(self.choices)
        if shown_as is ChoicesAs.AUTO:
            shown_as = self._suitable(recipient)
        match shown_as:
            case ChoicesAs.BUTTONS:
                return Buttons(self._text(), self.choices)
            case ChoicesAs.LIST:
                return OptionList(
                    self._text(), self.choices, self.title or list_label, list_label
                )
            case ChoicesAs.POLL:
                labels = tuple(choice.label for choice in self.choices)
                return Poll(self._text(), labels, max_options=1)
        return Text(self._text(needs_choices=True))

    def _suitable(self, recipient: Recipient) -> ChoicesAs:
        """Return how the choices are shown where nobody says how.

        Nothing but text is shown reliably, so the rest has to have worked before.
        """
        chat = recipient.chat
        if chat is None or chat.kind is not ChatKind.PERSON:
            return ChoicesAs.TEXT
        # Without receipts nobody would hear that they are refused.
        if (
            RECEIVE_RECEIPTS not in recipient.receives
            or not recipient.outbox.has_delivered_buttons(chat)
        ):
            return ChoicesAs.TEXT
        if len(self.choices) > _MAX_BUTTONS:
            return ChoicesAs.LIST
        return ChoicesAs.BUTTONS

    def _text(self, *, needs_choices: bool = False) -> str:
        parts = [with_title(self.message, self.title)]
        if self.numbered or needs_choices:
            parts.append("\n".join(_lines(self.choices, numbered=self.numbered)))
        if self.footer:
            parts.append(self.footer)
        return "\n\n".join(parts)


def _lines(choices: Sequence[Choice], *, numbered: bool) -> Iterator[str]:
    for place, choice in enumerate(choices, start=1):
        mark = f"{place}." if numbered else "•"
        said = " – ".join(filter(None, (choice.label, choice.description)))
        yield f"{mark} {said}"
