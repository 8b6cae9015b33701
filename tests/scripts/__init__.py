"""Tests of what a developer and the workflows call."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
MANIFEST: Final = "custom_components/zapi/manifest.json"
