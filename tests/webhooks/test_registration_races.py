"""What comes at the wrong moment: between a look and a write, or in the midst of one."""

from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi.api import ZapiClient
from simulator import Gateway, Instance
from tests.common import (
    FOREIGN_URL,
    HOOK_URL,
    Scene,
    async_set_up,
    async_wait,
    before,
    hooks,
    issues,
    writes,
)


async def test_who_comes_between_the_poll_and_the_write_is_not_overwritten(
    hass_with_url: HomeAssistant,
    scene: Scene,
) -> None:
    def come(number: int) -> None:
        scene.gateway.set_webhooks(scene.instance, ("", FOREIGN_URL)[number - 1])

    with patch.object(ZapiClient, "me", before(ZapiClient.me, come)):
        await async_set_up(hass_with_url, scene.entry)
    assert not writes(scene.gateway)
    assert hooks(scene.instance) == [FOREIGN_URL, FOREIGN_URL]
    [issue] = issues(scene.issue_registry)
    assert issue.translation_key == "webhook_taken"


async def test_a_stop_lets_the_write_under_way_end_and_begins_no_other(
    freezer: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    scene: Scene,
) -> None:
    def stop(_number: int) -> None:
        hass_with_url.async_create_task(
            scene.entry.runtime_data.webhook_manager.async_stop()
        )

    with patch.object(ZapiClient, "set_webhook", before(ZapiClient.set_webhook, stop)):
        await async_set_up(hass_with_url, scene.entry)
    assert hooks(scene.instance) == [HOOK_URL, ""]

    # Neither a retry nor a new address makes it write again.
    await hass_with_url.config.async_update(external_url="https://new.example.org")
    await async_wait(hass_with_url, freezer, 3600)
    assert len(writes(scene.gateway)) == 1


async def test_what_moves_during_a_write_is_followed_once_and_after_it(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    addresses = {
        1: ["https://first.example.org", "https://second.example.org"],
        2: ["https://new.example.org"],
    }

    def move(number: int) -> None:
        for address in addresses.get(number, []):
            hass_with_url.async_create_task(
                hass_with_url.config.async_update(external_url=address)
            )

    with patch.object(ZapiClient, "set_webhook", before(ZapiClient.set_webhook, move)):
        await async_set_up(hass_with_url, entry)
    assert hooks(instance) == [HOOK_URL.replace("ha.", "new.")] * 2
    assert len(writes(gateway)) == 4


async def test_what_moves_before_a_stop_is_not_followed_after_it(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    def move_and_stop(number: int) -> None:
        address = f"https://new{number}.example.org"
        hass_with_url.async_create_task(
            hass_with_url.config.async_update(external_url=address)
        )
        hass_with_url.async_create_task(entry.runtime_data.webhook_manager.async_stop())

    act = before(ZapiClient.set_webhook, move_and_stop)
    with patch.object(ZapiClient, "set_webhook", act):
        await async_set_up(hass_with_url, entry)
    assert len(writes(gateway)) == 1
    assert hooks(instance) == [HOOK_URL, ""]
