"""A gateway on this machine, and a Home Assistant that it can reach."""

from collections.abc import AsyncGenerator, AsyncIterator, Generator
import logging
from unittest.mock import patch

from aiohttp import web
from aiohttp.test_utils import TestServer
from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import CONF_TOKEN, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.entity import Entity
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, mock_storage
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion

import custom_components.zapi as integration
from custom_components.zapi.api import ZapiClient
from custom_components.zapi.const import (
    CONF_API_URL,
    CONF_CLIENT_TOKEN,
    CONF_INSTANCE_ID,
    DOMAIN,
)
from simulator import Gateway, Instance, State, make_app

from .actions import GROUP, JOAO, LID, MARIA
from .common import (
    CLIENT_TOKEN,
    EXTERNAL_URL,
    INSTANCE_ID,
    PHONE,
    TOKEN,
    WEBHOOK_ID,
    Disk,
    Scene,
    WebhookTransport,
    async_add_recipients,
    async_set_up,
    recipient,
)
from .line import Line
from .odd_server import Oddity
from .translations import Texts


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what may take longest, or a worker does that alone in the end."""
    items.sort(key=_may_take, reverse=True)


def _may_take(item: pytest.Item) -> float:
    """Return the seconds that a test asks for, 0 for those of the usual."""
    marker = item.get_closest_marker("timeout")
    return float(marker.args[0]) if marker else 0.0


@pytest.fixture(autouse=True)
def _custom_integrations(enable_custom_integrations: None) -> None:
    """Let Home Assistant find the integration."""


@pytest.fixture(autouse=True)
def _texts(caplog: pytest.LogCaptureFixture) -> Generator[None]:
    """Fail when something is shown that has no text, or Home Assistant logs that we are at fault."""
    texts = Texts()
    with texts.watching():
        yield
    records = [
        record for when in ("setup", "call") for record in caplog.get_records(when)
    ]
    complaints = texts.complaints + [
        record.getMessage()
        for record in records
        if _is_a_fault(record) or _frowns_on_us(record.getMessage())
    ]
    assert not complaints, complaints


def _is_a_fault(record: logging.LogRecord) -> bool:
    """Tell whether somebody caught what we should not have raised."""
    # aiohttp's own log is of the servers that the tests run, some of them broken on purpose.
    return (
        record.levelno >= logging.ERROR
        and record.exc_info is not None
        and not record.name.startswith("aiohttp.")
    )


def _frowns_on_us(message: str) -> bool:
    return DOMAIN in message and any(
        word in message
        for word in (
            "deprecated",
            "will stop working",
            "Detected that",
            "blocking call",
        )
    )


@pytest.fixture
def hass_storage() -> Generator[Disk]:
    """Return the disk on which Home Assistant stores."""
    disk = Disk()
    with mock_storage(disk):
        yield disk


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Serialise as Home Assistant's own tests do."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
async def gateway(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> AsyncGenerator[Gateway]:
    """Return a gateway that is being served."""
    gateway = Gateway(CLIENT_TOKEN, session=WebhookTransport(hass_client_no_auth))
    server = TestServer(make_app(gateway))
    await server.start_server(access_log=None)
    gateway.base_url = str(server.make_url("")).rstrip("/")
    yield gateway
    await gateway.close()
    await server.close()


@pytest.fixture
async def oddity(socket_enabled: None) -> AsyncGenerator[Oddity]:
    """Return a server that answers whatever it is told to."""
    oddity = Oddity()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", oddity.answer)
    async with TestServer(app) as server:
        oddity.url = str(server.make_url("")).rstrip("/")
        yield oddity


@pytest.fixture
async def odd_client(hass: HomeAssistant, oddity: Oddity) -> ZapiClient:
    """Return a client of the server that answers oddly."""
    return ZapiClient(
        async_get_clientsession(hass), INSTANCE_ID, TOKEN, CLIENT_TOKEN, oddity.url
    )


@pytest.fixture
def instance(gateway: Gateway) -> Instance:
    """Return the gateway's one instance, connected."""
    return gateway.add(
        INSTANCE_ID, TOKEN, name="Casa", phone=PHONE, state=State.CONNECTED
    )


