"""WhatsApp's marks in texts."""

from typing import Final

_ZERO_WIDTH_SPACE: Final = "\u200b"


def with_title(message: str, title: str | None) -> str:
    """Return a text with a title as its bold first line, in which ``*`` ends nothing."""
    line = " ".join((title or "").split())
    if not line:
        return message
    line = line.replace("*", f"{_ZERO_WIDTH_SPACE}*{_ZERO_WIDTH_SPACE}")
    return f"*{line}*\n{message}"
