"""The libraries of the integrations to compare with: Home Assistant installs them when somebody adds those."""

import json
from pathlib import Path
import subprocess
import sys

import homeassistant

_COMPONENTS = Path(homeassistant.__file__).parent / "components"
_OTHERS = ("overseerr", "ntfy")


def install(folder: Path) -> bool:
    """Install them into a folder of their own, where they are not yet; tell whether they are there."""
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
        return True
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
        return False
    stamp.write_text(recipe)
    return True
