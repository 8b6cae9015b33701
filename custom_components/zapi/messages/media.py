"""Media in one field: from what a person gave to what Z-API takes."""

from collections.abc import Callable
from dataclasses import replace
import io
from typing import Final

from aiohttp import ClientError
from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import Context, HomeAssistant, split_entity_id
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from yarl import URL

from .caller import Caller
from .media_reading import LoadedMedia, async_fetch, encode, hand_over, read_path
from .media_reference import MediaKind, MediaReference, is_public
from .media_types import SendAs, Wanted, named_type

# What other integrations raise when they cannot give what they offered; a local file
# of a kind that is not known fails an assertion.
_FAILURES: Final = (
    *(AssertionError, ClientError, HomeAssistantError),
    *(LookupError, OSError, ValueError),
)


async def async_load(
    hass: HomeAssistant,
    reference: MediaReference,
    *,
    send_as: SendAs = SendAs.AUTO,
    file_name: str | None = None,
    context: Context | None = None,
) -> LoadedMedia:
    """Return media ready for Z-API, or say why it cannot be sent.

    Args:
        hass: where it is.
        reference: what was given.
        send_as: what it shall become in the chat.
        file_name: how it shall be called, with or without an extension.
        context: of the action; whoever called it must be allowed to see the entity.

    Raises:
        ServiceValidationError: WhatsApp does not take it, or it may not be read.
        HomeAssistantError: whoever was to give it did not.
        Unauthorized: the caller may not see the entity.
    """
    wanted = Wanted(
        label=reference.label,
        name=file_name or reference.name,
        send_as=send_as,
        claimed=named_type(reference.name) or named_type(file_name or ""),
    )
    match reference.kind:
        case MediaKind.ENTITY:
            if context:
                caller = await Caller.async_of(hass, context)
                caller.check_entity(reference.value, POLICY_READ)
            return await _async_load_picture(hass, reference.value, wanted)
        case MediaKind.SPEECH:
            return await _async_load_speech(hass, reference.value, wanted)
        case MediaKind.PATH:
            return await _async_load_file(
                hass, reference.value, wanted, hass.config.is_allowed_path
            )
        case MediaKind.URL:
            return await _async_load_url(hass, URL(reference.value), wanted)
    return await _async_load_source(hass, reference, wanted)


async def _async_load_picture(
    hass: HomeAssistant, entity_id: str, wanted: Wanted
) -> LoadedMedia:
    """Load the picture that a camera or an image entity shows now."""
    state = hass.states.get(entity_id)
    domain = split_entity_id(entity_id)[0]
    if state is None or domain not in hass.config.components:
        raise wanted.refusal("entity_not_found")
    if state.state == STATE_UNAVAILABLE:
        raise wanted.failure("no_picture")
    load = _async_camera_picture if domain == "camera" else _async_image_picture
    content, mime = await load(hass, entity_id, wanted)
    return await _async_encode(hass, content, replace(wanted, claimed=mime))


async def _async_camera_picture(
    hass: HomeAssistant, entity_id: str, wanted: Wanted
) -> tuple[bytes, str]:
    from homeassistant.components import camera  # noqa: PLC0415

    entity = hass.data[camera.DATA_COMPONENT].get_entity(entity_id)
    if entity is not None and not entity.is_on:
        raise wanted.failure("camera_off")
    try:
        picture = await camera.async_get_image(hass, entity_id)
    except _FAILURES:
        raise wanted.failure("no_picture") from None
    return picture.content, picture.content_type


async def _async_image_picture(
    hass: HomeAssistant, entity_id: str, wanted: Wanted
) -> tuple[bytes, str]:
    from homeassistant.components import image  # noqa: PLC0415

    try:
        picture = await image.async_get_image(hass, entity_id)
    except _FAILURES:
        raise wanted.failure("no_picture") from None
    return picture.content, picture.content_type


