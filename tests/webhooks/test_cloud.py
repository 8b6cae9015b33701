"""Callbacks through Home Assistant Cloud."""

from collections.abc import Generator
from unittest.mock import AsyncMock, patch

from freezegun.api import FrozenDateTimeFactory
from hass_nabucasa.cloudhooks import CloudhookApiError
from hass_nabucasa.iot_base import NotConnected
from homeassistant.components import cloud
from homeassistant.core import HomeAssistant
from homeassistant.helpers.dispatcher import async_dispatcher_send
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Gateway, Instance
from tests.common import (
    HOOK_FIELDS,
    HOOK_URL,
    WEBHOOK_ID,
    async_set_up,
    async_wait,
    requests,
)

FAILURES = [
    ValueError("Hook is not enabled"),
    CloudhookApiError("Something went wrong"),
    NotConnected(),
    TimeoutError(),
    cloud.CloudNotAvailable(),
]
CLOUDHOOK = "https://hooks.nabu.casa/secret-cloudhook"


@pytest.fixture
def create() -> Generator[AsyncMock]:
    """Return what makes the cloudhook."""
    with patch.object(
        cloud, "async_get_or_create_cloudhook", return_value=CLOUDHOOK
    ) as create:
        yield create


@pytest.fixture
def delete() -> Generator[AsyncMock]:
    """Return what deletes the cloudhook."""
    with patch.object(cloud, "async_delete_cloudhook") as delete:
        yield delete


@pytest.fixture(autouse=True)
def subscribed(hass_with_url: HomeAssistant) -> Generator[None]:
    """Give Home Assistant an active subscription."""
    hass_with_url.config.components.add("cloud")
    with patch.object(cloud, "async_active_subscription", return_value=True):
        yield


def hooks(instance: Instance) -> set[str]:
    """Return what stands at the gateway."""
    return {instance.webhooks[field] for field in HOOK_FIELDS}


async def test_the_cloudhook_comes_first(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    instance: Instance,
    create: AsyncMock,
    delete: AsyncMock,
) -> None:
    await async_set_up(hass_with_url, entry)
    assert hooks(instance) == {CLOUDHOOK}
    await hass_with_url.config_entries.async_remove(entry.entry_id)
    assert hooks(instance) == {""}
    delete.assert_awaited_once_with(hass_with_url, WEBHOOK_ID)


async def test_a_cloudhook_is_known_as_ours_without_a_record(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    create: AsyncMock,
    delete: AsyncMock,
) -> None:
    """Its URL does not hold our webhook's id."""
    gateway.set_webhooks(instance, CLOUDHOOK)
    await hass_with_url.config_entries.async_remove(entry.entry_id)
    assert hooks(instance) == {""}


@pytest.mark.parametrize("error", FAILURES)
async def test_a_cloud_that_is_away_does_not_disturb_the_removal(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    instance: Instance,
    create: AsyncMock,
    delete: AsyncMock,
    error: Exception,
) -> None:
    delete.side_effect = error
    await async_set_up(hass_with_url, entry)
    await hass_with_url.config_entries.async_remove(entry.entry_id)
    assert hooks(instance) == {""}


@pytest.mark.parametrize("error", FAILURES)
async def test_a_cloud_that_gives_no_address_is_asked_again(
    hass_with_url: HomeAssistant,
    clock: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    instance: Instance,
    create: AsyncMock,
    error: Exception,
) -> None:
    create.side_effect = error
    await async_set_up(hass_with_url, entry)
    assert hooks(instance) == {""}
    create.side_effect = None
    await async_wait(hass_with_url, clock, 11)
    assert hooks(instance) == {CLOUDHOOK}


async def test_until_the_cloud_connects_our_url_stays_as_it_is(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    create: AsyncMock,
) -> None:
    create.side_effect = cloud.CloudNotConnected
    gateway.set_webhooks(instance, HOOK_URL, *HOOK_FIELDS)
    await async_set_up(hass_with_url, entry)
    assert hooks(instance) == {HOOK_URL}

    create.side_effect = None
    async_dispatcher_send(
        hass_with_url,
        "CLOUD_CONNECTION_STATE",
        cloud.CloudConnectionState.CLOUD_CONNECTED,
    )
    await hass_with_url.async_block_till_done(wait_background_tasks=True)
    assert hooks(instance) == {CLOUDHOOK}
    assert len([asked for asked in requests(gateway) if asked.startswith("PUT")]) == 2


async def test_a_subscription_that_ends_leads_back_to_the_own_address(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    instance: Instance,
    create: AsyncMock,
) -> None:
    await async_set_up(hass_with_url, entry)
    with patch.object(cloud, "async_active_subscription", return_value=False):
        async_dispatcher_send(hass_with_url, "CLOUDHOOKS_UPDATED", {})
        await hass_with_url.async_block_till_done(wait_background_tasks=True)
    assert hooks(instance) == {HOOK_URL}
