"""Where the time of a callback goes."""

from asyncio import create_task
from collections import Counter
from collections.abc import Sequence
from itertools import product
from pathlib import PurePath
from typing import Any

from . import callbacks, receiving
from .block import Client
from .callbacks import Contender, block
from .environment import Environment
from .report import HOW
from .run import table

_SECONDS = 5.0
_CALLBACKS = 500
_FUNCTIONS = 25
_OURS = "zapi"
_PACKAGES = ("aiohttp", "homeassistant", "zapi_bench", _OURS, "asyncio")


async def show() -> None:
    """Profile each contender while it takes callbacks, and print what its time went to."""
    async with callbacks.contest() as (built, client):
        await _show_each(built, client, callbacks.CONTENDERS)
    async with receiving.contest(None) as (built, client, contenders):
        await _show_each(built, client, contenders)


async def _show_each(
    built: Environment, client: Client, contenders: Sequence[Contender]
) -> None:
    for who, (changing, what) in product(contenders, HOW.items()):
        print(f"\n{who.name}, {what}", flush=True)
        _print(await _profile(built, client, who, changing=changing))


async def _profile(
    built: Environment, client: Client, who: Contender, *, changing: bool
) -> list[list[Any]]:
    work = block(built, who, changing=changing, number=_CALLBACKS)
    watching = create_task(built.profile(_SECONDS))
    while not watching.done():
        await client.run(work)
    return await watching


def _print(functions: list[list[Any]]) -> None:
    packages: Counter[str] = Counter()
    single: Counter[str] = Counter()
    ours: Counter[str] = Counter()
    for file, name, own, everything in functions:
        if "epoll" in name:
            continue
        package, function = _package(file), f"{PurePath(file).name} {name}".strip()
        packages[package] += own
        single[function] += own
        if package == _OURS:
            ours[function] += everything
    total = packages.total()
    for what, counter in (
        ("own time", packages),
        ("own time", single),
        ("with all that it calls", ours),
    ):
        lines = [
            (name, f"{seconds / total:.1%}")
            for name, seconds in counter.most_common(_FUNCTIONS)
        ]
        if lines:
            print(table((what, "share"), lines), end="\n\n", flush=True)


def _package(file: str) -> str:
    """Return to whom a function belongs; what is written in C has no file."""
    if not file:
        return "built in"
    parts = PurePath(file).parts
    return next((name for name in _PACKAGES if name in parts), "other Python")
