"""A gateway, a Home Assistant that comes and goes, and all that befalls them, for random stories."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from http import HTTPStatus
import time
from types import MappingProxyType, SimpleNamespace
from typing import Any
from unittest.mock import patch

from aiohttp import ClientConnectionError, ClientTimeout
from aiohttp.test_utils import TestServer
from freezegun.api import FrozenDateTimeFactory
from homeassistant import loader
from homeassistant.components import webhook
from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryDisabler,
    ConfigEntryState,
)
from homeassistant.const import CONF_TOKEN, CONF_WEBHOOK_ID, EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import aiohttp_client, frame, issue_registry as ir
from homeassistant.helpers.storage import Store
from homeassistant.util.aiohttp import MockRequest
from homeassistant.util.async_ import get_scheduled_timer_handles
import orjson
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    async_test_home_assistant,
)

from custom_components.zapi.api import (
    Callback,
    CallbackType,
    ReceivedCallback,
    parse_callback,
)
from custom_components.zapi.const import (
    CONF_API_URL,
    CONF_CLIENT_TOKEN,
    CONF_INSTANCE_ID,
    DOMAIN,
)
from custom_components.zapi.runtime import ZapiRuntime
from custom_components.zapi.webhooks import forwarder
from custom_components.zapi.webhooks.claims import RegistrationStatus, wanted_types
from custom_components.zapi.webhooks.ledger import async_get_ledger
from custom_components.zapi.webhooks.stats import CallbackStats, async_get_stats
from simulator import Exchange, Gateway, State, make_app
from tests.common import CLIENT_TOKEN, INSTANCE_ID, TOKEN, Disk

from .messages import content_of, id_of

BEGINNING = "2026-11-23 12:00:00.250"
HOUSES = ("https://ha.example.org", "https://new.example.org", "http://ha.example.org")
FOREIGN = ("https://n8n.example.com/hook", "https://other.example.net/hook")
LATE = 120
ENTITY = "binary_sensor.casa_whatsapp"
# Whatever an entry may take.
KINDS = tuple(kind for kind in CallbackType if kind is not CallbackType.CHAT_PRESENCE)
FIELD = {kind: kind.field for kind in KINDS}
FIELDS = tuple(FIELD.values())
KIND = {field: kind for kind, field in FIELD.items()}
FIRST = FIELD[CallbackType.RECEIVED]
SECOND = FIELD[CallbackType.RECEIVED_DELIVERY]
SWITCH = "update-notify-sent-by-me"
LEDGER = "zapi.webhooks"
# What a person reads whose webhook did not come back, or may not have.
TOLD = {"webhook_not_returned", "webhook_not_cleared", "webhook_previous_unknown"}


def now() -> float:
    """Return the time of this story: looked up anew, it follows a frozen clock."""
    return time.time()


class Consumers:
    """Two that had the webhooks before: one takes its copies, the other is dead."""

    def __init__(self) -> None:
        """Begin without a copy."""
        self.copies: list[bytes] = []

    @asynccontextmanager
    async def post(self, url: str, *, data: bytes, **_: Any) -> AsyncIterator[Any]:
        """Take a copy, or not."""
        if url != FOREIGN[0]:
            raise ClientConnectionError
        self.copies.append(data)
        yield SimpleNamespace(status=HTTPStatus.OK)


class World:
    """A gateway, a Home Assistant that comes and goes, and the post between them."""

    def __init__(self, clock: FrozenDateTimeFactory, disk: Disk) -> None:
        """Begin with a connected instance and an empty Home Assistant."""
        self.clock = clock
        self.clock.move_to(BEGINNING)
        self.disk = disk
        self.consumers = Consumers()
        self.promised_copies: list[bytes] = []
        # The copies of messages that may be sent.
        self.allowed_copies: set[bytes] = set()
        # The messages that were answered and wanted, and those that were handed on.
        self.arrived: list[str | None] = []
        self.handed: list[str | None] = []
        self.messages = 0
        self._stats = CallbackStats()
        self._dropped_before = 0
        self._delivered: set[bytes] = set()
        self.gateway = Gateway(CLIENT_TOKEN, session=self, clock=now)
        self.instance = self.gateway.add(
            INSTANCE_ID, TOKEN, name="Casa", state=State.CONNECTED
        )
        self.hass: HomeAssistant | None = None
        self.held: list[tuple[str, bytes, dict[str, str]]] = []
        self.is_holding = False
        # What was written at the gateway and was not on disk before.
        self.unproven: list[str] = []
        self.external_url = HOUSES[0]
        self.entry_data: dict[str, str] | None = None
        self.options: dict[str, Any] = {}
        self.is_disabled = False
        # Nobody can know any more whether own messages were told of before.
        self.switch_lost = False
        # What Home Assistant asks a person over a restart, as it does persistent issues.
        self._asked: dict[tuple[str, str], ir.IssueEntry] = {}
        self.webhook_ids: list[str] = []
        self.consents: set[tuple[str, str]] = set()
        self.before = dict.fromkeys(FIELDS, "")
        # What a failed write may have displaced: nobody can know.
        self.attempted = dict.fromkeys(FIELDS, "")
        # The record of these was lost while they were ours.
        self.lost: set[str] = set()
        # These were emptied, and their entry was cut off before it could tell.
        self.untold: set[str] = set()
        # The record of these was lost, and the gateway may yet show them as ours.
        self.unnoted: set[str] = set()
        # Nobody can know any more that these were ours.
        self.abandoned: set[str] = set()
        # These may come back empty: changed in the panel after they had come back, or
        # lost while the gateway did not show them.
        self.may_be_empty: set[str] = set()
        self.facts: list[tuple[float, bool]] = []
        # When a callback came that does not say when it happened: only a poll helps.
        self.in_doubt_since: float | None = None
        self._stack = AsyncExitStack()
        self._house = AsyncExitStack()
        self._read = 0

    async def begin(self, *, foreign: str) -> None:
        """Serve the gateway and move in."""
        self.disk.clear()
        self.disk.is_full = False
        session = patch.object(
            forwarder, "async_create_clientsession", return_value=self.consumers
        )
        self._stack.enter_context(session)

        def take(_runtime: ZapiRuntime, incoming: Callback, _arrived: float) -> None:
            self.handed.append(id_of(incoming))

        self._stack.enter_context(
            patch.object(ZapiRuntime, "async_receive_message", take)
        )
        record = self.gateway.log.record

        def watched(*args: Any, **kwargs: Any) -> Exchange:
            exchange = record(*args, **kwargs)
            self._look_for_proof(exchange)
            return exchange

        self._stack.enter_context(patch.object(self.gateway.log, "record", watched))
        server = TestServer(make_app(self.gateway))
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
        # They remember each call, and by that each house: gigabytes in a long run.
        stubs: tuple[Any, ...] = (
            Store._async_load,
            Store._async_write_data,
            Store.async_remove,
            aiohttp_client._async_make_resolver,
        )
        for stub in stubs:
            stub.reset_mock()

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
        """Bring a callback to the hass_with_url, if it is one of ours."""
        if self.hass is None or not url.startswith("https://") or url in FOREIGN:
            raise ClientConnectionError
        request = MockRequest(
            data, "gateway", method="POST", headers=headers, remote="203.0.113.1"
        )
        webhook_id = url.rpartition("/")[2]
        # The URL of an entry that is gone may still be at the gateway.
        entry = self.entry if self.loaded else None
        reaches_entry = entry and entry.data[CONF_WEBHOOK_ID] == webhook_id
        if "messageId" in orjson.loads(data):
            await self._note_message(webhook_id, data)
            reaches_entry = False
        response = await webhook.async_handle_webhook(self.hass, webhook_id, request)
        if reaches_entry:
            await self._note_callback(data)
        return response.status

    async def _note_message(self, webhook_id: str, data: bytes) -> None:
        """Note a message that is about to come, and whether a copy of it may go out."""
        assert self.hass
        incoming, entry = parse_callback(data), self.entry
        ledger = await async_get_ledger(self.hass)
        first, second = (
            ledger.hook(INSTANCE_ID, kind)
            for kind in (CallbackType.RECEIVED, CallbackType.RECEIVED_DELIVERY)
        )
        if isinstance(incoming, ReceivedCallback):
            hook = second if second.forward and second.displaced else first
            is_own = incoming.message.from_me and first.sent_by_me is False
        else:
            hook, is_own = ledger.hook(INSTANCE_ID, incoming.kinds[0]), False
        if hook.forward and hook.displaced == FOREIGN[0] and not is_own:
            self.allowed_copies.add(data)
        if (
            entry
            and not entry.disabled_by
            and entry.data[CONF_WEBHOOK_ID] == webhook_id
            and not wanted_types(entry.options).isdisjoint(incoming.kinds)
        ):
            self.arrived.append(id_of(incoming))

    async def write(self, kind: str, *, from_me: bool) -> None:
        """Let something come of a message."""
        self.messages += 1
        body = content_of(str(self.messages), kind, fromMe=from_me)
        await self.gateway.inject(self.instance, body)

    @property
    def dropped(self) -> int:
        """How many messages were dropped, and counted as that."""
        return self._count_dropped() - self._dropped_before

    def _count_dropped(self) -> int:
        counts = self._stats.counts.items()
        return sum(count for name, count in counts if name.startswith("dropped"))

    async def _note_callback(self, data: bytes) -> None:
        """Note what a callback says, and who is to get a copy."""
        assert self.hass
        body = orjson.loads(data)
        if "momment" not in body:
            self.in_doubt_since = time.time()
        else:
            moment = body["momment"] / (1000 if body["momment"] > 10**12 else 1)
            if time.time() - moment <= LATE:
                self.facts.append((moment, "connected" in body))
        kind = (
            CallbackType.CONNECTED if "connected" in body else CallbackType.DISCONNECTED
        )
        hook = (await async_get_ledger(self.hass)).hook(INSTANCE_ID, kind)
        is_promised = hook.forward and hook.displaced == FOREIGN[0]
        if is_promised and data not in self._delivered:
            self.promised_copies.append(data)
        self._delivered.add(data)

    def _look_for_proof(self, exchange: Exchange) -> None:
        """Look whether a write was on disk before it came to the gateway."""
        record = self._recorded
        if exchange.path == SWITCH:
            if "sent_by_me" not in record.get("received", {}):
                self.unproven.append(exchange.path)
            return
        if exchange.method != "PUT" or not self.is_ours(exchange.request["value"]):
            return
        kind = exchange.path.removeprefix("update-webhook-")
        if (
            exchange.request["value"]
            not in record.get(kind, {"our_urls": []})["our_urls"]
        ):
            self.unproven.append(exchange.path)

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

    async def start_house(self, *, slowly: bool = False) -> None:
        """Start Home Assistant with what was stored; slowly: messages come meanwhile."""
        self.hass = await self._house.enter_async_context(async_test_home_assistant())
        if slowly:
            self.hass.set_state(CoreState.starting)
        frame.async_setup(self.hass)
        self.hass.data.pop(loader.DATA_CUSTOM_COMPONENTS)
        await self.hass.config.async_update(external_url=self.external_url)
        ir.async_get(self.hass).issues.update(self._asked)
        self.consumers.copies, self.promised_copies = [], []
        self._delivered = set()
        self.allowed_copies = set()
        # What waited is gone with the process, and so are its counts.
        self.arrived, self.handed, self._dropped_before = [], [], 0
        self._stats = CallbackStats()
        if self.entry_data is not None:
            await self.add_entry()
        if slowly:
            for _ in range(2):
                await self.write("ReceivedCallback", from_me=False)
            self.hass.set_state(CoreState.running)
            self.hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)

    async def stop_house(self) -> None:
        """Stop Home Assistant."""
        assert self.hass
        if self.entry:
            self.options = dict(self.entry.options)
        await self.hass.async_stop(force=True)
        self._asked = {
            key: issue
            for key, issue in ir.async_get(self.hass).issues.items()
            if issue.is_persistent
        }
        await self._house.aclose()
        # A process that is gone leaves no timer behind.
        for handle in get_scheduled_timer_handles(asyncio.get_running_loop()):
            handle.cancel()
        self.hass = None

    async def add_entry(self) -> None:
        """Add the entry, as the flow or a restart does."""
        assert self.hass
        if self.entry_data is None:
            for field in set(FIELDS) - self._known:
                self._abandon(self.instance.webhooks[field])
            webhook_id = f"{len(self.webhook_ids):064x}"
            self.webhook_ids.append(webhook_id)
            self.entry_data = {
                CONF_INSTANCE_ID: INSTANCE_ID,
                CONF_TOKEN: TOKEN,
                CONF_CLIENT_TOKEN: CLIENT_TOKEN,
                CONF_API_URL: self.gateway.base_url,
                CONF_WEBHOOK_ID: webhook_id,
            }
        entry = ConfigEntry(
            data=self.entry_data,
            disabled_by=ConfigEntryDisabler.USER if self.is_disabled else None,
            discovery_keys=MappingProxyType({}),
            domain=DOMAIN,
            entry_id="zapi",
            minor_version=1,
            options=self.options,
            source="user",
            subentries_data=(),
            title="Casa",
            unique_id=INSTANCE_ID,
            version=1,
        )
        self._stats = async_get_stats(self.hass, entry)
        if self.is_disabled:
            # For disabled entries alone Home Assistant does not start an integration.
            self.hass.config_entries._entries[entry.entry_id] = entry
        else:
            await self.hass.config_entries.async_add(entry)

    async def remove_entry(self) -> None:
        """Remove the entry."""
        assert self.hass
        await self.hass.config_entries.async_remove("zapi")
        self.entry_data, self.is_disabled, self.options = None, False, {}
        self.arrived, self.handed = [], []
        self._dropped_before = self._count_dropped()
        await self.look_again()

    async def look_again(self) -> None:
        """Let the look two minutes later come, where the gateway does not show all."""
        assert self.hass
        if self.gateway.faults.me_lags:
            await self.hass.async_block_till_done(wait_background_tasks=True)
            await self.pass_time(LATE + 1)

    async def set_disabled(self, *, disabled: bool) -> None:
        """Disable the entry, or enable it again."""
        assert self.hass
        self.is_disabled = disabled
        await self.hass.config_entries.async_set_disabled_by(
            "zapi", ConfigEntryDisabler.USER if disabled else None
        )
        if disabled:
            await self.look_again()
            # What somebody emptied is left so, and that is what is taken later.
            empty = (f for f in FIELDS if not self.instance.webhooks[f])
            self.may_be_empty.update(empty)

    async def cut_off(self, act: Coroutine[Any, Any, Any], requests: int) -> None:
        """Begin something, and stop it at the gateway's next request but so many."""
        assert self.hass
        reached = asyncio.Event()
        record, last = self.gateway.log.record, self.gateway.log.count + requests

        def watched(*args: Any, **kwargs: Any) -> Exchange:
            exchange = record(*args, **kwargs)
            if exchange.number > last:
                reached.set()
            return exchange

        async def all_of_it() -> None:
            await act
            await self.settle()

        with patch.object(self.gateway.log, "record", watched):
            doing = asyncio.ensure_future(all_of_it())
            until = asyncio.ensure_future(reached.wait())
            await asyncio.wait({doing, until}, return_when=asyncio.FIRST_COMPLETED)
            for task in (doing, until):
                task.cancel()
            await asyncio.gather(doing, until, return_exceptions=True)
        await self.stop_house()
        self._end_stories()

    @property
    def is_known(self) -> bool:
        """Whether the ledger knows the instance."""
        return bool(self._known)

    @property
    def _known(self) -> set[str]:
        """The webhooks of which the ledger has a record."""
        return {field for kind, field in FIELD.items() if kind in self._recorded}

    @property
    def _recorded(self) -> dict[str, Any]:
        """What the ledger holds of the instance."""
        stored: dict[str, Any] = self.disk.get(LEDGER, {"data": {}})["data"]
        records: dict[str, Any] = stored.get(INSTANCE_ID, {})
        return records

    def _end_stories(self) -> None:
        """Begin anew with each webhook that was given back, or told of."""
        for field in set(FIELDS) - self._known:
            if not self.is_of_the_entry(self.instance.webhooks[field]):
                self.forget(field)

    @property
    def shown(self) -> dict[str, str]:
        """The webhooks as the gateway shows them, which may lag behind."""
        return self.instance.webhooks_at(now() - self.gateway.faults.me_lags)

    def lose_ledger(self) -> None:
        """Lose what is on disk; what was not ours then is nobody's debt any more."""
        self.disk.pop(LEDGER, None)
        self.untold.clear()
        shown = self.shown
        self.switch_lost |= self.is_switched
        for field in FIELDS:
            url = self.instance.webhooks[field]
            if self.is_of_the_entry(url):
                is_seen = self.is_of_the_entry(shown[field])
                (self.lost if is_seen else self.may_be_empty).add(field)
                continue
            self._abandon(url)
            self.forget(field)
            if any(
                now() - at < LATE and self.is_of_the_entry(old)
                for at, old in self.instance.overwritten.get(field, ())
            ):
                self.unnoted.add(field)

    def _abandon(self, url: str) -> None:
        """Expect nothing of the URL of an entry that is gone: it was told when it went."""
        if self.is_ours(url):
            self.abandoned.add(url)

    def consent(self, shown: dict[str, str]) -> None:
        """Let a person agree that webhooks are taken from those who are shown to have them."""
        self.consents |= set(shown.items())
        self.attempted |= shown
        for url in shown.values():
            if not self.is_of_the_entry(url):
                # It comes back, even if it was of an entry that is gone.
                self._abandon(url)

    def forget(self, field: str) -> None:
        """Begin a new story with one webhook."""
        self.before[field] = self.attempted[field] = ""
        self.lost.discard(field)
        self.may_be_empty.discard(field)

    @property
    def is_switched(self) -> bool:
        """Whether the gateway tells of own messages, which it did not before us."""
        return bool(self.instance.settings["receiveCallbackSentByMe"])

    @property
    def is_told(self) -> bool:
        """Whether a person knows that not all came back."""
        assert self.hass
        issues = ir.async_get(self.hass).issues.values()
        return any(issue.translation_key in TOLD for issue in issues)

    def is_yet_to_be_told(self, field: str) -> bool:
        """Return whether the ledger still says that nobody knows who had a webhook."""
        record = self._recorded.get(str(KIND[field]), {"our_urls": []})
        return bool(record["our_urls"]) and record["displaced"] is None

    async def settle(self) -> None:
        """Let all that is under way end, and note the facts that were told."""
        if self.hass is not None:
            await self.hass.async_block_till_done(wait_background_tasks=True)
        self._end_stories()
        if self.hass is not None and self.is_told:
            self.untold.clear()
        for exchange in self.gateway.log.since(self._read):
            self._note(exchange)
        self._read = self.gateway.log.count

    def _note(self, exchange: Exchange) -> None:
        if exchange.path == "status" and exchange.status == HTTPStatus.OK:
            self.facts.append((exchange.at, exchange.answer["connected"]))
            if self.in_doubt_since and exchange.at >= self.in_doubt_since:
                self.in_doubt_since = None

    async def pass_time(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.tick(timedelta(seconds=seconds))
        if self.hass is not None:
            async_fire_time_changed(self.hass)

    @property
    def promised(self) -> dict[str, set[str]]:
        """What may come back at each webhook."""
        return {
            field: {self.before[field], self.attempted[field]}
            | ({""} if field in self.lost | self.may_be_empty else set())
            for field in FIELDS
        }

    @property
    def possible_status(self) -> set[RegistrationStatus]:
        """How the registration may stand where no fault is in its way."""
        if self.external_url.startswith("http://"):
            return {RegistrationStatus.NO_HTTPS_URL}
        return {
            RegistrationStatus.OK,
            RegistrationStatus.TAKEN,
            RegistrationStatus.LEFT,
        }

    def is_ours(self, url: str) -> bool:
        """Return whether a URL at the gateway is one of this Home Assistant."""
        return url.rpartition("/")[2] in self.webhook_ids and url not in self.abandoned

    def has(self, field: str) -> bool:
        """Return whether a webhook is ours, and is known to be."""
        return self.is_ours(self.instance.webhooks[field])

    def is_of_the_entry(self, url: str) -> bool:
        """Return whether a URL at the gateway is one of the entry that is there."""
        data = self.entry_data
        return data is not None and url.endswith(f"/{data[CONF_WEBHOOK_ID]}")
