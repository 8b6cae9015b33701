"""What WhatsApp knows of chats and numbers, asked for by a person."""

from collections.abc import AsyncIterator, Sequence
from enum import StrEnum
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.util.json import JsonValueType

from ..api import ChatKind, ChatPage, ListedChat, ZapiClient, read_pages
from ..errors import async_answer
from .sender import ContentRefusedError
from .targets import parse_chats

_MAX_PAGES: Final = 20


class ChatList(StrEnum):
    """A list that Z-API has."""

    CHATS = "chats"
    CONTACTS = "contacts"
    GROUPS = "groups"


async def async_find_chats(
    hass: HomeAssistant, entry: ConfigEntry, kind: ChatList, query: str, limit: int
) -> list[JsonValueType]:
    """Return chats whose name or id has a text in it.

    Raises:
        HomeAssistantError: Z-API was not reached, or declined.
    """
    wanted = query.strip().casefold()
    found: dict[str, JsonValueType] = {}
    async for listed in _async_listed(hass, entry, kind):
        chat, name = listed.chat, listed.name
        if wanted in (name or "").casefold() or wanted in chat.id:
            found[chat.id] = {"id": chat.id, "name": name, "kind": chat.kind.value}
        if len(found) == limit:
            break
    return list(found.values())


async def _async_listed(
    hass: HomeAssistant, entry: ConfigEntry, kind: ChatList
) -> AsyncIterator[ListedChat]:
    """Give a list item by item."""
    client: ZapiClient = entry.runtime_data.coordinator.client
    fetch = {
        ChatList.CHATS: client.chats,
        ChatList.CONTACTS: client.contacts,
        ChatList.GROUPS: client.groups,
    }[kind]

    async def fetch_page(number: int, size: int) -> ChatPage:
        return await async_answer(hass, entry, fetch(number, size))

    async for page in read_pages(fetch_page, _MAX_PAGES):
        for listed in page.chats:
            yield listed


async def async_check_numbers(
    hass: HomeAssistant, entry: ConfigEntry, numbers: Sequence[str | int]
) -> list[JsonValueType]:
    """Return what WhatsApp knows of numbers, as they were given.

    Raises:
        SendError: one is no number.
        HomeAssistantError: Z-API was not reached, or declined.
    """
    client: ZapiClient = entry.runtime_data.coordinator.client
    asked = parse_chats(hass, numbers)
    if any(chat.kind is not ChatKind.PERSON or chat.is_lid for chat in asked):
        raise ContentRefusedError("invalid_number")
    checks = await async_answer(hass, entry, client.check_numbers(asked))
    return [
        {
            "number": str(given),
            "exists": check.exists,
            "phone": check.number.id if check.number else None,
            "lid": check.lid.id if check.lid else None,
        }
        for given, check in zip(numbers, checks, strict=True)
    ]
