"""The webhooks that an entry takes, and all the others, which are left alone if not ours."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi.diagnostics import async_get_config_entry_diagnostics
from custom_components.zapi.webhooks.ledger import LAG_SECONDS
from simulator import Gateway, Instance
from simulator.instance import HOOKS
from tests.common import (
    FOREIGN_URL,
    HOOK_FIELDS,
    HOOK_URL,
    INSTANCE_ID,
    KINDS,
    OTHER_URL,
    Disk,
    Scene,
    async_open_options,
    async_set_up,
    async_wait,
    hooks,
    issues,
    writes,
)

KEY = "zapi.webhooks"
OTHERS = [hook.field for hook in HOOKS if hook.field not in HOOK_FIELDS]
DETAILS = 16 * 60
OURS = ["PUT update-webhook-connected", "PUT update-webhook-disconnected"]


def record(**fields: Any) -> dict[str, Any]:
    """Return what the ledger holds of a webhook that was taken."""
    return {
        "displaced": FOREIGN_URL,
        "our_urls": [HOOK_URL],
        "confirmed": HOOK_URL,
        **fields,
    }


@pytest.fixture
def held(
    hass_with_url: HomeAssistant, entry: MockConfigEntry, hass_storage: Disk
) -> MockConfigEntry:
    """Return an entry that once took received messages too."""
    data = {INSTANCE_ID: {"received": record()}}
    hass_storage[KEY] = {"version": 1, "minor_version": 1, "key": KEY, "data": data}
    return entry


@pytest.mark.parametrize("field", OTHERS)
async def test_another_webhook_is_never_written_nor_asked_about_nor_given_back(
    hass_with_url: HomeAssistant,
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    field: str,
) -> None:
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL, field)
    await async_set_up(hass_with_url, scene.entry)
    assert writes(scene.gateway) == OURS
    scene.gateway.set_webhooks(scene.instance, OTHER_URL, field)
    await async_wait(hass_with_url, freezer, DETAILS)
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL, field)
    await async_wait(hass_with_url, freezer, DETAILS)
    assert scene.entry.runtime_data.webhook_manager.status == "ok"
    assert not issues(scene.issue_registry)
    form = await async_open_options(hass_with_url, scene.entry)
    assert (form["type"], form["reason"]) == (FlowResultType.ABORT, "nobody_else")

    await hass_with_url.config_entries.async_remove(scene.entry.entry_id)
    assert writes(scene.gateway) == OURS * 2
    assert scene.instance.webhooks[field] == FOREIGN_URL


async def test_another_filter_is_not_in_our_way(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    instance: Instance,
    issue_registry: ir.IssueRegistry,
) -> None:
    instance.settings["callbackTypeFilters"] = ["FILTER_RECEIVED_CALLBACK"]
    await async_set_up(hass_with_url, entry)
    assert entry.runtime_data.webhook_manager.status == "ok"
    assert not issues(issue_registry)
    dump = await async_get_config_entry_diagnostics(hass_with_url, entry)
    assert dump["instance"]["filtered"] == []


async def test_diagnostics_tell_of_what_is_taken_alone(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    gateway.set_webhooks(instance, FOREIGN_URL, *OTHERS)
    await async_set_up(hass_with_url, entry)
    dump = await async_get_config_entry_diagnostics(hass_with_url, entry)
    assert list(dump["webhook"]["hooks"]) == list(KINDS)


@pytest.mark.parametrize("disables", [False, True])
async def test_what_is_ours_by_its_id_is_emptied_though_nothing_tells_of_it(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    issue_registry: ir.IssueRegistry,
    disables: bool,
) -> None:
    """A backup was restored from before messages were received."""
    gateway.set_webhooks(instance, FOREIGN_URL, OTHERS[0])
    await async_set_up(hass_with_url, entry)
    gateway.set_webhooks(instance, HOOK_URL, *OTHERS[1:])
    if disables:
        await hass_with_url.config_entries.async_set_disabled_by(
            entry.entry_id, ConfigEntryDisabler.USER
        )
    else:
        await hass_with_url.config_entries.async_remove(entry.entry_id)
    assert hooks(instance) == ["", ""]
    assert {instance.webhooks[field] for field in OTHERS[1:]} == {""}
    assert instance.webhooks[OTHERS[0]] == FOREIGN_URL
    [issue] = issues(issue_registry)
    assert issue.translation_key == "webhook_previous_unknown"


@pytest.mark.parametrize("field", OTHERS)
@pytest.mark.parametrize("broken", ["", "me"])
async def test_what_is_ours_by_its_id_and_not_wanted_is_emptied_while_the_entry_runs(
    hass_with_url: HomeAssistant,
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    hass_storage: Disk,
    field: str,
    broken: str,
) -> None:
    """Else somebody's messages would go on coming here, where nobody reads them."""
    scene.gateway.set_webhooks(scene.instance, HOOK_URL, field)
    scene.gateway.faults.http_5xx = frozenset({broken} - {""})
    await async_set_up(hass_with_url, scene.entry)
    scene.gateway.faults.clear()
    await async_wait(hass_with_url, freezer, 11)
    assert scene.instance.webhooks[field] == ""
    assert hooks(scene.instance) == [HOOK_URL, HOOK_URL]
    [issue] = issues(scene.issue_registry)
    assert issue.translation_key == "webhook_previous_unknown"
    for _ in range(2):
        await async_wait(hass_with_url, freezer, 10 * 60)
    assert hass_storage[KEY]["data"][INSTANCE_ID].keys() == set(KINDS)


