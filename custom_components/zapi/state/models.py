"""What is known of an instance, and what changed."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from ..api import Device, Instance


class InstanceState(NamedTuple):
    """What is true of an instance; None is what the gateway did not say.

    Attributes:
        phone: the number connected now or last, digits with the country code.
        smartphone_connected: the phone itself is online.
        connected_since: when the number connected, while it is.
        last_disconnected: when it last disconnected.
        disconnect_reason: the gateway's sentence on that.
        queued: messages that wait; asked only while somebody wants to know.
    """

    connected: bool | None = None
    phone: str | None = None
    smartphone_connected: bool | None = None
    connected_since: datetime | None = None
    last_disconnected: datetime | None = None
    disconnect_reason: str | None = None
    queued: int | None = None
    instance: Instance | None = None
    device: Device | None = None


type ChangeSource = Literal["callback", "poll"]


@dataclass(frozen=True, slots=True)
class ConnectionChange:
    """One real change of the session, told once.

    Attributes:
        source: who told it first.
    """

    connected: bool
    phone: str | None = field(repr=False)
    reason: str | None
    source: ChangeSource

    @property
    def type(self) -> str:
        """The name of the change, as events have it."""
        return "connected" if self.connected else "disconnected"
