"""The webhooks of messages: taken where the options want them, and given back."""

from collections.abc import Callable
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi.api import CallbackType
from custom_components.zapi.const import CONF_RECEIVE
from custom_components.zapi.webhooks.ledger import (
    Choice,
    Consent,
    LedgerError,
    async_get_ledger,
)
from custom_components.zapi.webhooks.registration import WebhookManager
from simulator import ALL, Gateway, Instance
from simulator.instance import HOOKS
from tests.common import (
    EXTERNAL_URL,
    FOREIGN_URL,
    HOOK_URL,
    INSTANCE_ID,
    OTHER_URL,
    Disk,
    Scene,
    async_set_up,
    async_wait,
    hooks,
    issues,
    requests,
    writes,
)

KEY = "zapi.webhooks"
FIRST, SECOND, DELIVERY, STATUS = (hook.field for hook in HOOKS[:4])
SWITCH = "PUT update-notify-sent-by-me"
WRITES = {
    FIRST: "PUT update-webhook-received",
    SECOND: "PUT update-webhook-received-delivery",
    DELIVERY: "PUT update-webhook-delivery",
    STATUS: "PUT update-webhook-message-status",
}
MESSAGES = ["messages"]
OWN = ["messages", "own"]
DETAILS = 16 * 60
OWNERS = {FIRST: FOREIGN_URL, SECOND: OTHER_URL}


def receiving(instance: Instance) -> list[str]:
    """Return what stands at the gateway for received messages."""
    return [instance.webhooks[FIRST], instance.webhooks[SECOND]]


def texts(registry: ir.IssueRegistry) -> set[str | None]:
    """Return what a person is told."""
    return {issue.translation_key for issue in issues(registry)}


def is_switched(instance: Instance) -> bool:
    """Return whether the gateway tells of one's own messages."""
    return bool(instance.settings["receiveCallbackSentByMe"])


def set_owners(gateway: Gateway, instance: Instance, urls: dict[str, str]) -> None:
    """Let others have the webhooks of received messages."""
    for field, url in urls.items():
        gateway.set_webhooks(instance, url, field)


async def async_want(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    receive: list[str],
    choice: Choice = Choice.LEAVE,
) -> None:
    """Choose what to receive, as the dialog does."""
    manager: WebhookManager = entry.runtime_data.webhook_manager
    options = {**entry.options, CONF_RECEIVE: receive}
    shown = await manager.async_foreign(options)
    await manager.async_want(
        options, {kind: Consent(url, choice) for kind, url in shown.items()}
    )
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.fixture
def note(hass_storage: Disk) -> Callable[[], dict[str, Any]]:
    """Return what the ledger holds of received messages."""
    return lambda: hass_storage[KEY]["data"][INSTANCE_ID].get("received", {})


async def test_receipts_take_their_two_webhooks_and_no_other(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway, instance: Instance
) -> None:
    before = len(writes(gateway))
    await async_want(hass, loaded, ["receipts"])
    assert writes(gateway)[before:] == [WRITES[DELIVERY], WRITES[STATUS]]
    assert receiving(instance) == ["", ""]
    await async_want(hass, loaded, [])
    assert [instance.webhooks[field] for field in (DELIVERY, STATUS)] == ["", ""]
    assert len(hooks(instance)) == hooks(instance).count(HOOK_URL)
    assert loaded.runtime_data.webhook_manager.status == "ok"


async def test_the_second_url_of_messages_stays_empty_where_it_is(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway, instance: Instance
) -> None:
    before = len(writes(gateway))
    await async_want(hass, loaded, MESSAGES)
    assert writes(gateway)[before:] == [WRITES[FIRST]]
    assert receiving(instance) == [HOOK_URL, ""]
    assert loaded.runtime_data.webhook_manager.status == "ok"
    assert loaded.options == {CONF_RECEIVE: MESSAGES}


async def test_both_urls_of_messages_and_the_switch_are_taken_in_order_and_come_back(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway, instance: Instance
) -> None:
    set_owners(gateway, instance, OWNERS)
    before = len(writes(gateway))
    await async_want(hass, loaded, OWN, Choice.TAKE_OVER)
    assert writes(gateway)[before:] == [WRITES[FIRST], WRITES[SECOND], SWITCH]
    assert receiving(instance) == [HOOK_URL, HOOK_URL]
    assert is_switched(instance)
    assert requests(gateway)[-1] == "GET me"

    before = len(writes(gateway))
    await async_want(hass, loaded, [])
    # The switch first: a bot that hears what it says itself would answer that.
    assert writes(gateway)[before:] == [SWITCH, WRITES[FIRST], WRITES[SECOND]]
    assert receiving(instance) == [FOREIGN_URL, OTHER_URL]
    assert not is_switched(instance)
    assert hooks(instance) == [HOOK_URL, HOOK_URL]


