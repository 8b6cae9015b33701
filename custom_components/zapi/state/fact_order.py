"""Which facts of a poll a callback has overtaken, by a counter instead of clocks."""

from typing import NamedTuple

from ..api import Device, Instance, Status
from .models import InstanceState


class Mark(NamedTuple):
    """How far things were when a poll began.

    Attributes:
        callbacks: how many callbacks had been accepted.
        instances: how often somebody else had brought an answer to ``/me``.
    """

    callbacks: int
    instances: int


class Found(NamedTuple):
    """What a poll brought; None is what it did not ask for, or did not get.

    Attributes:
        queued: how many messages wait to go out.
    """

    status: Status
    instance: Instance | None = None
    device: Device | None = None
    queued: int | None = None


class FactOrder:
    """Puts the facts of polls and callbacks in order.

    A poll notes how far things were when it began, and leaves alone each fact that
    somebody has told since.
    """

    def __init__(self) -> None:
        """Start with nothing told."""
        self._callbacks = 0
        self._connected_revision = 0
        self._phone_revision = 0
        self._instance_revision = 0

    def note_callback(self, *, has_phone: bool) -> None:
        """Note a callback that was accepted."""
        self._callbacks += 1
        self._connected_revision = self._callbacks
        if has_phone:
            self._phone_revision = self._callbacks

    def note_instance(self) -> None:
        """Note an answer to ``/me`` that no poll asked for."""
        self._instance_revision += 1

    def mark(self) -> Mark:
        """Return how far things are, for a poll that begins."""
        return Mark(self._callbacks, self._instance_revision)

    def is_overtaken(self, began: Mark) -> bool:
        """Return whether a callback was accepted since a poll began."""
        return self._callbacks > began.callbacks

    def merge(self, known: InstanceState, found: Found, began: Mark) -> InstanceState:
        """Return what is known once a poll has ended."""
        status, device = found.status, found.device
        known = known._replace(
            smartphone_connected=status.smartphone_connected, queued=found.queued
        )
        if found.instance and self._instance_revision == began.instances:
            known = known._replace(instance=found.instance)
        if device:
            known = known._replace(device=device)
            is_newer = self._phone_revision <= began.callbacks
            if status.connected and device.phone and is_newer:
                known = known._replace(phone=device.phone)
        if self._connected_revision <= began.callbacks:
            known = known._replace(connected=status.connected)
        return known
