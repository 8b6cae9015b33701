"""From a message to a state, and to automations: ours beside Home Assistant's own Telegram bot."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import product
from typing import Any

from harness.expect import expect

from .block import GREETING, GREETING_TEXT, MESSAGE, UPDATE, WRITER, Client
from .callbacks import FLOOR, Contender, Effort, Results, block, hook_path, rounds
from .environment import Environment, build_environment, webhook_id
from .telegram import SECRET_HEADER, Telegram

ALONE, TRIGGERS, UNTRACED, TRACED = (
    "no listener",
    "six triggers",
    "six triggers for another text",
    "six automations for another text",
)
# Who listens to which entry; the bots have only the first two.
_LISTENERS = (ALONE, TRIGGERS, UNTRACED, TRACED)
_BOTH = (ALONE, TRIGGERS)
TRIGGER_COUNT = 6
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


_OBEYING = zapi(TRIGGERS), telegram_bot(TRIGGERS)
# What no message is for while the time is taken.
_IDLE = zapi(UNTRACED), zapi(TRACED)


def _event(name: str) -> str:
    """Return the entity that shows the messages of a contender."""
    who, _, listeners = name.partition(", ")
    number = _LISTENERS.index(listeners)
    if who == "zapi":
        return f"event.number_{number}_message"
    return f"event.telegram_{number}_update_event"


def _automations() -> list[dict[str, Any]]:
    """Return those of the person."""
    triggers = {
        zapi(TRIGGERS): _trigger(zapi(TRIGGERS)),
        zapi(TRACED): _trigger(zapi(TRACED), text=GREETING_TEXT),
        # The bot has no triggers of its own.
        telegram_bot(TRIGGERS): {
            "trigger": "state",
            "entity_id": _event(telegram_bot(TRIGGERS)),
        },
    }
    return [
        {
            "id": f"{name} {number}",
            "alias": f"{name} {number}",
            "mode": "queued",
            **_run(name, trigger),
        }
        for name, trigger in triggers.items()
        for number in range(TRIGGER_COUNT)
    ]


def _templates() -> list[dict[str, Any]]:
    """Return sensors with triggers; Home Assistant traces none of them."""
    name = zapi(UNTRACED)
    return [
        {
            **_run(name, _trigger(name, text=GREETING_TEXT)),
            "sensor": [{"name": f"{name} {number}", "state": "on"}],
        }
        for number in range(TRIGGER_COUNT)
    ]


def _trigger(name: str, **options: str) -> dict[str, Any]:
    """Return a trigger of ours."""
    return {
        "trigger": "zapi.message_received",
        "target": {"entity_id": _event(name)},
        "options": options,
    }


def _run(name: str, trigger: dict[str, Any]) -> dict[str, Any]:
    """Return what tells that a trigger fired."""
    return {
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
                templates=_templates(),
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
    # What is compared to within microseconds comes before what leaves most to clean up.
    for listeners in (ALONE, UNTRACED, TRACED, TRIGGERS):
        number = _LISTENERS.index(listeners)
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
    greeted = [who._replace(sort=GREETING) for who in contenders if who.name in _IDLE]
    for who, how in product([*contenders, *greeted], (True, False)):
        if who.name == FLOOR:
            continue
        shown.clear()
        ran.clear()
        await client.run(block(built, who, changing=how, number=_CHECKED))
        # An answer to a command comes after all events before it.
        await websocket.command("get_config")
        # The client posts one more before it takes the time; the bot knows no repeated one.
        due = _CHECKED + 1 if how or who.sort == UPDATE else 1
        seen = shown[_event(who.name)], ran[who.name]
        obeys = who.sort == GREETING or who.name in _OBEYING
        runs = due * TRIGGER_COUNT if obeys else 0
        expect(
            f"{who.name}, {who.sort}: states, and triggers that fired",
            seen,
            holds=seen == (due, runs),
        )
