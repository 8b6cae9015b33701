"""The events of received messages: what they show, and what is kept of it."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.db_schema import StateAttributes, States
from homeassistant.components.recorder.util import session_scope
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er, restore_state
from homeassistant.helpers.event import async_track_state_change_event
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from pytest_homeassistant_custom_component.typing import RecorderInstanceContextManager

from custom_components.zapi.api import IncomingMedia, MessageKind
from custom_components.zapi.event import MESSAGE
from simulator import ALL, Gateway

from .actions import GROUP, JOAO, LID, MARIA
from .common import (
    INSTANCE_ID,
    PHONE,
    Disk,
    async_add_recipients,
    async_wait,
    recipient,
    state_of,
)
from .messages.incoming import Heard, async_restart, message

CASA = "event.casa_message"
ANY_MARIA = "event.maria_message"
FAMILY = "event.familia_message"
ALL_EVENTS = {CASA, ANY_MARIA, FAMILY, "event.joao_message", "event.me_message"}
URL = "https://media.example.org/secret.jpeg"
SECRETS = ("Secret", URL, MARIA, LID, JOAO, "SECRETID")


@pytest.fixture
async def mock_recorder_before_hass(
    async_test_recorder: RecorderInstanceContextManager,
) -> None:
    """Let a recorder be there before Home Assistant, where a test asks for one."""


@pytest.fixture
def heard(clock: FrozenDateTimeFactory, house: MockConfigEntry) -> Heard:
    """Return who takes in the messages of the house."""
    return Heard(house)


def shown(hass: HomeAssistant, entity_id: str) -> dict[str, Any]:
    """Return what an event shows but for its name and the types that there are."""
    state = hass.states.get(entity_id)
    assert state
    fixed = ("event_types", "friendly_name")
    return {
        name: value for name, value in state.attributes.items() if name not in fixed
    }


def fired(hass: HomeAssistant) -> set[str]:
    """Return which events have happened."""
    return {one for one in ALL_EVENTS if state_of(hass, one) != STATE_UNKNOWN}


async def test_each_recipient_has_an_event_and_the_instance_has_one(
    hass: HomeAssistant, house: MockConfigEntry, entity_registry: er.EntityRegistry
) -> None:
    assert set(hass.states.async_entity_ids("event")) == {
        *ALL_EVENTS,
        "event.casa_connection",
    }
    [maria] = [one for one in house.subentries.values() if one.title == "Maria"]
    entity = entity_registry.async_get(ANY_MARIA)
    assert entity
    assert entity.unique_id == f"{maria.subentry_id}_message"
    assert entity.config_subentry_id == maria.subentry_id
    notifier = entity_registry.async_get("notify.maria")
    assert notifier
    assert entity.device_id == notifier.device_id
    of_all = entity_registry.async_get(CASA)
    assert of_all
    assert of_all.unique_id == f"{INSTANCE_ID}_message"


async def test_a_recipient_that_comes_has_an_event_at_once_and_takes_it_along(
    hass: HomeAssistant, heard: Heard, house: MockConfigEntry, set_ups: list[str]
) -> None:
    ana = recipient("Ana", "5511988887777")
    await async_add_recipients(hass, house, ana)
    heard.receive(message(where="5511988887777"))
    assert shown(hass, "event.ana_message")["event_type"] == "text"
    hass.config_entries.async_remove_subentry(house, ana.subentry_id)
    await hass.async_block_till_done()
    assert hass.states.get("event.ana_message") is None
    assert heard.receive(message())
    assert set_ups == []


@pytest.mark.parametrize(
    ("kind", "shown_as"),
    [
        *((kind, kind.value) for kind in list(MessageKind)[:15]),
        (MessageKind.ACCOUNT, "other"),
        (MessageKind.REGISTRATION_CODE, "other"),
        (MessageKind.BUTTONS, "other"),
        (MessageKind.LIST, "other"),
        (MessageKind.TEMPLATE, "other"),
        (MessageKind.CAROUSEL, "other"),
        (MessageKind.PIX, "other"),
        (MessageKind.PRODUCT, "other"),
        (MessageKind.ORDER, "other"),
        (MessageKind.PAYMENT, "other"),
        (MessageKind.EVENT, "other"),
        (MessageKind.PIN, "other"),
        (MessageKind.INVITE, "other"),
        (MessageKind.UNKNOWN, "other"),
    ],
)
async def test_each_kind_is_an_event_of_a_type_that_is_offered(
    hass: HomeAssistant, heard: Heard, kind: MessageKind, shown_as: str
) -> None:
    heard.receive(message(kind=kind))
    assert shown(hass, CASA)["event_type"] == shown_as
    heard.receive(message(kind=kind, edit_id="E1"))
    assert shown(hass, CASA)["event_type"] == "edited"
    assert MESSAGE.event_types == [
        *("text", "image", "video", "audio", "voice", "document", "sticker"),
        *("location", "contact", "reaction", "choice", "poll", "call", "group"),
        *("deleted", "edited", "other"),
    ]


async def test_a_waiting_message_is_no_event(hass: HomeAssistant, heard: Heard) -> None:
    heard.receive(message(None, kind=MessageKind.WAITING))
    assert fired(hass) == set()


async def test_an_event_shows_the_message(hass: HomeAssistant, heard: Heard) -> None:
    picture = message(
        "Gate " * 400,
        message_id="A",
        kind=MessageKind.IMAGE,
        where=LID,
        media=IncomingMedia(URL, "image/jpeg"),
    )
    heard.receive(picture)
    assert fired(hass) == {CASA, ANY_MARIA}
    for entity_id in (CASA, ANY_MARIA):
        assert shown(hass, entity_id) == {
            "event_type": "image",
            "message_id": "A",
            "chat": LID,
            "sender": "Maria",
            "text": ("Gate " * 400)[:1000],
            "media_url": URL,
            "late": False,
        }


@pytest.mark.parametrize(
    ("author", "name", "sender"),
    [
        (JOAO, "J.", "João"),
        ("5511988887777", "Ana", "Ana"),
        ("5511988887777", None, "5511988887777"),
        ("555566667777888@lid", None, "555566667777888@lid"),
        (None, None, None),
    ],
)
async def test_a_message_in_a_group_is_the_groups_and_names_its_author(
    hass: HomeAssistant,
    heard: Heard,
    author: str | None,
    name: str | None,
    sender: str | None,
) -> None:
    heard.receive(message(where=GROUP, author=author, name=name))
    assert fired(hass) == {CASA, FAMILY}
    assert shown(hass, FAMILY)["sender"] == sender
    assert shown(hass, FAMILY)["chat"] == GROUP


async def test_a_late_message_is_shown_as_such(
    hass: HomeAssistant, heard: Heard
) -> None:
    heard.receive(message(), 7200)
    assert shown(hass, ANY_MARIA)["late"] is True


async def test_own_messages_and_those_of_strangers_are_not_shown(
    hass: HomeAssistant, heard: Heard
) -> None:
    heard.receive(message(from_me=True))
    heard.receive(message(where="5511988887777"))
    assert fired(hass) == set()
    heard.receive(message(where=PHONE, from_me=True))
    assert fired(hass) == {CASA, "event.me_message"}


async def test_a_message_has_one_context_wherever_it_is_shown(
    hass: HomeAssistant, heard: Heard
) -> None:
    received = heard.receive(message())
    assert received
    for entity_id in (CASA, ANY_MARIA):
        state = hass.states.get(entity_id)
        assert state
        assert state.context is received.context


async def test_messages_of_one_moment_are_events_each(
    hass: HomeAssistant, heard: Heard
) -> None:
    states: list[str] = []

    @callback
    def note(event: Event[Any]) -> None:
        states.append(event.data["new_state"].state)

    async_track_state_change_event(hass, CASA, note)
    for _ in range(3):
        heard.receive(message())
    await hass.async_block_till_done()
    assert len(set(states)) == 3


async def test_an_event_is_available_while_the_gateway_is_away(
    hass: HomeAssistant, heard: Heard, gateway: Gateway, clock: FrozenDateTimeFactory
) -> None:
    gateway.faults.http_5xx = ALL
    for _ in range(4):
        await async_wait(hass, clock, 61)
    assert state_of(hass, "binary_sensor.casa_whatsapp") == "unavailable"
    assert state_of(hass, ANY_MARIA) == STATE_UNKNOWN
    heard.receive(message())
    assert fired(hass) == {CASA, ANY_MARIA}


def secret_message() -> Any:
    """Return a message in which everything is secret."""
    return message(
        "Secret",
        message_id="SECRETID",
        lid=LID,
        kind=MessageKind.IMAGE,
        name="Maria Secret",
        media=IncomingMedia(URL, "image/jpeg"),
    )


async def stored_states(hass: HomeAssistant, disk: Disk) -> str:
    """Return what Home Assistant writes of states to restore, as it does every 15 minutes."""
    await restore_state.RestoreStateData.async_save_persistent_states(hass)
    return str(disk["core.restore_state"])


@pytest.mark.parametrize("kill", [False, True])
async def test_nothing_that_was_written_is_stored_to_be_restored(
    hass: HomeAssistant,
    heard: Heard,
    house: MockConfigEntry,
    hass_storage: Disk,
    clock: FrozenDateTimeFactory,
    kill: bool,
) -> None:
    heard.receive(secret_message())
    before = {one: state_of(hass, one) for one in (CASA, ANY_MARIA)}
    stored = await stored_states(hass, hass_storage)
    assert "event.casa_connection" in stored
    assert not [secret for secret in SECRETS if secret in stored]
    clock.tick(3600)
    await async_restart(hass, house, kill=kill)
    stored = await stored_states(hass, hass_storage)
    assert not [secret for secret in SECRETS if secret in stored]
    for entity_id, state in before.items():
        assert state_of(hass, entity_id) == (STATE_UNKNOWN if kill else state)
        kind = None if kill else "image"
        assert shown(hass, entity_id) == {"event_type": kind}


async def test_a_reload_brings_back_type_and_moment_alone(
    hass: HomeAssistant, heard: Heard, house: MockConfigEntry, hass_storage: Disk
) -> None:
    heard.receive(secret_message())
    before = state_of(hass, ANY_MARIA)
    await hass.config_entries.async_unload(house.entry_id)
    stored = await stored_states(hass, hass_storage)
    assert not [secret for secret in SECRETS if secret in stored]
    await hass.config_entries.async_setup(house.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state_of(hass, ANY_MARIA) == before
    assert shown(hass, ANY_MARIA) == {"event_type": "image"}


async def test_an_event_under_another_id_goes_on(
    hass: HomeAssistant,
    heard: Heard,
    hass_storage: Disk,
    entity_registry: er.EntityRegistry,
) -> None:
    heard.receive(secret_message())
    entity_registry.async_update_entity(ANY_MARIA, new_entity_id="event.mae")
    await hass.async_block_till_done()
    stored = await stored_states(hass, hass_storage)
    assert not [secret for secret in SECRETS if secret in stored]
    heard.receive(message(message_id="B"))
    assert shown(hass, "event.mae")["message_id"] == "B"


async def test_the_recorder_keeps_type_and_moment_alone(
    recorder_mock: Recorder, hass: HomeAssistant, heard: Heard
) -> None:
    heard.receive(secret_message())
    await async_wait_recording_done(hass)

    def rows() -> tuple[list[Any], list[Any]]:
        with session_scope(hass=hass, read_only=True) as session:
            states = [row.state for row in session.query(States)]
            kept = [row.shared_attrs for row in session.query(StateAttributes)]
            return states, kept

    states, kept = await recorder_mock.async_add_executor_job(rows)
    assert state_of(hass, ANY_MARIA) in states
    assert [one for one in kept if '"event_type":"image"' in one]
    of_events = [one for one in kept if '"event_type":"image"' in one]
    assert not [secret for secret in SECRETS for one in of_events if secret in one]
