"""Questions whose answers can be picked, none of which WhatsApp shows reliably.

docs/gateway.md, section 6.2
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, override

from .chats import Chat, ChatKind
from .content import NOT_IN_CHANNELS, Content, given, need
from .errors import ContentError


@dataclass(frozen=True, slots=True, repr=False)
class Choice:
    """One of the answers that somebody may pick.

    Attributes:
        label: what is shown.
        id: what comes back; without one it is the place: ``1`` is the first.
        description: a line below the label; in lists only.
    """

    label: str
    id: str | None = None
    description: str | None = None


def choice_ids(choices: Sequence[Choice]) -> list[str]:
    """Return what comes back; ids that the gateway makes up would tell nothing."""
    return [choice.id or str(place) for place, choice in enumerate(choices, start=1)]


def check_choices(choices: Sequence[Choice]) -> None:
    """Refuse choices that say nothing, or cannot be told from each other.

    Raises:
        ContentError: a rule is broken.
    """
    _check_answers([choice.label for choice in choices], choice_ids(choices))


def _check_answers(labels: Sequence[str], returned: Sequence[str]) -> None:
    """Refuse labels that say nothing, and answers that come back alike."""
    need("choice_empty", *labels)
    if not labels:
        raise ContentError("choices_missing")
    if len(set(returned)) < len(returned):
        raise ContentError("choices_repeated")


@dataclass(frozen=True, slots=True, repr=False)
class _Choices(Content):
    """A question and its answers; WhatsApp shows none of these reliably."""

    message: str
    choices: tuple[Choice, ...]

    @override
    def check(self, chat: Chat) -> None:
        super().check(chat)
        need("message_empty", self.message)
        check_choices(self.choices)

    @property
    def _items(self) -> Iterator[tuple[str, Choice]]:
        """Give each choice with its id."""
        return zip(choice_ids(self.choices), self.choices, strict=True)


@dataclass(frozen=True, slots=True, repr=False)
class Buttons(_Choices):
    """A text with buttons below it (``POST send-button-list``).

    The account's owner must have accepted the terms of buttons in the panel.

    https://developer.z-api.io/en/message/send-button-list
    """

    endpoint: ClassVar[str] = "send-button-list"
    refused_in: ClassVar[frozenset[ChatKind]] = NOT_IN_CHANNELS

    @override
    def body(self, chat: Chat) -> dict[str, Any]:
        buttons = [
            {"id": choice_id, "label": choice.label}
            for choice_id, choice in self._items
        ]
        return {
            "phone": chat.id,
            "message": self.message,
            "buttonList": {"buttons": buttons},
        }


@dataclass(frozen=True, slots=True, repr=False)
class OptionList(_Choices):
    """A text with a list that opens on a button (``POST send-option-list``).

    https://developer.z-api.io/en/message/send-option-list

    Attributes:
        title: what stands above the list.
        button: what stands on the button that opens it.
    """

    endpoint: ClassVar[str] = "send-option-list"
    refused_in: ClassVar[frozenset[ChatKind]] = NOT_IN_CHANNELS | {ChatKind.GROUP}

    title: str
    button: str

    @override
    def check(self, chat: Chat) -> None:
        super().check(chat)
        need("list_title_empty", self.title)
        need("list_button_empty", self.button)

    @override
    def body(self, chat: Chat) -> dict[str, Any]:
        options = [
            {"id": choice_id, "title": choice.label}
            | given(description=choice.description)
            for choice_id, choice in self._items
        ]
        return {
            "phone": chat.id,
            "message": self.message,
            "optionList": {
                "title": self.title,
                "buttonLabel": self.button,
                "options": options,
            },
        }


@dataclass(frozen=True, slots=True, repr=False)
class Poll(Content):
    """A poll, which only groups have (``POST send-poll``).

    https://developer.z-api.io/en/message/send-poll

    Attributes:
        message: the question.
        options: the answers; a vote names them by their text.
        max_options: how many one may pick; None for any number.
    """

    endpoint: ClassVar[str] = "send-poll"

    message: str
    options: tuple[str, ...]
    max_options: int | None = None

    @override
    def check(self, chat: Chat) -> None:
        super().check(chat)
        if chat.kind is not ChatKind.GROUP:
            raise ContentError("poll_outside_group")
        need("message_empty", self.message)
        _check_answers(self.options, self.options)
        if self.max_options is not None and self.max_options < 1:
            raise ContentError("max_options_invalid")

    @override
    def body(self, chat: Chat) -> dict[str, Any]:
        return {
            "phone": chat.id,
            "message": self.message,
            "poll": [{"name": option} for option in self.options],
        } | given(pollMaxOptions=self.max_options)
