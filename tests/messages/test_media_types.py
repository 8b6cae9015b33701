"""What WhatsApp takes as what."""

from homeassistant.exceptions import ServiceValidationError
import pytest

from custom_components.zapi.api import deadline_seconds
from custom_components.zapi.messages.media_types import (
    SendAs,
    Wanted,
    file_extension,
    full_name,
    media_type,
    named_type,
)

JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
WEBP = b"RIFF\x24\0\0\0WEBPVP8 "
MP4 = b"\0\0\0\x20ftypisom\0\0\2\0"
PDF = b"%PDF-1.7\n"
HTML = b"\xef\xbb\xbf\n<!DOCTYPE html><title>Login</title>"


def wanted(name: str, send_as: SendAs = SendAs.AUTO) -> Wanted:
    """Return the wish to send a file."""
    return Wanted(name, name, send_as, named_type(name))


@pytest.mark.parametrize(
    ("name", "head", "mime", "send_as"),
    [
        ("a.jpg", JPEG, "image/jpeg", SendAs.IMAGE),
        ("a.png", JPEG, "image/jpeg", SendAs.IMAGE),
        ("a", PNG, "image/png", SendAs.IMAGE),
        ("a.webp", WEBP, "image/webp", SendAs.DOCUMENT),
        ("a.gif", b"GIF89a\1\0", "image/gif", SendAs.DOCUMENT),
        ("a.heic", b"\0\0\0\x18ftypheic", "image/heic", SendAs.DOCUMENT),
        ("a.avif", b"\0\0\0\x18ftypavif", "image/avif", SendAs.DOCUMENT),
        ("a.svg", b"<svg xmlns=", "image/svg+xml", SendAs.DOCUMENT),
        ("a.mp4", MP4, "video/mp4", SendAs.VIDEO),
        ("a.3gp", b"\0\0\0\x14ftyp3gp5", "video/3gpp", SendAs.VIDEO),
        ("a.mov", b"\0\0\0\x14ftypqt  ", "video/quicktime", SendAs.DOCUMENT),
        ("a.avi", b"RIFF\0\0\0\0AVI LIST", "video/x-msvideo", SendAs.DOCUMENT),
        ("a", b"\x1aE\xdf\xa3\x9fB\x82\x84webm", "video/webm", SendAs.DOCUMENT),
        (
            "a",
            b"\x1aE\xdf\xa3\x9fB\x82\x88matroska",
            "video/x-matroska",
            SendAs.DOCUMENT,
        ),
        ("a.ogv", b"OggS" + b"\0" * 24 + b"\x80theora", "video/ogg", SendAs.DOCUMENT),
        ("a.mp4", b"\0\0\0\x20ftypM4A ", "audio/mp4", SendAs.VOICE),
        ("a.opus", b"OggS" + b"\0" * 24 + b"OpusHead", "audio/ogg", SendAs.VOICE),
        ("a.mp3", b"ID3\4\0", "audio/mpeg", SendAs.VOICE),
        ("a", b"\xff\xfb\x90\x64", "audio/mpeg", SendAs.VOICE),
        ("a", b"\xff\xf1\x50\x80", "audio/aac", SendAs.VOICE),
        ("a.wav", b"RIFF\0\0\0\0WAVEfmt ", "audio/wav", SendAs.VOICE),
        ("a", b"fLaC\0", "audio/flac", SendAs.VOICE),
        ("a", b"#!AMR\n", "audio/amr", SendAs.VOICE),
        ("a.mp3", b"\0\0\0\0", "audio/mpeg", SendAs.VOICE),
        ("a", PDF, "application/pdf", SendAs.DOCUMENT),
        ("a.txt", b"hello", "text/plain", SendAs.DOCUMENT),
        ("a", "utf-16".encode("utf-16"), "application/octet-stream", SendAs.DOCUMENT),
        ("a.html", HTML, "text/html", SendAs.DOCUMENT),
        ("a.csv", b"<htmlish", "text/csv", SendAs.DOCUMENT),
        ("a.jpg", b"hello", "application/octet-stream", SendAs.DOCUMENT),
        ("a.mp4", b"hello", "application/octet-stream", SendAs.DOCUMENT),
        ("a", b"", "application/octet-stream", SendAs.DOCUMENT),
    ],
)
def test_a_type_is_told_from_the_first_bytes_and_then_from_the_name(
    name: str, head: bytes, mime: str, send_as: SendAs
) -> None:
    wish = wanted(name)
    assert media_type(head, wish.claimed) == mime
    assert wish.check_type(mime) is send_as


