"""Whose URL stands at the gateway: set, watched, given back, and never taken."""

from asyncio import Event
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi import api
from custom_components.zapi.api import CallbackType, ZapiClient
from custom_components.zapi.const import DOMAIN, PANEL_URL
from custom_components.zapi.runtime import ZapiConfigEntry
from custom_components.zapi.webhooks.ledger import Choice, async_get_ledger
from simulator import Gateway, Instance
from tests.common import (
    EXTERNAL_URL,
    FOREIGN_URL,
    HOOK_FIELDS,
    HOOK_URL,
    INSTANCE_ID,
    OTHER_URL,
    TOKEN,
    Scene,
    async_agree,
    async_set_up,
    async_wait,
    hooks,
    issues,
    requests,
    writes,
)

STALE = f"{EXTERNAL_URL}/api/webhook/{'0' * 64}"


async def test_nothing_is_written_when_nothing_differs(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway
) -> None:
    before = len(requests(gateway))
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert requests(gateway)[before:] == ["GET status", "GET me", "GET device"]


async def test_the_gateway_is_left_alone_until_home_assistant_has_started(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    hass_with_url.set_state(CoreState.not_running)
    await async_set_up(hass_with_url, entry)
    assert not writes(gateway)
    await hass_with_url.async_start()
    await hass_with_url.async_block_till_done(wait_background_tasks=True)
    assert hooks(instance) == [HOOK_URL, HOOK_URL]


@pytest.mark.parametrize(
    "address", [None, "http://ha.example.org", "https://203.0.113.9"]
)
async def test_without_an_https_name_polling_goes_on_and_a_repair_says_why(
    scene: Scene,
    address: str | None,
) -> None:
    await scene.hass.config.async_update(external_url=address)
    await async_set_up(scene.hass, scene.entry)
    assert scene.entry.state is ConfigEntryState.LOADED
    assert not writes(scene.gateway)
    assert scene.issue_registry.async_get_issue(
        DOMAIN, f"no_https_url_{scene.entry.entry_id}"
    )

    await scene.hass.config.async_update(external_url=EXTERNAL_URL)
    await scene.hass.async_block_till_done(wait_background_tasks=True)
    assert hooks(scene.instance) == [HOOK_URL, HOOK_URL]
    assert not issues(scene.issue_registry)


async def test_a_new_address_of_the_house_is_followed(
    hass: HomeAssistant, loaded: MockConfigEntry, instance: Instance
) -> None:
    await hass.config.async_update(external_url="https://new.example.org")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert hooks(instance) == [HOOK_URL.replace("ha.", "new.")] * 2
    await hass.config_entries.async_remove(loaded.entry_id)
    assert hooks(instance) == ["", ""]


async def test_a_foreign_url_is_not_touched_without_consent(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    gateway.set_webhooks(instance, FOREIGN_URL)
    await async_set_up(hass_with_url, entry)
    await hass_with_url.config_entries.async_remove(entry.entry_id)
    assert not writes(gateway)
    assert hooks(instance) == [FOREIGN_URL, FOREIGN_URL]


async def test_a_foreign_url_is_taken_with_consent_and_given_back(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    hass_storage: dict[str, Any],
) -> None:
    gateway.set_webhooks(instance, FOREIGN_URL)
    await async_agree(hass_with_url, FOREIGN_URL, Choice.TAKE_OVER)
    await async_set_up(hass_with_url, entry)
    assert hooks(instance) == [HOOK_URL, HOOK_URL]
    assert instance.webhooks["receivedCallbackUrl"] == FOREIGN_URL

    await hass_with_url.config_entries.async_remove(entry.entry_id)
    assert hooks(instance) == [FOREIGN_URL, FOREIGN_URL]
    assert INSTANCE_ID not in hass_storage["zapi.webhooks"]["data"]


@pytest.mark.parametrize(
    ("shown", "choice"), [(FOREIGN_URL, Choice.LEAVE), (OTHER_URL, Choice.TAKE_OVER)]
)
async def test_consent_is_for_the_url_that_was_shown(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    shown: str,
    choice: Choice,
) -> None:
    gateway.set_webhooks(instance, FOREIGN_URL)
    await async_agree(hass_with_url, shown, choice)
    await async_set_up(hass_with_url, entry)
    assert hooks(instance) == [FOREIGN_URL, FOREIGN_URL]


async def test_consent_serves_once(
    freezer: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    scene: Scene,
) -> None:
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL)
    await async_agree(hass_with_url, FOREIGN_URL, Choice.TAKE_OVER)
    await async_set_up(hass_with_url, scene.entry)
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL)
    await async_wait(hass_with_url, freezer, 16 * 60)
    assert hooks(scene.instance) == [FOREIGN_URL, FOREIGN_URL]


