"""How messages come to stand in the chats (docs/gateway.md, sections 5.4 and 6.2)."""

from typing import Any

from .chats import Message, Progress
from .delivery import original_of
from .exchange import short
from .instance import Instance, Outgoing
from .sends import REACTIONS, edited_by, kind_of, name_of

# What is no content, though it is an object.
_ENVELOPE = {"notificationParameters", "externalAdReply"}


def show(instance: Instance, outgoing: Outgoing, link: str) -> None:
    """Put a message that was queued into its chat; reactions and edits wait until they are sent."""
    if outgoing.route in REACTIONS or edited_by(outgoing.body) or not outgoing.phone:
        return
    body = outgoing.body
    message = Message(
        message_id=outgoing.message_id,
        kind=kind_of(outgoing.route),
        text=_text_of(body),
        content=body,
        at=outgoing.created,
        media=outgoing.media,
        link=link if outgoing.media else "",
        quoted=body.get("messageId", ""),
    )
    if name_of(outgoing.route) == "forward-message":
        _fill(message, original_of(instance, body))
    instance.chats.add(outgoing.phone, message)


def _fill(copy: Message, original: Message | None) -> None:
    copy.forwarded, copy.quoted = True, ""
    if original is not None:
        copy.kind, copy.text, copy.content = (
            original.kind,
            original.text,
            original.content,
        )
        copy.media, copy.link = original.media, original.link


def apply(instance: Instance, outgoing: Outgoing, error: str) -> None:
    """Show what became of a message that left the queue; an empty `error` is success."""
    body, find = outgoing.body, instance.chats.find
    if message := find(outgoing.phone, outgoing.message_id):
        message.error = error
        message.progress = Progress.FAILED if error else Progress.SENT
        return
    if error:
        return
    if edited := find(outgoing.phone, edited_by(body)):
        edit(edited, _text_of(body))
        edited.media = outgoing.media or edited.media
    elif outgoing.route in REACTIONS and (
        target := find(outgoing.phone, body["messageId"])
    ):
        react(target, instance.phone, body.get("reaction", ""))


def edit(message: Message, text: str) -> None:
    """Put a new text in the place of the old one."""
    message.edits.append(message.text)
    message.text = text


def react(message: Message, phone: str, emoji: str) -> None:
    """Set the reaction of a number; an empty `emoji` removes it."""
    message.reactions.pop(phone, None)
    if emoji:
        message.reactions[phone] = emoji


def show_received(
    instance: Instance, body: dict[str, Any], now: float, base_url: str
) -> None:
    """Put what a ReceivedCallback tells into its chat; of notices only a deletion shows.

    Args:
        instance: who received it.
        body: the callback.
        now: seconds since the epoch.
        base_url: where links to files of our own begin.
    """
    phone, message_id = str(body["phone"]), str(body.get("messageId", ""))
    if "notification" in body:
        deleted = instance.chats.find(phone, message_id)
        if deleted and body["notification"] == "REVOKE":
            deleted.deleted = True
        return
    kind = next(
        (
            key
            for key, value in body.items()
            if isinstance(value, dict) and key not in _ENVELOPE
        ),
        "",
    )
    if not kind:
        return
    content = body[kind]
    author = instance.phone if body.get("fromMe") else _author_of(body)
    if kind == "reaction":
        named = (content.get("referencedMessage") or {}).get("messageId", "")
        if target := instance.chats.find(phone, named):
            react(target, author, content.get("value", ""))
        return
    if kind == "pollVote":
        if poll := instance.chats.find(phone, content.get("pollMessageId", "")):
            poll.votes[author] = [option["name"] for option in content["options"]]
        return
    if body.get("isEdit") and (edited := instance.chats.find(phone, message_id)):
        edit(edited, _text_of(content))
        return
    instance.chats.add(
        phone,
        Message(
            message_id=message_id,
            kind=kind,
            text=_text_of(content),
            content=short(content),
            author="" if body.get("fromMe") else author,
            name=str(body.get("senderName") or ""),
            at=now,
            progress=Progress.RECEIVED,
            link=_own_link(content, base_url),
            forwarded=bool(body.get("forwarded")),
            quoted=str(body.get("referenceMessageId") or ""),
        ),
    )


def _author_of(body: dict[str, Any]) -> str:
    return str(body.get("participantPhone") or body["phone"])


def _own_link(content: dict[str, Any], base_url: str) -> str:
    start = f"{base_url}/media/"
    links = (value for value in content.values() if isinstance(value, str))
    found = next((link for link in links if link.startswith(start)), base_url)
    return found.removeprefix(base_url)


def _text_of(body: dict[str, Any]) -> str:
    found = (body.get(name) for name in ("message", "caption", "question"))
    return next((text for text in found if isinstance(text, str)), "")