async def test_one_that_is_no_longer_wanted_is_given_back_while_the_entry_runs(
    hass_with_url: HomeAssistant,
    held: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    hass_storage: Disk,
    freezer: FrozenDateTimeFactory,
) -> None:
    gateway.set_webhooks(instance, HOOK_URL, "receivedCallbackUrl")
    await async_set_up(hass_with_url, held)
    assert instance.webhooks["receivedCallbackUrl"] == FOREIGN_URL
    assert hooks(instance) == [HOOK_URL, HOOK_URL]
    await async_wait(hass_with_url, freezer, LAG_SECONDS + 1)
    assert hass_storage[KEY]["data"][INSTANCE_ID].keys() == set(KINDS)
    assert held.runtime_data.webhook_manager.status == "ok"


async def test_one_that_was_emptied_when_giving_it_back_was_cut_off_is_told(
    hass_with_url: HomeAssistant,
    held: MockConfigEntry,
    hass_storage: Disk,
    issue_registry: ir.IssueRegistry,
) -> None:
    hass_storage[KEY]["data"][INSTANCE_ID]["received"]["displaced"] = None
    await async_set_up(hass_with_url, held)
    [issue] = issues(issue_registry)
    assert issue.translation_key == "webhook_previous_unknown"


async def test_one_that_is_no_longer_wanted_and_that_somebody_took_stays_theirs(
    hass_with_url: HomeAssistant,
    held: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    hass_storage: Disk,
    issue_registry: ir.IssueRegistry,
    freezer: FrozenDateTimeFactory,
) -> None:
    gateway.set_webhooks(instance, OTHER_URL, "receivedCallbackUrl")
    await async_set_up(hass_with_url, held)
    await async_wait(hass_with_url, freezer, LAG_SECONDS + 1)
    assert writes(gateway) == OURS
    assert hass_storage[KEY]["data"][INSTANCE_ID].keys() == set(KINDS)
    assert not issues(issue_registry)


async def test_one_that_is_held_comes_back_with_the_others_when_an_entry_goes(
    hass_with_url: HomeAssistant,
    held: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    hass_storage: Disk,
) -> None:
    gateway.set_webhooks(instance, HOOK_URL, "receivedCallbackUrl")
    await hass_with_url.config_entries.async_remove(held.entry_id)
    assert instance.webhooks["receivedCallbackUrl"] == FOREIGN_URL
    assert INSTANCE_ID not in hass_storage[KEY]["data"]
