"""System health for Z-API."""

from asyncio import gather
from typing import Any

from homeassistant.components import system_health
from homeassistant.core import HomeAssistant, callback
from yarl import URL

from .api import DEFAULT_API_URL
from .const import CONF_API_URL, DOMAIN
from .runtime import ZapiConfigEntry


@callback
def async_register(
    hass: HomeAssistant, register: system_health.SystemHealthRegistration
) -> None:
    """Register the system health callback."""
    register.async_register_info(_info)


async def _info(hass: HomeAssistant) -> dict[str, Any]:
    """Return counts: this text is meant to be pasted in public."""
    entries: list[ZapiConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    stats = [entry.runtime_data.stats for entry in entries]
    inboxes = [entry.runtime_data.inbox for entry in entries]
    differences = [one.memory.lateness.clock_difference or 0 for one in inboxes]
    return {
        "gateway_reachable": _reach(hass),
        "instances": len(hass.config_entries.async_entries(DOMAIN)),
        "callbacks_last_day": ", ".join(str(one.last_day.count()) for one in stats),
        "messages_last_day": ", ".join(str(one.count_last_day()) for one in inboxes),
        "clock_difference": ", ".join(f"{seconds:.0f} s" for seconds in differences),
        "last_callback": max(
            (one.last for one in stats if one.last is not None), default=None
        ),
    }


async def _reach(hass: HomeAssistant) -> str | dict[str, str]:
    """Return whether each API URL in use was reached, by its host alone."""
    enabled = hass.config_entries.async_entries(DOMAIN, include_disabled=False)
    urls = sorted({entry.data[CONF_API_URL] for entry in enabled}) or [DEFAULT_API_URL]
    outcomes = await gather(
        *(system_health.async_check_can_reach_url(hass, url) for url in urls)
    )
    summary = ", ".join(
        f"{URL(url).host}: {outcome if isinstance(outcome, str) else outcome['error']}"
        for url, outcome in zip(urls, outcomes, strict=True)
    )
    if all(isinstance(outcome, str) for outcome in outcomes):
        return summary
    return {"type": "failed", "error": summary}
