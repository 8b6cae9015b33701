"""Sends to chats: in order within each, and never twice."""

from asyncio import Lock, Semaphore
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from weakref import WeakValueDictionary

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.dispatcher import async_dispatcher_send

from ..api import (
    Buttons,
    Chat,
    Content,
    InvalidInputError,
    MediaContent,
    Sent,
    ZapiAuthError,
    ZapiConnectionError,
    ZapiError,
    ZapiUnreachableError,
    encode,
)
from ..const import DOMAIN
from ..coordinator import ZapiCoordinator
from ..errors import failure_key
from .outbox import Outbox
from .questions import Option

CONF_WHEN_DISCONNECTED: Final = "when_disconnected"
WHEN_DISCONNECTED_QUEUE: Final = "queue"
WHEN_DISCONNECTED_FAIL: Final = "fail"

QUEUED: Final = "queued"
QUEUED_OFFLINE: Final = "queued_offline"

_MAX_CHATS_AT_ONCE: Final = 4


class SendError(HomeAssistantError):
    """Something was not sent, or nobody knows whether it was.

    Attributes:
        reason: why, in snake case; its text is translated and names nobody.
    """

    def __init__(self, reason: str, **placeholders: str) -> None:
        """Take the reason, which is the key of the text."""
        super().__init__(
            translation_domain=DOMAIN,
            translation_key=reason,
            translation_placeholders=placeholders,
        )
        self.reason = reason


class ContentRefusedError(SendError, ServiceValidationError):
    """What was to be sent breaks a rule: whoever asked for it can change that."""


@dataclass(frozen=True, slots=True)
class SentMessage:
    """What is known of a message that was handed over.

    Attributes:
        message_id: WhatsApp's id; None where Z-API gives none.
        zaap_id: the id in Z-API's queue.
        state: ``queued``, or ``queued_offline`` while the number is disconnected; after a
            wait for what became of it also ``sent`` or ``failed``.
        reason: why it failed.
    """

    message_id: str | None
    zaap_id: str | None
    state: str
    reason: str | None = None


def sent_signal(subentry_id: str) -> str:
    """Return the dispatcher's signal of each success with a recipient."""
    return f"{DOMAIN}_sent_{subentry_id}"


def refusal(err: InvalidInputError) -> ContentRefusedError:
    """Return what Home Assistant raises for input that breaks a rule."""
    return ContentRefusedError(err.key, **err.placeholders)


class Sender:
    """Sends what one instance has to say."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        coordinator: ZapiCoordinator,
        outbox: Outbox,
    ) -> None:
        """Initialize the sender."""
        self._hass = hass
        self._entry = entry
        self._coordinator = coordinator
        self._outbox = outbox
        self._chat_locks: WeakValueDictionary[str, Lock] = WeakValueDictionary()
        self._slots = Semaphore(_MAX_CHATS_AT_ONCE)

    async def async_send(
        self,
        chat: Chat,
        content: Content,
        *,
        subentry_id: str | None = None,
        when_disconnected: str | None = None,
        options: Sequence[Option] = (),
    ) -> SentMessage:
        """Hand something over to Z-API, after what goes to the same chat already.

        Args:
            chat: where it goes.
            content: what goes there.
            subentry_id: the recipient; None for somebody who is not saved.
            when_disconnected: ``queue`` or ``fail``, if not what the options say.
            options: what may be answered to it.

        Raises:
            SendError: it was not sent, or nobody knows whether it was.
        """
        try:
            content.check(chat)
        except InvalidInputError as err:
            raise refusal(err) from err
        lock = self._chat_locks.setdefault(chat.canonical_id, Lock())
        async with lock, self._slots:
            # What is known may have changed while this waited for its turn.
            state = self._state(when_disconnected)
            sent = await self._async_request(chat, content)
        if content.is_message:
            self._outbox.record(
                sent.message_id,
                chat,
                subentry_id,
                zaap_id=sent.zaap_id,
                is_buttons=isinstance(content, Buttons),
                options=options,
            )
        if subentry_id:
            async_dispatcher_send(self._hass, sent_signal(subentry_id))
        return SentMessage(sent.message_id, sent.zaap_id, state)

    @callback
    def is_sending(self) -> bool:
        """Return whether something is being handed over, and has no id yet."""
        return any(lock.locked() for lock in self._chat_locks.values())

    def _state(self, when_disconnected: str | None) -> str:
        if self._coordinator.data.connected is not False:
            return QUEUED
        wish = when_disconnected or self._entry.options.get(CONF_WHEN_DISCONNECTED)
        if wish == WHEN_DISCONNECTED_FAIL:
            raise SendError("not_connected")
        return QUEUED_OFFLINE

    async def _async_request(self, chat: Chat, content: Content) -> Sent:
        body = None
        if isinstance(content, MediaContent):
            body = await self._hass.async_add_executor_job(encode, content, chat)
        try:
            return await self._coordinator.client.send(chat, content, body)
        except ZapiError as err:
            if isinstance(err, ZapiAuthError):
                self._entry.async_start_reauth(self._hass)
            raise SendError(_reason(err), error=str(err)) from err


def _reason(err: ZapiError) -> str:
    """Return why a send failed: a connection that broke leaves it open whether."""
    if isinstance(err, ZapiConnectionError) and not isinstance(
        err, ZapiUnreachableError
    ):
        return "outcome_unknown"
    return failure_key(err)
