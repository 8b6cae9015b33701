"""The gateway: its instances, its faults, and what a person does at the phone or in the vendor's panel."""

from collections import deque
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from random import Random
import ssl
import time
from typing import Any

import aiohttp
from aiohttp import web

from . import callbacks
from .chats import Media
from .courier import FILTERS, Courier, Poster, Tasks
from .exchange import Exchange, Log
from .faults import Faults
from .instance import HOOKS, Instance, Outgoing, State
from .worker import Worker
from .writer import Writer

CODE_LIFETIME = 20.0
QUEUE_LIMIT = 1000
MEDIA_LIFETIME = 30 * 86_400
MONTH = 30 * 86_400


class StaleCodeError(ValueError):
    """The phone was shown no code, or a dead one."""


class Gateway:
    """A Z-API with one account.

    Serve it with `make_app`; act on it with the methods below. Those which cause callbacks return after the first post of each,
    with the exchanges recorded; late ones, later copies and retries go on in the background until `drain` or `close`.
    """

    def __init__(
        self,
        client_token: str | None = None,
        *,
        session: Poster | None = None,
        seed: int = 0,
        clock: Callable[[], float] = time.time,
        spacing: tuple[float, float] = (1.0, 3.0),
        ca_file: Path | None = None,
        callback_timeout: float = 30.0,
        log_size: int = 5000,
    ) -> None:
        """Begin without instances.

        Args:
            client_token: the account's secret; None = not activated, calls need none (section 1).
            session: posts the callbacks; without one `serving` makes its own while it is served.
            seed: of all ids, codes, shares and pauses.
            clock: seconds since the epoch, for times in bodies and for expiry; pauses run in real time.
            spacing: shortest and longest pause before a message leaves the queue, and before each receipt, in seconds.
            ca_file: a PEM file of authorities that the own session trusts besides the system's.
            callback_timeout: seconds for one post.
            log_size: exchanges to keep.
        """
        self.client_token = client_token
        self.instances: dict[str, Instance] = {}
        self.base_url = ""
        """Own address without a trailing slash, for media links."""
        self.clock = clock
        self.random = Random(seed)
        self.spacing = spacing
        self.tasks = Tasks()
        self.log = Log(clock, log_size)
        self._faults = Faults()
        self.courier = Courier(
            self.log,
            self._faults,
            self.random,
            self.tasks,
            session=session,
            timeout=callback_timeout,
        )
        self._ca_file = ca_file
        self._worker = Worker(self)

    @property
    def faults(self) -> Faults:
        """The switches; change its fields."""
        return self._faults

    @property
    def exchanges(self) -> deque[Exchange]:
        """The last requests and callbacks, oldest first."""
        return self.log.exchanges

    def add(
        self,
        instance_id: str | None = None,
        token: str | None = None,
        *,
        name: str = "Example instance",
        phone: str = "5544999999999",
        state: State = State.UNPAIRED,
    ) -> Instance:
        """Create an instance; ids not given are drawn (32 and 24 upper-case hex characters)."""
        instance = Instance(
            instance_id or self.hex(32),
            token or self.hex(24),
            name,
            phone,
            state,
            int(self.clock()) + MONTH,
        )
        self.instances[instance.instance_id] = instance
        return instance

    def hex(self, length: int) -> str:
        """Draw upper-case hex characters."""
        return f"{self.random.getrandbits(4 * length):0{length}X}"

    def moment(self) -> int:
        """Give the time in milliseconds since the epoch."""
        return int(self.clock() * 1000)

    def media_url(self, instance: Instance, suffix: str) -> str:
        """Make a link that this gateway serves for 30 days; `suffix` is `png`, `ogg`, `mp4`, `pdf` or `webp`."""
        return self.base_url + self.media_path(instance, suffix, self.hex(20))

    def media_path(self, instance: Instance, suffix: str, name: str) -> str:
        """Make the path of such a link; a message's id as `name` leads to the file of that message."""
        ends = int(self.clock()) + MEDIA_LIFETIME
        return f"/media/{instance.instance_id}/{name}/{ends}.{suffix}"

    def rotate_client_token(self, new: str | None) -> None:
        """Change the account's secret, as the panel does; None deactivates it."""
        self.client_token = new

    def show_code(self, instance: Instance, code: str) -> None:
        """Show a QR or pairing code: it replaces the last one and lives 20 s (section 3.3)."""
        instance.state = State.PAIRING
        instance.code = code
        instance.code_ends = self.clock() + (
            0 if self._faults.qr_expired else CODE_LIFETIME
        )

    async def scan_qr(
        self, instance: Instance, phone: str | None = None
    ) -> list[Exchange]:
        """Scan the QR, or type the code, that is on show.

        Raises:
            StaleCodeError: none is, or it is older than 20 s.
        """
        if instance.state is not State.PAIRING or self.clock() >= instance.code_ends:
            raise StaleCodeError("No live code is on show")
        return await self.connect(instance, phone)

    async def connect(
        self, instance: Instance, phone: str | None = None
    ) -> list[Exchange]:
        """Link a phone, by default the one known; posts a ConnectedCallback and works off the queue."""
        instance.phone = phone or instance.phone
        instance.state = State.CONNECTED
        instance.code = ""
        done = await self.courier.deliver(
            instance, callbacks.connected(instance, self.moment())
        )
        self.wake(instance)
        return done

    async def disconnect(
        self, instance: Instance, error: str = "Device has been disconnected"
    ) -> list[Exchange]:
        """Log the number out at the phone; posts a DisconnectedCallback, and no others come until it is paired again."""
        instance.state = State.UNPAIRED
        return await self.courier.deliver(
            instance, callbacks.disconnected(instance, self.moment(), error)
        )

    async def lose_session(
        self, instance: Instance, error: str = "You need to restore the session."
    ) -> list[Exchange]:
        """Lose the login while the phone is alive; posts a DisconnectedCallback."""
        instance.state = State.LOST_SESSION
        return await self.courier.deliver(
            instance, callbacks.disconnected(instance, self.moment(), error)
        )

    def log_out(self, instance: Instance) -> None:
        """Log the number out through the API; no callback comes but with the switch `disconnect_event`."""
        event = callbacks.disconnected(
            instance, self.moment(), "Device has been disconnected"
        )
        instance.state = State.UNPAIRED
        if self._faults.disconnect_event:
            self.tasks.spawn(self.courier.deliver(instance, event))

    def phone_offline(self, instance: Instance) -> None:
        """Take the phone off the internet: `smartphoneConnected` turns false, all else goes on."""
        instance.state = State.PHONE_OFFLINE

    def expire_plan(self, instance: Instance) -> None:
        """Let the plan lapse: every route answers 400, no callback is posted."""
        if instance.state is not State.EXPIRED:
            instance.resumes = instance.state
        instance.state = State.EXPIRED
        instance.due = int(self.clock()) - 1

    def renew_plan(self, instance: Instance) -> None:
        """Pay: the instance is as it was before the plan lapsed, for 30 days."""
        if instance.state is State.EXPIRED:
            instance.state = instance.resumes
        instance.due = int(self.clock()) + MONTH
        self.wake(instance)

    def delete(self, instance: Instance) -> None:
        """Delete the instance at the vendor's, as after a trial: `Instance not found` from now on."""
        instance.state = State.DELETED

    def set_webhooks(self, instance: Instance, url: str, *webhooks: str) -> None:
        """Set URLs as a person in the panel would: the fields of `GET me` named, or all seven.

        Raises:
            ValueError: no such field.
        """
        for webhook in webhooks or tuple(hook.field for hook in HOOKS):
            if webhook not in instance.webhooks:
                raise ValueError(f"No such webhook: {webhook}")
            instance.webhooks[webhook] = url
            instance.overwritten.pop(webhook, None)

    def set_filters(self, instance: Instance, filters: dict[str, list[str]]) -> None:
        """Set filters as a person in the panel would: `messageFilters`, `callbackTypeFilters` or both.

        Raises:
            ValueError: no such list, or no such filter in it.
        """
        for key, names in filters.items():
            if not FILTERS.get(key, frozenset()).issuperset(names):
                raise ValueError(f"No such filter in {key}")
        instance.write_filters(filters)

    async def inject(
        self, instance: Instance, body: dict[str, Any], webhook: str = ""
    ) -> list[Exchange]:
        """Post any callback body, in any state; `instanceId` is filled in, filters and faults apply.

        Args:
            instance: the sender.
            body: one event object.
            webhook: the field of `GET me` whose URL to use, by default that of the body's type.
        """
        return await self.courier.deliver(
            instance, {"instanceId": instance.instance_id} | body, webhook
        )

    async def receive_message(
        self,
        instance: Instance,
        content: str | dict[str, Any],
        *,
        phone: str = "5544988888888",
        name: str = "Maria Example",
        group: str = "",
        **changes: Any,
    ) -> list[Exchange]:
        """Write a message to the number (section 5.4); a `Writer` can do more.

        Args:
            instance: who receives it; one that is not connected posts nothing.
            content: a text, content keys of 5.4 such as `{"image": {...}}`, or the keys of a notice.
            phone: the author: a number, private id or channel.
            name: the author's name; kept as a contact.
            group: id of the group it is written in, else it is private.
            **changes: fields to set besides, such as `momment` or `messageId`.
        """
        writer = Writer(
            gateway=self, instance=instance, phone=phone, name=name, group=group
        )
        return await writer.write(content, **changes)

    async def send(
        self,
        instance: Instance,
        route: str,
        body: dict[str, Any],
        media: Media | None = None,
    ) -> Outgoing:
        """Queue a message, as a request that was taken does; `media` is the file that its data URI held."""
        return await self._worker.send(instance, route, body, media)

    def is_sending(self, instance: Instance) -> bool:
        """Tell whether messages leave the queue."""
        return instance.up and not self._faults.disconnected_but_queued

    def wake(self, *instances: Instance) -> None:
        """Go on with the queues of these instances, by default of all."""
        self._worker.wake(*(instances or self.instances.values()))

    async def drain(self) -> None:
        """Wait until the queues that can move are empty and all that was under way is posted."""
        await self.tasks.drain()

    async def close(self) -> None:
        """Drop what is under way."""
        await self.tasks.cancel()

    async def serving(self, _app: web.Application) -> AsyncIterator[None]:
        """Post callbacks while it is served: the application's cleanup context."""
        if self.courier.session is not None:
            yield
            await self.close()
            return
        trust = ssl.create_default_context()
        if self._ca_file:
            trust.load_verify_locations(self._ca_file)
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=trust, limit=0)
        ) as session:
            self.courier.session = session
            yield
            self.courier.session = None
            await self.close()
