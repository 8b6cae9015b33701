"""What tests of the integration have in common."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any, override
from unittest.mock import patch

from aiohttp import ClientResponse, ClientTimeout
from aiohttp.test_utils import TestClient
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.util.file import WriteError
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from yarl import URL

from custom_components.zapi.api import CallbackType
from custom_components.zapi.const import DOMAIN
from custom_components.zapi.webhooks.ledger import Choice, async_get_ledger
from simulator import Gateway, Instance

CLIENT_TOKEN = "F0123456789abcdef0123456789abcdefS"
INSTANCE_ID = "AAAA0000BBBB1111CCCC2222DDDD3333"
TOKEN = "EEEE4444FFFF5555AAAA6666"
PHONE = "5544999999999"
WEBHOOK_ID = "c0ffee" * 10 + "c0de"
EXTERNAL_URL = "https://ha.example.org"
HOOK_URL = f"{EXTERNAL_URL}/api/webhook/{WEBHOOK_ID}"
# The webhooks that an entry takes.
KINDS = (CallbackType.CONNECTED, CallbackType.DISCONNECTED)
HOOK_FIELDS = ("connectedCallbackUrl", "disconnectedCallbackUrl")
# Where other systems listen.
FOREIGN_URL = "https://n8n.example.com/webhook/whatsapp?secret=1"
OTHER_URL = "https://other.example.net/hook"


class Disk(dict[str, Any]):
    """What Home Assistant has stored, on a disk that may have no room for our part."""

    is_full = False

    @override
    def __setitem__(self, key: str, value: Any) -> None:
        """Store something, as Home Assistant's own ``Store`` does last."""
        if self.is_full and key.startswith(DOMAIN):
            raise WriteError("No space left on device")
        super().__setitem__(key, value)


class WebhookTransport:
    """Takes what the gateway posts to Home Assistant, whatever its address."""

    def __init__(self, clients: ClientSessionGenerator) -> None:
        """Open no connection yet: Home Assistant may not be up."""
        self._clients = clients
        self._client: TestClient[Any, Any] | None = None

    @asynccontextmanager
    async def post(
        self,
        url: str,
        *,
        data: bytes,
        headers: dict[str, str],
        allow_redirects: bool,
        timeout: ClientTimeout,  # noqa: ASYNC109
    ) -> AsyncIterator[ClientResponse]:
        """Post as the gateway does."""
        if self._client is None:
            self._client = await self._clients()
        async with self._client.post(
            URL(url).path, data=data, headers=headers, timeout=timeout
        ) as response:
            yield response


@dataclass(frozen=True)
class Scene:
    """One number at the gateway, and its entry in Home Assistant."""

    hass: HomeAssistant
    gateway: Gateway
    instance: Instance
    entry: MockConfigEntry
    issue_registry: ir.IssueRegistry


async def async_set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set an entry up and wait until it has done at the gateway what it will."""
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def async_set_up_only(
    hass: HomeAssistant, entry: MockConfigEntry, platform: Platform
) -> None:
    """Set an entry up with one platform."""
    with patch("custom_components.zapi.PLATFORMS", [platform]):
        await async_set_up(hass, entry)


async def async_open_options(
    hass: HomeAssistant, entry: MockConfigEntry, step_id: str = "webhooks"
) -> dict[str, Any]:
    """Open the options of a connected number, and choose from their menu."""
    options = hass.config_entries.options
    menu = await options.async_init(entry.entry_id)
    assert menu["type"] is FlowResultType.MENU
    assert menu["menu_options"] == ["webhooks", "sending", "receive"]
    return dict(
        await options.async_configure(menu["flow_id"], {"next_step_id": step_id})
    )


def state_of(hass: HomeAssistant, entity_id: str) -> str:
    """Return the state of an entity that exists."""
    state = hass.states.get(entity_id)
    assert state
    return state.state


async def async_wait(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float
) -> None:
    """Let what is under way end, then time pass, then what that sets off end."""
    await hass.async_block_till_done(wait_background_tasks=True)
    freezer.tick(timedelta(seconds=seconds))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


def recipient(
    name: str, chat: str, lid: str | None = None, **data: bool
) -> ConfigSubentry:
    """Return a recipient that is not part of an entry yet."""
    return ConfigSubentry(
        data=MappingProxyType({"chat": chat, "lid": lid, **data}),
        subentry_type="recipient",
        title=name,
        unique_id=chat,
    )


async def async_add_recipients(
    hass: HomeAssistant, entry: MockConfigEntry, *recipients: ConfigSubentry
) -> None:
    """Add recipients to an entry."""
    for one in recipients:
        hass.config_entries.async_add_subentry(entry, one)
    await hass.async_block_till_done(wait_background_tasks=True)


def requests(gateway: Gateway) -> list[str]:
    """Return what the gateway was asked, such as ``GET status``."""
    return [
        f"{exchange.method} {exchange.path}"
        for exchange in gateway.exchanges
        if exchange.direction == "in"
    ]


def hooks(instance: Instance) -> list[str]:
    """Return what stands at the gateway for the two callbacks that we need."""
    return [instance.webhooks[field] for field in HOOK_FIELDS]


def writes(gateway: Gateway) -> list[str]:
    """Return what was written at the gateway."""
    return [asked for asked in requests(gateway) if asked.startswith("PUT")]


def issues(registry: ir.IssueRegistry) -> list[ir.IssueEntry]:
    """Return what Home Assistant asks a person to repair here."""
    return [issue for issue in registry.issues.values() if issue.domain == DOMAIN]


async def async_agree(hass: HomeAssistant, url: str, choice: Choice) -> None:
    """Answer as a person does whom the flow shows a foreign URL."""
    ledger = await async_get_ledger(hass)
    await ledger.async_record_consent(INSTANCE_ID, dict.fromkeys(KINDS, url), choice)


def before[**P, R](
    method: Callable[P, Awaitable[R]], act: Callable[[int], object]
) -> Callable[P, Awaitable[R]]:
    """Return the method with an act before each call, which is told its number."""
    calls = 0

    async def acting(*args: P.args, **kwargs: P.kwargs) -> R:
        nonlocal calls
        calls += 1
        act(calls)
        return await method(*args, **kwargs)

    return acting
