"""Actions as people and automations call them."""

from typing import Any

from homeassistant.core import Context, HomeAssistant

from custom_components.zapi.const import DOMAIN
from simulator import Gateway

MARIA = "5544988888888"
JOAO = "5511987654321"
GROUP = "120363000000000001-group"
LID = "111122223333444@lid"
EVERYBODY = ["notify.joao", "notify.maria", "notify.familia"]


async def call(
    hass: HomeAssistant,
    action: str,
    *,
    answer: bool = False,
    context: Context | None = None,
    **data: Any,
) -> Any:
    """Call an action."""
    return await hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=answer, context=context
    )


def posted(gateway: Gateway) -> list[tuple[str, str, Any]]:
    """Return what was asked of the gateway but for the polls."""
    return [
        (exchange.method, exchange.path, exchange.request)
        for exchange in gateway.exchanges
        if exchange.direction == "in" and exchange.method in {"POST", "DELETE"}
    ]


async def a_message(hass: HomeAssistant, entity_id: str = "notify.maria") -> str:
    """Send something, and return its id."""
    answer = await call(
        hass, "send_message", answer=True, entity_id=entity_id, message="Oi"
    )
    return str(answer["messages"][0]["message_id"])


def body(phone: str, **more: Any) -> dict[str, Any]:
    """Return a body with the chat that it goes to."""
    return {"phone": phone, **more}
