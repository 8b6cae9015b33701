"""Routes that send, and those that act on what stands in a chat (docs/gateway.md, section 6.2)."""

from typing import Any

from .chats import Progress
from .endpoint import (
    DONE,
    NO_CONTENT,
    NOT_CONNECTED,
    Answer,
    Call,
    Handler,
    RefusalError,
    Routes,
)
from .faults import hit
from .fields import PHONE, Fields, fields, media_in
from .gateway import QUEUE_LIMIT
from .instance import Outgoing
from .sends import SENDS, complaint

_PLAIN = {
    "modify-chat": fields("phone action", None),
    "send-chat-expiration": fields("phone chatExpiration", None),
    "contacts/modify-blocked": fields("phone action", None),
}
_READ = fields("phone messageId")


def _check_queue(call: Call) -> None:
    faults, instance = call.gateway.faults, call.instance
    down = not call.gateway.is_sending(instance)
    if down and (
        faults.refuse_when_down or instance.hidden["disableEnqueueWhenDisconnected"]
    ):
        raise RefusalError(400, NOT_CONNECTED)
    if faults.queue_full or (down and len(instance.queue) >= QUEUE_LIMIT):
        raise RefusalError(400, "The queue is full")


def _shape(route: str, message: Outgoing) -> dict[str, Any]:
    if route == "forward-message":
        return {"zaapId": message.zaap_id}
    ids = {"zaapId": message.zaap_id, "messageId": message.message_id}
    return ids if route.endswith("-status") else ids | {"id": message.message_id}


def _send(route: str) -> Handler:
    async def handler(call: Call) -> Answer:
        if wrong := complaint(route, call.body):
            raise RefusalError(400, wrong)
        if hit(call.gateway.faults.refused_phones, call.body.get("phone", "")):
            raise RefusalError(400, "Phone not exists")
        media = media_in(route, call.body)
        _check_queue(call)
        sent = await call.gateway.send(call.instance, call.path, call.body, media)
        return Answer(_shape(route, sent))

    return handler


def _check(call: Call, expected: Fields) -> None:
    call.need_phone()
    if not isinstance(call.body, dict):
        raise RefusalError(400, "The body is not an object")
    if wrong := expected.complaint(call.body):
        raise RefusalError(400, wrong)


def _plain(expected: Fields) -> Handler:
    async def handler(call: Call) -> Answer:
        _check(call, expected)
        return DONE

    return handler


async def read_message(call: Call) -> Answer:
    """`POST read-message`: a message that somebody else wrote counts as read."""
    _check(call, _READ)
    message = call.instance.chats.find(call.body["phone"], call.body["messageId"])
    if message and not message.from_me:
        message.progress = Progress.READ
    return NO_CONTENT


async def delete_message(call: Call) -> Answer:
    """`DELETE messages?messageId=&phone=&owner=`; `owner` says whether this instance wrote it."""
    call.need_phone()
    for name in "messageId", "phone", "owner":
        if not call.query.get(name):
            raise RefusalError(400, f"{name} is required")
    phone, owner = call.query["phone"], call.query["owner"]
    if not PHONE.fullmatch(phone):
        raise RefusalError(400, "Invalid phone")
    if owner not in {"true", "false"}:
        raise RefusalError(400, "owner is invalid")
    message = call.instance.chats.find(phone, call.query["messageId"])
    if message and message.from_me == (owner == "true"):
        message.deleted = True
    return NO_CONTENT


ROUTES: Routes = {
    **{route: {"POST": _send(route)} for route in SENDS},
    **{route: {"POST": _plain(expected)} for route, expected in _PLAIN.items()},
    "read-message": {"POST": read_message},
    "messages": {"DELETE": delete_message},
}
