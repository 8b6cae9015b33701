"""A recipient to notify."""

from asyncio import Task, current_task
from typing import override

from homeassistant.components.notify import NotifyEntity, NotifyEntityFeature
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import Text
from .device import recipient_device_info
from .messages.formatting import with_title
from .messages.recipients import chat_of
from .messages.sender import sent_signal
from .runtime import ZapiConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ZapiConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add an entity for each recipient, now and later."""

    @callback
    def add(recipient: ConfigSubentry) -> None:
        async_add_entities(
            [ZapiRecipient(entry, recipient)],
            config_subentry_id=recipient.subentry_id,
        )

    entry.async_on_unload(entry.runtime_data.recipients.async_add_listener(add))


class ZapiRecipient(NotifyEntity):
    """Sends texts to a recipient, and shows when something was last handed over.

    Available while its entry is loaded: Home Assistant skips one that is not without
    a word.
    """

    _attr_has_entity_name = True
    _attr_name = None
    _attr_supported_features = NotifyEntityFeature.TITLE

    def __init__(self, entry: ZapiConfigEntry, recipient: ConfigSubentry) -> None:
        """Initialize the entity."""
        self._entry = entry
        self._recipient = recipient
        self._sending: set[Task[object] | None] = set()
        self._attr_unique_id = recipient.subentry_id

    @property
    @override
    def device_info(self) -> DeviceInfo:
        """The recipient."""
        return recipient_device_info(self.hass, self._entry, self._recipient)

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to what is sent to the recipient."""
        await super().async_added_to_hass()
        self.async_on_remove(
            async_dispatcher_connect(
                self.hass, sent_signal(self._recipient.subentry_id), self._handle_sent
            )
        )

    @override
    async def async_send_message(self, message: str, title: str | None = None) -> None:
        """Send a text; the title is its first line, in bold.

        Raises:
            SendError: it was not sent, or nobody knows whether it was.
        """
        runtime = self._entry.runtime_data
        chat = chat_of(self._recipient, runtime.coordinator.data.phone)
        task = current_task()
        self._sending.add(task)
        try:
            await runtime.sender.async_send(
                chat,
                Text(with_title(message, title)),
                subentry_id=self._recipient.subentry_id,
            )
        finally:
            self._sending.discard(task)

    @callback
    def _handle_sent(self) -> None:
        # Home Assistant notes what was sent by its own action.
        if current_task() not in self._sending:
            self._async_record_notification()
