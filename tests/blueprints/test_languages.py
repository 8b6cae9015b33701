"""Each blueprint is there in each language, valid, and does the same in all."""

from itertools import product
from pathlib import Path
from typing import Any

from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint.models import Blueprint
from homeassistant.helpers.selector import selector
from homeassistant.util.yaml import load_yaml_dict
import pytest

ROOT = Path(__file__).parents[2] / "blueprints"
FOLDER = ROOT / "automation" / "zapi"
NAMES = sorted(path.stem for path in ROOT.glob("skeletons/*.yaml"))
LANGUAGES = ("en", "es", "pt-BR")
BLUEPRINTS = sorted(path.name for path in FOLDER.glob("*.yaml"))


@pytest.fixture(params=BLUEPRINTS)
def blueprint(request: pytest.FixtureRequest) -> str:
    """Return the file name of each blueprint in turn."""
    return str(request.param)


def _without_texts(node: Any) -> Any:
    """Return what a blueprint does, without what it says."""
    if isinstance(node, list):
        return [_without_texts(item) for item in node]
    if not isinstance(node, dict):
        return node
    texts = {"alias", "default", "description", "kinds", "message", "name", "stop"}
    return {
        key: _without_texts(node[key])
        for key in node.keys() - texts - {"source_url", "title"}
    }


def test_there_is_one_in_each_language() -> None:
    assert len(NAMES) == 5
    assert [
        f"{name}.{language}.yaml" for name, language in product(NAMES, LANGUAGES)
    ] == BLUEPRINTS


def test_each_is_valid_and_says_where_it_comes_from(blueprint: str) -> None:
    data = load_yaml_dict(FOLDER / blueprint)

    loaded = Blueprint(
        data, expected_domain="automation", schema=AUTOMATION_BLUEPRINT_SCHEMA
    )

    assert loaded.validate() is None
    assert loaded.metadata["source_url"].endswith(f"/automation/zapi/{blueprint}")
    for name, field in loaded.inputs.items():
        assert field["name"], name
        selector(field["selector"])


def test_all_do_the_same(blueprint: str) -> None:
    name = blueprint.partition(".")[0]
    english, other = (
        load_yaml_dict(FOLDER / file) for file in (f"{name}.en.yaml", blueprint)
    )

    assert _without_texts(english) == _without_texts(other)
