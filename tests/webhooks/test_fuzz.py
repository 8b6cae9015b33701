"""Whatever comes to the door: no exception, no noise, no state from nonsense."""

from asyncio import sleep
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
import json
import logging
from random import Random
import time
from types import MappingProxyType
from typing import Any, override
import unicodedata

from homeassistant.components import webhook
from homeassistant.core import HomeAssistant
from homeassistant.util.aiohttp import MockRequest
import orjson
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi.api import (
    ReceivedCallback,
    ZapiCallbackError,
    parse_callback,
)
from custom_components.zapi.const import (
    CONF_OTHERS,
    CONF_RECEIVE,
    OTHERS_CONTACTS,
    OTHERS_EVERYBODY,
    OTHERS_NOBODY,
    RECEIVE_MESSAGES,
    RECEIVE_OWN,
    RECEIVE_RECEIPTS,
)
from custom_components.zapi.messages.recipients import CONF_MAY_TRIGGER
from tests.actions import GROUP, JOAO, LID, MARIA, a_message
from tests.api.bodies import (
    CHANNEL,
    CONTENTS,
    ENVELOPE,
    IN_GROUP,
    NOTICE,
    TARGET,
    places,
    put,
)
from tests.common import INSTANCE_ID, PHONE, WEBHOOK_ID, async_add_recipients, recipient

BODIES = 100_000
MESSAGES = 20_000
ANSWERS = {200, 400, 403, 422}
# What changes the direction of writing.
DIRECTIONS = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}

SCALARS: tuple[Any, ...] = (
    None, True, False, 0, -1, 10**30, 1e308, "", "true", "null", PHONE, "\x00", "é" * 40,
    "5544999999999-group", "111122223333444@lid", INSTANCE_ID, "\x1b\n\u202e" * 200, "z" * 999,
)  # fmt: skip
BROKEN = (
    b"{'type': 'ConnectedCallback',, connected: true}",
    b'{"momment": 1e999}',
    b'{"momment": NaN}',
    b"[" * 5000,
    b'{"a":' * 2000,
    b"\xef\xbb\xbf{}",
    b'{"type": "\\ud800"}',
)
ALL_OF_IT = [RECEIVE_MESSAGES, RECEIVE_RECEIPTS, RECEIVE_OWN]
HUGE: tuple[Any, ...] = (
    "x" * 70_000, "9" * 5000, "@" * 99, "٣" * 14, "a\n" * 3000, 2**64 - 1, -(2**63),
    [], {}, [[]], [None] * 300, {"a": None}, [{"name": 5}], ["x" * 129, MARIA],
)  # fmt: skip
CHATS = (MARIA, JOAO, LID, GROUP, PHONE, CHANNEL, "5521977776666", "status@broadcast",
         "222233334444555@lid", "120363000000000002-group")  # fmt: skip
LIDS = (None, LID, "222233334444555@lid", "333344445555666")
NOTICES = ("REVOKE", "CALL_VIDEO", "GROUP_CREATE", "WA_OLD_REGISTRATION", "NEW")
STATUSES = ("SENT", "RECEIVED", "READ", "PLAYED", "MESSAGE_READ", "READ_BY_ME", "NEW")
FLAGS = ("isEdit", "waitingMessage", "fromMe", "fromApi", "isGroup", "broadcast",
         "forwarded", "isStatusReply")  # fmt: skip


