"""One message of every kind, and every notice: what tells it from the others (docs/gateway.md, section 5.4)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from .exchange import each_text

_FOLDER = Path(__file__).parent
_SAMPLES = orjson.loads((_FOLDER / "samples.json").read_bytes())
CONTENTS: dict[str, dict[str, Any]] = _SAMPLES["contents"]
"""Content object by its key."""
NOTICES: dict[str, dict[str, Any]] = _SAMPLES["notices"]
"""What a notice has besides, by `notification`; null = it lacks this key."""
FILES = {
    "jpeg": (_FOLDER / "gate.jpeg").read_bytes(),
    "ogg": (_FOLDER / "voice.ogg").read_bytes(),
}
"""The files that links to samples lead to, by suffix: a picture, and a voice note in Ogg Opus."""

_PHONE = "5544988888888"
_MEDIA = "https://media.example.org/"
_ANSWERS = {"buttonsResponseMessage", "listResponseMessage"}


def sample(
    kind: str, phone: str, media_url: Callable[[str], str], text: str = ""
) -> dict[str, Any]:
    """Return what a callback of that kind has besides its envelope.

    Args:
        kind: a key of `CONTENTS` or `NOTICES`.
        phone: who stands in it where the sample names a person.
        media_url: makes a link to a file with that suffix.
        text: the text or caption, where the kind has one; empty = that of the sample.

    Raises:
        ValueError: there is no such kind.
    """

    def fill(value: str) -> str:
        if value.startswith(_MEDIA):
            return media_url(value.rpartition(".")[2])
        return phone if value == _PHONE else value

    found = _notice(kind) if kind in NOTICES else _message(kind, text)
    filled: dict[str, Any] = each_text(found, fill)
    return filled


def _notice(kind: str) -> dict[str, Any]:
    return {"notification": kind, **NOTICES[kind]}


def _message(kind: str, text: str) -> dict[str, Any]:
    if kind not in CONTENTS:
        raise ValueError(f"No such kind: {kind}")
    content = CONTENTS[kind]
    key = "message" if kind == "text" else "caption"
    found: dict[str, Any] = {
        kind: content | {key: text} if text and key in content else content
    }
    if kind in _ANSWERS:
        found["referenceMessageId"] = "3EB000000000000000AA"
    if kind.startswith("status"):
        found |= {"isStatusReply": True, "referenceMessageId": "3EB000000000000000AD"}
    if kind.startswith("status") or kind == "externalAdReply":
        found = {"text": {"message": text or "How nice!"}} | found
    return found


def without_media(kind: str) -> dict[str, Any]:
    """Return a content object as the edit of a caption has it: neither link nor type nor size (section 5.4)."""
    return {
        key: None if value is None or key.endswith("Url") else type(value)()
        for key, value in CONTENTS[kind].items()
    }
