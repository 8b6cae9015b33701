"""The triggers, used by automations as a person makes them."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import automation
from homeassistant.const import (
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    Platform,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.zapi.message_triggers import MESSAGE_TRIGGERS
from simulator import ALL, Gateway, Instance, State

from .common import async_set_up, async_wait, state_of
from .translations import LANGUAGES

CONNECTED = "binary_sensor.casa_whatsapp"
OTHER = "binary_sensor.loja_whatsapp"
SMARTPHONE = "binary_sensor.casa_smartphone"
WEBHOOK = "binary_sensor.casa_webhook"
TRIGGERS = ["zapi.connected", "zapi.disconnected"]
OF_MESSAGES = [f"zapi.{key}" for key in sorted(MESSAGE_TRIGGERS)]
ALL_TRIGGERS = sorted([*OF_MESSAGES, *TRIGGERS])

type Told = list[tuple[str, str]]


class Runs:
    """What the automations told."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin to listen."""
        self._events = async_capture_events(hass, "told")

    def __call__(self) -> Told:
        """Return the trigger and the entity of each run, and forget them."""
        told = [(event.data["by"], event.data["entity_id"]) for event in self._events]
        self._events.clear()
        return told


@pytest.fixture
def told(hass: HomeAssistant) -> Runs:
    """Return what tells what ran."""
    return Runs(hass)


async def automate(hass: HomeAssistant, target: Any, **options: Any) -> None:
    """Make an automation of each trigger."""
    config = [
        {
            "triggers": {
                "trigger": trigger,
                "target": target if isinstance(target, dict) else {"entity_id": target},
                "options": options,
            },
            "actions": {
                "event": "told",
                "event_data": {
                    "by": trigger.removeprefix("zapi."),
                    "entity_id": "{{ trigger.entity_id }}",
                },
            },
            "mode": "parallel",
        }
        for trigger in TRIGGERS
    ]
    assert await async_setup_component(hass, automation.DOMAIN, {"automation": config})
    await hass.async_block_till_done()
    assert hass.states.async_entity_ids_count(automation.DOMAIN) == len(TRIGGERS)


class Outage:
    """A time in which the gateway cannot be reached."""

    def __init__(
        self, hass: HomeAssistant, clock: FrozenDateTimeFactory, gateway: Gateway
    ) -> None:
        """Do nothing yet."""
        self._hass, self._clock, self._gateway = hass, clock, gateway

    async def begin(self) -> None:
        """Fail until the entities are unavailable."""
        self._gateway.faults.http_5xx = ALL
        for _ in range(4):
            await async_wait(self._hass, self._clock, 61)
        assert state_of(self._hass, CONNECTED) == STATE_UNAVAILABLE

    async def end(self, state: str) -> None:
        """Answer again, until the entities show it."""
        self._gateway.faults.clear()
        await async_wait(self._hass, self._clock, 61)
        assert state_of(self._hass, CONNECTED) == state


@pytest.fixture
def outage(
    hass_with_url: HomeAssistant, clock: FrozenDateTimeFactory, gateway: Gateway
) -> Outage:
    """Return what makes an outage."""
    return Outage(hass_with_url, clock, gateway)


async def test_each_change_runs_its_trigger_once_and_names_the_number(
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    told: Runs,
) -> None:
    await automate(hass_with_url, CONNECTED)

    await gateway.disconnect(instance)
    await hass_with_url.async_block_till_done()
    assert told() == [("disconnected", CONNECTED)]

    await gateway.connect(instance)
    await hass_with_url.async_block_till_done()
    assert told() == [("connected", CONNECTED)]

    await gateway.connect(instance)
    await hass_with_url.async_block_till_done()
    assert told() == []


async def test_the_device_of_a_number_can_be_picked(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    gateway: Gateway,
    instance: Instance,
    told: Runs,
) -> None:
    entity = entity_registry.async_get(CONNECTED)
    assert entity
    await automate(hass_with_url, {"device_id": entity.device_id})

    gateway.phone_offline(instance)
    await async_wait(hass_with_url, clock, 61)
    assert state_of(hass_with_url, SMARTPHONE) == STATE_OFF
    assert told() == []

    await gateway.disconnect(instance)
    await hass_with_url.async_block_till_done()
    assert told() == [("disconnected", CONNECTED)]