class Bodies:
    """Bodies around the schemas of the callbacks, and far from them."""

    def __init__(self, seed: int) -> None:
        """Draw everything from this seed."""
        self.random = Random(seed)
        self.kinds: tuple[Callable[[], bytes], ...] = (
            self.near, self.near, self.near, self.cut, self.flipped, self.noise, self.broken,
        )  # fmt: skip

    def draw(self) -> bytes:
        """Return the next body."""
        return self.random.choice(self.kinds)()

    def value(self, depth: int = 0) -> Any:
        """Return any JSON value."""
        kind = self.random.randrange(8 if depth < 3 else 6)
        if kind == 6:
            return [self.value(depth + 1) for _ in range(self.random.randrange(3))]
        if kind == 7:
            return {self.name(): self.value(depth + 1) for _ in range(2)}
        return self.random.choice(SCALARS)

    def name(self) -> str:
        """Return a key, often one that means something."""
        return self.random.choice(("type", "connected", "phone", "momment", "x", ""))

    def moment(self) -> Any:
        """Return a moment in every unit, and in none."""
        now = time.time()
        return self.random.choice(
            (
                int(now),
                int(now * 1000),
                str(int(now)),
                now,
                26151515154,
                0,
                -now,
                now / 9,
            )
        )

    def near(self) -> bytes:
        """Return a callback in which some fields are odd or absent."""
        pick = self.random.choice
        body: dict[str, Any] = {
            "type": pick(("ConnectedCallback", "DisconnectedCallback", "connectedcallback",
                          "ReceivedCallback", "PresenceChatCallback", "Nonsense")),
            "instanceId": pick((INSTANCE_ID, INSTANCE_ID, INSTANCE_ID.lower(), "F" * 32)),
            "connected": pick((True, True, False)),
            "disconnected": pick((True, True, False)),
            "phone": pick((PHONE, "", "x", PHONE + "@lid")),
            "error": pick(("Device has been disconnected", "")),
            "momment": self.moment(),
        }  # fmt: skip
        for key in self.random.sample(sorted(body), self.random.randrange(4)):
            body[key] = self.value()
        for key in self.random.sample(sorted(body), self.random.randrange(3)):
            del body[key]
        return json.dumps(body).encode()

    def cut(self) -> bytes:
        """Return a body that ends early."""
        body = self.near()
        return body[: self.random.randrange(len(body))]

    def flipped(self) -> bytes:
        """Return a body with a wrong byte."""
        body = bytearray(self.near())
        body[self.random.randrange(len(body))] = self.random.randrange(256)
        return bytes(body)

    def noise(self) -> bytes:
        """Return bytes."""
        return self.random.randbytes(self.random.randrange(64))

    def broken(self) -> bytes:
        """Return what has broken parsers before."""
        return self.random.choice(BROKEN)


class MessageBodies(Bodies):
    """Callbacks that come of messages: some as they should be, most with something odd."""

    def __init__(self, seed: int, sent: list[str]) -> None:
        """Let some of them be about messages with these ids."""
        super().__init__(seed)
        self.kinds = (self.odd,)
        self.shapes = (self.received, self.received, self.delivery, self.status)
        self.sent = sent
        self.numbers = count()

    def message_id(self) -> str:
        """Return the id of a message that is new, known or ours."""
        number = next(self.numbers)
        known = f"ID{self.random.randrange(number + 1)}"
        return self.random.choice((f"ID{number}", known, *self.sent))

    def received(self) -> dict[str, Any]:
        """Return what a ReceivedCallback says."""
        pick, body = self.random.choice, dict(ENVELOPE)
        if pick((True, False)):
            body |= IN_GROUP
        body |= {
            "phone": pick(CHATS),
            "chatLid": pick(LIDS),
            "participantPhone": pick(CHATS),
            "participantLid": pick(LIDS),
            "messageId": self.message_id(),
            "momment": self.moment(),
        }
        for key in self.random.sample(sorted(CONTENTS), pick((0, 1, 1, 1, 2))):
            body[key] = CONTENTS[key]
        for key in self.random.sample(FLAGS, pick((0, 0, 0, 1, 2))):
            body[key] = pick((True, False))
        if pick((True, False, False, False)):
            body |= NOTICE | {"notification": pick(NOTICES)}
        return body

    def delivery(self) -> dict[str, Any]:
        """Return what a DeliveryCallback says."""
        pick = self.random.choice
        body = TARGET | {
            "type": "DeliveryCallback",
            "instanceId": INSTANCE_ID,
            "phone": pick(CHATS),
            "messageId": self.message_id(),
            "zaapId": self.message_id(),
            "momment": self.moment(),
        }
        if pick((True, False)):
            body |= {"error": "Phone number does not exist", "errorCode": "SHADOW_BAN"}
        return body

    def status(self) -> dict[str, Any]:
        """Return what a MessageStatusCallback says."""
        pick = self.random.choice
        return {
            "type": "MessageStatusCallback",
            "instanceId": INSTANCE_ID,
            "status": pick(STATUSES),
            "ids": [self.message_id() for _ in range(pick((0, 1, 2, 30)))],
            "phone": pick(CHATS),
            "participant": pick(CHATS),
            "momment": self.moment(),
        }

    def odd(self) -> bytes:
        """Return one in which some values, however deep, are odd or absent."""
        pick = self.random.choice
        # What is odd must not stay so in the next.
        body = orjson.loads(orjson.dumps(pick(self.shapes)()))
        ways = list(places(body))
        chosen = self.random.sample(ways, min(pick((0, 1, 1, 2, 5)), len(ways)))
        # The deepest first: what is put there takes no other place away.
        for path in sorted(chosen, key=len, reverse=True):
            put(body, path, pick(HUGE) if pick((True, False)) else self.value())
        for key in self.random.sample(sorted(body), pick((0, 0, 1, 4))):
            del body[key]
        return json.dumps(body).encode()


