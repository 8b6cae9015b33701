"""A Home Assistant that has our blueprints."""

from pathlib import Path
from shutil import copytree

from homeassistant.core import HomeAssistant
import pytest

FOLDER = Path(__file__).parents[2] / "blueprints" / "automation" / "zapi"


@pytest.fixture(autouse=True)
def _imported(
    hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let the configuration folder have our blueprints."""
    copytree(FOLDER, tmp_path / "blueprints" / "automation" / "zapi")
    monkeypatch.setattr(hass.config, "config_dir", str(tmp_path))
