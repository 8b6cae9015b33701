"""Run the benchmark: ``scripts/bench --help``."""

import argparse
import asyncio
from pathlib import Path
import sys
from typing import NamedTuple

from harness.expect import UnmetError

from . import (
    callbacks,
    docs,
    imports,
    libraries,
    profile,
    receiving,
    report,
    scale,
    sending,
    setting_up,
)
from .callbacks import Effort
from .machine import describe
from .run import Run

_RESULTS = Path(__file__).resolve().parents[1] / ".bench"
_NO_LIBRARIES = "The libraries of other integrations could not be installed: no comparison with them."


class Plan(NamedTuple):
    """How much to measure; nothing where a number is 0."""

    callbacks: Effort
    messages: Effort
    sending: sending.Effort
    set_ups: int
    starts: int
    imports: int
    sizes: tuple[int, ...]


_SHORT = Plan(
    callbacks=Effort(20, 100, 4, 1000),
    messages=Effort(20, 100, 0, 0),
    sending=sending.Effort(10, 100, 3),
    set_ups=4,
    starts=0,
    imports=1,
    sizes=(),
)
_LONG = Plan(
    callbacks=Effort(100, 100, 10, 2000),
    messages=Effort(60, 100, 0, 0),
    sending=sending.Effort(10, 100, 9),
    set_ups=20,
    starts=5,
    imports=8,
    sizes=(1, 10, 100, 500),
)
_AT_SCALE = Effort(60, 100, 0, 0)
# A little more than the time between two polls of an instance.
_IDLE_SECONDS = 65


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measures the integration in a real Home Assistant, beside what a"
        " person would otherwise run. Prints tables and keeps them as JSON in .bench/.",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--long",
        action="store_true",
        help="take twelve minutes instead of two: also start-up, and up to 500 instances",
    )
    what.add_argument(
        "--profile", action="store_true", help="only show where a callback's time goes"
    )
    parser.add_argument(
        "--write-docs",
        action="store_true",
        help="with --long: then put the last three long runs into docs/performance.md",
    )
    chosen = parser.parse_args()
    if chosen.write_docs and not chosen.long:
        parser.error("--write-docs goes with --long")
    return chosen


async def measure(plan: Plan, run: Run) -> None:
    """Measure all, one part after the other, and show each at once."""
    folder = libraries.install(_RESULTS / "libraries")
    if folder is None:
        print(_NO_LIBRARIES)
    taken = await callbacks.measure(plan.callbacks)
    run.add_speeds(report.speeds(taken))
    run.add(report.of_callbacks(taken))
    taken = await receiving.measure(plan.messages, folder)
    run.add_speeds(report.speeds(taken))
    run.add(report.of_messages(taken))
    run.add(report.of_sending(await sending.measure(plan.sending)))
    run.add(report.of_set_ups(await setting_up.measure(plan.set_ups)))
    if folder:
        run.add(report.of_imports(imports.measure(plan.imports, folder)))
        if plan.starts:
            started = await setting_up.start_up(plan.starts, folder)
            run.add(report.of_start_up(started))
    if plan.sizes:
        points, growth = await scale.measure(plan.sizes, _IDLE_SECONDS, _AT_SCALE)
        run.add(report.of_scale(points, growth))


def main() -> int:
    """Return the exit code: whether all targets are met does not count."""
    arguments = options()
    try:
        if arguments.profile:
            asyncio.run(profile.show())
            return 0
        run = Run(describe(), is_long=arguments.long)
        print(run.machine, flush=True)
        asyncio.run(measure(_LONG if arguments.long else _SHORT, run))
        run.save(_RESULTS)
        if arguments.write_docs:
            docs.write(_RESULTS)
    except UnmetError as err:
        print(err, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
