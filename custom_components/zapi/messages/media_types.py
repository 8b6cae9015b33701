"""What WhatsApp takes as what, told from the first bytes and then from the name."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from mimetypes import guess_extension, guess_type
from pathlib import PurePath
import re
from typing import Final

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from ..const import DOMAIN

_MB: Final = 1024 * 1024
_MAX_BYTES: Final = 16 * _MB
_MAX_PICTURE_BYTES: Final = 5 * _MB

_UNKNOWN: Final = "application/octet-stream"
_HTML: Final = "text/html"
_SIGNATURES: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"#!AMR", "audio/amr"),
    (b"#EXTM3U", "application/vnd.apple.mpegurl"),
)
# What follows "RIFF" and a length, and what follows a length and "ftyp".
_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS: Final = (
    (b"M4A", "audio/mp4"),
    (b"M4B", "audio/mp4"),
    (b"qt", "video/quicktime"),
    (b"3g", "video/3gpp"),
    (b"avi", "image/avif"),
    (b"he", "image/heic"),
    (b"mif1", "image/heic"),
)
_HTML_START: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html)\b", re.IGNORECASE
)
# An MPEG frame: eleven bits set, layer III or (AAC) none, a bit rate that exists.
_MP3_FRAME: Final = re.compile(rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb][\x10-\xef]", re.DOTALL)
_AAC_FRAME: Final = re.compile(rb"\xff[\xf0\xf1\xf8\xf9]")
# Their bytes always show it: a name alone is not believed.
_CERTAIN: Final = {
    *("image/jpeg", "image/png", "image/webp", "image/gif"),
    *("video/mp4", "application/pdf"),
}
_MIME: Final = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
_STREAM: Final = re.compile(r"multipart/|.*(?:mpegurl|dash\+xml|/sdp$|x-scpls)")

# Where Python has none, or a rare one.
_EXTENSIONS: Final = {
    "audio/mp4": "m4a",
    "audio/ogg": "ogg",
    "audio/amr": "amr",
    "audio/wav": "wav",
    "video/3gpp": "3gp",
    "video/ogg": "ogv",
    "image/heic": "heic",
}
_EXTENSION: Final = re.compile(r"\.(?=\d*[a-z])[a-z0-9]{1,10}", re.IGNORECASE)


class SendAs(StrEnum):
    """What a file becomes in the chat."""

    AUTO = "auto"
    IMAGE = "image"
    VIDEO = "video"
    VOICE = "voice"
    DOCUMENT = "document"
    STICKER = "sticker"
    GIF = "gif"


_TAKES: Final[dict[SendAs, Collection[str]]] = {
    SendAs.IMAGE: {"image/jpeg", "image/png"},
    SendAs.VIDEO: {"video/mp4", "video/3gpp"},
    SendAs.GIF: {"video/mp4"},
    SendAs.STICKER: {"image/jpeg", "image/png", "image/webp"},
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to send.

    Attributes:
        label: how errors call it; nothing but what the person gave.
        name: how the file is called.
        send_as: what it shall become.
        claimed: the type that its name or its source claims, if any.
    """

    label: str
    name: str
    send_as: SendAs
    claimed: str | None = None

    def refusal(self, key: str, **placeholders: str) -> ServiceValidationError:
        """Return the error that says why it cannot be sent."""
        return ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders={"name": self.label, **placeholders},
        )

    def failure(self, key: str, **placeholders: str) -> HomeAssistantError:
        """Return the error that says what somebody else did not do."""
        return HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders={"name": self.label, **placeholders},
        )

    def check_size(self, size: int, send_as: SendAs) -> None:
        """Refuse what is empty or too large."""
        if not size:
            raise self.refusal("media_empty")
        limit = size_limit(send_as)
        if size > limit:
            key = "too_large" if limit == _MAX_BYTES else "picture_too_large"
            raise self.refusal(
                key, limit=f"{limit // _MB} MB", most=f"{_MAX_BYTES // _MB} MB"
            )

    def check_is_file(self, mime: str) -> None:
        """Refuse what never ends, and a web page where none was asked for."""
        if _STREAM.match(mime):
            raise self.refusal("media_is_stream")
        if mime == _HTML != self.claimed:
            raise self.refusal("media_is_web_page")

    def check_type(self, mime: str) -> SendAs:
        """Return what a type is sent as; refuse what WhatsApp does not take so."""
        self.check_is_file(mime)
        if self.send_as is SendAs.AUTO:
            return _best(mime)
        if not _takes(self.send_as, mime):
            raise self.refusal(f"not_for_{self.send_as}", type=mime)
        return self.send_as


def size_limit(send_as: SendAs) -> int:
    """Return how many bytes may be sent."""
    if send_as in (SendAs.IMAGE, SendAs.STICKER):
        return _MAX_PICTURE_BYTES
    return _MAX_BYTES


def named_type(name: str) -> str | None:
    """Return the type that a name stands for."""
    return guess_type(name, strict=False)[0]


def media_type(head: bytes, claimed: str | None) -> str:
    """Return the type of what begins with some bytes; what they do not show, is claimed."""
    if found := _recognize(head):
        return found
    if claimed and claimed not in _CERTAIN and _MIME.fullmatch(claimed):
        return claimed
    return _UNKNOWN


def full_name(name: str, mime: str | None) -> str:
    """Return a file's name with an extension, as far as one is known."""
    extension = mime and (
        _EXTENSIONS.get(mime) or (guess_extension(mime) or ".bin").removeprefix(".")
    )
    return name if file_extension(name) or not extension else f"{name}.{extension}"


def file_extension(name: str) -> str:
    """Return the extension of a name, in small letters and without its dot."""
    suffix = PurePath(name).suffix
    return suffix[1:].lower() if _EXTENSION.fullmatch(suffix) else ""


def _best(mime: str) -> SendAs:
    """Return what suits a type; what WhatsApp cannot show goes as a document."""
    kinds = (SendAs.IMAGE, SendAs.VIDEO, SendAs.VOICE)
    return next((kind for kind in kinds if _takes(kind, mime)), SendAs.DOCUMENT)


def _takes(send_as: SendAs, mime: str) -> bool:
    """Return whether WhatsApp takes a type so; as a document it takes all."""
    if send_as is SendAs.VOICE:
        return mime.startswith("audio/")
    return send_as not in _TAKES or mime in _TAKES[send_as]


def _recognize(head: bytes) -> str | None:
    for start, mime in _SIGNATURES:
        if head.startswith(start):
            return mime
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        brands = (mime for brand, mime in _BRANDS if head.startswith(brand, 8))
        return next(brands, "video/mp4")
    if head.startswith(b"OggS"):
        return "video/ogg" if b"theora" in head[:64] else "audio/ogg"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    if _HTML_START.match(head):
        return _HTML
    if _MP3_FRAME.match(head):
        return "audio/mpeg"
    return "audio/aac" if _AAC_FRAME.match(head) else None
