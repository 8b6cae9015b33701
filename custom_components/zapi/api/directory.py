"""What an instance knows of chats, contacts, groups and numbers, as frozen values.

docs/gateway.md, section 6.3. An answer that is empty means unknown, never no. Names and
numbers stand in no ``repr``.
"""

from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field
from typing import Any, Self

from .chats import Chat
from .values import boolean, epoch, words

PAGE_SIZE = 50

# The first that says something: what the owner calls somebody, then what they call
# themselves. Only contacts have more than ``name``.
_NAMES = ("name", "notify", "vname", "short")


@dataclass(frozen=True, slots=True)
class ListedChat:
    """A chat as ``GET chats``, ``GET contacts`` and ``GET groups`` list it.

    Attributes:
        chat: its id, and what it is.
        name: what it is called, one line; None where that is nothing, or its id.
        last_message_at: when something was last said there, in seconds since 1970
            (chats give them, groups give milliseconds); None for contacts.
        is_saved: the owner of the phone gave it a name; the others of the contacts are
            members of shared groups.
    """

    chat: Chat = field(repr=False)
    name: str | None = field(repr=False)
    last_message_at: float | None
    is_saved: bool = False

    @classmethod
    def from_json(cls, data: object) -> Self | None:
        """Read an item, None for one without an id to send to."""
        if not isinstance(data, dict):
            return None
        if (chat := Chat.from_gateway(data.get("phone"))) is None:
            return None
        said = (words(data.get(key)) for key in _NAMES)
        names = [None if name == chat.id else name for name in said]
        return cls(
            chat=chat,
            name=next(filter(None, names), None),
            last_message_at=epoch(data.get("lastMessageTime")),
            is_saved=names[0] is not None,
        )


@dataclass(frozen=True, slots=True)
class ChatPage:
    """A page of ``GET chats``, ``GET contacts`` or ``GET groups``.

    https://developer.z-api.io/en/chats/get-chats,
    https://developer.z-api.io/en/contacts/get-contacts,
    https://developer.z-api.io/en/group/get-groups

    Attributes:
        chats: the items that can be read, in the gateway's order.
        size: how many items there were: the last page has fewer than were asked for.
    """

    chats: tuple[ListedChat, ...]
    size: int

    @classmethod
    def from_json(cls, data: object) -> Self:
        """Read the answer; what is not a list has nothing."""
        items = data if isinstance(data, list) else []
        found = (ListedChat.from_json(item) for item in items)
        return cls(tuple(chat for chat in found if chat), len(items))


async def read_pages(
    fetch: Callable[[int, int], Awaitable[ChatPage]], most: int
) -> AsyncIterator[ChatPage]:
    """Give the pages of a list, until one is short, or begins as the one before did.

    Args:
        fetch: returns a page by its number, the first is 1, and its size.
        most: how many pages to ask for at the most.
    """
    first: ListedChat | None = None
    for number in range(1, most + 1):
        page = await fetch(number, PAGE_SIZE)
        if first and page.chats[:1] == (first,):
            return
        yield page
        if page.size < PAGE_SIZE:
            return
        first = page.chats[0] if page.chats else None


@dataclass(frozen=True, slots=True)
class NumberCheck:
    """What WhatsApp knows of a number (``POST phone-exists-batch``).

    Attributes:
        asked: the number that was asked about.
        exists: it has WhatsApp; None is unknown.
        number: the number as WhatsApp has it, which settles the ninth digit.
        lid: its private id.
    """

    asked: Chat = field(repr=False)
    exists: bool | None
    number: Chat | None = field(repr=False)
    lid: Chat | None = field(repr=False)


def number_checks(data: object, asked: Sequence[Chat]) -> tuple[NumberCheck, ...]:
    """Read the answer to ``POST phone-exists-batch``: a check for each number asked.

    A number that the answer leaves out is unknown.

    https://developer.z-api.io/en/contacts/get-iswhatsapp-batch

    Args:
        data: a list, or the bare object that ``GET phone-exists`` was seen to give.
        asked: the numbers that were asked about.
    """
    items = data if isinstance(data, list) else [data]
    either_form: dict[str, dict[str, Any]] = {}
    exact: dict[str, dict[str, Any]] = {}
    for item in (item for item in items if isinstance(item, dict)):
        for chat in _numbers_in(item):
            exact.setdefault(chat.id, item)
            either_form.setdefault(chat.canonical_id, item)
    return tuple(
        _check(chat, exact.get(chat.id) or either_form.get(chat.canonical_id, {}))
        for chat in asked
    )


def _check(asked: Chat, answer: Mapping[str, Any]) -> NumberCheck:
    exists = boolean(answer.get("exists"))
    if exists is not True:
        return NumberCheck(asked, exists, None, None)
    number = answer.get("outputPhone") or answer.get("phone")
    return NumberCheck(
        asked, exists, Chat.from_gateway(number), _lid(answer.get("lid"))
    )


def _numbers_in(item: Mapping[str, Any]) -> Iterator[Chat]:
    """Give the numbers that an item of the answer is about."""
    for name in ("inputPhone", "outputPhone", "phone"):
        if (chat := Chat.from_gateway(item.get(name))) is not None:
            yield chat


def _lid(value: object) -> Chat | None:
    chat = Chat.from_gateway(value)
    return chat if chat is not None and chat.is_lid else None
