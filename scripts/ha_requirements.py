"""Print what a default Home Assistant installs for itself at its start, and what `cloud` needs to load.

Run by `scripts/pin` with the Python whose Home Assistant is meant. The walk is that of Home Assistant's own requirements
manager: a component brings along what it depends on and what it is set up after.
"""

import json
from pathlib import Path

from homeassistant import components
from homeassistant.bootstrap import (
    CORE_INTEGRATIONS,
    DEFAULT_INTEGRATIONS,
    LOGGING_AND_HTTP_DEPS_INTEGRATIONS,
)

ONLY_WITH_OTHERS = {"sentry"}


def requirements() -> set[str]:
    """Return the requirements of the default components and of all that they lean on."""
    todo = {
        *CORE_INTEGRATIONS,
        *DEFAULT_INTEGRATIONS,
        *LOGGING_AND_HTTP_DEPS_INTEGRATIONS,
        "default_config",
    } - ONLY_WITH_OTHERS
    seen: set[str] = set()
    found: set[str] = set()
    while todo:
        domain = todo.pop()
        seen.add(domain)
        path = Path(components.__path__[0], domain, "manifest.json")
        manifest = json.loads(path.read_text())
        found.update(manifest.get("requirements", []))
        todo.update(manifest.get("dependencies", []))
        todo.update(manifest.get("after_dependencies", []))
        todo -= seen
    return found


print("\n".join(sorted(requirements())))
