"""Messages as the gateway's callbacks tell of them, and those who listen."""

from collections.abc import Iterator
from itertools import count
import time
from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi.api import (
    Chat,
    ChatKind,
    Message,
    MessageKind,
    ReceivedCallback,
    Sender,
)
from custom_components.zapi.messages.inbox import Inbox, ReceivedMessage
from custom_components.zapi.messages.memory import _MEMORIES
from tests.actions import MARIA
from tests.common import INSTANCE_ID, async_set_up

_IDS: Iterator[int] = count()


def chat(chat_id: str | None) -> Chat | None:
    """Return a chat."""
    return Chat.parse(chat_id) if chat_id else None


def message(
    text: str | None = "Oi",
    *,
    message_id: str | None = "",
    kind: MessageKind = MessageKind.TEXT,
    where: str = MARIA,
    lid: str | None = None,
    author: str | None = None,
    author_lid: str | None = None,
    name: str | None = "Maria S.",
    from_me: bool = False,
    from_api: bool | None = False,
    **more: Any,
) -> Message:
    """Return a message, by default a text of Maria's with an id of its own."""
    place = Chat.parse(where)
    is_group = place.kind is ChatKind.GROUP
    if not is_group and author is None:
        author, author_lid = where, author_lid or lid
    writer = chat(author)
    return Message(
        id=f"ID{next(_IDS)}" if message_id == "" else message_id,
        kind=kind,
        chat=place,
        chat_lid=chat(lid),
        chat_name=name,
        sender=Sender(
            None if writer is None or writer.is_lid else writer,
            chat(author_lid) or (writer if writer and writer.is_lid else None),
            name,
        ),
        is_group=is_group,
        from_me=from_me,
        from_api=from_api,
        text=text,
        **more,
    )


def inbox_of(entry: MockConfigEntry) -> Inbox:
    """Return the inbox of a loaded entry."""
    inbox = entry.runtime_data.inbox
    assert isinstance(inbox, Inbox)
    return inbox


class Heard:
    """Takes messages in, and notes what the inbox tells its listeners."""

    def __init__(self, entry: MockConfigEntry) -> None:
        """Begin to listen."""
        self._entry = entry
        self.all: list[ReceivedMessage] = []
        self.listen()

    def listen(self) -> None:
        """Begin to listen anew, to the inbox of an entry that was set up again."""
        inbox_of(self._entry).async_add_listener(self.all.append)

    def receive(
        self,
        incoming: Message,
        age: float = 0,
        *,
        moment: float | None = None,
        waited: float = 0,
    ) -> ReceivedMessage | None:
        """Take a message in, and return what was told of it.

        Args:
            incoming: the message.
            age: how many seconds before its arrival it was sent.
            moment: when it was sent, if not that; 0 where the callback does not say.
            waited: for how many seconds it has waited here.
        """
        before, arrived = len(self.all), time.time() - waited
        sent = arrived - age if moment is None else moment
        self._entry.runtime_data.async_receive_message(
            ReceivedCallback(INSTANCE_ID, sent or None, incoming), arrived
        )
        told = self.all[before:]
        assert len(told) <= 1
        return told[0] if told else None


async def async_restart(
    hass: HomeAssistant, entry: MockConfigEntry, *, kill: bool = False
) -> None:
    """Let an entry be set up as by a Home Assistant that was stopped, or killed."""
    if not kill:
        hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
        await hass.async_block_till_done()
    await hass.config_entries.async_unload(entry.entry_id)
    memory = hass.data[_MEMORIES].pop(entry.entry_id)
    if memory._stop_listening:
        memory._stop_listening()
    await async_set_up(hass, entry)
