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
from ..api import CallbackType, Instance, ZapiConnectionError, ZapiError
from ..const import CONF_INSTANCE_ID, DOMAIN, LOGGER
from ..coordinator import ZapiCoordinator
from .claims import (
    STATUS_OF_PROBLEM,
    WANTED,
    HookState,
    RegistrationStatus,
    displaced_by_us,
    hook_state,
    registration_status,
)
from .ledger import Choice, Consent, HookRecord, Ledger, LedgerError
from .monitor import CallbackMonitor
from .ownership import Owner, async_owner, is_filtered, is_same, redacted_host
from .url import UrlProblem, async_add_url_listener, async_webhook_url, uses_cloud

# Seconds until a registration that failed is tried again.
RETRY_DELAYS = (10, 60, 300, 900, 3600)
# Seconds that a write which is under way may still take once it is to stop.
STOP_SECONDS = 3


class WebhookManager:
    """The registration of one instance, while its entry is loaded."""

    def __init__(
        self,
        hass: HomeAssistant,
        coordinator: ZapiCoordinator,
        callback_monitor: CallbackMonitor,
        ledger: Ledger,
    ) -> None:
        """Do nothing yet; ``async_start`` begins."""
        self._hass = hass
        self._coordinator = coordinator
        self._client = coordinator.client
        self._entry: ConfigEntry = coordinator.config_entry
        self._webhook_id: str = self._entry.data[CONF_WEBHOOK_ID]
        self._monitor = callback_monitor
        self._ledger = ledger
        self._instance_id: str = self._entry.data[CONF_INSTANCE_ID]
        self._lock = Lock()
        self._limit: Timeout | None = None
        self._queued = False
        self._stopped = False
        self._failures = 0
        self._cancel_retry: CALLBACK_TYPE | None = None
        self._wanted = WANTED
        self._checked: Instance | None = None
        self._claims: dict[CallbackType, HookState] = {}
        self._status = RegistrationStatus.REGISTERING

    @property
    def status(self) -> RegistrationStatus:
        """How the registration stands."""
        if self._status is RegistrationStatus.OK and self._monitor.callbacks_missing:
            return RegistrationStatus.CALLBACKS_MISSING
        return self._status

    @property
    def claimable(self) -> dict[CallbackType, str]:
        """The URLs at the gateway that a person may decide about."""
        instance = self._coordinator.data.instance
        return {
            kind: instance.webhooks[kind]
            for kind, claim in self._claims.items()
            if instance and claim in (HookState.TAKEN, HookState.DECLINED)
        }

    @property
    def displaced(self) -> dict[CallbackType, str]:
        """The URLs that we took over from somebody, with consent."""
        return {
            kind: displaced
            for kind, claim in self._claims.items()
            if claim is HookState.REGISTERED
            and (displaced := self._hook(kind).displaced)
        }

    @property
    def choice(self) -> Choice | None:
        """What a person said last, for the form that asks again."""
        if any(self._hook(kind).forward for kind in self.displaced):
            return Choice.TAKE_OVER_AND_FORWARD
        if HookState.DECLINED in self._claims.values():
            return Choice.LEAVE
        return Choice.TAKE_OVER if self.displaced else None

    def diagnostics(self) -> dict[str, Any]:
        """Return flags and counts of the registration, no values."""
        instance = self._coordinator.data.instance
        return {
            "health": self.status,
            "failures": self._failures,
            "retry_scheduled": self._cancel_retry is not None,
            "uses_cloudhook": uses_cloud(self._hass),
            "changes_without_callback": self._monitor.missed,
            "hooks": {
                kind: {
                    "owner": self._owner(kind, url).name.lower(),
                    "displaced_something": bool(self._hook(kind).displaced),
                    "forwards": self._hook(kind).forward,
                    "set_again": len(self._hook(kind).rewrites),
                }
                for kind, url in (instance.webhooks if instance else {}).items()
                if kind in self._hooks
            },
        }

    @callback
    def async_start(self) -> None:
        """Register once Home Assistant is up, and again whenever something moved."""
        self._monitor.on_change = self._coordinator.async_update_listeners
        unload = self._entry.async_on_unload
        unload(async_at_started(self._hass, self._started))
        unload(self._coordinator.async_add_listener(self._polled))
        unload(async_add_url_listener(self._hass, self._webhook_id, self._schedule))

    async def async_stop(self) -> None:
        """Begin no write any more; one that is under way may end within seconds."""
        self._stopped = True
        self._cancel_retry_timer()
        if self._lock.locked() and self._limit:
            self._limit.reschedule(self._hass.loop.time() + STOP_SECONDS)
        async with self._lock:
            pass

    async def async_apply_choice(
        self, choice: Choice, shown: Mapping[CallbackType, str]
    ) -> bool:
        """Carry out what a person said of the URLs shown; return whether it worked.

        What was not carried out is forgotten: it would surprise later.

        Raises:
            ZapiError: the gateway was not reached.
            LedgerError: it could not be stored.
        """
        wanted = HookState.DECLINED if choice is Choice.LEAVE else HookState.REGISTERED
        async with self._turn():
            instance = await self._client.me()
            held = {kind for kind in shown if self._is_held(kind, shown, instance)}
            before = {kind: self._hook(kind) for kind in shown}
            try:
                await self._apply(choice, shown, held, instance)
            except ZapiError, LedgerError, CancelledError:
                # What was taken over is taken over, and who had it was promised a copy.
                forward = {kind: before[kind].forward for kind in held}
                self._set_status(RegistrationStatus.NOT_REGISTERED)
                await self._forget_consent(shown, forward)
                raise
            failed = [kind for kind in shown if self._claims.get(kind) is not wanted]
            if failed:
                await self._forget_consent(failed, {})
                await self._reconcile(self._coordinator.data.instance)
        return not failed

    def _is_held(
        self, kind: CallbackType, shown: Mapping[CallbackType, str], instance: Instance
    ) -> bool:
        """Return whether a webhook was taken over from the URL shown, or was ours before."""
        return self._claims.get(kind) is HookState.REGISTERED or (
            self._owner(kind, instance.webhooks[kind]) is Owner.OURS
            and self._hook(kind).displaced == shown[kind]
        )

    async def _forget_consent(
        self, kinds: Iterable[CallbackType], forward: Mapping[CallbackType, bool]
    ) -> None:
        """Forget what was said of webhooks, and forward as before where that is given."""
        change = {}
        for kind in kinds:
            hook = replace(self._hook(kind), pending_consent=None)
            change[kind] = replace(hook, forward=forward.get(kind, hook.forward))
        await self._save(change)

    async def _apply(
        self,
        choice: Choice,
        shown: Mapping[CallbackType, str],
        held: set[CallbackType],
        instance: Instance,
    ) -> None:
        """Note what was said, and act on it."""
        change = {}
        for kind, url in shown.items():
            hook = self._hook(kind)
            if kind in held and choice is Choice.LEAVE:
                consent = Consent(hook.displaced or "", choice)
                change[kind] = replace(hook, pending_consent=consent)
            elif kind in held:
                forward = choice is Choice.TAKE_OVER_AND_FORWARD
                change[kind] = replace(hook, forward=forward)
            elif is_same(instance.webhooks[kind], url):
                change[kind] = replace(hook, pending_consent=Consent(url, choice))
        await self._save(change)
        if choice is Choice.LEAVE:
            taken = {kind for kind in held if self._hook(kind).displaced}
            instance = await self._restore_previous(taken)
        await self._reconcile(instance)

    async def async_reregister(self) -> None:
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
                if claim is HookState.REGISTERED
                and self._owner(kind, instance.webhooks[kind]) is Owner.OURS
            }
            await self._save(
                {kind: self._hook(kind).before_write(url) for kind, url in ours.items()}
            )
            for kind, url in ours.items():
                await self._put(kind, url)
            await self._reconcile(await self._client.me())

    async def async_clear_filters(self) -> bool:
        """Let the callbacks through that we need; return whether they now come.

        Raises:
            ZapiError: the gateway was not reached, or declined.
            LedgerError: it could not be stored.
        """
        async with self._turn():
            instance = await self._client.me()
            ours = {kind.filter for kind in self._wanted}
            keep = [name for name in instance.callback_filters if name not in ours]
            self._ask_leave()
            await self._client.set_filters(keep, instance.message_filters)
            instance = await self._client.me()
            await self._reconcile(instance)
        return not any(is_filtered(instance, kind) for kind in self._wanted)

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

    async def _put(self, kind: CallbackType, url: str) -> None:
        self._ask_leave()
        await self._client.set_webhook(kind, url)

    @property
    def _hooks(self) -> dict[CallbackType, HookRecord]:
        """The records of what is wanted or held."""
        return self._ledger.hooks(self._instance_id, self._wanted)

    def _hook(self, kind: CallbackType) -> HookRecord:
        return self._ledger.hook(self._instance_id, kind)

    async def _save(self, change: Mapping[CallbackType, HookRecord | None]) -> None:
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

    def _schedule_retry(self) -> None:
        """Try again what did not work, after a longer pause each time."""
        self._cancel_retry_timer()
        if self._status not in (
            RegistrationStatus.NOT_REGISTERED,
            RegistrationStatus.CLOUD_AWAY,
        ):
            self._failures = 0
        elif self._may_write:
            delay = RETRY_DELAYS[min(self._failures, len(RETRY_DELAYS) - 1)]
            self._failures += 1
            self._cancel_retry = async_call_later(self._hass, delay, self._retry)

    def _cancel_retry_timer(self) -> None:
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
                in_doubt = self._status is RegistrationStatus.NOT_REGISTERED
                await self._reconcile(
                    None if in_doubt else self._coordinator.data.instance
                )
        except (ZapiError, LedgerError) as err:
            LOGGER.debug("Registering the webhooks failed: %s", err)
            self._set_status(RegistrationStatus.NOT_REGISTERED)

    async def _reconcile(self, instance: Instance | None) -> None:
        """Write what differs, if we may, and judge what the gateway then has."""
        if surplus := self._hooks.keys() - self._wanted:
            instance = await self._restore_previous(surplus)
        self._checked = instance
        address = await async_webhook_url(self._hass, self._webhook_id)
        if isinstance(address, UrlProblem):
            self._fall_back_to_polling(STATUS_OF_PROBLEM[address], instance)
            return
        issues.async_delete_issues(self._hass, self._entry, issues.NO_HTTPS_URL)
        if instance is None or self._to_write(instance, address):
            # Somebody may have come since the last poll: look right before writing.
            instance = await self._client.me()
            if kinds := self._to_write(instance, address):
                instance = await self._write(kinds, instance, address)
        await self._evaluate(instance, address)

    def _fall_back_to_polling(
        self, why: RegistrationStatus, instance: Instance | None
    ) -> None:
        """Live on polls; what we have at the gateway stays meanwhile."""
        self._claims = {}
        self._monitor.async_set_active_types(frozenset())
        if why is RegistrationStatus.NO_HTTPS_URL:
            issues.async_create_issue(self._hass, self._entry, issues.NO_HTTPS_URL)
            issues.async_delete_issues(
                self._hass,
                self._entry,
                issues.WEBHOOK_TAKEN,
                issues.CALLBACKS_FILTERED,
            )
        self._set_status(why, instance)

    async def _write(
        self, kinds: list[CallbackType], instance: Instance, address: str
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

    async def _restore_previous(self, kinds: set[CallbackType]) -> Instance:
        """Give single webhooks back while the entry goes on; return what is then there."""
        instance = await self._client.me()
        for kind in kinds:
            if self._owner(kind, instance.webhooks[kind]) is Owner.OURS:
                await self._put(kind, self._hook(kind).displaced or "")
        instance = await self._client.me()
        given = {
            kind: self._hook(kind).at_rest if kind in self._wanted else None
            for kind in kinds
            if self._owner(kind, instance.webhooks[kind]) is not Owner.OURS
        }
        await self._save(given)
        return instance

    async def _evaluate(self, instance: Instance, address: str) -> None:
        """Draw the conclusions from what the gateway has."""
        self._claims = {
            kind: self._claim(kind, url, address)
            for kind, url in instance.webhooks.items()
            if kind in self._wanted
        }
        held = {
            kind
            for kind, claim in self._claims.items()
            if claim is HookState.REGISTERED
        }
        await self._save(
            {kind: self._hook(kind).after_reading(address) for kind in held}
        )
        filtered = {kind for kind in held if is_filtered(instance, kind)}
        self._monitor.async_set_active_types(frozenset(held - filtered))
        self._set_issues(instance, filtered)
        status = registration_status(self._claims.values(), is_filtered=bool(filtered))
        self._set_status(status, instance)

    def _set_issues(self, instance: Instance, filtered: set[CallbackType]) -> None:
        """Ask a person for what only a person can decide, as long as that is so."""
        taken = [
            kind for kind, claim in self._claims.items() if claim is HookState.TAKEN
        ]
        hosts = {redacted_host(instance.webhooks[kind]) for kind in taken}
        callbacks = ", ".join(kind.callback for kind in taken)
        who = {"hooks": callbacks, "hosts": ", ".join(sorted(hosts))} if taken else None
        issues.async_set(self._hass, self._entry, issues.WEBHOOK_TAKEN, who)
        names = ", ".join(sorted(kind.filter for kind in filtered))
        what = {"filters": names} if filtered else None
        issues.async_set(self._hass, self._entry, issues.CALLBACKS_FILTERED, what)

    def _set_status(
        self, status: RegistrationStatus, instance: Instance | None = None
    ) -> None:
        changed, self._status = status is not self._status, status
        self._schedule_retry()
        if instance is not None and instance is not self._coordinator.data.instance:
            self._checked = instance
            self._coordinator.async_set_instance(instance)
        if changed:
            self._coordinator.async_update_listeners()

    def _to_write(self, instance: Instance, address: str) -> list[CallbackType]:
        """Return the webhooks that are not yet ours and that we may take."""
        return [
            kind
            for kind, current in instance.webhooks.items()
            if kind in self._wanted
            and self._claim(kind, current, address) is HookState.PENDING
        ]

    def _claim(self, kind: CallbackType, current: str, address: str) -> HookState:
        """Return what may be done about a webhook."""
        owner = self._owner(kind, current)
        return hook_state(current, owner, self._hook(kind), address)

    def _owner(self, kind: CallbackType, url: str) -> Owner:
        return async_owner(self._hass, url, self._webhook_id, self._hook(kind))
