"""What comes back when an entry is removed, whatever the gateway and the disk do."""

from asyncio import Event, gather
from collections.abc import Generator
import time
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi import api
from custom_components.zapi.api import CallbackType, ZapiClient, ZapiError
from custom_components.zapi.const import CONF_API_URL
from custom_components.zapi.runtime import ZapiConfigEntry
from custom_components.zapi.webhooks import access, restore, retirement
from custom_components.zapi.webhooks.ledger import (
    Choice,
    HookRecord,
    LedgerError,
    async_get_ledger,
)
from simulator import ALL, Gateway, Instance
from tests.common import (
    EXTERNAL_URL,
    FOREIGN_URL,
    HOOK_FIELDS,
    HOOK_URL,
    INSTANCE_ID,
    KINDS,
    OTHER_URL,
    Disk,
    Scene,
    async_agree,
    async_set_up,
    async_wait,
    before,
    hooks,
    issues,
    requests,
    writes,
)

SETTERS = frozenset({"update-webhook-*"})
KEY = "zapi.webhooks"


def texts(registry: ir.IssueRegistry) -> list[str | None]:
    """Return what a person is told."""
    return [issue.translation_key for issue in issues(registry)]


def written(gateway: Gateway) -> list[str]:
    """Return the URLs that were written at the gateway."""
    return [one.request["value"] for one in gateway.exchanges if one.method == "PUT"]


async def async_lose_record(hass: HomeAssistant) -> None:
    """Lose what is known of the instance."""
    ledger = await async_get_ledger(hass)
    await ledger.async_update(INSTANCE_ID, dict.fromkeys(KINDS))


@pytest.fixture
def hasty() -> Generator[None]:
    """Look at once whether it worked, and four times."""
    with patch.object(restore, "_READ_BACK_DELAYS_SECONDS", (0, 0, 0, 0)):
        yield


@pytest.fixture
async def lost(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    hass_storage: Disk,
) -> MockConfigEntry:
    """Return a loaded entry whose ledger was lost, or is older than the entry."""
    await async_set_up(hass_with_url, entry)
    await async_lose_record(hass_with_url)
    assert INSTANCE_ID not in hass_storage[KEY]["data"]
    return entry


@pytest.fixture
async def unmade(
    hass_with_url: HomeAssistant, clock: FrozenDateTimeFactory, scene: Scene
) -> Scene:
    """Return a number at whose gateway our writes were accepted and not yet made."""
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL)
    await async_agree(hass_with_url, FOREIGN_URL, Choice.TAKE_OVER)
    scene.gateway.faults.put_true_not_applied = SETTERS
    await async_set_up(hass_with_url, scene.entry)
    return scene


