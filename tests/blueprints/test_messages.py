"""The blueprints about messages, filled in and run as a person does it."""

from collections.abc import Iterator
from http import HTTPStatus
import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.components import automation
from homeassistant.components.camera import Image
from homeassistant.core import Event, HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_mock_service,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.zapi.api import IncomingMedia, Message, MessageKind
from simulator import Gateway, Instance
from tests.actions import GROUP, JOAO, MARIA
from tests.common import PHONE
from tests.messages.asking import House
from tests.messages.incoming import message

TEXTS = Path(__file__).parents[2] / "blueprints" / "texts"
CAMERA = "camera.gate"
PICTURE = "https://example.org/picture.jpg"
PIXEL = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
ASK = {
    "when": {"trigger": "event", "event_type": "rang"},
    "recipients": ["notify.maria"],
    "cameras": [CAMERA],
    "accept_actions": [{"event": "did", "event_data": {"what": "accepted"}}],
    "decline_actions": [{"event": "did", "event_data": {"what": "declined"}}],
}


@pytest.fixture(params=["en", "es", "pt-BR"])
def language(request: pytest.FixtureRequest) -> str:
    """Return each language in turn."""
    return str(request.param)


@pytest.fixture
def texts(language: str) -> dict[str, dict[str, str]]:
    """Return what the blueprints say in that language."""
    read: dict[str, dict[str, str]] = json.loads(
        (TEXTS / f"{language}.json").read_text()
    )
    return read


@pytest.fixture
async def home(hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway) -> House:
    """Return a house that receives messages, and has a camera."""
    assert await async_setup_component(hass, "camera", {})
    hass.states.async_set(CAMERA, "idle")
    return House(hass, house, gateway)


@pytest.fixture(autouse=True)
def _camera() -> Iterator[None]:
    """Let the camera have a picture."""
    with patch(
        "homeassistant.components.camera.async_get_image",
        return_value=Image("image/png", PIXEL),
    ):
        yield


@pytest.fixture
def did(hass: HomeAssistant) -> list[Event]:
    """Return what was done after the answer."""
    return async_capture_events(hass, "did")


@pytest.fixture
async def phone(hass: HomeAssistant) -> str:
    """Return the device of a phone with the app."""
    entry = MockConfigEntry(
        domain="mobile_app",
        data={
            "app_data": {"push_token": "token", "push_url": "https://push.example.org"},
            "app_id": "io.robbie.HomeAssistant",
            "app_name": "Home Assistant",
            "app_version": "2026.10",
            "device_id": "phone",
            "device_name": "Phone",
            "manufacturer": "Apple",
            "model": "iPhone",
            "os_name": "iOS",
            "os_version": "20",
            "supports_encryption": False,
            "user_id": "user",
            "webhook_id": "phone",
        },
    )
    entry.add_to_hass(hass)
    assert await async_setup_component(hass, "mobile_app", {})
    await hass.async_block_till_done()
    [device] = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return device.id


@pytest.fixture
def notified(hass: HomeAssistant, phone: str) -> list[ServiceCall]:
    """Return what the phone was sent."""
    return async_mock_service(hass, "notify", "mobile_app_phone")


async def _automate(hass: HomeAssistant, blueprint: str, **inputs: Any) -> None:
    """Make an automation from a blueprint."""
    config = {"use_blueprint": {"path": f"zapi/{blueprint}.yaml", "input": inputs}}
    assert await async_setup_component(hass, automation.DOMAIN, {"automation": config})
    await hass.async_block_till_done()
    assert hass.states.async_entity_ids_count(automation.DOMAIN) == 1


async def test_whoever_is_asked_sees_the_picture_and_decides(
    hass: HomeAssistant,
    home: House,
    did: list[Event],
    language: str,
    texts: dict[str, dict[str, str]],
) -> None:
    said = texts["ask_before_acting"]
    await _automate(hass, f"ask_before_acting.{language}", **ASK)

    for answer, what in (("1", "accepted"), (said["decline_default"], "declined")):
        hass.bus.async_fire("rang")
        await home.until_queued(2)
        (picture, _), (_, question) = home.sent()
        home.heard.receive(message(answer))
        await home.settle()

        assert picture == "send-image"
        assert question["message"] == (
            f"{said['question_default']}\n\n"
            f"1. {said['accept_default']}\n2. {said['decline_default']}"
        )
        assert did.pop().data == {"what": what}
        assert [path for path, _ in home.sent()] == ["send-reaction"]
        home.queued.clear()


async def test_nobody_who_answers_is_a_no(
    hass: HomeAssistant, home: House, did: list[Event]
) -> None:
    inputs = ASK | {"timeout": {"milliseconds": 1}, "cameras": []}
    await _automate(hass, "ask_before_acting.en", **inputs)

    hass.bus.async_fire("rang")
    await hass.async_block_till_done()

    assert [path for path, _ in home.sent()] == ["send-text"]
    assert [event.data["what"] for event in did] == ["declined"]


