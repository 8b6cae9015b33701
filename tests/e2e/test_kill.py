"""What a Home Assistant that is killed at any moment leaves behind, and how it gets over it."""

from asyncio import TaskGroup, sleep
from collections import Counter
from http import HTTPMethod
import os
from random import Random, SystemRandom
from typing import Any, NamedTuple, Self

import pytest
import pytest_asyncio

from demo.tour import add_instance
from harness.expect import until
from harness.home_assistant import DOMAIN
from simulator.instance import HOOKS as SLOTS

from . import MARKS
from .conftest import FOREIGN, HOOKS, House

pytestmark = MARKS

SEED = int(os.environ.get("ZAPI_SEED") or SystemRandom().getrandbits(32))
MOMENTS = 10
# How slow the gateway may be, in seconds. The slowest makes adding last longer than
# Home Assistant takes to save an entry, so that some entries survive and some do not.
LONGEST_LATENCY = 0.4
SHORTEST_PAUSE = 0.03

ROUTES = {f"PUT {slot.route}": slot.field for slot in SLOTS}


class Moment(NamedTuple):
    """When the power fails.

    Attributes:
        removing: while an entry is removed, else while one is added.
        original: what stood at the gateway before.
        latency: how late the gateway answers, in seconds.
        share: after this share of the phase's requests; the disk comes last, as one more.
        pause: and after so many seconds.
    """

    removing: bool
    original: str
    latency: float
    share: float
    pause: float

    @classmethod
    def draw(cls, number: int) -> Self:
        """Draw one; each phase and each original comes up equally often."""
        random = Random(f"{SEED} {number}")
        removing = number % 2 == 1
        latency = random.uniform(0, LONGEST_LATENCY)
        return cls(
            removing=removing,
            original=FOREIGN if number % 4 in (0, 3) else "",
            latency=latency,
            share=random.random(),
            pause=random.uniform(0, max(latency, SHORTEST_PAUSE)),
        )


async def add(house: House) -> None:
    """Add the instance, with consent to take over what is somebody else's."""
    answers = {"webhooks_in_use": {"webhooks": "take_over"}}
    await add_instance(house.home, house.gateway, **answers)


async def remove(house: House) -> None:
    """Remove the instance."""
    for entry in house.home.entries():
        await house.home.remove_entry(entry["entry_id"])


class Requests(NamedTuple):
    """How many the gateway gets while an instance is added, and while it is removed."""

    adding: int
    removing: int


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def requests(pair: House) -> Requests:
    """Count them where nothing intervenes."""
    log = pair.gateway.simulator.log
    began = log.count
    await add(pair)
    await until_judged(pair)
    added = log.count
    await remove(pair)
    return Requests(added - began, log.count - added)


async def kill_at(moment: Moment, house: House, requests: Requests) -> None:
    """Begin what the moment is about, and kill Home Assistant meanwhile."""
    home, gateway = house
    log, faults = gateway.simulator.log, gateway.simulator.faults
    before, saved = log.count, len(home.stored_entries())
    most = requests.removing if moment.removing else requests.adding
    wanted = int(moment.share * (most + 2))
    faults.latency = moment.latency
    async with TaskGroup() as tasks:
        act = tasks.create_task(remove(house) if moment.removing else add(house))
        await until("requests", lambda: log.count - before >= min(wanted, most))
        if wanted > most:
            await until("a save", lambda: len(home.stored_entries()) != saved)
        await sleep(moment.pause)
        act.cancel()
        await home.kill()
    faults.latency = 0
    # What was on its way is taken before this returns.
    await gateway.stop()
    await gateway.start()


async def until_judged(house: House) -> str:
    """Wait until the webhooks have been looked at, and return how they stand."""
    entity_id = (await house.home.entity_ids())["webhook"]

    def reason() -> Any:
        state = house.home.websocket.states.get(entity_id, {})
        return state.get("attributes", {}).get("reason")

    return str(
        await until("a verdict", reason, lambda seen: seen not in (None, "registering"))
    )


def writes(house: House, since: int) -> Counter[str]:
    """Return how often each webhook was set after an exchange."""
    requests = house.gateway.requests(since)
    return Counter(
        ROUTES[f"{request.method} {request.path}"]
        for request in requests
        if request.method == HTTPMethod.PUT
    )


def changes(before: list[str], after: list[str]) -> Counter[str]:
    """Return the writes that it takes."""
    return Counter(
        hook for hook, old, new in zip(HOOKS, before, after, strict=True) if old != new
    )


@pytest.mark.parametrize("number", range(MOMENTS))
async def test_whenever_it_is_killed_the_next_start_mends_it(
    house: House, requests: Requests, number: int
) -> None:
    home, gateway = house
    moment = Moment.draw(number)
    print(f"ZAPI_SEED={SEED} draws {moment}")
    # An entry removed a moment ago would come back.
    await until("no entry on disk", lambda: not home.stored_entries())
    gateway.simulator.set_webhooks(gateway.instance, moment.original, *HOOKS)
    if moment.removing:
        await add(house)
        await until_judged(house)
        await until("an entry on disk", home.stored_entries)

    await kill_at(moment, house, requests)
    left, killed = house.hooks(), gateway.simulator.log.count
    survivors = home.stored_entries()
    await home.start()
    if survivors:
        await home.entry_in("loaded")
    else:
        assert not gateway.requests(killed), "somebody asks for an entry that is gone"
        await add(house)
    verdict = await until_judged(house)

    # Consent is for one entry: what was given back in full is somebody else's again.
    returned = [bool(survivors) and moment.removing and url == FOREIGN for url in left]
    mended = house.hooks()
    assert [url == FOREIGN for url in mended] == returned
    assert verdict == ("taken" if any(returned) else "ok")
    for url in mended:
        assert url == FOREIGN or url.startswith(f"{home.url}/api/webhook/")
    for survivor in survivors:
        webhook_id = survivor["data"]["webhook_id"]
        assert all(url == FOREIGN or url.endswith(webhook_id) for url in mended)
    assert writes(house, killed) == changes(left, mended)

    mended_at = gateway.simulator.log.count
    await remove(house)
    assert house.hooks() == [moment.original] * len(HOOKS)
    # What had come back is written once more while our write is young: it may come late.
    needed = changes(mended, house.hooks())
    again = Counter(hook for hook, back in zip(HOOKS, returned, strict=True) if back)
    assert needed <= writes(house, mended_at) <= needed + again
    issues = (await home.websocket.command("repairs/list_issues"))["issues"]
    assert not [issue for issue in issues if issue["domain"] == DOMAIN]
