"""What a person may give where media is asked for, and what it is taken for."""

from typing import Any

import pytest
import voluptuous as vol
from yarl import URL

from custom_components.zapi.messages.media_reference import (
    MediaKind,
    MediaReference,
    is_public,
)

SELECTED = {"media_content_type": "image/png", "metadata": {"title": "Rita.png"}}


@pytest.mark.parametrize(
    ("given", "kind", "value", "name", "label"),
    [
        ("camera.door", MediaKind.ENTITY, "camera.door", "door", "camera.door"),
        (" image.map ", MediaKind.ENTITY, "image.map", "map", "image.map"),
        (
            "media-source://camera/camera.door",
            MediaKind.ENTITY,
            "camera.door",
            "door",
            "camera.door",
        ),
        (
            {
                "media_content_id": "media-source://image/image.map",
                "media_content_type": "image/png",
            },
            MediaKind.ENTITY,
            "image.map",
            "map",
            "image.map",
        ),
        (
            "media-source://media_source/local/a b/cat.jpg",
            MediaKind.LOCAL,
            "media-source://media_source/local/a b/cat.jpg",
            "cat.jpg",
            "cat.jpg",
        ),
        (
            {"media_content_id": "media-source://image_upload/0a1b", **SELECTED},
            MediaKind.SOURCE,
            "media-source://image_upload/0a1b",
            "Rita.png",
            "image_upload",
        ),
        (
            "media-source://tts/tts.demo?message=I+love+you/Maria",
            MediaKind.SPEECH,
            "media-source://tts/tts.demo?message=I+love+you/Maria",
            "tts",
            "tts",
        ),
        (
            {"media_content_id": "/media/a/cat.jpg", "media_content_type": "image/*"},
            MediaKind.PATH,
            "/media/a/cat.jpg",
            "cat.jpg",
            "cat.jpg",
        ),
        ("/", MediaKind.PATH, "/", "/", "/"),
        (
            "https://example.org/a/gato%20preto.jpg?key=secret",
            MediaKind.URL,
            "https://example.org/a/gato%20preto.jpg?key=secret",
            "gato preto.jpg",
            "example.org",
        ),
        (
            "http://user:secret@nas.local:8080/",
            MediaKind.URL,
            "http://user:secret@nas.local:8080/",
            "nas.local",
            "nas.local",
        ),
    ],
)
def test_all_that_can_be_chosen_or_written_is_understood(
    given: Any, kind: MediaKind, value: str, name: str, label: str
) -> None:
    reference = MediaReference.parse(given)
    assert reference == MediaReference(kind, value, name, label)
    assert "secret" not in f"{reference} {reference.label}"


@pytest.mark.parametrize(
    "given",
    [
        None,
        7,
        "",
        [],
        {},
        {"media_content_id": 7},
        {"media_content_id": "", "media_content_type": ""},
        {"media_content_id": "camera.door", "entity_id": "media_player.tv"},
        "cat.jpg",
        "../cat.jpg",
        "~/cat.jpg",
        "light.kitchen",
        "camera.",
        "media-source://",
        "media-source://tts",
        "media-source://camera/light.kitchen",
        "media-source://image//etc/passwd",
        "ftp://example.org/cat.jpg",
        "file:///etc/passwd",
        "rtsp://camera/stream",
        "data:image/png;base64,AAAA",
        "https://",
        "https://[cat",
        "/media/cat\0.jpg",
    ],
)
def test_what_is_no_media_is_refused(given: Any) -> None:
    with pytest.raises(vol.Invalid):
        MediaReference.parse(given)


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://example.org/cat.jpg", True),
        ("https://example.org./cat.jpg", True),
        ("https://8.8.8.8/cat.jpg", True),
        ("https://localhost.example.org/cat.jpg", True),
        ("http://example.org/cat.jpg", False),
        ("https://192.168.1.5/cat.jpg", False),
        ("https://127.0.0.1/cat.jpg", False),
        ("https://100.64.0.1/cat.jpg", False),
        ("https://169.254.1.1/cat.jpg", False),
        ("https://[::1]/cat.jpg", False),
        ("https://[fd00::1]/cat.jpg", False),
        ("https://[::ffff:192.168.1.5]/cat.jpg", False),
        ("https://127.1/cat.jpg", False),
        ("https://0x7f.1/cat.jpg", False),
        ("https://nas/cat.jpg", False),
        ("https://nas.local/cat.jpg", False),
        ("https://nas.LAN./cat.jpg", False),
        ("https://nas.home.arpa/cat.jpg", False),
        ("https://localhost/cat.jpg", False),
    ],
)
def test_only_https_outside_a_house_is_public(url: str, public: bool) -> None:
    assert is_public(URL(url)) is public
