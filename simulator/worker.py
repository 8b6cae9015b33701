"""The worker that takes messages from the queues to WhatsApp (docs/gateway.md, sections 3.4 and 5.5)."""

from asyncio import Task, sleep
import mimetypes
from typing import TYPE_CHECKING, Any

from . import callbacks, screen
from .chats import Media, Progress
from .delivery import error_of
from .exchange import short
from .instance import Instance, Outgoing

if TYPE_CHECKING:
    from .gateway import Gateway


class Worker:
    """Queues messages and sends them, one at a time for each instance."""

    def __init__(self, gateway: Gateway) -> None:
        """Begin with nothing under way."""
        self._gateway = gateway
        self._queued = 0
        self._under_way: dict[str, Task[None]] = {}
        self._gaps: dict[str, float] = {}

    async def send(
        self,
        instance: Instance,
        route: str,
        body: dict[str, Any],
        media: Media | None,
    ) -> Outgoing:
        """Queue a message; the echo of it goes out at once with the switch `reorder_callbacks`."""
        gateway = self._gateway
        self._queued += 1
        outgoing = Outgoing(
            self._queued,
            gateway.hex(32),
            f"3EB0{gateway.hex(16)}",
            str(body.get("phone", "")),
            route,
            short(body),
            gateway.clock(),
            media,
        )
        instance.queue[outgoing.zaap_id] = outgoing
        instance.sent.append(outgoing)
        screen.show(instance, outgoing, self._link(instance, outgoing))
        if gateway.faults.reorder_callbacks:
            await self._echo(instance, outgoing)
        self.wake(instance)
        return outgoing

    def wake(self, *instances: Instance) -> None:
        """Go on with the queues of these instances."""
        for instance in instances:
            if instance.queue and self._gateway.is_sending(instance):
                self._go_on(instance)

    def _go_on(self, instance: Instance) -> None:
        work = self._under_way.get(instance.instance_id)
        if work is None or work.done():
            work = self._gateway.tasks.spawn(self._work(instance))
            self._under_way[instance.instance_id] = work

    def _link(self, instance: Instance, outgoing: Outgoing) -> str:
        if outgoing.media is None:
            return ""
        suffix = mimetypes.guess_extension(outgoing.media.mime) or ".bin"
        return self._gateway.media_path(
            instance, suffix.removeprefix("."), outgoing.message_id
        )

    async def _work(self, instance: Instance) -> None:
        sending = self._gateway.is_sending
        while instance.queue and sending(instance):
            outgoing = next(iter(instance.queue.values()))
            await sleep(self._pause(instance, outgoing))
            if sending(instance) and outgoing.zaap_id in instance.queue:
                del instance.queue[outgoing.zaap_id]
                await self._take_out(instance, outgoing)

    def _pause(self, instance: Instance, outgoing: Outgoing) -> float:
        # `delayMessage` is the gap before the next message, not before this one.
        gap = self._gaps.pop(instance.instance_id, None)
        if delay := outgoing.body.get("delayMessage"):
            self._gaps[instance.instance_id] = delay
        between = self._spacing() if gap is None else gap
        return float(between + (outgoing.body.get("delayTyping") or 0))

    def _spacing(self) -> float:
        return self._gateway.random.uniform(*self._gateway.spacing)

    async def _take_out(self, instance: Instance, outgoing: Outgoing) -> None:
        gateway = self._gateway
        error = error_of(instance, outgoing, gateway.faults, gateway.clock())
        screen.apply(instance, outgoing, error)
        taken = callbacks.delivery(instance, gateway.moment(), outgoing, error)
        if error:
            await gateway.courier.deliver(instance, taken)
            return
        if gateway.faults.reorder_callbacks:
            for progress in Progress.READ, Progress.RECEIVED:
                await self._tell(instance, outgoing, progress)
            await gateway.courier.deliver(instance, taken)
            return
        await self._echo(instance, outgoing)
        await gateway.courier.deliver(instance, taken)
        gateway.tasks.spawn(self._receipts(instance, outgoing))

    async def _receipts(self, instance: Instance, outgoing: Outgoing) -> None:
        for progress in Progress.RECEIVED, Progress.READ:
            await sleep(self._spacing())
            if instance.up:
                await self._tell(instance, outgoing, progress)

    async def _tell(
        self, instance: Instance, outgoing: Outgoing, progress: Progress
    ) -> None:
        message = instance.chats.find(outgoing.phone, outgoing.message_id)
        if message and message.progress is not Progress.READ:
            message.progress = progress
        body = callbacks.message_status(
            instance, self._gateway.moment(), outgoing, progress.upper()
        )
        await self._gateway.courier.deliver(instance, body)

    async def _echo(self, instance: Instance, outgoing: Outgoing) -> None:
        body = callbacks.echo(
            instance,
            self._gateway.moment(),
            outgoing,
            self._gateway.base_url + self._link(instance, outgoing),
        )
        await self._gateway.courier.deliver(instance, body)
