"""Reading what is to be sent: off the event loop, and never more than may be sent."""

import asyncio
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
import os
import stat
from typing import BinaryIO, Final

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout
from aiohttp.hdrs import LOCATION
from yarl import URL

from ..api import deadline_seconds
from .media_types import (
    SendAs,
    Wanted,
    file_extension,
    full_name,
    media_type,
    size_limit,
)

# Divisible by three, so that the pieces of base64 can be joined, and small: encoding one
# holds up all of Python.
_CHUNK_BYTES: Final = 3 * 64 * 1024
_MAX_HOPS: Final = 3
_REDIRECTS: Final = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class LoadedMedia:
    """What can be handed to Z-API as it is.

    Attributes:
        media: a data URI, or an https URL that Z-API fetches.
        mime: its type; None for a URL that does not show it.
        name: the file's name, with an extension where the type is known.
        send_as: what it is sent as, never ``auto``.
        size: how many bytes the file has; None for a URL.
    """

    media: str = field(repr=False)
    mime: str | None
    name: str = field(repr=False)
    send_as: SendAs
    size: int | None

    @property
    def extension(self) -> str:
        """Return the extension that goes with a document."""
        return file_extension(self.name)


def read_path(
    path: str, wanted: Wanted, is_allowed: Callable[[str], bool]
) -> LoadedMedia:
    """Read a file, wherever its path leads by now; blocks.

    Args:
        path: an absolute path.
        wanted: what to make of it.
        is_allowed: judges a path.
    """
    if not is_allowed(path):
        raise wanted.refusal("path_not_allowed")
    try:
        with open(path, "rb", opener=_open_without_waiting) as file:
            # Links may have changed since: what counts is where the open file lies.
            if not is_allowed(f"/proc/self/fd/{file.fileno()}"):
                raise wanted.refusal("path_not_allowed")
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise wanted.refusal("not_a_file")
            return encode(file, status.st_size, wanted)
    except FileNotFoundError:
        raise wanted.refusal("media_not_found") from None
    except IsADirectoryError:
        raise wanted.refusal("not_a_file") from None
    except OSError:
        # Its text holds the path.
        raise wanted.refusal("media_unreadable") from None


def _open_without_waiting(path: str, flags: int) -> int:
    """Open a file; a pipe would wait for somebody who writes."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)


def encode(file: BinaryIO, size: int, wanted: Wanted) -> LoadedMedia:
    """Judge a file and encode it piece by piece; blocks.

    Args:
        file: what is read, from its beginning.
        size: how large it was said to be; it may grow.
        wanted: what to make of it.
    """
    wanted.check_size(size, wanted.send_as)
    chunk = file.read(_CHUNK_BYTES)
    mime = media_type(chunk, wanted.claimed)
    send_as = wanted.check_type(mime)
    wanted.check_size(size, send_as)
    read = 0
    # Grows in place, piece by piece: joining the pieces would hold up all of Python.
    media = f"data:{mime};base64,"
    while chunk:
        read += len(chunk)
        wanted.check_size(read, send_as)
        media += b64encode(chunk).decode()
        # After a shorter one, more would be what was written meanwhile.
        chunk = file.read(_CHUNK_BYTES) if len(chunk) == _CHUNK_BYTES else b""
    wanted.check_size(read, send_as)
    return LoadedMedia(media, mime, full_name(wanted.name, mime), send_as, read)


def hand_over(url: str, wanted: Wanted) -> LoadedMedia:
    """Leave a file to Z-API, which fetches it; only its name tells what it is."""
    mime = wanted.claimed
    name = full_name(wanted.name, mime)
    send_as = wanted.check_type(mime) if mime else wanted.send_as
    if send_as is SendAs.AUTO or (
        send_as is SendAs.DOCUMENT and not file_extension(name)
    ):
        raise wanted.refusal("type_not_known")
    return LoadedMedia(url, mime, name, send_as, None)


async def async_fetch(
    session: ClientSession, url: URL, wanted: Wanted, is_allowed: Callable[[URL], bool]
) -> tuple[bytearray, str]:
    """Fetch a file from where Home Assistant may; return it and the type it is said to have.

    Args:
        session: makes the request.
        url: where it is.
        wanted: what to make of it.
        is_allowed: judges where a redirect leads.
    """
    try:
        async with asyncio.timeout(deadline_seconds(size_limit(wanted.send_as))):
            for _ in range(_MAX_HOPS):
                async with session.get(
                    url, allow_redirects=False, timeout=ClientTimeout(connect=10)
                ) as response:
                    if response.status not in _REDIRECTS:
                        return await _async_read(response, wanted)
                    url = url.join(URL(response.headers.get(LOCATION, "")))
                    if not is_allowed(url):
                        break
    except ClientError, OSError, ValueError:
        # Their texts hold the URL. A time-out is an OSError.
        raise wanted.failure("fetch_failed") from None
    raise wanted.failure("fetch_redirected")


async def _async_read(
    response: ClientResponse, wanted: Wanted
) -> tuple[bytearray, str]:
    """Read an answer, as long as it is a file that may be sent."""
    if response.status != 200:
        raise wanted.failure("fetch_status", status=str(response.status))
    wanted.check_is_file(response.content_type)
    if response.content_length is not None:
        wanted.check_size(response.content_length, wanted.send_as)
    content = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        content += chunk
        wanted.check_size(len(content), wanted.send_as)
    return content, response.content_type
