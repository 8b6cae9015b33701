"""Questions that are asked, and those who answer."""

import asyncio
from dataclasses import dataclass
from typing import Any

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi.messages.asking import Asking
from custom_components.zapi.messages.outbox import StatusChange
from custom_components.zapi.messages.receipts import DeliveryState
from simulator import Gateway
from tests.actions import call, posted
from tests.receipts import outbox_of

from .incoming import Heard, inbox_of

SOON = 10
ANSWERS = [
    {"id": "open", "label": "Abrir o portão", "also": ["sim", "pode"]},
    {"id": "leave", "label": "Deixar fechado", "also": "não"},
]


def asking_of(entry: MockConfigEntry) -> Asking:
    """Return the open questions of a loaded entry."""
    asking = inbox_of(entry).asking
    assert isinstance(asking, Asking)
    return asking


@dataclass
class Asked:
    """A call of the action that waits, and the questions that it sent."""

    hass: HomeAssistant
    task: asyncio.Task[Any]
    ids: list[str]

    async def answer(self) -> Any:
        """Return what the action answers, once it has ended by itself."""
        async with asyncio.timeout(SOON):
            return await self.task

    async def reason(self) -> str:
        """Return why it ended without an answer."""
        answer = await self.answer()
        assert answer["answered"] is False
        told = {key for key, value in answer.items() if value is not None}
        assert told == {"answered", "reason"}
        return str(answer["reason"])


class House:
    """A loaded entry, which receives messages and receipts, and who answers there."""

    def __init__(
        self, hass: HomeAssistant, entry: MockConfigEntry, gateway: Gateway
    ) -> None:
        """Receive, and begin to listen."""
        self.hass, self.entry, self.gateway = hass, entry, gateway
        options = {"receive": ["messages", "receipts"]}
        hass.config_entries.async_update_entry(entry, options=options)
        gateway.exchanges.clear()
        self.heard = Heard(entry)
        self.queued: list[str] = []
        self._news = asyncio.Event()
        outbox_of(entry).async_add_listener(self._handle_status)

    def _handle_status(self, change: StatusChange) -> None:
        if change.status is DeliveryState.QUEUED:
            self.queued.append(change.message_id)
            self._news.set()

    async def until_queued(self, count: int) -> list[str]:
        """Wait until so many messages were handed over, and return their ids."""
        async with asyncio.timeout(SOON):
            while len(self.queued) < count:
                self._news.clear()
                await self._news.wait()
        ids, self.queued = self.queued, []
        # Let the sends take note of the ids that they got.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return ids

    async def ask(self, count: int = 1, **data: Any) -> Asked:
        """Ask Maria, and return once so many messages were handed over."""
        given = {"entity_id": "notify.maria", "message": "Abrir?", "answers": ANSWERS}
        task = self.hass.async_create_task(
            call(self.hass, "ask", answer=True, **{**given, **data})
        )
        return Asked(self.hass, task, await self.until_queued(count))

    def sent(self) -> list[tuple[str, Any]]:
        """Return what was sent, and forget it."""
        done = [(path, body) for _, path, body in posted(self.gateway)]
        self.gateway.exchanges.clear()
        return done

    async def settle(self) -> None:
        """Let what is sent in the background end."""
        await self.hass.async_block_till_done(wait_background_tasks=True)
