"""How long it takes until an entry's entities have a state."""

from asyncio import sleep
from typing import NamedTuple

from harness.expect import expect
from simulator import State

from .environment import (
    HOOKS,
    Environment,
    address_of,
    build_environment,
    choose_entities,
    entities_of,
    entry_id,
    entry_of,
)
from .overseerr import Overseerr
from .stats import Figure

LATENCIES = (0.0, 0.2)
# What comes late of a set-up is a request of it all the same.
_AFTERWARDS = 0.3
_MILLISECONDS = 1000


class SetUp(NamedTuple):
    """Adding or reloading, at one latency of the gateway."""

    how: str
    latency: float
    ours: Figure
    """Milliseconds beyond one round trip to the gateway."""
    requests: int
    """The most that one of them made."""


class StartUp(NamedTuple):
    """Home Assistant's own start-up report, in milliseconds, for as many entities each."""

    entities: int
    zapi: Figure
    overseerr: Figure


async def measure(rounds: int) -> list[SetUp]:
    """Reload an entry and add another, in turns, in a Home Assistant that is up."""
    results = []
    async with build_environment(1) as built:
        await built.home.connect()
        await choose_entities(built, 0, None)
        await built.restart()
        for latency in LATENCIES:
            built.gateway.simulator.faults.latency = latency
            took: dict[str, list[float]] = {"reload": [], "add": []}
            asked: dict[str, list[int]] = {"reload": [], "add": []}
            for number in range(1, rounds + 2):
                for how, work in (("reload", _reload), ("add", _add)):
                    before = built.gateway.simulator.log.count
                    seconds = await work(built, number)
                    await sleep(_AFTERWARDS)
                    asked[how].append(len(built.gateway.requests(before)))
                    took[how].append((seconds - latency) * _MILLISECONDS)
                await built.home.remove_entry(entry_id(number))
            # The very first one imports and connects.
            results += [
                SetUp(how, latency, Figure.of(took[how][1:]), max(asked[how][1:]))
                for how in took
            ]
    return results


async def _reload(built: Environment, _number: int) -> float:
    return await built.set_up(entry_id(0))


async def _add(built: Environment, number: int) -> float:
    """Add an instance whose callbacks come here already, as one that is added again."""
    instance = built.gateway.simulator.add(
        name=f"Number {number}", state=State.CONNECTED
    )
    entry = entry_of(instance, built.gateway, number)
    built.gateway.simulator.set_webhooks(instance, address_of(number), *HOOKS)
    return float(await built.command("add", entry=entry.fields()))


async def start_up(starts: int, libraries: str) -> StartUp:
    """Start Home Assistant several times with both integrations, and read its report.

    Args:
        starts: how often.
        libraries: the folder with what overseerr needs.
    """
    async with (
        Overseerr() as overseerr,
        build_environment(
            1, others=[overseerr.entry], environment={"PYTHONPATH": libraries}
        ) as built,
    ):
        await built.home.connect()
        ours = await _enabled(built, entry_id(0))
        theirs = await _enabled(built, overseerr.entry.entry_id)
        fewest = min(len(ours), len(theirs))
        await _disable(built, [*ours[fewest:], *theirs[fewest:]])
        seen: dict[str, list[float]] = {"zapi": [], "overseerr": []}
        for _ in range(starts):
            await built.restart()
            report = await built.home.websocket.command("integration/setup_info")
            for line in report:
                if line["domain"] in seen:
                    seen[line["domain"]].append(line["seconds"] * _MILLISECONDS)
        expect("both in the report", seen, holds=all(map(len, seen.values())))
        return StartUp(fewest, Figure.of(seen["zapi"]), Figure.of(seen["overseerr"]))


async def _enabled(built: Environment, identifier: str) -> list[str]:
    found = await entities_of(built, identifier)
    expect(f"entities of {identifier}", found, holds=bool(found))
    return [entity["entity_id"] for entity in found]


async def _disable(built: Environment, entity_ids: list[str]) -> None:
    for entity_id in entity_ids:
        await built.home.websocket.command(
            "config/entity_registry/update", entity_id=entity_id, disabled_by="user"
        )
