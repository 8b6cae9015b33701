"""Whether callbacks arrive: deafness is noticed, and nothing else is taken for it."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi.webhooks.ledger import Choice
from simulator import ALL, Gateway, Instance
from tests.common import (
    EXTERNAL_URL,
    FOREIGN_URL,
    Scene,
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
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
) -> None:
    scene.gateway.faults.lose_callbacks = ALL
    await async_miss(scene.hass, scene.gateway, scene.instance, freezer)
    assert scene.hass.states.is_state(WEBHOOK_ENTITY, "off")
    assert not issues(scene.issue_registry)

    await async_miss(scene.hass, scene.gateway, scene.instance, freezer)
    [issue] = issues(scene.issue_registry)
    assert issue.translation_key == "callbacks_missing"
    assert issue.is_fixable
    assert scene.hass.states.is_state(WEBHOOK_ENTITY, "on")
    assert reason(scene.hass) == "callbacks_missing"

    scene.gateway.faults.clear()
    await scene.gateway.inject(
        scene.instance, {"type": "SomethingNewCallback"}, HOOK_FIELD
    )
    await scene.hass.async_block_till_done(wait_background_tasks=True)
    assert not issues(scene.issue_registry)
    assert scene.hass.states.is_state(WEBHOOK_ENTITY, "off")
    assert reason(scene.hass) == "ok"


async def test_what_was_missed_before_a_callback_counts_no_more(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
) -> None:
    scene.gateway.faults.lose_callbacks = ALL
    await async_miss(scene.hass, scene.gateway, scene.instance, freezer)
    scene.gateway.faults.clear()
    await async_change(scene.hass, scene.gateway, scene.instance, freezer)
    scene.gateway.faults.lose_callbacks = ALL
    await async_miss(scene.hass, scene.gateway, scene.instance, freezer)
    assert not issues(scene.issue_registry)
    await async_miss(scene.hass, scene.gateway, scene.instance, freezer)
    assert issues(scene.issue_registry)


async def test_a_callback_may_be_late_behind_the_poll(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
) -> None:
    scene.gateway.faults.lose_callbacks = ALL
    await async_miss(scene.hass, scene.gateway, scene.instance, freezer)
    happened = dt_util.utcnow().timestamp()
    await async_change(scene.hass, scene.gateway, scene.instance, freezer)
    await async_wait(scene.hass, freezer, 85)
    scene.gateway.faults.clear()
    late = {"type": "ConnectedCallback", "momment": int(happened * 1000)}
    await scene.gateway.inject(scene.instance, late)
    await async_wait(scene.hass, freezer, PATIENCE)
    assert loaded.runtime_data.callback_monitor.missed_changes == 0
    assert not issues(scene.issue_registry)


async def test_flapping_within_the_patience_counts_once(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
) -> None:
    scene.gateway.faults.lose_callbacks = ALL
    await async_wait(scene.hass, freezer, POLL)
    for _ in range(4):
        await async_change(scene.hass, scene.gateway, scene.instance, freezer)
    await async_wait(scene.hass, freezer, PATIENCE)
    assert loaded.runtime_data.callback_monitor.missed_changes == 1
    assert not issues(scene.issue_registry)


@pytest.mark.parametrize("choice", [None, Choice.LEAVE])
async def test_silence_is_no_deafness_while_the_webhook_is_somebody_elses(
    freezer: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    scene: Scene,
    choice: Choice | None,
) -> None:
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL)
    await async_agree(hass_with_url, FOREIGN_URL, choice or Choice.TAKE_OVER)
    scene.gateway.set_webhooks(
        scene.instance, FOREIGN_URL if choice else f"{FOREIGN_URL}&changed=1"
    )
    scene.gateway.faults.lose_callbacks = ALL
    await async_set_up(hass_with_url, scene.entry)
    for _ in range(3):
        await async_miss(hass_with_url, scene.gateway, scene.instance, freezer)
    assert scene.entry.runtime_data.callback_monitor.missed_changes == 0


async def test_silence_is_no_deafness_where_it_is_known_before_the_patience_ends(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
) -> None:
    """The poll that finds the change also finds that the webhook was taken."""
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL)
    scene.gateway.faults.lose_callbacks = ALL
    await async_miss(scene.hass, scene.gateway, scene.instance, freezer)
    assert reason(scene.hass) == "taken"
    assert loaded.runtime_data.callback_monitor.missed_changes == 0


async def test_silence_is_no_deafness_while_the_gateway_holds_callbacks_back(
    freezer: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    scene: Scene,
) -> None:
    scene.instance.settings["callbackTypeFilters"] = ["FILTER_DISCONNECTED_CALLBACK"]
    await async_set_up(hass_with_url, scene.entry)
    await async_miss(hass_with_url, scene.gateway, scene.instance, freezer)
    assert scene.entry.runtime_data.callback_monitor.missed_changes == 0
    scene.gateway.faults.lose_callbacks = ALL
    await async_miss(hass_with_url, scene.gateway, scene.instance, freezer)
    assert scene.entry.runtime_data.callback_monitor.missed_changes == 1


async def test_what_changed_before_the_start_counts_not(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
) -> None:
    scene.gateway.faults.lose_callbacks = ALL
    await scene.hass.config_entries.async_unload(loaded.entry_id)
    await scene.gateway.disconnect(scene.instance)
    await async_set_up(scene.hass, loaded)
    await async_wait(scene.hass, freezer, PATIENCE)
    assert loaded.runtime_data.callback_monitor.missed_changes == 0


async def test_unloading_ends_the_wait(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
) -> None:
    scene.gateway.faults.lose_callbacks = ALL
    await async_change(scene.hass, scene.gateway, scene.instance, freezer)
    callback_monitor = loaded.runtime_data.callback_monitor
    await scene.hass.config_entries.async_unload(loaded.entry_id)
    await async_wait(scene.hass, freezer, PATIENCE)
    assert callback_monitor.missed_changes == 0


async def test_deafness_is_told_again_once_there_is_an_address_again(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
) -> None:
    await async_deafen(scene.hass, scene.gateway, scene.instance, freezer)
    await scene.hass.config.async_update(external_url=None)
    await scene.hass.async_block_till_done(wait_background_tasks=True)
    [issue] = issues(scene.issue_registry)
    assert issue.translation_key == "no_https_url"

    await scene.hass.config.async_update(external_url=EXTERNAL_URL)
    await scene.hass.async_block_till_done(wait_background_tasks=True)
    assert not issues(scene.issue_registry)
    assert reason(scene.hass) == "ok"
    await async_deafen(scene.hass, scene.gateway, scene.instance, freezer)
    [issue] = issues(scene.issue_registry)
    assert issue.translation_key == "callbacks_missing"


async def test_a_reload_neither_heals_deafness_nor_hides_what_does(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
) -> None:
    await async_deafen(scene.hass, scene.gateway, scene.instance, freezer)
    await scene.hass.config_entries.async_reload(loaded.entry_id)
    await scene.hass.async_block_till_done(wait_background_tasks=True)
    assert issues(scene.issue_registry)
    assert reason(scene.hass) == "callbacks_missing"
    scene.gateway.faults.clear()
    await scene.gateway.inject(
        scene.instance, {"type": "SomethingNewCallback"}, HOOK_FIELD
    )
    await scene.hass.async_block_till_done(wait_background_tasks=True)
    assert not issues(scene.issue_registry)
    assert reason(scene.hass) == "ok"


async def test_who_has_no_webhook_any_more_is_not_deaf(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
) -> None:
    await async_deafen(scene.hass, scene.gateway, scene.instance, freezer)
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL)
    await async_wait(scene.hass, freezer, 16 * 60)
    assert [issue.translation_key for issue in issues(scene.issue_registry)] == [
        "webhook_taken"
    ]
    assert reason(scene.hass) == "taken"
