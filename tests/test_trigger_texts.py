"""triggers.yaml, the schemas and the icons speak of the same triggers."""

import json
from pathlib import Path
from typing import Any

from homeassistant.helpers.selector import validate_selector
import pytest
import yaml

from custom_components.zapi.const import DOMAIN
from custom_components.zapi.message_triggers import MESSAGE_TRIGGERS
from custom_components.zapi.messages.event_types import EVENT_TYPES
from custom_components.zapi.trigger import TRIGGERS

FOLDER = Path(__file__).parent.parent / "custom_components" / DOMAIN
DESCRIBED = {
    name: described
    for name, described in yaml.safe_load(
        (FOLDER / "triggers.yaml").read_text()
    ).items()
    if not name.startswith(".")
}
ICONS = json.loads((FOLDER / "icons.json").read_text())["triggers"]
TARGET = {"target": {"entity_id": ["event.casa_message"]}}
# What has to be said: nothing fits everybody.
NEEDED = {"message_status_changed": {"status": ["failed"]}}


def fields(trigger: str) -> dict[str, Any]:
    """Return the fields that the editor shows."""
    shown: dict[str, Any] = DESCRIBED[trigger].get("fields", {})
    return shown


def test_all_speak_of_the_same_triggers() -> None:
    assert set(DESCRIBED) == set(TRIGGERS) == set(ICONS)


@pytest.mark.parametrize("trigger", MESSAGE_TRIGGERS)
async def test_what_the_editor_offers_is_taken(trigger: str) -> None:
    examples = {"text": "Oi", "id": "open"}
    for name, field in fields(trigger).items():
        validate_selector(field["selector"])
        select = field["selector"].get("select")
        if select is None:
            values = [field.get("default", examples.get(name, True))]
        else:
            values = select["options"]
        for value in values:
            chosen = [value] if select and select.get("multiple") else value
            options = NEEDED.get(trigger, {}) | {name: chosen}
            config = {**TARGET, "options": options}
            checked = await MESSAGE_TRIGGERS[trigger].async_validate_config(
                None,  # type: ignore[arg-type]
                config,
            )
            assert name in checked["options"]


@pytest.mark.parametrize("trigger", MESSAGE_TRIGGERS)
async def test_the_editor_shows_what_holds_where_nothing_is_chosen(
    trigger: str,
) -> None:
    async def checked(options: dict[str, Any]) -> Any:
        config = {**TARGET, "options": options}
        return await MESSAGE_TRIGGERS[trigger].async_validate_config(
            None,  # type: ignore[arg-type]
            config,
        )

    needed = NEEDED.get(trigger, {})
    defaults = {
        name: field["default"]
        for name, field in fields(trigger).items()
        if "default" in field
    }
    assert await checked(defaults | needed) == await checked(needed)


def test_all_kinds_of_event_can_be_chosen() -> None:
    select = fields("message_received")["kinds"]["selector"]["select"]

    assert select["options"] == EVENT_TYPES
