"""What Home Assistant's system information says of us."""

import asyncio
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    get_system_health_info,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.zapi.const import DOMAIN
from simulator import Gateway, Instance

from .common import INSTANCE_ID, PHONE, TOKEN, WEBHOOK_ID, Scene, async_set_up
from .messages.incoming import Heard, message
from .translations import LANGUAGES


async def async_info(hass: HomeAssistant) -> dict[str, Any]:
    """Return what is shown, once all of it is known."""
    assert await async_setup_component(hass, "system_health", {})
    info = await get_system_health_info(hass, DOMAIN)
    return {
        key: await value if asyncio.iscoroutine(value) else value
        for key, value in info.items()
    }


async def async_add_entry(
    hass: HomeAssistant, like: MockConfigEntry, instance: Instance, **data: str
) -> MockConfigEntry:
    """Add the entry of another instance, and try to set it up."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Loja",
        unique_id=instance.instance_id,
        data={
            **like.data,
            "instance_id": instance.instance_id,
            "token": instance.token,
            "webhook_id": "1" * 64,
            **data,
        },
    )
    entry.add_to_hass(hass)
    await async_set_up(hass, entry)
    return entry


async def test_before_anything_came_there_is_nothing_to_tell(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    assert await async_info(hass) == {
        "gateway_reachable": "127.0.0.1: ok",
        "instances": 1,
        "callbacks_last_day": "0",
        "messages_last_day": "0",
        "clock_difference": "0 s",
        "last_callback": None,
    }


async def test_each_address_in_use_is_asked_and_named_by_its_host(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    unused_tcp_port: int,
) -> None:
    nobody = f"http://127.0.0.1:{unused_tcp_port}"
    other = await async_add_entry(hass, loaded, gateway.add(), api_url=nobody)
    told = (await async_info(hass))["gateway_reachable"]
    assert told["type"] == "failed"
    assert sorted(told["error"].split(", ")) == [
        "127.0.0.1: ok",
        "127.0.0.1: unreachable",
    ]
    await hass.config_entries.async_set_disabled_by(
        other.entry_id, ConfigEntryDisabler.USER
    )
    assert (await async_info(hass))["gateway_reachable"] == "127.0.0.1: ok"


async def test_what_was_refused_is_no_callback(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    client = await hass_client_no_auth()
    response = await client.post(f"/api/webhook/{WEBHOOK_ID}", data=b"{}")
    assert response.status == HTTPStatus.UNPROCESSABLE_ENTITY
    info = await async_info(hass)
    assert info["callbacks_last_day"] == "0"
    assert info["last_callback"] is None


async def test_callbacks_are_counted_for_a_day(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
) -> None:
    first = dt_util.utcnow()
    await scene.gateway.disconnect(scene.instance)
    await scene.gateway.connect(scene.instance)
    info = await async_info(scene.hass)
    assert info["callbacks_last_day"] == "2"
    assert info["last_callback"] == first

    freezer.tick(timedelta(hours=20))
    last = dt_util.utcnow()
    await scene.gateway.disconnect(scene.instance)
    info = await async_info(scene.hass)
    assert info["callbacks_last_day"] == "3"
    assert info["last_callback"] == last

    freezer.tick(timedelta(hours=5))
    info = await async_info(scene.hass)
    assert info["callbacks_last_day"] == "1"
    assert info["last_callback"] == last


async def test_a_reload_forgets_no_callback(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    await gateway.disconnect(instance)
    await hass.async_block_till_done(wait_background_tasks=True)
    before = await async_info(hass)
    assert before["callbacks_last_day"] == "1"
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await async_info(hass) == before


async def test_each_instance_is_counted_whether_or_not_it_is_loaded(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    neighbour = await async_add_entry(hass, loaded, gateway.add(name="Loja"))
    await gateway.disconnect(instance)
    info = await async_info(hass)
    assert info["instances"] == 2
    assert info["callbacks_last_day"] == "1, 0"

    await hass.config_entries.async_unload(neighbour.entry_id)
    info = await async_info(hass)
    assert info["instances"] == 2
    assert info["callbacks_last_day"] == "1"


async def test_the_text_identifies_nobody_and_each_line_has_a_name(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway, instance: Instance
) -> None:
    await gateway.disconnect(instance)
    info = await async_info(hass)
    shown = str(info)
    assert not [
        secret for secret in (INSTANCE_ID, TOKEN, PHONE, WEBHOOK_ID) if secret in shown
    ]
    for texts in LANGUAGES.values():
        assert set(texts["system_health"]["info"]) == set(info)


async def test_messages_are_counted_for_a_day(
    hass: HomeAssistant, house: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    heard = Heard(house)
    heard.receive(message())
    heard.receive(message(message_id="A"))
    heard.receive(message(message_id="A"))
    assert (await async_info(hass))["messages_last_day"] == "2"

    freezer.tick(timedelta(hours=25))
    assert (await async_info(hass))["messages_last_day"] == "0"


async def test_a_clock_that_is_slow_is_told(
    hass: HomeAssistant, house: MockConfigEntry
) -> None:
    Heard(house).receive(message(), age=-300)

    assert (await async_info(hass))["clock_difference"] == "-300 s"
