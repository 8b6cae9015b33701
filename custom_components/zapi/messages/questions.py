"""Which of the answers to a question a message gives."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final, Self

from ..api import IncomingChoice, Message, MessageKind
from .folding import fold

_KEY_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Option:
    """One of the answers to a question.

    Attributes:
        id: what comes back.
        label: its words; None where they were not kept.
        keys: of all that may be typed for it, beside its number. They are hashed, so that
            no text needs to be kept.
    """

    id: str = field(repr=False)
    label: str | None = field(repr=False)
    keys: frozenset[str] = field(repr=False)

    @classmethod
    def of(cls, option_id: str, label: str, also: Iterable[str] = ()) -> Self:
        """Return an option with its label, and what else may be typed for it."""
        said = {_said(text) for text in (label, *also)}
        return cls(option_id, label, frozenset(map(_key, said - {""})))


def match_answer(options: Sequence[Option], message: Message) -> Option | None:
    """Return the option that a message picks.

    What was tapped is known by its id, and a vote by its words. What was typed is a label,
    an alias or the number of the place, whatever the case and the accents; a full stop at
    the end says nothing. What fits two options picks none.

    Args:
        options: the answers, in the order in which they were shown.
        message: one that answers the question.
    """
    if message.choice:
        return _chosen(options, message.choice)
    if message.kind is not MessageKind.TEXT or not message.text:
        return None
    said = _said(message.text)
    if found := _with_key(options, said):
        return found[0] if len(found) == 1 else None
    numbers = {str(place): option for place, option in enumerate(options, start=1)}
    return numbers.get(said)


def _chosen(options: Sequence[Option], choice: IncomingChoice) -> Option | None:
    for option in options:
        if option.id == choice.id:
            return option
    found = _with_key(options, _said(choice.label or ""))
    return found[0] if len(found) == 1 else None


def _with_key(options: Sequence[Option], said: str) -> list[Option]:
    key = _key(said)
    return [option for option in options if key in option.keys]


def _said(text: str) -> str:
    return fold(text).rstrip(". ")


def _key(said: str) -> str:
    return blake2b(said.encode(errors="replace"), digest_size=_KEY_BYTES).hexdigest()
