"""Posts callbacks, the way the gateway does and with the faults that are on (docs/gateway.md, sections 5.1 and 7.3)."""

import asyncio
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from random import Random
from time import perf_counter
from typing import Any, NamedTuple, Protocol

import aiohttp
import orjson

from .chats import lid_of, without_ninth_digit
from .exchange import Exchange, Log
from .faults import Faults, hit
from .instance import HOOKS, Instance

AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
)
FIELDS = {hook.callback: hook.field for hook in reversed(HOOKS)}
TYPE_FILTERS = {
    "ReceivedCallback": "FILTER_RECEIVED_CALLBACK",
    "DeliveryCallback": "FILTER_DELIVERY_CALLBACK",
    "MessageStatusCallback": "FILTER_MESSAGE_STATUS_CALLBACK",
    "ConnectedCallback": "FILTER_CONNECTED_CALLBACK",
    "DisconnectedCallback": "FILTER_DISCONNECTED_CALLBACK",
    "PresenceChatCallback": "FILTER_PRESENCE_CHAT_CALLBACK",
}
MESSAGE_FILTERS = {
    "text": "FILTER_TEXT_MESSAGE",
    "image": "FILTER_IMAGE_MESSAGE",
    "video": "FILTER_VIDEO_MESSAGE",
    "audio": "FILTER_AUDIO_MESSAGE",
    "document": "FILTER_DOCUMENT_MESSAGE",
}
FILTERS = {
    "messageFilters": frozenset(
        {
            *MESSAGE_FILTERS.values(),
            "FILTER_FROM_GROUP",
            "FILTER_FROM_PRIVATE_CHAT",
        }
    ),
    "callbackTypeFilters": frozenset(TYPE_FILTERS.values()),
}
"""All filters by the field that lists those which are on (section 4.3)."""
NONSENSE = 26_151_515_154


