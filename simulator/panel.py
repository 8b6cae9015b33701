"""What the control page can have the gateway do: one action each (docs/gateway.md, section 7)."""

from collections.abc import Awaitable, Callable
from typing import Any

from .exchange import Exchange
from .gateway import Gateway
from .instance import Instance
from .writer import Writer

type Result = list[Exchange] | None
type Action = Callable[[Gateway, Instance, dict[str, Any]], Awaitable[Result]]


async def _scan(gateway: Gateway, instance: Instance, body: dict[str, Any]) -> Result:
    return await gateway.scan_qr(instance, body.get("phone"))


async def _connect(
    gateway: Gateway, instance: Instance, body: dict[str, Any]
) -> Result:
    return await gateway.connect(instance, body.get("phone"))


async def _disconnect(
    gateway: Gateway, instance: Instance, body: dict[str, Any]
) -> Result:
    return await gateway.disconnect(instance, **body)


async def _lose_session(
    gateway: Gateway, instance: Instance, body: dict[str, Any]
) -> Result:
    return await gateway.lose_session(instance, **body)


async def _phone_offline(
    gateway: Gateway, instance: Instance, _body: dict[str, Any]
) -> Result:
    gateway.phone_offline(instance)
    return None


async def _expire_plan(
    gateway: Gateway, instance: Instance, _body: dict[str, Any]
) -> Result:
    gateway.expire_plan(instance)
    return None


async def _renew_plan(
    gateway: Gateway, instance: Instance, _body: dict[str, Any]
) -> Result:
    gateway.renew_plan(instance)
    return None


async def _delete(
    gateway: Gateway, instance: Instance, _body: dict[str, Any]
) -> Result:
    gateway.delete(instance)
    return None


def _done_by_writer(do: Callable[..., Awaitable[Result]]) -> Action:
    """Make an action of what a `Writer` does; who that is stands in the body too."""

    async def act(gateway: Gateway, instance: Instance, body: dict[str, Any]) -> Result:
        who = {name: body.pop(name) for name in _WRITER if name in body}
        return await do(Writer(gateway=gateway, instance=instance, **who), **body)

    return act


async def _inject(gateway: Gateway, instance: Instance, body: dict[str, Any]) -> Result:
    return await gateway.inject(instance, body)


async def _webhook(
    gateway: Gateway, instance: Instance, body: dict[str, Any]
) -> Result:
    gateway.set_webhooks(instance, str(body.get("url", "")), *body.get("webhooks", ()))
    return None


async def _filters(
    gateway: Gateway, instance: Instance, body: dict[str, Any]
) -> Result:
    gateway.set_filters(instance, body)
    return None


_WRITER = "phone", "name", "group", "own"

ACTIONS: dict[str, Action] = {
    "scan": _scan,
    "connect": _connect,
    "disconnect": _disconnect,
    "phone_offline": _phone_offline,
    "lose_session": _lose_session,
    "expire_plan": _expire_plan,
    "renew_plan": _renew_plan,
    "delete": _delete,
    "message": _done_by_writer(Writer.write),
    "send": _done_by_writer(Writer.send),
    "press": _done_by_writer(Writer.press),
    "vote": _done_by_writer(Writer.vote),
    "react": _done_by_writer(Writer.react),
    "edit": _done_by_writer(Writer.edit),
    "revoke": _done_by_writer(Writer.revoke),
    "inject": _inject,
    "webhook": _webhook,
    "filters": _filters,
}
"""By the last part of `POST /_control/{instance}/{action}`; the body holds the arguments."""
