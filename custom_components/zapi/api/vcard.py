"""Contact cards, as WhatsApp writes them."""

from collections.abc import Iterator
import re
from typing import Any

from .incoming import IncomingContact
from .values import name, phone

_MAX_NUMBERS = 20
_NO_DIGIT = re.compile(r"[^0-9]+")


def read_contact(content: dict[str, Any]) -> IncomingContact:
    """Read a card: its name, and each number once.

    Args:
        content: ``displayName``, ``vCard`` and ``phones``; each may be missing.
    """
    listed = content.get("phones")
    written = content.get("vCard")
    # The line breaks may be two characters, a backslash and an n.
    lines = (
        written.replace("\\n", "\n").splitlines() if isinstance(written, str) else []
    )
    full_name, numbers = None, list(listed) if isinstance(listed, list) else []
    for key, parameters, value in _fields(lines):
        if key == "FN":
            full_name = full_name or name(value.replace("\\", ""))
        elif key == "TEL":
            numbers.append(_whatsapp_number(parameters) or value)
    found = (_digits(number) for number in numbers)
    return IncomingContact(
        name=name(content.get("displayName")) or full_name,
        phones=tuple(dict.fromkeys(number for number in found if number))[
            :_MAX_NUMBERS
        ],
    )


def _fields(lines: list[str]) -> Iterator[tuple[str, list[str], str]]:
    """Give name, parameters and value of each line; a name may have a group before it."""
    for line in lines:
        head, colon, value = line.partition(":")
        if colon:
            key, *parameters = head.split(";")
            yield key.rpartition(".")[2].strip().upper(), parameters, value


def _whatsapp_number(parameters: list[str]) -> str | None:
    """Return the number as WhatsApp knows it."""
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.lower() == "waid":
            return value
    return None


def _digits(number: object) -> str | None:
    return phone(_NO_DIGIT.sub("", number) if isinstance(number, str) else number)
