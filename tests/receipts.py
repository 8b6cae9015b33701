"""Receipts as the gateway posts them, once they are read."""

import time
from typing import Any

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi.api import (
    Callback,
    Chat,
    DeliveryCallback,
    MessageStatus,
    MessageStatusCallback,
)
from custom_components.zapi.messages.outbox import Outbox

from .actions import MARIA
from .common import INSTANCE_ID

TERMS = "You must accept buttons message terms in panel to send this message."
SHADOW_BAN = "The message was not sent due to a likely shadow ban"
NO_PHONE = "Phone number does not exist"


def taken(message_id: str | None, zaap_id: str | None = None) -> DeliveryCallback:
    """Return that WhatsApp took a message."""
    return DeliveryCallback(
        INSTANCE_ID, None, Chat.from_gateway(MARIA), message_id, zaap_id, None, False
    )


def not_taken(
    message_id: str | None, error: str, zaap_id: str | None = None
) -> DeliveryCallback:
    """Return that WhatsApp did not take a message."""
    return DeliveryCallback(
        INSTANCE_ID, None, Chat.from_gateway(MARIA), message_id, zaap_id, error, False
    )


def status(
    status: MessageStatus | None, *message_ids: str, member: str | None = None
) -> MessageStatusCallback:
    """Return how far messages came."""
    return MessageStatusCallback(
        INSTANCE_ID,
        None,
        status,
        message_ids,
        Chat.from_gateway(MARIA),
        Chat.from_gateway(member),
    )


def hand_on(entry: MockConfigEntry, *incoming: Callback) -> None:
    """Hand callbacks of messages on to a loaded entry."""
    for one in incoming:
        entry.runtime_data.async_receive_message(one, time.time())


def receive_receipts(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Let an entry's options say that it receives receipts."""
    options: dict[str, Any] = {**entry.options, "receive": ["receipts"]}
    hass.config_entries.async_update_entry(entry, options=options)


def outbox_of(entry: MockConfigEntry) -> Outbox:
    """Return what an entry remembers."""
    outbox = entry.runtime_data.outbox
    assert isinstance(outbox, Outbox)
    return outbox


def state_of_message(entry: MockConfigEntry, message_id: str) -> str:
    """Return how far a message came."""
    sent = outbox_of(entry).find(message_id)
    assert sent
    return str(sent.state)
