"""The triggers and conditions in a real Home Assistant, made by the editor's API."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from demo.tour import add_recipient
from harness.expect import until
from harness.websocket import Json
from simulator import State
from simulator.writer import Writer

from . import MARKS
from .conftest import House
from .number import CONDITIONS, MESSAGE_TRIGGERS, TRIGGERS, Number

pytestmark = MARKS

MARIA = "5544988888888"
BLUEPRINT = Path("blueprints/automation/zapi/disconnected_notify.en.yaml").read_text()


@pytest_asyncio.fixture(loop_scope="session")
async def number(house: House) -> AsyncIterator[Number]:
    """Add a number, and remove the automations that a test makes for it."""
    number = await Number.add(house)
    yield number
    await number.remove_automations()


async def test_they_are_listed_and_offered_for_a_number_and_not_for_the_phone_itself(
    number: Number,
) -> None:
    command = number.house.home.websocket.command

    for kind, ours, of_messages in (
        ("trigger", TRIGGERS, MESSAGE_TRIGGERS),
        ("condition", CONDITIONS, []),
    ):
        listed: Json = {}
        all_of_them = sorted([*ours, *of_messages])
        await command(f"{kind}_platforms/subscribe", listed.update)
        await until("what is ours", listed.copy, set(all_of_them).issubset)
        assert sorted(key for key in listed if key.startswith("zapi.")) == all_of_them

        for target, offered in (
            ({"device_id": [number.device_id]}, all_of_them),
            ({"entity_id": [number.entity_ids["connected"]]}, ours),
            ({"entity_id": [number.entity_ids["smartphone"]]}, []),
        ):
            found = await command(f"get_{kind}s_for_target", target=target)
            assert sorted(key for key in found if key.startswith("zapi.")) == offered


async def test_automations_of_the_editor_run_once_a_real_change(number: Number) -> None:
    gateway = number.house.gateway
    target = {"device_id": number.device_id}
    for trigger in TRIGGERS:
        name = trigger.removeprefix("zapi.")
        await number.automate(name, triggers={"trigger": trigger, "target": target})
        for condition in CONDITIONS:
            await number.automate(
                f"{name}_{condition.removeprefix('zapi.')}",
                triggers={"trigger": trigger, "target": target},
                conditions={"condition": condition, "target": target},
            )
    await number.listen()
    dropped = ["disconnected", "disconnected_is_disconnected"]
    back = ["connected", "connected_is_connected"]

    await gateway.simulator.disconnect(gateway.instance)
    await number.until_shown("off")
    assert await number.ran() == dropped
    await gateway.simulator.connect(gateway.instance)
    await number.until_shown("on")
    assert await number.ran() == back

    # A good poll, after which the next that fails is believed.
    await number.poll()
    await number.outage(State.LOST_SESSION, "off")
    assert await number.ran() == dropped
    await number.outage(State.LOST_SESSION, "off")
    assert await number.ran() == []


async def test_a_repair_turns_on_what_the_triggers_of_messages_wait_for(
    number: Number,
) -> None:
    home, gateway = number.house
    command = home.websocket.command
    entry = await home.entry_in("loaded")
    maria = await add_recipient(home, entry["entry_id"], "Maria", MARIA)
    devices = await command("config/device_registry/list")
    [device] = [one["id"] for one in devices if one["name"] == "Maria"]
    found = await command("get_triggers_for_target", target={"device_id": [device]})
    ours = sorted(key for key in found if key.startswith("zapi."))
    assert ours == MESSAGE_TRIGGERS
    for trigger in MESSAGE_TRIGGERS:
        name = trigger.removeprefix("zapi.")
        options = {"status": ["read"]} if "status" in name else {}
        for whose, chosen in (("of_maria", device), ("of_all", number.device_id)):
            target = {"device_id": chosen}
            config = {"trigger": trigger, "target": target, "options": options}
            await number.automate(f"{name}_{whose}", triggers=config)

    await turn_on(number, f"messages_off_{entry['entry_id']}")

    await number.listen()
    writer = Writer(gateway=gateway.simulator, instance=gateway.instance, phone=MARIA)
    answer = await command(
        "call_service",
        domain="zapi",
        service="send_choices",
        service_data={"message": "Open?", "choices": ["Yes", "No"]},
        target={"entity_id": maria},
        return_response=True,
    )
    [asked] = answer["response"]["messages"]
    # The simulator reads it after some seconds.
    await number.until_ran(*of_both("message_status_changed"))
    await writer.write("Hello")
    await number.until_ran(*of_both("message_received"))
    await writer.send("CALL_RECEIVED")
    await number.until_ran(*of_both("call_received"))
    await writer.write("2", asked["message_id"])
    await number.until_ran(*of_both("choice_made"), *of_both("message_received"))


def of_both(name: str) -> list[str]:
    """Return the automation of a recipient's device and that of the number's."""
    return [f"{name}_of_all", f"{name}_of_maria"]


async def turn_on(number: Number, issue_id: str) -> None:
    """Go through the dialog of the repair, and wait until it is gone."""
    home = number.house.home

    async def shown() -> list[str]:
        issues = (await home.websocket.command("repairs/list_issues"))["issues"]
        return [one["issue_id"] for one in issues if one["domain"] == "zapi"]

    assert await shown() == [issue_id]
    path = "repairs/issues/fix"
    flow = await home.post(path, {"handler": "zapi", "issue_id": issue_id})
    assert "Messages" in flow["description_placeholders"]["missing"]
    assert "Receipts" in flow["description_placeholders"]["missing"]
    flow = await home.post(f"{path}/{flow['flow_id']}", {})
    assert flow["type"] == "create_entry"
    assert await shown() == []


async def test_a_reload_and_a_restart_run_nothing(number: Number) -> None:
    home, gateway = number.house
    for trigger in TRIGGERS:
        await number.automate(
            trigger.removeprefix("zapi."),
            triggers={"trigger": trigger, "target": {"device_id": number.device_id}},
        )
    last = number.last_triggered()
    entry = await home.entry_in("loaded")

    async def reload() -> None:
        await home.reload_entry(entry["entry_id"])

    async def restart() -> None:
        await home.stop()
        await home.start()

    for again in (reload, restart):
        for state, shown in ((State.LOST_SESSION, "off"), (State.CONNECTED, "on")):
            gateway.instance.state = state
            await again()
            await number.until_shown(shown)
            assert number.last_triggered() == last


async def test_the_blueprint_tells_of_a_drop_and_of_one_that_it_finds_at_start(
    number: Number,
) -> None:
    home, gateway = number.house
    command, path = home.websocket.command, "disconnected_notify.en.yaml"
    await command(
        "blueprint/save",
        domain="automation",
        path=path,
        yaml=BLUEPRINT,
        allow_override=True,
    )
    inputs = {
        "connected": [number.entity_ids["connected"]],
        "notify": ["notify.nobody"],
        "wait": {"seconds": 0},
    }
    await number.automate("tell", use_blueprint={"path": path, "input": inputs})

    async def until_runs(count: int) -> None:
        """Wait until so many runs wait for the number to be back."""
        states = home.websocket.states
        await until(
            f"{count} runs",
            lambda: states["automation.tell"]["attributes"]["current"],
            lambda seen: seen == count,
        )

    await gateway.simulator.disconnect(gateway.instance)
    await until_runs(1)
    [told] = number.last_triggered()

    await home.stop()
    await home.start()
    await until_runs(1)
    assert number.last_triggered() != [told]

    await gateway.simulator.connect(gateway.instance)
    await until_runs(0)
