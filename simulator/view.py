"""Chats as JSON for the control page."""

from itertools import islice
from typing import Any

from .chats import Message
from .instance import Instance

SHOWN_CHATS = 50
SHOWN_MESSAGES = 100


def chats_of(instance: Instance) -> list[dict[str, Any]]:
    """Give those who can write to the number, whoever was last first: `phone`, `name`, `text`, `at` (seconds), `count`."""
    found = [
        _summary(instance, phone, name) for phone, name in instance.names().items()
    ]
    found.sort(key=lambda chat: chat["at"], reverse=True)
    return found[:SHOWN_CHATS]


def _summary(instance: Instance, phone: str, name: str) -> dict[str, Any]:
    chat = {"phone": phone, "name": name, "text": "", "at": 0.0, "count": 0}
    if phone not in instance.chats:
        return chat
    found = instance.chats[phone]
    last = found.last
    text = last.text or last.kind
    return chat | {"text": text[:80], "at": last.at, "count": len(found.messages)}


def messages_of(instance: Instance, phone: str) -> list[dict[str, Any]]:
    """Give the last 100 messages of a chat, oldest first; none if nothing was written there."""
    if phone not in instance.chats:
        return []
    messages = instance.chats[phone].messages
    latest = list(islice(reversed(messages.values()), SHOWN_MESSAGES))
    return [_message(instance, message, messages) for message in reversed(latest)]


def _message(
    instance: Instance, message: Message, chat: dict[str, Message]
) -> dict[str, Any]:
    quoted = chat.get(message.quoted)
    return {
        "id": message.message_id,
        "from_me": message.from_me,
        "author": message.author,
        "name": message.name,
        "kind": message.kind,
        "text": message.text,
        "content": message.content,
        "at": message.at,
        "progress": message.progress,
        "error": message.error,
        "link": message.link,
        "mime": message.media.mime if message.media else "",
        "quoted": bool(message.quoted),
        "quoted_text": (quoted.text or quoted.kind) if quoted else "",
        "forwarded": message.forwarded,
        "deleted": message.deleted,
        "edits": message.edits,
        "votes": message.votes,
        "reactions": [
            {
                "emoji": emoji,
                "phone": phone,
                "name": "this number"
                if phone == instance.phone
                else instance.contacts.get(phone, phone),
            }
            for phone, emoji in message.reactions.items()
        ],
    }
