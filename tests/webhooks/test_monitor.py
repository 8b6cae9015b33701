"""Whether callbacks arrive: deafness is noticed, and nothing else is taken for it."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi.webhooks.ledger import Choice
from simulator import ALL, Gateway, Instance
from tests.common import (
    EXTERNAL_URL,
    FOREIGN_URL,
    async_agree,
    async_set_up,
    async_wait,
    issues,
)

WEBHOOK_ENTITY = "binary_sensor.casa_webhook"
HOOK_FIELD = "connectedCallbackUrl"
# Until the next poll, and until the patience after it is over.
POLL = 61
PATIENCE = 91


async def async_change(
    hass: HomeAssistant,
    gateway: Gateway,
    instance: Instance,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Let the number connect or disconnect, and the next poll find it."""
    # The simulator's own clock does not stand still with the test's.
    gateway.clock = lambda: dt_util.utcnow().timestamp()
    await (gateway.disconnect if instance.up else gateway.connect)(instance)
    await hass.async_block_till_done(wait_background_tasks=True)
    await async_wait(hass, freezer, POLL)


async def async_miss(
    hass: HomeAssistant,
    gateway: Gateway,
    instance: Instance,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Let a change happen of which no callback tells."""
    await async_change(hass, gateway, instance, freezer)
    await async_wait(hass, freezer, PATIENCE)


async def async_deafen(
    hass: HomeAssistant,
    gateway: Gateway,
    instance: Instance,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Let as many changes happen untold as are taken for deafness."""
    gateway.faults.lose_callbacks = ALL
    await async_miss(hass, gateway, instance, freezer)
    await async_miss(hass, gateway, instance, freezer)


def reason(hass: HomeAssistant) -> str:
    """Return what is in the way of callbacks."""
    state = hass.states.get(WEBHOOK_ENTITY)
    assert state
    return str(state.attributes["reason"])


async def test_two_changes_in_a_row_without_a_callback_are_deafness(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    issue_registry: ir.IssueRegistry,
) -> None:
    gateway.faults.lose_callbacks = ALL
    await async_miss(hass, gateway, instance, freezer)
    assert hass.states.is_state(WEBHOOK_ENTITY, "off")
    assert not issues(issue_registry)

    await async_miss(hass, gateway, instance, freezer)
    [issue] = issues(issue_registry)
    assert issue.translation_key == "callbacks_missing"
    assert issue.is_fixable
    assert hass.states.is_state(WEBHOOK_ENTITY, "on")
    assert reason(hass) == "callbacks_missing"

    gateway.faults.clear()
    await gateway.inject(instance, {"type": "SomethingNewCallback"}, HOOK_FIELD)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not issues(issue_registry)
    assert hass.states.is_state(WEBHOOK_ENTITY, "off")
    assert reason(hass) == "ok"


async def test_what_was_missed_before_a_callback_counts_no_more(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    issue_registry: ir.IssueRegistry,
) -> None:
    gateway.faults.lose_callbacks = ALL
    await async_miss(hass, gateway, instance, freezer)
    gateway.faults.clear()
    await async_change(hass, gateway, instance, freezer)
    gateway.faults.lose_callbacks = ALL
    await async_miss(hass, gateway, instance, freezer)
    assert not issues(issue_registry)
    await async_miss(hass, gateway, instance, freezer)
    assert issues(issue_registry)


async def test_a_callback_may_be_late_behind_the_poll(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    issue_registry: ir.IssueRegistry,
) -> None:
    gateway.faults.lose_callbacks = ALL
    await async_miss(hass, gateway, instance, freezer)
    happened = dt_util.utcnow().timestamp()
    await async_change(hass, gateway, instance, freezer)
    await async_wait(hass, freezer, 85)
    gateway.faults.clear()
    late = {"type": "ConnectedCallback", "momment": int(happened * 1000)}
    await gateway.inject(instance, late)
    await async_wait(hass, freezer, PATIENCE)
    assert loaded.runtime_data.callback_monitor.missed_changes == 0
    assert not issues(issue_registry)


async def test_flapping_within_the_patience_counts_once(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    issue_registry: ir.IssueRegistry,
) -> None:
    gateway.faults.lose_callbacks = ALL
    await async_wait(hass, freezer, POLL)
    for _ in range(4):
        await async_change(hass, gateway, instance, freezer)
    await async_wait(hass, freezer, PATIENCE)
    assert loaded.runtime_data.callback_monitor.missed_changes == 1
    assert not issues(issue_registry)


@pytest.mark.parametrize("choice", [None, Choice.LEAVE])
async def test_silence_is_no_deafness_while_the_webhook_is_somebody_elses(
    freezer: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    choice: Choice | None,
) -> None:
    gateway.set_webhooks(instance, FOREIGN_URL)
    await async_agree(hass_with_url, FOREIGN_URL, choice or Choice.TAKE_OVER)
    gateway.set_webhooks(
        instance, FOREIGN_URL if choice else f"{FOREIGN_URL}&changed=1"
    )
    gateway.faults.lose_callbacks = ALL
    await async_set_up(hass_with_url, entry)
    for _ in range(3):
        await async_miss(hass_with_url, gateway, instance, freezer)
    assert entry.runtime_data.callback_monitor.missed_changes == 0


async def test_silence_is_no_deafness_where_it_is_known_before_the_patience_ends(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    """The poll that finds the change also finds that the webhook was taken."""
    gateway.set_webhooks(instance, FOREIGN_URL)
    gateway.faults.lose_callbacks = ALL
    await async_miss(hass, gateway, instance, freezer)
    assert reason(hass) == "taken"
    assert loaded.runtime_data.callback_monitor.missed_changes == 0


async def test_silence_is_no_deafness_while_the_gateway_holds_callbacks_back(
    freezer: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    instance.settings["callbackTypeFilters"] = ["FILTER_DISCONNECTED_CALLBACK"]
    await async_set_up(hass_with_url, entry)
    await async_miss(hass_with_url, gateway, instance, freezer)
    assert entry.runtime_data.callback_monitor.missed_changes == 0
    gateway.faults.lose_callbacks = ALL
    await async_miss(hass_with_url, gateway, instance, freezer)
    assert entry.runtime_data.callback_monitor.missed_changes == 1


async def test_what_changed_before_the_start_counts_not(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    gateway.faults.lose_callbacks = ALL
    await hass.config_entries.async_unload(loaded.entry_id)
    await gateway.disconnect(instance)
    await async_set_up(hass, loaded)
    await async_wait(hass, freezer, PATIENCE)
    assert loaded.runtime_data.callback_monitor.missed_changes == 0


async def test_unloading_ends_the_wait(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    gateway.faults.lose_callbacks = ALL
    await async_change(hass, gateway, instance, freezer)
    callback_monitor = loaded.runtime_data.callback_monitor
    await hass.config_entries.async_unload(loaded.entry_id)
    await async_wait(hass, freezer, PATIENCE)
    assert callback_monitor.missed_changes == 0


async def test_deafness_is_told_again_once_there_is_an_address_again(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    issue_registry: ir.IssueRegistry,
) -> None:
    await async_deafen(hass, gateway, instance, freezer)
    await hass.config.async_update(external_url=None)
    await hass.async_block_till_done(wait_background_tasks=True)
    [issue] = issues(issue_registry)
    assert issue.translation_key == "no_https_url"

    await hass.config.async_update(external_url=EXTERNAL_URL)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not issues(issue_registry)
    assert reason(hass) == "ok"
    await async_deafen(hass, gateway, instance, freezer)
    [issue] = issues(issue_registry)
    assert issue.translation_key == "callbacks_missing"


async def test_a_reload_neither_heals_deafness_nor_hides_what_does(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    issue_registry: ir.IssueRegistry,
) -> None:
    await async_deafen(hass, gateway, instance, freezer)
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert issues(issue_registry)
    assert reason(hass) == "callbacks_missing"
    gateway.faults.clear()
    await gateway.inject(instance, {"type": "SomethingNewCallback"}, HOOK_FIELD)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not issues(issue_registry)
    assert reason(hass) == "ok"


async def test_who_has_no_webhook_any_more_is_not_deaf(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    issue_registry: ir.IssueRegistry,
) -> None:
    await async_deafen(hass, gateway, instance, freezer)
    gateway.set_webhooks(instance, FOREIGN_URL)
    await async_wait(hass, freezer, 16 * 60)
    assert [issue.translation_key for issue in issues(issue_registry)] == [
        "webhook_taken"
    ]
    assert reason(hass) == "taken"
