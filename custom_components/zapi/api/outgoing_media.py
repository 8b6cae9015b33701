"""Media that can be sent: a file, or the URL of one.

docs/gateway.md, section 6.2
"""

from dataclasses import dataclass, field
import re
from typing import Any, ClassVar, override

from yarl import URL

from .chats import Chat, ChatKind
from .content import NOT_IN_CHANNELS, Content, File, given
from .errors import ContentError

_EXTENSION = re.compile(r"[a-z0-9]{1,10}")


def _is_fetchable(media: str) -> bool:
    """Return whether the gateway can get a file from a URL."""
    try:
        url = URL(media)
    except ValueError:
        return False
    return url.scheme == "https" and bool(url.host)


@dataclass(frozen=True, slots=True, repr=False)
class MediaContent(Content):
    """A file or the URL of one.

    Attributes:
        media: an https URL, or a file of a type and size that WhatsApp takes.
        media_field: its name in the body.
    """

    media_field: ClassVar[str]

    media: str | File

    @override
    def check(self, chat: Chat) -> None:
        super().check(chat)
        if isinstance(self.media, str) and not _is_fetchable(self.media):
            raise ContentError("media_url_not_https")

    @override
    def body(self, chat: Chat) -> dict[str, Any]:
        return {"phone": chat.id, self.media_field: self.media}


@dataclass(frozen=True, slots=True, repr=False)
class _Captioned(MediaContent):
    """Media with a text below it, that may quote a message."""

    caption: str | None = None
    reply_to: str | None = None

    @override
    def body(self, chat: Chat) -> dict[str, Any]:
        return super().body(chat) | given(caption=self.caption, messageId=self.reply_to)


@dataclass(frozen=True, slots=True, repr=False)
class _ViewedOnce(_Captioned):
    """Media that may vanish once it was opened."""

    view_once: bool = False

    @override
    def body(self, chat: Chat) -> dict[str, Any]:
        return super().body(chat) | given(viewOnce=self.view_once)


@dataclass(frozen=True, slots=True, repr=False)
class Image(_ViewedOnce):
    """A picture (``POST send-image``).

    https://developer.z-api.io/en/message/send-message-image
    """

    endpoint: ClassVar[str] = "send-image"
    media_field: ClassVar[str] = "image"


@dataclass(frozen=True, slots=True, repr=False)
class Video(_ViewedOnce):
    """A video, of which H.264 plays everywhere (``POST send-video``).

    https://developer.z-api.io/en/message/send-message-video
    """

    endpoint: ClassVar[str] = "send-video"
    media_field: ClassVar[str] = "video"


@dataclass(frozen=True, slots=True, repr=False)
class Gif(_Captioned):
    """A short MP4 that repeats without sound (``POST send-gif``).

    https://developer.z-api.io/en/message/send-message-gif
    """

    endpoint: ClassVar[str] = "send-gif"
    media_field: ClassVar[str] = "gif"


@dataclass(frozen=True, slots=True, repr=False)
class Document(_Captioned):
    """Any file, as a file (``POST send-document/{extension}``).

    https://developer.z-api.io/en/message/send-message-document

    Attributes:
        extension: that of the file, in lower case and without a dot.
        file_name: the name that is shown.
    """

    media_field: ClassVar[str] = "document"
    refused_in: ClassVar[frozenset[ChatKind]] = NOT_IN_CHANNELS

    extension: str = field(kw_only=True)
    file_name: str | None = None

    @property
    @override
    def path(self) -> str:
        return f"send-document/{self.extension}"

    @override
    def check(self, chat: Chat) -> None:
        super().check(chat)
        if not _EXTENSION.fullmatch(self.extension):
            raise ContentError("extension_invalid")

    @override
    def body(self, chat: Chat) -> dict[str, Any]:
        return super().body(chat) | given(fileName=self.file_name)


@dataclass(frozen=True, slots=True, repr=False)
class Audio(MediaContent):
    """A voice note, whatever audio it is (``POST send-audio``).

    It quotes no message. Music as a file is a ``Document``.

    https://developer.z-api.io/en/message/send-message-audio

    Attributes:
        view_once: it can be heard once.
    """

    endpoint: ClassVar[str] = "send-audio"
    media_field: ClassVar[str] = "audio"

    view_once: bool = False

    @override
    def body(self, chat: Chat) -> dict[str, Any]:
        return super().body(chat) | given(waveform=True, viewOnce=self.view_once)


@dataclass(frozen=True, slots=True, repr=False)
class Sticker(MediaContent):
    """A picture as a sticker (``POST send-sticker``).

    https://developer.z-api.io/en/message/send-message-sticker
    """

    endpoint: ClassVar[str] = "send-sticker"
    media_field: ClassVar[str] = "sticker"

    reply_to: str | None = None

    @override
    def body(self, chat: Chat) -> dict[str, Any]:
        return super().body(chat) | given(messageId=self.reply_to)