async def test_an_orphan_of_this_house_is_replaced_and_not_given_back(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    gateway.set_webhooks(instance, STALE)
    await async_set_up(hass_with_url, entry)
    assert hooks(instance) == [HOOK_URL, HOOK_URL]
    await hass_with_url.config_entries.async_remove(entry.entry_id)
    assert hooks(instance) == ["", ""]


@pytest.mark.parametrize(
    "url",
    [
        STALE.replace("ha.", "evil."),
        STALE.replace("/api/webhook/", "/hook/"),
        f"{EXTERNAL_URL}/api/webhook/-AutomationOfSomebody",
        "https://[",
    ],
)
async def test_what_only_looks_like_an_orphan_is_foreign(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    url: str,
) -> None:
    gateway.set_webhooks(instance, url)
    await async_set_up(hass_with_url, entry)
    assert hooks(instance) == [url, url]


async def test_the_webhook_of_another_entry_is_foreign(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    MockConfigEntry(domain="other", data={"webhook_id": "0" * 64}).add_to_hass(
        hass_with_url
    )
    gateway.set_webhooks(instance, STALE)
    await async_set_up(hass_with_url, entry)
    assert hooks(instance) == [STALE, STALE]


async def test_the_ledger_is_on_disk_before_the_first_write(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    hass_storage: dict[str, Any],
) -> None:
    """The gateway dies at the first write: what it displaced is known even so."""
    gateway.set_webhooks(instance, FOREIGN_URL)
    await async_agree(hass_with_url, FOREIGN_URL, Choice.TAKE_OVER)
    gateway.faults.reset_before = frozenset({"update-webhook-*"})
    await async_set_up(hass_with_url, entry)
    record = hass_storage["zapi.webhooks"]["data"][INSTANCE_ID]["connected"]
    assert record["displaced"] == FOREIGN_URL
    assert record["our_urls"] == [HOOK_URL]


@pytest.mark.parametrize("fault", ["http_5xx", "put_true_not_applied"])
async def test_a_write_that_failed_or_was_not_made_is_tried_again(
    freezer: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    scene: Scene,
    fault: str,
) -> None:
    setattr(scene.gateway.faults, fault, frozenset({"update-webhook-*"}))
    await async_set_up(hass_with_url, scene.entry)
    assert hooks(scene.instance) == ["", ""]
    scene.gateway.faults.clear()
    await async_wait(hass_with_url, freezer, 11)
    assert hooks(scene.instance) == [HOOK_URL, HOOK_URL]


async def test_what_a_repair_left_unregistered_is_tried_again(
    scene: Scene,
    clock: FrozenDateTimeFactory,
    loaded: ZapiConfigEntry,
) -> None:
    scene.gateway.faults.put_true_not_applied = frozenset({"update-webhook-*"})
    scene.gateway.set_webhooks(scene.instance, "")
    await loaded.runtime_data.webhook_manager.async_reregister()
    assert hooks(scene.instance) == ["", ""]
    scene.gateway.faults.clear()
    await async_wait(scene.hass, clock, 11)
    assert hooks(scene.instance) == [HOOK_URL, HOOK_URL]


async def test_a_hook_that_was_emptied_is_set_again_with_the_next_details(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
) -> None:
    scene.gateway.set_webhooks(scene.instance, "")
    await async_wait(scene.hass, freezer, 16 * 60)
    assert hooks(scene.instance) == [HOOK_URL, HOOK_URL]


async def test_unloading_and_stopping_leave_the_gateway_alone(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway, instance: Instance
) -> None:
    before = len(requests(gateway))
    await hass.config_entries.async_unload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(requests(gateway)) == before
    assert hooks(instance) == [HOOK_URL, HOOK_URL]


async def test_disabling_gives_back_and_enabling_takes_again(
    hass: HomeAssistant, loaded: MockConfigEntry, instance: Instance
) -> None:
    await hass.config_entries.async_set_disabled_by(
        loaded.entry_id, ConfigEntryDisabler.USER
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert hooks(instance) == ["", ""]
    await hass.config_entries.async_set_disabled_by(loaded.entry_id, None)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert hooks(instance) == [HOOK_URL, HOOK_URL]


@pytest.mark.parametrize("choice", Choice)
async def test_what_was_said_outlives_disabling_but_not_removing(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    instance: Instance,
    choice: Choice,
) -> None:
    instance.webhooks.update(dict.fromkeys(HOOK_FIELDS, FOREIGN_URL))
    await async_agree(hass_with_url, FOREIGN_URL, choice)
    await async_set_up(hass_with_url, entry)
    stood = hooks(instance)
    await hass_with_url.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    await hass_with_url.async_block_till_done(wait_background_tasks=True)
    assert hooks(instance) == [FOREIGN_URL, FOREIGN_URL]
    await hass_with_url.config_entries.async_set_disabled_by(entry.entry_id, None)
    await hass_with_url.async_block_till_done(wait_background_tasks=True)
    assert hooks(instance) == stood
    assert entry.runtime_data.webhook_manager.choice is choice

    await hass_with_url.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    await hass_with_url.config_entries.async_remove(entry.entry_id)
    assert hooks(instance) == [FOREIGN_URL, FOREIGN_URL]
    ledger = await async_get_ledger(hass_with_url)
    assert not ledger.hook(INSTANCE_ID, CallbackType.CONNECTED).pending_consent


async def test_who_took_a_webhook_again_is_not_overwritten_after_enabling(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    gateway.set_webhooks(instance, FOREIGN_URL)
    await async_agree(hass_with_url, FOREIGN_URL, Choice.TAKE_OVER)
    await async_set_up(hass_with_url, entry)
    gateway.set_webhooks(instance, FOREIGN_URL, HOOK_FIELDS[0])
    for disabled_by in (ConfigEntryDisabler.USER, None):
        await hass_with_url.config_entries.async_set_disabled_by(
            entry.entry_id, disabled_by
        )
        await hass_with_url.async_block_till_done(wait_background_tasks=True)
    assert hooks(instance) == [FOREIGN_URL, HOOK_URL]


async def test_what_was_left_again_stays_left_however_often_the_entry_is_disabled(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    gateway.set_webhooks(instance, FOREIGN_URL)
    await async_agree(hass_with_url, FOREIGN_URL, Choice.TAKE_OVER)
    await async_set_up(hass_with_url, entry)
    shown = entry.runtime_data.webhook_manager.displaced
    assert await entry.runtime_data.webhook_manager.async_apply_choice(
        Choice.LEAVE, shown
    )
    count = len(writes(gateway))
    for disabled_by in (ConfigEntryDisabler.USER, None) * 2:
        await hass_with_url.config_entries.async_set_disabled_by(
            entry.entry_id, disabled_by
        )
        await hass_with_url.async_block_till_done(wait_background_tasks=True)
    assert hooks(instance) == [FOREIGN_URL, FOREIGN_URL]
    assert len(writes(gateway)) == count


async def test_disabling_an_entry_that_is_not_loaded_gives_back_too(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway, instance: Instance
) -> None:
    gateway.faults.http_5xx = frozenset({"status"})
    await hass.config_entries.async_reload(loaded.entry_id)
    assert loaded.state is ConfigEntryState.SETUP_RETRY
    await hass.config_entries.async_set_disabled_by(
        loaded.entry_id, ConfigEntryDisabler.USER
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert hooks(instance) == ["", ""]


async def test_an_entry_that_is_enabled_again_at_once_stays_registered(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    gateway.faults.http_5xx = frozenset({"status"})
    await hass.config_entries.async_reload(loaded.entry_id)
    assert loaded.state is ConfigEntryState.SETUP_RETRY
    gateway.faults.clear()
    asked = Event()
    answered = Event()
    ask = ZapiClient.me

    async def slowly(client: ZapiClient) -> api.Instance:
        asked.set()
        await answered.wait()
        return await ask(client)

    with patch.object(ZapiClient, "me", slowly):
        await hass.config_entries.async_set_disabled_by(
            loaded.entry_id, ConfigEntryDisabler.USER
        )
        await asked.wait()
        enabling = hass.async_create_task(
            hass.config_entries.async_set_disabled_by(loaded.entry_id, None)
        )
        answered.set()
        await enabling
        await hass.async_block_till_done(wait_background_tasks=True)
    assert hooks(instance) == [HOOK_URL, HOOK_URL]
    await gateway.lose_session(instance)
    assert hass.states.is_state("binary_sensor.casa_whatsapp", "off")
    assert (
        (await async_get_ledger(hass))
        .hook(INSTANCE_ID, CallbackType.CONNECTED)
        .our_urls
    )


async def test_somebody_elses_url_is_not_given_back_over(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway, instance: Instance
) -> None:
    gateway.set_webhooks(instance, OTHER_URL)
    await hass.config_entries.async_remove(loaded.entry_id)
    assert hooks(instance) == [OTHER_URL, OTHER_URL]


@pytest.mark.parametrize(
    "faults",
    [
        {"http_5xx": ["*"]},
        {"missing_fields": ["id", *HOOK_FIELDS]},
    ],
)
async def test_a_removal_that_cannot_give_back_says_what_to_do_and_remembers(
    hass_with_url: HomeAssistant,
    scene: Scene,
    faults: dict[str, list[str]],
) -> None:
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL)
    await async_agree(hass_with_url, FOREIGN_URL, Choice.TAKE_OVER)
    await async_set_up(hass_with_url, scene.entry)
    scene.gateway.faults.update(faults)
    await hass_with_url.config_entries.async_remove(scene.entry.entry_id)
    [issue] = issues(scene.issue_registry)
    assert issue.translation_key == "webhook_not_returned"
    assert issue.learn_more_url == PANEL_URL
    assert issue.is_persistent
    assert issue.translation_placeholders == {
        "name": "Casa",
        "hosts": "n8n.example.com",
    }

    scene.gateway.faults.clear()
    again = MockConfigEntry(
        domain=DOMAIN,
        unique_id=INSTANCE_ID,
        data={**scene.entry.data, "webhook_id": "1" * 64},
    )
    again.add_to_hass(hass_with_url)
    await async_set_up(hass_with_url, again)
    assert hooks(scene.instance) == [f"{EXTERNAL_URL}/api/webhook/{'1' * 64}"] * 2
    assert not issues(scene.issue_registry)
    await hass_with_url.config_entries.async_remove(again.entry_id)
    assert hooks(scene.instance) == [FOREIGN_URL, FOREIGN_URL]
    assert not issues(scene.issue_registry)


async def test_a_removal_waits_ten_seconds_at_most(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    issue_registry: ir.IssueRegistry,
) -> None:
    gateway.faults.slow_answers = frozenset({"*"})
    with patch("custom_components.zapi.webhooks.retirement._TIMEOUT_SECONDS", 0.1):
        await hass.config_entries.async_remove(loaded.entry_id)
    [issue] = issues(issue_registry)
    assert issue.translation_key == "webhook_not_cleared"
    assert issue.learn_more_url == PANEL_URL


async def test_the_token_is_in_no_line_of_ours(
    loaded: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    ours = [
        record.getMessage()
        for record in caplog.get_records("setup") + caplog.records
        if record.name.startswith("custom_components.zapi")
    ]
    assert ours
    assert TOKEN not in "".join(ours)
