"""What the rest of Home Assistant is told: the device, and that a number was lost."""

from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.helpers.event import async_call_later
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

from custom_components.zapi.const import DOMAIN
from custom_components.zapi.issues import IssueKind
from simulator import ALL, Gateway, Instance, State

from .common import INSTANCE_ID, TOKEN, Scene, async_set_up, async_wait, requests

CONNECTED = "binary_sensor.casa_whatsapp"
LONG = "São João, Portaria 📱 " * 25
DETAILS = 16 * 60
PATIENCE = 5 * 60


def device_of(hass: HomeAssistant, entry: MockConfigEntry) -> dr.DeviceEntry:
    """Return the device of an entry."""
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, INSTANCE_ID), entry.entry_id
    )
    assert device
    return device


def is_missed(hass: HomeAssistant, entry: MockConfigEntry) -> bool:
    """Tell whether a person is asked to pair the number again."""
    issue_id = f"{IssueKind.NOT_CONNECTED}_{entry.entry_id}"
    return ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is not None


async def test_the_device_is_this(
    hass_with_url: HomeAssistant, loaded: MockConfigEntry, snapshot: SnapshotAssertion
) -> None:
    assert device_of(hass_with_url, loaded) == snapshot


async def test_the_device_tells_no_secret(
    hass_with_url: HomeAssistant, loaded: MockConfigEntry
) -> None:
    device = device_of(hass_with_url, loaded)
    assert device.serial_number is None
    assert device.configuration_url == "https://app.z-api.io/"
    shown = device.dict_repr | {"identifiers": None}
    assert not [secret for secret in (INSTANCE_ID, TOKEN) if secret in str(shown)]


async def test_the_device_follows_the_name_of_the_instance(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    instance: Instance,
) -> None:
    instance.name = "Loja"
    await async_wait(hass_with_url, clock, DETAILS)
    assert device_of(hass_with_url, loaded).name == "Loja"
    assert hass_with_url.states.get(CONNECTED)


async def test_a_name_that_a_person_gave_stays(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    instance: Instance,
    device_registry: dr.DeviceRegistry,
) -> None:
    device_registry.async_update_device(
        device_of(hass_with_url, loaded).id, name_by_user="My WhatsApp"
    )
    instance.name = "Loja"
    await async_wait(hass_with_url, clock, DETAILS)
    device = device_of(hass_with_url, loaded)
    assert device.name_by_user == "My WhatsApp"
    assert device.name == "Loja"
    await hass_with_url.config_entries.async_reload(loaded.entry_id)
    assert device_of(hass_with_url, loaded).name_by_user == "My WhatsApp"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (LONG, LONG[:100]),
        ("📱", "📱"),
        ("👩‍👩‍👧 Família", "👩‍👩‍👧 Família"),
        ("  Loja ", "Loja"),
        ("", "Casa"),
        ("   ", "Casa"),
        (None, "Casa"),
        (7, "Casa"),
    ],
    ids=range(8),
)
async def test_any_name_makes_a_device_that_can_be_told_apart(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    instance: Instance,
    name: Any,
    shown: str,
    entity_registry: er.EntityRegistry,
) -> None:
    instance.name = name
    await async_set_up(hass_with_url, entry)
    assert device_of(hass_with_url, entry).name == shown
    entities = er.async_entries_for_config_entry(entity_registry, entry.entry_id)
    connected = [entity for entity in entities if entity.translation_key == "connected"]
    assert connected[0].entity_id.endswith("whatsapp")
    assert len(connected[0].entity_id) < 255

    instance.name = "Casa"
    await async_wait(hass_with_url, clock, DETAILS)
    assert device_of(hass_with_url, entry).name == "Casa"
    instance.name = name
    await async_wait(hass_with_url, clock, DETAILS)
    assert device_of(hass_with_url, entry).name == shown


