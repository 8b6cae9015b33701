"""Whatever ends a question ends it once, and leaves nothing behind."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi.api import Chat
from simulator import Gateway
from tests.actions import JOAO, MARIA, call
from tests.receipts import NO_PHONE, TERMS, hand_on, not_taken, outbox_of

from .asking import ANSWERS, SOON, House, asking_of
from .incoming import Heard, message

ROUNDS = 10
ASK = {
    "action": "zapi.ask",
    "target": {"entity_id": "notify.maria"},
    "data": {"message": "Abrir?", "answers": ANSWERS},
    "response_variable": "answer",
}
REASONS = {"answered", "timed_out", "not_delivered", "withdrawn"}


@pytest.fixture
def home(hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway) -> House:
    """Return the house, which receives messages and receipts."""
    return House(hass, house, gateway)


def left(hass: HomeAssistant) -> list[object]:
    """Return the tasks and timers of questions that there are."""
    tasks = [
        task
        for task in asyncio.all_tasks()
        if task.get_name().startswith(("zapi ask", "zapi acknowledge"))
    ]
    timers = [
        handle
        for handle in hass.loop._scheduled  # type: ignore[attr-defined]
        if not handle.cancelled()
        and getattr(handle._callback, "__name__", "") == "_release_waiter"
    ]
    return [*tasks, *timers]


def automation(mode: str) -> dict[str, Any]:
    """Return an automation that asks, and says what came of it."""
    return {
        "automation": {
            "id": "ask",
            "alias": "Ask",
            "mode": mode,
            "triggers": {"trigger": "event", "event_type": "bell"},
            "actions": [
                ASK,
                {
                    "event": "said",
                    "event_data": {"id": "{{ answer.id }}"},
                },
            ],
        }
    }


async def _turn_off(hass: HomeAssistant) -> None:
    await hass.services.async_call(
        "automation", "turn_off", {"entity_id": "automation.ask"}, blocking=True
    )


async def _reload(hass: HomeAssistant) -> None:
    """Let the file of automations be read anew, without it."""
    with patch(
        "homeassistant.config.load_yaml_config_file",
        return_value={"automation": []},
    ):
        await hass.services.async_call("automation", "reload", blocking=True)


@pytest.mark.parametrize("end", [_turn_off, _reload])
async def test_an_automation_that_is_stopped_leaves_nothing(
    hass: HomeAssistant,
    home: House,
    end: Callable[[HomeAssistant], Awaitable[None]],
) -> None:
    assert await async_setup_component(hass, "automation", automation("single"))
    hass.bus.async_fire("bell")
    await home.until_queued(1)
    assert len(asking_of(home.entry)) == 1

    await end(hass)
    await hass.async_block_till_done()

    assert len(asking_of(home.entry)) == 0
    assert left(hass) == []
    assert home.heard.receive(message("1"))


async def test_an_automation_that_starts_anew_asks_anew(
    hass: HomeAssistant, home: House
) -> None:
    said: list[Any] = []
    hass.bus.async_listen("said", lambda event: said.append(event.data["id"]))
    assert await async_setup_component(hass, "automation", automation("restart"))
    hass.bus.async_fire("bell")
    await home.until_queued(1)
    hass.bus.async_fire("bell")
    await home.until_queued(1)

    assert len(asking_of(home.entry)) == 1
    home.heard.receive(message("2"))
    await hass.async_block_till_done()

    assert said == ["leave"]
    assert left(hass) == []


class Story:
    """Some questions, and what happens to them in an order that a seed tells."""

    def __init__(self, home: House, random: Random) -> None:
        """Ask nothing yet."""
        self._hass, self._entry, self._random = home.hass, home.entry, random
        self._heard = Heard(home.entry)
        self.taken = 0
        self.stopped: set[asyncio.Task[Any]] = set()
        self.asked: list[asyncio.Task[Any]] = []

    async def run(self) -> None:
        """Let all happen, and wait until each question has ended."""
        random = self._random
        # One of a question that nobody ends in another way.
        events = [self.ask, *random.choices(EVENTS, k=random.randint(3, 10))]
        for event in events:
            await event(self)
            for _ in range(random.choice((0, 0, 1, 2, 5, 40))):
                await asyncio.sleep(0)
        async with asyncio.timeout(SOON):
            await asyncio.wait(self.asked)
        await self._hass.async_block_till_done(wait_background_tasks=True)

    async def ask(self, _: Story | None = None) -> None:
        """Ask one or two, who have little time."""
        people = self._random.choice(
            (["notify.maria"], ["notify.maria", "notify.joao"])
        )
        data: dict[str, Any] = {
            "entity_id": people,
            "message": "Abrir?",
            "answers": self._random.choice((ANSWERS, [])),
            "send_as": self._random.choice(("text", "buttons")),
            "timeout": {"milliseconds": self._random.randint(0, 60)},
            "acknowledge": self._random.choice(("👍", "Obrigado")),
        }
        self.asked.append(
            asyncio.create_task(call(self._hass, "ask", answer=True, **data))
        )

    async def answer(self) -> None:
        """Write what may be an answer."""
        if self._entry.state is not ConfigEntryState.LOADED:
            return
        where = self._random.choice((MARIA, JOAO))
        if self._heard.receive(message(self._random.choice("12"), where=where)) is None:
            self.taken += 1

    async def fail(self) -> None:
        """Let WhatsApp refuse what was sent last."""
        chat = Chat.parse(self._random.choice((MARIA, JOAO)))
        if self._entry.state is ConfigEntryState.LOADED:
            error = self._random.choice((TERMS, NO_PHONE))
            hand_on(self._entry, not_taken(outbox_of(self._entry).last(chat), error))

    async def stop(self) -> None:
        """Stop a script that asked."""
        task = self._random.choice(self.asked)
        if task.cancel():
            self.stopped.add(task)

    async def reload(self) -> None:
        """Set the entry up anew, now and then."""
        if self._random.random() < 0.4:
            assert await self._hass.config_entries.async_reload(self._entry.entry_id)
            self._heard.listen()


EVENTS: list[Callable[[Story], Awaitable[None]]] = [
    *(Story.ask, Story.answer, Story.answer, Story.fail, Story.stop, Story.reload)
]


@pytest.mark.parametrize("seed", range(20))
async def test_a_question_ends_once_whatever_happens(
    hass: HomeAssistant, home: House, seed: int
) -> None:
    """Ten stories each, so that there are 200."""
    listeners = hass.bus.async_listeners()[EVENT_HOMEASSISTANT_STOP]
    for number in range(ROUNDS):
        story = Story(home, Random(seed * ROUNDS + number))
        await story.run()

        answered = 0
        for task in story.asked:
            assert task.done()
            if task.cancelled():
                assert task in story.stopped
            elif error := task.exception():
                assert isinstance(error, HomeAssistantError), error
            else:
                answer = task.result()
                assert answer["reason"] in REASONS
                assert answer["answered"] is (answer["reason"] == "answered")
                answered += answer["answered"]
        # Whoever was answered and stopped in one moment did not hear it.
        assert answered <= story.taken <= answered + len(story.stopped)
        assert len(asking_of(home.entry)) == 0
        assert left(hass) == []
        assert hass.bus.async_listeners()[EVENT_HOMEASSISTANT_STOP] == listeners
