"""What an action costs the event loop."""

from asyncio import get_running_loop, sleep
from time import thread_time
from typing import Any

from aiohttp.web import Request, Response
from homeassistant.components.http import KEY_HASS, HomeAssistantView
from homeassistant.core import HomeAssistant

_PAUSE_SECONDS = 0.001


class Send(HomeAssistantView):
    """Calls an action several times, one after the other; tells how long the loop was at work."""

    url = "/api/zapi_bench/send"
    name = "api:zapi_bench:send"

    async def post(self, request: Request) -> Response:
        """Answer with the seconds of all, without those in which it waited."""
        hass, work = request.app[KEY_HASS], await request.json()
        began = thread_time()
        for _ in range(work["times"]):
            await _call(hass, work)
        return self.json({"seconds": thread_time() - began})


class Stall(HomeAssistantView):
    """Calls an action; tells for how long the loop came to nothing else meanwhile."""

    url = "/api/zapi_bench/stall"
    name = "api:zapi_bench:stall"

    async def post(self, request: Request) -> Response:
        """Answer with the longest, in seconds."""
        hass, work = request.app[KEY_HASS], await request.json()
        call = hass.async_create_task(_call(hass, work))
        loop, longest = get_running_loop(), 0.0
        while not call.done():
            due = loop.time() + _PAUSE_SECONDS
            await sleep(_PAUSE_SECONDS)
            longest = max(longest, loop.time() - due)
        await call
        return self.json({"seconds": longest})


async def _call(hass: HomeAssistant, work: dict[str, Any]) -> None:
    await hass.services.async_call(
        work["domain"], work["service"], dict(work["data"]), blocking=True
    )
