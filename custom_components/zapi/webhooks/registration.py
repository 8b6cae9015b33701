"""Registration of the webhooks of a loaded entry, which takes nothing unasked."""

from asyncio import CancelledError
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import CALLBACK_TYPE, CoreState, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.start import async_at_started

from .. import issues
from ..api import CallbackType, HookUrls, Instance, ZapiError
from ..const import DOMAIN, LOGGER
from ..coordinator import ZapiCoordinator
from ..issues import IssueKind
from . import claims
from .access import HookAccess, retry_delay_seconds
from .claims import HookState, RegistrationStatus
from .ledger import Choice, Consent, Ledger, LedgerError
from .monitor import CallbackMonitor
from .ownership import Owner, is_filtered
from .url import UrlProblem, async_add_url_listener, async_webhook_url, uses_cloud


class WebhookManager:
    """Keeps the gateway posting to this Home Assistant while the entry is loaded."""

    def __init__(
        self,
        hass: HomeAssistant,
        coordinator: ZapiCoordinator,
        callback_monitor: CallbackMonitor,
        ledger: Ledger,
    ) -> None:
        """Initialize the manager."""
        self._hass = hass
        self._coordinator = coordinator
        self._client = coordinator.client
        self._entry: ConfigEntry = coordinator.config_entry
        self._webhook_id: str = self._entry.data[CONF_WEBHOOK_ID]
        self._monitor = callback_monitor
        self._access = HookAccess(hass, self._entry, self._client, ledger)
        self._is_queued = False
        self._failures = 0
        self._cancel_retry: CALLBACK_TYPE | None = None
        self._checked: Instance | None = None
        self._claims: dict[CallbackType, HookState] = {}
        self._status = RegistrationStatus.REGISTERING

    @property
    def status(self) -> RegistrationStatus:
        """The status of the registration."""
        if self._status is RegistrationStatus.OK and self._monitor.callbacks_missing:
            return RegistrationStatus.CALLBACKS_MISSING
        return self._status

    @property
    def claimable(self) -> HookUrls:
        """The URLs at the gateway that a user may decide about."""
        instance = self._coordinator.data.instance
        return (
            claims.claimable_urls(self._claims, instance.webhooks) if instance else {}
        )

    @property
    def displaced(self) -> HookUrls:
        """The URLs that were taken over from somebody, with consent."""
        return claims.displaced_urls(self._claims, self._access.records)

    @property
    def choice(self) -> Choice | None:
        """The last choice of a user, for the form that asks again."""
        return claims.present_choice(self._claims, self._access.records)

    def diagnostics(self) -> dict[str, Any]:
        """Return flags and counts of the registration, no values."""
        instance = self._coordinator.data.instance
        urls = instance.webhooks if instance else {}
        return {
            "health": self.status,
            "failures": self._failures,
            "retry_scheduled": self._cancel_retry is not None,
            "messages_without_callback": self._monitor.missed_deliveries,
            "uses_cloudhook": uses_cloud(self._hass),
            "changes_without_callback": self._monitor.missed_changes,
            "hooks": self._access.diagnostics(urls),
        }

    @callback
    def async_start(self) -> None:
        """Register once Home Assistant is up, and again whenever something changed."""
        unload = self._entry.async_on_unload
        unload(async_at_started(self._hass, self._handle_started))
        unload(self._coordinator.async_add_listener(self._handle_poll))
        unload(async_add_url_listener(self._hass, self._webhook_id, self._schedule))

    async def async_stop(self) -> None:
        """Begin no write any more; one that is under way may end within seconds."""
        self._cancel_retry_timer()
        await self._access.async_stop()

    async def async_apply_choice(self, choice: Choice, shown: HookUrls) -> bool:
        """Apply a choice about the URLs shown; return whether it worked.

        A choice that was not applied is forgotten: it would surprise later.

        Raises:
            ZapiError: the gateway was not reached.
            LedgerError: it could not be stored.
        """
        expected = (
            HookState.DECLINED if choice is Choice.LEAVE else HookState.REGISTERED
        )
        access = self._access
        async with access.async_turn():
            instance = await self._client.me()
            held = {kind for kind in shown if self._is_held(kind, shown, instance)}
            before = {kind: access.record(kind) for kind in shown}
            try:
                await self._apply(choice, shown, held, instance)
            except ZapiError, LedgerError, CancelledError:
                # The takeover stands, so forward to the previous owner as promised.
                forward = {kind: before[kind].forward for kind in held}
                self._set_status(RegistrationStatus.NOT_REGISTERED)
                await self._forget_consent(shown, forward)
                raise
            failed = [kind for kind in shown if self._claims.get(kind) is not expected]
            if failed:
                await self._forget_consent(failed, {})
                await self._reconcile(self._coordinator.data.instance)
        return not failed

    def _is_held(self, kind: CallbackType, shown: HookUrls, instance: Instance) -> bool:
        """Return whether a webhook was taken over from the URL shown, or was ours before."""
        return self._claims.get(kind) is HookState.REGISTERED or (
            self._access.owner(kind, instance.webhooks[kind]) is Owner.OURS
            and self._access.record(kind).displaced == shown[kind]
        )

    async def _forget_consent(
        self, kinds: Iterable[CallbackType], forward: Mapping[CallbackType, bool]
    ) -> None:
        """Forget what was consented, and forward as before where that is given."""
        records = {kind: self._access.record(kind) for kind in kinds}
        await self._access.async_save(claims.without_consent(records, forward))

    async def _apply(
        self,
        choice: Choice,
        shown: HookUrls,
        held: set[CallbackType],
        instance: Instance,
    ) -> None:
        """Store a choice, and act on it."""
        records = {kind: self._access.record(kind) for kind in shown}
        await self._access.async_save(
            claims.with_choice(choice, shown, instance.webhooks, records, held)
        )
        if choice is Choice.LEAVE:
            taken = {kind for kind in held if records[kind].displaced}
            if not claims.RECEIVE_PAIR.isdisjoint(taken):
                # One of the two alone would keep the messages from their owner.
                taken |= claims.RECEIVE_PAIR
            instance = await self._access.async_restore_previous(taken)
        await self._reconcile(instance)

    async def async_foreign(self, options: Mapping[str, Any]) -> HookUrls:
        """Return the URLs of others where these options would newly take the webhook."""
        try:
            instance = await self._client.me()
        except ZapiError:
            # What is not asked about now is not taken, and asked about in a repair.
            return {}
        access = self._access
        return {
            kind: url
            for kind, url in instance.webhooks.items()
            if kind in claims.wanted_types(options) - access.wanted
            and access.owner(kind, url) is Owner.FOREIGN
        }

    async def async_want(
        self, options: Mapping[str, Any], consents: Mapping[CallbackType, Consent]
    ) -> None:
        """Store options, and take and give back webhooks as they say.

        What the gateway does not take now is tried again by itself.

        Args:
            options: all options of the entry.
            consents: what a person answered about the URLs of others.

        Raises:
            LedgerError: it could not be stored, and nothing has changed.
        """
        access = self._access
        try:
            async with access.async_turn():
                dropped = access.wanted - claims.wanted_types(options)
                change = {
                    kind: access.record(kind).when_dropped for kind in dropped
                } | {
                    kind: replace(access.record(kind), pending_consent=consent)
                    for kind, consent in consents.items()
                }
                await access.async_save(change, proving=True)
                # Before a callback may come by what is taken now.
                self._hass.config_entries.async_update_entry(
                    self._entry, options=options
                )
                access.async_want(options)
                try:
                    await self._reconcile(None)
                except (ZapiError, LedgerError) as err:
                    self._handle_failure(err)
        except ZapiError:
            # Unloaded meanwhile; what stands at the gateway stays there.
            return

    async def async_reregister(self) -> None:
        """Write our URLs again, though the gateway says that it has them.

        Raises:
            ZapiError: the gateway was not reached.
            LedgerError: it could not be stored.
        """
        access = self._access
        async with access.async_turn():
            instance = await self._client.me()
            ours = {
                kind: instance.webhooks[kind]
                for kind in claims.kinds_in(self._claims, HookState.REGISTERED)
                if access.owner(kind, instance.webhooks[kind]) is Owner.OURS
            }
            await access.async_save(
                {kind: access.record(kind).before_write(u) for kind, u in ours.items()}
            )
            for kind, url in ours.items():
                await access.async_put(kind, url)
            await self._reconcile(await self._client.me())

    async def async_clear_filters(self) -> bool:
        """Remove the filters of the callbacks that we need; return whether they are gone.

        Raises:
            ZapiError: the gateway was not reached, or declined.
            LedgerError: it could not be stored.
        """
        wanted = self._access.wanted
        async with self._access.async_turn():
            instance = await self._client.me()
            ours = {kind.filter for kind in wanted}
            keep = [name for name in instance.callback_filters if name not in ours]
            await self._access.async_set_filters(keep, instance.message_filters)
            instance = await self._client.me()
            await self._reconcile(instance)
        return not any(is_filtered(instance, kind) for kind in wanted)

    @callback
    def _handle_started(self, _hass: HomeAssistant) -> None:
        self._schedule()

    @callback
    def _handle_poll(self) -> None:
        if self._coordinator.data.instance is not self._checked:
            self._schedule()

    @callback
    def _handle_retry(self, _now: object) -> None:
        self._cancel_retry = None
        self._schedule()

    def _schedule_retry(self) -> None:
        """Try again what failed, after a longer delay each time."""
        self._cancel_retry_timer()
        failed = (RegistrationStatus.NOT_REGISTERED, RegistrationStatus.CLOUD_AWAY)
        if self._status not in failed and not self._access.surplus:
            self._failures = 0
        elif self._access.may_write:
            delay = retry_delay_seconds(self._failures)
            self._failures += 1
            self._cancel_retry = async_call_later(self._hass, delay, self._handle_retry)

    def _cancel_retry_timer(self) -> None:
        if self._cancel_retry:
            self._cancel_retry()
            self._cancel_retry = None

    @callback
    def _schedule(self) -> None:
        is_running = self._hass.state is CoreState.running
        if self._is_queued or self._access.is_stopped or not is_running:
            return
        self._is_queued = True
        self._entry.async_create_background_task(
            self._hass, self._async_reconcile_in_turn(), f"{DOMAIN} webhook"
        )

    async def _async_reconcile_in_turn(self) -> None:
        try:
            async with self._access.async_turn():
                self._is_queued = False
                # After a failure nobody knows what the gateway has.
                in_doubt = self._status is RegistrationStatus.NOT_REGISTERED
                await self._reconcile(
                    None if in_doubt else self._coordinator.data.instance
                )
        except (ZapiError, LedgerError) as err:
            self._handle_failure(err)

    def _handle_failure(self, err: ZapiError | LedgerError) -> None:
        """Try again later what failed."""
        LOGGER.debug("Registering the webhooks failed: %s", err)
        self._set_status(RegistrationStatus.NOT_REGISTERED)

    async def _reconcile(self, instance: Instance | None) -> None:
        """Write what differs and may be written, and evaluate what the gateway then has."""
        if surplus := self._access.surplus:
            instance = await self._access.async_restore_previous(surplus)
        self._checked = instance
        url = await async_webhook_url(self._hass, self._webhook_id)
        if isinstance(url, UrlProblem):
            self._fall_back_to_polling(claims.STATUS_OF_PROBLEM[url], instance)
            return
        issues.async_delete_issues(self._hass, self._entry, IssueKind.NO_HTTPS_URL)
        if (
            instance is None
            or self._access.unnoted(instance)
            or self._pending(instance, url)
            or self._access.due_switch(instance, url) is not None
        ):
            # Somebody may have come since the last poll: look right before writing.
            instance = await self._client.me()
            if unnoted := self._access.unnoted(instance):
                instance = await self._access.async_restore_previous(unnoted)
            if kinds := self._pending(instance, url):
                instance = await self._access.async_take(kinds, instance, url)
            # Last: the second webhook for received messages switches it too.
            if (switch := self._access.due_switch(instance, url)) is not None:
                instance = await self._access.async_switch(switch, instance)
        await self._evaluate(instance, url)

    def _fall_back_to_polling(
        self, why: RegistrationStatus, instance: Instance | None
    ) -> None:
        """Rely on polls; what we have at the gateway stays meanwhile."""
        self._claims = {}
        self._monitor.async_set_active_types(frozenset())
        if why is RegistrationStatus.NO_HTTPS_URL:
            issues.async_create_issue(self._hass, self._entry, IssueKind.NO_HTTPS_URL)
            issues.async_delete_issues(
                self._hass,
                self._entry,
                IssueKind.WEBHOOK_TAKEN,
                IssueKind.CALLBACKS_FILTERED,
            )
        self._set_status(why, instance)

    async def _evaluate(self, instance: Instance, our_url: str) -> None:
        """Draw the conclusions from what the gateway has."""
        access = self._access
        self._claims = self._access.judge(instance, our_url)
        held = claims.kinds_in(self._claims, HookState.REGISTERED)
        await access.async_note(self._claims, instance, our_url)
        filtered = {kind for kind in held if is_filtered(instance, kind)}
        self._monitor.async_set_active_types(frozenset(held) - filtered)
        taken = claims.taken_placeholders(self._claims, instance.webhooks)
        issues.async_set(self._hass, self._entry, IssueKind.WEBHOOK_TAKEN, taken)
        filters = claims.filtered_placeholders(filtered)
        issues.async_set(self._hass, self._entry, IssueKind.CALLBACKS_FILTERED, filters)
        status = claims.registration_status(
            self._claims.values(), is_filtered=bool(filtered)
        )
        if self._access.due_switch(instance, our_url) is not None:
            status = RegistrationStatus.NOT_REGISTERED
        self._set_status(status, instance)

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

    def _pending(self, instance: Instance, our_url: str) -> list[CallbackType]:
        """Return the webhooks that are not yet ours and that we may take."""
        return claims.kinds_in(self._access.judge(instance, our_url), HookState.PENDING)