async def test_entities_that_show_something_else_run_nothing(
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    told: Runs,
) -> None:
    foreign = entity_registry.async_get_or_create(
        Platform.BINARY_SENSOR, "other", "1_connected"
    ).entity_id
    others = [SMARTPHONE, WEBHOOK, foreign, "binary_sensor.unregistered_connected"]
    await automate(hass_with_url, others)

    for state in (STATE_ON, STATE_OFF, STATE_ON):
        for entity_id in others:
            hass_with_url.states.async_set(entity_id, state)
        await hass_with_url.async_block_till_done()

    assert told() == []


async def test_a_drop_that_an_outage_hid_is_told_once(
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    instance: Instance,
    outage: Outage,
    told: Runs,
) -> None:
    await automate(hass_with_url, CONNECTED)

    await outage.begin()
    instance.state = State.LOST_SESSION
    await outage.end(STATE_OFF)
    assert told() == [("disconnected", CONNECTED)]

    await outage.begin()
    await outage.end(STATE_OFF)
    assert told() == []

    await outage.begin()
    instance.state = State.CONNECTED
    await outage.end(STATE_ON)
    assert told() == [("connected", CONNECTED)]


async def test_a_callback_that_ends_an_outage_is_told_once(
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    outage: Outage,
    told: Runs,
) -> None:
    await automate(hass_with_url, CONNECTED)
    await outage.begin()

    await gateway.disconnect(instance)
    await hass_with_url.async_block_till_done()
    assert told() == [("disconnected", CONNECTED)]

    await outage.end(STATE_OFF)
    assert told() == []


async def test_an_outage_alone_is_no_change(
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    outage: Outage,
    told: Runs,
) -> None:
    await automate(hass_with_url, CONNECTED)

    await outage.begin()
    await outage.end(STATE_ON)
    assert told() == []

    await gateway.disconnect(instance)
    await hass_with_url.async_block_till_done()
    assert told() == [("disconnected", CONNECTED)]

    await outage.begin()
    await outage.end(STATE_OFF)
    assert told() == []


async def test_a_drop_is_told_though_the_gateway_did_not_say_it_at_first(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    told: Runs,
) -> None:
    await automate(hass_with_url, CONNECTED)

    gateway.faults.null_fields = frozenset({"connected"})
    await async_wait(hass_with_url, clock, 61)
    assert state_of(hass_with_url, CONNECTED) == STATE_UNKNOWN
    gateway.faults.clear()
    await async_wait(hass_with_url, clock, 61)
    assert told() == []

    gateway.faults.null_fields = frozenset({"connected"})
    await async_wait(hass_with_url, clock, 61)
    instance.state = State.LOST_SESSION
    gateway.faults.clear()
    await async_wait(hass_with_url, clock, 61)
    assert told() == [("disconnected", CONNECTED)]


@pytest.mark.parametrize("state", [State.CONNECTED, State.LOST_SESSION])
async def test_a_start_and_a_reload_are_no_change(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    instance: Instance,
    told: Runs,
    state: State,
) -> None:
    await automate(hass_with_url, CONNECTED)
    instance.state = state
    await async_set_up(hass_with_url, entry)
    await async_wait(hass_with_url, clock, 61)

    for after in (state, State.LOST_SESSION, State.CONNECTED):
        await hass_with_url.config_entries.async_unload(entry.entry_id)
        await hass_with_url.async_block_till_done()
        instance.state = after
        await async_set_up(hass_with_url, entry)
        await async_wait(hass_with_url, clock, 61)

    assert told() == []


async def test_a_drop_that_lasts_long_enough_is_told_once(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    told: Runs,
) -> None:
    await automate(hass_with_url, CONNECTED, **{"for": {"minutes": 2}})

    await gateway.disconnect(instance)
    await async_wait(hass_with_url, clock, 110)
    await gateway.connect(instance)
    await async_wait(hass_with_url, clock, 60)
    assert told() == []

    await gateway.disconnect(instance)
    await async_wait(hass_with_url, clock, 110)
    assert told() == []
    await async_wait(hass_with_url, clock, 11)
    assert told() == [("disconnected", CONNECTED)]


