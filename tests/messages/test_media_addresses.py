"""Addresses: what is left to Z-API, and what Home Assistant fetches."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
import itertools
from typing import Any
from unittest.mock import patch

from aiohttp import web
from aiohttp.test_utils import TestServer
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest

from custom_components.zapi.messages import media_reading
from custom_components.zapi.messages.media_types import SendAs

from .common import HTML, JPEG, MB, MP3, PNG, content, load, refused

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Nas:
    """A server in the house, whose answers a test chooses."""

    def __init__(self) -> None:
        """Answer nothing yet."""
        self.answer: Handler | None = None
        self.asked: list[str] = []
        app = web.Application()
        app.router.add_get("/{path:.*}", self._handle)
        self.server = TestServer(app)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        assert self.answer is not None
        return await self.answer(request)

    def url(self, path: str) -> str:
        """Return where a file is."""
        return str(self.server.make_url(path))

    def gives(self, **kwargs: Any) -> None:
        """Answer each request with this."""

        async def answer(_: web.Request) -> web.Response:
            return web.Response(**kwargs)

        self.answer = answer

    def streams(self, content_type: str) -> None:
        """Answer each request with something that does not end."""

        async def answer(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": content_type})
            await response.prepare(request)
            for _ in itertools.count():
                await response.write(b"\0" * 65536)
            return response

        self.answer = answer

    def announces(self, size: int) -> None:
        """Answer each request with a size, and keep what has it."""

        async def answer(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse()
            response.content_length = size
            await response.prepare(request)
            await asyncio.Event().wait()
            return response

        self.answer = answer


@pytest.fixture
async def nas(hass: HomeAssistant, socket_enabled: None) -> AsyncGenerator[Nas]:
    """Return a server from which Home Assistant may fetch."""
    nas = Nas()
    await nas.server.start_server(access_log=None)
    hass.config.allowlist_external_urls = {nas.url("/")}
    yield nas
    await nas.server.close()


@pytest.mark.parametrize(
    ("url", "send_as", "mime", "name", "kind"),
    [
        ("cat.jpg?key=1", SendAs.AUTO, "image/jpeg", "cat.jpg", SendAs.IMAGE),
        ("clip.MP4", SendAs.AUTO, "video/mp4", "clip.MP4", SendAs.VIDEO),
        ("song.mp3", SendAs.AUTO, "audio/mpeg", "song.mp3", SendAs.VOICE),
        ("song.mp3", SendAs.DOCUMENT, "audio/mpeg", "song.mp3", SendAs.DOCUMENT),
        ("bill.pdf", SendAs.AUTO, "application/pdf", "bill.pdf", SendAs.DOCUMENT),
        ("camera", SendAs.IMAGE, None, "camera", SendAs.IMAGE),
        ("speech", SendAs.VOICE, None, "speech", SendAs.VOICE),
    ],
)
async def test_a_public_address_is_left_to_z_api(
    hass: HomeAssistant,
    url: str,
    send_as: SendAs,
    mime: str | None,
    name: str,
    kind: SendAs,
) -> None:
    loaded = await load(hass, f"https://example.org/{url}", send_as=send_as)
    assert loaded.media == f"https://example.org/{url}"
    assert (loaded.mime, loaded.name, loaded.send_as) == (mime, name, kind)
    assert loaded.size is None


async def test_an_address_that_does_not_show_its_type_needs_more(
    hass: HomeAssistant,
) -> None:
    url = "https://example.org/download?id=7"
    for send_as in (SendAs.AUTO, SendAs.DOCUMENT):
        with refused("type_not_known", ServiceValidationError, name="example.org"):
            await load(hass, url, send_as=send_as)
        loaded = await load(hass, url, send_as=send_as, file_name="Bill.pdf")
        assert loaded.send_as is SendAs.DOCUMENT
        assert (loaded.name, loaded.extension) == ("Bill.pdf", "pdf")


async def test_a_public_address_of_the_wrong_type_is_refused(
    hass: HomeAssistant,
) -> None:
    with refused("not_for_image", ServiceValidationError, type="application/pdf"):
        await load(hass, "https://example.org/a.pdf", send_as=SendAs.IMAGE)
    with refused("media_is_stream", ServiceValidationError):
        await load(hass, "https://example.org/a.m3u8")


@pytest.mark.parametrize(
    "url",
    ["http://example.org/a.jpg", "https://192.168.1.5/a.jpg", "https://nas.local/a"],
)
async def test_what_z_api_cannot_fetch_is_refused_where_we_may_not(
    hass: HomeAssistant, url: str
) -> None:
    with refused("url_not_allowed", ServiceValidationError):
        await load(hass, url)


async def test_an_address_beside_the_allowed_ones_is_not_asked(
    hass: HomeAssistant, nas: Nas
) -> None:
    hass.config.allowlist_external_urls = {nas.url("/public/")}
    with refused("url_not_allowed", ServiceValidationError, name="127.0.0.1"):
        await load(hass, nas.url("/private/cat.jpg"))
    assert nas.asked == []


@pytest.mark.parametrize(
    ("path", "body", "content_type", "mime", "name", "kind"),
    [
        ("/cat.jpg", JPEG, "image/jpeg", "image/jpeg", "cat.jpg", SendAs.IMAGE),
        ("/cat.jpg", PNG, "image/jpeg", "image/png", "cat.jpg", SendAs.IMAGE),
        ("/snapshot", JPEG, "text/plain", "image/jpeg", "snapshot.jpg", SendAs.IMAGE),
        ("/note", MP3, "audio/mpeg", "audio/mpeg", "note.mp3", SendAs.VOICE),
        ("/a", b"1,2", "text/csv", "text/csv", "a.csv", SendAs.DOCUMENT),
        ("/a.html", HTML, "text/html", "text/html", "a.html", SendAs.DOCUMENT),
    ],
)
async def test_an_allowed_address_is_fetched(
    hass: HomeAssistant,
    nas: Nas,
    path: str,
    body: bytes,
    content_type: str,
    mime: str,
    name: str,
    kind: SendAs,
) -> None:
    nas.gives(body=body, content_type=content_type)
    loaded = await load(hass, nas.url(path))
    assert content(loaded) == body
    assert (loaded.mime, loaded.name, loaded.send_as) == (mime, name, kind)
    assert loaded.size == len(body)
    assert nas.asked == [path]


async def test_what_is_fetched_may_be_as_large_as_a_file(
    hass: HomeAssistant, nas: Nas
) -> None:
    nas.gives(body=JPEG.ljust(5 * MB, b"\0"), content_type="image/jpeg")
    assert (await load(hass, nas.url("/cat.jpg"))).size == 5 * MB
    nas.gives(body=JPEG.ljust(5 * MB + 1, b"\0"), content_type="image/jpeg")
    with refused("picture_too_large", ServiceValidationError, limit="5 MB"):
        await load(hass, nas.url("/cat.jpg"))


@pytest.mark.parametrize(
    ("answer", "key", "kind"),
    [
        ({"status": 404}, "fetch_status", HomeAssistantError),
        ({"status": 204}, "fetch_status", HomeAssistantError),
        ({"body": b""}, "media_empty", ServiceValidationError),
        (
            {"body": b"<p>Login</p>", "content_type": "text/html"},
            "media_is_web_page",
            ServiceValidationError,
        ),
        (
            {"body": HTML, "content_type": "image/jpeg"},
            "media_is_web_page",
            ServiceValidationError,
        ),
        (
            {"body": b"#EXTM3U", "content_type": "application/x-mpegURL"},
            "media_is_stream",
            ServiceValidationError,
        ),
        (
            {"status": 302, "headers": {"Location": "http://10.0.0.1/cat.jpg"}},
            "fetch_redirected",
            HomeAssistantError,
        ),
        (
            {"status": 302, "headers": {"Location": "file:///etc/passwd"}},
            "fetch_redirected",
            HomeAssistantError,
        ),
        (
            {"status": 307, "headers": {"Location": "/cat.jpg"}},
            "fetch_redirected",
            HomeAssistantError,
        ),
        ({"status": 302}, "fetch_redirected", HomeAssistantError),
        (
            {"status": 302, "headers": {"Location": "http://[cat"}},
            "fetch_failed",
            HomeAssistantError,
        ),
    ],
)
async def test_what_is_no_file_is_not_sent(
    hass: HomeAssistant,
    nas: Nas,
    answer: dict[str, Any],
    key: str,
    kind: type[HomeAssistantError],
    caplog: pytest.LogCaptureFixture,
) -> None:
    nas.gives(**answer)
    with refused(key, kind, name="127.0.0.1"):
        await load(hass, nas.url("/cat.jpg?key=secret"))
    assert len(nas.asked) <= 3
    assert "secret" not in caplog.text


async def test_a_redirect_to_what_is_allowed_is_followed(
    hass: HomeAssistant, nas: Nas
) -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path == "/cat.jpg":
            return web.Response(status=301, headers={"Location": "/cats/1.jpg"})
        return web.Response(body=JPEG)

    nas.answer = answer
    assert content(await load(hass, nas.url("/cat.jpg"))) == JPEG


async def test_two_hundred_megabytes_are_refused_before_they_come(
    hass: HomeAssistant, nas: Nas
) -> None:
    nas.announces(200 * MB)
    with refused("too_large", ServiceValidationError, limit="16 MB"):
        await load(hass, nas.url("/a.pdf"))
    with refused("picture_too_large", ServiceValidationError, limit="5 MB"):
        await load(hass, nas.url("/a.jpg"), send_as=SendAs.IMAGE)


async def test_what_does_not_end_is_cut_off(hass: HomeAssistant, nas: Nas) -> None:
    nas.streams("application/octet-stream")
    with refused("too_large", ServiceValidationError, limit="16 MB"):
        await load(hass, nas.url("/a"))


@pytest.mark.parametrize(
    "content_type", ["multipart/x-mixed-replace", "audio/x-mpegurl"]
)
async def test_a_stream_is_told_by_its_type(
    hass: HomeAssistant, nas: Nas, content_type: str
) -> None:
    nas.streams(content_type)
    with refused("media_is_stream", ServiceValidationError):
        await load(hass, nas.url("/a.jpg"))


async def test_a_server_that_keeps_silent_is_not_waited_for(
    hass: HomeAssistant, nas: Nas
) -> None:
    async def answer(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    nas.answer = answer
    with (
        patch.object(media_reading, "deadline_seconds", return_value=0.1) as deadline,
        refused("fetch_failed"),
    ):
        await load(hass, nas.url("/cat.jpg"))
    deadline.assert_called_once_with(16 * MB)


async def test_a_server_that_is_away_is_told(
    hass: HomeAssistant, nas: Nas, caplog: pytest.LogCaptureFixture
) -> None:
    url = nas.url("/cat.jpg?key=secret")
    await nas.server.close()
    with refused("fetch_failed", name="127.0.0.1"):
        await load(hass, url)
    assert "secret" not in caplog.text