async def async_disable(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Disable an entry as a person does."""
    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.parametrize("disables", [False, True])
async def test_without_its_record_a_webhook_is_emptied_and_a_person_told(
    hass: HomeAssistant,
    lost: MockConfigEntry,
    instance: Instance,
    issue_registry: ir.IssueRegistry,
    disables: bool,
) -> None:
    if disables:
        await async_disable(hass, lost)
    else:
        await hass.config_entries.async_remove(lost.entry_id)
    assert hooks(instance) == ["", ""]
    [issue] = issues(issue_registry)
    assert issue.translation_key == "webhook_previous_unknown"
    assert issue.is_persistent
    assert not issue.is_fixable


async def test_a_webhook_that_is_ours_by_its_id_is_noted_as_soon_as_it_is_read(
    hass_with_url: HomeAssistant,
    scene: Scene,
    hass_storage: Disk,
) -> None:
    scene.gateway.set_webhooks(scene.instance, HOOK_URL, HOOK_FIELDS[0])
    await async_set_up(hass_with_url, scene.entry)
    record = hass_storage[KEY]["data"][INSTANCE_ID]
    assert [record[kind]["our_urls"] for kind in KINDS] == [[HOOK_URL]] * 2
    assert [record[kind]["displaced"] for kind in KINDS] == [None, ""]
    await hass_with_url.config_entries.async_remove(scene.entry.entry_id)
    assert hooks(scene.instance) == ["", ""]
    assert texts(scene.issue_registry) == ["webhook_previous_unknown"]


async def test_what_was_emptied_when_a_removal_was_cut_off_is_told_the_next_time(
    scene: Scene, clock: FrozenDateTimeFactory, lost: MockConfigEntry
) -> None:
    """Home Assistant ended before it could tell, and takes nothing anew without HTTPS."""
    await scene.hass.config_entries.async_reload(lost.entry_id)
    await scene.hass.async_block_till_done(wait_background_tasks=True)
    await scene.hass.config.async_update(external_url="http://ha.example.org")
    scene.gateway.set_webhooks(scene.instance, "", *HOOK_FIELDS)
    await async_wait(scene.hass, clock, 121)
    await scene.hass.config_entries.async_remove(lost.entry_id)
    assert hooks(scene.instance) == ["", ""]
    assert texts(scene.issue_registry) == ["webhook_previous_unknown"]


async def test_of_a_write_without_a_record_nobody_knows_when_it_was_made(
    scene: Scene,
    loaded: MockConfigEntry,
) -> None:
    """The gateway may still show what was there before it, here or from elsewhere."""
    await async_lose_record(scene.hass)
    await scene.hass.config_entries.async_reload(loaded.entry_id)
    await scene.hass.async_block_till_done(wait_background_tasks=True)
    scene.gateway.faults.me_lags = 60
    await async_disable(scene.hass, loaded)
    assert hooks(scene.instance) == ["", ""]
    assert texts(scene.issue_registry) == ["webhook_previous_unknown"]


async def test_a_record_that_began_anew_does_not_hide_that_one_was_lost(
    scene: Scene, clock: FrozenDateTimeFactory, loaded: MockConfigEntry
) -> None:
    """The gateway still shows what was there before, and a person answered to that."""
    scene.gateway.faults.me_lags = 60
    await async_lose_record(scene.hass)
    await async_agree(scene.hass, FOREIGN_URL, Choice.LEAVE)
    await scene.hass.config_entries.async_remove(loaded.entry_id)
    assert hooks(scene.instance) == [HOOK_URL, HOOK_URL]
    scene.gateway.faults.clear()
    await async_wait(scene.hass, clock, 121)
    assert hooks(scene.instance) == ["", ""]
    assert texts(scene.issue_registry) == ["webhook_previous_unknown"]


async def test_a_record_that_began_anew_does_not_hide_what_cannot_be_read(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    issue_registry: ir.IssueRegistry,
) -> None:
    await async_lose_record(hass)
    ledger = await async_get_ledger(hass)
    await ledger.async_update(INSTANCE_ID, {CallbackType.DELIVERY: HookRecord()})
    gateway.faults.http_5xx = ALL
    await hass.config_entries.async_remove(loaded.entry_id)
    assert texts(issue_registry) == ["webhook_not_cleared"]


async def test_what_was_unknown_is_known_no_better_after_a_move(
    hass_with_url: HomeAssistant,
    scene: Scene,
) -> None:
    scene.gateway.set_webhooks(scene.instance, HOOK_URL)
    await async_set_up(hass_with_url, scene.entry)
    await hass_with_url.config.async_update(external_url="https://new.example.org")
    await hass_with_url.async_block_till_done(wait_background_tasks=True)
    scene.gateway.set_webhooks(scene.instance, "")
    await hass_with_url.config_entries.async_reload(scene.entry.entry_id)
    await hass_with_url.async_block_till_done(wait_background_tasks=True)
    await hass_with_url.config_entries.async_remove(scene.entry.entry_id)
    assert hooks(scene.instance) == ["", ""]
    assert texts(scene.issue_registry) == ["webhook_previous_unknown"]


@pytest.mark.parametrize(
    ("loads", "told"), [(True, ["webhook_not_cleared"]), (False, [])]
)
async def test_without_a_record_an_unreadable_gateway_alarms_only_who_was_loaded(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    issue_registry: ir.IssueRegistry,
    hass_storage: Disk,
    loads: bool,
    told: list[str],
) -> None:
    if not loads:
        gateway.faults.http_5xx = ALL
    await async_set_up(hass_with_url, entry)
    gateway.faults.http_5xx = ALL
    await async_lose_record(hass_with_url)
    # The next start does not know more.
    await hass_with_url.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    await hass_with_url.config_entries.async_remove(entry.entry_id)
    assert texts(issue_registry) == told


async def test_a_removal_asks_once_even_where_nothing_was_written(
    hass: HomeAssistant, entry: MockConfigEntry, gateway: Gateway
) -> None:
    await async_set_up(hass, entry)
    count = len(requests(gateway))
    await hass.config_entries.async_remove(entry.entry_id)
    assert requests(gateway)[count:] == ["GET me"]


@pytest.mark.parametrize("previous", ["", FOREIGN_URL])
async def test_a_gateway_that_does_not_show_our_write_yet_gets_back_what_was_there(
    hass_with_url: HomeAssistant,
    scene: Scene,
    previous: str,
) -> None:
    scene.gateway.set_webhooks(scene.instance, previous)
    await async_agree(hass_with_url, previous, Choice.TAKE_OVER)
    scene.gateway.faults.me_lags = 60
    await async_set_up(hass_with_url, scene.entry)
    assert hooks(scene.instance) == [HOOK_URL, HOOK_URL]
    await hass_with_url.config_entries.async_remove(scene.entry.entry_id)
    assert hooks(scene.instance) == [previous, previous]
    assert not issues(scene.issue_registry)


async def test_a_third_url_is_left_alone_however_young_our_write_is(
    hass_with_url: HomeAssistant,
    scene: Scene,
) -> None:
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL)
    await async_agree(hass_with_url, FOREIGN_URL, Choice.TAKE_OVER)
    scene.gateway.faults.reset_after = SETTERS
    await async_set_up(hass_with_url, scene.entry)
    scene.gateway.faults.clear()
    scene.gateway.set_webhooks(scene.instance, OTHER_URL)
    count = len(writes(scene.gateway))
    await hass_with_url.config_entries.async_remove(scene.entry.entry_id)
    assert hooks(scene.instance) == [OTHER_URL, OTHER_URL]
    assert len(writes(scene.gateway)) == count
    assert not issues(scene.issue_registry)


async def test_what_was_there_long_before_is_not_written_once_more(
    scene: Scene,
    clock: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
) -> None:
    await async_wait(scene.hass, clock, 121)
    scene.gateway.set_webhooks(scene.instance, "")
    count = len(writes(scene.gateway))
    await scene.hass.config_entries.async_remove(loaded.entry_id)
    assert len(writes(scene.gateway)) == count


async def test_what_was_never_read_back_is_written_once_more_however_old_it_is(
    unmade: Scene, clock: FrozenDateTimeFactory
) -> None:
    for seconds in (11, 61, 301, 121):
        await async_wait(unmade.hass, clock, seconds)
    count = len(writes(unmade.gateway))
    await unmade.hass.config_entries.async_remove(unmade.entry.entry_id)
    assert written(unmade.gateway)[count:] == [FOREIGN_URL, FOREIGN_URL]
    assert not issues(unmade.issue_registry)


async def test_a_gateway_that_shows_late_what_was_given_back_alarms_nobody(
    scene: Scene,
    loaded: MockConfigEntry,
) -> None:
    scene.gateway.faults.me_lags = 0.2
    with patch.object(restore, "_READ_BACK_DELAYS_SECONDS", (0, 0, 0.3)):
        await scene.hass.config_entries.async_remove(loaded.entry_id)
    assert hooks(scene.instance) == ["", ""]
    assert not issues(scene.issue_registry)
    assert requests(scene.gateway).count("GET me") >= 5


@pytest.mark.usefixtures("hasty")
async def test_a_look_back_that_fails_is_not_the_last_one(
    scene: Scene,
    loaded: MockConfigEntry,
) -> None:
    def fail_once(number: int) -> None:
        failing = {"me"} if number == 2 else set()
        scene.gateway.faults.http_5xx = frozenset(failing)

    with patch.object(ZapiClient, "me", before(ZapiClient.me, fail_once)):
        await scene.hass.config_entries.async_remove(loaded.entry_id)
    assert hooks(scene.instance) == ["", ""]
    assert not issues(scene.issue_registry)


async def test_a_gateway_that_shows_our_url_after_it_was_given_back_is_not_believed(
    hass_with_url: HomeAssistant,
    clock: FrozenDateTimeFactory,
    hasty: None,
    scene: Scene,
) -> None:
    """Disabled, enabled and removed within the lag: what was there is still known."""
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL)
    await async_agree(hass_with_url, FOREIGN_URL, Choice.TAKE_OVER)
    await async_set_up(hass_with_url, scene.entry)
    await async_disable(hass_with_url, scene.entry)
    assert hooks(scene.instance) == [FOREIGN_URL, FOREIGN_URL]
    scene.gateway.faults.me_lags = 60
    await async_wait(hass_with_url, clock, 1)
    scene.instance.write_webhooks(
        dict.fromkeys(HOOK_FIELDS, HOOK_URL), scene.gateway.clock() - 90
    )
    scene.instance.write_webhooks(
        dict.fromkeys(HOOK_FIELDS, FOREIGN_URL), scene.gateway.clock()
    )
    await hass_with_url.config_entries.async_set_disabled_by(scene.entry.entry_id, None)
    await hass_with_url.async_block_till_done(wait_background_tasks=True)
    await hass_with_url.config_entries.async_remove(scene.entry.entry_id)
    assert hooks(scene.instance) == [FOREIGN_URL, FOREIGN_URL]


@pytest.mark.usefixtures("hasty")
async def test_a_gateway_that_shows_it_in_two_minutes_alarms_no_longer(
    scene: Scene,
    clock: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
    hass_storage: Disk,
) -> None:
    scene.gateway.faults.me_lags = 100
    await async_wait(scene.hass, clock, 101)
    await scene.hass.config_entries.async_remove(loaded.entry_id)
    assert texts(scene.issue_registry) == ["webhook_not_cleared"]
    assert INSTANCE_ID in hass_storage[KEY]["data"]
    await async_wait(scene.hass, clock, 121)
    assert hooks(scene.instance) == ["", ""]
    assert not issues(scene.issue_registry)
    assert INSTANCE_ID not in hass_storage[KEY]["data"]


async def test_a_write_that_cannot_be_written_over_is_told_and_settled_by_the_last_look(
    unmade: Scene, clock: FrozenDateTimeFactory, hass_storage: Disk
) -> None:
    """The gateway shows what was there, and nobody can make sure that it stays."""
    unmade.gateway.faults.http_5xx = SETTERS
    await unmade.hass.config_entries.async_remove(unmade.entry.entry_id)
    assert texts(unmade.issue_registry) == ["webhook_not_returned"]
    assert INSTANCE_ID in hass_storage[KEY]["data"]
    await async_wait(unmade.hass, clock, 121)
    assert hooks(unmade.instance) == [FOREIGN_URL, FOREIGN_URL]
    assert not issues(unmade.issue_registry)
    assert INSTANCE_ID not in hass_storage[KEY]["data"]


@pytest.fixture
async def late(unmade: Scene) -> MockConfigEntry:
    """Return an entry, removed before the gateway made the writes of its registration."""
    gateway, instance, entry = unmade.gateway, unmade.instance, unmade.entry
    gateway.faults.clear()
    await unmade.hass.config_entries.async_remove(entry.entry_id)
    assert hooks(instance) == [FOREIGN_URL, FOREIGN_URL]
    instance.write_webhooks(dict.fromkeys(HOOK_FIELDS, HOOK_URL), gateway.clock())
    return entry


async def test_a_write_that_comes_late_is_given_back_two_minutes_later(
    scene: Scene,
    clock: FrozenDateTimeFactory,
    late: MockConfigEntry,
    hass_storage: Disk,
) -> None:
    # Home Assistant may end before that: what was there must be known then.
    record = hass_storage[KEY]["data"][INSTANCE_ID]
    assert {hook["displaced"] for hook in record.values()} == {FOREIGN_URL}
    await async_wait(scene.hass, clock, 121)
    assert hooks(scene.instance) == [FOREIGN_URL, FOREIGN_URL]
    assert not issues(scene.issue_registry)
    assert INSTANCE_ID not in hass_storage[KEY]["data"]
    # That was the last look.
    count = len(requests(scene.gateway))
    await async_wait(scene.hass, clock, 3600)
    assert len(requests(scene.gateway)) == count


@pytest.mark.parametrize("failing", [SETTERS, ALL])
async def test_a_write_that_comes_late_and_stays_is_told_and_remembered(
    hass: HomeAssistant,
    clock: FrozenDateTimeFactory,
    late: MockConfigEntry,
    gateway: Gateway,
    issue_registry: ir.IssueRegistry,
    hass_storage: Disk,
    failing: frozenset[str],
) -> None:
    gateway.faults.http_5xx = failing
    await async_wait(hass, clock, 121)
    assert texts(issue_registry) == ["webhook_not_returned"]
    record = hass_storage[KEY]["data"][INSTANCE_ID]
    assert record["connected"]["displaced"] == FOREIGN_URL


async def test_a_last_look_that_fails_is_made_again_while_the_entry_is_disabled(
    unmade: Scene, clock: FrozenDateTimeFactory
) -> None:
    unmade.gateway.faults.clear()
    await async_disable(unmade.hass, unmade.entry)
    unmade.gateway.set_webhooks(unmade.instance, HOOK_URL, *HOOK_FIELDS)
    unmade.gateway.faults.http_5xx = ALL
    await async_wait(unmade.hass, clock, 121)
    assert texts(unmade.issue_registry) == ["webhook_not_returned"]
    unmade.gateway.faults.clear()
    await async_wait(unmade.hass, clock, 11)
    assert hooks(unmade.instance) == [FOREIGN_URL, FOREIGN_URL]
    assert not issues(unmade.issue_registry)


async def test_a_last_look_that_fails_is_told_without_a_record_too(
    scene: Scene, clock: FrozenDateTimeFactory, loaded: MockConfigEntry
) -> None:
    scene.gateway.faults.me_lags = 60
    await async_lose_record(scene.hass)
    await scene.hass.config_entries.async_remove(loaded.entry_id)
    assert not issues(scene.issue_registry)
    scene.gateway.faults.http_5xx = ALL
    await async_wait(scene.hass, clock, 121)
    assert hooks(scene.instance) == [HOOK_URL, HOOK_URL]
    assert texts(scene.issue_registry) == ["webhook_not_cleared"]


async def test_the_look_two_minutes_later_leaves_alone_who_was_added_again(
    hass: HomeAssistant,
    clock: FrozenDateTimeFactory,
    late: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    again = MockConfigEntry(
        domain=late.domain,
        unique_id=INSTANCE_ID,
        data={**late.data, "webhook_id": "1" * 64},
    )
    again.add_to_hass(hass)
    gateway.set_webhooks(instance, "")
    await async_set_up(hass, again)
    await async_wait(hass, clock, 121)
    assert hooks(instance) == [f"{EXTERNAL_URL}/api/webhook/{'1' * 64}"] * 2


async def test_one_webhook_that_cannot_be_written_does_not_keep_the_other(
    scene: Scene,
    loaded: MockConfigEntry,
) -> None:
    scene.gateway.faults.http_5xx = frozenset({"update-webhook-connected"})
    await scene.hass.config_entries.async_remove(loaded.entry_id)
    assert hooks(scene.instance) == [HOOK_URL, ""]
    assert texts(scene.issue_registry) == ["webhook_not_cleared"]


async def test_a_removal_ends_in_time_while_a_registration_hangs(
    hass_with_url: HomeAssistant,
    scene: Scene,
) -> None:
    """The write that hangs is cut off; what it may have done is undone."""
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL)
    await async_agree(hass_with_url, FOREIGN_URL, Choice.TAKE_OVER)
    scene.gateway.faults.slow_answers = frozenset({"update-webhook-connected"})
    began, ended = [], []

    def begin(number: int) -> None:
        began.append(time.monotonic())
        if number == 1:
            hass_with_url.async_create_task(remove())
        else:
            scene.gateway.faults.clear()

    async def remove() -> None:
        await hass_with_url.config_entries.async_remove(scene.entry.entry_id)
        ended.append(time.monotonic())

    with (
        patch.object(access, "STOP_SECONDS", 0.2),
        patch.object(ZapiClient, "set_webhook", before(ZapiClient.set_webhook, begin)),
    ):
        await async_set_up(hass_with_url, scene.entry)
    assert hooks(scene.instance) == [FOREIGN_URL, FOREIGN_URL]
    assert written(scene.gateway) == [HOOK_URL, FOREIGN_URL, FOREIGN_URL]
    assert 0.2 <= ended[0] - began[0] < 3
    assert not issues(scene.issue_registry)


def test_ten_seconds_are_all_that_a_removal_may_take() -> None:
    assert access.STOP_SECONDS == 3
    assert access.STOP_SECONDS + retirement._TIMEOUT_SECONDS == 10


async def test_a_reload_during_a_registration_that_hangs_gives_nothing_back(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    gateway.faults.slow_answers = frozenset({"update-webhook-connected"})

    def begin(number: int) -> None:
        if number == 1:
            hass_with_url.async_create_task(
                hass_with_url.config_entries.async_reload(entry.entry_id)
            )
        gateway.faults.clear()

    with (
        patch.object(access, "STOP_SECONDS", 0.2),
        patch.object(ZapiClient, "set_webhook", before(ZapiClient.set_webhook, begin)),
    ):
        await async_set_up(hass_with_url, entry)
    assert hooks(instance) == [HOOK_URL, HOOK_URL]


async def test_no_write_of_a_dialog_begins_after_the_entry_is_unloaded(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    loaded: ZapiConfigEntry,
) -> None:
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL)
    await async_wait(scene.hass, freezer, 16 * 60)
    manager = loaded.runtime_data.webhook_manager
    count = len(writes(scene.gateway))

    def remove(number: int) -> None:
        if number == 1:
            scene.hass.async_create_task(
                scene.hass.config_entries.async_remove(loaded.entry_id)
            )

    with patch.object(ZapiClient, "me", before(ZapiClient.me, remove)):
        shown = dict.fromkeys(KINDS, FOREIGN_URL)
        choices = manager.async_apply_choice(Choice.TAKE_OVER, shown)
        [outcome] = await gather(choices, return_exceptions=True)
        await scene.hass.async_block_till_done(wait_background_tasks=True)
    assert isinstance(outcome, ZapiError)
    assert set(written(scene.gateway)[count:]) == {FOREIGN_URL}
    assert hooks(scene.instance) == [FOREIGN_URL, FOREIGN_URL]


async def test_a_decision_that_an_unload_cuts_off_is_forgotten(
    hass_with_url: HomeAssistant,
    entry: ZapiConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    gateway.set_webhooks(instance, FOREIGN_URL)
    await hass_with_url.config_entries.async_setup(entry.entry_id)
    await hass_with_url.async_block_till_done(wait_background_tasks=True)
    ask, looks, hangs = ZapiClient.me, [], Event()

    async def hang(client: ZapiClient) -> api.Instance:
        looks.append(client)
        if len(looks) == 2:
            hangs.set()
            await Event().wait()
        return await ask(client)

    deciding = entry.runtime_data.webhook_manager.async_apply_choice(
        Choice.TAKE_OVER, dict.fromkeys(KINDS, FOREIGN_URL)
    )
    with (
        patch.object(ZapiClient, "me", hang),
        patch.object(access, "STOP_SECONDS", 0.2),
    ):
        decision = hass_with_url.async_create_task(deciding)
        await hangs.wait()
        await hass_with_url.config_entries.async_unload(entry.entry_id)
        [outcome] = await gather(decision, return_exceptions=True)
    assert isinstance(outcome, ZapiError)
    await hass_with_url.config_entries.async_setup(entry.entry_id)
    await hass_with_url.async_block_till_done(wait_background_tasks=True)
    assert hooks(instance) == [FOREIGN_URL, FOREIGN_URL]


async def test_no_write_of_a_dialog_begins_while_home_assistant_stops(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    loaded: ZapiConfigEntry,
) -> None:
    """What was there is on disk by then, and so it could be done; it is not."""
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL)
    await async_wait(scene.hass, freezer, 16 * 60)
    count = len(writes(scene.gateway))

    def stop(number: int) -> None:
        if number == 2:
            scene.hass.set_state(CoreState.stopping)

    # The second look is the one right before the write.
    with patch.object(ZapiClient, "me", before(ZapiClient.me, stop)):
        choosing = loaded.runtime_data.webhook_manager.async_apply_choice(
            Choice.TAKE_OVER, dict.fromkeys(KINDS, FOREIGN_URL)
        )
        [outcome] = await gather(choosing, return_exceptions=True)
    scene.hass.set_state(CoreState.running)
    assert isinstance(outcome, ZapiError | LedgerError)
    assert len(writes(scene.gateway)) == count


async def test_nothing_is_given_back_by_a_dialog_while_home_assistant_stops(
    hass_with_url: HomeAssistant, scene: Scene, entry: ZapiConfigEntry
) -> None:
    """This needs nothing on disk, which takes nothing any more either."""
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL)
    await async_agree(hass_with_url, FOREIGN_URL, Choice.TAKE_OVER)
    await async_set_up(hass_with_url, scene.entry)
    manager = entry.runtime_data.webhook_manager

    def stop(number: int) -> None:
        if number == 2:
            hass_with_url.set_state(CoreState.stopping)

    with patch.object(ZapiClient, "me", before(ZapiClient.me, stop)):
        choosing = manager.async_apply_choice(Choice.LEAVE, manager.displaced)
        [outcome] = await gather(choosing, return_exceptions=True)
    hass_with_url.set_state(CoreState.running)
    assert isinstance(outcome, ZapiError | LedgerError)
    assert hooks(scene.instance) == [HOOK_URL, HOOK_URL]


async def test_a_disabling_that_is_cut_off_is_told(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    issue_registry: ir.IssueRegistry,
) -> None:
    """Home Assistant may not ask us again before the entry is enabled."""
    gateway.faults.slow_answers = frozenset({"me"})
    asked = Event()
    with patch.object(ZapiClient, "me", before(ZapiClient.me, lambda _: asked.set())):
        disabling = hass.async_create_task(
            hass.config_entries.async_set_disabled_by(
                loaded.entry_id, ConfigEntryDisabler.USER
            )
        )
        await asked.wait()
        disabling.cancel()
        await gather(disabling, return_exceptions=True)
    assert texts(issue_registry) == ["webhook_not_cleared"]
    gateway.faults.clear()


async def test_whatever_keeps_from_giving_back_ends_in_a_repair_and_a_closed_door(
    scene: Scene,
    loaded: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    scene.hass.config_entries.async_update_entry(
        loaded, data={**loaded.data, CONF_API_URL: "http://elsewhere.example.com"}
    )
    await scene.hass.config_entries.async_remove(loaded.entry_id)
    assert texts(scene.issue_registry) == ["webhook_not_cleared"]
    await scene.gateway.disconnect(scene.instance)
    assert "Received message for unregistered webhook" in caplog.text


async def test_a_disk_that_is_full_does_not_keep_anything_from_coming_back(
    hass_with_url: HomeAssistant,
    scene: Scene,
    hass_storage: Disk,
) -> None:
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL)
    await async_agree(hass_with_url, FOREIGN_URL, Choice.TAKE_OVER)
    await async_set_up(hass_with_url, scene.entry)
    hass_storage.is_full = True
    await hass_with_url.config_entries.async_remove(scene.entry.entry_id)
    assert hooks(scene.instance) == [FOREIGN_URL, FOREIGN_URL]
    assert not issues(scene.issue_registry)


@pytest.mark.parametrize(
    ("at_the_gateway", "is_ours"),
    [
        (HOOK_URL.replace("https://ha.", "HTTPS://HA."), True),
        (f"{HOOK_URL}/", True),
        (HOOK_URL.replace(".org", ".org:443"), True),
        (HOOK_URL.replace("/api/", "/API/").replace("c0ffee", "C0FFEE"), False),
    ],
)
async def test_urls_are_compared_as_urls(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    at_the_gateway: str,
    is_ours: bool,
) -> None:
    gateway.set_webhooks(instance, at_the_gateway, *HOOK_FIELDS)
    await async_set_up(hass_with_url, entry)
    assert not writes(gateway)
    await hass_with_url.config_entries.async_remove(entry.entry_id)
    assert hooks(instance) == ([""] if is_ours else [at_the_gateway]) * 2


async def test_what_was_there_comes_back_letter_by_letter(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    odd = "https://N8N.Example.com:443/Hook/?B=%7e&a="
    gateway.set_webhooks(instance, odd)
    shown = "https://n8n.example.com/Hook?B=%7E&a="
    await async_agree(hass_with_url, shown, Choice.TAKE_OVER)
    await async_set_up(hass_with_url, entry)
    assert hooks(instance) == [HOOK_URL, HOOK_URL]
    await hass_with_url.config_entries.async_remove(entry.entry_id)
    assert hooks(instance) == [odd, odd]


@pytest.mark.parametrize("is_loaded", [True, False])
async def test_one_change_of_disabled_is_one_attempt(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway, is_loaded: bool
) -> None:
    """Home Assistant tells each change of an entry, of whatever kind."""
    gateway.faults.http_5xx = ALL
    if not is_loaded:
        await hass.config_entries.async_reload(loaded.entry_id)
        assert loaded.state is ConfigEntryState.SETUP_RETRY
    count = len(requests(gateway))
    await async_disable(hass, loaded)
    hass.config_entries.async_update_entry(loaded, title="Casa 2")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert requests(gateway)[count:] == ["GET me"]


@pytest.fixture
async def stuck(
    hass_with_url: HomeAssistant,
    clock: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> MockConfigEntry:
    """Return an entry that was disabled while the gateway could not be reached."""
    gateway.set_webhooks(instance, FOREIGN_URL)
    await async_agree(hass_with_url, FOREIGN_URL, Choice.TAKE_OVER)
    await async_set_up(hass_with_url, entry)
    gateway.faults.http_5xx = ALL
    await async_disable(hass_with_url, entry)
    return entry


def is_open(caplog: pytest.LogCaptureFixture) -> bool:
    """Return whether our door was open to all that came."""
    return "unregistered webhook" not in caplog.text


async def test_what_could_not_be_given_back_keeps_its_door_until_it_is(
    scene: Scene,
    clock: FrozenDateTimeFactory,
    stuck: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Else Home Assistant would log the webhook's id, and copies would be lost."""
    [issue] = issues(scene.issue_registry)
    assert issue.translation_key == "webhook_not_returned"
    assert issue.is_persistent
    await scene.gateway.disconnect(scene.instance)
    assert is_open(caplog)

    asked = requests(scene.gateway).count("GET me")
    await async_wait(scene.hass, clock, 9)
    assert requests(scene.gateway).count("GET me") == asked
    await async_wait(scene.hass, clock, 2)
    assert requests(scene.gateway).count("GET me") == asked + 1
    scene.gateway.faults.clear()
    await async_wait(scene.hass, clock, 59)
    assert hooks(scene.instance) == [HOOK_URL, HOOK_URL]
    await async_wait(scene.hass, clock, 2)
    assert hooks(scene.instance) == [FOREIGN_URL, FOREIGN_URL]
    assert not issues(scene.issue_registry)

    # A write of ours may come late: until then it stays open.
    scene.gateway.set_webhooks(scene.instance, HOOK_URL)
    await scene.gateway.connect(scene.instance)
    assert is_open(caplog)
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL)
    await async_wait(scene.hass, clock, 121)
    scene.gateway.set_webhooks(scene.instance, HOOK_URL)
    await scene.gateway.disconnect(scene.instance)
    assert not is_open(caplog)


