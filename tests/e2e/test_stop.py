"""Stopping Home Assistant while Z-API does not answer."""

from asyncio import create_task, gather, get_running_loop

from demo.tour import add_instance
from harness.home_assistant import HomeAssistant

from . import MARKS
from .conftest import House

pytestmark = MARKS

# More than it takes by itself.
MOST_SECONDS = 3


async def stop(home: HomeAssistant) -> float:
    """Stop Home Assistant, and return how many seconds that takes."""
    began = get_running_loop().time()
    await home.stop()
    return get_running_loop().time() - began


async def test_stopping_does_not_wait_for_a_first_poll_that_hangs(
    fresh_house: House,
) -> None:
    home, gateway = fresh_house
    entry = await add_instance(home, gateway)
    await fresh_house.until_registered()
    usual = await stop(home)
    await home.start()
    await home.entry_in("loaded")

    gateway.simulator.faults.slow_answers = frozenset({"*"})
    reload = create_task(home.reload_entry(entry["entry_id"]))
    await home.entry_in("setup_in_progress")
    seconds = await stop(home)
    # The request for it may end as it likes.
    await gather(reload, return_exceptions=True)
    gateway.simulator.faults.clear()
    await home.start()
    await home.entry_in("loaded")

    print(f"{seconds:.1f} seconds, usually {usual:.1f}")
    assert seconds < usual + MOST_SECONDS
    assert "TimeoutError" not in home.log()
    assert "Error setting up entry" not in home.log()
