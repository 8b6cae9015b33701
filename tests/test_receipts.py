"""Receipts from the gateway to what a person reads, the whole way."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Gateway, Instance

from .actions import MARIA, call
from .common import async_add_recipients, async_set_up, issues, recipient
from .receipts import outbox_of, receive_receipts, state_of_message


@pytest.fixture
async def receiving(
    hass_with_url: HomeAssistant, entry: MockConfigEntry, gateway: Gateway
) -> MockConfigEntry:
    """Return the loaded entry with one recipient, to which receipts are sent."""
    gateway.spacing = (0, 0)
    receive_receipts(hass_with_url, entry)
    await async_set_up(hass_with_url, entry)
    await async_add_recipients(hass_with_url, entry, recipient("Maria", MARIA))
    return entry


async def async_send(hass: HomeAssistant) -> dict[str, str]:
    """Send to Maria, wait for what becomes of it, and return that."""
    answer = await call(
        hass,
        "send_message",
        answer=True,
        entity_id="notify.maria",
        message="Oi",
        wait_for="sent",
    )
    return dict(answer["messages"][0])


@pytest.mark.parametrize("is_reordered", [False, True])
async def test_what_is_sent_is_read_in_the_end(
    hass: HomeAssistant,
    receiving: MockConfigEntry,
    gateway: Gateway,
    is_reordered: bool,
) -> None:
    gateway.faults.reorder_callbacks = is_reordered

    sent = await async_send(hass)
    await gateway.tasks.drain()
    await hass.async_block_till_done(wait_background_tasks=True)

    assert sent["state"] == "sent"
    assert state_of_message(receiving, sent["message_id"]) == "read"
    assert outbox_of(receiving).diagnostics()["early_receipts"] == 0


async def test_what_whatsapp_does_not_take_says_why(
    hass: HomeAssistant,
    receiving: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    issue_registry: ir.IssueRegistry,
) -> None:
    gateway.faults.delivery_error = "SHADOW_BAN"

    sent = await async_send(hass)

    assert (sent["state"], sent["reason"]) == ("failed", "shadow_ban")
    assert [issue.translation_key for issue in issues(issue_registry)] == ["shadow_ban"]
