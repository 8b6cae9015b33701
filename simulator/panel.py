"""What the control page can have the gateway do: one action each (docs/gateway.md, section 7)."""

from collections.abc import Awaitable, Callable
from typing import Any

from .exchange import Exchange
from .gateway import Gateway
from .instance import Instance

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


async def _message(
    gateway: Gateway, instance: Instance, body: dict[str, Any]
) -> Result:
    content = body.pop("content", "Is the gate closed?")
    if phone := body.get("phone"):
        body.setdefault("name", instance.contacts.get(phone, phone))
    return await gateway.receive_message(instance, content, **body)


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


ACTIONS: dict[str, Action] = {
    "scan": _scan,
    "connect": _connect,
    "disconnect": _disconnect,
    "phone_offline": _phone_offline,
    "lose_session": _lose_session,
    "expire_plan": _expire_plan,
    "renew_plan": _renew_plan,
    "delete": _delete,
    "message": _message,
    "inject": _inject,
    "webhook": _webhook,
    "filters": _filters,
}
"""By the last part of `POST /_control/{instance}/{action}`; the body holds the arguments."""
