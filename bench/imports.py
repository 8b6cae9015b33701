"""How long the integration's own modules take to import, beside those of others."""

from collections.abc import Collection, Mapping
import os
from pathlib import Path
import subprocess
import sys

import homeassistant

from .stats import Figure

_REPOSITORY = Path(__file__).resolve().parents[1]
_COMPONENTS = Path(homeassistant.__file__).parent / "components"
PACKAGES = {
    "zapi": (_REPOSITORY / "custom_components" / "zapi", "custom_components.zapi"),
    "overseerr": (_COMPONENTS / "overseerr", "homeassistant.components.overseerr"),
    "ntfy": (_COMPONENTS / "ntfy", "homeassistant.components.ntfy"),
}


def measure(rounds: int, libraries: str) -> Mapping[str, Figure]:
    """Import each package as a whole, in turns; return the milliseconds of its own modules.

    Args:
        rounds: how often.
        libraries: the folder with what the others need.
    """
    took: dict[str, list[float]] = {name: [] for name in PACKAGES}
    for _ in range(rounds + 1):
        for name, (folder, package) in PACKAGES.items():
            took[name].append(_import(_modules(folder, package), package, libraries))
    # The first round compiles.
    return {name: Figure.of(values[1:]) for name, values in took.items()}


def _modules(folder: Path, package: str) -> list[str]:
    names = (
        path.relative_to(folder).with_suffix("").parts
        for path in sorted(folder.rglob("*.py"))
    )
    return [
        ".".join([package, *(part for part in parts if part != "__init__")])
        for parts in names
    ]


def _import(modules: Collection[str], package: str, libraries: str) -> float:
    done = subprocess.run(
        [
            sys.executable,
            "-X",
            "importtime",
            "-c",
            f"import {', '.join(modules)}",
        ],
        cwd=_REPOSITORY,
        # What is compiled is kept, as it is by a Home Assistant.
        env={
            **os.environ,
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPATH": libraries,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    microseconds = 0
    for line in done.stderr.splitlines():
        columns = line.removeprefix("import time:").split("|")
        if len(columns) == 3 and columns[2].strip().startswith(package):
            microseconds += int(columns[0])
    return microseconds / 1000
