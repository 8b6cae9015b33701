"""Keeps what was measured: in the page on performance, and as the baseline of the end-to-end tests."""

import json
from pathlib import Path
import re
from statistics import median

from .report import Row
from .run import Run, met, speed_table, table, target, with_unit

_PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
_FIGURES = re.compile(
    r"(?<=<!-- figures -->\n).*(?=<!-- end of figures -->)", re.DOTALL
)
_BASELINE = Path(__file__).with_name("baseline.json")
_RUNS = 3
_REGRESSION = 1.5
_RATIOS = (
    "sending_ratio",
    "message_",
    *(
        f"{what}_{how}_{who}_entities"
        for what in ("latency", "throughput")
        for how in ("changes", "duplicates")
        for who in ("two", "all")
    ),
)


def write(results: Path) -> None:
    """Replace the page's tables by those of the last long runs."""
    runs = [Run.load(file) for file in sorted(results.glob("*-long.json"))[-_RUNS:]]
    page = _PAGE.read_text()
    _PAGE.write_text(_FIGURES.sub(lambda _: _tables(runs), page))
    _BASELINE.write_text(json.dumps(_ratios(runs), indent=2) + "\n")


def regressions(rows: list[Row]) -> dict[str, str]:
    """Return the ratios that are worse than the baseline by half, by name."""
    known = json.loads(_BASELINE.read_text())
    return {
        row.key: f"{with_unit(row)}, was {known[row.key]} {row.unit}"
        for row in rows
        if row.key in known and _is_worse(row, known[row.key])
    }


def _is_worse(row: Row, known: float) -> bool:
    if row.at_least:
        return row.seen.median * _REGRESSION < known
    return row.seen.median > known * _REGRESSION


def _ratios(runs: list[Run]) -> dict[str, float]:
    """Return what says something of us on any machine: our ratios."""
    seen: dict[str, list[float]] = {}
    for run in runs:
        for row in run.rows:
            if row.key.startswith(_RATIOS):
                seen.setdefault(row.key, []).append(row.seen.median)
    return {key: round(median(values), 2) for key, values in seen.items()}


def _tables(runs: list[Run]) -> str:
    columns = [{row.key: row for row in run.rows} for run in runs]
    lines = []
    for last in runs[-1].rows:
        rows = [column[last.key] for column in columns if last.key in column]
        shown = [
            with_unit(column[last.key]) if last.key in column else ""
            for column in columns
        ]
        lines.append((last.what, *shown, target(last), met(rows)))
    numbers = [f"run {number}" for number in range(1, len(runs) + 1)]
    figures = table(("", *numbers, "target", "met"), lines)
    speeds = speed_table(runs[-1].speeds)
    return f"\n{runs[-1].machine}\n\n{figures}\n\nThe last run in absolute figures:\n\n{speeds}\n\n"
