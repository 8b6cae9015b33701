"""The examples of the pages about messages and their triggers: each runs as it stands."""

from collections.abc import Iterator
from pathlib import Path
import re
from typing import Any
from unittest.mock import patch

from homeassistant.components.camera import Image
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.script import Script
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)

from custom_components.zapi.api import IncomingChoice, MessageKind
from custom_components.zapi.const import DOMAIN
from custom_components.zapi.message_triggers import MESSAGE_TRIGGERS
from custom_components.zapi.messages.outbox import StatusChange
from custom_components.zapi.services import ACTIONS
from simulator import Gateway, Instance
from tests.common import (
    FOREIGN_URL,
    async_add_recipients,
    async_set_up,
    recipient,
    requests,
)
from tests.messages.incoming import Heard, message
from tests.receipts import NO_PHONE, hand_on, not_taken, outbox_of

ROOT = Path(__file__).parent.parent
LANGUAGES = ("en", "pt-BR", "es")
FAMILIES = {"Family": "120363000000000001-group", "Família": "120363000000000002-group"}
POLLS = {"GET status", "GET me", "GET device"}
PIXEL = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


def examples(language: str) -> list[list[dict[str, Any]]]:
    """Return the actions of each example."""
    page = (ROOT / f"docs/{language}/messages.md").read_text()
    blocks = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    return [_actions(block) for block in blocks]


def _actions(block: str) -> list[dict[str, Any]]:
    parsed = parse_yaml(block)
    assert isinstance(parsed, dict) and list(parsed) == ["actions"]
    actions: list[dict[str, Any]] = parsed["actions"]
    return actions


def _steps(actions: list[dict[str, Any]]) -> Iterator[str]:
    """Give all actions of an example, also what is done on a condition."""
    for step in actions:
        if "action" in step:
            yield step["action"]
        yield from _steps(step.get("then", []))


def _all_examples() -> Iterator[Any]:
    for language in LANGUAGES:
        for place, actions in enumerate(examples(language), start=1):
            name = f"{language}-{place}-{next(_steps(actions))}"
            yield pytest.param(actions, id=name)


@pytest.fixture
async def house(
    hass_with_url: HomeAssistant, entry: MockConfigEntry, instance: Instance
) -> HomeAssistant:
    """Return Home Assistant with what the examples name; all were written to before."""
    hass = hass_with_url
    instance.webhooks["receivedCallbackUrl"] = FOREIGN_URL
    instance.groups |= {chat: name for name, chat in FAMILIES.items()}
    await async_setup_component(hass, "camera", {})
    await async_setup_component(hass, "zone", {})
    for camera in ("front_door", "porta", "puerta"):
        hass.states.async_set(f"camera.{camera}", "idle")
    await async_set_up(hass, entry)
    people = [recipient("Maria", "5544988888888")]
    groups = [recipient(name, chat) for name, chat in FAMILIES.items()]
    await async_add_recipients(hass, entry, *people, *groups)
    for name in ("maria", "family", "familia"):
        target = {"entity_id": f"notify.{name}", "message": "Oi"}
        await hass.services.async_call(DOMAIN, "send_message", target, blocking=True)
    return hass


def _answer_all(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Let Maria answer whatever is asked with its first answer."""
    options = {"receive": ["messages"]}
    hass.config_entries.async_update_entry(entry, options=options)
    heard = Heard(entry)

    def answer(_: StatusChange) -> None:
        hass.loop.call_soon(heard.receive, message("1"))

    outbox_of(entry).async_add_listener(answer)


@pytest.mark.parametrize("actions", _all_examples())
async def test_an_example_does_what_it_says(
    house: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    actions: list[dict[str, Any]],
) -> None:
    steps = list(_steps(actions))
    opened = async_mock_service(house, "cover", "open_cover")
    asks = f"{DOMAIN}.ask" in steps
    if asks:
        _answer_all(house, entry)
    script = Script(house, cv.SCRIPT_SCHEMA(actions), "Example", DOMAIN)
    gateway.exchanges.clear()

    with patch(
        "homeassistant.components.camera.async_get_image",
        return_value=Image("image/png", PIXEL),
    ):
        await script.async_run(context=Context())
    await house.async_block_till_done(wait_background_tasks=True)

    asked = [request for request in requests(gateway) if request not in POLLS]
    if asks:
        paths = ["POST send-image", "POST send-text", "POST send-reaction"]
        assert asked == paths
        assert len(opened) == 1
    else:
        assert len(asked) == len(steps)
    assert all(exchange.status in (200, 204) for exchange in gateway.exchanges)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_action_has_an_example(language: str) -> None:
    used = {step for actions in examples(language) for step in _steps(actions)}

    assert used == {
        *(f"{DOMAIN}.{name}" for name in ACTIONS),
        *("notify.send_message", "cover.open_cover"),
    }


# What the examples call the number, which is called Casa here.
NUMBERS = re.compile("my_number|meu_numero|mi_numero")


def automations(language: str) -> list[dict[str, Any]]:
    """Return the automations that messages trigger, as the pages have them."""
    pages = [
        (ROOT / f"docs/{language}/{name}.md").read_text()
        for name in ("automations", "receiving")
    ]
    blocks = re.findall(
        r"^```yaml\n(.*?)^```$", "\n".join(pages), re.MULTILINE | re.DOTALL
    )
    parsed: list[Any] = [parse_yaml(NUMBERS.sub("casa", block)) for block in blocks]
    return [
        one
        for one in parsed
        if one.get("triggers")
        and one["triggers"][0]["trigger"].removeprefix("zapi.") in MESSAGE_TRIGGERS
    ]


def _all_automations() -> Iterator[Any]:
    for language in LANGUAGES:
        for place, config in enumerate(automations(language), start=1):
            name = f"{language}-{place}-{config['triggers'][0]['trigger']}"
            yield pytest.param(config, id=name)


def _cause(entry: MockConfigEntry, trigger: dict[str, Any]) -> None:
    """Let happen what a trigger waits for."""
    options, heard = trigger.get("options", {}), Heard(entry)
    match trigger["trigger"].removeprefix("zapi."):
        case "message_received":
            heard.receive(message(options.get("text", "Oi").upper()))
        case "choice_made":
            choice = IncomingChoice(options["id"], "Abrir", (), None)
            heard.receive(message(kind=MessageKind.CHOICE, choice=choice))
        case "call_received":
            heard.receive(message(None, kind=MessageKind.CALL))
        case "message_status_changed":
            message_id = next(reversed(outbox_of(entry)._records))
            hand_on(entry, not_taken(message_id, NO_PHONE))


@pytest.mark.parametrize("config", _all_automations())
async def test_an_automation_of_the_pages_does_what_it_says(
    house: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    config: dict[str, Any],
) -> None:
    config = {"id": "it", "alias": "It", **config}
    called = [
        async_mock_service(house, *step["action"].split("."))
        for step in config["actions"]
        if not step["action"].startswith(f"{DOMAIN}.")
    ]
    assert await async_setup_component(house, "automation", {"automation": config})
    await house.async_block_till_done()
    gateway.exchanges.clear()

    _cause(entry, config["triggers"][0])
    await house.async_block_till_done()

    asked = [request for request in requests(gateway) if request not in POLLS]
    assert all(called)
    assert len(asked) == len(config["actions"]) - len(called)
    assert all(exchange.status in (200, 204) for exchange in gateway.exchanges)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_trigger_of_messages_has_an_example(language: str) -> None:
    used = {config["triggers"][0]["trigger"] for config in automations(language)}

    assert used == {f"{DOMAIN}.{name}" for name in MESSAGE_TRIGGERS}
