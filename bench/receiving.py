"""From a message to a state, and to automations: ours beside Home Assistant's own Telegram bot."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import product
from typing import Any

from harness.expect import expect

from .block import MESSAGE, UPDATE, WRITER, Client
from .callbacks import FLOOR, Contender, Effort, Results, block, hook_path, rounds
from .environment import Environment, build_environment, webhook_id
from .telegram import SECRET_HEADER, Telegram

ALONE, TRIGGERS, OF_TEXT, OF_CHOICE = (
    "no listener",
    "six triggers",
    "six of another text",
    "six of a choice",
)
# Who listens to which entry; the bots have only the first two.
_LISTENERS = (ALONE, TRIGGERS, OF_TEXT, OF_CHOICE)
_BOTH = (ALONE, TRIGGERS)
AUTOMATIONS = 6
# What the triggers of each of our entries want; only the first get it.
_WANTED: dict[str, dict[str, Any]] = {
    TRIGGERS: {"trigger": "zapi.message_received"},
    OF_TEXT: {
        "trigger": "zapi.message_received",
        "options": {"text": "good morning"},
    },
    OF_CHOICE: {"trigger": "zapi.choice_made"},
}
_CHECKED = 100
_RAN = "zapi_bench_ran"
_OURS = {
    "options": {"receive": ["messages"]},
    "subentries": [
        {
            "subentry_id": "01BENCHRECIPIENT0000000000",
            "subentry_type": "recipient",
            "title": "Maria",
            "unique_id": WRITER,
            "data": {"chat": WRITER, "lid": None},
        }
    ],
}


def zapi(listeners: str) -> str:
    """Return the name of an entry of ours."""
    return f"zapi, {listeners}"


def telegram_bot(listeners: str) -> str:
    """Return the name of a bot."""
    return f"telegram_bot, {listeners}"


def _event(name: str) -> str:
    """Return the entity that shows the messages of a contender."""
    who, _, listeners = name.partition(", ")
    number = _LISTENERS.index(listeners)
    if who == "zapi":
        return f"event.number_{number}_message"
    return f"event.telegram_{number}_update_event"


def _automations() -> list[dict[str, Any]]:
    """Return those of all contenders."""
    triggers = {
        zapi(listeners): {**wanted, "target": {"entity_id": _event(zapi(listeners))}}
        for listeners, wanted in _WANTED.items()
    }
    # The bot has no triggers of its own.
    bot = telegram_bot(TRIGGERS)
    triggers[bot] = {"trigger": "state", "entity_id": _event(bot)}
    return [
        _automation(name, number, trigger)
        for name, trigger in triggers.items()
        for number in range(AUTOMATIONS)
    ]


def _automation(name: str, number: int, trigger: dict[str, Any]) -> dict[str, Any]:
    """Return one that tells that it ran."""
    return {
        "id": f"{name} {number}",
        "alias": f"{name} {number}",
        "mode": "queued",
        "triggers": [trigger],
        "actions": [{"event": _RAN, "event_data": {"name": name}}],
    }


@asynccontextmanager
async def contest(
    libraries: str | None,
) -> AsyncIterator[tuple[Environment, Client, list[Contender]]]:
    """Have a Home Assistant in which all contenders are ready.

    Args:
        libraries: the folder with what the bot needs; None where there is none, and no bot.
    """
    async with AsyncExitStack() as stack:
        telegram = None
        if libraries:
            telegram = await stack.enter_async_context(Telegram())
        built = await stack.enter_async_context(
            build_environment(
                len(_LISTENERS),
                ours=_OURS,
                others=telegram.entries if telegram else (),
                automations=_automations(),
                environment={"PYTHONPATH": libraries} if libraries else None,
            )
        )
        client = await stack.enter_async_context(Client())
        contenders = _contenders(telegram)
        await built.home.connect()
        await _check(built, client, contenders)
        # Whoever listens makes Home Assistant write each state for them.
        await built.home.websocket.close()
        yield built, client, contenders


async def measure(effort: Effort, libraries: str | None) -> Results:
    """Take all messages of all contenders, in turns."""
    async with contest(libraries) as (built, client, contenders):
        return await rounds(built, client, contenders, effort)


def _contenders(telegram: Telegram | None) -> list[Contender]:
    found = [Contender(FLOOR, hook_path("zapi_bench_floor"), 0, MESSAGE)]
    for number, listeners in enumerate(_LISTENERS):
        path = hook_path(webhook_id(number))
        found.append(Contender(zapi(listeners), path, number, MESSAGE))
        if telegram and listeners in _BOTH:
            secret = SECRET_HEADER, telegram.secret(number)
            path = telegram.path(number)
            name = telegram_bot(listeners)
            found.append(Contender(name, path, number, UPDATE, secret))
    return found


async def _check(
    built: Environment, client: Client, contenders: list[Contender]
) -> None:
    """Hold that messages are shown and obeyed as they are meant to, or nothing is measured."""
    shown: Counter[str] = Counter()
    ran: Counter[str] = Counter()

    def show(event: Any) -> None:
        shown[event["data"]["entity_id"]] += 1

    def run(event: Any) -> None:
        ran[event["data"]["name"]] += 1

    websocket = built.home.websocket
    await websocket.command("subscribe_events", show, event_type="state_changed")
    await websocket.command("subscribe_events", run, event_type=_RAN)
    for who, how in product(contenders, (True, False)):
        if who.name == FLOOR:
            continue
        shown.clear()
        ran.clear()
        await client.run(block(built, who, changing=how, number=_CHECKED))
        # An answer to a command comes after all events before it.
        await websocket.command("get_config")
        # The client posts one more before it takes the time; the bot knows no repeated one.
        due = 1 if who.sort == MESSAGE and not how else _CHECKED + 1
        seen = shown[_event(who.name)], ran[who.name]
        runs = (
            due * AUTOMATIONS
            if who.name in (zapi(TRIGGERS), telegram_bot(TRIGGERS))
            else 0
        )
        expect(
            f"{who.name}: states, and automations run", seen, holds=seen == (due, runs)
        )
