"""Keeps the gateway posting to this Home Assistant, and takes nothing unasked."""

from asyncio import CancelledError, Lock, Timeout, timeout
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import CALLBACK_TYPE, CoreState, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.start import async_at_started

from .. import issues
from ..api import Instance, Webhook, ZapiConnectionError, ZapiError
from ..const import CONF_INSTANCE_ID, DOMAIN, LOGGER
from ..coordinator import ZapiCoordinator
from .claims import NO_ADDRESS, Claim, Health, claim_to, displaced_by_us, health_of
from .ledger import Answer, Choice, HookRecord, Ledger, LedgerError
from .monitor import Hearing
from .ownership import Owner, async_owner, host_of, is_filtered, is_same
from .url import NoAddress, async_address, async_listen_address_change, uses_cloud

# Seconds until a registration that failed is tried again.
BACK_OFF = (10, 60, 300, 900, 3600)
# Seconds that a write which is under way may still take once it is to stop.
STOP_SECONDS = 3


class ZapiWebhook:
    """The registration of one instance, while its entry is loaded."""

    def __init__(
        self,
        hass: HomeAssistant,
        coordinator: ZapiCoordinator,
        hearing: Hearing,
        ledger: Ledger,
    ) -> None:
        """Do nothing yet; ``async_start`` begins."""
        self._hass = hass
        self._coordinator = coordinator
        self._client = coordinator.client
        self._entry: ConfigEntry = coordinator.config_entry
        self._webhook_id: str = self._entry.data[CONF_WEBHOOK_ID]
        self._hearing = hearing
        self._ledger = ledger
        self._instance_id: str = self._entry.data[CONF_INSTANCE_ID]
        self._lock = Lock()
        self._limit: Timeout | None = None
        self._queued = False
        self._stopped = False
        self._failures = 0
        self._cancel_retry: CALLBACK_TYPE | None = None
        self._checked: Instance | None = None
        self._claims: dict[Webhook, Claim] = {}
        self._health = Health.REGISTERING

    @property
    def health(self) -> Health:
        """How the registration stands."""
        if self._health is Health.OK and self._hearing.is_deaf:
            return Health.CALLBACKS_MISSING
        return self._health

    @property
    def contested(self) -> dict[Webhook, str]:
        """The URLs at the gateway that a person may decide about."""
        instance = self._coordinator.data.instance
        return {
            kind: instance.webhooks[kind]
            for kind, claim in self._claims.items()
            if instance and claim in (Claim.TAKEN, Claim.LEFT)
        }

    @property
    def displaced(self) -> dict[Webhook, str]:
        """The URLs that we took over from somebody, with consent."""
        return {
            kind: displaced
            for kind, claim in self._claims.items()
            if claim is Claim.HELD and (displaced := self._hook(kind).displaced)
        }

    @property
    def choice(self) -> Choice | None:
        """What a person said last, for the form that asks again."""
        if any(self._hook(kind).forward for kind in self.displaced):
            return Choice.TAKE_OVER_AND_FORWARD
        if Claim.LEFT in self._claims.values():
            return Choice.LEAVE
        return Choice.TAKE_OVER if self.displaced else None

    def diagnostics(self) -> dict[str, Any]:
        """Return flags and counts of the registration, no values."""
        instance = self._coordinator.data.instance
        return {
            "health": self.health,
            "failures": self._failures,
            "retry_scheduled": self._cancel_retry is not None,
            "uses_cloudhook": uses_cloud(self._hass),
            "changes_without_callback": self._hearing.missed,
            "hooks": {
                kind: {
                    "owner": self._owner(kind, url).name.lower(),
                    "displaced_something": bool(self._hook(kind).displaced),
                    "forwards": self._hook(kind).forward,
                    "set_again": len(self._hook(kind).resets),
                }
                for kind, url in (instance.webhooks if instance else {}).items()
            },
        }

    @callback
    def async_start(self) -> None:
        """Register once Home Assistant is up, and again whenever something moved."""
        self._hearing.on_change = self._coordinator.async_update_listeners
        unload = self._entry.async_on_unload
        unload(async_at_started(self._hass, self._started))
        unload(self._coordinator.async_add_listener(self._polled))
        unload(
            async_listen_address_change(self._hass, self._webhook_id, self._schedule)
        )

    async def async_stop(self) -> None:
        """Begin no write any more; one that is under way may end within seconds."""
        self._stopped = True
        self._forget_retry()
        if self._lock.locked() and self._limit:
            self._limit.reschedule(self._hass.loop.time() + STOP_SECONDS)
        async with self._lock:
            pass

    async def async_decide(self, choice: Choice, shown: Mapping[Webhook, str]) -> bool:
        """Carry out what a person said of the URLs shown; return whether it worked.

        What was not carried out is forgotten: it would surprise later.

        Raises:
            ZapiError: the gateway was not reached.
            LedgerError: it could not be stored.
        """
        wanted = Claim.LEFT if choice is Choice.LEAVE else Claim.HELD
        async with self._turn():
            instance = await self._client.me()
            held = {kind for kind in shown if self._is_held(kind, shown, instance)}
            before = {kind: self._hook(kind) for kind in shown}
            try:
                await self._carry_out(choice, shown, held, instance)
            except ZapiError, LedgerError, CancelledError:
                # What was taken over is taken over, and who had it was promised a copy.
                forward = {kind: before[kind].forward for kind in held}
                self._set_health(Health.NOT_REGISTERED)
                await self._forget_answers(shown, forward)
                raise
            failed = [kind for kind in shown if self._claims.get(kind) is not wanted]
            if failed:
                await self._forget_answers(failed, {})
                await self._reconcile(self._coordinator.data.instance)
        return not failed

    def _is_held(
        self, kind: Webhook, shown: Mapping[Webhook, str], instance: Instance
    ) -> bool:
        """Return whether a webhook was taken over from the URL shown, or was ours before."""
        return self._claims.get(kind) is Claim.HELD or (
            self._owner(kind, instance.webhooks[kind]) is Owner.OURS
            and self._hook(kind).displaced == shown[kind]
        )

    async def _forget_answers(
        self, kinds: Iterable[Webhook], forward: Mapping[Webhook, bool]
    ) -> None:
        """Forget what was said of webhooks, and forward as before where that is given."""
        change = {}
        for kind in kinds:
            hook = replace(self._hook(kind), answer=None)
            change[kind] = replace(hook, forward=forward.get(kind, hook.forward))
        await self._save(change)

    async def _carry_out(
        self,
        choice: Choice,
        shown: Mapping[Webhook, str],
        held: set[Webhook],
        instance: Instance,
    ) -> None:
        """Note what was said, and act on it."""
        change = {}
        for kind, url in shown.items():
            hook = self._hook(kind)
            if kind in held and choice is Choice.LEAVE:
                answer = Answer(hook.displaced or "", choice)
                change[kind] = replace(hook, answer=answer)
            elif kind in held:
                forward = choice is Choice.TAKE_OVER_AND_FORWARD
                change[kind] = replace(hook, forward=forward)
            elif is_same(instance.webhooks[kind], url):
                change[kind] = replace(hook, answer=Answer(url, choice))
        await self._save(change)
        if choice is Choice.LEAVE:
            taken = {kind for kind in held if self._hook(kind).displaced}
            instance = await self._hand_over(taken)
        await self._reconcile(instance)

    async def async_register_again(self) -> None:
        """Write our URLs anew, though the gateway says that it has them.

        Raises:
            ZapiError: the gateway was not reached.
            LedgerError: it could not be stored.
        """
        async with self._turn():
            instance = await self._client.me()
            ours = {
                kind: instance.webhooks[kind]
                for kind, claim in self._claims.items()
                if claim is Claim.HELD
                and self._owner(kind, instance.webhooks[kind]) is Owner.OURS
            }
            await self._save(
                {kind: self._hook(kind).before_write(url) for kind, url in ours.items()}
            )
            for kind, url in ours.items():
                await self._put(kind, url)
            await self._reconcile(await self._client.me())

    async def async_unfilter(self) -> bool:
        """Let the callbacks through that we need; return whether they now come.

        Raises:
            ZapiError: the gateway was not reached, or declined.
            LedgerError: it could not be stored.
        """
        async with self._turn():
            instance = await self._client.me()
            ours = {kind.filter for kind in Webhook}
            keep = [name for name in instance.callback_filters if name not in ours]
            self._ask_leave()
            await self._client.set_filters(keep, instance.message_filters)
            instance = await self._client.me()
            await self._reconcile(instance)
        return not any(is_filtered(instance, kind) for kind in Webhook)

    @asynccontextmanager
    async def _turn(self) -> AsyncGenerator[None]:
        """Work at the gateway, one after the other, until a stop cuts it off."""
        async with self._lock:
            self._ask_leave()
            try:
                async with timeout(None) as self._limit:
                    yield
            except TimeoutError:
                raise ZapiConnectionError("The instance was unloaded") from None

    def _ask_leave(self) -> None:
        """Write nothing once the entry is unloaded, or Home Assistant stops."""
        if not self._may_write:
            raise ZapiConnectionError("The instance is being unloaded")

    @property
    def _may_write(self) -> bool:
        return not self._stopped and not self._hass.is_stopping

    async def _put(self, kind: Webhook, url: str) -> None:
        self._ask_leave()
        await self._client.set_webhook(kind, url)

    def _hook(self, kind: Webhook) -> HookRecord:
        return self._ledger.hook(self._instance_id, kind)

    async def _save(self, change: Mapping[Webhook, HookRecord]) -> None:
        await self._ledger.async_update(self._instance_id, change)

    @callback
    def _started(self, _hass: HomeAssistant) -> None:
        self._schedule()

    @callback
    def _polled(self) -> None:
        if self._coordinator.data.instance is not self._checked:
            self._schedule()

    @callback
    def _retry(self, _now: object) -> None:
        self._cancel_retry = None
        self._schedule()

    def _plan_retry(self) -> None:
        """Try again what did not work, after a longer pause each time."""
        self._forget_retry()
        if self._health not in (Health.NOT_REGISTERED, Health.CLOUD_AWAY):
            self._failures = 0
        elif self._may_write:
            delay = BACK_OFF[min(self._failures, len(BACK_OFF) - 1)]
            self._failures += 1
            self._cancel_retry = async_call_later(self._hass, delay, self._retry)

    def _forget_retry(self) -> None:
        if self._cancel_retry:
            self._cancel_retry()
            self._cancel_retry = None

    @callback
    def _schedule(self) -> None:
        if self._queued or self._stopped or self._hass.state is not CoreState.running:
            return
        self._queued = True
        self._entry.async_create_background_task(
            self._hass, self._run(), f"{DOMAIN} webhook"
        )

    async def _run(self) -> None:
        try:
            async with self._turn():
                self._queued = False
                # After a failure nobody knows what the gateway has.
                in_doubt = self._health is Health.NOT_REGISTERED
                await self._reconcile(
                    None if in_doubt else self._coordinator.data.instance
                )
        except (ZapiError, LedgerError) as err:
            LOGGER.debug("Registering the webhooks failed: %s", err)
            self._set_health(Health.NOT_REGISTERED)

    async def _reconcile(self, instance: Instance | None) -> None:
        """Write what differs, if we may, and judge what the gateway then has."""
        self._checked = instance
        address = await async_address(self._hass, self._webhook_id)
        if isinstance(address, NoAddress):
            self._do_without(NO_ADDRESS[address], instance)
            return
        issues.async_settle(self._hass, self._entry, issues.NO_HTTPS_URL)
        if instance is None or self._to_write(instance, address):
            # Somebody may have come since the last poll: look right before writing.
            instance = await self._client.me()
            if kinds := self._to_write(instance, address):
                instance = await self._write(kinds, instance, address)
        await self._judge(instance, address)

    def _do_without(self, why: Health, instance: Instance | None) -> None:
        """Live on polls; what we have at the gateway stays meanwhile."""
        self._claims = {}
        self._hearing.async_listen_for(frozenset())
        if why is Health.NO_HTTPS_URL:
            issues.async_raise(self._hass, self._entry, issues.NO_HTTPS_URL)
            issues.async_settle(
                self._hass,
                self._entry,
                issues.WEBHOOK_TAKEN,
                issues.CALLBACKS_FILTERED,
            )
        self._set_health(why, instance)

    async def _write(
        self, kinds: list[Webhook], instance: Instance, address: str
    ) -> Instance:
        """Write our URL, and return what the gateway then has."""
        change = {}
        for kind in kinds:
            hook, current = self._hook(kind), instance.webhooks[kind]
            displaced = displaced_by_us(current, self._owner(kind, current), hook)
            change[kind] = replace(hook.before_taking(address), displaced=displaced)
        await self._save(change)
        for kind in kinds:
            await self._put(kind, address)
        return await self._client.me()

    async def _hand_over(self, kinds: set[Webhook]) -> Instance:
        """Give single webhooks back while the entry goes on; return what is then there."""
        instance = await self._client.me()
        for kind in kinds:
            if self._owner(kind, instance.webhooks[kind]) is Owner.OURS:
                await self._put(kind, self._hook(kind).displaced or "")
        instance = await self._client.me()
        given = {
            kind: self._hook(kind).at_rest
            for kind in kinds
            if self._owner(kind, instance.webhooks[kind]) is not Owner.OURS
        }
        await self._save(given)
        return instance

    async def _judge(self, instance: Instance, address: str) -> None:
        """Draw the conclusions from what the gateway has."""
        self._claims = {
            kind: self._claim(kind, url, address)
            for kind, url in instance.webhooks.items()
        }
        held = {kind for kind, claim in self._claims.items() if claim is Claim.HELD}
        await self._save(
            {kind: self._hook(kind).after_reading(address) for kind in held}
        )
        filtered = {kind for kind in held if is_filtered(instance, kind)}
        self._hearing.async_listen_for(frozenset(held - filtered))
        self._set_issues(instance, filtered)
        health = health_of(self._claims.values(), is_filtered=bool(filtered))
        self._set_health(health, instance)

    def _set_issues(self, instance: Instance, filtered: set[Webhook]) -> None:
        """Ask a person for what only a person can decide, as long as that is so."""
        taken = [kind for kind, claim in self._claims.items() if claim is Claim.TAKEN]
        hosts = {host_of(instance.webhooks[kind]) for kind in taken}
        callbacks = ", ".join(kind.callback for kind in taken)
        who = {"hooks": callbacks, "hosts": ", ".join(sorted(hosts))} if taken else None
        issues.async_set(self._hass, self._entry, issues.WEBHOOK_TAKEN, who)
        names = ", ".join(sorted(kind.filter for kind in filtered))
        what = {"filters": names} if filtered else None
        issues.async_set(self._hass, self._entry, issues.CALLBACKS_FILTERED, what)

    def _set_health(self, health: Health, instance: Instance | None = None) -> None:
        changed, self._health = health is not self._health, health
        self._plan_retry()
        if instance is not None and instance is not self._coordinator.data.instance:
            self._checked = instance
            self._coordinator.learn(instance)
        if changed:
            self._coordinator.async_update_listeners()

    def _to_write(self, instance: Instance, address: str) -> list[Webhook]:
        """Return the webhooks that are not yet ours and that we may take."""
        return [
            kind
            for kind, current in instance.webhooks.items()
            if self._claim(kind, current, address) is Claim.WRITE
        ]

    def _claim(self, kind: Webhook, current: str, address: str) -> Claim:
        """Return what may be done about a webhook."""
        owner = self._owner(kind, current)
        return claim_to(current, owner, self._hook(kind), address)

    def _owner(self, kind: Webhook, url: str) -> Owner:
        return async_owner(self._hass, url, self._webhook_id, self._hook(kind))
