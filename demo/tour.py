"""The path of the first user: add the integration, and see the number connect, drop and connect again."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import NamedTuple

from simulator import Exchange

from .expect import expect, until
from .gateway import DemoGateway
from .home_assistant import HomeAssistant
from .websocket import Json

_FAST_ENOUGH = 50
_HOOKS = ("connectedCallbackUrl", "disconnectedCallbackUrl")
_NAMES = {"connected": "Connected", "phone": "Phone number"}


class Step(NamedTuple):
    """Something that happens, and what to do for it; that returns what is then seen."""

    says: str
    does: Callable[[], Awaitable[str]]


class Tour:
    """What to do, step by step.

    Attributes:
        steps: the whole path.
        again: the part that can be taken any number of times afterwards.
    """

    def __init__(self, home: HomeAssistant, gateway: DemoGateway) -> None:
        """Use a Home Assistant and a gateway that are up."""
        self._home = home
        self._gateway = gateway
        self.again = (
            Step("The phone drops the link", self._disconnect),
            Step("The phone scans the QR code again", self._connect),
        )
        self.steps = (
            Step("You add the integration with the three values", self._add),
            Step("Home Assistant registers its webhook with Z-API", self._register),
            Step("The phone scans the QR code", self._connect),
            *self.again,
        )

    async def _add(self) -> str:
        entry = await add_instance(self._home, self._gateway)
        await self._until_shown({"connected": "off", "phone": "unknown"})
        return f"the entry {entry['title']} is loaded; {self._shown()}"

    async def _register(self) -> str:
        hooks = self._gateway.instance.webhooks
        await until(
            "two webhooks at Z-API that lead to Home Assistant",
            lambda: [hooks[hook].startswith(self._home.url) for hook in _HOOKS],
            all,
        )
        return "connected and disconnected are posted to its HTTPS address"

    async def _connect(self) -> str:
        posted = await self._gateway.simulator.connect(self._gateway.instance)
        phone = self._gateway.instance.phone
        return await self._see(posted, {"connected": "on", "phone": phone})

    async def _disconnect(self) -> str:
        posted = await self._gateway.simulator.disconnect(self._gateway.instance)
        phone = self._gateway.instance.phone
        return await self._see(posted, {"connected": "off", "phone": phone})

    async def _see(self, posted: list[Exchange], wanted: dict[str, str]) -> str:
        """Hold that one callback was taken and soon became a state."""
        statuses = [exchange.status for exchange in posted]
        expect("one callback, answered 200", statuses, holds=statuses == [200])
        await self._until_shown(wanted)
        # Both clocks are this machine's.
        changed = datetime.fromisoformat(self._state("connected")["last_changed"])
        took = (changed.timestamp() - posted[0].at) * 1000
        expect(
            f"a state within {_FAST_ENOUGH} ms of the callback",
            f"{took:.1f} ms",
            holds=0 < took < _FAST_ENOUGH,
        )
        return f"{self._shown()}; {took:.1f} ms from callback to state"

    async def _until_shown(self, wanted: dict[str, str]) -> None:
        self._entities = await self._home.entity_ids()
        await until(
            str(wanted),
            lambda: {key: self._state(key).get("state") for key in wanted},
            lambda seen: seen == wanted,
        )

    def _state(self, key: str) -> Json:
        return self._home.websocket.states.get(self._entities.get(key, ""), {})

    def _shown(self) -> str:
        shown = (
            f"{name} is {self._state(key)['state']}" for key, name in _NAMES.items()
        )
        return ", ".join(shown)


async def add_instance(
    home: HomeAssistant, gateway: DemoGateway, **answers: Json
) -> Json:
    """Go through the dialog as a person does, and return the entry once it is loaded.

    Args:
        home: where to add it.
        gateway: where the instance is.
        answers: what to answer to further forms, by step.
    """
    form = await home.start_flow()
    result = await home.submit(form, credentials(gateway))
    while result["type"] == "form" and result["step_id"] in answers:
        result = await home.submit(result, answers.pop(result["step_id"]))
    expect(
        "an entry",
        result.get("errors") or result["type"],
        holds=result["type"] == "create_entry",
    )
    return await home.entry_in("loaded")


def credentials(gateway: DemoGateway) -> Json:
    """Return what a person types into the form."""
    return {
        "instance_id": gateway.instance.instance_id,
        "token": gateway.instance.token,
        "client_token": gateway.client_token,
        "advanced": {"api_url": gateway.url},
    }
