"""Random interleavings of all that can happen, and what must hold after each.

Takeovers happen before the GET or after the PUT of a registration: the gateway
has no compare-and-set, so nobody can promise more.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
import logging
from typing import Any, cast, override
from unittest.mock import patch

from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
import pytest

from custom_components.zapi.api import ZapiError
from custom_components.zapi.const import CONF_RECEIVE
from custom_components.zapi.webhooks import restore
from custom_components.zapi.webhooks.claims import RegistrationStatus
from custom_components.zapi.webhooks.ledger import Choice, Consent, LedgerError
from simulator import ALL
from tests.common import Disk

from .world import (
    BEGINNING,
    ENTITY,
    FIELD,
    FIELDS,
    FIRST,
    FOREIGN,
    HOUSES,
    SECOND,
    World,
)

RECEIVE: tuple[list[str], ...] = (
    [],
    ["messages"],
    ["messages", "own"],
    ["receipts"],
    ["messages", "receipts", "own"],
)


class Machine(RuleBasedStateMachine):
    """What can happen; each rule takes a second or more."""

    def __init__(self, clock: FrozenDateTimeFactory, disk: Disk) -> None:
        """Make a loop and a world of its own."""
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.world = World(clock, disk)
        self.gateway, self.instance = self.world.gateway, self.world.instance
        self.stood: dict[str, str] = {}
        self.shown: dict[str, str] = {}
        self.promised: dict[str, set[str]] = {}

    def run(self, *steps: Coroutine[Any, Any, Any]) -> None:
        """Do one step of the world, and judge what was written meanwhile."""

        async def step() -> None:
            for coroutine in steps:
                await coroutine
            await self.world.settle()

        self.promised = self.world.promised
        self.stood = {field: self.instance.webhooks[field] for field in FIELDS}
        self.shown = self.world.shown
        self.loop.run_until_complete(step())
        for field, old in self.stood.items():
            self.judge_write(field, old, self.instance.webhooks[field])
        assert not self.world.unproven
        assert all(
            copy in self.world.consumers.copies for copy in self.world.promised_copies
        )
        self.judge_messages()
        if not (self.world.is_switched or self.world.is_known):
            self.world.switch_lost = False

    def judge_messages(self) -> None:
        """Each message is handed on once and in order, or counted; a copy is promised."""
        world = self.world
        rest = iter(world.arrived)
        assert all(message in rest for message in world.handed)
        missing = len(world.arrived) - len(world.handed) - world.dropped
        assert missing >= 0
        if world.loaded:
            assert missing == 0
        copies = {copy for copy in world.consumers.copies if b"messageId" in copy}
        assert copies <= world.allowed_copies

    def judge_write(self, field: str, old: str, new: str) -> None:
        """Nothing foreign is overwritten without consent; nothing goes without TLS."""
        assert not new.startswith("http://")
        if new == old:
            return
        if field == SECOND and not old:
            # Where the gateway shows what was there before, nobody sees that it is empty.
            assert self.gateway.faults.me_lags or not self.world.is_ours(new)
        if old in FOREIGN:
            self.judge_taking(field, old)
            if not new and field in self.world.unnoted and self.gateway.faults.me_lags:
                # It was given back and shown as ours again, and nobody knows of whom.
                assert self.world.is_told
                self.world.unnoted.discard(field)
                self.world.forget(field)
                return
            assert self.world.is_ours(new)
            self.world.before[field] = old
            self.world.lost.discard(field)
            self.world.may_be_empty.discard(field)
        elif not self.world.is_ours(new):
            assert new in self.promised[field]
            if field in self.world.lost and new != self.world.before[field]:
                if self.world.is_told:
                    # From now on it is as empty as it would be without us.
                    self.world.forget(field)
                else:
                    assert self.world.is_yet_to_be_told(field)
                    self.world.untold.add(field)
            if self.world.is_disabled:
                # What was said holds again when the entry is enabled.
                self.world.consents.add((field, new))

    def judge_taking(self, field: str, old: str) -> None:
        """Nothing foreign is overwritten without consent, as far as can be seen."""
        # Where the gateway still shows our URL, nobody sees that it was given back; it
        # may begin to in the midst of a step that lets time pass.
        shown = {self.shown[field], self.world.shown[field]}
        is_unseen = self.gateway.faults.me_lags and (
            old in self.promised[field] or any(map(self.world.is_ours, shown))
        )
        assert is_unseen or (field, old) in self.world.consents
        # And where it still shows theirs, nobody sees that it was taken.
        if not self.gateway.faults.me_lags:
            self.world.consents.discard((field, old))

    def judge_leaving(self) -> None:
        """What is still ours once an entry is gone or disabled is told."""
        stands = any(map(self.world.has, FIELDS))
        is_switched = self.world.is_switched and not self.world.switch_lost
        hides = any(not self.instance.webhooks[field] for field in self.world.untold)
        assert self.world.is_told or not (stands or is_switched or hides)

    @initialize(
        foreign=st.sampled_from(("", FOREIGN[0])), receive=st.sampled_from(RECEIVE)
    )
    def begin(self, foreign: str, receive: list[str]) -> None:
        """Begin, with or without somebody else at the gateway."""
        self.world.options = {CONF_RECEIVE: receive}
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

    @rule(
        kind=st.sampled_from(
            ("ReceivedCallback", "DeliveryCallback", "MessageStatusCallback")
        ),
        from_me=st.booleans(),
    )
    def write(self, kind: str, from_me: bool) -> None:
        """Somebody writes, or something comes of what was written."""
        self.run(self.tick(), self.world.write(kind, from_me=from_me))

    @rule(
        lost=st.booleans(),
        doubled=st.integers(0, 2),
        held=st.booleans(),
        undated=st.booleans(),
    )
    def spoil_callbacks(
        self, lost: bool, doubled: int, held: bool, undated: bool
    ) -> None:
        """From now on callbacks are lost, doubled, held back, or do not say when."""
        self.gateway.faults.missing_fields = frozenset({"momment"} if undated else ())
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
        routes = frozenset({"update-webhook-*", "update-notify-*"} if lies else ())
        self.gateway.faults.put_true_not_applied = routes

    @rule(seconds=st.sampled_from((0, 30, 90)))
    def lag(self, seconds: int) -> None:
        """From now on the gateway shows a write only so much later."""
        self.gateway.faults.me_lags = seconds

    @rule(is_full=st.booleans())
    def fill_disk(self, is_full: bool) -> None:
        """From now on nothing can be stored, or all again."""
        self.world.disk.is_full = is_full

    @rule(url=st.sampled_from((*FOREIGN, "")), fields=st.sampled_from(FIELDS))
    def take_over(self, url: str, fields: str) -> None:
        """Somebody else writes a webhook, or empties it."""
        is_ours = self.world.is_ours(self.instance.webhooks[fields])
        if not is_ours:
            self.world.may_be_empty.add(fields)
        self.gateway.set_webhooks(self.instance, url, fields)
        if fields in self.world.lost:
            self.world.forget(fields)
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
        self.run(self.tick(), self.deciding(choice))

    async def deciding(self, choice: Choice) -> None:
        """Say what to do with foreign webhooks."""
        manager = self.world.loaded.webhook_manager
        shown = {**manager.displaced, **manager.claimable}
        if choice is not Choice.LEAVE:
            self.world.consent({FIELD[kind]: url for kind, url in shown.items()})
        else:
            # What somebody emptied meanwhile is as it was before us from now on.
            empty = (f for f in FIELDS if not self.instance.webhooks[f])
            self.world.may_be_empty.update(empty)
        with suppress(ZapiError, LedgerError):
            await manager.async_apply_choice(choice, shown)

    @precondition(lambda self: self.world.loaded)
    @rule(
        receive=st.sampled_from(RECEIVE),
        choice=st.sampled_from(Choice),
    )
    def want(self, receive: list[str], choice: Choice) -> None:
        """A person chooses what to receive, and what to do with others that have it."""
        self.run(self.tick(), self.wanting(receive, choice))

    @precondition(lambda self: self.world.loaded)
    @rule(
        receive=st.sampled_from(RECEIVE[1:]),
        choice=st.sampled_from(Choice),
        seconds=st.sampled_from((1.1, 70)),
        lag=st.sampled_from((0, 90)),
    )
    def change_mind(
        self, receive: list[str], choice: Choice, seconds: float, lag: int
    ) -> None:
        """A person chooses what to receive, and thinks better of it."""
        self.lag(lag)
        self.want(receive, choice)
        if self.world.loaded:
            self.run(self.world.pass_time(seconds), self.wanting([], choice))

    async def wanting(self, receive: list[str], choice: Choice) -> None:
        """Choose what to receive, as the dialog does."""
        entry, manager = self.world.entry, self.world.loaded.webhook_manager
        assert entry
        before = dict(entry.options)
        options = {**before, CONF_RECEIVE: receive}
        shown = await manager.async_foreign(options)
        if choice is not Choice.LEAVE:
            self.world.consent({FIELD[kind]: url for kind, url in shown.items()})
        # What somebody emptied meanwhile is as it was before us from now on.
        empty = (f for f in FIELDS if not self.instance.webhooks[f])
        self.world.may_be_empty.update(empty)
        consents = {kind: Consent(url, choice) for kind, url in shown.items()}
        try:
            await manager.async_want(options, consents)
        except LedgerError:
            assert entry.options == before

    @rule(slowly=st.booleans())
    def restart(self, slowly: bool) -> None:
        """Home Assistant restarts."""
        start = self.world.start_house(slowly=slowly)
        self.run(self.world.stop_house(), self.tick(), start)

    @rule()
    def lose_ledger(self) -> None:
        """Home Assistant restarts, and its ledger is gone."""
        self.run(self.world.stop_house(), self.tick())
        self.world.lose_ledger()
        self.run(self.world.start_house())

    @precondition(lambda self: self.world.loaded)
    @rule(
        act=st.sampled_from(("reload", "decide", "want", "disable", "remove", "move")),
        requests=st.integers(0, 5),
        data=st.data(),
    )
    def restart_amid(self, act: str, requests: int, data: st.DataObject) -> None:
        """Home Assistant restarts in the midst of something; an entry outlives that."""
        acts: dict[str, Callable[[], Coroutine[Any, Any, Any]]] = {
            "reload": self.reloading,
            "decide": lambda: self.deciding(data.draw(st.sampled_from(Choice))),
            "want": lambda: self.wanting(
                data.draw(st.sampled_from(RECEIVE)), data.draw(st.sampled_from(Choice))
            ),
            "disable": partial(self.world.set_disabled, disabled=True),
            "remove": partial(self.hass.config_entries.async_remove, "zapi"),
            "move": partial(self.moving, data.draw(st.sampled_from(HOUSES))),
        }
        self.run(
            self.tick(),
            self.world.cut_off(acts[act](), requests),
            self.tick(),
            self.world.start_house(),
        )

    @property
    def hass(self) -> HomeAssistant:
        """The hass_with_url, which is up."""
        assert self.world.hass
        return self.world.hass

    @precondition(lambda self: self.world.entry and not self.world.is_disabled)
    @rule()
    def reload(self) -> None:
        """The entry is reloaded."""
        self.run(self.tick(), self.reloading())

    async def reloading(self) -> None:
        """Reload the entry."""
        await self.hass.config_entries.async_reload("zapi")

    @precondition(lambda self: self.world.entry and not self.world.is_disabled)
    @rule()
    def disable(self) -> None:
        """The entry is disabled."""
        self.run(self.tick(), self.world.set_disabled(disabled=True))
        self.judge_leaving()

    @precondition(lambda self: self.world.is_disabled)
    @rule()
    def enable(self) -> None:
        """The entry is enabled again."""
        self.run(self.tick(), self.world.set_disabled(disabled=False))

    @rule(url=st.sampled_from(HOUSES))
    def move(self, url: str) -> None:
        """Home Assistant gets another address."""
        self.run(self.tick(), self.moving(url))

    async def moving(self, url: str) -> None:
        """Give Home Assistant another address."""
        self.world.external_url = url
        await self.hass.config.async_update(external_url=url)

    @precondition(lambda self: self.world.entry)
    @rule()
    def remove(self) -> None:
        """The entry is removed."""
        self.run(self.tick(), self.world.remove_entry())
        self.judge_leaving()

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
        if self.world.in_doubt_since:
            return
        newest = max(at for at, _ in self.world.facts)
        told = {connected for at, connected in self.world.facts if at == newest}
        if state.state in (STATE_ON, STATE_OFF):
            assert (state.state == STATE_ON) in told

    def heal(self) -> None:
        """All faults end."""
        self.gateway.faults.clear()
        self.world.is_holding, self.world.held = False, []
        self.world.disk.is_full = False

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
        if self.world.is_disabled:
            self.enable()
        if self.world.loaded is None:
            self.reload()
        self.wait(61)
        assert self.world.hass
        state = self.world.hass.states.get(ENTITY)
        assert state
        assert (state.state == STATE_ON) is self.instance.up
        # Longer than a registration that failed is left alone.
        self.wait(2 * 60 * 60)
        assert self.world.loaded.webhook_manager.status in self.world.possible_status
        self.judge_messages_at_rest()
        stood, promised = dict(self.instance.webhooks), self.world.promised
        had = {field for field in FIELDS if self.world.has(field)}
        self.remove()
        assert not self.world.is_switched or self.world.switch_lost
        for field in FIELDS:
            expected = promised[field] if field in had else {stood[field]}
            assert self.instance.webhooks[field] in expected

    def judge_messages_at_rest(self) -> None:
        """Both webhooks of messages are ours or none, and the switch as it is wanted."""
        if self.world.possible_status == {RegistrationStatus.NO_HTTPS_URL}:
            return
        assert self.world.entry
        received = self.world.entry.options.get(CONF_RECEIVE, ())
        first, second = (self.instance.webhooks[field] for field in (FIRST, SECOND))
        has_first, has_second = map(self.world.has, (FIRST, SECOND))
        if "messages" not in received:
            assert not has_first
            assert not has_second
        assert has_first or not has_second or first in FOREIGN
        if has_first and (has_second or not second):
            assert self.world.is_switched is ("own" in received)
        else:
            assert not self.world.is_switched or self.world.switch_lost


def run_machine(examples: int, disk: Disk) -> None:
    """Run so many examples."""
    # Once for all examples: freezing looks at each module that there is. Time stands
    # still while the gateway is read back, so that a pause would not end.
    pauses = patch.object(restore, "_READ_BACK_DELAYS_SECONDS", (0, 0, 0))
    with freeze_time(BEGINNING) as clock, pauses:
        assert isinstance(clock, FrozenDateTimeFactory)
        run_state_machine_as_test(
            cast("type[RuleBasedStateMachine]", partial(Machine, clock, disk)),
            settings=settings(
                max_examples=examples,
                stateful_step_count=20,
                deadline=None,
                database=None,
                # What changes the outcome of the short run is a change of the code.
                derandomize=examples < 1000,
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
def test_nothing_is_lost_whatever_happens(hass_storage: Disk) -> None:
    run_machine(300, hass_storage)


@pytest.mark.long
@pytest.mark.usefixtures("socket_enabled", "quiet")
@pytest.mark.timeout(3 * 3600)
def test_nothing_is_lost_whatever_happens_for_long(
    hass_storage: Disk,
) -> None:
    run_machine(5000, hass_storage)
