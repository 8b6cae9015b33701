"""From the call of an action to those whom it means."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from homeassistant.components.notify import DOMAIN as NOTIFY_DOMAIN
from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigSubentry
from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.service import async_get_config_entry
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)

from ..api import Chat, ChatError
from ..const import CONF_RECEIVE, DOMAIN
from .caller import Caller
from .message_chats import MessageChat
from .outbox import Outbox
from .recipients import CONF_CHAT, CONF_LID, chat_of
from .sender import SendError, refusal

ATTR_MESSAGE_ID: Final = "message_id"
ATTR_REPLY_TO: Final = "reply_to"
ATTR_TO: Final = "to"
# Instead of a message's id: the last message that went to the same chat.
LAST: Final = "last"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody whom an action means.

    Attributes:
        entry: the instance that sends.
        name: what to call them, for texts that others may read.
        chat: where it goes; None where there is a problem.
        subentry: who they are; None for somebody who is not saved.
        entity_id: their notify entity, None likewise.
        problem: why nothing can be sent.
    """

    entry: ConfigEntry
    name: str = field(repr=False)
    chat: Chat | None = None
    subentry: ConfigSubentry | None = field(default=None, repr=False)
    entity_id: str | None = None
    problem: SendError | None = None

    @property
    def ids(self) -> set[str]:
        """Return all that tells them from others."""
        ids: set[str] = set()
        if self.chat:
            ids.add(self.chat.canonical_id)
        if self.subentry:
            ids.add(self.subentry.subentry_id)
            ids.add(self.subentry.data[CONF_LID] or self.subentry.subentry_id)
        return ids

    @property
    def subentry_id(self) -> str | None:
        """Return the id of who they are, None for somebody who is not saved."""
        return self.subentry.subentry_id if self.subentry else None

    @property
    def chat_id(self) -> str | None:
        """Return the id of their chat, as far as it is known."""
        if self.chat:
            return self.chat.id
        return str(self.subentry.data[CONF_CHAT]) if self.subentry else None

    @property
    def receives(self) -> Collection[str]:
        """Return what the instance receives, by its options."""
        wanted: Collection[str] = self.entry.options.get(CONF_RECEIVE, ())
        return wanted

    @property
    def outbox(self) -> Outbox:
        """Return what was sent lately by the instance, which is loaded."""
        outbox: Outbox = self.entry.runtime_data.outbox
        return outbox


def has_target(call: ServiceCall) -> bool:
    """Return whether a call says whom it means."""
    return TargetSelection(call.data).has_any_target or bool(call.data.get(ATTR_TO))


async def async_recipients(hass: HomeAssistant, call: ServiceCall) -> list[Recipient]:
    """Return everybody whom a call means, each once.

    One that answers a message and names nobody means the chat of that message.

    Raises:
        ServiceValidationError: it means nobody, or somebody who cannot be made out.
        Unauthorized: the caller may not write to one of them.
    """
    caller = await Caller.async_of(hass, call.context)
    quoted = call.data.get(ATTR_REPLY_TO, LAST)
    if quoted != LAST and not has_target(call):
        return [_of_message(hass, call, quoted, caller)]
    found = [*_saved(hass, call, caller), *_unsaved(hass, call, caller)]
    if not found:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="no_recipient"
        )
    return list(_once(found))


async def async_message_recipients(
    hass: HomeAssistant, call: ServiceCall
) -> list[Recipient]:
    """Return in whose chats the message of a call stands.

    Raises:
        ServiceValidationError: it is not known where, or there are several chats.
        Unauthorized: the caller may not write to one of them.
    """
    message_id = call.data[ATTR_MESSAGE_ID]
    if has_target(call):
        recipients = await async_recipients(hass, call)
        if len(recipients) > 1 and message_id != LAST:
            raise ServiceValidationError(
                translation_domain=DOMAIN, translation_key="one_chat_only"
            )
        return recipients
    caller = await Caller.async_of(hass, call.context)
    return [_of_message(hass, call, message_id, caller)]


def chat_of_message(entry: ConfigEntry, message_id: str) -> MessageChat | None:
    """Return where a message stands that was sent or received lately."""
    runtime = entry.runtime_data
    if sent := runtime.outbox.find(message_id):
        return MessageChat(sent.chat, sent.subentry_id)
    received: MessageChat | None = runtime.inbox.memory.chats.find(message_id)
    return received


def _entries(hass: HomeAssistant, call: ServiceCall) -> list[ConfigEntry]:
    """Return the instances that may have sent or received a message."""
    if entry_id := call.data.get(ATTR_CONFIG_ENTRY_ID):
        return [async_get_config_entry(hass, DOMAIN, entry_id)]
    return hass.config_entries.async_loaded_entries(DOMAIN)


