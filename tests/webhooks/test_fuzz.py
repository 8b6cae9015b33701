"""Whatever comes to the door: no exception, no noise, no state from nonsense."""

from collections.abc import Callable
import json
import logging
from random import Random
import time
from typing import Any, override

from homeassistant.components import webhook
from homeassistant.core import HomeAssistant
from homeassistant.util.aiohttp import MockRequest
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi.api import ZapiCallbackError, parse_callback
from tests.common import INSTANCE_ID, PHONE, WEBHOOK_ID

BODIES = 100_000
ANSWERS = {200, 400, 403, 422}

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


def is_fit_to_show(words: str | None) -> bool:
    """Tell whether a text is one line that a state can hold."""
    return words is None or (len(words) <= 255 and words.isprintable())


def is_ours(body: bytes) -> bool:
    """Tell whether a body is a callback of our instance."""
    try:
        return parse_callback(body).instance_id == INSTANCE_ID
    except ZapiCallbackError:
        return False


@pytest.mark.timeout(300)
async def test_no_body_makes_noise_or_a_state_that_nobody_told(
    hass: HomeAssistant, loaded: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    seed = time.time_ns()
    bodies, noise = Bodies(seed), Noise()
    coordinator = loaded.runtime_data.coordinator
    for name in ("custom_components", "homeassistant", "asyncio"):
        logging.getLogger(name).addHandler(noise)
    for _ in range(BODIES):
        body, before = bodies.draw(), coordinator.data
        request = MockRequest(body, "gateway", method="POST", remote="203.0.113.1")
        response = await webhook.async_handle_webhook(hass, WEBHOOK_ID, request)
        assert response.status in ANSWERS, (seed, body)
        assert is_ours(body) is (response.status == 200), (seed, body)
        assert coordinator.data is before or is_ours(body), (seed, body)
        assert is_fit_to_show(coordinator.data.disconnect_reason), (seed, body)
    for name in ("custom_components", "homeassistant", "asyncio"):
        logging.getLogger(name).removeHandler(noise)
    assert not noise.lines, seed
    await hass.async_block_till_done(wait_background_tasks=True)
