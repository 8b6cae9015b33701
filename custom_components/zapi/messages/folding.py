"""Texts as people compare them."""

import re
from typing import Final, Literal
import unicodedata

# Accents, and what makes a picture of a digit. In scripts where such marks are vowels they
# stay: without them these would be other words.
_ACCENTS: Final = re.compile(
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f]+"
)


def fold(text: str) -> str:
    """Return a text without case and accents, and with single spaces."""
    return " ".join(without_accents(text, "NFKD").casefold().split())


def without_accents(text: str, form: Literal["NFD", "NFKD"] = "NFD") -> str:
    """Return a text without its accents, and otherwise as it is.

    Args:
        text: the text.
        form: ``NFKD`` makes plain letters of those in circles and the like, too.
    """
    if text.isascii():
        return text
    return _ACCENTS.sub("", unicodedata.normalize(form, text))
