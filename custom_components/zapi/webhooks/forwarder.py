"""Forward callbacks to the previous webhook owner."""

from collections import Counter, defaultdict, deque
from collections.abc import Collection
from itertools import chain
import time
from typing import NamedTuple

from aiohttp import ClientError, ClientTimeout, DummyCookieJar
from aiohttp.hdrs import CONTENT_TYPE
from aiohttp.web import Request
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_create_clientsession
from homeassistant.helpers.singleton import singleton
from homeassistant.util.hass_dict import HassKey

from ..api import Callback, CallbackType, ReceivedCallback
from ..const import CONF_INSTANCE_ID, DOMAIN
from .forward_target import is_forwardable
from .ledger import HookRecord, Ledger, async_get_ledger

_FORWARDER: HassKey[Forwarder] = HassKey(f"{DOMAIN}_forwarder")
_LOOP_HEADER = "X-Zapi-Forwarded"
# How long a copy may take, from the arrival of its callback on.
_TIMEOUT_SECONDS = 10
# How much may be queued.
_MAX_COPIES_PER_URL, _MAX_BYTES_PER_URL = 256, 8 * 1024 * 1024
_MAX_COPIES, _MAX_BYTES = 1024, 16 * 1024 * 1024
# How long after a body the same body is taken for the same event.
_REPEATED_SECONDS = 600


class _Copy(NamedTuple):
    """One body on its way to one URL.

    Attributes:
        is_known: its type is one that we understand.
        arrived: when its callback came, in seconds of the monotonic clock.
    """

    entry_id: str
    url: str
    body: bytes
    headers: dict[str, str]
    is_known: bool
    arrived: float

    @property
    def size(self) -> int:
        """How many bytes it holds."""
        return len(self.body) + sum(map(len, chain(*self.headers.items())))


class _Queue:
    """Queue of the copies for one URL, the oldest first."""

    def __init__(self) -> None:
        """Initialize the queue."""
        self.copies: deque[_Copy] = deque()
        self.size = 0

    def put(self, copy: _Copy) -> None:
        """Add a copy."""
        self.copies.append(copy)
        self.size += copy.size

    def take(self, copy: _Copy) -> None:
        """Remove a copy."""
        self.copies.remove(copy)
        self.size -= copy.size


