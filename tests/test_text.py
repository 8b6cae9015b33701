"""What a rejected caller reads."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.text import (
    ATTR_VALUE,
    DOMAIN as TEXT_DOMAIN,
    SERVICE_SET_VALUE,
)
from homeassistant.const import (
    ATTR_ENTITY_ID,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    Platform,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    snapshot_platform,
)
from syrupy.assertion import SnapshotAssertion

from custom_components.zapi.const import DOMAIN
from simulator import ALL, Gateway, Instance

from .common import async_set_up, async_set_up_only, async_wait, requests, state_of

MESSAGE = "text.casa_call_rejection_message"
FIELD = "callRejectMessage"
PATH = "update-call-reject-message"


async def async_write(hass: HomeAssistant, value: str) -> None:
    """Change the text."""
    await hass.services.async_call(
        TEXT_DOMAIN,
        SERVICE_SET_VALUE,
        {ATTR_ENTITY_ID: MESSAGE, ATTR_VALUE: value},
        blocking=True,
    )


@pytest.mark.usefixtures("clock")
async def test_the_entities_are_these(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
) -> None:
    await async_set_up_only(hass_with_url, entry, Platform.TEXT)
    await snapshot_platform(hass_with_url, entity_registry, snapshot, entry.entry_id)


@pytest.mark.parametrize("value", ["Escreva, por favor 🙏", "x" * 255, ""])
async def test_a_text_is_written_through_and_read_back(
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    value: str,
) -> None:
    instance.settings[FIELD] = "No calls"
    before = len(requests(gateway))
    await async_write(hass_with_url, value)
    assert requests(gateway)[before:] == [f"PUT {PATH}", "GET me"]
    assert instance.settings[FIELD] == value
    assert state_of(hass_with_url, MESSAGE) == value


async def test_a_text_longer_than_a_state_is_shown_as_far_as_it_goes(
    hass_with_url: HomeAssistant, entry: MockConfigEntry, instance: Instance
) -> None:
    instance.settings[FIELD] = "Não atendo 📵 " * 50
    await async_set_up(hass_with_url, entry)
    assert state_of(hass_with_url, MESSAGE) == instance.settings[FIELD][:255]


async def test_a_text_longer_than_a_state_is_not_taken(
    hass_with_url: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway
) -> None:
    with pytest.raises(ValueError):
        await async_write(hass_with_url, "x" * 256)
    assert f"PUT {PATH}" not in requests(gateway)


@pytest.mark.parametrize("value", [None, 7, False, ["a"]])
async def test_what_is_no_text_is_unknown(
    hass_with_url: HomeAssistant, entry: MockConfigEntry, instance: Instance, value: Any
) -> None:
    instance.settings[FIELD] = value
    await async_set_up(hass_with_url, entry)
    assert state_of(hass_with_url, MESSAGE) == STATE_UNKNOWN


async def test_a_gateway_that_says_true_and_does_nothing_is_not_believed(
    hass_with_url: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway
) -> None:
    gateway.faults.put_true_not_applied = frozenset({PATH})
    with pytest.raises(HomeAssistantError) as caught:
        await async_write(hass_with_url, "Please write")
    assert caught.value.translation_domain == DOMAIN
    assert caught.value.translation_key == "not_applied"
    assert state_of(hass_with_url, MESSAGE) == ""


async def test_what_cannot_be_read_back_is_assumed_until_it_can(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    gateway.faults.http_5xx = frozenset({"me"})
    await async_write(hass_with_url, "Please write")
    assert state_of(hass_with_url, MESSAGE) == "Please write"
    gateway.faults.clear()
    instance.settings[FIELD] = "Changed in the panel"
    await async_wait(hass_with_url, clock, 16 * 60)
    assert state_of(hass_with_url, MESSAGE) == "Changed in the panel"


async def test_an_unreachable_gateway_makes_it_unavailable(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
) -> None:
    gateway.faults.http_5xx = ALL
    await async_wait(hass_with_url, clock, 61)
    assert state_of(hass_with_url, MESSAGE) == STATE_UNAVAILABLE