async def test_one_question_is_open_at_a_time(
    hass: HomeAssistant, home: House, did: list[Event]
) -> None:
    await _automate(hass, "ask_before_acting.en", **ASK)

    hass.bus.async_fire("rang")
    await home.until_queued(2)
    hass.bus.async_fire("rang")
    home.heard.receive(message("1"))
    await home.settle()

    paths = [path for path, _ in home.sent()]
    assert paths == ["send-image", "send-text", "send-reaction"]
    assert len(did) == 1


async def test_who_asks_for_the_camera_is_answered_with_its_picture(
    hass: HomeAssistant,
    home: House,
    language: str,
    texts: dict[str, dict[str, str]],
) -> None:
    chats = {"entity_id": ["event.maria_message", "event.familia_message"]}
    await _automate(
        hass, f"camera_on_request.{language}", chats=chats, cameras=[CAMERA]
    )
    word = texts["camera_on_request"]["text_default"]

    for said in (
        message(word.upper(), message_id="ASKED"),
        message(word, message_id="GROUP", where=GROUP, author=JOAO),
        message(f"{word} gate"),
        message(word, where=JOAO),
    ):
        home.heard.receive(said)
    await home.settle()

    assert [(path, body["phone"], body["messageId"]) for path, body in home.sent()] == [
        ("send-image", MARIA, "ASKED"),
        ("send-image", GROUP, "GROUP"),
    ]


def _media(kind: MessageKind, text: str | None = None) -> Message:
    return message(text, kind=kind, media=IncomingMedia(PICTURE, "image/jpeg"))


async def test_the_phone_shows_what_a_recipient_writes(
    hass: HomeAssistant,
    home: House,
    phone: str,
    notified: list[ServiceCall],
    language: str,
    texts: dict[str, dict[str, str]],
) -> None:
    said = texts["forward_to_phone"]
    chats = {"entity_id": ["event.maria_message", "event.familia_message"]}
    await _automate(hass, f"forward_to_phone.{language}", chats=chats, phone=phone)

    home.heard.receive(message("[1, 2]"), age=3600)
    home.heard.receive(_media(MessageKind.IMAGE, "O portão"))
    home.heard.receive(_media(MessageKind.VOICE))
    home.heard.receive(message(None, kind=MessageKind.ORDER))
    home.heard.receive(message("Oi", where=GROUP, author=JOAO))
    home.heard.receive(message("Oi", where=JOAO))
    await hass.async_block_till_done()

    assert [
        (call.data["title"], call.data["message"], call.data["data"])
        for call in notified
    ] == [
        ("WhatsApp: Maria", "💬 [1, 2]", {}),
        ("WhatsApp: Maria", "💬 O portão", {"image": PICTURE}),
        ("WhatsApp: Maria", said["voice"], {}),
        ("WhatsApp: Maria", said["other"], {}),
        ("WhatsApp: João · Família", "💬 Oi", {}),
    ]


async def test_an_image_that_the_gateway_has_lost_is_shown_without(
    hass: HomeAssistant, home: House, phone: str, notified: list[ServiceCall]
) -> None:
    chats = {"entity_id": "event.maria_message"}
    await _automate(hass, "forward_to_phone.en", chats=chats, phone=phone)

    lost = IncomingMedia(None, "image/jpeg")
    home.heard.receive(message(None, kind=MessageKind.IMAGE, media=lost))
    await hass.async_block_till_done()

    [call] = notified
    assert call.data["data"] == {}


async def test_the_phone_is_sent_the_code_when_a_number_drops(
    hass: HomeAssistant,
    home: House,
    gateway: Gateway,
    instance: Instance,
    phone: str,
    notified: list[ServiceCall],
    hass_client: ClientSessionGenerator,
    language: str,
) -> None:
    await _automate(
        hass,
        f"disconnected_qr_code.{language}",
        connected=["binary_sensor.casa_whatsapp"],
        phone=phone,
        wait={"seconds": 0},
    )

    await gateway.disconnect(instance)
    await home.settle()

    [call] = notified
    assert call.data["message"].startswith("Casa: ")
    data = call.data["data"]
    device = dr.async_get(hass).async_get(data["url"].rpartition("/")[2])
    assert device and device.name == "Casa"
    assert data["clickAction"] == data["url"]
    shown = await (await hass_client()).get(data["image"])
    assert shown.status == HTTPStatus.OK
    assert shown.content_type == "image/png"
    # The number is the house's, and no business of the push service.
    assert PHONE not in str(call.data)
