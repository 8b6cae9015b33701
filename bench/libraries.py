"""The libraries of the integrations to compare with: Home Assistant installs them when somebody adds those.

What those libraries need in turn, Home Assistant has: also httpx, under another name.
"""

import json
from pathlib import Path
import subprocess
import sys

import homeassistant

_COMPONENTS = Path(homeassistant.__file__).parent / "components"
_OTHERS = ("overseerr", "ntfy", "telegram_bot")


def install(folder: Path) -> str | None:
    """Install them into a folder of their own, where they are not yet.

    Returns:
        the folder; None where they could not be installed.
    """
    wanted = sorted(
        requirement
        for name in _OTHERS
        for requirement in json.loads(
            (_COMPONENTS / name / "manifest.json").read_text()
        )["requirements"]
    )
    stamp = folder / "requirements.txt"
    recipe = "\n".join(wanted)
    if stamp.exists() and stamp.read_text() == recipe:
        return str(folder)
    done = subprocess.run(
        [
            Path(sys.executable).with_name("uv"),
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--python",
            sys.executable,
            "--target",
            folder,
            *wanted,
        ],
        check=False,
    )
    if done.returncode:
        return None
    stamp.write_text(recipe)
    return str(folder)
