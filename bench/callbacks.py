"""From a callback to a state: ours against the floor and against what a person would write in YAML."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import product
from statistics import median
from typing import NamedTuple

from harness.expect import expect

from .block import SESSION, Block, Client
from .environment import (
    Environment,
    build_environment,
    choose_entities,
    entities_of,
    entry_id,
    webhook_id,
)
from .stats import Figure, percentile, ratios

MAIN = ("connected", "phone")
FLOOR, STATE, BARE, YAML, TWO, ALL = (
    "floor",
    "floor with one state",
    "bare integration",
    "YAML",
    "two entities",
    "all entities",
)
_CONNECTIONS = 32
_WARM_UP = 300


class Contender(NamedTuple):
    """Who takes callbacks, and where."""

    name: str
    path: str
    number: int
    """The instance whose callbacks it gets."""
    sort: str = SESSION
    """What it gets."""
    secret: tuple[str, str] | None = None
    """Header and token, where they are not the gateway's."""


def hook_path(webhook: str) -> str:
    """Return where a webhook is posted to."""
    return f"/api/webhook/{webhook}"


CONTENDERS = (
    Contender(FLOOR, hook_path("zapi_bench_floor"), 0),
    Contender(STATE, hook_path("zapi_bench_state"), 0),
    Contender(BARE, hook_path("zapi_bench_bare"), 0),
    Contender(TWO, hook_path(webhook_id(0)), 0),
    Contender(ALL, hook_path(webhook_id(1)), 1),
    Contender(YAML, hook_path("zapi_bench_yaml"), 0),
)


class Effort(NamedTuple):
    """How much to do."""

    rounds: int
    callbacks: int
    """In a round, one after the other."""
    parallel_rounds: int
    parallel_callbacks: int
    """In a round, over many connections."""


class Figures(NamedTuple):
    """What one contender reached: microseconds, and callbacks a second where asked."""

    median: Figure
    p99: float
    rate: Figure | None


class Series:
    """What one contender did in all rounds."""

    def __init__(self) -> None:
        """Begin with no round."""
        self.medians: list[float] = []
        self.took: list[int] = []
        self.rates: list[float] = []

    def figures(self) -> Figures:
        """Return the figures over all rounds."""
        return Figures(
            Figure.of(value / 1000 for value in self.medians),
            percentile(self.took, 0.99) / 1000,
            Figure.of(self.rates) if self.rates else None,
        )


type Key = tuple[str, bool]
type Results = dict[Key, Series]


@asynccontextmanager
async def contest() -> AsyncIterator[tuple[Environment, Client]]:
    """Have a Home Assistant in which all contenders are ready."""
    async with build_environment(2) as built, Client() as client:
        await built.home.connect()
        await choose_entities(built, 0, MAIN)
        await choose_entities(built, 1, None)
        await built.restart()
        found = [
            entity["translation_key"]
            for entity in await entities_of(built, entry_id(0))
        ]
        expect("the main entities", found, holds=sorted(found) == sorted(MAIN))
        await check(built, client)
        # Whoever listens makes Home Assistant write each state for them.
        await built.home.websocket.close()
        yield built, client


async def measure(effort: Effort) -> Results:
    """Take all callbacks of all contenders, in turns.

    Returns:
        the series by contender and by whether each callback was a change.
    """
    async with contest() as (built, client):
        return await rounds(built, client, CONTENDERS, effort)


async def rounds(
    built: Environment, client: Client, contenders: Sequence[Contender], effort: Effort
) -> Results:
    """Run the rounds of some contenders."""
    series = {
        (who.name, how): Series() for who, how in product(contenders, (True, False))
    }
    for who, how in product(contenders, (True, False)):
        await client.run(block(built, who, changing=how, number=_WARM_UP))
    for turn in range(effort.rounds):
        for who, how in product(_rotated(contenders, turn), (True, False)):
            timing = await client.run(
                block(built, who, changing=how, number=effort.callbacks)
            )
            series[who.name, how].medians.append(median(timing.took))
            series[who.name, how].took += timing.took
    for turn in range(effort.parallel_rounds):
        for who, how in product(_rotated(contenders, turn), (True, False)):
            parallel = block(
                built,
                who,
                changing=how,
                number=effort.parallel_callbacks,
                connections=_CONNECTIONS,
            )
            seconds = (await client.run(parallel)).seconds
            series[who.name, how].rates.append(effort.parallel_callbacks / seconds)
    return series


def _rotated(contenders: Sequence[Contender], turn: int) -> list[Contender]:
    """Let another one begin each round."""
    start = turn % len(contenders)
    return [*contenders[start:], *contenders[:start]]


def block(
    built: Environment,
    who: Contender,
    *,
    changing: bool,
    number: int,
    connections: int = 1,
) -> Block:
    """Return the work of one contender."""
    instance = built.instances[who.number]
    return Block(
        built.home.port,
        who.path,
        *(who.secret or ("z-api-token", instance.token)),
        who.sort,
        instance.instance_id,
        instance.phone,
        changing,
        connections,
        number,
    )


async def check(built: Environment, client: Client) -> None:
    """Hold that callbacks become states as they are meant to, or nothing is measured."""
    changed: list[str] = []

    def take(event: dict[str, dict[str, dict[str, str] | str]]) -> None:
        changed.append(str(event["data"]["entity_id"]))

    await built.home.websocket.command(
        "subscribe_events", take, event_type="state_changed"
    )
    main = {}
    for number in (0, 1):
        main[number] = next(
            entity["entity_id"]
            for entity in await entities_of(built, entry_id(number))
            if entity["translation_key"] == MAIN[0]
        )
    watched = {
        STATE: "binary_sensor.zapi_bench",
        BARE: "binary_sensor.bare_connected",
        TWO: main[0],
        ALL: main[1],
        YAML: "binary_sensor.yaml_connected",
    }
    for who, connections in product(CONTENDERS, (1, _CONNECTIONS)):
        if who.name == FLOOR:
            continue
        for how in (True, False):
            changed.clear()
            work = block(
                built, who, changing=how, number=_WARM_UP, connections=connections
            )
            await client.run(work)
            # An answer to a command comes after all states before it.
            await built.home.websocket.command("get_config")
            share = changed.count(watched[who.name]) / _WARM_UP
            expect(
                f"{who.name}: a state for each of the callbacks that change something",
                f"{share:.0%} at {connections} connections",
                holds=share > 0.9 if how else share < 0.02,
            )


def ratio(results: Results, ours: Key, theirs: Key) -> Figure:
    """Compare how long callbacks took."""
    return ratios(results[ours].medians, results[theirs].medians)


def rate_ratio(results: Results, ours: Key, theirs: Key) -> Figure:
    """Compare how many callbacks a second were taken."""
    return ratios(results[ours].rates, results[theirs].rates)
