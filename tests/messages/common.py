"""Media as tests load it."""

from base64 import b64decode
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.zapi.messages.media import async_load
from custom_components.zapi.messages.media_reading import LoadedMedia
from custom_components.zapi.messages.media_reference import MediaReference

MB = 1024 * 1024
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
MP3 = b"ID3\4\0\0\0\0\0\0"
PDF = b"%PDF-1.7\n"
HTML = b"<!DOCTYPE html><title>Login</title>"


async def load(hass: HomeAssistant, given: Any, **kwargs: Any) -> LoadedMedia:
    """Load what a person gave."""
    return await async_load(hass, MediaReference.parse(given), **kwargs)


def content(loaded: LoadedMedia) -> bytes:
    """Return the bytes in a data URI."""
    start, _, data = loaded.media.partition(",")
    assert start == f"data:{loaded.mime};base64"
    return b64decode(data, validate=True)


@contextmanager
def refused(
    key: str, kind: type[HomeAssistantError] = HomeAssistantError, **placeholders: str
) -> Generator[None]:
    """Expect an error, with these placeholders among others."""
    with pytest.raises(kind) as raised:
        yield
    error = raised.value
    assert error.translation_key == key
    assert placeholders.items() <= (error.translation_placeholders or {}).items()
    # What is shown beneath it in the log must not tell more than it does.
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None