@pytest.mark.parametrize("field", [FIRST, SECOND])
@pytest.mark.parametrize("leaves", [False, True])
async def test_where_one_url_of_messages_is_somebody_elses_the_other_is_left_too(
    scene: Scene,
    loaded: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    field: str,
    leaves: bool,
) -> None:
    if leaves:
        scene.gateway.set_webhooks(scene.instance, FOREIGN_URL, field)
    before = writes(scene.gateway)
    scene.instance.settings["receiveCallbackSentByMe"] = True
    if not leaves:
        # It comes after the question.
        scene.gateway.faults.http_5xx = ALL
        await async_want(scene.hass, loaded, MESSAGES)
        scene.gateway.faults.clear()
        scene.gateway.set_webhooks(scene.instance, FOREIGN_URL, field)
        await async_wait(scene.hass, freezer, 61)
    else:
        await async_want(scene.hass, loaded, MESSAGES, Choice.LEAVE)
    await async_wait(scene.hass, freezer, DETAILS)
    assert sorted(receiving(scene.instance)) == ["", FOREIGN_URL]
    assert [asked for asked in writes(scene.gateway) if asked not in before] == []
    assert is_switched(scene.instance)
    assert loaded.runtime_data.webhook_manager.status == ("left" if leaves else "taken")
    assert bool(issues(scene.issue_registry)) is not leaves


async def test_one_url_of_messages_that_is_left_gives_the_other_back(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway, instance: Instance
) -> None:
    gateway.set_webhooks(instance, OTHER_URL, SECOND)
    await async_want(hass, loaded, OWN, Choice.TAKE_OVER)
    assert receiving(instance) == [HOOK_URL, HOOK_URL]
    manager = loaded.runtime_data.webhook_manager
    assert await manager.async_apply_choice(Choice.LEAVE, manager.displaced)
    # With the first one set, the second would have more than it had.
    assert receiving(instance) == ["", OTHER_URL]
    assert not is_switched(instance)
    assert manager.status == "left"


async def test_what_somebody_takes_and_the_person_takes_back_comes_back_to_them(
    scene: Scene, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    await async_want(scene.hass, loaded, OWN)
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL, FIRST)
    await async_wait(scene.hass, freezer, DETAILS)
    [issue] = issues(scene.issue_registry)
    placeholders = issue.translation_placeholders or {}
    assert placeholders["hooks"] == "ReceivedCallback"
    # They may answer what they send themselves.
    assert not is_switched(scene.instance)
    manager = loaded.runtime_data.webhook_manager
    assert await manager.async_apply_choice(Choice.TAKE_OVER, manager.claimable)
    assert is_switched(scene.instance)
    await scene.hass.config_entries.async_remove(loaded.entry_id)
    assert receiving(scene.instance) == [FOREIGN_URL, ""]
    assert not is_switched(scene.instance)


