"""Random interleavings of all that can happen, and what must hold after each.

Takeovers happen before the GET or after the PUT of a registration: the gateway
has no compare-and-set, so nobody can promise more.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from http import HTTPStatus
import logging
import time
from types import MappingProxyType, SimpleNamespace
from typing import Any, cast, override

from aiohttp import ClientConnectionError, ClientTimeout
from aiohttp.test_utils import TestServer
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from homeassistant import loader
from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_TOKEN, CONF_WEBHOOK_ID, STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers import frame
from homeassistant.util.aiohttp import MockRequest
from homeassistant.util.async_ import get_scheduled_timer_handles
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
import orjson
import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    async_test_home_assistant,
)

from custom_components.zapi.api import Webhook
from custom_components.zapi.claims import Health
from custom_components.zapi.const import (
    CONF_API_URL,
    CONF_CLIENT_TOKEN,
    CONF_INSTANCE_ID,
    DOMAIN,
)
from custom_components.zapi.ledger import Choice
from simulator import ALL, Exchange, Gateway, State

from .conftest import CLIENT_TOKEN, HOOK_FIELDS, INSTANCE_ID, TOKEN

BEGINNING = "2026-11-23 12:00:00.250"
HOUSES = ("https://ha.example.org", "https://new.example.org", "http://ha.example.org")
FOREIGN = ("https://n8n.example.com/hook", "https://other.example.net/hook")
LATE = 120
ENTITY = "binary_sensor.casa_connected"
FIELD = dict(zip(Webhook, HOOK_FIELDS, strict=True))


def now() -> float:
    """Return the time of this story: looked up anew, it follows a frozen clock."""
    return time.time()


class World:
    """A gateway, a house that comes and goes, and the post between them."""

    def __init__(self, clock: FrozenDateTimeFactory, storage: dict[str, Any]) -> None:
        """Begin with a connected instance and an empty house."""
        self.clock = clock
        self.clock.move_to(BEGINNING)
        self._storage = storage
        self.gateway = Gateway(CLIENT_TOKEN, session=self, clock=now)
        self.instance = self.gateway.add(
            INSTANCE_ID, TOKEN, name="Casa", state=State.CONNECTED
        )
        self.hass: HomeAssistant | None = None
        self.held: list[tuple[str, bytes, dict[str, str]]] = []
        self.is_holding = False
        self.external_url = HOUSES[0]
        self.entry_data: dict[str, str] | None = None
        self.webhook_ids: list[str] = []
        self.consents: set[tuple[str, str]] = set()
        self.before = dict.fromkeys(HOOK_FIELDS, "")
        # What a failed write may have displaced: nobody can know.
        self.attempted = dict.fromkeys(HOOK_FIELDS, "")
        self.facts: list[tuple[float, bool]] = []
        self._stack = AsyncExitStack()
        self._house = AsyncExitStack()
        self._read = 0

    async def begin(self, *, foreign: str) -> None:
        """Serve the gateway and move in."""
        self._storage.clear()
        server = TestServer(self.gateway.app())
        await server.start_server(access_log=None)
        self._stack.push_async_callback(server.close)
        self._stack.push_async_callback(self.gateway.close)
        self.gateway.base_url = str(server.make_url("")).rstrip("/")
        if foreign:
            self.gateway.set_webhooks(self.instance, foreign)
        await self.start_house()

    async def end(self) -> None:
        """Move out and stop serving."""
        if self.hass is not None:
            await self.stop_house()
        await self._stack.aclose()

    @asynccontextmanager
    async def post(
        self,
        url: str,
        *,
        data: bytes,
        headers: dict[str, str],
        allow_redirects: bool,
        timeout: ClientTimeout,  # noqa: ASYNC109
    ) -> AsyncIterator[Any]:
        """Take a callback from the gateway."""
        if self.is_holding:
            self.held.append((url, data, headers))
            yield SimpleNamespace(status=HTTPStatus.OK)
            return
        yield SimpleNamespace(status=await self.deliver(url, data, headers))

    async def deliver(self, url: str, data: bytes, headers: dict[str, str]) -> int:
        """Bring a callback to the house, if it is one of ours."""
        if self.hass is None or not url.startswith("https://") or url in FOREIGN:
            raise ClientConnectionError
        request = MockRequest(
            data, "gateway", method="POST", headers=headers, remote="203.0.113.1"
        )
        webhook_id = url.rpartition("/")[2]
        # The URL of an entry that is gone may still be at the gateway.
        entry = self.entry if self.loaded else None
        reaches_entry = entry and entry.data[CONF_WEBHOOK_ID] == webhook_id
        response = await webhook.async_handle_webhook(self.hass, webhook_id, request)
        if reaches_entry:
            body = orjson.loads(data)
            moment = body["momment"] / (1000 if body["momment"] > 10**12 else 1)
            if time.time() - moment <= LATE:
                self.facts.append((moment, "connected" in body))
        return response.status

    @property
    def entry(self) -> ConfigEntry | None:
        """The one entry, if it is there."""
        assert self.hass
        entries = self.hass.config_entries.async_entries(DOMAIN)
        return entries[0] if entries else None

    @property
    def loaded(self) -> Any:
        """What the loaded entry carries, if it is loaded."""
        if self.hass is None or (entry := self.entry) is None:
            return None
        return entry.runtime_data if entry.state is ConfigEntryState.LOADED else None

    async def start_house(self) -> None:
        """Start Home Assistant with what was stored."""
        self.hass = await self._house.enter_async_context(async_test_home_assistant())
        frame.async_setup(self.hass)
        self.hass.data.pop(loader.DATA_CUSTOM_COMPONENTS)
        await self.hass.config.async_update(external_url=self.external_url)
        if self.entry_data is not None:
            await self.add_entry()

    async def stop_house(self) -> None:
        """Stop Home Assistant."""
        assert self.hass
        await self.hass.async_stop(force=True)
        await self._house.aclose()
        # A process that is gone leaves no timer behind.
        for handle in get_scheduled_timer_handles(asyncio.get_running_loop()):
            handle.cancel()
        self.hass = None

    async def add_entry(self) -> None:
        """Add the entry, as the flow or a restart does."""
        assert self.hass
        if self.entry_data is None:
            webhook_id = f"{len(self.webhook_ids):064x}"
            self.webhook_ids.append(webhook_id)
            self.entry_data = {
                CONF_INSTANCE_ID: INSTANCE_ID,
                CONF_TOKEN: TOKEN,
                CONF_CLIENT_TOKEN: CLIENT_TOKEN,
                CONF_API_URL: self.gateway.base_url,
                CONF_WEBHOOK_ID: webhook_id,
            }
        await self.hass.config_entries.async_add(
            ConfigEntry(
                data=self.entry_data,
                discovery_keys=MappingProxyType({}),
                domain=DOMAIN,
                entry_id="zapi",
                minor_version=1,
                options={},
                source="user",
                subentries_data=(),
                title="Casa",
                unique_id=INSTANCE_ID,
                version=1,
            )
        )

    async def remove_entry(self) -> None:
        """Remove the entry."""
        assert self.hass
        await self.hass.config_entries.async_remove("zapi")
        self.entry_data = None
        ledger = self._storage.get("zapi.webhooks", {"data": {}})
        if INSTANCE_ID not in ledger["data"]:
            # All was given back, and what comes next is a new story.
            self.before = dict.fromkeys(HOOK_FIELDS, "")
            self.attempted = dict.fromkeys(HOOK_FIELDS, "")

    async def settle(self) -> None:
        """Let all that is under way end, and note the facts that were told."""
        if self.hass is not None:
            await self.hass.async_block_till_done(wait_background_tasks=True)
        for exchange in self.gateway.log.since(self._read):
            self._note(exchange)
        self._read = self.gateway.log.count

    def _note(self, exchange: Exchange) -> None:
        if exchange.path == "status" and exchange.status == HTTPStatus.OK:
            self.facts.append((exchange.at, exchange.answer["connected"]))

    async def pass_time(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.tick(timedelta(seconds=seconds))
        if self.hass is not None:
            async_fire_time_changed(self.hass)

    @property
    def promised(self) -> dict[str, set[str]]:
        """What may come back at each webhook."""
        return {
            field: {self.before[field], self.attempted[field]} for field in HOOK_FIELDS
        }

    @property
    def possible_health(self) -> set[Health]:
        """How the registration may stand where no fault is in its way."""
        if self.external_url.startswith("http://"):
            return {Health.NO_HTTPS_URL}
        return {Health.OK, Health.TAKEN, Health.LEFT}

    def is_ours(self, url: str) -> bool:
        """Tell whether a URL at the gateway is one of this house."""
        return url.rpartition("/")[2] in self.webhook_ids


class Machine(RuleBasedStateMachine):
    """What can happen; each rule takes a second or more."""

    def __init__(self, clock: FrozenDateTimeFactory, storage: dict[str, Any]) -> None:
        """Make a loop and a world of its own."""
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.world = World(clock, storage)
        self.gateway, self.instance = self.world.gateway, self.world.instance
        self.stood: dict[str, str] = {}
        self.promised: dict[str, set[str]] = {}

    def run(self, *steps: Coroutine[Any, Any, Any]) -> None:
        """Do one step of the world, and judge what was written meanwhile."""

        async def step() -> None:
            for coroutine in steps:
                await coroutine
            await self.world.settle()

        self.promised = self.world.promised
        self.stood = {field: self.instance.webhooks[field] for field in HOOK_FIELDS}
        self.loop.run_until_complete(step())
        for field, old in self.stood.items():
            self.judge_write(field, old, self.instance.webhooks[field])

    def judge_write(self, field: str, old: str, new: str) -> None:
        """Nothing foreign is overwritten without consent; nothing goes without TLS."""
        assert not new.startswith("http://")
        if new == old:
            return
        if old in FOREIGN:
            assert (field, old) in self.world.consents
            assert self.world.is_ours(new)
            self.world.consents.discard((field, old))
            self.world.before[field] = old
        elif not self.world.is_ours(new):
            assert new in self.promised[field]

    @initialize(foreign=st.sampled_from(("", FOREIGN[0])))
    def begin(self, foreign: str) -> None:
        """Begin, with or without somebody else at the gateway."""
        self.loop.run_until_complete(self.world.begin(foreign=foreign))
        self.run(self.world.add_entry())

    def tick(self) -> Coroutine[Any, Any, None]:
        """Events never share a second."""
        return self.world.pass_time(1.1)

    @rule()
    def connect(self) -> None:
        """The number connects."""
        self.run(self.tick(), self.gateway.connect(self.instance))

    @rule()
    def drop(self) -> None:
        """The number disconnects."""
        self.run(self.tick(), self.gateway.lose_session(self.instance))

    @rule(lost=st.booleans(), doubled=st.integers(0, 2), held=st.booleans())
    def spoil_callbacks(self, lost: bool, doubled: int, held: bool) -> None:
        """From now on callbacks are lost, doubled or held back."""
        self.gateway.faults.lose_callbacks = ALL if lost else frozenset()
        self.gateway.faults.duplicate_callbacks = doubled
        self.world.is_holding = held

    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        """What was held back arrives, in any order, some of it twice."""
        held, self.world.held = self.world.held, []
        order = data.draw(st.permutations(held + held[:1]))

        async def arrive() -> None:
            for parcel in order:
                if parcel[0] not in FOREIGN:
                    await self.world.deliver(*parcel)

        self.run(self.tick(), arrive())

    @rule(broken=st.sampled_from(("", "status", "me", "update-*", "*")))
    def break_answers(self, broken: str) -> None:
        """From now on the gateway fails at these routes."""
        self.gateway.faults.http_5xx = frozenset({broken} - {""})

    @rule(lies=st.booleans())
    def lie(self, lies: bool) -> None:
        """From now on setters answer true and do nothing, or do it again."""
        routes = frozenset({"update-webhook-*"} if lies else ())
        self.gateway.faults.put_true_not_applied = routes

    @rule(url=st.sampled_from((*FOREIGN, "")), fields=st.sampled_from(HOOK_FIELDS))
    def take_over(self, url: str, fields: str) -> None:
        """Somebody else writes a webhook, or empties it."""
        self.gateway.set_webhooks(self.instance, url, fields)
        self.run(self.tick())

    @rule(seconds=st.sampled_from((20, 61, 16 * 60, 26 * 60 * 60)))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.run(self.world.pass_time(seconds))

    @precondition(lambda self: self.world.loaded)
    @rule()
    def poll(self) -> None:
        """The gateway is asked now."""
        self.run(self.tick(), self.world.loaded.coordinator.async_refresh())

    @precondition(lambda self: self.world.loaded)
    @rule(choice=st.sampled_from(Choice))
    def decide(self, choice: Choice) -> None:
        """A person says what to do with foreign webhooks."""
        manager = self.world.loaded.webhook
        shown = {**manager.displaced, **manager.contested}
        if choice is not Choice.LEAVE:
            self.world.consents |= {(FIELD[kind], url) for kind, url in shown.items()}
            self.world.attempted |= {FIELD[kind]: url for kind, url in shown.items()}

        async def say() -> None:
            outcome = await asyncio.gather(
                manager.async_decide(choice, shown), return_exceptions=True
            )
            assert isinstance(outcome[0], bool | Exception)

        self.run(self.tick(), say())

    @rule()
    def restart(self) -> None:
        """Home Assistant restarts."""
        self.run(self.world.stop_house(), self.tick(), self.world.start_house())

    @precondition(lambda self: self.world.entry)
    @rule()
    def reload(self) -> None:
        """The entry is reloaded."""
        assert self.world.hass
        self.run(self.tick(), self.world.hass.config_entries.async_reload("zapi"))

    @rule(url=st.sampled_from(HOUSES))
    def move(self, url: str) -> None:
        """The house gets another address."""
        assert self.world.hass
        self.world.external_url = url
        self.run(self.tick(), self.world.hass.config.async_update(external_url=url))

    @precondition(lambda self: self.world.entry)
    @rule()
    def remove(self) -> None:
        """The entry is removed."""
        self.run(self.tick(), self.world.remove_entry())

    @precondition(lambda self: not self.world.entry)
    @rule()
    def add(self) -> None:
        """The entry is added again."""
        self.run(self.tick(), self.world.add_entry())

    @invariant()
    def shows_the_newest_fact(self) -> None:
        """What is shown is never older than the newest fact that was delivered."""
        if self.world.hass is None or not self.world.loaded or not self.world.facts:
            return
        state = self.world.hass.states.get(ENTITY)
        assert state
        newest = max(at for at, _ in self.world.facts)
        told = {connected for at, connected in self.world.facts if at == newest}
        if state.state in (STATE_ON, STATE_OFF):
            assert (state.state == STATE_ON) in told

    def heal(self) -> None:
        """All faults end."""
        self.gateway.faults.clear()
        self.world.is_holding, self.world.held = False, []

    @override
    def teardown(self) -> None:
        """When the faults stop, one poll tells the truth and all is given back."""
        try:
            if self.world.hass is not None:
                self.leave()
        finally:
            self.loop.run_until_complete(self.world.end())
            self.loop.close()

    def leave(self) -> None:
        """End the story, and look whether all is as it was before us."""
        self.heal()
        if self.world.entry is None:
            self.add()
        if self.world.loaded is None:
            self.reload()
        self.wait(61)
        assert self.world.hass
        state = self.world.hass.states.get(ENTITY)
        assert state
        assert (state.state == STATE_ON) is self.instance.up
        # Longer than a registration that failed is left alone.
        self.wait(2 * 60 * 60)
        assert self.world.loaded.webhook.health in self.world.possible_health
        stood, promised = dict(self.instance.webhooks), self.world.promised
        self.remove()
        for field in HOOK_FIELDS:
            ours = self.world.is_ours(stood[field])
            expected = promised[field] if ours else {stood[field]}
            assert self.instance.webhooks[field] in expected


def run_machine(examples: int, storage: dict[str, Any]) -> None:
    """Run so many examples."""
    # Once for all examples: freezing looks at each module that there is.
    with freeze_time(BEGINNING) as clock:
        assert isinstance(clock, FrozenDateTimeFactory)
        run_state_machine_as_test(
            cast("type[RuleBasedStateMachine]", partial(Machine, clock, storage)),
            settings=settings(
                max_examples=examples,
                stateful_step_count=20,
                deadline=None,
                database=None,
                print_blob=True,
                suppress_health_check=list(HealthCheck),
            ),
        )


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Log nothing: what hundreds of houses say takes longer than what they do."""
    caplog.set_level(logging.CRITICAL)


@pytest.mark.usefixtures("socket_enabled", "quiet")
@pytest.mark.timeout(480)
def test_nothing_is_lost_whatever_happens(hass_storage: dict[str, Any]) -> None:
    run_machine(300, hass_storage)


@pytest.mark.long
@pytest.mark.usefixtures("socket_enabled", "quiet")
@pytest.mark.timeout(3 * 3600)
def test_nothing_is_lost_whatever_happens_for_long(
    hass_storage: dict[str, Any],
) -> None:
    run_machine(5000, hass_storage)