@pytest.fixture
def entry(hass: HomeAssistant, gateway: Gateway, instance: Instance) -> MockConfigEntry:
    """Return the instance's entry, added and not yet set up."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Casa",
        unique_id=INSTANCE_ID,
        data={
            CONF_INSTANCE_ID: INSTANCE_ID,
            CONF_TOKEN: TOKEN,
            CONF_CLIENT_TOKEN: CLIENT_TOKEN,
            CONF_API_URL: gateway.base_url,
            CONF_WEBHOOK_ID: WEBHOOK_ID,
        },
    )
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
def scene(
    hass: HomeAssistant,
    gateway: Gateway,
    instance: Instance,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> Scene:
    """Return a number and its entry, added and not yet set up."""
    return Scene(hass, gateway, instance, entry, issue_registry)


@pytest.fixture
def clock(gateway: Gateway, freezer: FrozenDateTimeFactory) -> FrozenDateTimeFactory:
    """Return a clock that stands still, at the gateway too."""
    freezer.move_to("2026-06-01 12:00:00+00:00")
    gateway.clock = lambda: dt_util.utcnow().timestamp()
    return freezer


@pytest.fixture
def all_enabled() -> Generator[None]:
    """Enable the entities that are disabled by default."""
    with patch.object(Entity, "entity_registry_enabled_default", True):
        yield


@pytest.fixture
async def hass_with_url(hass: HomeAssistant) -> HomeAssistant:
    """Return Home Assistant with an HTTPS address."""
    await hass.config.async_update(external_url=EXTERNAL_URL)
    return hass


@pytest.fixture
async def loaded(
    hass_with_url: HomeAssistant, entry: MockConfigEntry
) -> MockConfigEntry:
    """Return the entry, set up and registered at the gateway."""
    await async_set_up(hass_with_url, entry)
    return entry


@pytest.fixture
def set_ups(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the entries that were set up, in order."""
    done: list[str] = []
    set_up = integration.async_setup_entry

    async def counting(hass: HomeAssistant, entry: MockConfigEntry) -> bool:
        done.append(entry.entry_id)
        return await set_up(hass, entry)

    monkeypatch.setattr(integration, "async_setup_entry", counting)
    return done


@pytest.fixture
async def house(
    hass_with_url: HomeAssistant, loaded: MockConfigEntry, instance: Instance
) -> MockConfigEntry:
    """Return the loaded entry with recipients: two people, a group and oneself."""
    hass = hass_with_url
    instance.groups[GROUP] = "Família"
    hass.config.country = "BR"
    hass.states.async_set(
        "zone.home",
        "0",
        {"latitude": -23.5, "longitude": -51.5, "friendly_name": "Casa"},
    )
    await async_add_recipients(
        hass,
        loaded,
        recipient("Maria", MARIA, LID),
        recipient("João", JOAO),
        recipient("Família", GROUP),
        recipient("Me", "myself"),
    )
    return loaded


@pytest.fixture
def other(gateway: Gateway) -> Instance:
    """Return a second number at the gateway."""
    return gateway.add(name="Loja", phone="5511988887777", state=State.CONNECTED)


@pytest.fixture
async def both(
    hass_with_url: HomeAssistant, loaded: MockConfigEntry, other: Instance
) -> list[str]:
    """Return the entities of two numbers."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Loja",
        unique_id=other.instance_id,
        data={
            **loaded.data,
            CONF_INSTANCE_ID: other.instance_id,
            CONF_TOKEN: other.token,
            CONF_WEBHOOK_ID: "beef" * 16,
        },
    )
    entry.add_to_hass(hass_with_url)
    await async_set_up(hass_with_url, entry)
    return ["binary_sensor.casa_whatsapp", "binary_sensor.loja_whatsapp"]


@pytest.fixture
async def line(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Line]:
    """Start a gateway whose worker never pauses, and take what it posts."""
    line = Line()
    monkeypatch.setattr("simulator.worker.sleep", line.pause)
    app = web.Application()
    app.router.add_post("/hook", line.take)
    async with TestServer(app, host="127.0.0.1") as consumer, line:
        line.gateway.set_webhooks(line.instance, str(consumer.make_url("/hook")))
        yield line
