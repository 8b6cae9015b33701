"""Read single values of the gateway's JSON; None means that one is not usable."""

import re

_PHONE = re.compile(r"[0-9]{5,20}")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
# Line breaks, other control characters, and what changes the direction of writing.
_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]{1,255}"
)
# As long as a state in Home Assistant can be.
_MAX_WORDS_CHARS = 255
# WhatsApp's own ids have 16 to 32.
_MAX_IDENTIFIER_CHARS = 128
# What stands where nobody has a name: a number, or the id of a chat.
_NUMBER_AS_NAME = re.compile(
    r"\+[0-9\s().\-\u2010-\u2015]{6,}|[0-9]{7,}(-[0-9]{10})?(-group|@[a-z.]+)?"
)

# Seconds have ten digits until the year 2286, milliseconds thirteen since 2001.
_EPOCH_SECONDS = range(10**9, 10**10)
_EPOCH_MILLISECONDS = range(10**12, 10**13)


def text(value: object) -> str | None:
    """Return a text that is not empty."""
    return value if isinstance(value, str) and value else None


def one_line(value: str) -> str:
    """Return a text without control characters."""
    return _CONTROL.sub(" ", value).strip()


def words(value: object) -> str | None:
    """Return a text to show: one line of at most 255 characters."""
    if not isinstance(value, str):
        return None
    return one_line(value[:_MAX_WORDS_CHARS]) or None


def name(value: object) -> str | None:
    """Return what somebody or a chat is called: words that are not a number."""
    found = words(value)
    if found is None or found[0].isalpha():
        return found
    return None if _NUMBER_AS_NAME.fullmatch(found) else found


def identifier(value: object) -> str | None:
    """Return the id of a message, as it was given."""
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_IDENTIFIER_CHARS:
        return None
    return value if value.isprintable() else None


def boolean(value: object) -> bool | None:
    """Return a boolean; the gateway writes some as text, and some as 1 and 0."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str | int):
        return _BOOLEANS.get(str(value).strip().lower())
    return None


def count(value: object) -> int | None:
    """Return a number that is not negative; the gateway writes some as text."""
    if isinstance(value, str) and value.isdecimal() and len(value) <= 9:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return None
    return value


def phone(value: object) -> str | None:
    """Return a phone number: digits, country code first."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if 0 < value < 10**20 else ""
    return value if isinstance(value, str) and _PHONE.fullmatch(value) else None


def epoch(value: object) -> float | None:
    """Return a time in seconds since 1970.

    Args:
        value: seconds or milliseconds, as a number or its digits; its size tells the
            unit (``docs/gateway.md``, 5.2).
    """
    if isinstance(value, str) and value.isdecimal() and len(value) <= 13:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if _EPOCH_SECONDS.start <= value < _EPOCH_SECONDS.stop:
        return float(value)
    if _EPOCH_MILLISECONDS.start <= value < _EPOCH_MILLISECONDS.stop:
        return value / 1000
    return None


def texts(value: object) -> tuple[str, ...] | None:
    """Return the texts in a list."""
    if not isinstance(value, list):
        return None
    return tuple(item for item in value if isinstance(item, str))
