"""From an action to the gateway: ours beside what a person would write in YAML, and what a large file holds up."""

from random import randbytes
from typing import NamedTuple

from demo.tour import add_recipient
from harness.expect import expect

from .environment import Environment, build_environment, entry_id
from .stats import Figure, ratios

_NOTIFY = "notify.send_message"
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
    bare_ratio: Figure
    """That of a bare integration to the same in YAML."""
    ours: Figure
    """A text, in microseconds."""
    requests: int
    """The most that one of our texts made, on average over a round."""
    stall: Figure
    """The longest while a large file was sent, in milliseconds."""


class _Sender:
    """One way to send, and what it cost in each round, in seconds."""

    def __init__(self, action: str, **data: str) -> None:
        """Begin with no round."""
        domain, _, service = action.partition(".")
        self.work = {"domain": domain, "service": service, "data": data}
        self.took: list[float] = []
        self.requests = 0

    async def send(self, built: Environment, messages: int) -> None:
        """Send texts, one after the other, and hold that each came once."""
        log = built.gateway.simulator.log
        before = log.count
        answer = await built.home.post(
            "zapi_bench/send", {**self.work, "times": messages}
        )
        asked = [exchange.path for exchange in log.since(before)]
        sent = asked.count("send-text")
        expect("each text sent once", f"{sent} of {messages}", holds=sent == messages)
        self.took.append(float(answer["seconds"]) / messages)
        self.requests = max(self.requests, round(len(asked) / messages))


async def measure(effort: Effort) -> Sending:
    """Send texts, in turns with the others, and then large files."""
    async with build_environment(1) as built:
        await built.home.connect()
        recipient = await add_recipient(built.home, entry_id(0), "Maria", _NUMBER)
        # Whoever listens makes Home Assistant write each state for them.
        await built.home.websocket.close()
        ours = _Sender(_NOTIFY, entity_id=recipient, message=_MESSAGE)
        bare = _Sender(_NOTIFY, entity_id="notify.bare_recipient", message=_MESSAGE)
        yaml = _Sender("rest_command.send_text", phone=_NUMBER, message=_MESSAGE)
        senders = [ours, bare, yaml]
        for sender in senders:
            await sender.send(built, _WARM_UP)
            sender.took.clear()
        for _ in range(effort.rounds):
            for sender in senders:
                await sender.send(built, effort.messages)
            # Another one begins each round.
            senders.append(senders.pop(0))
        stalls = await _send_files(built, recipient, effort.files)
    return Sending(
        ratios(ours.took, yaml.took),
        ratios(bare.took, yaml.took),
        Figure.of(seconds * _MICROSECONDS for seconds in ours.took),
        ours.requests,
        Figure.of(seconds * _MILLISECONDS for seconds in stalls),
    )


async def _send_files(built: Environment, recipient: str, files: int) -> list[float]:
    """Return the longest stall of the event loop with each large file, in seconds."""
    document = built.home.config / "www" / "manual.pdf"
    document.parent.mkdir(exist_ok=True)
    document.write_bytes(b"%PDF-1.7\n" + randbytes(_FILE_BYTES))
    action = _Sender("zapi.send_media", entity_id=recipient, media=str(document))
    stalls = []
    for _ in range(files):
        answer = await built.home.post("zapi_bench/stall", action.work)
        stalls.append(float(answer["seconds"]))
    taken = [sent.route for sent in built.instances[0].sent][-files:]
    expect("each file sent", taken, holds=taken == ["send-document/pdf"] * files)
    return stalls
