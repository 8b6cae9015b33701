"""Routes of the queue (docs/gateway.md, section 3.4)."""

from datetime import UTC, datetime
from itertools import islice
from typing import Any

from .endpoint import EMPTY, Answer, Call, RefusalError, Routes


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
    call.instance.unqueue(*list(call.instance.queue))
    return EMPTY


async def delete_queued(call: Call) -> Answer:
    """`DELETE queue/{zaapId}`."""
    call.instance.unqueue(call.argument)
    return EMPTY


ROUTES: Routes = {
    "queue": {"POST": list_queue, "GET": list_queue_obsolete, "DELETE": clear_queue},
    "queue/count": {"GET": count_queue},
    "queue/*": {"DELETE": delete_queued},
}
