"""Gives back at the gateway what was there before us."""

from asyncio import timeout

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant

from . import issues
from .api import Instance, Webhook, ZapiError
from .const import CONF_INSTANCE_ID
from .coordinator import create_client
from .ledger import HookRecord, async_get_ledger
from .ownership import Owner, async_owner, host_of

_SECONDS = 10


async def async_give_back(
    hass: HomeAssistant, entry: ConfigEntry, *, for_good: bool
) -> None:
    """Put back what was there before, within ten seconds; say so where that failed.

    Needs no loaded entry. Unless for good, what a person said is remembered.
    """
    ledger = await async_get_ledger(hass)
    instance_id: str = entry.data[CONF_INSTANCE_ID]
    hooks = ledger.hooks(instance_id)
    if any(hook.written for hook in hooks.values()):
        try:
            async with timeout(_SECONDS):
                left = await _give_back(hass, entry, hooks)
        except ZapiError, TimeoutError:
            left = list(Webhook)
        if left:
            displaced = [hooks[kind].displaced for kind in left]
            hosts = {host_of(url) for url in displaced if url}
            issues.async_raise_not_returned(hass, entry, hosts)
            return
    if for_good:
        await ledger.async_forget(instance_id)
    else:
        rest = {kind: hook.at_rest for kind, hook in hooks.items()}
        await ledger.async_update(instance_id, rest)
    issues.async_settle_not_returned(hass, entry)


async def _give_back(
    hass: HomeAssistant, entry: ConfigEntry, hooks: dict[Webhook, HookRecord]
) -> list[Webhook]:
    """Give back what is still ours; return what is ours even then."""
    client = create_client(hass, entry)

    def ours(instance: Instance) -> list[Webhook]:
        return [
            kind
            for kind, hook in hooks.items()
            if (url := instance.webhooks[kind]) != hook.displaced
            and async_owner(hass, url, entry.data[CONF_WEBHOOK_ID], hook) is Owner.OURS
        ]

    if not (kinds := ours(await client.me())):
        return []
    for kind in kinds:
        await client.set_webhook(kind, hooks[kind].displaced or "")
    return ours(await client.me())
