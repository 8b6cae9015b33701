"""What loaded media becomes in a chat."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..api import Audio, Document, File, Gif, Image, MediaContent, Sticker, Video
from .media_reading import LoadedMedia
from .media_types import SendAs
from .sender import ContentRefusedError

# WhatsApp shows no text with these, …
_WITHOUT_CAPTION = (SendAs.VOICE, SendAs.STICKER)
# … and lets these alone vanish once they were opened.
_VIEWED_ONCE = (SendAs.IMAGE, SendAs.VIDEO, SendAs.VOICE)


@dataclass(frozen=True, slots=True)
class Attachment:
    """Media, and what goes along with it.

    Attributes:
        media: it, loaded.
        caption: a text below it.
        view_once: it can be opened once.
    """

    media: LoadedMedia
    caption: str | None = field(default=None, repr=False)
    view_once: bool = False

    def content(self, reply_to: str | None) -> MediaContent:
        """Return what is to be sent."""
        loaded = self.media
        media = loaded.media if loaded.size is None else File(loaded.media)
        match loaded.send_as:
            case SendAs.IMAGE:
                return Image(media, self.caption, reply_to, self.view_once)
            case SendAs.VIDEO:
                return Video(media, self.caption, reply_to, self.view_once)
            case SendAs.GIF:
                return Gif(media, self.caption, reply_to)
            case SendAs.VOICE:
                return Audio(media, self.view_once)
            case SendAs.STICKER:
                return Sticker(media, reply_to)
        return Document(
            media,
            self.caption,
            reply_to,
            extension=loaded.extension or "bin",
            file_name=loaded.name,
        )


def attachments(
    media: Sequence[LoadedMedia],
    caption: str | None,
    *,
    view_once: bool,
    is_reply: bool,
) -> list[Attachment]:
    """Return media of one action; the caption goes with the first.

    Raises:
        SendError: WhatsApp has no caption, view once or reply for one of them.
    """
    parts = [
        Attachment(loaded, None if place else caption, view_once)
        for place, loaded in enumerate(media)
    ]
    for part in parts:
        _check(part, is_reply=is_reply)
    return parts


def _check(part: Attachment, *, is_reply: bool) -> None:
    send_as = part.media.send_as
    if part.caption and send_as in _WITHOUT_CAPTION:
        raise ContentRefusedError(f"no_caption_for_{send_as}")
    if part.view_once and send_as not in _VIEWED_ONCE:
        raise ContentRefusedError("no_view_once")
    if is_reply and send_as is SendAs.VOICE:
        raise ContentRefusedError("no_reply_by_voice")
