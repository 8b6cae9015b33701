"""What was sent lately: for replies, reactions, and what comes in about it."""

from asyncio import Event, timeout
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.storage import Store

from ..api import Chat, DeliveryCallback, DeliveryFailure, MessageStatusCallback
from ..const import DOMAIN
from ..listeners import Listeners
from .asked import AskedQuestions
from .questions import Option
from .receipts import (
    DeliveryState,
    EarlyReceipts,
    MemberStates,
    Receipt,
    receipt_of_delivery,
    receipts_of_status,
)

_VERSION: Final = 1
_MAX_MESSAGES: Final = 10_000
_SAVE_DELAY_SECONDS: Final = 60
_STATES: Final = {str(state): state for state in DeliveryState}


@dataclass(frozen=True, slots=True)
class SentRecord:
    """Where a message went, and how far it came.

    Attributes:
        chat: the chat that holds it.
        subentry_id: the recipient; None for somebody who is not saved.
        state: how far it came; in a group, with whomever it came furthest.
        reason: why it failed, unless that was before a restart.
        is_buttons: it has buttons.
    """

    chat: Chat = field(repr=False)
    subentry_id: str | None = None
    state: DeliveryState = DeliveryState.QUEUED
    reason: DeliveryFailure | None = None
    is_buttons: bool = False


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A message was handed over, or came further.

    Attributes:
        message_id: the message.
        chat: where it went.
        subentry_id: the recipient; None for somebody who is not saved.
        status: how far it came.
        reason: why it failed.
        participant: the member of a group with whom it came so far.
    """

    message_id: str
    chat: Chat = field(repr=False)
    subentry_id: str | None
    status: DeliveryState
    reason: DeliveryFailure | None
    participant: Chat | None = field(repr=False)


class Outbox:
    """Remembers the last messages of one instance, by their ids; no texts.

    Attributes:
        questions: those among them that ask something.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Initialize the outbox; ``async_load`` fills it."""
        self._hass = hass
        self._entry = entry
        self._store = _store(hass, entry)
        self._records: dict[str, SentRecord] = {}
        # Forwarded, and known by their id in Z-API's queue alone.
        self._unnamed: dict[str, SentRecord] = {}
        self._button_chats: set[str] = set()
        self._early = EarlyReceipts()
        self._members = MemberStates()
        self.questions = AskedQuestions()
        self._listeners = Listeners[StatusChange]()
        self._waits: set[Event] = set()
        self._is_ended = False
        self._is_save_due = False

    async def async_load(self) -> None:
        """Read what was remembered before, and begin."""
        stored: dict[str, Any] = await self._store.async_load() or {}
        states = stored.get("states", {})
        buttons = set(stored.get("buttons", ()))
        for message_id, chat_id, subentry_id in stored.get("sent", ()):
            if (chat := Chat.from_gateway(chat_id)) is not None:
                self._records[message_id] = SentRecord(
                    chat,
                    subentry_id,
                    _STATES.get(states.get(message_id), DeliveryState.QUEUED),
                    is_buttons=message_id in buttons,
                )
        self._button_chats = set(stored.get("button_chats", ()))
        self.questions.load(stored.get("questions", ()))
        self._entry.async_on_unload(
            self._hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, self._end_waits)
        )

    async def async_stop(self) -> None:
        """Write what was not written yet; the entry is being unloaded."""
        self._end_waits()
        if self._is_save_due:
            await self._store.async_save(self._data())

    @callback
    def async_add_listener(
        self, listener: Callable[[StatusChange], None]
    ) -> CALLBACK_TYPE:
        """Call the listener with each message, and whenever one came further."""
        return self._listeners.async_add(listener)

    @callback
    def record(
        self,
        message_id: str | None,
        chat: Chat,
        subentry_id: str | None = None,
        *,
        zaap_id: str | None = None,
        is_buttons: bool = False,
        options: Sequence[Option] = (),
    ) -> None:
        """Remember a message that was handed over, and forget the oldest.

        Args:
            message_id: its id, where Z-API gives one.
            chat: where it went.
            subentry_id: the recipient; None for somebody who is not saved.
            zaap_id: its id in Z-API's queue.
            is_buttons: it has buttons.
            options: what may be answered to it.
        """
        sent = SentRecord(chat, subentry_id, is_buttons=is_buttons)
        if message_id:
            self._add(message_id, sent)
            if options:
                self.questions.note(message_id, chat.canonical_id, options)
        elif zaap_id:
            self._unnamed[zaap_id] = sent
            _forget_oldest(self._unnamed)
        # The gateway may tell what became of it before it answers.
        self._receive_early(message_id, zaap_id)
        if message_id and self._records[message_id].state is DeliveryState.QUEUED:
            self._tell(message_id, DeliveryState.QUEUED)

    @callback
    def async_receive_delivery(self, incoming: DeliveryCallback) -> None:
        """Note whether WhatsApp took a message."""
        self._receive(receipt_of_delivery(incoming))

    @callback
    def async_receive_status(self, incoming: MessageStatusCallback) -> None:
        """Note how far messages came."""
        for receipt in receipts_of_status(incoming):
            self._receive(receipt)

    async def async_wait_until_sent(
        self, message_id: str, seconds: float
    ) -> SentRecord | None:
        """Wait until it is known whether WhatsApp took a message, or long enough.

        Returns:
            What is known then.
        """
        known = Event()

        @callback
        def handle_change(change: StatusChange) -> None:
            if change.message_id == message_id:
                known.set()

        sent = self.find(message_id)
        is_known = sent is None or sent.state is not DeliveryState.QUEUED
        if is_known or self._is_ended:
            return sent
        remove_listener = self.async_add_listener(handle_change)
        self._waits.add(known)
        try:
            async with timeout(seconds):
                await known.wait()
        except TimeoutError:
            pass
        finally:
            self._waits.discard(known)
            remove_listener()
        return self.find(message_id)

    @callback
    def find(self, message_id: str) -> SentRecord | None:
        """Return where a message went, if it was one of the last."""
        return self._records.get(message_id)

    @callback
    def last(self, chat: Chat) -> str | None:
        """Return the id of the last message that went to a chat."""
        wanted = chat.canonical_id
        return next(
            (
                message_id
                for message_id, sent in reversed(self._records.items())
                if sent.chat.canonical_id == wanted
                and sent.state is not DeliveryState.FAILED
            ),
            None,
        )

    @callback
    def has_delivered_buttons(self, chat: Chat) -> bool:
        """Return whether WhatsApp took buttons for a chat, the last time it was tried."""
        return chat.canonical_id in self._button_chats

    def diagnostics(self) -> dict[str, Any]:
        """Return counts."""
        records = self._records.values()
        return {
            "states": dict(Counter(sent.state for sent in records)),
            "failures": dict(Counter(sent.reason for sent in records if sent.reason)),
            "early_receipts": len(self._early),
            "chats_with_buttons": len(self._button_chats),
        }

    @callback
    def _receive(self, receipt: Receipt) -> None:
        message_id = self._find_id(receipt)
        if message_id is None:
            self._early.keep(receipt)
            return
        sent = self._records[message_id]
        is_further = receipt.state.is_beyond(sent.state)
        if receipt.participant:
            is_news = self._members.advance(
                message_id, receipt.participant, receipt.state
            )
        else:
            is_news = is_further
        if is_further:
            sent = replace(sent, state=receipt.state, reason=receipt.reason)
            self._records[message_id] = sent
            self._note_buttons(sent)
            self._save_soon()
        if is_news:
            self._tell(message_id, receipt.state, receipt.participant)

    def _find_id(self, receipt: Receipt) -> str | None:
        """Return the id of a message of ours; a forwarded one gets its id here."""
        if receipt.message_id in self._records:
            return receipt.message_id
        if not receipt.zaap_id or receipt.zaap_id not in self._unnamed:
            return None
        message_id = receipt.message_id or receipt.zaap_id
        self._add(message_id, self._unnamed.pop(receipt.zaap_id))
        self._receive_early(message_id, None)
        return message_id

    def _receive_early(self, message_id: str | None, zaap_id: str | None) -> None:
        for receipt in self._early.take(message_id, zaap_id):
            self._receive(receipt)

    def _note_buttons(self, sent: SentRecord) -> None:
        if not sent.is_buttons:
            return
        if sent.state is DeliveryState.FAILED:
            self._button_chats.discard(sent.chat.canonical_id)
        else:
            self._button_chats.add(sent.chat.canonical_id)

    def _tell(
        self,
        message_id: str,
        status: DeliveryState,
        participant: Chat | None = None,
    ) -> None:
        sent = self._records[message_id]
        reason = sent.reason if status is DeliveryState.FAILED else None
        self._listeners.async_call(
            StatusChange(
                message_id, sent.chat, sent.subentry_id, status, reason, participant
            )
        )

    def _add(self, message_id: str, sent: SentRecord) -> None:
        self._records[message_id] = sent
        _forget_oldest(self._records)
        self._save_soon()

    @callback
    def _end_waits(self, _event: object = None) -> None:
        """Let whoever waits go on: nothing more will be known."""
        self._is_ended = True
        for known in self._waits:
            known.set()

    def _save_soon(self) -> None:
        if not self._is_save_due:
            # Once: each further call would put it off.
            self._is_save_due = True
            self._store.async_delay_save(self._data, _SAVE_DELAY_SECONDS)

    def _data(self) -> dict[str, Any]:
        self._is_save_due = False
        return {
            "sent": [
                (message_id, sent.chat.id, sent.subentry_id)
                for message_id, sent in self._records.items()
            ],
            "states": {
                message_id: sent.state
                for message_id, sent in self._records.items()
                if sent.state is not DeliveryState.QUEUED
            },
            "buttons": [
                message_id
                for message_id, sent in self._records.items()
                if sent.is_buttons
            ],
            "button_chats": sorted(self._button_chats),
            "questions": list(self.questions.data()),
        }


def _forget_oldest(records: dict[str, SentRecord]) -> None:
    if len(records) > _MAX_MESSAGES:
        del records[next(iter(records))]


async def async_remove_outbox(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Forget all that was sent; the entry is being removed."""
    await _store(hass, entry).async_remove()


def _store(hass: HomeAssistant, entry: ConfigEntry) -> Store[dict[str, Any]]:
    return Store(
        hass,
        _VERSION,
        f"{DOMAIN}.outbox.{entry.entry_id}",
        private=True,
        atomic_writes=True,
    )
