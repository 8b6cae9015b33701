"""The Z-API integration: WhatsApp numbers in Home Assistant."""

from asyncio import wait
from collections.abc import Coroutine
from typing import Any

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.const import CONF_WEBHOOK_ID, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.typing import ConfigType

from . import issues
from .connection_events import ConnectionNotifier
from .const import CONF_INSTANCE_ID, DOMAIN
from .coordinator import ZapiCoordinator
from .device import DeviceSync, async_create_device
from .messages.followers import async_get_followers
from .messages.inbox import Inbox
from .messages.memory import async_get_memory, async_remove_memory
from .messages.message_issues import MessageIssues
from .messages.outbox import Outbox, async_remove_outbox
from .messages.recipients import Recipients
from .messages.sender import Sender
from .qr_code import QrCode
from .runtime import ZapiConfigEntry, ZapiRuntime
from .services import async_setup_services
from .webhooks import endpoint, retirement
from .webhooks.forwarder import async_get_forwarder
from .webhooks.ledger import async_get_ledger
from .webhooks.monitor import CallbackMonitor
from .webhooks.registration import WebhookManager
from .webhooks.stats import async_get_stats
from .webhooks.url import async_delete_cloudhook
from .webhooks.waiting import async_open_while_loaded

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.IMAGE,
    Platform.NOTIFY,
    Platform.SENSOR,
    Platform.SWITCH,
    Platform.TEXT,
]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions, and the webhook of every enabled entry, loaded or not."""
    async_setup_services(hass)
    forwarder = await async_get_forwarder(hass)
    ledger = await async_get_ledger(hass)
    owing = []
    for entry in hass.config_entries.async_entries(DOMAIN):
        owes = ledger.owes(entry.data[CONF_INSTANCE_ID])
        if entry.disabled_by and owes:
            owing.append(entry)
        if not entry.disabled_by or owes:
            endpoint.async_register(hass, entry, forwarder)

    async def retire_owing(_hass: HomeAssistant) -> None:
        for entry in owing:
            if entry.disabled_by and not retirement.is_retired(hass, entry):
                await retirement.async_retire_disabled(hass, entry)

    @callback
    def entry_changed(change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if (
            change is ConfigEntryChange.UPDATED
            and entry.domain == DOMAIN
            and entry.disabled_by
            and entry.state is ConfigEntryState.NOT_LOADED
            # The signal is sent for every kind of change of an entry.
            and not retirement.is_retired(hass, entry)
        ):
            hass.async_create_task(
                retirement.async_retire_disabled(hass, entry), f"{DOMAIN} retire"
            )

    async_at_started(hass, retire_owing)
    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, entry_changed)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ZapiConfigEntry) -> bool:
    """Set up Z-API from a config entry."""
    endpoint.async_register(hass, entry, await async_get_forwarder(hass))
    await retirement.async_end(hass, entry)
    issues.async_delete_not_restored(hass, entry)
    coordinator = ZapiCoordinator(hass, entry)
    callback_monitor = CallbackMonitor(hass, entry, coordinator)
    webhook = WebhookManager(
        hass, coordinator, callback_monitor, await async_get_ledger(hass)
    )
    outbox = Outbox(hass, entry)
    await outbox.async_load()
    sender = Sender(hass, entry, coordinator, outbox)
    memory = await async_get_memory(hass, entry)
    # Before the first poll: callbacks may arrive meanwhile.
    entry.runtime_data = ZapiRuntime(
        coordinator,
        webhook,
        callback_monitor,
        QrCode(hass, entry, coordinator),
        outbox,
        Inbox(hass, entry, coordinator, outbox=outbox, sender=sender, memory=memory),
        sender,
        Recipients(hass, entry),
        MessageIssues(hass, entry, outbox),
        async_get_stats(hass, entry),
    )
    entry.async_on_unload(
        outbox.async_add_listener(entry.runtime_data.async_handle_status)
    )
    entry.runtime_data.message_issues.async_start()
    await _async_first_poll(hass, entry, coordinator.async_config_entry_first_refresh())
    async_create_device(hass, entry, coordinator)
    entry.runtime_data.recipients.async_start()
    entry.runtime_data.inbox.async_start()
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    DeviceSync(hass, entry, coordinator).async_start()
    ConnectionNotifier(hass, entry, coordinator).async_start()
    webhook.async_start()
    # After the entities: an automation may look at what they show.
    async_get_followers(hass).async_connect(entry, entry.runtime_data.inbox, outbox)
    async_open_while_loaded(hass, entry, entry.runtime_data.async_receive_message)
    return True


async def _async_first_poll(
    hass: HomeAssistant, entry: ZapiConfigEntry, refresh: Coroutine[Any, Any, None]
) -> None:
    """Poll for the first time, in a task that a shutdown cancels.

    Home Assistant cancels background tasks, but waits for a reload that hangs.
    """
    poll = entry.async_create_background_task(hass, refresh, f"{DOMAIN} first poll")
    await wait([poll])
    if poll.cancelled():
        raise ConfigEntryNotReady
    poll.result()


async def async_unload_entry(hass: HomeAssistant, entry: ZapiConfigEntry) -> bool:
    """Unload a config entry; only a disabled one gives its webhooks back."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded:
        await entry.runtime_data.outbox.async_stop()
        await entry.runtime_data.webhook_manager.async_stop()
        if entry.disabled_by:
            await retirement.async_retire(hass, entry, permanently=False)
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: ZapiConfigEntry) -> None:
    """Restore the previous webhooks, then unregister our own."""
    try:
        await retirement.async_retire(hass, entry, permanently=True)
    finally:
        await async_remove_outbox(hass, entry)
        await async_remove_memory(hass, entry)
        endpoint.async_unregister(hass, entry)
        # In the background: the removal does not wait for the cloud.
        hass.async_create_background_task(
            async_delete_cloudhook(hass, entry.data[CONF_WEBHOOK_ID]),
            f"{DOMAIN} delete cloudhook",
        )
