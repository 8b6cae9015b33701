"""Home Assistant's websocket API: commands, and a mirror of what it publishes."""

from asyncio import Future, get_running_loop, timeout
from collections.abc import Callable
from itertools import count
from typing import Any, Self

from aiohttp import ClientSession, ClientWebSocketResponse

from .expect import expect

type Json = dict[str, Any]

_LONGEST_MESSAGE = 16 * 2**20
_PATIENCE = 30


class CommandError(Exception):
    """Home Assistant refused a command, or went away before it answered."""


class Websocket:
    """One connection that has signed in.

    Attributes:
        states: the state of each entity, by entity id.
        entries: the config entries, by entry id.
        flows: the dialogs that wait for a person although nobody opened them, by flow id.
        running: whether all that Home Assistant sets up at its start is set up.
    """

    def __init__(self, connection: ClientWebSocketResponse) -> None:
        """Listen on a connection; ``open`` makes one."""
        self.states: dict[str, Json] = {}
        self.entries: dict[str, Json] = {}
        self.flows: dict[str, Json] = {}
        self.running = False
        self._connection = connection
        self._numbers = count(1)
        self._results: dict[int, Future[Any]] = {}
        self._takers: dict[int, Callable[[Any], None]] = {}
        self._reader = get_running_loop().create_task(self._read())

    @classmethod
    async def open(cls, session: ClientSession, url: str, token: str) -> Self:
        """Connect, sign in, and begin to mirror."""
        connection = await session.ws_connect(
            f"{url}/api/websocket", max_msg_size=_LONGEST_MESSAGE
        )
        await connection.receive_json(timeout=_PATIENCE)
        await connection.send_json({"type": "auth", "access_token": token})
        answer = (await connection.receive_json(timeout=_PATIENCE))["type"]
        expect("auth_ok", answer, holds=answer == "auth_ok")
        websocket = cls(connection)
        await websocket._mirror()
        return websocket

    async def close(self) -> None:
        """Leave."""
        await self._connection.close()
        await self._reader

    async def command(
        self, kind: str, taker: Callable[[Any], None] | None = None, **fields: Any
    ) -> Any:
        """Send a command and return its result.

        Args:
            kind: the command's type.
            taker: gets each event, where the command is a subscription.
            fields: what else the command says.

        Raises:
            CommandError: it was refused, or the connection ended.
        """
        number = next(self._numbers)
        result = self._results[number] = get_running_loop().create_future()
        if taker:
            self._takers[number] = taker
        await self._connection.send_json({"id": number, "type": kind, **fields})
        async with timeout(_PATIENCE):
            return await result

    async def _mirror(self) -> None:
        for event, taker in (
            ("state_changed", self._take_state),
            ("homeassistant_started", self._take_start),
        ):
            await self.command("subscribe_events", taker, event_type=event)
        await self.command("config_entries/subscribe", self._take_entries)
        await self.command("config_entries/flow/subscribe", self._take_flows)
        for state in await self.command("get_states"):
            self.states.setdefault(state["entity_id"], state)
        self.running |= (await self.command("get_config"))["state"] == "RUNNING"

    def _take_state(self, event: Json) -> None:
        entity_id, state = event["data"]["entity_id"], event["data"]["new_state"]
        if state is None:
            self.states.pop(entity_id, None)
        else:
            self.states[entity_id] = state

    def _take_start(self, _event: Json) -> None:
        self.running = True

    def _take_entries(self, changes: list[Json]) -> None:
        for change in changes:
            entry = change["entry"]
            if change["type"] == "removed":
                self.entries.pop(entry["entry_id"], None)
            else:
                self.entries[entry["entry_id"]] = entry

    def _take_flows(self, changes: list[Json]) -> None:
        for change in changes:
            if change["type"] == "removed":
                self.flows.pop(change["flow_id"], None)
            else:
                self.flows[change["flow_id"]] = change["flow"]

    async def _read(self) -> None:
        async for message in self._connection:
            heard = message.json()
            # Home Assistant gathers what it says at one moment into a list.
            for news in heard if isinstance(heard, list) else [heard]:
                self._take(news)
        for result in self._results.values():
            result.set_exception(CommandError("the connection ended"))
        self._results.clear()

    def _take(self, news: Json) -> None:
        if news["type"] == "event":
            self._takers[news["id"]](news["event"])
        elif news["type"] == "result":
            result = self._results.pop(news["id"])
            if news["success"]:
                result.set_result(news["result"])
            else:
                result.set_exception(CommandError(news["error"]["message"]))