class Noise(logging.Handler):
    """Keeps what is said above debug."""

    def __init__(self) -> None:
        """Listen from info on."""
        super().__init__(logging.DEBUG + 1)
        self.lines: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.lines.append(f"{record.name}: {record.getMessage()}")


@contextmanager
def hearing() -> Iterator[list[str]]:
    """Collect what is said above debug."""
    noise = Noise()
    loggers = [
        logging.getLogger(name)
        for name in ("custom_components", "homeassistant", "asyncio")
    ]
    for logger in loggers:
        logger.addHandler(noise)
    yield noise.lines
    for logger in loggers:
        logger.removeHandler(noise)


async def post(hass: HomeAssistant, body: bytes) -> int:
    """Post a body as the gateway does, and return the status of the answer."""
    request = MockRequest(body, "gateway", method="POST", remote="203.0.113.1")
    response = await webhook.async_handle_webhook(hass, WEBHOOK_ID, request)
    return response.status


def is_fit_to_show(words: str | None) -> bool:
    """Tell whether a text is one line that a state can hold.

    Characters that nobody has assigned yet do no harm, and emojis are joined by one that
    cannot be seen.
    """
    return words is None or (
        len(words) <= 255
        and not any(
            unicodedata.category(character) in ("Cc", "Zl", "Zp")
            or unicodedata.bidirectional(character) in DIRECTIONS
            for character in words
        )
    )


def is_ours(body: bytes) -> bool:
    """Tell whether a body is a callback of our instance."""
    try:
        return parse_callback(body).instance_id == INSTANCE_ID
    except ZapiCallbackError:
        return False


def is_received(body: bytes) -> bool:
    """Tell whether a body is a message to our instance."""
    return is_ours(body) and isinstance(parse_callback(body), ReceivedCallback)


@pytest.mark.timeout(300)
async def test_no_body_makes_noise_or_a_state_that_nobody_told(
    hass: HomeAssistant, loaded: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    seed = time.time_ns()
    bodies = Bodies(seed)
    coordinator = loaded.runtime_data.coordinator
    with hearing() as noise:
        for _ in range(BODIES):
            body, before = bodies.draw(), coordinator.data
            status = await post(hass, body)
            assert status in ANSWERS, (seed, body)
            assert is_ours(body) is (status == 200), (seed, body)
            assert coordinator.data is before or is_ours(body), (seed, body)
            assert is_fit_to_show(coordinator.data.disconnect_reason), (seed, body)
    assert not noise, seed
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "number", [MESSAGES, pytest.param(BODIES, marks=pytest.mark.long)]
)
async def test_no_callback_of_a_message_makes_noise_or_goes_uncounted(
    hass: HomeAssistant,
    house: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    number: int,
) -> None:
    caplog.set_level(logging.INFO)
    # Whether the machine is busy is not what is asked.
    hass.loop.slow_callback_duration = 60
    silent = recipient("Canal", CHANNEL)
    data = MappingProxyType({**silent.data, CONF_MAY_TRIGGER: False})
    silent = replace(silent, data=data)
    await async_add_recipients(hass, house, silent)
    sent = [await a_message(hass) for _ in range(5)]
    seed, read = time.time_ns(), 0
    bodies, inbox = MessageBodies(seed, sent), house.runtime_data.inbox
    with hearing() as noise:
        for others in (OTHERS_NOBODY, OTHERS_CONTACTS, OTHERS_EVERYBODY):
            hass.config_entries.async_update_entry(
                house, options={CONF_RECEIVE: ALL_OF_IT, CONF_OTHERS: others}
            )
            await hass.async_block_till_done(wait_background_tasks=True)
            for _ in range(number // 3):
                body = bodies.draw()
                status = await post(hass, body)
                assert status == (200 if is_ours(body) else 422), (seed, body)
                read += is_received(body)
                # What it set off runs meanwhile, and is heard.
                await sleep(0)
            await hass.async_block_till_done()
    assert not noise, seed
    outcomes = inbox.diagnostics()["messages"].values()
    assert sum(sum(counts.values()) for counts in outcomes) == read, seed
    await hass.async_block_till_done(wait_background_tasks=True)
