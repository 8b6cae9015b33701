"""Clocks that are wrong: never a wrong state for longer than one poll."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Instance, State

from .common import Scene, async_wait

ENTITY = "binary_sensor.casa_whatsapp"
HOUR = timedelta(hours=1)


def tells_the_truth(hass: HomeAssistant, instance: Instance) -> bool:
    """Tell whether Home Assistant shows what is."""
    return hass.states.is_state(ENTITY, "on" if instance.up else "off")


@pytest.mark.parametrize("step", [-HOUR, HOUR])
async def test_this_machines_clock_steps(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
    step: timedelta,
) -> None:
    """The gateway's clock stays right, ours leaps."""
    leap = 0.0
    scene.gateway.clock = lambda: dt_util.utcnow().timestamp() - leap
    for happens in (scene.gateway.lose_session, scene.gateway.connect) * 3:
        await happens(scene.instance)
        assert tells_the_truth(scene.hass, scene.instance)
        await async_wait(scene.hass, freezer, 5)
    freezer.move_to(dt_util.utcnow() + step)
    leap = step.total_seconds()
    for happens in (scene.gateway.lose_session, scene.gateway.connect) * 3:
        await happens(scene.instance)
        await async_wait(scene.hass, freezer, 61)
        assert tells_the_truth(scene.hass, scene.instance)


@pytest.mark.parametrize("ahead", [-300, -60, -5, 5, 60, 300, 3600])
async def test_the_gateways_clock_is_wrong(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
    ahead: int,
) -> None:
    scene.gateway.clock = lambda: dt_util.utcnow().timestamp() + ahead
    for happens in (scene.gateway.lose_session, scene.gateway.connect) * 5:
        await happens(scene.instance)
        await async_wait(scene.hass, freezer, 61)
        assert tells_the_truth(scene.hass, scene.instance)


@pytest.mark.parametrize("ahead", [-300, 300])
async def test_callbacks_that_are_all_wrong_do_not_outlive_a_poll(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
    ahead: int,
) -> None:
    scene.gateway.clock = lambda: dt_util.utcnow().timestamp() + ahead
    await scene.gateway.lose_session(scene.instance)
    scene.instance.state = State.CONNECTED
    await async_wait(scene.hass, freezer, 61)
    assert tells_the_truth(scene.hass, scene.instance)
