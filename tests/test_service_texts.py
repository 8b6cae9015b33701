"""services.yaml, the schemas, the texts and the icons speak of the same fields."""

import json
from pathlib import Path
from typing import Any

# Read with the descriptions of all actions; it complains once where a library is missing.
import homeassistant.components.camera  # noqa: F401
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.selector import validate_selector
from homeassistant.helpers.service import async_get_all_descriptions
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import yaml

from custom_components.zapi.const import DOMAIN
from custom_components.zapi.services import ACTIONS

from .translations import LANGUAGES

FOLDER = Path(__file__).parent.parent / "custom_components" / DOMAIN
SERVICES = yaml.safe_load((FOLDER / "services.yaml").read_text())
ICONS = json.loads((FOLDER / "icons.json").read_text())["services"]
TARGETS = {str(key) for key in cv.ENTITY_SERVICE_FIELDS}


def sections(action: str) -> set[str]:
    """Return the sections that the editor shows."""
    fields = SERVICES[action]["fields"]
    return {name for name, field in fields.items() if "fields" in field}


def fields(action: str) -> dict[str, dict[str, Any]]:
    """Return the fields that the editor shows, in sections or not."""
    found: dict[str, dict[str, Any]] = {}
    for name, field in SERVICES[action]["fields"].items():
        found |= field.get("fields", {name: field})
    return found


def in_schema(action: str) -> dict[str, Any]:
    """Return the fields of an action's schema but for those of the target."""
    keys = ACTIONS[action][1].schema
    return {str(key): key for key in keys if str(key) not in TARGETS}


def test_all_speak_of_the_same_actions() -> None:
    assert set(SERVICES) == set(ACTIONS) == set(ICONS)
    for language, texts in LANGUAGES.items():
        assert set(texts["services"]) == set(ACTIONS), language


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_has_the_same_fields_everywhere(action: str) -> None:
    expected = set(in_schema(action))

    assert set(fields(action)) == expected
    assert set(ICONS[action].get("sections", {})) == sections(action)
    for language, texts in LANGUAGES.items():
        said = texts["services"][action]
        assert set(said["fields"]) == expected, language
        assert set(said.get("sections", {})) == sections(action), language
        for text in (said, *said["fields"].values()):
            assert text["name"], language
            assert text["description"], language


@pytest.mark.parametrize("action", ACTIONS)
def test_the_editor_demands_what_the_schema_does(action: str) -> None:
    demanded = {name for name, field in fields(action).items() if field.get("required")}

    assert demanded == {
        name
        for name, key in in_schema(action).items()
        if type(key).__name__ == "Required"
    }


@pytest.mark.parametrize("action", ACTIONS)
def test_a_target_is_taken_where_one_is_offered(action: str) -> None:
    offers = "target" in SERVICES[action]

    takes = {str(key) for key in ACTIONS[action][1].schema} >= TARGETS
    assert takes is offers
    assert offers is (action not in {"find_chats", "check_number"})


@pytest.mark.parametrize("action", ACTIONS)
def test_what_can_be_picked_is_named_and_taken(action: str) -> None:
    for name, field in fields(action).items():
        validate_selector(field["selector"])
        select = field["selector"].get("select")
        if select is None:
            continue
        for language, texts in LANGUAGES.items():
            named = texts["selector"][select["translation_key"]]["options"]
            assert set(named) == set(select["options"]), language
        validate = ACTIONS[action][1].schema[name]
        assert [validate(option) for option in select["options"]] == select["options"]


def test_the_fields_of_a_choice_are_named() -> None:
    selector = SERVICES["send_choices"]["fields"]["choices"]["selector"]["object"]

    for language, texts in LANGUAGES.items():
        named = texts["selector"][selector["translation_key"]]["fields"]
        assert set(named) == set(selector["fields"]), language


async def test_home_assistant_offers_the_actions_for_a_recipient(
    hass: HomeAssistant, house: MockConfigEntry
) -> None:
    offered = (await async_get_all_descriptions(hass))[DOMAIN]

    assert offered["send_message"]["target"] == {
        "entity": [{"domain": ["notify"], "integration": "zapi"}]
    }
    assert offered["send_message"]["response"] == {"optional": True}
    assert offered["check_number"]["response"] == {"optional": False}