async def test_a_drop_whose_wait_outages_cut_short_is_told_once(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    outage: Outage,
    told: Runs,
) -> None:
    await automate(hass_with_url, CONNECTED, **{"for": {"minutes": 5}})
    await async_wait(hass_with_url, clock, 1)

    await gateway.disconnect(instance)
    await hass_with_url.async_block_till_done()
    for _ in range(3):
        await outage.begin()
        await outage.end(STATE_OFF)
        assert told() == []
    await async_wait(hass_with_url, clock, 301)
    assert told() == [("disconnected", CONNECTED)]

    await outage.begin()
    await outage.end(STATE_OFF)
    await async_wait(hass_with_url, clock, 301)
    assert told() == []


@pytest.mark.parametrize("options", [{}, {"for": {"minutes": 1}}])
async def test_of_several_numbers_each_is_told(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    both: list[str],
    gateway: Gateway,
    instance: Instance,
    other: Instance,
    told: Runs,
    options: dict[str, Any],
) -> None:
    await automate(hass_with_url, both, behavior="each", **options)

    await gateway.disconnect(instance)
    await gateway.disconnect(other)
    await async_wait(hass_with_url, clock, 61)

    assert sorted(told()) == [("disconnected", CONNECTED), ("disconnected", OTHER)]


@pytest.mark.parametrize("options", [{}, {"for": {"minutes": 1}}])
@pytest.mark.parametrize(
    ("behavior", "after_one", "after_both"),
    [
        ("first", [("disconnected", CONNECTED)], []),
        ("all", [], [("disconnected", OTHER)]),
    ],
)
async def test_of_several_numbers_the_first_or_the_last_is_told_once(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    both: list[str],
    gateway: Gateway,
    instance: Instance,
    other: Instance,
    outage: Outage,
    told: Runs,
    options: dict[str, Any],
    behavior: str,
    after_one: Told,
    after_both: Told,
) -> None:
    await automate(hass_with_url, both, behavior=behavior, **options)

    await gateway.disconnect(instance)
    await async_wait(hass_with_url, clock, 61)
    assert told() == after_one

    await gateway.disconnect(other)
    await async_wait(hass_with_url, clock, 61)
    assert told() == after_both

    await outage.begin()
    await outage.end(STATE_OFF)
    await async_wait(hass_with_url, clock, 61)
    assert told() == []


async def test_they_are_offered_for_a_number_and_for_nothing_else(
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    hass_ws_client: WebSocketGenerator,
) -> None:
    await async_setup_component(hass_with_url, automation.DOMAIN, {})
    client = await hass_ws_client(hass_with_url)
    entity = entity_registry.async_get(CONNECTED)
    assert entity

    async def offered(**target: list[str]) -> list[str]:
        await client.send_json_auto_id(
            {"type": "get_triggers_for_target", "target": target}
        )
        answer = await client.receive_json()
        return sorted(key for key in answer["result"] if key.startswith("zapi."))

    assert await offered(device_id=[entity.device_id or ""]) == ALL_TRIGGERS
    assert await offered(entity_id=[CONNECTED]) == TRIGGERS
    assert await offered(entity_id=["event.casa_message"]) == OF_MESSAGES
    assert await offered(entity_id=[SMARTPHONE, WEBHOOK]) == []


async def test_the_picker_shows_what_there_is_texts_for(
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
) -> None:
    await async_setup_component(hass_with_url, automation.DOMAIN, {})
    client = await hass_ws_client(hass_with_url)
    await client.send_json_auto_id({"type": "trigger_platforms/subscribe"})
    await client.receive_json()
    shown = (await client.receive_json())["event"]

    for texts in LANGUAGES.values():
        assert {f"zapi.{key}" for key in texts["triggers"]} == set(ALL_TRIGGERS)
        for trigger in ALL_TRIGGERS:
            text = texts["triggers"][trigger.removeprefix("zapi.")]
            assert text.get("fields", {}).keys() == shown[trigger]["fields"].keys()
            assert "WhatsApp" in text["name"]