class Forwarder:
    """Posts copies in the background: to each URL in order, each once, never too late.

    One URL has one worker, so that a consumer that is slow delays nobody else. What
    waits goes out also when its entry is unloaded or removed meanwhile; when Home
    Assistant stops, it is cut off.
    """

    def __init__(self, hass: HomeAssistant, ledger: Ledger) -> None:
        """Initialize the forwarder with a session that keeps no cookies."""
        self._hass = hass
        self._ledger = ledger
        self._session = async_create_clientsession(hass, cookie_jar=DummyCookieJar())
        self._queues: dict[str, _Queue] = {}
        self._last: dict[str, tuple[int, float]] = {}
        self.counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """What became of the copies, by entry id and outcome."""

    @callback
    def forward(
        self,
        entry: ConfigEntry,
        incoming: Callback | None,
        body: bytes,
        request: Request,
    ) -> None:
        """Queue a copy for the previous owner of the webhook, where one was promised.

        A callback that is not understood is None.
        """
        now = time.monotonic()
        if self._repeats_last(entry.entry_id, body, now):
            return
        kinds = incoming.kinds if incoming else ()
        hooks = self._hooks(entry.data[CONF_INSTANCE_ID], incoming)
        urls = {hook.displaced for hook in hooks if hook.forward and hook.displaced}
        # Two instances of Home Assistant that each took over from the other would loop.
        if not urls or _LOOP_HEADER in request.headers:
            return
        headers = {
            name: value
            for name, value in request.headers.items()
            if name.lower() == "content-type" or name.lower().endswith("-token")
        }
        headers[_LOOP_HEADER] = "1"
        for url in urls:
            self._enqueue(_Copy(entry.entry_id, url, body, headers, bool(kinds), now))

    def _hooks(
        self, instance_id: str, incoming: Callback | None
    ) -> Collection[HookRecord]:
        """Return the webhooks by which a callback came.

        All share one URL: a type that is not known may have come by any.
        """
        if not incoming or not incoming.kinds:
            return self._ledger.hooks(instance_id).values()
        if not isinstance(incoming, ReceivedCallback):
            return [self._ledger.hook(instance_id, kind) for kind in incoming.kinds]
        first = self._ledger.hook(instance_id, CallbackType.RECEIVED)
        second = self._ledger.hook(instance_id, CallbackType.RECEIVED_DELIVERY)
        if incoming.message.from_me and first.sent_by_me is False:
            # We asked for these: the previous owner had none, and might answer itself.
            return []
        # The second had them all where it was set.
        return [second if second.forward and second.displaced else first]

    def _repeats_last(self, entry_id: str, body: bytes, now: float) -> bool:
        """Remember a body, and return whether it repeats the one before it.

        This is how the gateway posts again what it took for lost. With another in between they are
        two events: not every callback has a moment that would tell them apart.
        """
        before, at = self._last.get(entry_id, (None, now))
        known = hash(body)
        self._last[entry_id] = known, now
        return known == before and now - at < _REPEATED_SECONDS

    def _enqueue(self, copy: _Copy) -> None:
        if not is_forwardable(self._hass, copy.url):
            self.counts[copy.entry_id]["not_allowed"] += 1
            return
        if copy.url not in self._queues:
            self._queues[copy.url] = _Queue()
            # Not started eagerly: our own answer goes first.
            self._hass.async_create_background_task(
                self._work(copy.url), f"{DOMAIN} forward", eager_start=False
            )
        queue = self._queues[copy.url]
        queue.put(copy)
        self._trim([queue], _MAX_COPIES_PER_URL, _MAX_BYTES_PER_URL)
        self._trim(self._queues.values(), _MAX_COPIES, _MAX_BYTES)

    def _trim(
        self, queues: Collection[_Queue], most_copies: int, most_bytes: int
    ) -> None:
        """Drop what is too much: unknown types first, and of these the oldest."""
        while (
            sum(len(queue.copies) for queue in queues) > most_copies
            or sum(queue.size for queue in queues) > most_bytes
        ):
            copy = min(
                chain.from_iterable(queue.copies for queue in queues),
                key=lambda copy: (copy.is_known, copy.arrived),
            )
            self._queues[copy.url].take(copy)
            self.counts[copy.entry_id]["dropped"] += 1

    async def _work(self, url: str) -> None:
        """Send the copies for a URL, one after the other."""
        queue = self._queues[url]
        try:
            while queue.copies:
                copy = queue.copies[0]
                queue.take(copy)
                self.counts[copy.entry_id][await self._send(copy)] += 1
        finally:
            del self._queues[url]

    async def _send(self, copy: _Copy) -> str:
        """Send a copy in what is left of its time, and return what became of it."""
        seconds = copy.arrived + _TIMEOUT_SECONDS - time.monotonic()
        if seconds <= 0:
            return "too_late"
        try:
            async with self._session.post(
                copy.url,
                data=copy.body,
                headers=copy.headers,
                skip_auto_headers=(CONTENT_TYPE,),
                timeout=ClientTimeout(total=seconds),
                allow_redirects=False,
            ) as response:
                # A redirect is not followed, so it is not a success.
                return "sent" if response.status < 300 else "refused"
        except ClientError, OSError, ValueError:
            # ValueError: a host or a header that cannot be encoded.
            return "failed"


@singleton(_FORWARDER, async_=True)
async def async_get_forwarder(hass: HomeAssistant) -> Forwarder:
    """Return the forwarder, which all entries share."""
    return Forwarder(hass, await async_get_ledger(hass))
