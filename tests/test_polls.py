"""When the gateway is asked out of turn, and how often at most."""

import asyncio
from collections import Counter
import time
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.homeassistant import (
    DOMAIN as HOMEASSISTANT_DOMAIN,
    SERVICE_UPDATE_ENTITY,
)
from homeassistant.const import ATTR_ENTITY_ID, STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.zapi.const import EVENT_CONNECTION
from simulator import Gateway, Instance, State

from .common import PHONE, async_wait, requests, state_of

CONNECTED = "binary_sensor.casa_whatsapp"
NUMBER = "sensor.casa_phone_number"
OTHER_PHONE = "5511988887777"
THIRD_PHONE = "5521977776666"
STATUS = "GET status"
DEVICE = "GET device"

NONSENSE = 26_151_515_154


def moment(seconds: float = 0) -> int:
    """Return a moment in milliseconds, so many seconds from now."""
    return int((dt_util.utcnow().timestamp() + seconds) * 1000)


def slow(gateway: Gateway, seconds: float, *paths: str) -> None:
    """Let answers take their time."""
    gateway.faults.slow_answers = frozenset(paths)
    gateway.faults.slow_seconds = seconds


@pytest.fixture
def on_its_way(
    loaded: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> asyncio.Event:
    """Return what is set once the gateway has made up its answer to a poll."""
    event = asyncio.Event()
    status = Instance.status

    def noted(*args: Any, **kwargs: Any) -> dict[str, Any]:
        event.set()
        return status(*args, **kwargs)

    monkeypatch.setattr(Instance, "status", noted)
    return event


async def async_request(gateway: Gateway, instance: Instance) -> None:
    """Post a callback that changes nothing and makes a poll run."""
    await gateway.inject(
        instance, {"type": "ConnectedCallback", "momment": moment(-600), "phone": PHONE}
    )


async def async_connected(
    gateway: Gateway, instance: Instance, phone: str | None, at: Any
) -> None:
    """Post a connected callback."""
    await gateway.inject(
        instance, {"type": "ConnectedCallback", "momment": at, "phone": phone}
    )


async def async_delete_issues(hass: HomeAssistant) -> None:
    """Wait until all that is under way has ended."""
    await hass.async_block_till_done(wait_background_tasks=True)


def since(gateway: Gateway, before: int) -> Counter[str]:
    """Return what was asked since there were so many requests."""
    return Counter(requests(gateway)[before:])


async def test_a_start_waits_for_one_round_trip(
    hass_with_url: HomeAssistant, entry: MockConfigEntry, gateway: Gateway
) -> None:
    slow(gateway, 1, "*")
    began = len(gateway.exchanges)
    await hass_with_url.config_entries.async_setup(entry.entry_id)
    asked = [
        exchange
        for exchange in list(gateway.exchanges)[began:]
        if exchange.path in {"status", "me", "device"}
    ]
    moments = {exchange.path: exchange.at for exchange in reversed(asked)}
    assert len(moments) == 3
    assert max(moments.values()) - min(moments.values()) < 0.5


async def test_an_ask_that_falls_into_a_long_poll_is_kept_until_it_has_ended(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    on_its_way: asyncio.Event,
) -> None:
    """The answer that is on its way is older than the ask."""
    before = len(requests(gateway))
    slow(gateway, 0.5, "status")
    instance.state = State.UNPAIRED
    await async_request(gateway, instance)
    await on_its_way.wait()
    instance.state = State.CONNECTED
    await async_request(gateway, instance)
    began = time.monotonic()
    await async_delete_issues(hass)
    assert since(gateway, before)[STATUS] == 2
    assert time.monotonic() - began < 0.5 + 1 + 0.5
    assert hass.states.is_state(CONNECTED, STATE_ON)

    instance.state = State.UNPAIRED
    await async_request(gateway, instance)
    await async_delete_issues(hass)
    assert hass.states.is_state(CONNECTED, STATE_OFF)


async def test_a_burst_of_asks_costs_one_poll_and_one_more_for_all_that_fell_into_it(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway, instance: Instance
) -> None:
    before = len(requests(gateway))
    slow(gateway, 1, "status")
    await asyncio.gather(*(async_request(gateway, instance) for _ in range(20)))
    await async_delete_issues(hass)
    assert since(gateway, before) == {STATUS: 2}


async def test_six_asks_a_minute_are_met_at_once_and_the_seventh_in_its_turn(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    await async_wait(hass_with_url, clock, 1)
    before = len(requests(gateway))
    for number in range(1, 7):
        await async_request(gateway, instance)
        await async_delete_issues(hass_with_url)
        assert since(gateway, before) == {STATUS: number}
        await async_wait(hass_with_url, clock, 2)
    instance.state = State.UNPAIRED
    for _ in range(14):
        await async_request(gateway, instance)
        await async_wait(hass_with_url, clock, 3)
    assert since(gateway, before) == {STATUS: 6}
    assert hass_with_url.states.is_state(CONNECTED, STATE_ON)
    await async_wait(hass_with_url, clock, 7)
    assert since(gateway, before)[STATUS] == 7
    assert hass_with_url.states.is_state(CONNECTED, STATE_OFF)


async def test_no_minute_holds_more_polls_than_six_and_the_regular_one(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    await async_wait(hass_with_url, clock, 1)
    before = len(requests(gateway))
    for second in range(130):
        phone = (OTHER_PHONE, THIRD_PHONE)[second % 2]
        await async_connected(gateway, instance, phone, NONSENSE)
        await gateway.inject(instance, {"type": "DisconnectedCallback"})
        await async_wait(hass_with_url, clock, 1)
    asked = [
        (exchange.at, exchange.path)
        for exchange in list(gateway.exchanges)
        if exchange.direction == "in"
    ][before:]
    limits = {"status": 7, "device": 7, "me": 1}
    assert sum(limits.values()) * 24 * 60 == 21_600, "what the README says of a day"
    for path, most in limits.items():
        times = [at for at, other in asked if other == path]
        busiest = max(sum(start <= at < start + 60 for at in times) for start in times)
        assert 1 <= busiest <= most, path
    assert state_of(hass_with_url, NUMBER) in {
        f"+{number}" for number in (PHONE, OTHER_PHONE, THIRD_PHONE)
    }


async def test_no_poll_that_waits_for_its_turn_outlives_the_entry(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    for _ in range(8):
        await async_request(gateway, instance)
        await async_delete_issues(hass_with_url)
    before = len(requests(gateway))
    await hass_with_url.config_entries.async_unload(loaded.entry_id)
    await async_wait(hass_with_url, clock, 120)
    assert since(gateway, before) == {}


async def test_a_poll_under_way_and_one_that_waits_for_it_do_not_hold_up_the_stop(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway, instance: Instance
) -> None:
    slow(gateway, 20, "status")
    await async_request(gateway, instance)
    await async_request(gateway, instance)
    before = len(requests(gateway))
    async with asyncio.timeout(5):
        await hass.async_stop(force=True)
    assert since(gateway, before) == {}


async def test_an_ask_is_met_although_the_poll_that_it_fell_into_is_cancelled(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    on_its_way: asyncio.Event,
) -> None:
    """A script that updates an entity may be stopped while it does."""
    await async_setup_component(hass, HOMEASSISTANT_DOMAIN, {})
    slow(gateway, 5, "status")
    before = len(requests(gateway))
    update = hass.async_create_task(
        hass.services.async_call(
            HOMEASSISTANT_DOMAIN,
            SERVICE_UPDATE_ENTITY,
            {ATTR_ENTITY_ID: CONNECTED},
            blocking=True,
        )
    )
    await on_its_way.wait()
    instance.state = State.UNPAIRED
    await async_request(gateway, instance)
    gateway.faults.clear()
    update.cancel()
    await async_delete_issues(hass)
    assert since(gateway, before)[STATUS] == 2
    assert hass.states.is_state(CONNECTED, STATE_OFF)


async def test_what_a_callback_confirmed_is_not_undone_by_an_older_answer(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    on_its_way: asyncio.Event,
) -> None:
    changes = async_capture_events(hass, EVENT_CONNECTION)
    before = len(requests(gateway))
    slow(gateway, 0.5, "status")
    instance.state = State.UNPAIRED
    await async_request(gateway, instance)
    await on_its_way.wait()
    await gateway.connect(instance)
    await async_delete_issues(hass)
    assert since(gateway, before)[STATUS] == 2
    assert hass.states.is_state(CONNECTED, STATE_ON)
    assert changes == []


@pytest.mark.parametrize("at", [None, "", NONSENSE, 0, "soon"])
async def test_a_phone_told_without_a_usable_moment_is_asked_about_at_once(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    at: Any,
) -> None:
    await async_wait(hass_with_url, clock, 5)
    before = len(requests(gateway))
    await async_connected(gateway, instance, OTHER_PHONE, at)
    await async_delete_issues(hass_with_url)
    assert since(gateway, before) == {STATUS: 1, DEVICE: 1}
    assert state_of(hass_with_url, NUMBER) == f"+{PHONE}"


async def test_two_phones_told_of_one_moment_are_asked_about_at_once(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    await async_wait(hass_with_url, clock, 5)
    instance.phone = OTHER_PHONE
    at = moment()
    before = len(requests(gateway))
    await async_connected(gateway, instance, OTHER_PHONE, at)
    await async_connected(gateway, instance, THIRD_PHONE, at)
    await async_delete_issues(hass_with_url)
    assert since(gateway, before) == {STATUS: 1, DEVICE: 1}
    assert state_of(hass_with_url, NUMBER) == f"+{OTHER_PHONE}"


async def test_another_phone_told_too_late_is_asked_about_at_once(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    await async_wait(hass_with_url, clock, 5)
    instance.phone = OTHER_PHONE
    await async_connected(gateway, instance, OTHER_PHONE, moment(-600))
    await async_delete_issues(hass_with_url)
    assert state_of(hass_with_url, NUMBER) == f"+{OTHER_PHONE}"


async def test_a_phone_stays_in_doubt_until_the_gateway_names_it(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    await async_wait(hass_with_url, clock, 5)
    gateway.faults.http_5xx = frozenset({"device"})
    await async_connected(gateway, instance, OTHER_PHONE, None)
    await async_delete_issues(hass_with_url)
    assert state_of(hass_with_url, NUMBER) == f"+{OTHER_PHONE}"
    gateway.faults.clear()
    await async_wait(hass_with_url, clock, 61)
    assert state_of(hass_with_url, NUMBER) == f"+{PHONE}"
    before = len(requests(gateway))
    await async_wait(hass_with_url, clock, 61)
    assert since(gateway, before) == {STATUS: 1}


@pytest.mark.parametrize("seconds", [False, True])
@pytest.mark.parametrize("times", [3, 4, 5])
async def test_what_changes_to_and_fro_within_a_second_ends_as_the_gateway_says(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    times: int,
    seconds: bool,
) -> None:
    gateway.faults.momment_seconds = seconds
    await async_wait(hass_with_url, clock, 5)
    for number in range(times):
        await (gateway.connect if number % 2 else gateway.lose_session)(instance)
        await async_delete_issues(hass_with_url)
        clock.tick(0.1)
    assert state_of(hass_with_url, CONNECTED) == (
        STATE_ON if instance.up else STATE_OFF
    )
