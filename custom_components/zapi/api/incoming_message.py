"""A received message, from the body of its callback.

docs/gateway.md, section 5.4; https://developer.z-api.io/en/webhooks/on-message-received
"""

import re
from typing import Any
from zlib import crc32

from .chats import Chat, ChatKind
from .errors import ZapiCallbackError
from .incoming import Message, MessageKind, Sender
from .incoming_content import IncomingContent, read_content
from .values import boolean, identifier, name, text

_MENTION = re.compile(r"(?<!\w)@([0-9]{5,20})(?!\w)")
_NOT_IN_NOTICES = re.compile(r"[^A-Z0-9]+")
_MAX_NOTICE_CHARS = 64

_NOTICES = {
    "REVOKE": MessageKind.DELETED,
    "WA_OLD_REGISTRATION": MessageKind.REGISTRATION_CODE,
}
_FAMILIES_OF_NOTICES = {
    "CALL_": MessageKind.CALL,
    "GROUP_": MessageKind.GROUP,
    "MEMBERSHIP_": MessageKind.GROUP,
    "REVOKED_MEMBERSHIP_": MessageKind.GROUP,
}
# These may tell of no chat but the instance's own.
_OF_THE_ACCOUNT = {MessageKind.ACCOUNT, MessageKind.REGISTRATION_CODE}


def read_message(body: dict[str, Any]) -> Message:
    """Read a message; what is not usable in it is left out.

    Args:
        body: of a ``ReceivedCallback``.

    Raises:
        ZapiCallbackError: it names no chat.
    """
    quoted_id = identifier(body.get("referenceMessageId"))
    content = _content(body, quoted_id)
    from_me = boolean(body.get("fromMe")) is True
    says_group = boolean(body.get("isGroup")) is True
    chat = _chat(body, content["kind"], from_me=from_me, is_group=says_group)
    is_group = says_group or chat.kind is ChatKind.GROUP
    is_private = not is_group and chat.kind is ChatKind.PERSON
    number, lid = (
        _person(chat.id, *_other_ids(body, from_me=from_me))
        if is_private
        else _member(body)
    )
    chat_name, sender_name = name(body.get("chatName")), name(body.get("senderName"))
    if from_me:
        sender = Sender(_person(body.get("connectedPhone"))[0], None, sender_name)
    else:
        sender = Sender(number, lid, sender_name or (chat_name if is_private else None))
    return Message(
        id=identifier(body.get("messageId")),
        chat=chat,
        chat_lid=lid if is_private else None,
        chat_name=chat_name,
        sender=sender,
        is_group=is_group,
        from_me=from_me,
        from_api=boolean(body.get("fromApi")),
        quoted_id=quoted_id,
        mentions=_mentions(content.get("text")) if is_group else (),
        forwarded=boolean(body.get("forwarded")) is True,
        **content,
    )


def _content(body: dict[str, Any], quoted_id: str | None) -> IncomingContent:
    """Read what happened, in the order in which the gateway's signs count."""
    if notice := text(body.get("notification")):
        return _notice(body, notice)
    if boolean(body.get("waitingMessage")):
        view_once = boolean(body.get("viewOnce")) is True
        return {"kind": MessageKind.WAITING, "view_once": view_once}
    content = read_content(body, quoted_id)
    if boolean(body.get("isEdit")):
        content["edit_id"] = _edit_id(body, content.get("text"))
        if (media := content.get("media")) and media.url is None:
            # The caption alone was edited.
            content["media"] = None
    return content


def _notice(body: dict[str, Any], written: str) -> IncomingContent:
    notice = _NOT_IN_NOTICES.sub("_", written[:_MAX_NOTICE_CHARS].upper()).strip("_")
    kind = _NOTICES.get(notice, MessageKind.ACCOUNT)
    for beginning, family in _FAMILIES_OF_NOTICES.items():
        if notice.startswith(beginning):
            kind = family
    says_video = boolean(body.get("isVideo")) is True or "VIDEO" in notice
    return {
        "kind": kind,
        "is_video": kind is MessageKind.CALL and says_video,
        "notification": notice or None,
    }


def _edit_id(body: dict[str, Any], new_text: str | None) -> str:
    """Return the id of an edit.

    One without an id is told by its text, since a repeated callback has another moment.
    """
    if found := identifier(body.get("editMessageId")):
        return found
    return f"{crc32((new_text or '').encode()):08x}"


def _chat(
    body: dict[str, Any], kind: MessageKind, *, from_me: bool, is_group: bool
) -> Chat:
    """Return where it happened; never a member for a group.

    Raises:
        ZapiCallbackError: that is not known.
    """
    values = [body.get("phone")]
    if not is_group:
        values += _other_ids(body, from_me=from_me)
    if kind in _OF_THE_ACCOUNT:
        values.append(body.get("connectedPhone"))
    for value in values:
        if chat := Chat.from_gateway(value):
            return chat
    raise ZapiCallbackError("the body names no chat")


def _other_ids(body: dict[str, Any], *, from_me: bool) -> list[object]:
    """Return what else may name the person in a private chat."""
    # Of one's own messages the sender is not who the chat is with.
    return [body.get("chatLid"), None if from_me else body.get("senderLid")]


def _member(body: dict[str, Any]) -> tuple[Chat | None, Chat | None]:
    """Return number and private id of who wrote where several may."""
    found = _person(
        body.get("participantPhone"), body.get("participantLid"), body.get("senderLid")
    )
    if any(found):
        return found
    reaction, answer = body.get("reaction"), body.get("eventResponse")
    return _person(
        reaction.get("reactionBy") if isinstance(reaction, dict) else None,
        answer.get("responseFrom") if isinstance(answer, dict) else None,
    )


def _person(*values: object) -> tuple[Chat | None, Chat | None]:
    """Return the number and the private id among values, either in any place."""
    number = lid = None
    for value in values:
        chat = Chat.from_gateway(value) if value else None
        if chat is None or chat.kind is not ChatKind.PERSON:
            continue
        if chat.is_lid:
            lid = lid or chat
        else:
            number = number or chat
    return number, lid


def _mentions(written: str | None) -> tuple[str, ...]:
    """Return whom a text mentions, each once."""
    if written is None or "@" not in written:
        return ()
    return tuple(dict.fromkeys(_MENTION.findall(written)))
