"""Files: where they may lie, how large they may be, what they may hold."""

import asyncio
from collections.abc import Callable
import io
import os
from pathlib import Path
import threading
import time
from typing import Any, override

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest

from custom_components.zapi.messages.media_reading import encode
from custom_components.zapi.messages.media_types import SendAs, Wanted

from .common import HTML, JPEG, MB, MP3, PDF, PNG, content, load, refused


@pytest.fixture
def folder(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Return a folder that Home Assistant may read, beside others."""
    folder = tmp_path / "allowed"
    folder.mkdir()
    hass.config.allowlist_external_dirs = {str(folder)}
    return folder


def write(path: Path, data: bytes, size: int = 0) -> str:
    """Write a file, as large as it shall be at least, and return its path."""
    path.write_bytes(data)
    os.truncate(path, max(size, len(data)))
    return str(path)


@pytest.mark.parametrize(
    ("name", "data", "send_as", "mime", "kind"),
    [
        ("cat.jpg", JPEG, SendAs.AUTO, "image/jpeg", SendAs.IMAGE),
        ("cat.jpg", PNG, SendAs.STICKER, "image/png", SendAs.STICKER),
        ("song.mp3", MP3, SendAs.AUTO, "audio/mpeg", SendAs.VOICE),
        ("song.mp3", MP3, SendAs.DOCUMENT, "audio/mpeg", SendAs.DOCUMENT),
        ("note.wav", b"RIFF\0\0\0\0WAVE", SendAs.VOICE, "audio/wav", SendAs.VOICE),
        ("clip.mp4", b"\0\0\0\x20ftypisom", SendAs.GIF, "video/mp4", SendAs.GIF),
        ("bill.pdf", PDF, SendAs.AUTO, "application/pdf", SendAs.DOCUMENT),
        ("log.txt", b"hello", SendAs.AUTO, "text/plain", SendAs.DOCUMENT),
    ],
)
async def test_a_file_in_an_allowed_folder_is_read(
    hass: HomeAssistant,
    folder: Path,
    name: str,
    data: bytes,
    send_as: SendAs,
    mime: str,
    kind: SendAs,
) -> None:
    loaded = await load(hass, write(folder / name, data), send_as=send_as)
    assert content(loaded) == data
    assert (loaded.mime, loaded.name, loaded.send_as) == (mime, name, kind)
    assert loaded.size == len(data)
    assert loaded.extension == name.partition(".")[2]
    assert "base64" not in repr(loaded) and name not in repr(loaded)


async def test_a_file_may_be_called_otherwise(
    hass: HomeAssistant, folder: Path
) -> None:
    path = write(folder / "tmp123", PDF)
    assert (await load(hass, path)).name == "tmp123.pdf"
    assert (await load(hass, path, file_name="Bill")).name == "Bill.pdf"
    assert (await load(hass, path, file_name="Bill.pdf")).name == "Bill.pdf"


async def test_the_media_and_www_folders_need_no_setting(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    hass.config.config_dir = str(tmp_path)
    hass.config.media_dirs = {"local": hass.config.path("media")}
    for name in ("media", "www"):
        (tmp_path / name).mkdir()
    # As Home Assistant allows them at its start, where they are there.
    for path in (*hass.config.media_dirs.values(), hass.config.path("www")):
        with refused("media_not_found", name="cat.jpg"):
            hass.config.allowlist_external_dirs = {path}
            await load(hass, f"{path}/cat.jpg")


async def test_a_file_elsewhere_is_refused_whether_it_is_there_or_not(
    hass: HomeAssistant, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(folder.parent / "secrets.jpg", JPEG)
    for given in (path, f"{folder.parent}/none.jpg", f"{folder}/../secrets.jpg"):
        with refused("path_not_allowed", ServiceValidationError):
            await load(hass, given)
    assert str(folder.parent) not in caplog.text


async def test_a_link_is_judged_by_where_it_leads(
    hass: HomeAssistant, folder: Path
) -> None:
    (folder / "inside.jpg").symlink_to(write(folder / "cat.jpg", JPEG))
    (folder / "outside.jpg").symlink_to(write(folder.parent / "dog.jpg", JPEG))
    (folder / "up").symlink_to(folder.parent)
    assert content(await load(hass, f"{folder}/inside.jpg")) == JPEG
    for path in ("outside.jpg", "up/dog.jpg"):
        with refused("path_not_allowed", ServiceValidationError):
            await load(hass, f"{folder}/{path}")


def after_first_judgement(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, change: Callable[[], None]
) -> None:
    """Change something between the judgement of a path and its opening."""
    is_allowed = hass.config.is_allowed_path
    judged: list[str] = []

    def judge(path: str) -> bool:
        allowed = is_allowed(path)
        if not judged:
            change()
        judged.append(path)
        return allowed

    monkeypatch.setattr(hass.config, "is_allowed_path", judge)


async def test_a_link_that_changes_before_the_file_is_opened_lets_nothing_out(
    hass: HomeAssistant, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder.parent / "dog.jpg", JPEG + b"secret")
    path = write(folder / "dog.jpg", JPEG)

    def change() -> None:
        Path(path).unlink()
        Path(path).symlink_to(folder.parent / "dog.jpg")

    after_first_judgement(hass, monkeypatch, change)
    with refused("path_not_allowed", ServiceValidationError):
        await load(hass, path)


async def test_a_folder_that_becomes_a_link_lets_nothing_out(
    hass: HomeAssistant, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder.parent / "dog.jpg", JPEG + b"secret")
    inner = folder / "inner"
    inner.mkdir()
    path = write(inner / "dog.jpg", JPEG)

    def change() -> None:
        inner.rename(folder / "old")
        inner.symlink_to(folder.parent)

    after_first_judgement(hass, monkeypatch, change)
    with refused("path_not_allowed", ServiceValidationError):
        await load(hass, path)


async def test_what_is_no_file_is_refused_at_once(
    hass: HomeAssistant, folder: Path
) -> None:
    os.mkfifo(folder / "pipe.jpg")
    hass.config.allowlist_external_dirs |= {"/dev"}
    for path in (folder, folder / "pipe.jpg", Path("/dev/zero")):
        with refused("not_a_file", ServiceValidationError, name=path.name):
            await load(hass, str(path))


async def test_what_cannot_be_read_is_refused(
    hass: HomeAssistant, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "loop.jpg").symlink_to(folder / "loop.jpg")
    for path in ("loop.jpg", "cat.jpg/cat.jpg", "x" * 300):
        write(folder / "cat.jpg", JPEG)
        with refused("media_unreadable", ServiceValidationError):
            await load(hass, f"{folder}/{path}")
    assert str(folder) not in caplog.text


async def test_an_empty_file_is_refused(hass: HomeAssistant, folder: Path) -> None:
    with refused("media_empty", ServiceValidationError, name="empty.jpg"):
        await load(hass, write(folder / "empty.jpg", b""))


@pytest.mark.parametrize(
    ("data", "size", "send_as", "key", "limit"),
    [
        (PDF, 16 * MB + 1, SendAs.AUTO, "too_large", "16 MB"),
        (PDF, 200 * MB, SendAs.DOCUMENT, "too_large", "16 MB"),
        (MP3, 16 * MB + 1, SendAs.VOICE, "too_large", "16 MB"),
        (JPEG, 5 * MB + 1, SendAs.AUTO, "picture_too_large", "5 MB"),
        (JPEG, 5 * MB + 1, SendAs.IMAGE, "picture_too_large", "5 MB"),
        (PNG, 5 * MB + 1, SendAs.STICKER, "picture_too_large", "5 MB"),
    ],
)
async def test_what_is_too_large_is_refused_with_the_limit(
    hass: HomeAssistant,
    folder: Path,
    data: bytes,
    size: int,
    send_as: SendAs,
    key: str,
    limit: str,
) -> None:
    path = write(folder / "large", data, size)
    with refused(key, ServiceValidationError, name="large", limit=limit):
        await load(hass, path, send_as=send_as)


@pytest.mark.parametrize(
    ("data", "size", "send_as"),
    [
        (JPEG, 5 * MB, SendAs.IMAGE),
        (JPEG, 5 * MB + 1, SendAs.DOCUMENT),
        (PDF, 16 * MB, SendAs.DOCUMENT),
    ],
)
async def test_what_is_just_small_enough_is_read_to_its_end(
    hass: HomeAssistant, folder: Path, data: bytes, size: int, send_as: SendAs
) -> None:
    path = write(folder / "large", data, size)
    loaded = await load(hass, path, send_as=send_as)
    assert loaded.size == size
    assert content(loaded) == data.ljust(size, b"\0")


class Growing(io.BytesIO):
    """A file to which somebody writes while it is read."""

    @override
    def read(self, size: int | None = -1, /) -> bytes:
        """Read a part, and find more written after it."""
        part = super().read(size)
        here = self.tell()
        self.seek(0, io.SEEK_END)
        self.write(b"\0" * MB)
        self.seek(here)
        return part


def test_a_file_that_grows_while_it_is_read_is_bounded() -> None:
    wanted = Wanted("cam.jpg", "cam.jpg", SendAs.AUTO)
    with refused("picture_too_large", ServiceValidationError):
        encode(Growing(JPEG + b"\0" * MB), MB, wanted)


def test_a_file_that_grows_at_its_end_is_sent_as_far_as_it_was_read() -> None:
    loaded = encode(Growing(JPEG), len(JPEG), Wanted("c.jpg", "c.jpg", SendAs.AUTO))
    assert content(loaded) == JPEG


def test_a_file_that_is_emptied_while_it_is_read_is_refused() -> None:
    with refused("media_empty", ServiceValidationError):
        encode(io.BytesIO(), 100, Wanted("c.jpg", "c.jpg", SendAs.AUTO))


@pytest.mark.parametrize(
    ("name", "data", "send_as", "key"),
    [
        ("cat.jpg", HTML, SendAs.AUTO, "media_is_web_page"),
        ("cat.jpg", HTML, SendAs.IMAGE, "media_is_web_page"),
        ("cat.gif", b"GIF89a", SendAs.IMAGE, "not_for_image"),
        ("cat.jpg", b"hello", SendAs.IMAGE, "not_for_image"),
        ("clip.mov", b"\0\0\0\x14ftypqt  ", SendAs.VIDEO, "not_for_video"),
        ("cat.gif", b"GIF89a", SendAs.GIF, "not_for_gif"),
        ("bill.pdf", PDF, SendAs.STICKER, "not_for_sticker"),
        ("bill.pdf", PDF, SendAs.VOICE, "not_for_voice"),
        ("tv.m3u8", b"#EXTM3U\n", SendAs.AUTO, "media_is_stream"),
    ],
)
async def test_what_whatsapp_does_not_take_is_refused(
    hass: HomeAssistant, folder: Path, name: str, data: bytes, send_as: SendAs, key: str
) -> None:
    path = write(folder / name, data)
    with refused(key, ServiceValidationError, name=name):
        await load(hass, path, send_as=send_as)


async def test_a_file_is_judged_and_read_away_from_the_event_loop(
    hass: HomeAssistant, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []
    is_allowed = hass.config.is_allowed_path

    def judge(path: str) -> bool:
        threads.append(threading.get_ident())
        return is_allowed(path)

    monkeypatch.setattr(hass.config, "is_allowed_path", judge)
    await load(hass, write(folder / "cat.jpg", JPEG))
    # Judged before and after it was opened, in one job.
    assert len(threads) == 2
    assert len(set(threads)) == 1
    assert threading.get_ident() not in threads


async def longest_stall(work: Any) -> float:
    """Return for how long the event loop did nothing else while something was done."""
    longest = 0.0
    task = asyncio.ensure_future(work)
    before = time.perf_counter()
    while not task.done():
        await asyncio.sleep(0)
        now = time.perf_counter()
        longest = max(longest, now - before)
        before = now
    await task
    return longest


async def test_sixteen_megabytes_do_not_stall_the_event_loop(
    hass: HomeAssistant, folder: Path
) -> None:
    path = write(folder / "large.pdf", PDF, 16 * MB)
    # Another process may take the processor at any time, but not every time.
    stalls: list[float] = []
    while not stalls or (min(stalls) > 0.02 and len(stalls) < 20):
        stalls.append(await longest_stall(load(hass, path)))
    assert min(stalls) < 0.02, stalls
