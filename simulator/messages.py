"""Routes that send, and the queue (docs/gateway.md, sections 3.4 and 6.2)."""

from datetime import UTC, datetime
from itertools import islice
import re
from typing import Any

from .endpoint import (
    DONE,
    EMPTY,
    NO_CONTENT,
    NOT_CONNECTED,
    Answer,
    Call,
    Handler,
    RefusalError,
    Routes,
)
from .gateway import QUEUE_LIMIT
from .instance import Outgoing

PHONE = re.compile(
    r"\d{8,15}|\d+@lid|\d+(-\d+)?-group|\d+-\d+|\d+@newsletter|\d+@broadcast"
)
NOT_TEXT = {
    "adminInviteMessage": dict,
    "buttonActions": list,
    "buttonList": dict,
    "carousel": list,
    "contacts": list,
    "event": dict,
    "optionList": dict,
    "order": dict,
    "poll": list,
    "pollVote": list,
}
SENDS = {
    "send-text": "phone message",
    "send-image": "phone image",
    "send-audio": "phone audio",
    "send-video": "phone video",
    "send-ptv": "phone ptv",
    "send-gif": "phone gif",
    "send-document/*": "phone document",
    "send-sticker": "phone sticker",
    "send-location": "phone title address latitude longitude",
    "send-contact": "phone contactName contactPhone",
    "send-contacts": "phone contacts",
    "send-link": "phone message image linkUrl title linkDescription",
    "send-reaction": "phone reaction messageId",
    "send-remove-reaction": "phone messageId",
    "send-poll": "phone message poll",
    "send-poll-vote": "phone pollMessageId pollVote",
    "send-button-list": "phone message buttonList",
    "send-button-actions": "phone message buttonActions",
    "send-button-otp": "phone message code",
    "send-button-pix": "phone pixKey type",
    "send-option-list": "phone message optionList",
    "send-carousel": "phone message carousel",
    "reply-button": "phone responseButtonId messageId",
    "reply-template-button": "phone responseTemplateButtonId messageId",
    "forward-message": "phone messageId messagePhone",
    "pin-message": "phone messageId messageAction pinMessageDuration",
    "send-call": "phone",
    "send-event": "phone event",
    "send-edit-event": "phone event eventMessageId",
    "send-event-response": "phone eventMessageId eventResponse",
    "send-text-status": "message",
    "send-image-status": "image",
    "send-video-status": "video",
    "reply-status-text": "phone message statusMessageId",
    "reply-status-gif": "phone gif statusMessageId",
    "reply-status-sticker": "phone sticker statusMessageId",
    "send-catalog": "phone catalogPhone",
    "send-product": "phone catalogPhone productId",
    "send-order": "phone order",
    "send-newsletter-admin-invite": "phone adminInviteMessage",
}
PLAIN = {
    "modify-chat": "phone action",
    "send-chat-expiration": "phone chatExpiration",
    "contacts/modify-blocked": "phone action",
}


def _check(call: Call, required: str) -> None:
    for name in required.split():
        if not call.field(name, NOT_TEXT.get(name, str)):
            raise RefusalError(400, f"{name} is required")
    if "phone" in required.split() and not PHONE.fullmatch(call.body["phone"]):
        raise RefusalError(400, "Invalid phone")
    if call.body.get("mentionAll") and not call.body["phone"].endswith("-group"):
        raise RefusalError(400, "mentionAll can only be used in groups")


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


def _send(route: str, required: str) -> Handler:
    async def handler(call: Call) -> Answer:
        _check(call, required)
        _check_queue(call)
        return Answer(
            _shape(route, await call.gateway.send(call.instance, call.path, call.body))
        )

    return handler


def _plain(required: str, answer: Answer) -> Handler:
    async def handler(call: Call) -> Answer:
        call.need_phone()
        _check(call, required)
        return answer

    return handler


async def delete_message(call: Call) -> Answer:
    """`DELETE messages?messageId=&phone=&owner=`."""
    for name in "messageId", "phone", "owner":
        if not call.query.get(name):
            raise RefusalError(400, f"{name} is required")
    return NO_CONTENT


async def list_queue(call: Call) -> Answer:
    """`POST queue`: at most 30 at a time, older ones first."""
    options = call.body if isinstance(call.body, dict) else {}
    return Answer(_page(call, options.get("pageSize", 20), options.get("pagingState")))


async def list_queue_obsolete(call: Call) -> Answer:
    """`GET queue?page=&pageSize=`; `page` has no effect."""
    size = call.query.get("pageSize", "20")
    return Answer(_page(call, int(size) if size.isdecimal() else 20, None))


def _page(call: Call, size: Any, cursor: Any) -> dict[str, Any]:
    if not isinstance(size, int) or size < 1:
        raise RefusalError(400, "pageSize is invalid")
    size = min(size, 30)
    after = int(cursor) if isinstance(cursor, str) and cursor.isdecimal() else 0
    waiting = (
        message for message in call.instance.queue.values() if message.number > after
    )
    found = list(islice(waiting, size + 1))
    shown = found[:size]
    more = len(found) > size
    return {
        "messages": [
            message.listed(call.instance.instance_id, _iso(message.created))
            for message in shown
        ],
        "pagingState": str(shown[-1].number) if more else None,
        "hasMore": more,
    }


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


async def count_queue(call: Call) -> Answer:
    """`GET queue/count`; the shape is unknown, so it can be chosen."""
    count, shape = len(call.instance.queue), call.gateway.faults.queue_count_shape
    return Answer(count if shape == "number" else {shape: count})


async def clear_queue(call: Call) -> Answer:
    """`DELETE queue`."""
    call.instance.queue.clear()
    return EMPTY


async def delete_queued(call: Call) -> Answer:
    """`DELETE queue/{zaapId}`."""
    call.instance.queue.pop(call.argument, None)
    return EMPTY


ROUTES: Routes = {
    **{route: {"POST": _send(route, required)} for route, required in SENDS.items()},
    **{route: {"POST": _plain(required, DONE)} for route, required in PLAIN.items()},
    "read-message": {"POST": _plain("phone messageId", NO_CONTENT)},
    "messages": {"DELETE": delete_message},
    "queue": {"POST": list_queue, "GET": list_queue_obsolete, "DELETE": clear_queue},
    "queue/count": {"GET": count_queue},
    "queue/*": {"DELETE": delete_queued},
}
