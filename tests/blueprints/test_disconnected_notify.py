"""The blueprint that tells of a drop, imported and run as Home Assistant does it."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import automation
from homeassistant.const import (
    EVENT_HOMEASSISTANT_STARTED,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
)
from homeassistant.core import CoreState, HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_mock_service,
)

TITLES = {
    "disconnected_notify.en.yaml": ("WhatsApp disconnected", "WhatsApp connected"),
    "disconnected_notify.es.yaml": ("WhatsApp desconectado", "WhatsApp conectado"),
    "disconnected_notify.pt-BR.yaml": ("WhatsApp desconectado", "WhatsApp conectado"),
}
CONNECTED = "binary_sensor.casa_whatsapp"
OTHER = "binary_sensor.loja_whatsapp"
PHONE = "notify.phone"


@pytest.fixture(params=TITLES)
def blueprint(request: pytest.FixtureRequest) -> str:
    """Return the file name of each blueprint in turn."""
    return str(request.param)


@pytest.fixture
def told(hass: HomeAssistant) -> list[ServiceCall]:
    """Return the notifications that were sent."""
    return async_mock_service(hass, "notify", "send_message")


def _add_number(hass: HomeAssistant, key: str, name: str) -> str:
    """Add the entity of a number that is connected."""
    entry = MockConfigEntry(domain="zapi")
    entry.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("zapi", key)}, name=name
    )
    entity = er.async_get(hass).async_get_or_create(
        "binary_sensor",
        "zapi",
        f"{key}_connected",
        suggested_object_id=f"{name.lower()}_whatsapp",
        device_id=device.id,
    )
    hass.states.async_set(entity.entity_id, STATE_ON)
    return entity.entity_id


@pytest.fixture
def connected(hass: HomeAssistant) -> list[str]:
    """Return the entities of two numbers that are connected."""
    numbers = [_add_number(hass, "1", "Casa"), _add_number(hass, "2", "Loja")]
    assert numbers == [CONNECTED, OTHER]
    return numbers


@pytest.fixture
async def hass_with_url(hass: HomeAssistant) -> AsyncGenerator[HomeAssistant]:
    """Return Home Assistant, and let each run end."""
    yield hass
    # An automation that still waits for a number would never end.
    for entity_id in (CONNECTED, OTHER):
        hass.states.async_set(entity_id, STATE_ON)
    await hass.async_block_till_done()


async def _automate(
    hass: HomeAssistant, blueprint: str, *numbers: Any, **inputs: Any
) -> None:
    """Make an automation from a blueprint for each of the numbers, or one for all."""
    config = [
        {
            "use_blueprint": {
                "path": f"zapi/{blueprint}",
                "input": {"connected": connected, "notify": [PHONE], **inputs},
            }
        }
        for connected in numbers or [[CONNECTED, OTHER]]
    ]
    assert await async_setup_component(hass, automation.DOMAIN, {"automation": config})
    await hass.async_block_till_done()
    assert hass.states.async_entity_ids_count(automation.DOMAIN) == len(config)


async def _settle() -> None:
    """Let what is due happen; async_block_till_done would wait for the number too."""
    for _ in range(50):
        await asyncio.sleep(0)


async def _turn(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    state: str,
    *numbers: str,
    then: float = 0,
) -> None:
    """Set the state of numbers, of the first unless told, and let some minutes pass."""
    for number in numbers or (CONNECTED,):
        hass.states.async_set(number, state)
    await _settle()
    freezer.tick(timedelta(minutes=then, seconds=1))
    async_fire_time_changed(hass)
    await _settle()


async def _start(hass: HomeAssistant) -> None:
    """Let Home Assistant be up."""
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await _settle()


def _names(told: list[ServiceCall]) -> list[str]:
    return [call.data["message"].split()[0] for call in told]


def _titles(told: list[ServiceCall]) -> list[str]:
    return [call.data["title"] for call in told]


@pytest.mark.usefixtures("connected")
async def test_it_tells_of_a_drop_and_of_the_end(
    freezer: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    told: list[ServiceCall],
    blueprint: str,
) -> None:
    await _automate(hass_with_url, blueprint)

    await _turn(hass_with_url, freezer, STATE_OFF, then=1)
    assert not told

    await _turn(hass_with_url, freezer, STATE_OFF, then=1)
    assert _titles(told) == [TITLES[blueprint][0]]
    assert told[0].data["entity_id"] == [PHONE]
    assert told[0].data["message"].startswith("Casa ")

    await _turn(hass_with_url, freezer, STATE_ON)
    assert _titles(told) == list(TITLES[blueprint])

    await _turn(hass_with_url, freezer, STATE_OFF, then=3)
    assert len(told) == 3


@pytest.mark.usefixtures("connected")
async def test_it_says_nothing_of_a_short_drop(
    freezer: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    told: list[ServiceCall],
    blueprint: str,
) -> None:
    await _automate(hass_with_url, blueprint, wait={"minutes": 5})

    await _turn(hass_with_url, freezer, STATE_OFF, then=4)
    await _turn(hass_with_url, freezer, STATE_ON, then=10)

    assert not told


@pytest.mark.usefixtures("connected")
async def test_it_need_not_tell_of_the_end(
    freezer: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    told: list[ServiceCall],
    blueprint: str,
) -> None:
    await _automate(hass_with_url, blueprint, tell_when_back=False)

    await _turn(hass_with_url, freezer, STATE_OFF, then=3)
    await _turn(hass_with_url, freezer, STATE_ON, then=3)

    assert _titles(told) == [TITLES[blueprint][0]]


@pytest.mark.usefixtures("connected")
async def test_it_tells_once_though_the_gateway_is_away_meanwhile(
    freezer: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    told: list[ServiceCall],
    blueprint: str,
) -> None:
    await _automate(hass_with_url, blueprint)

    await _turn(hass_with_url, freezer, STATE_OFF, then=3)
    await _turn(hass_with_url, freezer, STATE_UNAVAILABLE, then=3)
    await _turn(hass_with_url, freezer, STATE_OFF, then=3)

    assert _titles(told) == [TITLES[blueprint][0]]


@pytest.mark.usefixtures("connected")
async def test_a_phone_that_cannot_be_reached_hears_of_the_next_drop(
    hass_with_url: HomeAssistant, freezer: FrozenDateTimeFactory, blueprint: str
) -> None:
    failing = async_mock_service(
        hass_with_url,
        "notify",
        "send_message",
        raise_exception=HomeAssistantError("away"),
    )
    await _automate(hass_with_url, blueprint, tell_when_back=False)

    await _turn(hass_with_url, freezer, STATE_OFF, then=3)
    await _turn(hass_with_url, freezer, STATE_ON)
    await _turn(hass_with_url, freezer, STATE_OFF, then=3)

    assert len(failing) == 2


@pytest.mark.usefixtures("connected")
async def test_each_number_has_a_run_of_its_own(
    freezer: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    told: list[ServiceCall],
    blueprint: str,
) -> None:
    await _automate(hass_with_url, blueprint)

    await _turn(hass_with_url, freezer, STATE_OFF, CONNECTED, then=1)
    await _turn(hass_with_url, freezer, STATE_OFF, OTHER, then=1)
    assert _names(told) == ["Casa"]
    await _turn(hass_with_url, freezer, STATE_OFF, OTHER, then=1)
    assert _names(told) == ["Casa", "Loja"]

    await _turn(hass_with_url, freezer, STATE_ON, OTHER)
    assert _names(told) == ["Casa", "Loja", "Loja"]
    await _turn(hass_with_url, freezer, STATE_OFF, OTHER, then=3)
    assert _names(told) == ["Casa", "Loja", "Loja", "Loja"]

    await _turn(hass_with_url, freezer, STATE_ON, CONNECTED)
    assert _names(told) == ["Casa", "Loja", "Loja", "Loja", "Casa"]


@pytest.mark.usefixtures("connected")
async def test_one_number_may_be_given_as_before(
    freezer: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    told: list[ServiceCall],
    blueprint: str,
) -> None:
    hass_with_url.set_state(CoreState.starting)
    await _automate(hass_with_url, blueprint, CONNECTED)
    await _start(hass_with_url)

    await _turn(hass_with_url, freezer, STATE_OFF, CONNECTED, OTHER, then=3)

    assert _names(told) == ["Casa"]


@pytest.mark.usefixtures("connected")
async def test_a_person_can_try_it(
    hass_with_url: HomeAssistant, told: list[ServiceCall], blueprint: str
) -> None:
    await _automate(hass_with_url, blueprint)

    [automated] = hass_with_url.states.async_entity_ids(automation.DOMAIN)
    await hass_with_url.services.async_call(
        automation.DOMAIN, "trigger", {"entity_id": automated}, blocking=True
    )
    await _settle()

    assert _titles(told) == list(TITLES[blueprint])


@pytest.mark.parametrize(
    ("states", "names"),
    [
        ((STATE_ON, STATE_ON), []),
        ((STATE_OFF, STATE_ON), ["Casa"]),
        ((STATE_OFF, STATE_OFF), ["Casa", "Loja"]),
    ],
)
@pytest.mark.usefixtures("connected")
async def test_it_tells_at_start_which_numbers_are_disconnected(
    freezer: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    told: list[ServiceCall],
    blueprint: str,
    states: tuple[str, str],
    names: list[str],
) -> None:
    hass_with_url.set_state(CoreState.starting)
    for number, state in zip((CONNECTED, OTHER), states, strict=True):
        hass_with_url.states.async_set(number, state)
    await _automate(hass_with_url, blueprint)
    assert not told

    await _start(hass_with_url)
    assert _names(told) == names

    await _turn(hass_with_url, freezer, STATE_ON, CONNECTED, OTHER)
    assert _names(told) == names * 2


@pytest.mark.parametrize(("state", "names"), [(STATE_OFF, ["Casa"]), (STATE_ON, [])])
@pytest.mark.usefixtures("connected")
async def test_at_start_it_waits_until_it_knows(
    freezer: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    told: list[ServiceCall],
    blueprint: str,
    state: str,
    names: list[str],
) -> None:
    hass_with_url.set_state(CoreState.starting)
    hass_with_url.states.async_set(CONNECTED, STATE_UNAVAILABLE)
    await _automate(hass_with_url, blueprint)
    await _start(hass_with_url)
    assert not told

    await _turn(hass_with_url, freezer, state, then=5)
    assert _names(told) == names


@pytest.mark.usefixtures("connected")
async def test_two_of_them_do_not_mix(
    hass_with_url: HomeAssistant, told: list[ServiceCall], blueprint: str
) -> None:
    hass_with_url.set_state(CoreState.starting)
    for number in (CONNECTED, OTHER):
        hass_with_url.states.async_set(number, STATE_OFF)
    await _automate(hass_with_url, blueprint, CONNECTED, OTHER)
    await _start(hass_with_url)

    assert sorted(_names(told)) == ["Casa", "Loja"]
