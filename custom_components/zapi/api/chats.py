"""Ids of chats: numbers, private ids, groups, channels, broadcast lists.

docs/gateway.md, section 5.3; https://developer.z-api.io/en/tips/lid
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
import re
from typing import Self

from ..phone import digits
from .errors import ChatError

_STATUS_ID = "status@broadcast"
_SHORTEST_LID = 14
# So many digits without a zero before them are taken for a whole number: a country
# whose own numbers are long, as Germany's, would claim one of another country.
_SHORTEST_WITH_COUNTRY_CODE = 12
# What people write a number with; marks that a copied number carries among it.
_WRITTEN_NUMBER = re.compile(
    r"[\d\s()+.\-\u2010-\u2015\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069]{1,60}"
)
_LARGEST_NUMBER = 10**20
_BRAZILIAN_WITHOUT_NINTH_DIGIT = re.compile(r"(55[1-9]{2})([6-9][0-9]{7})")


class ChatKind(StrEnum):
    """What is at the other end of a chat.

    ``STATUS`` is where stories go: a chat that nothing can be sent to.
    """

    PERSON = "person"
    GROUP = "group"
    CHANNEL = "channel"
    BROADCAST = "broadcast"
    STATUS = "status"


# The order tells a group's number from a person's.
_FORMS = (
    (re.compile(r"[0-9]{5,20}|[0-9]{5,20}@lid"), ChatKind.PERSON),
    # Old groups: who created it, and when.
    (re.compile(r"[0-9]{5,25}-group|[0-9]{7,15}-1[0-9]{9}(-group)?"), ChatKind.GROUP),
    (re.compile(r"[0-9]{5,25}@newsletter"), ChatKind.CHANNEL),
    (re.compile(r"[0-9]{5,25}@broadcast"), ChatKind.BROADCAST),
    (re.compile(re.escape(_STATUS_ID)), ChatKind.STATUS),
)


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat, by the id that the gateway takes as ``phone``.

    Made by ``parse`` or ``from_gateway``. Two that are equal are the same chat; two
    that differ may be: see ``is_same_chat``.

    https://developer.z-api.io/en/tips/lid

    Attributes:
        id: ``5544999999999``, ``111122223333444@lid``, ``120363000000000001-group``,
            ``5544999999999-1623281429`` (an old group), ``120363000000000009@newsletter``,
            ``1790000000@broadcast`` or ``status@broadcast``.
        kind: what is at the other end.
    """

    id: str = field(repr=False)
    kind: ChatKind

    @classmethod
    def parse(cls, written: str | int, country: str | None = None) -> Self:
        """Read what a person or a template wrote.

        Args:
            written: an id, or a number with or without the country code, and that
                with or without its ``+``.
            country: the country to assume without a country code, two letters.

        Raises:
            ChatError: ``invalid_chat``, ``invalid_number`` or ``country_unknown``.
        """
        if isinstance(written, int) and abs(written) > _LARGEST_NUMBER:
            # Python does not even write them out.
            raise ChatError("invalid_number")
        written = str(written).strip()
        if not _WRITTEN_NUMBER.fullmatch(written) or _is_old_group(written):
            if (chat := cls.from_gateway(written.lower())) is None:
                raise ChatError("invalid_chat")
            return chat
        if (number := _number(written, country)) is None:
            is_national = country is None and not written.startswith("+")
            raise ChatError("country_unknown" if is_national else "invalid_number")
        return cls(number, ChatKind.PERSON)

    @classmethod
    def from_gateway(cls, value: object) -> Self | None:
        """Read an id as the gateway writes it, None for what is none.

        A private id may lack its suffix, a broadcast list may have a dash for its
        ``@``, and a number may be an integer.
        """
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value) if 0 < value < 10**20 else ""
        if not isinstance(value, str):
            return None
        value = value.replace("-broadcast", "@broadcast")
        if _is_bare_lid(value):
            value = f"{value}@lid"
        for form, kind in _FORMS:
            if form.fullmatch(value):
                return cls(value, kind)
        return None

    @property
    def is_lid(self) -> bool:
        """Return whether a person is named by a private id instead of a number."""
        return self.id.endswith("@lid")

    @property
    def canonical_id(self) -> str:
        """The id to compare by.

        A Brazilian mobile has its ninth digit there, and an old group no suffix.
        Send to ``id``: which of both forms WhatsApp knows, ``phone-exists-batch`` tells.
        """
        if found := _BRAZILIAN_WITHOUT_NINTH_DIGIT.fullmatch(self.id):
            return f"{found[1]}9{found[2]}"
        if self.id.count("-") == 2:
            return self.id.removesuffix("-group")
        return self.id

    @property
    def masked(self) -> str:
        """The last four digits, for texts that others may read; of no digits, none."""
        return "…" + re.sub(r"[^0-9]", "", self.id)[-4:]


def is_same_chat(one: Chat, other: Chat, numbers: Mapping[str, str] = {}) -> bool:
    """Return whether two ids lead to one chat.

    Args:
        one: a chat.
        other: another.
        numbers: what is known of private ids: the number of each, both as ids.
    """
    return _resolved_id(one, numbers) == _resolved_id(other, numbers)


def _resolved_id(chat: Chat, numbers: Mapping[str, str]) -> str:
    """Return the canonical id, that of the number where it is known."""
    number = Chat.from_gateway(numbers.get(chat.id))
    return (number or chat).canonical_id


def _is_old_group(value: str) -> bool:
    chat = Chat.from_gateway(value)
    return chat is not None and chat.kind is ChatKind.GROUP


def _is_bare_lid(value: str) -> bool:
    """Return whether digits are a private id without its suffix."""
    return (
        len(value) >= _SHORTEST_LID
        and value.isascii()
        and value.isdecimal()
        and digits(f"+{value}", None) is None
    )


def _number(written: str, country: str | None) -> str | None:
    """Return the digits of a number; those that a mobile had before its ninth too."""
    only_digits = re.sub(r"\D", "", written)
    if len(only_digits) >= _SHORTEST_WITH_COUNTRY_CODE and only_digits[0] != "0":
        written = f"+{only_digits}"
    return digits(written, country) or _number_without_ninth_digit(written, country)


def _number_without_ninth_digit(written: str, country: str | None) -> str | None:
    """Return the digits of a Brazilian mobile without its ninth, None for others."""
    number = re.sub(r"[^0-9]", "", written)
    candidates = [number]
    if country == "BR" and "+" not in written:
        candidates.append(f"55{number.removeprefix('0')}")
    for candidate in candidates:
        if found := _BRAZILIAN_WITHOUT_NINTH_DIGIT.fullmatch(candidate):
            return candidate if digits(f"+{found[1]}9{found[2]}", None) else None
    return None
