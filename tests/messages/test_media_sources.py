"""Pictures of entities, speech, and what other media sources offer."""

from pathlib import Path
from typing import Any, override
from unittest.mock import AsyncMock, Mock

from aiohttp import ClientError, web
from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.components.camera import Camera
from homeassistant.components.http import ApiConfig, HomeAssistantView
from homeassistant.components.image import ImageEntity
from homeassistant.components.media_source import (
    MediaSource,
    MediaSourceItem,
    PlayMedia,
    Unresolvable,
)
from homeassistant.components.tts import PLATFORM_SCHEMA, Provider, TtsAudioType
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
    UnknownUser,
)
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockModule,
    MockUser,
    mock_integration,
    mock_platform,
    setup_test_component_platform,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.zapi.messages.media_types import SendAs

from .common import JPEG, MB, MP3, PNG, content, load, refused


class FakeCamera(Camera):
    """A camera that shows what it is told to."""

    _attr_name = "Door"

    def __init__(self) -> None:
        """Show a picture."""
        super().__init__()
        self.shows: bytes | Exception | None = JPEG

    @override
    async def async_camera_image(
        self, width: int | None = None, height: int | None = None
    ) -> bytes | None:
        """Return what is to be seen."""
        if isinstance(self.shows, Exception):
            raise self.shows
        return self.shows


class FakeImage(ImageEntity):
    """A picture that may be missing."""

    _attr_name = "Map"
    _attr_content_type = "image/png"
    _attr_image_last_updated = dt_util.utcnow()
    shows: bytes | None = PNG

    @override
    async def async_image(self) -> bytes | None:
        """Return what is to be seen."""
        return self.shows


@pytest.fixture
async def camera(hass: HomeAssistant) -> FakeCamera:
    """Return camera.door."""
    camera = FakeCamera()
    setup_test_component_platform(hass, "camera", [camera])
    assert await async_setup_component(hass, "camera", {"camera": {"platform": "test"}})
    await hass.async_block_till_done()
    return camera


@pytest.fixture
async def image(hass: HomeAssistant) -> FakeImage:
    """Return image.map."""
    image = FakeImage(hass)
    setup_test_component_platform(hass, "image", [image])
    assert await async_setup_component(hass, "image", {"image": {"platform": "test"}})
    await hass.async_block_till_done()
    return image


@pytest.mark.parametrize("given", ["camera.door", "media-source://camera/camera.door"])
async def test_a_camera_gives_the_picture_that_it_shows_now(
    hass: HomeAssistant, camera: FakeCamera, given: str
) -> None:
    loaded = await load(hass, given)
    assert content(loaded) == JPEG
    assert (loaded.name, loaded.send_as) == ("door.jpg", SendAs.IMAGE)


@pytest.mark.parametrize("given", ["image.map", "media-source://image/image.map"])
async def test_an_image_entity_gives_its_picture(
    hass: HomeAssistant, image: FakeImage, given: str
) -> None:
    loaded = await load(hass, given, send_as=SendAs.STICKER)
    assert content(loaded) == PNG
    assert (loaded.name, loaded.send_as) == ("map.png", SendAs.STICKER)


async def test_a_camera_that_is_off_is_told(
    hass: HomeAssistant, camera: FakeCamera
) -> None:
    camera._attr_is_on = False
    with refused("camera_off", name="camera.door"):
        await load(hass, "camera.door")


