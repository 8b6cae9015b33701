"""Which URL the gateway posts to, and whose it is: set, watch, give back."""

from asyncio import Lock, timeout
from contextlib import suppress
from enum import Enum, auto
from hashlib import sha256
import re
from typing import Any, Final

from aiohttp import ClientError
from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_TOKEN, CONF_WEBHOOK_ID, EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import CALLBACK_TYPE, CoreState, Event, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.network import NoURLAvailableError, get_url, is_hass_url
from homeassistant.helpers.start import async_at_started
from yarl import URL

from .api import Instance, Webhook, ZapiClient, ZapiError
from .const import CONF_API_URL, CONF_CLIENT_TOKEN, CONF_INSTANCE_ID, DOMAIN, LOGGER
from .coordinator import ZapiCoordinator
from .ledger import HookRecord, Ledger, async_get_ledger

_GIVE_BACK_SECONDS = 10
# Seconds until a registration that failed is tried again.
_BACK_OFF: Final = (10, 60, 300, 900, 3600)

_HTTPS_HELP = "https://www.home-assistant.io/docs/configuration/remote/"
_GENERATED_ID = re.compile(r"[0-9a-f]{64}")


class Owner(Enum):
    """Whose a URL at the gateway is."""

    OURS = auto()
    FREE = auto()
    FOREIGN = auto()


def async_owner(
    hass: HomeAssistant, url: str, webhook_id: str, written: list[str]
) -> Owner:
    """Tell whose a URL at the gateway is."""
    last_segment = url.rpartition("/")[2]
    if last_segment == webhook_id or url in written:
        return Owner.OURS
    if not url or _is_orphan(hass, url, last_segment):
        return Owner.FREE
    return Owner.FOREIGN


def _is_orphan(hass: HomeAssistant, url: str, webhook_id: str) -> bool:
    """Tell whether a URL leads to a webhook of this house that nobody has.

    Only ids that Home Assistant itself generated count: the webhook of an
    automation that is switched off is not registered either.
    """
    try:
        here = is_hass_url(hass, url)
    except ValueError:
        return False
    return (
        here
        and url.endswith(webhook.async_generate_path(webhook_id))
        and _GENERATED_ID.fullmatch(webhook_id) is not None
        and webhook_id not in hass.data.get(webhook.DOMAIN, {})
        and all(
            entry.data.get(CONF_WEBHOOK_ID) != webhook_id
            for entry in hass.config_entries.async_entries()
        )
    )


def host_of(url: str) -> str:
    """Return what may be shown of somebody else's URL."""
    try:
        return URL(url).host or "?"
    except ValueError:
        return "?"


def create_client(hass: HomeAssistant, entry: ConfigEntry) -> ZapiClient:
    """Return a client with the credentials of an entry."""
    return ZapiClient(
        async_get_clientsession(hass),
        entry.data[CONF_INSTANCE_ID],
        entry.data[CONF_TOKEN],
        entry.data[CONF_CLIENT_TOKEN],
        entry.data[CONF_API_URL],
    )


