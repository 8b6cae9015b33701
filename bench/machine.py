"""On what was measured."""

from importlib.metadata import version
import os
from pathlib import Path
import platform


def describe() -> str:
    """Return one line on the machine and what runs on it."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} × {model}, {memory:.0f} GiB, Linux {platform.release()}, Python {platform.python_version()},"
        f" Home Assistant {version('homeassistant')}, aiohttp {version('aiohttp')}; load {os.getloadavg()[0]:.1f} at the start"
    )
