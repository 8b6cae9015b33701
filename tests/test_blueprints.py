"""The blueprints, imported and run as Home Assistant does it."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import automation
from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint.models import Blueprint
from homeassistant.const import (
    EVENT_HOMEASSISTANT_STARTED,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
)
from homeassistant.core import CoreState, HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.selector import selector
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml_dict
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_mock_service,
)

FOLDER = Path(__file__).parent.parent / "blueprints" / "automation" / "zapi"
BLUEPRINTS = sorted(path.name for path in FOLDER.glob("*.yaml"))
TITLES = {
    "desconectado_avisar.yaml": ("WhatsApp desconectado", "WhatsApp conectado"),
    "desconectado_notificar.yaml": ("WhatsApp desconectado", "WhatsApp conectado"),
    "disconnected_notify.yaml": ("WhatsApp disconnected", "WhatsApp connected"),
}
CONNECTED = "binary_sensor.casa_connected"
PHONE = "notify.phone"


@pytest.fixture(params=BLUEPRINTS)
def blueprint(request: pytest.FixtureRequest) -> str:
    """Return the file name of each blueprint in turn."""
    return str(request.param)


@pytest.fixture
def told(hass: HomeAssistant) -> list[ServiceCall]:
    """Return the notifications that were sent."""
    return async_mock_service(hass, "notify", "send_message")


@pytest.fixture
def connected(hass: HomeAssistant) -> str:
    """Return the entity of a number that is connected."""
    entry = MockConfigEntry(domain="zapi")
    entry.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("zapi", "1")}, name="Casa"
    )
    entity = er.async_get(hass).async_get_or_create(
        "binary_sensor",
        "zapi",
        "1_connected",
        suggested_object_id="casa_connected",
        device_id=device.id,
    )
    assert entity.entity_id == CONNECTED
    hass.states.async_set(CONNECTED, STATE_ON)
    return CONNECTED


@pytest.fixture
async def house(
    hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[HomeAssistant]:
    """Return Home Assistant with a configuration folder that has our blueprints."""
    copytree(FOLDER, tmp_path / "blueprints" / "automation" / "zapi")
    monkeypatch.setattr(hass.config, "config_dir", str(tmp_path))
    yield hass
    # An automation that still waits for the number would never end.
    hass.states.async_set(CONNECTED, STATE_ON)
    await hass.async_block_till_done()


async def _automate(hass: HomeAssistant, blueprint: str, **inputs: Any) -> None:
    """Make an automation from a blueprint."""
    config = {
        "use_blueprint": {
            "path": f"zapi/{blueprint}",
            "input": {"connected": CONNECTED, "notify": [PHONE], **inputs},
        }
    }
    assert await async_setup_component(hass, automation.DOMAIN, {"automation": config})
    await hass.async_block_till_done()
    assert hass.states.async_entity_ids_count(automation.DOMAIN) == 1


async def _settle() -> None:
    """Let what is due happen; async_block_till_done would wait for the number too."""
    for _ in range(50):
        await asyncio.sleep(0)


async def _turn(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, state: str, *, then: float = 0
) -> None:
    """Set the state of the number and let some minutes pass."""
    hass.states.async_set(CONNECTED, state)
    await _settle()
    freezer.tick(timedelta(minutes=then, seconds=1))
    async_fire_time_changed(hass)
    await _settle()


def _titles(told: list[ServiceCall]) -> list[str]:
    return [call.data["title"] for call in told]


def test_there_is_one_in_each_language() -> None:
    assert list(TITLES) == BLUEPRINTS


def test_each_is_valid_and_says_where_it_comes_from(blueprint: str) -> None:
    data = load_yaml_dict(FOLDER / blueprint)

    loaded = Blueprint(
        data, expected_domain="automation", schema=AUTOMATION_BLUEPRINT_SCHEMA
    )

    assert loaded.validate() is None
    assert loaded.metadata["source_url"].endswith(f"/automation/zapi/{blueprint}")
    for name, field in loaded.inputs.items():
        assert field["name"], name
        selector(field["selector"])


def test_all_do_the_same(blueprint: str) -> None:
    english, other = (
        load_yaml_dict(FOLDER / name)
        for name in ("disconnected_notify.yaml", blueprint)
    )

    assert english["blueprint"]["input"].keys() == other["blueprint"]["input"].keys()
    for key in ("mode", "max_exceeded", "variables", "triggers", "conditions"):
        assert english[key] == other[key]
    for ours, theirs in zip(english["actions"], other["actions"], strict=True):
        assert ours.keys() == theirs.keys()


@pytest.mark.usefixtures("connected")
async def test_it_tells_of_a_drop_and_of_the_end(
    freezer: FrozenDateTimeFactory,
    house: HomeAssistant,
    told: list[ServiceCall],
    blueprint: str,
) -> None:
    await _automate(house, blueprint)

    await _turn(house, freezer, STATE_OFF, then=1)
    assert not told

    await _turn(house, freezer, STATE_OFF, then=1)
    assert _titles(told) == [TITLES[blueprint][0]]
    assert told[0].data["entity_id"] == [PHONE]
    assert told[0].data["message"].startswith("Casa ")

    await _turn(house, freezer, STATE_ON)
    assert _titles(told) == list(TITLES[blueprint])

    await _turn(house, freezer, STATE_OFF, then=3)
    assert len(told) == 3


@pytest.mark.usefixtures("connected")
async def test_it_says_nothing_of_a_short_drop(
    freezer: FrozenDateTimeFactory,
    house: HomeAssistant,
    told: list[ServiceCall],
    blueprint: str,
) -> None:
    await _automate(house, blueprint, wait={"minutes": 5})

    await _turn(house, freezer, STATE_OFF, then=4)
    await _turn(house, freezer, STATE_ON, then=10)

    assert not told


@pytest.mark.usefixtures("connected")
async def test_it_need_not_tell_of_the_end(
    freezer: FrozenDateTimeFactory,
    house: HomeAssistant,
    told: list[ServiceCall],
    blueprint: str,
) -> None:
    await _automate(house, blueprint, tell_when_back=False)

    await _turn(house, freezer, STATE_OFF, then=3)
    await _turn(house, freezer, STATE_ON, then=3)

    assert _titles(told) == [TITLES[blueprint][0]]


@pytest.mark.usefixtures("connected")
async def test_it_tells_once_though_the_gateway_is_away_meanwhile(
    freezer: FrozenDateTimeFactory,
    house: HomeAssistant,
    told: list[ServiceCall],
    blueprint: str,
) -> None:
    await _automate(house, blueprint)

    await _turn(house, freezer, STATE_OFF, then=3)
    await _turn(house, freezer, STATE_UNAVAILABLE, then=3)
    await _turn(house, freezer, STATE_OFF, then=3)

    assert _titles(told) == [TITLES[blueprint][0]]


@pytest.mark.usefixtures("connected")
async def test_a_phone_that_cannot_be_reached_hears_of_the_next_drop(
    house: HomeAssistant, freezer: FrozenDateTimeFactory, blueprint: str
) -> None:
    failing = async_mock_service(
        house, "notify", "send_message", raise_exception=HomeAssistantError("away")
    )
    await _automate(house, blueprint, tell_when_back=False)

    await _turn(house, freezer, STATE_OFF, then=3)
    await _turn(house, freezer, STATE_ON)
    await _turn(house, freezer, STATE_OFF, then=3)

    assert len(failing) == 2


@pytest.mark.parametrize(("state", "count"), [(STATE_OFF, 1), (STATE_ON, 0)])
@pytest.mark.usefixtures("connected")
async def test_it_tells_at_start_if_the_number_is_disconnected(
    house: HomeAssistant,
    told: list[ServiceCall],
    blueprint: str,
    state: str,
    count: int,
) -> None:
    house.set_state(CoreState.starting)
    house.states.async_set(CONNECTED, state)
    await _automate(house, blueprint)
    assert not told

    house.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await _settle()

    assert len(told) == count