@pytest.mark.parametrize(
    "shows",
    [None, b"", HomeAssistantError("no"), ClientError("http://secret"), OSError()],
)
async def test_a_camera_without_a_picture_is_told(
    hass: HomeAssistant,
    camera: FakeCamera,
    shows: bytes | Exception | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    camera.shows = shows
    with refused("no_picture", name="camera.door"):
        await load(hass, "camera.door")
    assert "secret" not in caplog.text


async def test_an_image_entity_without_a_picture_is_told(
    hass: HomeAssistant, image: FakeImage
) -> None:
    image.shows = None
    with refused("no_picture", name="image.map"):
        await load(hass, "image.map")


async def test_an_entity_that_is_away_is_not_asked(
    hass: HomeAssistant, camera: FakeCamera
) -> None:
    camera._attr_available = False
    camera.async_write_ha_state()
    camera.shows = AssertionError("it was asked")
    with refused("no_picture", name="camera.door"):
        await load(hass, "camera.door")


async def test_an_entity_that_does_not_exist_is_told(
    hass: HomeAssistant, camera: FakeCamera
) -> None:
    # One that somebody only set a state for is no image entity either.
    hass.states.async_set("image.garden", "idle")
    for entity_id in ("camera.garden", "image.garden"):
        with refused("entity_not_found", ServiceValidationError, name=entity_id):
            await load(hass, entity_id)


async def test_a_state_without_a_camera_has_no_picture(
    hass: HomeAssistant, camera: FakeCamera
) -> None:
    hass.states.async_set("camera.garden", "idle")
    with refused("no_picture", name="camera.garden"):
        await load(hass, "camera.garden")


async def test_a_picture_that_is_too_large_is_refused(
    hass: HomeAssistant, camera: FakeCamera
) -> None:
    camera.shows = JPEG.ljust(5 * MB + 1, b"\0")
    with refused("picture_too_large", ServiceValidationError, name="camera.door"):
        await load(hass, "camera.door")


async def test_only_who_may_see_a_camera_may_send_its_picture(
    hass: HomeAssistant, camera: FakeCamera
) -> None:
    user = MockUser(groups=[]).add_to_hass(hass)
    context = Context(user_id=user.id)
    with pytest.raises(Unauthorized) as raised:
        await load(hass, "media-source://camera/camera.door", context=context)
    assert raised.value.entity_id == "camera.door"
    user.mock_policy({"entities": {"entity_ids": {"camera.door": {POLICY_READ: True}}}})
    assert content(await load(hass, "camera.door", context=context)) == JPEG


async def test_an_automation_may_see_every_camera_and_a_stranger_none(
    hass: HomeAssistant, camera: FakeCamera
) -> None:
    assert content(await load(hass, "camera.door", context=Context())) == JPEG
    with pytest.raises(UnknownUser):
        await load(hass, "camera.door", context=Context(user_id="nobody"))


class Speaker(Provider):
    """An engine that knows one language and sounds always the same."""

    name = "Speaker"
    default_language = "en"
    supported_languages = ["en"]  # noqa: RUF012

    @override
    async def async_get_tts_audio(
        self, message: str, language: str, options: dict[str, Any]
    ) -> TtsAudioType:
        """Say something."""
        return ("mp3", MP3) if message else (None, None)


async def set_up_speech(hass: HomeAssistant, folder: Path) -> None:
    """Set up the engine "speaker", which keeps what it says in a folder."""
    # It converts what is in no need of being converted here, and may not be installed.
    hass.config.components.add("ffmpeg")
    mock_integration(hass, MockModule("speaker"))
    platform = Mock(spec=[], async_get_engine=AsyncMock(return_value=Speaker()))
    platform.PLATFORM_SCHEMA = PLATFORM_SCHEMA
    mock_platform(hass, "speaker.tts", platform)
    speech = {"platform": "speaker", "cache_dir": str(folder)}
    assert await async_setup_component(hass, "tts", {"tts": speech})
    await hass.async_block_till_done()


async def test_what_is_spoken_goes_as_a_voice_message(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    await set_up_speech(hass, tmp_path)
    loaded = await load(hass, "media-source://tts/speaker?message=Hello&language=en")
    assert (loaded.mime, loaded.name) == ("audio/mpeg", "tts.mp3")
    assert loaded.send_as is SendAs.VOICE
    assert content(loaded) == MP3


@pytest.mark.parametrize(
    "item",
    [
        "none?message=secret",
        "speaker?language=en",
        "speaker?message=secret&language=xx",
    ],
)
async def test_what_cannot_be_spoken_is_told_without_its_words(
    hass: HomeAssistant, tmp_path: Path, item: str, caplog: pytest.LogCaptureFixture
) -> None:
    with refused("media_source_failed", name="tts"):
        await load(hass, f"media-source://tts/{item}")
    await set_up_speech(hass, tmp_path)
    with refused("media_source_failed", name="tts"):
        await load(hass, f"media-source://tts/{item}")
    assert not [r for r in caplog.records if "zapi" in r.name]


@pytest.fixture
async def media(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Return the folder of the local media."""
    folder = tmp_path / "media"
    folder.mkdir()
    hass.config.media_dirs = {"local": str(folder)}
    hass.config.allowlist_external_dirs = {str(folder)}
    assert await async_setup_component(hass, "media_source", {})
    return folder


LOCAL = "media-source://media_source/local"


async def test_local_media_is_read_from_its_file(
    hass: HomeAssistant, media: Path
) -> None:
    (media / "gato preto.jpg").write_bytes(JPEG)
    loaded = await load(
        hass,
        {
            "media_content_id": f"{LOCAL}/gato preto.jpg",
            "media_content_type": "image/jpeg",
            "metadata": {"title": "gato preto.jpg", "children": None},
        },
    )
    assert content(loaded) == JPEG
    assert (loaded.name, loaded.send_as) == ("gato preto.jpg", SendAs.IMAGE)


async def test_local_media_stays_in_its_folder(
    hass: HomeAssistant, media: Path
) -> None:
    (media.parent / "secrets.jpg").write_bytes(JPEG)
    (media / "cat.jpg").symlink_to(media.parent / "secrets.jpg")
    with refused("path_not_allowed", ServiceValidationError, name="cat.jpg"):
        await load(hass, f"{LOCAL}/cat.jpg")
    with refused("media_source_failed"):
        await load(hass, f"{LOCAL}/../secrets.jpg")


async def test_local_media_that_is_not_there_is_told(
    hass: HomeAssistant, media: Path
) -> None:
    with refused("media_not_found", ServiceValidationError, name="cat.jpg"):
        await load(hass, f"{LOCAL}/cat.jpg")
    for item in ("local/cat.heh", "elsewhere/cat.jpg"):
        with refused("media_source_failed", name=Path(item).name):
            await load(hass, f"media-source://media_source/{item}")


async def test_media_sources_that_are_not_set_up_give_nothing(
    hass: HomeAssistant,
) -> None:
    with refused("media_source_failed", name="cat.jpg"):
        await load(hass, f"{LOCAL}/cat.jpg")


class Shelf(MediaSource):
    """A media source of another integration."""

    def __init__(self) -> None:
        """Offer nothing yet."""
        super().__init__("shelf")
        self.offers: PlayMedia | Exception = Unresolvable("nothing")

    @override
    async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
        """Return what it offers."""
        if isinstance(self.offers, Exception):
            raise self.offers
        return self.offers


@pytest.fixture
async def shelf(hass: HomeAssistant, media: Path) -> Shelf:
    """Return the media source of the integration "shelf"."""
    shelf = Shelf()
    mock_integration(hass, MockModule("shelf"))
    mock_platform(
        hass,
        "shelf.media_source",
        Mock(spec=[], async_get_media_source=AsyncMock(return_value=shelf)),
    )
    assert await async_setup_component(hass, "shelf", {})
    await hass.async_block_till_done()
    return shelf


UPLOADED = {
    "media_content_id": "media-source://shelf/0a1b",
    "media_content_type": "image/png",
    "metadata": {"title": "Rita.png"},
}


async def test_what_a_source_keeps_for_itself_is_read_where_it_lies(
    hass: HomeAssistant, shelf: Shelf, tmp_path: Path
) -> None:
    path = tmp_path / "original"
    path.write_bytes(PNG)
    shelf.offers = PlayMedia("/api/serve/0a1b", "image/png", path=path)
    loaded = await load(hass, UPLOADED)
    assert content(loaded) == PNG
    assert loaded.name == "Rita.png"
    assert (await load(hass, "media-source://shelf/0a1b")).name == "0a1b.png"


async def test_a_sources_public_address_is_left_to_z_api(
    hass: HomeAssistant, shelf: Shelf
) -> None:
    shelf.offers = PlayMedia("https://example.org/clip?id=7", "video/mp4")
    loaded = await load(hass, "media-source://shelf/7")
    assert loaded.media == "https://example.org/clip?id=7"
    assert (loaded.mime, loaded.send_as) == ("video/mp4", SendAs.VIDEO)
    assert loaded.name == "7.mp4"


@pytest.mark.parametrize(
    ("offers", "key", "kind"),
    [
        (Unresolvable("/secret"), "media_source_failed", HomeAssistantError),
        (KeyError("secret"), "media_source_failed", HomeAssistantError),
        (TimeoutError(), "media_source_failed", HomeAssistantError),
        (PlayMedia("cat.jpg", "image/jpeg"), "media_source_failed", HomeAssistantError),
        (
            PlayMedia("https://[a", "image/jpeg"),
            "media_source_failed",
            HomeAssistantError,
        ),
        (
            PlayMedia("http://10.0.0.1/a", "video/mp4"),
            "url_not_allowed",
            ServiceValidationError,
        ),
        (
            PlayMedia("rtsp://10.0.0.1/a", "video/mp4"),
            "media_is_stream",
            ServiceValidationError,
        ),
        (
            PlayMedia("//example.org/a", "video/mp4"),
            "media_is_stream",
            ServiceValidationError,
        ),
        (
            PlayMedia("/api/hls/1/master.m3u8", "application/vnd.apple.mpegurl"),
            "media_is_stream",
            ServiceValidationError,
        ),
    ],
)
async def test_what_a_source_cannot_give_is_told(
    hass: HomeAssistant,
    shelf: Shelf,
    offers: PlayMedia | Exception,
    key: str,
    kind: type[HomeAssistantError],
    caplog: pytest.LogCaptureFixture,
) -> None:
    shelf.offers = offers
    with refused(key, kind):
        await load(hass, "media-source://shelf/7")
    assert "secret" not in caplog.text


class Clips(HomeAssistantView):
    """What Home Assistant itself serves, to whoever may see it."""

    url = "/api/clips/{name}"
    name = "api:clips"

    async def get(self, request: web.Request, name: str) -> web.StreamResponse:
        """Return a clip."""
        match name:
            case "gato preto":
                return web.Response(
                    body=b"\0\0\0\x20ftypisom", content_type="video/mp4"
                )
            case "live":
                return web.Response(
                    body=b"--", content_type="multipart/x-mixed-replace"
                )
            case "moved":
                raise web.HTTPFound("/api/clips/gato%20preto")
        raise web.HTTPNotFound


@pytest.fixture
async def house(
    hass: HomeAssistant, shelf: Shelf, hass_client_no_auth: ClientSessionGenerator
) -> Shelf:
    """Return a shelf whose clips Home Assistant serves."""
    assert await async_setup_component(hass, "http", {})
    hass.http.register_view(Clips())
    server = (await hass_client_no_auth()).server
    assert server.port is not None
    hass.config.api = ApiConfig("127.0.0.1", server.host, server.port, False)
    return shelf


async def test_what_home_assistant_serves_is_fetched_with_a_signature(
    hass: HomeAssistant, house: Shelf
) -> None:
    house.offers = PlayMedia("/api/clips/gato preto", "video/mp4")
    loaded = await load(hass, "media-source://shelf/7")
    assert content(loaded) == b"\0\0\0\x20ftypisom"
    assert (loaded.name, loaded.send_as) == ("7.mp4", SendAs.VIDEO)


@pytest.mark.parametrize(
    ("path", "key", "placeholders"),
    [
        ("none", "fetch_status", {"status": "404"}),
        ("live", "media_is_stream", {}),
        ("moved", "fetch_redirected", {}),
    ],
)
async def test_what_home_assistant_does_not_serve_as_a_file_is_told(
    hass: HomeAssistant,
    house: Shelf,
    path: str,
    key: str,
    placeholders: dict[str, str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    house.offers = PlayMedia(f"/api/clips/{path}", "video/mp4")
    with refused(key, HomeAssistantError, name="shelf", **placeholders):
        await load(hass, "media-source://shelf/7")
    assert not [r for r in caplog.records if "zapi" in r.name]