class ZapiWebhook:
    """Keeps the gateway posting to this Home Assistant while the entry is loaded."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, coordinator: ZapiCoordinator
    ) -> None:
        """Do nothing yet; ``async_start`` begins."""
        self._hass = hass
        self._entry = entry
        self._coordinator = coordinator
        self._client = coordinator.client
        self._webhook_id: str = entry.data[CONF_WEBHOOK_ID]
        self._lock = Lock()
        self._queued = False
        self._stopped = False
        self._failures = 0
        self._cancel_retry: CALLBACK_TYPE | None = None
        self._checked: Instance | None = None
        self._issue_id = f"no_https_url_{entry.entry_id}"

    @callback
    def async_start(self) -> None:
        """Register once Home Assistant is up, and again whenever something moved."""
        unload = self._entry.async_on_unload
        unload(async_at_started(self._hass, self._started))
        unload(self._coordinator.async_add_listener(self._polled))
        unload(
            self._hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._config_changed)
        )
        if "cloud" in self._hass.config.components:
            from homeassistant.components import cloud  # noqa: PLC0415

            unload(
                cloud.async_listen_connection_change(self._hass, self._cloud_changed)
            )
            unload(
                cloud.async_listen_cloudhook_change(
                    self._hass, self._webhook_id, self._cloud_changed
                )
            )

    async def async_stop(self) -> None:
        """Let a write that is under way end; begin no other."""
        self._stopped = True
        self._forget_retry()
        ir.async_delete_issue(self._hass, DOMAIN, self._issue_id)
        async with self._lock:
            pass

    async def async_diagnostics(self) -> dict[str, Any]:
        """Return flags and counts of the registration, no values."""
        ledger = await async_get_ledger(self._hass)
        instance = self._coordinator.data.instance
        return {
            "failures": self._failures,
            "retry_scheduled": self._cancel_retry is not None,
            "uses_cloudhook": _has_cloud_subscription(self._hass),
            "hooks": {
                kind: {
                    "at_gateway": self._owner(ledger, kind, url).name.lower(),
                    "displaced_something": bool(self._hook(ledger, kind).displaced),
                }
                for kind, url in (instance.webhooks if instance else {}).items()
            },
        }

    @callback
    def _started(self, _hass: HomeAssistant) -> None:
        self._schedule()

    @callback
    def _polled(self) -> None:
        if self._coordinator.data.instance is not self._checked:
            self._schedule()

    @callback
    def _config_changed(self, event: Event[dict[str, object]]) -> None:
        if "external_url" in event.data:
            self._schedule()

    @callback
    def _cloud_changed(self, _news: object) -> None:
        self._schedule()

    @callback
    def _retry(self, _now: object) -> None:
        self._cancel_retry = None
        self._schedule()

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
        async with self._lock:
            self._queued = False
            if self._stopped:
                return
            self._forget_retry()
            try:
                settled = await self._reconcile()
            except ZapiError as err:
                LOGGER.debug("Registering the webhooks failed: %s", err)
                settled = False
            if settled:
                self._failures = 0
            elif not self._stopped:
                delay = _BACK_OFF[min(self._failures, len(_BACK_OFF) - 1)]
                self._failures += 1
                self._cancel_retry = async_call_later(self._hass, delay, self._retry)

    async def _reconcile(self) -> bool:
        """Write what differs; tell whether all is as it should be."""
        instance = self._checked = self._coordinator.data.instance
        url = await self._url()
        if url is None:
            return True
        ledger = await async_get_ledger(self._hass)
        if instance is not None and not self._to_write(ledger, instance, url):
            return True
        # Somebody may have come since the last poll: look right before writing.
        instance = await self._client.me()
        if kinds := self._to_write(ledger, instance, url):
            instance = await self._write(ledger, kinds, instance, url)
        self._checked = instance
        self._coordinator.learn(instance)
        return all(instance.webhooks[kind] == url for kind in kinds)

    async def _write(
        self, ledger: Ledger, kinds: list[Webhook], instance: Instance, url: str
    ) -> Instance:
        """Write the URL where it belongs, and return what the gateway then has."""
        for kind in kinds:
            hook, current = self._hook(ledger, kind), instance.webhooks[kind]
            if self._owner(ledger, kind, current) is Owner.FOREIGN:
                hook.displaced = current
            hook.note_write(url)
        await ledger.async_save()
        for kind in kinds:
            if self._stopped:
                break
            await self._client.set_webhook(kind, url)
        instance = await self._client.me()
        for kind in kinds:
            if instance.webhooks[kind] == url:
                self._hook(ledger, kind).answer = None
        await ledger.async_save()
        return instance

    def _to_write(self, ledger: Ledger, instance: Instance, url: str) -> list[Webhook]:
        """Return the webhooks that are not yet ours and that we may take."""
        return [
            kind
            for kind, current in instance.webhooks.items()
            if current != url
            and (
                self._owner(ledger, kind, current) is not Owner.FOREIGN
                or self._hook(ledger, kind).allows(current)
            )
        ]

    def _hook(self, ledger: Ledger, kind: Webhook) -> HookRecord:
        return ledger.hook(self._entry.data[CONF_INSTANCE_ID], kind)

    def _owner(self, ledger: Ledger, kind: Webhook, url: str) -> Owner:
        written = self._hook(ledger, kind).written
        return async_owner(self._hass, url, self._webhook_id, written)

    async def _url(self) -> str | None:
        """Return the URL to register, or None while there is none."""
        url = None
        if _has_cloud_subscription(self._hass):
            from homeassistant.components import cloud  # noqa: PLC0415

            try:
                url = await cloud.async_get_or_create_cloudhook(
                    self._hass, self._webhook_id
                )
            except cloud.CloudNotAvailable, ClientError, TimeoutError:
                # The cloud will connect, and what we have there stays meanwhile.
                return None
        else:
            url = _own_url(self._hass, self._webhook_id)
        if url is None:
            ir.async_create_issue(
                self._hass,
                DOMAIN,
                self._issue_id,
                is_fixable=False,
                severity=ir.IssueSeverity.WARNING,
                learn_more_url=_HTTPS_HELP,
                translation_key="no_https_url",
                translation_placeholders={"name": self._entry.title},
            )
        else:
            ir.async_delete_issue(self._hass, DOMAIN, self._issue_id)
        return url


def _has_cloud_subscription(hass: HomeAssistant) -> bool:
    # Importing the cloud pulls in half of Home Assistant's voice stack.
    if "cloud" not in hass.config.components:
        return False
    from homeassistant.components import cloud  # noqa: PLC0415

    return cloud.async_active_subscription(hass)


def _own_url(hass: HomeAssistant, webhook_id: str) -> str | None:
    """Return the https URL of a webhook at this Home Assistant's own address."""
    try:
        root = get_url(hass, allow_internal=False, allow_cloud=False, require_ssl=True)
    except NoURLAvailableError:
        return None
    return f"{root}{webhook.async_generate_path(webhook_id)}"


