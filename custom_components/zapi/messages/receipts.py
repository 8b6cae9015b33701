"""What receipts say of a message, in whatever order they come."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
import time
from typing import Final

from ..api import (
    Chat,
    DeliveryCallback,
    DeliveryFailure,
    MessageStatus,
    MessageStatusCallback,
    delivery_failure,
)

_MAX_EARLY: Final = 200
_EARLY_SECONDS: Final = 120
_MAX_MEMBERS: Final = 10_000


class DeliveryState(StrEnum):
    """How far a message came, the least first; it never goes back.

    ``FAILED`` stands amid them: WhatsApp may fail what it took, but what arrived did
    not fail.
    """

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"

    def is_beyond(self, other: DeliveryState) -> bool:
        """Return whether this is further than another."""
        return _RANKS[self] > _RANKS[other]


_RANKS = {state: rank for rank, state in enumerate(DeliveryState)}
_OF_STATUS = {
    MessageStatus.SENT: DeliveryState.SENT,
    MessageStatus.RECEIVED: DeliveryState.DELIVERED,
    MessageStatus.READ: DeliveryState.READ,
    MessageStatus.PLAYED: DeliveryState.PLAYED,
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one callback says of one message.

    Attributes:
        message_id: the message.
        zaap_id: its id in Z-API's queue, which is all that is known of a forwarded one.
        state: how far it came.
        reason: why it failed.
        participant: the member of a group whom it is about.
    """

    message_id: str | None
    zaap_id: str | None
    state: DeliveryState
    reason: DeliveryFailure | None = None
    participant: Chat | None = field(default=None, repr=False)


def receipt_of_delivery(incoming: DeliveryCallback) -> Receipt:
    """Return whether WhatsApp took a message."""
    state, reason = DeliveryState.SENT, None
    if incoming.is_shadow_ban:
        state, reason = DeliveryState.FAILED, DeliveryFailure.SHADOW_BAN
    elif incoming.error is not None:
        state, reason = DeliveryState.FAILED, delivery_failure(incoming.error)
    return Receipt(incoming.message_id, incoming.zaap_id, state, reason)


def receipts_of_status(incoming: MessageStatusCallback) -> Iterator[Receipt]:
    """Give how far each message came; nothing of those that are not ours."""
    if incoming.status is None:
        return
    state = _OF_STATUS[incoming.status]
    for message_id in incoming.message_ids:
        yield Receipt(message_id, None, state, participant=incoming.participant)


class EarlyReceipts:
    """Keeps receipts of messages whose send was not answered yet, for a while.

    Most are of messages that other programs sent.
    """

    def __init__(self) -> None:
        """Initialize without receipts."""
        self._kept: deque[tuple[float, Receipt]] = deque(maxlen=_MAX_EARLY)

    def __len__(self) -> int:
        """Return how many are kept."""
        return len(self._kept)

    def keep(self, receipt: Receipt) -> None:
        """Keep a receipt of a message that is not known."""
        self._forget_old()
        self._kept.append((time.monotonic(), receipt))

    def take(self, message_id: str | None, zaap_id: str | None) -> list[Receipt]:
        """Return the receipts of a message in order, and forget them."""
        self._forget_old()
        found = [
            one
            for one in self._kept
            if (message_id and one[1].message_id == message_id)
            or (zaap_id and one[1].zaap_id == zaap_id)
        ]
        for one in found:
            self._kept.remove(one)
        return [receipt for _, receipt in found]

    def _forget_old(self) -> None:
        oldest = time.monotonic() - _EARLY_SECONDS
        while self._kept and self._kept[0][0] < oldest:
            self._kept.popleft()


class MemberStates:
    """How far messages came with single members of groups; the oldest are forgotten."""

    def __init__(self) -> None:
        """Initialize without members."""
        self._states: dict[tuple[str, str], DeliveryState] = {}

    def advance(self, message_id: str, member: Chat, state: DeliveryState) -> bool:
        """Note how far a message came with a member; return whether that is news."""
        key = message_id, member.canonical_id
        if not state.is_beyond(self._states.get(key, DeliveryState.QUEUED)):
            return False
        self._states[key] = state
        if len(self._states) > _MAX_MEMBERS:
            del self._states[next(iter(self._states))]
        return True
