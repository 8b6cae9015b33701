"""What a person's own Home Assistant has besides: a country, something to notify, the blueprints."""

from pathlib import Path
from shutil import copy
from typing import Final

from harness.expect import expect, until
from harness.home_assistant import DOMAIN, HomeAssistant
from harness.websocket import Json

COUNTRY: Final = "BR"
PHONE: Final = "notify.demo_phone"
PICTURE: Final = "www/house.png"
BLUEPRINT: Final = "zapi/disconnected_notify.en.yaml"

_REPOSITORY = Path(__file__).resolve().parents[1]
_BLUEPRINTS = _REPOSITORY / "blueprints" / "automation"
_LOGO = _REPOSITORY / "custom_components" / DOMAIN / "brand" / "logo.png"
# The entity of Home Assistant's own File integration writes to a file: this shows it where a person looks.
_SHOW = {
    "alias": "Show what the demo's phone is told",
    "triggers": [
        {
            "trigger": "event",
            "event_type": "call_service",
            "event_data": {"domain": "notify", "service": "send_message"},
        }
    ],
    "conditions": [
        f"{{{{ '{PHONE}' in [trigger.event.data.service_data.entity_id] | flatten }}}}"
    ],
    "actions": [
        {
            "action": "persistent_notification.create",
            "data": {
                "title": "{{ trigger.event.data.service_data.title | default('Message') }}",
                "message": "{{ trigger.event.data.service_data.message }}",
            },
        }
    ],
    "mode": "queued",
}


async def furnish(home: HomeAssistant) -> str:
    """Give it all that, and say so."""
    command = home.websocket.command
    await command("config/core/update", country=COUNTRY)
    await _add_phone(home)
    copy(_LOGO, home.config / PICTURE)
    await automate(home, "demo_phone", _SHOW)
    for path in sorted(_BLUEPRINTS.glob("*/*.yaml")):
        await command(
            "blueprint/save",
            domain="automation",
            path=str(path.relative_to(_BLUEPRINTS)),
            yaml=path.read_text(),
        )
    return (
        f"its country is {COUNTRY}, {PHONE} can be notified, the blueprints are there"
    )


async def _add_phone(home: HomeAssistant) -> None:
    notified = home.config / "www" / "notifications.txt"
    notified.parent.mkdir(exist_ok=True)
    flow: Json = await home.post("config/config_entries/flow", {"handler": "file"})
    flow = await home.submit(flow, {"next_step_id": "notify"})
    added = await home.submit(flow, {"file_path": str(notified)})
    expect("an entry", added["type"], holds=added["type"] == "create_entry")
    entry_id = added["result"]["entry_id"]

    entities = await home.websocket.command("config/entity_registry/list")
    found = [
        entity["entity_id"]
        for entity in entities
        if entity["config_entry_id"] == entry_id
    ]
    expect("one notify entity", found, holds=len(found) == 1)
    await home.websocket.command(
        "config/entity_registry/update",
        entity_id=found[0],
        new_entity_id=PHONE,
        name="Demo phone",
    )


async def automate(home: HomeAssistant, name: str, automation: Json) -> None:
    """Save an automation, and wait until it is on."""
    await home.post(f"config/automation/config/{name}", automation)
    states = home.websocket.states.values()
    await until(
        f"the automation {name}",
        lambda: [
            state["attributes"].get("id") for state in states if state["state"] == "on"
        ],
        lambda seen: name in seen,
    )


async def others_repairs(home: HomeAssistant, domain: str) -> list[str]:
    """Return the titles of the repairs that Home Assistant shows and that integration has no part in."""
    command = home.websocket.command
    issues = [
        issue
        for issue in (await command("repairs/list_issues"))["issues"]
        if issue["domain"] != domain
    ]
    domains = sorted({issue["domain"] for issue in issues})
    translations = await command(
        "frontend/get_translations",
        language="en",
        category="issues",
        integration=domains,
    )
    texts = translations["resources"]
    return [
        texts.get(f"component.{issue['domain']}.issues.{key}.title", key).format(
            **issue["translation_placeholders"] or {}
        )
        for issue in issues
        for key in [issue["translation_key"]]
    ]
