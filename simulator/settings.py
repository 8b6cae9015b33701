"""Routes that change settings, webhooks among them (docs/gateway.md, sections 3 and 4)."""

from asyncio import sleep
from collections.abc import Callable
from typing import Any

from .courier import FILTERS
from .endpoint import DONE, SUCCESS, Answer, Call, Handler, RefusalError, Routes
from .faults import hit
from .instance import HOOKS

SECOND = HOOKS[1].field


async def _later(delay: float, change: Callable[[], object]) -> None:
    await sleep(delay)
    change()


def _apply(call: Call, change: Callable[[], object]) -> None:
    faults = call.gateway.faults
    if not hit(faults.put_true_not_applied, call.path):
        change()
    elif faults.applied_after:
        call.gateway.tasks.spawn(_later(faults.applied_after, change))


def _store(
    store: Callable[[Call], dict[str, Any]], key: str, kind: type, field: str = "value"
) -> Handler:
    async def handler(call: Call) -> Answer:
        value = call.field(field, kind)
        _apply(call, lambda: store(call).update({key: value}))
        return DONE

    return handler


def _setting(key: str, kind: type, field: str = "value") -> Handler:
    return _store(lambda call: call.instance.settings, key, kind, field)


def _profile(key: str) -> Handler:
    store = _store(lambda call: call.instance.profile, key, str)

    async def handler(call: Call) -> Answer:
        call.need_phone()
        return await store(call)

    return handler


async def update_name(call: Call) -> Answer:
    """`PUT update-name`."""
    value = call.field("value", str)
    _apply(call, lambda: setattr(call.instance, "name", value))
    return DONE


async def update_queue_settings(call: Call) -> Answer:
    """`PUT update-queue-settings`."""
    value = call.field("disableEnqueueWhenDisconnected", bool)
    _apply(
        call, lambda: call.instance.hidden.update(disableEnqueueWhenDisconnected=value)
    )
    return SUCCESS


def _write_webhooks(call: Call, fields: list[str]) -> None:
    gateway, faults, instance = call.gateway, call.gateway.faults, call.instance
    url = call.field("value", str)
    if url and faults.https_strict and not url.startswith("https://"):
        raise RefusalError(400, "The webhook URL must be HTTPS")
    written = [
        field
        for field in fields
        if not (field == SECOND and faults.second_receive_url_stale)
    ]
    _apply(
        call,
        lambda: instance.write_webhooks(dict.fromkeys(written, url), gateway.clock()),
    )
    if faults.foreign_url:
        url = faults.foreign_url
        gateway.tasks.spawn(
            _later(
                faults.foreign_after,
                lambda: gateway.set_webhooks(instance, url, *written),
            )
        )


def _webhook(field: str) -> Handler:
    async def handler(call: Call) -> Answer:
        _write_webhooks(call, [field])
        return DONE

    return handler


async def update_every_webhook(call: Call) -> Answer:
    """`PUT update-every-webhooks`: all seven slots, and the switch for own messages if given."""
    _write_webhooks(call, [hook.field for hook in HOOKS])
    if "notifySentByMe" in call.body:
        value = call.field("notifySentByMe", bool)
        _apply(
            call, lambda: call.instance.settings.update(receiveCallbackSentByMe=value)
        )
    return DONE


async def update_proxy_webhook(call: Call) -> Answer:
    """`PUT update-proxy-webhook`: taken, and shown nowhere."""
    call.field("value", str)
    return DONE


async def update_filters(call: Call) -> Answer:
    """`PUT update-filters`: a key left out keeps what it has."""
    given = {key: call.field(key, list) for key in FILTERS if key in call.body}
    for key, names in given.items():
        if not FILTERS[key].issuperset(names):
            raise RefusalError(400, f"{key} is invalid")
    _apply(call, lambda: call.instance.write_filters(given))
    return DONE


def _put(handler: Handler) -> dict[str, Handler]:
    return {"PUT": handler}


ROUTES: Routes = {
    **{hook.route: _put(_webhook(hook.field)) for hook in HOOKS},
    "update-every-webhooks": _put(update_every_webhook),
    "update-proxy-webhook": _put(update_proxy_webhook),
    "update-notify-sent-by-me": _put(
        _setting("receiveCallbackSentByMe", bool, "notifySentByMe")
    ),
    "update-filters": _put(update_filters),
    "update-name": _put(update_name),
    "update-auto-read-message": _put(_setting("autoReadMessage", bool)),
    "update-auto-read-status": _put(
        _store(lambda call: call.instance.hidden, "autoReadStatus", bool)
    ),
    "update-call-reject-auto": _put(_setting("callRejectAuto", bool)),
    "update-call-reject-message": _put(_setting("callRejectMessage", str)),
    "update-queue-settings": _put(update_queue_settings),
    "profile-name": _put(_profile("name")),
    "profile-description": _put(_profile("about")),
    "profile-picture": _put(_profile("imgUrl")),
}
