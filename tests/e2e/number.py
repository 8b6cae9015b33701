"""A number in Home Assistant, and the automations that are made for it."""

from typing import Any, Self

from demo.tour import add_instance
from harness.expect import until
from harness.websocket import Json
from simulator import ALL, State

from .conftest import House

TRIGGERS = ["zapi.connected", "zapi.disconnected"]
MESSAGE_TRIGGERS = [
    "zapi.call_received",
    "zapi.choice_made",
    "zapi.message_received",
    "zapi.message_status_changed",
]
CONDITIONS = ["zapi.is_connected", "zapi.is_disconnected"]


class Number:
    """A number in Home Assistant, and what automations make of its changes."""

    def __init__(self, house: House, entity_ids: dict[str, str], device: Json) -> None:
        """Begin with nothing that ran."""
        self.house = house
        self.entity_ids = entity_ids
        self.device_id: str = device["id"]
        self._ran: list[str] = []

    @classmethod
    async def add(cls, house: House) -> Self:
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

    async def receive(self, *what: str, others: str = "nobody") -> None:
        """Have it receive what a person ticks in its options, and wait until that comes."""
        home, gateway = self.house
        entry = await home.entry_in("loaded")
        menu = await home.start_options(entry["entry_id"])
        form = await home.submit_options(menu, {"next_step_id": "receive"})
        await home.submit_options(form, {"receive": list(what), "others": others})
        await until(
            "messages to be posted",
            lambda: gateway.instance.webhooks["receivedCallbackUrl"],
            lambda url: url.startswith(home.url),
        )

    async def remove_automations(self) -> None:
        """Remove the automations that were made."""
        for automation in self._automations():
            identifier = automation["attributes"]["id"]
            await self.house.home.delete(f"config/automation/config/{identifier}")

    async def automate(self, identifier: str, **config: Any) -> None:
        """Make an automation as the editor does, and wait until it listens."""
        path = f"config/automation/config/{identifier}"
        if not config.keys() & {"actions", "use_blueprint"}:
            event = {"event": "ran", "event_data": {"alias": identifier}}
            config["actions"] = [event]
        await self.house.home.post(path, {"alias": identifier, **config})
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

    async def until_ran(self, *expected: str) -> None:
        """Wait until just these have run, in the order of the alphabet; forget it."""
        await until(
            "the runs",
            lambda: sorted(self._ran),
            lambda ran: ran == sorted(expected),
            seconds=20,
        )
        self._ran.clear()

    def last_triggered(self) -> list[str | None]:
        """Return when each automation last ran, which outlives a restart."""
        return [
            automation["attributes"]["last_triggered"]
            for automation in self._automations()
        ]

    def _automations(self) -> list[Json]:
        """Return what is there, and not what a kill left in the entity registry."""
        states = self.house.home.websocket.states
        automations = [
            states[key] for key in sorted(states) if key.startswith("automation.")
        ]
        return [
            automation
            for automation in automations
            if not automation["attributes"].get("restored")
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
