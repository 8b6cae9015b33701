"""One run of the benchmark: shown as it goes on, and kept."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
import json
from pathlib import Path

from .report import Row, Speed
from .stats import Figure


class Run:
    """What one run found.

    Attributes:
        machine: one line on where.
        rows: the figures, and what they shall reach.
        speeds: the absolute figures.
    """

    def __init__(self, machine: str, *, is_long: bool) -> None:
        """Begin with nothing found."""
        self.machine = machine
        self.rows: list[Row] = []
        self.speeds: list[Speed] = []
        self._is_long = is_long
        self._began = datetime.now(UTC)

    def add(self, rows: list[Row]) -> None:
        """Show figures and keep them."""
        self.rows += rows
        print(_targets(rows), end="\n\n", flush=True)

    def add_speeds(self, speeds: list[Speed]) -> None:
        """Show absolute figures and keep them."""
        self.speeds += speeds
        print(speed_table(speeds), end="\n\n", flush=True)

    def save(self, folder: Path) -> None:
        """Write all to a JSON file that is named after the moment."""
        folder.mkdir(exist_ok=True)
        kind = "long" if self._is_long else "short"
        (folder / f"{self._began:%Y%m%d-%H%M%S}-{kind}.json").write_text(
            json.dumps(
                {
                    "began": self._began.isoformat(timespec="seconds"),
                    "machine": self.machine,
                    "speeds": [speed._asdict() for speed in self.speeds],
                    "rows": [row._asdict() for row in self.rows],
                },
                indent=1,
            )
        )

    @classmethod
    def load(cls, file: Path) -> Run:
        """Read what was saved."""
        stored = json.loads(file.read_text())
        run = cls(stored["machine"], is_long=file.stem.endswith("long"))
        run.rows = [
            Row(**{**row, "seen": Figure(*row["seen"])}) for row in stored["rows"]
        ]
        run.speeds = [
            Speed(
                speed["what"],
                Figure(*speed["median"]),
                speed["p99"],
                speed["rate"] and Figure(*speed["rate"]),
            )
            for speed in stored["speeds"]
        ]
        return run


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Return a table that reads well as text and is one in Markdown."""
    every = [list(head), *map(list, lines)]
    widths = [max(map(len, column)) for column in zip(*every, strict=True)]
    text = [
        "| "
        + " | ".join(
            cell.ljust(width) for cell, width in zip(line, widths, strict=True)
        )
        + " |"
        for line in every
    ]
    text.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(text)


def _targets(rows: Iterable[Row]) -> str:
    return table(
        ("", "median", "quartiles", "target", "met"),
        (
            (row.what, with_unit(row), _quartiles(row.seen), target(row), met([row]))
            for row in rows
        ),
    )


def speed_table(speeds: Iterable[Speed]) -> str:
    """Return the table of absolute figures."""
    return table(
        ("", "median, µs", "p99, µs", "callbacks a second over 32 connections"),
        (
            (
                speed.what,
                f"{speed.median.median:.0f} ({_quartiles(speed.median)})",
                f"{speed.p99:.0f}",
                f"{speed.rate.median:.0f} ({_quartiles(speed.rate)})"
                if speed.rate
                else "",
            )
            for speed in speeds
        ),
    )


def target(row: Row) -> str:
    """Return what a figure shall reach."""
    if row.target is None:
        return ""
    return f"{'≥' if row.at_least else '≤'} {row.target:g} {row.unit}".strip()


def met(rows: Sequence[Row]) -> str:
    """Tell whether the same target was met each time."""
    if rows[0].holds is None:
        return ""
    return "yes" if all(row.holds for row in rows) else "**no**"


def with_unit(row: Row) -> str:
    """Return a figure."""
    return f"{_digits(row.seen.median)} {row.unit}".strip()


def _quartiles(figure: Figure) -> str:
    if figure.low == figure.high:
        return ""
    return f"{_digits(figure.low)} … {_digits(figure.high)}"


def _digits(value: float) -> str:
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