async def _async_load_speech(
    hass: HomeAssistant, media_id: str, wanted: Wanted
) -> LoadedMedia:
    """Load what a text-to-speech engine says."""
    if "tts" not in hass.config.components:
        raise wanted.failure("media_source_failed")
    from homeassistant.components import tts  # noqa: PLC0415

    try:
        extension, speech = await tts.async_get_media_source_audio(hass, media_id)
    except _FAILURES:
        raise wanted.failure("media_source_failed") from None
    wanted = replace(wanted, claimed=named_type(f"speech.{extension}"))
    return await _async_encode(hass, speech, wanted)


async def _async_load_source(
    hass: HomeAssistant, reference: MediaReference, wanted: Wanted
) -> LoadedMedia:
    """Load what a media source resolves to: a file, a path of ours or an address."""
    if "media_source" not in hass.config.components:
        raise wanted.failure("media_source_failed")
    from homeassistant.components import media_source  # noqa: PLC0415

    try:
        found = await media_source.async_resolve_media(hass, reference.value, None)
        url = URL(found.url)
    except _FAILURES:
        raise wanted.failure("media_source_failed") from None
    wanted.check_is_file(found.mime_type)
    wanted = replace(wanted, claimed=wanted.claimed or found.mime_type)
    if found.path is not None:
        # Other sources keep their files where only they may look.
        is_local = reference.kind is MediaKind.LOCAL
        may_read = hass.config.is_allowed_path if is_local else lambda _: True
        return await _async_load_file(hass, str(found.path), wanted, may_read)
    if not url.absolute:
        return await _async_load_own(hass, found.url, wanted)
    if url.scheme not in ("http", "https"):
        raise wanted.refusal("media_is_stream")
    return await _async_load_url(hass, url, wanted)


async def _async_load_file(
    hass: HomeAssistant, path: str, wanted: Wanted, is_allowed: Callable[[str], bool]
) -> LoadedMedia:
    return await hass.async_add_executor_job(read_path, path, wanted, is_allowed)


async def _async_load_url(hass: HomeAssistant, url: URL, wanted: Wanted) -> LoadedMedia:
    """Leave a public address to Z-API; fetch another, where that is allowed."""

    def is_allowed(url: URL) -> bool:
        return url.scheme in ("http", "https") and hass.config.is_allowed_external_url(
            str(url)
        )

    if is_public(url):
        return hand_over(str(url), wanted)
    if not is_allowed(url):
        raise wanted.refusal("url_not_allowed")
    session = async_get_clientsession(hass)
    content, mime = await async_fetch(session, url, wanted, is_allowed)
    wanted = replace(wanted, claimed=wanted.claimed or mime)
    return await _async_encode(hass, content, wanted)


async def _async_load_own(
    hass: HomeAssistant, path: str, wanted: Wanted
) -> LoadedMedia:
    """Load what this Home Assistant serves."""
    from homeassistant.components.media_player import async_process_play_media_url  # noqa: PLC0415

    api = hass.config.api
    if api is None or not path.startswith("/"):
        raise wanted.failure("media_source_failed")
    signed = async_process_play_media_url(hass, path, allow_relative_url=True)
    root = URL.build(
        scheme="https" if api.use_ssl else "http", host=api.host, port=api.port
    )
    # It is asked by its address, for which no certificate is made out.
    session = async_get_clientsession(hass, verify_ssl=False)
    content, mime = await async_fetch(
        session, URL(f"{root}{signed}", encoded=True), wanted, lambda _: False
    )
    wanted = replace(wanted, claimed=wanted.claimed or mime)
    return await _async_encode(hass, content, wanted)


async def _async_encode(
    hass: HomeAssistant, content: bytes | bytearray, wanted: Wanted
) -> LoadedMedia:
    def encode_content() -> LoadedMedia:
        return encode(io.BytesIO(content), len(content), wanted)

    return await hass.async_add_executor_job(encode_content)
