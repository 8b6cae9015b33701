"""What triggers tell of messages."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_CONFIG_ENTRY_ID, ATTR_ENTITY_ID, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from .api import Chat, IncomingLocation, Message
from .const import DOMAIN
from .device import async_get_message_event
from .messages.inbox import ChosenOption, ReceivedMessage
from .messages.matching import Candidate
from .messages.outbox import StatusChange


def of_message(hass: HomeAssistant, candidate: Candidate) -> dict[str, Any]:
    """Return what is told of a received message."""
    entry, received = candidate.entry, candidate.received
    message = received.message
    media = message.media
    told = {
        "id": message.id,
        "chat": message.chat.id,
        "kind": message.kind.value,
        "text": message.text,
        "sender": _sender(hass, entry, received),
        "group": message.is_group,
        "quoted_id": message.quoted_id,
        "media_url": media and media.url,
        "mime_type": media and media.mime_type,
        "file_name": media and media.file_name,
        "choice": _choice(candidate.answer),
        "location": _location(message.location),
        "from_me": message.from_me,
        "edited": message.is_edit,
        "forwarded": message.forwarded,
        "late": received.is_late,
        "at": _at(received),
    }
    return _about(hass, entry, received.recipient, told)


def of_call(hass: HomeAssistant, candidate: Candidate) -> dict[str, Any]:
    """Return what is told of a call."""
    entry, received = candidate.entry, candidate.received
    message: Message = received.message
    told = {
        "id": message.id,
        "chat": message.chat.id,
        "sender": _sender(hass, entry, received),
        "video": message.is_video,
        "at": _at(received),
    }
    return _about(hass, entry, received.recipient, told)


def of_status(
    hass: HomeAssistant, entry: ConfigEntry, change: StatusChange
) -> dict[str, Any]:
    """Return what is told of how far a message of ours came."""
    told = {
        "id": change.message_id,
        "chat": change.chat.id,
        "recipient": _notifier(hass, change.subentry_id),
    }
    return _about(hass, entry, change.subentry_id, told) | {
        "status": change.status.value,
        "reason": change.reason and change.reason.value,
        "participant": _id(change.participant),
    }


def _about(
    hass: HomeAssistant,
    entry: ConfigEntry,
    subentry_id: str | None,
    message: dict[str, Any],
) -> dict[str, Any]:
    """Return something of a message, with whose it is."""
    return {
        "message": message,
        ATTR_CONFIG_ENTRY_ID: entry.entry_id,
        ATTR_ENTITY_ID: async_get_message_event(hass, entry, subentry_id),
    }


def _sender(
    hass: HomeAssistant, entry: ConfigEntry, received: ReceivedMessage
) -> dict[str, Any]:
    """Return who wrote a message; a recipient is called as this house calls them."""
    sender, subentry_id = received.message.sender, received.sender_recipient
    known = entry.subentries.get(subentry_id or "")
    return {
        "name": known.title if known else sender.name,
        "phone": _id(sender.phone),
        "lid": _id(sender.lid),
        "recipient": _notifier(hass, subentry_id),
    }


def _notifier(hass: HomeAssistant, subentry_id: str | None) -> str | None:
    """Return the entity to write to a recipient with."""
    return er.async_get(hass).async_get_entity_id(
        Platform.NOTIFY, DOMAIN, subentry_id or ""
    )


def _choice(answer: ChosenOption | None) -> dict[str, Any] | None:
    if answer is None:
        return None
    return {
        "id": answer.id,
        "label": answer.label,
        "question_id": answer.question_id,
    }


def _location(location: IncomingLocation | None) -> dict[str, Any] | None:
    if location is None:
        return None
    return {
        "latitude": location.latitude,
        "longitude": location.longitude,
        "name": location.name,
        "address": location.address,
    }


def _id(chat: Chat | None) -> str | None:
    return chat.id if chat else None


def _at(received: ReceivedMessage) -> str:
    """Return when a message was sent, as far as it is known."""
    moment = received.moment or received.arrived
    return dt_util.as_local(dt_util.utc_from_timestamp(moment)).isoformat()
