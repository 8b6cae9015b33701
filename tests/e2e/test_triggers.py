"""The triggers and conditions, as the automation editor finds and runs them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from demo.expect import until
from demo.tour import add_instance
from demo.websocket import Json
from simulator import ALL, State

from . import MARKS
from .conftest import House

pytestmark = MARKS

TRIGGERS = ["zapi.connected", "zapi.disconnected"]
CONDITIONS = ["zapi.is_connected", "zapi.is_disconnected"]


class Number:
    """A number in Home Assistant, and what automations make of its changes."""

    def __init__(self, house: House, entity_ids: dict[str, str], device: Json) -> None:
        """Begin with nothing that ran."""
        self.house = house
        self.entity_ids = entity_ids
        self.device_id: str = device["id"]
        self._made: list[str] = []
        self._ran: list[str] = []

    @classmethod
    async def add(cls, house: House) -> Number:
        """Add a number that is connected, and wait until it is registered."""
        home, gateway = house
        await gateway.simulator.connect(gateway.instance)
        await add_instance(home, gateway)
        await house.until_registered()
        devices = await home.websocket.command("config/device_registry/list")
        device = next(found for found in devices if found["manufacturer"] == "Z-API")
        number = cls(house, await home.entity_ids(), device)
        await number.until_shown("on")
        return number

    async def remove_automations(self) -> None:
        """Remove the automations that were made."""
        for identifier in self._made:
            await self.house.home.delete(f"config/automation/config/{identifier}")

    async def automate(self, identifier: str, **config: Any) -> None:
        """Make an automation as the editor does, and wait until it listens."""
        path = f"config/automation/config/{identifier}"
        actions = [{"event": "ran", "event_data": {"alias": identifier}}]
        config = {"alias": identifier, "actions": actions, **config}
        await self.house.home.post(path, config)
        self._made.append(identifier)
        states = self.house.home.websocket.states
        await until("the automation", lambda: f"automation.{identifier}" in states)

    async def listen(self) -> None:
        """Note what runs from now on."""
        await self.house.home.websocket.command(
            "subscribe_events",
            lambda event: self._ran.append(event["data"]["alias"]),
            event_type="ran",
        )

    async def ran(self) -> list[str]:
        """Return what ran, in the order of the alphabet, and forget it."""
        # What was said before the answer to a question has been heard by then.
        await self.house.home.websocket.command("get_config")
        ran, self._ran[:] = sorted(self._ran), []
        return ran

    def last_triggered(self) -> list[str | None]:
        """Return when each automation last ran, which outlives a restart."""
        states = self.house.home.websocket.states
        return [
            states[f"automation.{identifier}"]["attributes"]["last_triggered"]
            for identifier in self._made
        ]

    async def until_shown(self, state: str) -> None:
        """Wait until the entity has a state."""
        states = self.house.home.websocket.states
        entity_id = self.entity_ids["connected"]
        await until(
            state, lambda: states[entity_id]["state"], lambda seen: seen == state
        )

    async def poll(self) -> None:
        """Have Home Assistant ask, which may have to wait ten seconds."""
        home, gateway = self.house
        before = gateway.simulator.log.count
        await home.websocket.command(
            "call_service",
            domain="homeassistant",
            service="update_entity",
            service_data={"entity_id": [self.entity_ids["connected"]]},
        )
        await until(
            "a poll",
            lambda: [request.path for request in gateway.requests(before)],
            lambda paths: "status" in paths,
            seconds=20,
        )

    async def outage(self, meanwhile: State, state: str) -> None:
        """Let the gateway fail, and something happen meanwhile."""
        gateway = self.house.gateway
        gateway.simulator.faults.http_5xx = ALL
        await self.poll()
        await self.until_shown("unavailable")
        gateway.instance.state = meanwhile
        gateway.simulator.faults.clear()
        await self.poll()
        await self.until_shown(state)


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

    for kind, ours in (("trigger", TRIGGERS), ("condition", CONDITIONS)):
        listed: Json = {}
        await command(f"{kind}_platforms/subscribe", listed.update)
        await until("what is ours", listed.copy, set(ours).issubset)
        assert sorted(key for key in listed if key.startswith("zapi.")) == ours

        for target, offered in (
            ({"device_id": [number.device_id]}, ours),
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