async def test_a_callback_that_two_webhooks_have_is_named_once(
    scene: Scene, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    set_owners(scene.gateway, scene.instance, OWNERS)
    await async_want(scene.hass, loaded, MESSAGES, Choice.TAKE_OVER)
    scene.instance.settings["callbackTypeFilters"] = ["FILTER_RECEIVED_CALLBACK"]
    await async_wait(scene.hass, freezer, DETAILS)
    [issue] = issues(scene.issue_registry)
    placeholders = issue.translation_placeholders or {}
    assert placeholders["filters"] == "FILTER_RECEIVED_CALLBACK"
    set_owners(scene.gateway, scene.instance, OWNERS)
    await async_wait(scene.hass, freezer, DETAILS)
    [issue] = issues(scene.issue_registry)
    placeholders = issue.translation_placeholders or {}
    assert placeholders["hooks"] == "ReceivedCallback"


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("receive", [MESSAGES, OWN])
@pytest.mark.parametrize("ends", ["unwanted", "disabled", "removed"])
async def test_the_switch_is_written_where_it_differs_and_comes_back(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    before: bool,
    receive: list[str],
    ends: str,
) -> None:
    instance.settings["receiveCallbackSentByMe"] = before
    await async_want(hass, loaded, receive)
    wanted = receive == OWN
    assert is_switched(instance) is wanted
    assert writes(gateway).count(SWITCH) == (wanted is not before)
    if ends == "unwanted":
        await async_want(hass, loaded, [])
    elif ends == "disabled":
        await hass.config_entries.async_set_disabled_by(
            loaded.entry_id, ConfigEntryDisabler.USER
        )
    else:
        await hass.config_entries.async_remove(loaded.entry_id)
    assert is_switched(instance) is before
    assert receiving(instance) == ["", ""]


async def test_the_switch_of_before_is_on_disk_before_it_is_written(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    note: Callable[[], dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noted: list[Any] = []
    record = gateway.log.record

    def watched(*args: Any, **kwargs: Any) -> Any:
        exchange = record(*args, **kwargs)
        if exchange.path == "update-notify-sent-by-me":
            noted.append(note().get("sent_by_me"))
        return exchange

    monkeypatch.setattr(gateway.log, "record", watched)
    await async_want(hass, loaded, OWN)
    assert noted == [False]
    assert is_switched(instance)


async def test_a_switch_that_is_not_made_is_tried_again(
    scene: Scene, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    scene.gateway.faults.put_true_not_applied = frozenset({"update-notify-sent-by-me"})
    await async_want(scene.hass, loaded, OWN)
    assert loaded.runtime_data.webhook_manager.status == "not_registered"
    scene.gateway.faults.clear()
    await async_wait(scene.hass, freezer, 61)
    assert is_switched(scene.instance)
    assert loaded.runtime_data.webhook_manager.status == "ok"


async def test_a_second_url_that_does_not_change_is_tried_again(
    scene: Scene, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    scene.gateway.set_webhooks(scene.instance, OTHER_URL, SECOND)
    scene.gateway.faults.second_receive_url_stale = True
    await async_want(scene.hass, loaded, OWN, Choice.TAKE_OVER)
    assert receiving(scene.instance) == [HOOK_URL, OTHER_URL]
    assert loaded.runtime_data.webhook_manager.status == "not_registered"
    # Not while they have the messages.
    assert not is_switched(scene.instance)
    scene.gateway.faults.clear()
    await async_wait(scene.hass, freezer, 61)
    assert receiving(scene.instance) == [HOOK_URL, HOOK_URL]
    assert is_switched(scene.instance)
    assert loaded.runtime_data.webhook_manager.status == "ok"


async def test_a_switch_that_could_not_be_set_back_is_told_and_remembered(
    scene: Scene, loaded: MockConfigEntry, note: Callable[[], dict[str, Any]]
) -> None:
    await async_want(scene.hass, loaded, OWN)
    scene.gateway.faults.http_5xx = frozenset({"update-notify-sent-by-me"})
    await scene.hass.config_entries.async_remove(loaded.entry_id)
    assert receiving(scene.instance) == ["", ""]
    assert is_switched(scene.instance)
    assert len(issues(scene.issue_registry)) == 1
    assert note()["sent_by_me"] is False

    scene.gateway.faults.clear()
    scene.entry.add_to_hass(scene.hass)
    scene.hass.config_entries.async_update_entry(scene.entry, options={})
    await async_set_up(scene.hass, scene.entry)
    assert not is_switched(scene.instance)


@pytest.mark.parametrize("seconds", [30, 90])
async def test_a_gateway_that_does_not_show_our_write_yet_gets_back_what_was_there(
    scene: Scene,
    loaded: MockConfigEntry,
    clock: FrozenDateTimeFactory,
    note: Callable[[], dict[str, Any]],
    seconds: int,
) -> None:
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL, FIRST)
    scene.gateway.faults.me_lags = seconds
    await async_wait(scene.hass, clock, 1)
    await async_want(scene.hass, loaded, OWN, Choice.TAKE_OVER)
    assert receiving(scene.instance) == [HOOK_URL, ""]
    await async_wait(scene.hass, clock, 5)
    await async_want(scene.hass, loaded, [])
    assert receiving(scene.instance) == [FOREIGN_URL, ""]
    assert note()["displaced"] == FOREIGN_URL
    for _ in range(4):
        await async_wait(scene.hass, clock, 400)
    assert receiving(scene.instance) == [FOREIGN_URL, ""]
    assert not is_switched(scene.instance)
    assert note() == {}
    assert loaded.runtime_data.webhook_manager.status == "ok"


async def test_a_write_that_comes_after_it_was_given_back_is_given_back_again(
    scene: Scene, loaded: MockConfigEntry, clock: FrozenDateTimeFactory
) -> None:
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL, FIRST)
    scene.gateway.faults.put_true_not_applied = frozenset({"update-webhook-received"})
    await async_want(scene.hass, loaded, MESSAGES, Choice.TAKE_OVER)
    scene.gateway.faults.clear()
    await async_want(scene.hass, loaded, [])
    # The write of before is made after all.
    scene.gateway.set_webhooks(scene.instance, HOOK_URL, FIRST)
    await async_wait(scene.hass, clock, 301)
    assert receiving(scene.instance) == [FOREIGN_URL, ""]


async def test_what_cannot_be_given_back_now_is_given_back_later(
    scene: Scene, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL, FIRST)
    await async_want(scene.hass, loaded, OWN, Choice.TAKE_OVER)
    scene.gateway.faults.http_5xx = ALL
    await async_want(scene.hass, loaded, [])
    assert loaded.options == {CONF_RECEIVE: []}
    assert loaded.runtime_data.webhook_manager.status == "not_registered"
    scene.gateway.faults.clear()
    await async_wait(scene.hass, freezer, 61)
    assert receiving(scene.instance) == [FOREIGN_URL, ""]
    assert not is_switched(scene.instance)
    assert loaded.runtime_data.webhook_manager.status == "ok"


@pytest.mark.parametrize("receive", [[], OWN])
async def test_a_full_disk_leaves_the_gateway_and_the_options_as_they_are(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    hass_storage: Disk,
    receive: list[str],
) -> None:
    await async_want(hass, loaded, MESSAGES)
    before, options = writes(gateway), dict(loaded.options)
    hass_storage.is_full = True
    with pytest.raises(LedgerError):
        await async_want(hass, loaded, [*receive, "receipts"])
    assert writes(gateway) == before
    assert loaded.options == options
    assert receiving(instance) == [HOOK_URL, ""]


async def test_what_options_want_is_taken_over_a_reload_and_a_restart_too(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway, instance: Instance
) -> None:
    await async_want(hass, loaded, [*OWN, "receipts"])
    before = writes(gateway)
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert writes(gateway) == before
    assert receiving(instance) == [HOOK_URL, ""]
    assert loaded.runtime_data.webhook_manager.status == "ok"


async def test_an_orphan_at_the_second_url_is_replaced(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway, instance: Instance
) -> None:
    orphan = HOOK_URL.replace("c0ffee", "beef00")
    gateway.set_webhooks(instance, orphan, SECOND)
    await async_want(hass, loaded, MESSAGES)
    assert receiving(instance) == [HOOK_URL, HOOK_URL]
    await async_want(hass, loaded, [])
    assert receiving(instance) == ["", ""]


async def test_a_gateway_that_does_not_show_the_switch_keeps_it(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway, instance: Instance
) -> None:
    del instance.settings["receiveCallbackSentByMe"]
    await async_want(hass, loaded, OWN)
    assert receiving(instance) == [HOOK_URL, ""]
    assert SWITCH not in writes(gateway)


async def test_without_a_record_what_the_options_want_is_emptied_and_told(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    instance: Instance,
    issue_registry: ir.IssueRegistry,
) -> None:
    await async_want(hass, loaded, [*MESSAGES, "receipts"])
    ledger = await async_get_ledger(hass)
    await ledger.async_update(INSTANCE_ID, dict.fromkeys(CallbackType))
    await hass.config_entries.async_remove(loaded.entry_id)
    assert set(instance.webhooks.values()) == {""}
    assert len(issues(issue_registry)) == 1


async def test_what_was_never_read_back_is_given_back_and_forgotten_too(
    scene: Scene,
    loaded: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    note: Callable[[], dict[str, Any]],
) -> None:
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL, FIRST)
    await async_want(scene.hass, loaded, OWN, Choice.TAKE_OVER)
    scene.gateway.faults.put_true_not_applied = frozenset({"update-webhook-received"})
    await scene.hass.config.async_update(external_url="https://new.example.org")
    await async_wait(scene.hass, freezer, 1)
    scene.gateway.faults.clear()
    await async_want(scene.hass, loaded, [])
    for _ in range(4):
        await async_wait(scene.hass, freezer, 1000)
    assert receiving(scene.instance) == [FOREIGN_URL, ""]
    assert not is_switched(scene.instance)
    assert note() == {}


@pytest.mark.parametrize("address", [EXTERNAL_URL, "http://ha.example.org"])
async def test_without_a_record_what_is_no_longer_wanted_is_emptied_and_told(
    scene: Scene, loaded: MockConfigEntry, address: str
) -> None:
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL, FIRST)
    await async_want(scene.hass, loaded, MESSAGES, Choice.TAKE_OVER)
    ledger = await async_get_ledger(scene.hass)
    await ledger.async_update(INSTANCE_ID, {CallbackType.RECEIVED: None})
    await scene.hass.config.async_update(external_url=address)
    await scene.hass.config_entries.async_reload(loaded.entry_id)
    await scene.hass.async_block_till_done(wait_background_tasks=True)
    before = texts(scene.issue_registry)
    await async_want(scene.hass, loaded, [])
    assert receiving(scene.instance) == ["", ""]
    told = texts(scene.issue_registry) - before
    assert told == {"webhook_previous_unknown"}