def _saved(hass: HomeAssistant, call: ServiceCall, caller: Caller) -> list[Recipient]:
    """Return those whom the target of a call means."""
    found = []
    for entity in _entities(hass, TargetSelection(call.data)):
        caller.check_entity(entity.entity_id)
        found.append(_recipient(hass, entity))
    return found


def _entities(
    hass: HomeAssistant, selection: TargetSelection
) -> list[er.RegistryEntry]:
    """Return the entities of recipients that a target refers to, by their ids.

    Areas and labels may hold other things, and recipients that are disabled; who names
    one is told.
    """
    registry = er.async_get(hass)
    selected = async_extract_referenced_entity_ids(hass, selection)
    found = {}
    for entity_id in selected.referenced:
        entity = registry.async_get(entity_id)
        if entity is None or not _is_recipient(entity):
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="not_a_recipient",
                translation_placeholders={"entity": entity_id},
            )
        found[entity_id] = entity
    for entity_id in selected.indirectly_referenced:
        entity = registry.async_get(entity_id)
        if entity and _is_recipient(entity) and not entity.disabled:
            found[entity_id] = entity
    for device_id in selection.device_ids:
        for entity in er.async_entries_for_device(
            registry, device_id, include_disabled_entities=True
        ):
            if _is_recipient(entity) and entity.disabled:
                found[entity.entity_id] = entity
    return [found[entity_id] for entity_id in sorted(found)]


def _is_recipient(entity: er.RegistryEntry) -> bool:
    return entity.domain == NOTIFY_DOMAIN and entity.platform == DOMAIN


@callback
def _recipient(hass: HomeAssistant, entity: er.RegistryEntry) -> Recipient:
    """Return the recipient whom an entity stands for."""
    entry = hass.config_entries.async_get_known_entry(entity.config_entry_id or "")
    subentry = entry.subentries[entity.unique_id]
    chat = problem = None
    if entity.disabled:
        problem = SendError("recipient_disabled")
    elif entry.state is not ConfigEntryState.LOADED:
        problem = SendError("not_loaded")
    else:
        try:
            chat = chat_of(subentry, entry.runtime_data.coordinator.data.phone)
        except SendError as err:
            problem = err
    return Recipient(entry, subentry.title, chat, subentry, entity.entity_id, problem)


def _unsaved(
    hass: HomeAssistant, call: ServiceCall, caller: Caller
) -> Iterator[Recipient]:
    """Give those whom a call names by number or id."""
    written = call.data.get(ATTR_TO)
    if not written:
        return
    caller.check_everything()
    entry = async_get_config_entry(hass, DOMAIN, call.data.get(ATTR_CONFIG_ENTRY_ID))
    for chat in parse_chats(hass, written):
        yield Recipient(entry, chat.masked, chat)


def parse_chats(hass: HomeAssistant, written: Iterable[str | int]) -> list[Chat]:
    """Return the chats that somebody wrote, in the country of this Home Assistant.

    Raises:
        SendError: one of them is none.
    """
    try:
        return [Chat.parse(one, hass.config.country) for one in written]
    except ChatError as err:
        raise refusal(err) from err


def _once(recipients: Iterable[Recipient]) -> Iterator[Recipient]:
    """Give each recipient of an instance once, whatever they were named by."""
    seen: set[tuple[str, str]] = set()
    for recipient in recipients:
        ids = {(recipient.entry.entry_id, one) for one in recipient.ids}
        if seen.isdisjoint(ids):
            yield recipient
        seen |= ids


def _of_message(
    hass: HomeAssistant, call: ServiceCall, message_id: str, caller: Caller
) -> Recipient:
    """Return in whose chat a message stands.

    Raises:
        ServiceValidationError: that is not known.
        Unauthorized: the caller may not write there.
    """
    for entry in _entries(hass, call):
        if found := chat_of_message(entry, message_id):
            return _of_chat(hass, entry, *found, caller)
    caller.check_everything()
    raise ServiceValidationError(
        translation_domain=DOMAIN, translation_key="message_unknown"
    )


def _of_chat(
    hass: HomeAssistant,
    entry: ConfigEntry,
    chat: Chat,
    subentry_id: str | None,
    caller: Caller,
) -> Recipient:
    subentry = entry.subentries.get(subentry_id or "")
    entity_id = er.async_get(hass).async_get_entity_id(
        NOTIFY_DOMAIN, DOMAIN, subentry_id or ""
    )
    if subentry is None or entity_id is None:
        caller.check_everything()
        return Recipient(entry, chat.masked, chat)
    caller.check_entity(entity_id)
    return Recipient(entry, subentry.title, chat, subentry, entity_id)
