"""Texts as people compare them."""

from typing import Literal
import unicodedata


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
    decomposed = unicodedata.normalize(form, text)
    return "".join(c for c in decomposed if unicodedata.category(c)[0] != "M")