@pytest.mark.parametrize(
    ("kind", "model"),
    [
        ("android", "Android"),
        ("iphone", "iPhone"),
        ("smba", "WhatsApp Business (Android)"),
        ("smbi", "WhatsApp Business (iPhone)"),
        ("toaster", None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
async def test_the_model_is_the_kind_of_phone(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    instance: Instance,
    monkeypatch: pytest.MonkeyPatch,
    kind: Any,
    model: str | None,
) -> None:
    answer = instance.device() | {"originalDevice": kind}
    monkeypatch.setattr(type(instance), "device", lambda _: answer)
    await async_set_up(hass_with_url, entry)
    assert device_of(hass_with_url, entry).model == model


async def test_another_phone_is_another_model_and_a_lost_one_stays_the_last(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    instance.is_business = True
    await async_wait(hass_with_url, clock, DETAILS)
    assert device_of(hass_with_url, loaded).model == "WhatsApp Business (Android)"
    await gateway.disconnect(instance)
    await async_wait(hass_with_url, clock, DETAILS)
    assert device_of(hass_with_url, loaded).model == "WhatsApp Business (Android)"
    await hass_with_url.config_entries.async_reload(loaded.entry_id)
    assert device_of(hass_with_url, loaded).model == "WhatsApp Business (Android)"
    await async_wait(hass_with_url, clock, DETAILS)
    assert device_of(hass_with_url, loaded).model == "WhatsApp Business (Android)"
    assert device_of(hass_with_url, loaded).name == "Casa"


async def test_an_unpaired_instance_has_no_model_until_a_phone_is_paired(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    scene: Scene,
) -> None:
    scene.instance.state = State.UNPAIRED
    await async_set_up(hass_with_url, scene.entry)
    assert device_of(hass_with_url, scene.entry).model is None
    await async_wait(hass_with_url, clock, 61)
    await scene.gateway.connect(scene.instance)
    await async_wait(hass_with_url, clock, 61)
    assert device_of(hass_with_url, scene.entry).model == "Android"


async def test_a_number_lost_for_five_minutes_is_asked_about(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    await async_wait(hass_with_url, clock, 5)
    await gateway.disconnect(instance)
    for _ in range(4):
        await async_wait(hass_with_url, clock, 61)
    assert not is_missed(hass_with_url, loaded)
    await async_wait(hass_with_url, clock, 61)
    assert is_missed(hass_with_url, loaded)
    issue = ir.async_get(hass_with_url).async_get_issue(
        DOMAIN, f"{IssueKind.NOT_CONNECTED}_{loaded.entry_id}"
    )
    assert issue
    assert issue.is_fixable
    assert not issue.is_persistent
    assert issue.translation_placeholders == {"name": "Casa"}

    await async_wait(hass_with_url, clock, PATIENCE)
    assert is_missed(hass_with_url, loaded)
    await gateway.connect(instance)
    await async_wait(hass_with_url, clock, 1)
    assert not is_missed(hass_with_url, loaded)


async def test_a_number_that_is_back_in_time_is_not_asked_about(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    for _ in range(3):
        await async_wait(hass_with_url, clock, 5)
        await gateway.disconnect(instance)
        for _ in range(4):
            await async_wait(hass_with_url, clock, 61)
        await gateway.connect(instance)
        await async_wait(hass_with_url, clock, 61)
        assert not is_missed(hass_with_url, loaded)


async def test_five_minutes_count_from_the_last_loss_not_from_the_first(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    await async_wait(hass_with_url, clock, 5)
    await gateway.disconnect(instance)
    await async_wait(hass_with_url, clock, 240)
    await gateway.connect(instance)
    await async_wait(hass_with_url, clock, 30)
    await gateway.disconnect(instance)
    for _ in range(4):
        await async_wait(hass_with_url, clock, 70)
        assert not is_missed(hass_with_url, loaded)
    await async_wait(hass_with_url, clock, 30)
    assert is_missed(hass_with_url, loaded)


async def test_a_number_that_comes_and_goes_arms_one_timer(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    await async_wait(hass_with_url, clock, 5)
    with patch(
        "custom_components.zapi.connection_events.async_call_later",
        wraps=async_call_later,
    ) as arm:
        for _ in range(5):
            await gateway.disconnect(instance)
            await async_wait(hass_with_url, clock, 5)
            await gateway.connect(instance)
            await async_wait(hass_with_url, clock, 5)
    assert arm.call_count == 1


async def test_a_number_that_is_lost_at_the_start_is_asked_about_later(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    instance: Instance,
) -> None:
    instance.state = State.LOST_SESSION
    await async_set_up(hass_with_url, entry)
    assert not is_missed(hass_with_url, entry)
    await async_wait(hass_with_url, clock, PATIENCE)
    assert is_missed(hass_with_url, entry)
    await hass_with_url.config_entries.async_reload(entry.entry_id)
    assert is_missed(hass_with_url, entry)
    instance.state = State.CONNECTED
    await async_wait(hass_with_url, clock, 61)
    assert not is_missed(hass_with_url, entry)


async def test_nothing_is_asked_about_a_state_that_nobody_knows(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
) -> None:
    gateway.faults.null_fields = frozenset({"connected"})
    await async_set_up(hass_with_url, entry)
    for _ in range(10):
        await async_wait(hass_with_url, clock, 61)
    assert not is_missed(hass_with_url, entry)


async def test_a_gateway_that_is_away_is_no_number_lost(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
) -> None:
    gateway.faults.http_5xx = ALL
    for _ in range(10):
        await async_wait(hass_with_url, clock, 61)
    assert not is_missed(hass_with_url, loaded)


async def test_an_entry_that_is_unloaded_in_between_asks_nothing(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    await async_wait(hass_with_url, clock, 5)
    await gateway.disconnect(instance)
    await async_wait(hass_with_url, clock, 61)
    await hass_with_url.config_entries.async_unload(loaded.entry_id)
    await async_wait(hass_with_url, clock, PATIENCE)
    assert not is_missed(hass_with_url, loaded)


async def test_an_entry_that_is_removed_takes_its_question_along(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    instance: Instance,
) -> None:
    instance.state = State.UNPAIRED
    await async_set_up(hass_with_url, entry)
    await async_wait(hass_with_url, clock, PATIENCE)
    assert is_missed(hass_with_url, entry)
    await hass_with_url.config_entries.async_remove(entry.entry_id)
    assert not is_missed(hass_with_url, entry)


@pytest.mark.timeout(120)
async def test_a_quiet_day_costs_no_more_than_the_readme_says(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
) -> None:
    before = len(requests(gateway))
    for _ in range(24 * 60):
        await async_wait(hass_with_url, clock, 60)
    asked = requests(gateway)[before:]
    counted = {request: asked.count(request) for request in asked}
    assert counted == {"GET status": 1440, "GET me": 96, "GET device": 96}
    assert len(asked) == 1632
    assert hass_with_url.states.async_all(Platform.IMAGE)
