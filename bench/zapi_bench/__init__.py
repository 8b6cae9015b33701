"""The benchmark's part inside Home Assistant: what to compare with, and what only it can measure."""

from asyncio import gather, sleep
import cProfile
import gc
from time import perf_counter, process_time
import tracemalloc
from types import MappingProxyType
from typing import Any

from aiohttp.web import Request, Response
from homeassistant.components import webhook, websocket_api
from homeassistant.components.http import KEY_HASS, HomeAssistantView
from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigEntryState
from homeassistant.const import ATTR_RESTORED, STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

from . import bare, recipient, sending

DOMAIN = "zapi_bench"
_ENTITY_ID = f"binary_sensor.{DOMAIN}"
CONFIG_SCHEMA = cv.empty_config_schema(DOMAIN)

type Connection = websocket_api.ActiveConnection
type Message = dict[str, Any]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register what to compare with, and the commands of the benchmark."""
    await bare.async_add(hass, DOMAIN, config)
    await recipient.async_add(hass)
    for webhook_id, handler in (
        ("floor", _read_and_return),
        ("state", _show),
        ("bare", bare.async_show),
    ):
        webhook.async_register(
            hass, DOMAIN, webhook_id, f"{DOMAIN}_{webhook_id}", handler
        )
    for view in (_Usage(), _SetUp(), _Profile(), sending.Send(), sending.Stall()):
        hass.http.register_view(view)
    websocket_api.async_register_command(hass, _add)
    return True


async def _read_and_return(
    _hass: HomeAssistant, _webhook_id: str, request: Request
) -> None:
    """Do the least that a webhook can do."""
    await request.json()


async def _show(hass: HomeAssistant, _webhook_id: str, request: Request) -> None:
    """Do the least that makes a callback a state: no entity, no check, no order."""
    body = await request.json()
    hass.states.async_set(
        _ENTITY_ID, STATE_ON if body["type"] == "ConnectedCallback" else STATE_OFF
    )


# Over HTTP: for who is connected by websocket, Home Assistant keeps a good deal ready.
class _SetUp(HomeAssistantView):
    """Unloads entries, and tells how long it takes until all their entities have a state again."""

    url = f"/api/{DOMAIN}/set_up"
    name = f"api:{DOMAIN}:set_up"

    async def post(self, request: Request) -> Response:
        """Answer with the seconds."""
        hass = request.app[KEY_HASS]
        work = await request.json()
        entry_ids = work["entry_ids"]
        await gather(*map(hass.config_entries.async_unload, entry_ids))
        # What unloading leaves to be done is not ours to measure.
        await hass.async_block_till_done()
        if not work["collects"]:
            gc.disable()
        began = perf_counter()
        try:
            await gather(*map(hass.config_entries.async_setup, entry_ids))
        finally:
            gc.enable()
        took = perf_counter() - began
        for entry_id in entry_ids:
            _check(hass, entry_id)
        return self.json({"seconds": took})


class _Usage(HomeAssistantView):
    """Tells what this process has used, in seconds, and what Python holds, in bytes."""

    url = f"/api/{DOMAIN}/usage"
    name = f"api:{DOMAIN}:usage"

    async def get(self, request: Request) -> Response:
        """Answer."""
        cpu = process_time()
        if tracemalloc.is_tracing():
            # It takes long, which is nothing that an idle instance costs.
            gc.collect()
        traced = tracemalloc.get_traced_memory()[0]
        is_up = request.app[KEY_HASS].is_running
        return self.json({"cpu": cpu, "traced": traced, "is_up": is_up})


class _Profile(HomeAssistantView):
    """Watches the event loop for a while; tells file, function, own seconds and those with all that it calls."""

    url = f"/api/{DOMAIN}/profile"
    name = f"api:{DOMAIN}:profile"

    async def post(self, request: Request) -> Response:
        """Answer once the time is over."""
        seconds = (await request.json())["seconds"]
        profile = cProfile.Profile()
        profile.enable()
        await sleep(seconds)
        profile.disable()
        # The type of an entry is known at run time only.
        entries: list[Any] = profile.getstats()
        functions = [
            ("", entry.code, entry.inlinetime, entry.totaltime)
            if isinstance(entry.code, str)
            else (
                entry.code.co_filename,
                entry.code.co_qualname,
                entry.inlinetime,
                entry.totaltime,
            )
            for entry in entries
        ]
        return self.json({"functions": functions})


@websocket_api.websocket_command(
    {vol.Required("type"): f"{DOMAIN}/add", vol.Required("entry"): dict}
)
@websocket_api.async_response
async def _add(hass: HomeAssistant, connection: Connection, message: Message) -> None:
    """Add an entry; tell how long it takes until its entities have a state."""
    entry: ConfigEntry[Any] = ConfigEntry(
        **message["entry"],
        discovery_keys=MappingProxyType({}),
        minor_version=1,
        options={},
        source=SOURCE_USER,
        subentries_data=None,
        version=1,
    )
    began = perf_counter()
    await hass.config_entries.async_add(entry)
    took = perf_counter() - began
    _check(hass, entry.entry_id)
    connection.send_result(message["id"], took)


def _check(hass: HomeAssistant, entry_id: str) -> None:
    """Hold that an entry is loaded, and that all its entities have a state."""
    entry = hass.config_entries.async_get_known_entry(entry_id)
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry_id)
    missing = [
        entity.entity_id
        for entity in entities
        if not entity.disabled_by and not _is_there(hass.states.get(entity.entity_id))
    ]
    if entry.state is not ConfigEntryState.LOADED or not entities or missing:
        raise HomeAssistantError(
            f"{entry.domain} is {entry.state}, without a state: {missing}"
        )


def _is_there(state: State | None) -> bool:
    """Tell whether an entity wrote the state; one that was unloaded leaves one too."""
    return state is not None and not state.attributes.get(ATTR_RESTORED)
