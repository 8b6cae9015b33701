"""One Home Assistant and one gateway for all tests, put in order after each."""

from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest
import pytest_asyncio

from demo.certificates import Certificates
from demo.gateway import DemoGateway
from demo.home_assistant import HomeAssistant
from demo.leaks import leaks
from simulator import State

# What Home Assistant logs when an integration is at fault. A traceback proves
# nothing: it logs one, at debug, for each entry that is to be tried again.
BROKEN = (
    "Unexpected exception",
    "Unexpected error",
    "Error doing job",
    "never retrieved",
    "Detected that custom integration",
)


class House(NamedTuple):
    """A Home Assistant and the gateway that it speaks to."""

    home: HomeAssistant
    gateway: DemoGateway


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Start both, and stop both."""
    folder = tmp_path_factory.mktemp("house")
    certificates = Certificates.make(folder)
    async with (
        DemoGateway(certificates.authority) as gateway,
        HomeAssistant(folder, certificates) as home,
    ):
        yield House(home, gateway)


@pytest_asyncio.fixture(loop_scope="session")
async def house(pair: House) -> AsyncIterator[House]:
    """Give both to a test, and hold afterwards that the log is as it should be."""
    home, gateway = pair
    yield pair
    for entry_id in [entry["entry_id"] for entry in home.entries()]:
        await home.remove_entry(entry_id)
    gateway.simulator.set_webhooks(gateway.instance, "")
    gateway.instance.state = State.UNPAIRED
    assert not leaks(home, gateway)
    log = home.log()
    assert not [words for words in BROKEN if words in log]
