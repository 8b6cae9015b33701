"""What automations make of messages, in a Home Assistant that may come and go."""

from datetime import datetime
import ssl
from typing import Self

from aiohttp import ClientSession, TCPConnector

from demo.tour import add_recipient
from harness.websocket import Json

from .conftest import House
from .flood import Target
from .number import Number

MARIA = "5544988888888"
MESSAGES = "event.maria_message"
MOST_RUNS_AT_ONCE = 50


class Listener:
    """What automations made of messages, in a Home Assistant that may come and go."""

    def __init__(self, number: Number, entity_id: str) -> None:
        """Begin with nothing heard."""
        self.number = number
        self.entity_id = entity_id
        self.ran: list[tuple[str, str, float]] = []

    @classmethod
    async def add(cls, house: House) -> Self:
        """Add a number that receives messages, and Maria, who may trigger."""
        number = await Number.add(house)
        entry = await house.home.entry_in("loaded")
        await add_recipient(house.home, entry["entry_id"], "Maria", MARIA)
        await number.receive("messages")
        listener = cls(number, MESSAGES)
        await listener.listen()
        return listener

    async def automate(self, alias: str) -> None:
        """Make an automation that tells the id of each message that is not late."""
        await self.number.automate(
            alias,
            triggers={"trigger": "state", "entity_id": self.entity_id},
            conditions="{{ trigger.to_state.attributes.late is false }}",
            actions={
                "event": "ran",
                "event_data": {
                    "alias": alias,
                    "message_id": "{{ trigger.to_state.attributes.message_id }}",
                },
            },
            mode="parallel",
            max=MOST_RUNS_AT_ONCE,
        )

    async def listen(self) -> None:
        """Note what runs from now on."""

        def note(event: Json) -> None:
            data, at = event["data"], datetime.fromisoformat(event["time_fired"])
            self.ran.append((data["alias"], data["message_id"], at.timestamp()))

        await self.number.house.home.websocket.command(
            "subscribe_events", note, event_type="ran"
        )

    def shown(self) -> Json:
        """Return the attributes of the event."""
        states = self.number.house.home.websocket.states
        return dict(states.get(self.entity_id, {}).get("attributes", {}))

    async def post(self, body: Json) -> int:
        """Post one callback, and return the answer's status."""
        target = Target.of(self.number.house)
        trust = ssl.create_default_context(cafile=target.authority)
        async with (
            ClientSession(connector=TCPConnector(ssl=trust)) as session,
            session.post(target.url, json=body) as response,
        ):
            return response.status