async def test_of_two_that_were_disabled_together_the_one_that_came_back_is_taken_again(
    hass_with_url: HomeAssistant,
    scene: Scene,
) -> None:
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL)
    await async_agree(hass_with_url, FOREIGN_URL, Choice.TAKE_OVER)
    await async_set_up(hass_with_url, scene.entry)
    scene.gateway.faults.http_5xx = frozenset({"update-webhook-connected"})
    await async_disable(hass_with_url, scene.entry)
    assert hooks(scene.instance) == [HOOK_URL, FOREIGN_URL]
    scene.gateway.faults.clear()
    await hass_with_url.config_entries.async_set_disabled_by(scene.entry.entry_id, None)
    await hass_with_url.async_block_till_done(wait_background_tasks=True)
    assert hooks(scene.instance) == [HOOK_URL, HOOK_URL]
    assert not issues(scene.issue_registry)


async def test_enabling_again_ends_the_attempts(
    scene: Scene,
    clock: FrozenDateTimeFactory,
    stuck: MockConfigEntry,
) -> None:
    scene.gateway.faults.clear()
    await scene.hass.config_entries.async_set_disabled_by(stuck.entry_id, None)
    await scene.hass.async_block_till_done(wait_background_tasks=True)
    await async_wait(scene.hass, clock, 11)
    assert hooks(scene.instance) == [HOOK_URL, HOOK_URL]
    assert not issues(scene.issue_registry)


