"""The copy for whoever had the webhook before."""

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Collection
from hashlib import blake2b
from ipaddress import ip_address
import re
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
from yarl import URL

from .api import Webhook
from .const import CONF_INSTANCE_ID, DOMAIN
from .ledger import Choice, Ledger, async_get_ledger
from .ownership import is_of_this_house

_FORWARDER: HassKey[Forwarder] = HassKey(f"{DOMAIN}_forwarder")
_MARK = "X-Zapi-Forwarded"
_TIMEOUT = ClientTimeout(total=10)
_MOST_IN_FLIGHT = 32
_MOST_WAITING = 256
_MOST_WAITING_BYTES = 8 * 1024 * 1024
# How long, and how many, bodies are known again when they come twice.
_REMEMBERED_SECONDS = 600
_REMEMBERED = 1024
# A name that ends in a number is an IPv4 address to many a resolver: 127.1, 0x7f.1.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def is_forwardable(hass: HomeAssistant, url: str) -> bool:
    """Tell whether copies may go to a URL, judged by its host as written."""
    try:
        return _is_elsewhere(hass, URL(url))
    except ValueError:
        return False


def choices_for(hass: HomeAssistant, urls: Collection[str]) -> list[Choice]:
    """Return what a person may choose for somebody else's URLs."""
    may_forward = urls and all(is_forwardable(hass, url) for url in urls)
    return [
        choice
        for choice in Choice
        if may_forward or choice is not Choice.TAKE_OVER_AND_FORWARD
    ]


def _is_elsewhere(hass: HomeAssistant, target: URL) -> bool:
    """Tell whether a URL is https and leads neither to this house nor this machine."""
    # A dot at the end, and a user, leave the host what it is.
    host = (target.host or "").rstrip(".")
    if target.scheme != "https" or not host:
        return False
    bare = target.with_user(None).with_host(host)
    if any(is_of_this_house(hass, str(bare.with_scheme(s))) for s in ("https", "http")):
        return False
    try:
        address = ip_address(host)
    except ValueError:
        last_label = host.rpartition(".")[2]
        return last_label != "localhost" and not _NUMBER.fullmatch(last_label)
    address = getattr(address, "ipv4_mapped", None) or address
    return not (address.is_loopback or address.is_link_local or address.is_unspecified)


class _Parcel(NamedTuple):
    entry_id: str
    url: str
    body: bytes
    headers: dict[str, str]


class Forwarder:
    """Posts copies in the background, each once, and never too many."""

    def __init__(self, hass: HomeAssistant, ledger: Ledger) -> None:
        """Take a session of its own: what consumers set as cookies is not ours."""
        self._hass = hass
        self._ledger = ledger
        self._session = async_create_clientsession(hass, cookie_jar=DummyCookieJar())
        self._in_flight = 0
        self._waiting: deque[_Parcel] = deque()
        self._waiting_bytes = 0
        self._seen: OrderedDict[bytes, float] = OrderedDict()
        self.counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """What became of the copies, by entry id and outcome."""

    @callback
    def forward(
        self, entry: ConfigEntry, kinds: list[Webhook], body: bytes, request: Request
    ) -> None:
        """Send a copy to whoever had these webhooks before and was promised one."""
        instance_id = entry.data[CONF_INSTANCE_ID]
        hooks = [self._ledger.hook(instance_id, kind) for kind in kinds]
        urls = {hook.displaced for hook in hooks if hook.forward and hook.displaced}
        # Two houses that each took over from the other must not play ping-pong.
        if not urls or _MARK in request.headers or self._is_duplicate(entry, body):
            return
        headers = {
            name: value
            for name, value in request.headers.items()
            if name.lower() == "content-type" or name.lower().endswith("-token")
        }
        for url in urls:
            self._enqueue(_Parcel(entry.entry_id, url, body, {**headers, _MARK: "1"}))

    def _is_duplicate(self, entry: ConfigEntry, body: bytes) -> bool:
        now = time.monotonic()
        key = blake2b(body, key=entry.entry_id.encode(), digest_size=16).digest()
        seen = self._seen.pop(key, None)
        self._seen[key] = now
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return seen is not None and now - seen < _REMEMBERED_SECONDS

    def _enqueue(self, parcel: _Parcel) -> None:
        if not is_forwardable(self._hass, parcel.url):
            self.counts[parcel.entry_id]["not_allowed"] += 1
        elif self._in_flight < _MOST_IN_FLIGHT:
            self._in_flight += 1
            # Not started eagerly: our own answer goes first.
            self._hass.async_create_background_task(
                self._work(parcel), f"{DOMAIN} forward", eager_start=False
            )
        elif (
            len(self._waiting) < _MOST_WAITING
            and self._waiting_bytes + len(parcel.body) <= _MOST_WAITING_BYTES
        ):
            self._waiting.append(parcel)
            self._waiting_bytes += len(parcel.body)
        else:
            self.counts[parcel.entry_id]["dropped"] += 1

    async def _work(self, parcel: _Parcel) -> None:
        """Send one copy, then those that wait."""
        try:
            await self._send(parcel)
            while self._waiting:
                parcel = self._waiting.popleft()
                self._waiting_bytes -= len(parcel.body)
                await self._send(parcel)
        finally:
            self._in_flight -= 1

    async def _send(self, parcel: _Parcel) -> None:
        try:
            async with self._session.post(
                parcel.url,
                data=parcel.body,
                headers=parcel.headers,
                skip_auto_headers=(CONTENT_TYPE,),
                timeout=_TIMEOUT,
                allow_redirects=False,
            ) as response:
                # A redirect is not followed, so it is no success.
                outcome = "sent" if response.status < 300 else "refused"
        except ClientError, OSError, ValueError:
            # ValueError: a host or a header that cannot be put in bytes.
            outcome = "failed"
        self.counts[parcel.entry_id][outcome] += 1


@singleton(_FORWARDER, async_=True)
async def async_get_forwarder(hass: HomeAssistant) -> Forwarder:
    """Return the one forwarder of this Home Assistant."""
    return Forwarder(hass, await async_get_ledger(hass))
