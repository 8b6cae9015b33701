"""From an action to the gateway: ours beside what a person would write in YAML, and what a large file holds up."""

from random import randbytes
from typing import Any, NamedTuple

from demo.tour import add_recipient
from harness.expect import expect

from .environment import Environment, build_environment, entry_id
from .stats import Figure, ratios

OURS, YAML = "notify.send_message", "rest_command.send_text"
_MESSAGE = "The washing machine is done."
_NUMBER = "5544988888888"
_WARM_UP = 50
_FILE_BYTES = 16 * 10**6
_MILLISECONDS = 10**3
_MICROSECONDS = 10**6


class Effort(NamedTuple):
    """How much to send."""

    rounds: int
    messages: int
    """In a round, one after the other."""
    files: int


class Sending(NamedTuple):
    """What sending costs the event loop."""

    ratio: Figure
    """A text: ours to the same in YAML."""
    ours: Figure
    """A text, in microseconds."""
    requests: int
    """The most that one of our texts made, on average over a round."""
    stall: Figure
    """The longest while a large file was sent, in milliseconds."""


class Action(NamedTuple):
    """What is called, with which data."""

    name: str
    data: dict[str, Any]

    def body(self) -> dict[str, Any]:
        """Return what the benchmark's part inside Home Assistant is asked to call."""
        domain, _, service = self.name.partition(".")
        return {"domain": domain, "service": service, "data": self.data}


async def measure(effort: Effort) -> Sending:
    """Send texts, ours and the others in turns, and then large files."""
    async with build_environment(1) as built:
        await built.home.connect()
        recipient = await add_recipient(built.home, entry_id(0), "Maria", _NUMBER)
        # Whoever listens makes Home Assistant write each state for them.
        await built.home.websocket.close()
        ours = Action(OURS, {"entity_id": recipient, "message": _MESSAGE})
        yaml = Action(YAML, {"phone": _NUMBER, "message": _MESSAGE})
        took: dict[str, list[float]] = {OURS: [], YAML: []}
        requests = 0
        for action in (ours, yaml):
            await _send(built, action, _WARM_UP)
        for turn in range(effort.rounds):
            for action in (ours, yaml) if turn % 2 else (yaml, ours):
                before = built.gateway.simulator.log.count
                took[action.name].append(await _send(built, action, effort.messages))
                asked = len(built.gateway.requests(before))
                if action is ours:
                    requests = max(requests, round(asked / effort.messages))
        stalls = await _send_files(built, recipient, effort.files)
    return Sending(
        ratios(took[OURS], took[YAML]),
        Figure.of(seconds * _MICROSECONDS for seconds in took[OURS]),
        requests,
        Figure.of(seconds * _MILLISECONDS for seconds in stalls),
    )


async def _send(built: Environment, action: Action, times: int) -> float:
    """Return the seconds that the event loop was at work for each."""
    log = built.gateway.simulator.log
    before = log.count
    answer = await built.home.post("zapi_bench/send", action.body() | {"times": times})
    sent = sum(exchange.path == "send-text" for exchange in log.since(before))
    expect(f"each {action.name} sent once", f"{sent} of {times}", holds=sent == times)
    return float(answer["seconds"]) / times


async def _send_files(built: Environment, recipient: str, files: int) -> list[float]:
    """Return the longest stall of the event loop with each large file, in seconds."""
    document = built.home.config / "www" / "manual.pdf"
    document.parent.mkdir(exist_ok=True)
    document.write_bytes(b"%PDF-1.7\n" + randbytes(_FILE_BYTES))
    action = Action("zapi.send_media", {"entity_id": recipient, "media": str(document)})
    stalls = []
    for _ in range(files):
        answer = await built.home.post("zapi_bench/stall", action.body())
        stalls.append(float(answer["seconds"]))
    taken = [sent.route for sent in built.instances[0].sent][-files:]
    expect("each file sent", taken, holds=taken == ["send-document/pdf"] * files)
    return stalls
