"""Texts as people compare them."""

import unicodedata


def fold(text: str) -> str:
    """Return a text without case and accents, and with single spaces."""
    if text.isascii():
        return " ".join(text.casefold().split())
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    letters = (c for c in decomposed if not unicodedata.category(c).startswith("M"))
    return " ".join("".join(letters).split())
