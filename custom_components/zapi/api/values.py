"""Read single values of what the gateway sends; None for what is not usable."""

import re

_PHONE = re.compile(r"[0-9]{5,20}")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
# What breaks a line, rings a bell or turns the direction of writing.
_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]{1,255}"
)
# As long as a state can be.
_LONGEST_WORDS = 255

# Seconds have ten digits until the year 2286, milliseconds thirteen since 2001.
_SECONDS = range(10**9, 10**10)
_MILLISECONDS = range(10**12, 10**13)


def text(value: object) -> str | None:
    """Return a text that is not empty, else None."""
    return value if isinstance(value, str) and value else None


def one_line(said: str) -> str:
    """Return a text without control characters."""
    return _CONTROL.sub(" ", said).strip()


def words(value: object) -> str | None:
    """Return a text that is only shown: one line, no longer than a state can be."""
    if not isinstance(value, str):
        return None
    return one_line(value[:_LONGEST_WORDS]) or None


def boolean(value: object) -> bool | None:
    """Return a boolean; the gateway writes some as text, and some as 1 and 0."""
    if isinstance(value, str | int):
        return _BOOLEANS.get(str(value).strip().lower())
    return None


def count(value: object) -> int | None:
    """Return how many there are; the gateway writes some numbers as text."""
    if isinstance(value, str) and value.isdecimal() and len(value) <= 9:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return None
    return value


def phone(value: object) -> str | None:
    """Return a phone number as the gateway gives it: digits, country code first."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if 0 < value < 10**20 else ""
    return value if isinstance(value, str) and _PHONE.fullmatch(value) else None


def epoch(value: object) -> float | None:
    """Return a time in seconds since 1970 from seconds or milliseconds.

    Args:
        value: a number, or its digits as text. Its size tells the unit; what fits
            neither is no time.
    """
    if isinstance(value, str) and value.isdecimal() and len(value) <= 13:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if _SECONDS.start <= value < _SECONDS.stop:
        return float(value)
    if _MILLISECONDS.start <= value < _MILLISECONDS.stop:
        return value / 1000
    return None


def texts(value: object) -> tuple[str, ...] | None:
    """Return the texts in a list, or None where there is no list."""
    if not isinstance(value, list):
        return None
    return tuple(item for item in value if isinstance(item, str))