class Poster(Protocol):
    """The part of `aiohttp.ClientSession` that is used."""

    def post(
        self,
        url: str,
        *,
        data: bytes,
        headers: dict[str, str],
        allow_redirects: bool,
        timeout: aiohttp.ClientTimeout,
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """Post the body."""


class Tasks:
    """Work that goes on after a call has returned."""

    def __init__(self) -> None:
        """Begin with none."""
        self._running: set[asyncio.Task[Any]] = set()

    def spawn[T](self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start work in the background."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def drain(self) -> None:
        """Wait until nothing is running, that which began meanwhile included."""
        while running := [task for task in self._running if not task.done()]:
            await asyncio.gather(*running)

    async def cancel(self) -> None:
        """Stop it all."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


class _Parcel(NamedTuple):
    instance: Instance
    kind: str
    webhook: str
    url: str
    body: dict[str, Any]


class Courier:
    """Takes callback bodies to the URLs that the instance has for them."""

    def __init__(
        self,
        log: Log,
        faults: Faults,
        random: Random,
        tasks: Tasks,
        *,
        session: Poster | None,
        timeout: float,
    ) -> None:
        """Post through `session`, and give up after `timeout` seconds."""
        self.session = session
        self._log = log
        self._faults = faults
        self._random = random
        self._tasks = tasks
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._flips = 0

    async def deliver(
        self, instance: Instance, body: dict[str, Any], webhook: str = ""
    ) -> list[Exchange]:
        """Post one callback and return what became of it; what is to come late goes on in the background.

        Nothing is posted, and nothing recorded, without a URL or against a filter. `webhook` names the slot to use; by
        default the type decides, and a type that has none goes to `receivedCallbackUrl`.
        """
        kind = str(body.get("type", ""))
        webhook = webhook or slot_for(instance, body)
        url = instance.webhooks[webhook] if webhook else ""
        if not url or is_filtered(instance, body):
            return []
        if (
            hit(self._faults.lose_callbacks, kind)
            or self._random.random() < self._faults.lose_share
        ):
            at = self._log.clock()
            return [
                self._log.record(
                    "out",
                    instance.instance_id,
                    kind,
                    at=at,
                    webhook=webhook,
                    request=body,
                    answer="lost",
                )
            ]
        parcel = _Parcel(instance, kind, webhook, url, self._changed(body))
        if self._faults.late_callbacks:
            self._tasks.spawn(self._post_later(parcel, self._faults.late_callbacks))
            return []
        return await self._post_copies(parcel)

    async def _post_later(self, parcel: _Parcel, delay: float) -> None:
        await asyncio.sleep(delay)
        await self._post_copies(parcel)

    async def _post_copies(self, parcel: _Parcel) -> list[Exchange]:
        faults = self._faults
        done = [await self._post(parcel)]
        copies = [parcel] * faults.duplicate_callbacks
        done += await self._post_each(copies, faults.duplicate_after)
        if parcel.kind == "ReceivedCallback":
            gap = max(faults.redeliver_after, 1)
            copies = [
                parcel._replace(body=newer(parcel.body, int(gap * number)))
                for number in range(1, faults.redeliver_callbacks + 1)
            ]
            done += await self._post_each(copies, faults.redeliver_after)
        if faults.callback_retries and not is_taken(done[0]):
            gaps = [
                faults.retry_gap * 2**number
                for number in range(faults.callback_retries)
            ]
            self._tasks.spawn(self._retry(gaps, parcel))
        return done

    async def _post_each(self, parcels: list[_Parcel], gap: float) -> list[Exchange]:
        if not gap:
            return [await self._post(parcel) for parcel in parcels]
        self._tasks.spawn(self._post_slowly(parcels, gap))
        return []

    async def _post_slowly(self, parcels: list[_Parcel], gap: float) -> None:
        for parcel in parcels:
            await asyncio.sleep(gap)
            await self._post(parcel)

    async def _retry(self, gaps: list[float], parcel: _Parcel) -> None:
        for gap in gaps:
            await asyncio.sleep(gap)
            if is_taken(await self._post(parcel)):
                return

    async def _post(self, parcel: _Parcel) -> Exchange:
        if self.session is None:
            raise RuntimeError(
                "The gateway has no session: serve its app() or give it one"
            )
        at, started = self._log.clock(), perf_counter()
        status, failure = 0, ""
        try:
            async with self.session.post(
                parcel.url,
                data=orjson.dumps(parcel.body),
                headers=self._headers(parcel.instance),
                allow_redirects=False,
                timeout=self._timeout,
            ) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError) as error:
            # The text of the exception would hold the URL, which is a secret of the consumer.
            failure = type(error).__name__
        return self._log.record(
            "out",
            parcel.instance.instance_id,
            parcel.kind,
            at=at,
            webhook=parcel.webhook,
            status=status,
            request=parcel.body,
            answer=failure,
            seconds=perf_counter() - started,
        )

    def _headers(self, instance: Instance) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "Origin": "https://api.z-api.io",
            "Server": "Z-API",
            "User-Agent": self._random.choice(AGENTS),
        }
        if not self._faults.no_token_header:
            token = "0" * 24 if self._faults.bad_token_header else instance.token
            headers[self._faults.renamed_token_header or "z-api-token"] = token
        return headers

    def _changed(self, body: dict[str, Any]) -> dict[str, Any]:
        faults = self._faults
        body = drifted(body, faults)
        if faults.unknown_type:
            body["type"] = "SomethingNewCallback"
        if "momment" in body:
            body["momment"] = _moment(body["momment"], faults)
        person = "participantPhone" if body.get("isGroup") else "phone"
        if faults.lid_flip and str(body.get(person)).isdecimal():
            body[person] = _forms(body[person])[self._flips % 3]
            self._flips += 1
        return body


def is_taken(exchange: Exchange) -> bool:
    """Tell whether the consumer accepted the callback."""
    return 200 <= exchange.status < 300


def slot_for(instance: Instance, body: dict[str, Any]) -> str:
    """Choose the slot for a callback, by the rules of section 4.2 for the two receive URLs.

    The second, once set, takes the messages from the first; alone it gets only those of the instance's own number.
    """
    kind = str(body.get("type", ""))
    if kind != "ReceivedCallback":
        return FIELDS.get(kind, "receivedCallbackUrl")
    own = bool(body.get("fromMe"))
    if own and not instance.settings["receiveCallbackSentByMe"]:
        return ""
    first, second = (instance.webhooks[hook.field] for hook in HOOKS[:2])
    return HOOKS[1].field if second and (first or own) else HOOKS[0].field


def is_filtered(instance: Instance, body: dict[str, Any]) -> bool:
    """Apply the blocklists of section 4.3."""
    kind = str(body.get("type", ""))
    if TYPE_FILTERS.get(kind) in instance.settings["callbackTypeFilters"]:
        return True
    if kind != "ReceivedCallback":
        return False
    names = {name for content, name in MESSAGE_FILTERS.items() if content in body}
    names.add(
        "FILTER_FROM_GROUP" if body.get("isGroup") else "FILTER_FROM_PRIVATE_CHAT"
    )
    return not names.isdisjoint(instance.hidden["messageFilters"])


def drifted(body: dict[str, Any], faults: Faults) -> dict[str, Any]:
    """Give a copy with the schema drift that is on."""
    changed = {
        key: None if hit(faults.null_fields, key) else value
        for key, value in body.items()
    }
    changed = {
        key: value
        for key, value in changed.items()
        if not hit(faults.missing_fields, key)
    }
    if faults.extra_fields:
        changed["aNewField"] = {"nested": [1, None, "text"]}
    return changed


def newer(body: dict[str, Any], seconds: int) -> dict[str, Any]:
    """Give the same callback with a `momment` so much later, whatever its unit; one that has none stays as it is."""
    moment = body.get("momment")
    if moment is None:
        return body
    later = int(moment) + seconds * (1000 if int(moment) >= 10**12 else 1)
    return body | {"momment": type(moment)(later)}


def _moment(moment: Any, faults: Faults) -> Any:
    if faults.momment_nonsense:
        moment = NONSENSE
    elif faults.momment_seconds and isinstance(moment, int) and moment >= 10**12:
        moment //= 1000
    return str(moment) if faults.momment_string else moment


def _forms(phone: str) -> tuple[str, str, str]:
    return phone, lid_of(phone), without_ninth_digit(phone)
