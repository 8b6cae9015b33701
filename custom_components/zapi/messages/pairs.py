"""Which number and which private id are one person, as callbacks tell."""

from collections.abc import Iterable, Iterator
from typing import Final

from ..api import Chat

_MAX_PAIRS: Final = 5_000


class Pairs:
    """The last pairs that were learned, by canonical ids; each id is in one."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        """Initialize with pairs of a number and a private id, the oldest first."""
        self._lids: dict[str, str] = {}
        self._numbers: dict[str, str] = {}
        for number, lid in pairs:
            self._put(number, lid)

    def __len__(self) -> int:
        """Return how many pairs are known."""
        return len(self._lids)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Give the pairs, the oldest first."""
        return iter(self._lids.items())

    def learn(self, number: Chat | None, lid: Chat | None) -> bool:
        """Learn that two ids are one person, and return whether that is new.

        What is no number and private id of a person teaches nothing.
        """
        if number is None or lid is None or number.is_lid or not lid.is_lid:
            return False
        number_id = number.canonical_id
        if not number_id.isdecimal() or self._lids.get(number_id) == lid.id:
            return False
        self._put(number_id, lid.id)
        return True

    def other(self, canonical_id: str) -> str | None:
        """Return the number of a private id, or the private id of a number."""
        return self._lids.get(canonical_id) or self._numbers.get(canonical_id)

    def stable_id(self, chat: Chat | None, lid: Chat | None = None) -> str:
        """Return one id for a person, whichever of both the gateway writes today.

        The private id where it is known: nearly every callback has it.
        """
        if lid is not None:
            return lid.id
        if chat is None:
            return ""
        canonical_id = chat.canonical_id
        return self._lids.get(canonical_id, canonical_id)

    def _put(self, number: str, lid: str) -> None:
        # Either may have been another's before.
        if (old_number := self._numbers.pop(lid, None)) is not None:
            del self._lids[old_number]
        if (old_lid := self._lids.pop(number, None)) is not None:
            del self._numbers[old_lid]
        self._lids[number] = lid
        self._numbers[lid] = number
        if len(self._lids) > _MAX_PAIRS:
            oldest = next(iter(self._lids))
            del self._numbers[self._lids.pop(oldest)]
