"""The Z-API integration: a WhatsApp number at the gateway, in Home Assistant."""

from asyncio import wait

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
from homeassistant.helpers.typing import ConfigType

from . import issues, receiver
from .address import async_delete_cloudhook
from .connection import Connection
from .const import DOMAIN
from .coordinator import ZapiCoordinator
from .forward import async_get_forwarder
from .give_back import async_give_back
from .hearing import Hearing
from .ledger import async_get_ledger
from .qr_code import QrCode
from .runtime import ZapiConfigEntry, ZapiRuntime, async_get_received
from .webhook import ZapiWebhook

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.IMAGE,
    Platform.SENSOR,
    Platform.SWITCH,
    Platform.TEXT,
]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Open the door for callbacks to every enabled entry, loaded or not."""
    forwarder = await async_get_forwarder(hass)
    for entry in hass.config_entries.async_entries(DOMAIN, include_disabled=False):
        receiver.async_open(hass, entry, forwarder)

    @callback
    def entry_changed(change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if (
            change is ConfigEntryChange.UPDATED
            and entry.domain == DOMAIN
            and entry.disabled_by
            and entry.state is not ConfigEntryState.LOADED
        ):
            hass.async_create_task(
                _async_retire_disabled(hass, entry), f"{DOMAIN} retire"
            )

    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, entry_changed)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ZapiConfigEntry) -> bool:
    """Set up one instance."""
    receiver.async_open(hass, entry, await async_get_forwarder(hass))
    issues.async_settle_not_returned(hass, entry)
    hearing = Hearing(hass, entry)
    coordinator = ZapiCoordinator(hass, entry, hearing)
    webhook = ZapiWebhook(hass, coordinator, hearing, await async_get_ledger(hass))
    # Before the first poll: callbacks may come in meanwhile.
    entry.runtime_data = ZapiRuntime(
        coordinator,
        webhook,
        hearing,
        QrCode(hass, entry, coordinator),
        async_get_received(hass, entry),
    )
    await _async_first_poll(hass, entry, coordinator)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    Connection(hass, entry, coordinator).async_start()
    webhook.async_start()
    return True


async def _async_first_poll(
    hass: HomeAssistant, entry: ZapiConfigEntry, coordinator: ZapiCoordinator
) -> None:
    """Poll for the first time, until Home Assistant stops.

    It cancels background tasks when it stops, but waits for a reload that hangs.
    """
    poll = entry.async_create_background_task(
        hass, coordinator.async_config_entry_first_refresh(), f"{DOMAIN} first poll"
    )
    await wait([poll])
    if poll.cancelled():
        raise ConfigEntryNotReady
    poll.result()


async def async_unload_entry(hass: HomeAssistant, entry: ZapiConfigEntry) -> bool:
    """Unload one instance; the gateway learns of it only if the entry is disabled."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded:
        await entry.runtime_data.webhook.async_stop()
        if entry.disabled_by:
            await _async_retire(hass, entry, for_good=False)
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Leave the gateway as we found it."""
    await _async_retire(hass, entry, for_good=True)
    await async_delete_cloudhook(hass, entry.data[CONF_WEBHOOK_ID])


async def _async_retire_disabled(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Retire an entry that was not loaded, unless it was enabled again meanwhile."""
    async with entry.setup_lock:
        if entry.disabled_by:
            await _async_retire(hass, entry, for_good=False)


async def _async_retire(
    hass: HomeAssistant, entry: ConfigEntry, *, for_good: bool
) -> None:
    """Give the webhooks back, then close our own door."""
    await async_give_back(hass, entry, for_good=for_good)
    receiver.async_close(hass, entry)
    issues.async_settle(hass, entry)
