"""Diagnostics: what a person can post in public."""

from datetime import timedelta
from http import HTTPStatus
import re

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import props

from simulator import Gateway, Instance

from .actions import EVERYBODY, call
from .common import (
    CLIENT_TOKEN,
    EXTERNAL_URL,
    INSTANCE_ID,
    PHONE,
    TOKEN,
    WEBHOOK_ID,
    async_set_up,
)
from .receipts import NO_PHONE, hand_on, not_taken, receive_receipts, taken

FOREIGN_URL = "https://crm.example.net/hooks/secret-path"
OWN_HOST = EXTERNAL_URL.removeprefix("https://")
NAME = "Zapata"


@pytest.fixture(autouse=True)
async def _diagnostics(hass: HomeAssistant) -> None:
    """Set the component up while Home Assistant's server still takes routes."""
    assert await async_setup_component(hass, "diagnostics", {})


@pytest.fixture
def instance(instance: Instance) -> Instance:
    """Return an instance of which nothing depends on the day."""
    instance.due = 1_800_000_000
    return instance


async def async_poll(hass: HomeAssistant) -> None:
    """Let the poll that is under way end, and the next one come."""
    await hass.async_block_till_done(wait_background_tasks=True)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=90))
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_the_dump_tells_what_helps(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    instance: Instance,
    gateway: Gateway,
    loaded: MockConfigEntry,
    snapshot: SnapshotAssertion,
) -> None:
    await async_poll(hass)
    await gateway.disconnect(instance)
    await gateway.connect(instance)
    await async_poll(hass)
    dump = await get_diagnostics_for_config_entry(hass, hass_client, loaded)
    assert dump == snapshot(exclude=props("last"))
    assert isinstance(dump["callbacks"], dict)
    assert dt_util.parse_datetime(str(dump["callbacks"]["last"])) is not None


async def test_the_dump_of_an_instance_that_says_nothing(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    instance: Instance,
    gateway: Gateway,
    entry: MockConfigEntry,
    snapshot: SnapshotAssertion,
) -> None:
    gateway.faults.update({"http_5xx": ["me", "device"]})
    await async_set_up(hass, entry)
    await async_poll(hass)
    dump = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert dump == snapshot


@pytest.mark.parametrize("external_url", [EXTERNAL_URL, None])
@pytest.mark.parametrize("foreign_url", ["", FOREIGN_URL])
@pytest.mark.parametrize("faults", [{}, {"wrong_client_token": ["status"]}])
async def test_the_whole_file_holds_nothing_that_identifies(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    instance: Instance,
    gateway: Gateway,
    entry: MockConfigEntry,
    external_url: str | None,
    foreign_url: str,
    faults: dict[str, list[str]],
) -> None:
    instance.name = NAME
    hass.config_entries.async_update_entry(entry, title=NAME)
    gateway.set_webhooks(instance, foreign_url)
    await hass.config.async_update(external_url=external_url)
    await async_set_up(hass, entry)
    await gateway.inject(instance, {"type": "ConnectedCallback", "phone": PHONE})
    gateway.faults.update(faults)
    await async_poll(hass)
    client = await hass_client()
    answer = await client.get(f"/api/diagnostics/config_entry/{entry.entry_id}")
    assert answer.status == HTTPStatus.OK
    said = (await answer.text()).lower()
    secrets = (
        CLIENT_TOKEN,
        TOKEN,
        INSTANCE_ID,
        WEBHOOK_ID,
        PHONE,
        NAME,
        OWN_HOST,
        gateway.base_url,
        "crm.example.net",
        "secret-path",
    )
    assert [secret for secret in secrets if secret.lower() in said] == []


async def test_of_filters_only_our_own_are_named(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    instance: Instance,
    entry: MockConfigEntry,
) -> None:
    instance.settings["callbackTypeFilters"] = [
        "FILTER_CONNECTED_CALLBACK",
        PHONE,
        "x" * 500_000,
    ]
    await async_set_up(hass, entry)
    dump = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    shown = dump["instance"]
    assert isinstance(shown, dict)
    assert (shown["filtered"], shown["filters"]) == (["connected"], 3)
    assert len(str(dump)) < 5000


async def test_an_entry_that_is_not_loaded_has_a_dump_too(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    gateway: Gateway,
    entry: MockConfigEntry,
) -> None:
    gateway.faults.update({"http_5xx": True})
    await async_set_up(hass, entry)
    dump = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert dump


async def test_messages_are_counted_and_nobody_is_named(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, house: MockConfigEntry
) -> None:
    receive_receipts(hass, house)
    answer = await call(
        hass, "send_message", answer=True, entity_id=EVERYBODY, message="Segredo"
    )
    first, second, _ = [row["message_id"] for row in answer["messages"]]
    hand_on(
        house, taken(first), not_taken(second, NO_PHONE), taken("of another program")
    )

    dump = await get_diagnostics_for_config_entry(hass, hass_client, house)

    assert dump["outbox"] == {
        "states": {"sent": 1, "failed": 1, "queued": 1},
        "failures": {"number_gone": 1},
        "early_receipts": 1,
        "chats_with_buttons": 0,
    }
    assert dump["recipients"] == {"person": 2, "group": 1, "myself": 1}
    assert dump["options"] == {
        "receive": ["receipts"],
        "others": None,
        "when_disconnected": None,
    }
    told = str(dump)
    assert not [name for name in ("Maria", "João", "Segredo") if name in told]
    # Moments have fractions of seconds.
    assert not re.search(r"(?<!\.)[0-9]{6}", told)
