"""One Home Assistant and one gateway for all tests, put in order after each."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
import os
import re
import shutil
import sys
from typing import Any, Final, NamedTuple

from playwright.async_api import Browser, async_playwright, expect
import pytest
import pytest_asyncio

from harness.certificates import Certificates
from harness.expect import until
from harness.gateway import DemoGateway
from harness.home_assistant import LEAN, HomeAssistant
from harness.leaks import leaks
from simulator import State

from .person import LOOKS, Look, Person

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, NAMES)), None
)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
]
# What Home Assistant logs when an integration is at fault. A traceback proves
# nothing: it logs one, at debug, for each entry that is to be tried again.
BROKEN = (
    "Unexpected exception",
    "Unexpected error",
    "Error doing job",
    "never retrieved",
    "Detected that custom integration",
)
# What the websocket of Home Assistant logs at times where a browser leaves a page.
LEFT = "Cannot write to closing transport"
# A record begins with its date, which may have a colour.
RECORD = re.compile(r"^(?=\S{0,8}\d{4}-\d\d-\d\d )", re.MULTILINE)

HOOKS: Final = ("connectedCallbackUrl", "disconnectedCallbackUrl")
FOREIGN: Final = "https://other.example.org/hook"


class House(NamedTuple):
    """A Home Assistant and the gateway that it speaks to."""

    home: HomeAssistant
    gateway: DemoGateway

    def hooks(self) -> list[str]:
        """Return the URLs that the gateway has."""
        return [self.gateway.instance.webhooks[hook] for hook in HOOKS]

    async def until_registered(self) -> None:
        """Wait until the gateway has the URLs of this Home Assistant."""
        await until(
            "webhooks of Home Assistant",
            self.hooks,
            lambda urls: all(url.startswith(self.home.url) for url in urls),
        )


type Starter = Callable[..., AbstractAsyncContextManager[House]]


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory) -> Starter:
    """Return what starts both, with further arguments for Home Assistant, and stops both."""
    environment = {}
    if sys.dont_write_bytecode:
        # Each start would compile all anew, which takes longer than all else.
        bytecode = tmp_path_factory.mktemp("bytecode")
        environment["PYTHONDONTWRITEBYTECODE"] = ""
        environment["PYTHONPYCACHEPREFIX"] = str(bytecode)

    @asynccontextmanager
    async def started(**settings: Any) -> AsyncIterator[House]:
        folder = tmp_path_factory.mktemp("house")
        certificates = Certificates.make(folder)
        async with (
            DemoGateway(certificates.authority) as gateway,
            HomeAssistant(
                folder, certificates, environment=environment, **settings
            ) as home,
        ):
            yield House(home, gateway)

    return started


@asynccontextmanager
async def put_in_order(house: House) -> AsyncIterator[House]:
    """Hold afterwards that the log is as it should be."""
    home, gateway = house
    yield house
    for entry_id in [entry["entry_id"] for entry in home.entries()]:
        await home.remove_entry(entry_id)
    gateway.simulator.faults.clear()
    gateway.simulator.set_webhooks(gateway.instance, "")
    gateway.instance.state = State.UNPAIRED
    # What waits takes seconds a message, and would hold up what the next test sends.
    gateway.instance.unqueue(*gateway.instance.queue)
    await gateway.simulator.close()
    assert not leaks(home, gateway)
    assert not faults_in(home.log())


def faults_in(log: str) -> list[str]:
    """Return the records that tell of a fault of an integration."""
    return [
        record
        for record in RECORD.split(log)
        if any(words in record for words in BROKEN)
        and (LEFT not in record or "custom_components" in record)
    ]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pair(start: Starter) -> AsyncIterator[House]:
    """Start the two that most tests share."""
    async with start() as house:
        yield house


@pytest_asyncio.fixture(loop_scope="session")
async def house(pair: House) -> AsyncIterator[House]:
    """Give those two to a test."""
    async with put_in_order(pair):
        yield pair


@pytest_asyncio.fixture(loop_scope="session")
async def fresh_house(start: Starter) -> AsyncIterator[House]:
    """Give a test two of its own, with nothing that grows by itself."""
    async with start(configuration=LEAN) as house, put_in_order(house):
        yield house


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Start the browser that all share."""
    assert CHROMIUM, "no browser: scripts/setup browser"
    # In milliseconds; a busy machine takes longer than the usual five seconds.
    expect.set_options(timeout=15_000)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def language(house: House, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """Let the house speak a language."""
    websocket, language = house.home.websocket, str(request.param)
    await websocket.command("config/core/update", language=language)
    yield language
    await websocket.command("config/core/update", language="en")


@pytest.fixture(scope="module")
def people() -> dict[Look, Person]:
    """Return who has signed in: doing it anew for each test takes longer than the test."""
    return {}


@pytest_asyncio.fixture(loop_scope="session", params=LOOKS, ids=str)
async def person(
    request: pytest.FixtureRequest,
    house: House,
    browser: Browser,
    people: dict[Look, Person],
) -> Person:
    """Return a person who sees it in a language and a width."""
    look = request.param
    if look not in people:
        people[look] = await Person.sign_in(browser, house.home.url, look)
    return people[look]