def test_a_claim_that_is_no_type_is_not_believed() -> None:
    assert media_type(b"hello", "music") == "application/octet-stream"
    assert media_type(b"hello", "a/b;base64,x") == "application/octet-stream"


TAKEN = {
    SendAs.IMAGE: {"image/jpeg", "image/png"},
    SendAs.VIDEO: {"video/mp4", "video/3gpp"},
    SendAs.GIF: {"video/mp4"},
    SendAs.STICKER: {"image/jpeg", "image/png", "image/webp"},
    SendAs.VOICE: {"audio/mpeg", "audio/flac"},
}
ALL = set().union(*TAKEN.values()) | {"image/gif", "application/pdf"}


@pytest.mark.parametrize("send_as", TAKEN)
@pytest.mark.parametrize("mime", sorted(ALL))
def test_what_whatsapp_does_not_take_so_is_refused(send_as: SendAs, mime: str) -> None:
    wish = wanted("a", send_as)
    if mime in TAKEN[send_as]:
        assert wish.check_type(mime) is send_as
        return
    with pytest.raises(ServiceValidationError) as refused:
        wish.check_type(mime)
    assert refused.value.translation_key == f"not_for_{send_as}"
    assert refused.value.translation_placeholders == {"name": "a", "type": mime}


@pytest.mark.parametrize("mime", sorted(ALL))
def test_a_document_may_be_anything(mime: str) -> None:
    assert wanted("a", SendAs.DOCUMENT).check_type(mime) is SendAs.DOCUMENT


@pytest.mark.parametrize(
    "mime",
    [
        "application/vnd.apple.mpegurl",
        "application/x-mpegURL".lower(),
        "audio/mpegurl",
        "audio/x-scpls",
        "application/dash+xml",
        "application/sdp",
        "multipart/x-mixed-replace",
    ],
)
@pytest.mark.parametrize("send_as", SendAs)
def test_a_stream_is_refused_whatever_it_shall_be(mime: str, send_as: SendAs) -> None:
    with pytest.raises(ServiceValidationError) as refused:
        wanted("a", send_as).check_type(mime)
    assert refused.value.translation_key == "media_is_stream"


def test_a_web_page_that_is_called_a_picture_is_refused() -> None:
    with pytest.raises(ServiceValidationError) as refused:
        wanted("a.jpg").check_type(media_type(HTML, "image/jpeg"))
    assert refused.value.translation_key == "media_is_web_page"


@pytest.mark.parametrize(
    ("name", "mime", "full", "extension"),
    [
        ("song.MP3", "audio/mpeg", "song.MP3", "mp3"),
        ("song", "audio/mpeg", "song.mp3", "mp3"),
        ("song", "audio/ogg", "song.ogg", "ogg"),
        ("song", "audio/mp4", "song.m4a", "m4a"),
        ("photo", "image/jpeg", "photo.jpg", "jpg"),
        ("clip", "video/3gpp", "clip.3gp", "3gp"),
        ("bill.pdf", "application/pdf", "bill.pdf", "pdf"),
        ("Front door 2.0", "image/jpeg", "Front door 2.0.jpg", "jpg"),
        ("Mr. Smith", "application/pdf", "Mr. Smith.pdf", "pdf"),
        ("archive.7z", None, "archive.7z", "7z"),
        ("thing", "application/octet-stream", "thing.bin", "bin"),
        ("thing", "x/unheard-of", "thing.bin", "bin"),
        ("thing", None, "thing", ""),
        ("thing.a/b", None, "thing.a/b", ""),
    ],
)
def test_a_file_has_an_extension_from_its_name_or_its_type(
    name: str, mime: str | None, full: str, extension: str
) -> None:
    assert full_name(name, mime) == full
    assert file_extension(full) == extension


def test_a_deadline_grows_with_the_size_up_to_three_minutes() -> None:
    assert deadline_seconds(0) == 30
    assert deadline_seconds(256 * 1024) == 31
    assert deadline_seconds(16 * 1024 * 1024) == 94
    assert deadline_seconds(1024**3) == 180