async def async_give_back(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Put back at the gateway what was there before; say so where that failed.

    Needs no loaded entry, and takes ten seconds at most.
    """
    ledger = await async_get_ledger(hass)
    instance_id: str = entry.data[CONF_INSTANCE_ID]
    if ledger.has_written(instance_id):
        try:
            async with timeout(_GIVE_BACK_SECONDS):
                left = await _give_back(hass, entry, ledger)
        except ZapiError, TimeoutError:
            left = list(Webhook)
        if left:
            _raise_not_returned(hass, entry, ledger, left)
            return
    await ledger.async_forget(instance_id)
    ir.async_delete_issue(hass, DOMAIN, _not_returned_id(instance_id))


async def _give_back(
    hass: HomeAssistant, entry: ConfigEntry, ledger: Ledger
) -> list[Webhook]:
    """Give back what is still ours; return what is ours even then."""
    client = create_client(hass, entry)
    hooks = {kind: ledger.hook(entry.data[CONF_INSTANCE_ID], kind) for kind in Webhook}

    def ours(instance: Instance) -> list[Webhook]:
        return [
            kind
            for kind, hook in hooks.items()
            if (url := instance.webhooks[kind]) != hook.displaced
            and async_owner(hass, url, entry.data[CONF_WEBHOOK_ID], hook.written)
            is Owner.OURS
        ]

    if not (kinds := ours(await client.me())):
        return []
    for kind in kinds:
        await client.set_webhook(kind, hooks[kind].displaced)
    return ours(await client.me())


def _raise_not_returned(
    hass: HomeAssistant, entry: ConfigEntry, ledger: Ledger, kinds: list[Webhook]
) -> None:
    """Tell what a person has to put right in the gateway's panel."""
    instance_id = entry.data[CONF_INSTANCE_ID]
    hosts = {
        host_of(url)
        for kind in kinds
        if (url := ledger.hook(instance_id, kind).displaced)
    }
    ir.async_create_issue(
        hass,
        DOMAIN,
        _not_returned_id(instance_id),
        # The entry is gone after this, and so would be an issue that is not kept.
        is_persistent=True,
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key="webhook_not_returned" if hosts else "webhook_not_cleared",
        translation_placeholders={
            "name": entry.title,
            "hosts": ", ".join(sorted(hosts)),
        },
    )


def _not_returned_id(instance_id: str) -> str:
    # An instance keeps its issue when it is added again; its id is nobody's business.
    return f"webhook_not_returned_{sha256(instance_id.encode()).hexdigest()[:8]}"


async def async_delete_cloudhook(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Delete the entry's cloudhook, if there is one and the cloud is there."""
    if "cloud" not in hass.config.components:
        return
    from homeassistant.components import cloud  # noqa: PLC0415

    with suppress(cloud.CloudNotAvailable, ClientError, TimeoutError, ValueError):
        await cloud.async_delete_cloudhook(hass, entry.data[CONF_WEBHOOK_ID])