async def test_removing_ends_the_attempts_and_gives_back(
    scene: Scene,
    clock: FrozenDateTimeFactory,
    stuck: MockConfigEntry,
    hass_storage: Disk,
) -> None:
    scene.gateway.faults.clear()
    await scene.hass.config_entries.async_remove(stuck.entry_id)
    assert hooks(scene.instance) == [FOREIGN_URL, FOREIGN_URL]
    assert not issues(scene.issue_registry)
    assert INSTANCE_ID not in hass_storage[KEY]["data"]
    count = len(requests(scene.gateway))
    await async_wait(scene.hass, clock, 11)
    assert len(requests(scene.gateway)) == count


async def test_after_a_restart_it_is_tried_again_where_another_entry_is_enabled(
    hass_with_url: HomeAssistant,
    clock: FrozenDateTimeFactory,
    scene: Scene,
    hass_storage: Disk,
    caplog: pytest.LogCaptureFixture,
) -> None:
    record = {"displaced": FOREIGN_URL, "our_urls": [HOOK_URL], "confirmed": HOOK_URL}
    hass_storage[KEY] = {
        "version": 1,
        "data": {INSTANCE_ID: {str(kind): record for kind in KINDS}},
    }
    scene.gateway.set_webhooks(scene.instance, HOOK_URL, *HOOK_FIELDS)
    scene.gateway.faults.http_5xx = frozenset({"me"})
    hass_with_url.config_entries.async_get_known_entry(
        scene.entry.entry_id
    ).disabled_by = ConfigEntryDisabler.USER
    other = scene.gateway.add(name="Loja")
    data: dict[str, Any] = {"instance_id": other.instance_id, "token": other.token}
    neighbour = MockConfigEntry(
        domain=scene.entry.domain,
        unique_id=other.instance_id,
        data={**scene.entry.data, **data, "webhook_id": "1" * 64},
    )
    neighbour.add_to_hass(hass_with_url)
    await async_set_up(hass_with_url, neighbour)
    await scene.gateway.disconnect(scene.instance)
    assert is_open(caplog)
    assert texts(scene.issue_registry) == ["webhook_not_returned"]
    scene.gateway.faults.clear()
    await async_wait(hass_with_url, clock, 11)
    assert hooks(scene.instance) == [FOREIGN_URL, FOREIGN_URL]
    assert not issues(scene.issue_registry)
