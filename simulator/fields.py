"""What the fields of a send may hold (docs/gateway.md, sections 6.1 and 6.2)."""

from binascii import Error, a2b_base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
import re
from typing import Any

from .chats import Media
from .endpoint import RefusalError

type Check = Callable[[Any], bool]

PHONE = re.compile(
    r"\d{8,15}|\d+@lid|\d+(-\d+)?-group|\d+-\d+|\d+@newsletter|\d+@broadcast"
)
_DIGITS = re.compile(r"\d{8,15}")
_MEMBER = re.compile(r"\d{8,15}|\d+@lid")
_DATA_URI = re.compile(r"data:([\w.+-]+/[\w.+-]+)(?:; ?[\w-]+=[\w.+\"-]+)*;base64,")
_LINK = re.compile(r"https://[^\s/?#]+\S*")
_MB = 10**6
MEDIA = {
    "image": "image/",
    "audio": "audio/",
    "video": "video/",
    "ptv": "video/",
    "gif": "video/",
    "document": "",
    # Another type fails only when it is to be sent: section 5.5 has a text for it.
    "sticker": "",
}
"""How the MIME type of a data URI begins, by the field that holds it."""
LIMITS = {"video": 100 * _MB}
"""Bytes of a file by field; the vendor names no others but that of stories."""
STORY_LIMIT = 10 * _MB


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of an object, each with its check.

    Attributes:
        required: must be there.
        optional: may be there, and nothing else may; None = anything else.
    """

    required: Mapping[str, Check]
    optional: Mapping[str, Check] | None = None

    def __call__(self, value: Any) -> bool:
        """Return whether a value is such an object."""
        return isinstance(value, dict) and not self.complaint(value)

    def complaint(self, body: dict[str, Any]) -> str:
        """Say what is wrong with an object; empty = nothing."""
        for name, check in self.required.items():
            if name not in body:
                return f"{name} is required"
            if not check(body[name]):
                return f"{name} is invalid"
        if self.optional is None:
            return ""
        for name in body.keys() - self.required.keys():
            if name not in self.optional:
                return f"{name} is not a field of this route"
            if not self.optional[name](body[name]):
                return f"{name} is invalid"
        return ""


def fields(required: str, optional: str | None = "") -> Fields:
    """Name fields by `KINDS`; those that stand in no table are texts that are not empty."""

    def checks(names: str) -> dict[str, Check]:
        return {name: KINDS.get(name, _is_text) for name in names.split()}

    return Fields(checks(required), None if optional is None else checks(optional))


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_any_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_seconds(value: Any) -> bool:
    # Not 0: the fields are left out then.
    return type(value) in {int, float} and 1 <= value <= 15


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _matches(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_degrees(limit: int, value: Any) -> bool:
    return (
        isinstance(value, str)
        and re.fullmatch(r"-?\d+(\.\d+)?", value) is not None
        and abs(float(value)) <= limit
    )


def _is_list(check: Check, value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(check, value))


def _is_media(mime: str, value: Any) -> bool:
    if not isinstance(value, str):
        return False
    found = _DATA_URI.match(value)
    return found[1].startswith(mime) if found else _matches(_LINK, value)


def _list_of(check: Check) -> Check:
    return partial(_is_list, check)


KINDS: dict[str, Check] = {
    "phone": partial(_matches, PHONE),
    "messagePhone": partial(_matches, PHONE),
    "contactPhone": partial(_matches, _DIGITS),
    "mentioned": _list_of(partial(_matches, _MEMBER)),
    "mentionAll": lambda value: value is True,
    "latitude": partial(_is_degrees, 90),
    "longitude": partial(_is_degrees, 180),
    "pollMaxOptions": _is_count,
    **dict.fromkeys(("delayMessage", "delayTyping"), _is_seconds),
    **dict.fromkeys(("viewOnce", "async", "waveform", "privateAnswer"), _is_flag),
    **dict.fromkeys(
        ("caption", "fileName", "description", "stickerAuthor"), _is_any_text
    ),
    **{name: partial(_is_media, mime) for name, mime in MEDIA.items()},
    **dict.fromkeys(
        ("buttonActions", "carousel", "contacts", "pollVote"),
        _list_of(lambda item: isinstance(item, dict)),
    ),
    **dict.fromkeys(
        ("adminInviteMessage", "event", "order"), lambda item: isinstance(item, dict)
    ),
}
KINDS["groupMentioned"] = _list_of(fields("phone subject"))
KINDS["poll"] = _list_of(fields("name"))
KINDS["buttons"] = _list_of(fields("label", "id"))
KINDS["buttonList"] = fields("buttons", "image video")
KINDS["optionList"] = Fields(
    {
        **fields("title buttonLabel").required,
        "options": _list_of(fields("title", "id description")),
    },
    {},
)


def media_in(route: str, body: dict[str, Any]) -> Media | None:
    """Decode the data URI of a send; None where it holds a link, or no media.

    Raises:
        RefusalError: it is not Base64, holds nothing, or is over the limit.
    """
    holder = body.get("buttonList", body)
    for name in MEDIA.keys() & holder.keys():
        uri = holder[name]
        found = _DATA_URI.match(uri) if isinstance(uri, str) else None
        if found is None:
            continue
        try:
            data = a2b_base64(uri[found.end() :], strict_mode=True)
        except Error:
            raise RefusalError(400, f"{name} is not Base64") from None
        if not data:
            raise RefusalError(400, f"{name} is empty")
        limit = STORY_LIMIT if route.endswith("-status") else LIMITS.get(name)
        if limit and len(data) > limit:
            raise RefusalError(400, f"{name} is too large")
        return Media(found[1], data)
    return None
