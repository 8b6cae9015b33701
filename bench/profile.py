"""Where the time of a callback goes."""

from asyncio import create_task
from collections import Counter
from pathlib import PurePath
from typing import Any

from .block import Client
from .callbacks import CONTENDERS, Contender, block, contest
from .house import House
from .run import table

_SECONDS = 5.0
_CALLBACKS = 500
_FUNCTIONS = 25
_PACKAGES = ("aiohttp", "homeassistant", "zapi_bench", "zapi", "asyncio")


async def show() -> None:
    """Profile each contender while it takes real changes, and print what its time went to."""
    async with contest() as (built, client):
        for who in CONTENDERS:
            print(f"\n{who.name}", flush=True)
            _print(await _profile(built, client, who))


async def _profile(built: House, client: Client, who: Contender) -> list[list[Any]]:
    work = block(built, who, changing=True, number=_CALLBACKS)
    watching = create_task(built.profile(_SECONDS))
    while not watching.done():
        await client.run(work)
    return await watching


def _print(functions: list[list[Any]]) -> None:
    packages: Counter[str] = Counter()
    single: Counter[str] = Counter()
    for file, name, seconds in functions:
        if "epoll" in name:
            continue
        packages[_package(file)] += seconds
        single[f"{PurePath(file).name} {name}".strip()] += seconds
    total = packages.total()
    for counter, count in ((packages, None), (single, _FUNCTIONS)):
        lines = [
            (name, f"{seconds / total:.1%}")
            for name, seconds in counter.most_common(count)
        ]
        print(table(("own time", "share"), lines), end="\n\n", flush=True)


def _package(file: str) -> str:
    """Return to whom a function belongs; what is written in C has no file."""
    if not file:
        return "built in"
    parts = PurePath(file).parts
    return next((name for name in _PACKAGES if name in parts), "other Python")
