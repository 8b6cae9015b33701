"""A storm of callbacks while the gateway cannot be asked."""

from asyncio import get_running_loop
from concurrent.futures import ProcessPoolExecutor
from http import HTTPStatus
from multiprocessing import get_context
from statistics import quantiles

import pytest

from demo.tour import add_instance
from harness.expect import until
from simulator import State

from . import MARKS
from .conftest import House
from .flood import Outcome, Target, flood

pytestmark = MARKS

# After the first of them, all that is loaded late or kept for good is there.
WARM_UP, REST = 4_000, 16_000
# Seconds and KiB.
MOST_PATIENCE = 0.25
MOST_GROWTH = 5 * 1024


async def post(target: Target, house: House) -> tuple[Outcome, int]:
    """Post all callbacks; return what became of them, and by how much Home Assistant grew."""
    home, loop = house.home, get_running_loop()
    # It keeps for a listener what that has not read yet, which would be measured too.
    await home.websocket.close()
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        first = await loop.run_in_executor(process, flood, target, WARM_UP)
        warm = home.memory()
        rest = await loop.run_in_executor(process, flood, target, REST)
    growth = home.memory() - warm
    await home.connect()
    return first.then(rest), growth


async def test_twenty_thousand_callbacks_are_answered_at_once_and_leave_the_truth(
    fresh_house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    home, gateway = fresh_house
    instance, log = gateway.instance, gateway.simulator.log
    await add_instance(home, gateway)
    await fresh_house.until_registered()
    entity_ids = await home.entity_ids()

    def shown() -> list[str]:
        states = home.websocket.states
        return [states[entity_ids[key]]["state"] for key in ("connected", "phone")]

    def polls(since: int) -> list[int]:
        requests = gateway.requests(since)
        return [request.status for request in requests if request.path == "status"]

    began = log.count
    gateway.simulator.faults.http_5xx = frozenset({"status"})
    outcome, growth = await post(Target.of(fresh_house), fresh_house)

    percentiles = quantiles(outcome.seconds, n=100)
    with capsys.disabled():
        print(
            f"\n{len(outcome.seconds)} callbacks:"
            f" half answered within {percentiles[49] * 1000:.0f} ms,"
            f" 99 % within {percentiles[98] * 1000:.0f} ms,"
            f" all within {max(outcome.seconds) * 1000:.0f} ms;"
            f" Home Assistant grew by {growth} KiB"
        )
    assert outcome.statuses == {HTTPStatus.OK: WARM_UP + REST}
    assert set(polls(began)) == {HTTPStatus.BAD_GATEWAY}
    truth = ["on", f"+{outcome.phone}"]
    assert shown() == truth
    assert percentiles[98] < MOST_PATIENCE
    assert growth < MOST_GROWTH

    instance.state, instance.phone = State.CONNECTED, outcome.phone
    gateway.simulator.faults.clear()
    ended = log.count
    await home.websocket.command(
        "call_service",
        domain="homeassistant",
        service="update_entity",
        service_data={"entity_id": entity_ids["connected"]},
    )
    # Home Assistant polls every ten seconds at most.
    await until(
        "a good poll", home.log, lambda text: "data recovered" in text, seconds=20
    )
    assert polls(ended) == [HTTPStatus.OK]
    assert shown() == truth
