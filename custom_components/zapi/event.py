"""When the session comes and goes, and what is received, as events."""

from typing import Any, override

from homeassistant.components.event import (
    EventEntity,
    EventEntityDescription,
    EventExtraStoredData,
)
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.helpers import restore_state
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import ATTR_PHONE, ATTR_REASON
from .device import (
    MESSAGE_EVENT,
    instance_device_info,
    message_event_id,
    recipient_device_info,
)
from .entity import ZapiEntity
from .messages.event_types import EVENT_TYPES, event_type
from .messages.inbox import ReceivedMessage
from .runtime import ZapiConfigEntry
from .state.models import ConnectionChange

PARALLEL_UPDATES = 0

CONNECTION = EventEntityDescription(
    key="connection",
    translation_key="connection",
    event_types=["connected", "disconnected"],
)
MESSAGE = EventEntityDescription(
    key=MESSAGE_EVENT, translation_key=MESSAGE_EVENT, event_types=EVENT_TYPES
)

_MAX_TEXT_CHARS = 1_000


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ZapiConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the events of an instance, and that of each recipient, now and later."""
    async_add_entities(
        [
            ZapiConnectionEvent(entry.runtime_data.coordinator, CONNECTION),
            ZapiMessageEvent(entry),
        ]
    )

    @callback
    def add(recipient: ConfigSubentry) -> None:
        async_add_entities(
            [ZapiMessageEvent(entry, recipient)],
            config_subentry_id=recipient.subentry_id,
        )

    entry.async_on_unload(entry.runtime_data.recipients.async_add_listener(add))


class ZapiConnectionEvent(ZapiEntity, EventEntity):
    """An event of each real change of the session, from a callback or a poll."""

    @property
    @override
    def available(self) -> bool:
        """Whether the last event may be shown: it stays true while the gateway is away.

        Home Assistant restores no event from an entity that was unavailable.
        """
        return True

    @property
    @override
    def _state_fingerprint(self) -> object:
        """Nothing: the state is written with each event alone."""
        return None

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to changes."""
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.async_add_change_listener(self._fire))

    @callback
    def _fire(self, change: ConnectionChange) -> None:
        self._trigger_event(
            change.type, {ATTR_PHONE: change.phone, ATTR_REASON: change.reason}
        )
        self.async_write_ha_state()


class ZapiMessageEvent(EventEntity):
    """An event of each message that others wrote: to the instance, or in one chat.

    Available while its entry is loaded: Home Assistant fires nothing for an event that
    ends a time in which it was not.

    What was written is kept nowhere: not by the recorder, and not in the file of states
    to restore. That holds whole states, so this entity is not in it, and brings back type
    and moment by itself.
    """

    _attr_has_entity_name = True
    _attr_should_poll = False
    _unrecorded_attributes = frozenset(
        {"message_id", "chat", "sender", "text", "media_url", "late"}
    )
    entity_description = MESSAGE

    def __init__(
        self, entry: ZapiConfigEntry, recipient: ConfigSubentry | None = None
    ) -> None:
        """Initialize the event of a recipient, or of the whole instance."""
        self._entry = entry
        self._recipient = recipient
        self._inbox = entry.runtime_data.inbox
        subentry_id = recipient.subentry_id if recipient else None
        self._key = subentry_id or entry.entry_id
        self._attr_unique_id = message_event_id(entry, subentry_id)

    @property
    @override
    def device_info(self) -> DeviceInfo:
        """The recipient, or the instance."""
        if self._recipient:
            return recipient_device_info(self.hass, self._entry, self._recipient)
        return instance_device_info(self._entry, self._entry.runtime_data.coordinator)

    @override
    async def async_get_last_state(self) -> State | None:
        """Return the state of the last event, without attributes."""
        last = self._inbox.memory.events.get(self._key)
        return State(self.entity_id, last[1]) if last else None

    @override
    async def async_get_last_event_data(self) -> EventExtraStoredData | None:
        """Return the type of the last event alone."""
        last = self._inbox.memory.events.get(self._key)
        return EventExtraStoredData(last[0], None) if last else None

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to messages."""
        await super().async_added_to_hass()
        restore_state.async_get(self.hass).entities.pop(self.entity_id, None)
        self.async_on_remove(self._inbox.async_add_listener(self._handle_message))

    @override
    async def async_internal_will_remove_from_hass(self) -> None:
        """Leave without a state to restore: ``RestoreEntity`` would store it."""
        await super(
            restore_state.RestoreEntity, self
        ).async_internal_will_remove_from_hass()

    @callback
    def _handle_message(self, received: ReceivedMessage) -> None:
        if received.is_own:
            return
        if self._recipient and received.recipient != self._recipient.subentry_id:
            return
        kind = event_type(received.message)
        self._trigger_event(kind, self._attributes(received))
        self._inbox.memory.events[self._key] = kind, self.state or ""
        self.async_set_context(received.context)
        self.async_write_ha_state()

    def _attributes(self, received: ReceivedMessage) -> dict[str, Any]:
        message = received.message
        text, media = message.text, message.media
        return {
            "message_id": message.id,
            "chat": message.chat.id,
            "sender": self._sender(received),
            "text": text and text[:_MAX_TEXT_CHARS],
            "media_url": media and media.url,
            "late": received.is_late,
        }

    def _sender(self, received: ReceivedMessage) -> str | None:
        """Return what somebody is called here, or calls themselves, or their id."""
        sender = received.message.sender
        if known := self._entry.subentries.get(received.sender_recipient or ""):
            return known.title
        chat = sender.phone or sender.lid
        return sender.name or (chat.id if chat else None)
