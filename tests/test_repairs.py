"""What a person can mend from Home Assistant, through the dialogs of its repairs."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any
from unittest.mock import patch

from aiohttp.test_utils import TestClient
from freezegun.api import FrozenDateTimeFactory
from homeassistant.auth.models import User
from homeassistant.components import cloud
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.zapi import repairs
from custom_components.zapi.api import CallbackType
from custom_components.zapi.const import DOMAIN
from custom_components.zapi.issues import IssueKind
from custom_components.zapi.runtime import ZapiConfigEntry
from custom_components.zapi.webhooks.ledger import Choice, async_get_ledger
from simulator import ALL, Gateway, Instance

from .common import (
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
    hooks,
    issues,
    requests,
    writes,
)

WEBHOOK_ENTITY = "binary_sensor.casa_webhook"
DETAILS = 16 * 60
ALL_CHOICES = [str(choice) for choice in Choice]
MENDED = [
    IssueKind.CALLBACKS_FILTERED,
    IssueKind.CALLBACKS_MISSING,
    IssueKind.WEBHOOK_TAKEN,
]
# What is answered to the first step of a dialog, where that is a menu.
MENU = {IssueKind.WEBHOOK_TAKEN: {"next_step_id": "take_over"}}
OWN_FILTERS = ["FILTER_CONNECTED_CALLBACK", "FILTER_DISCONNECTED_CALLBACK"]


class Dialogs:
    """The browser of a person who looks at the repairs."""

    def __init__(
        self,
        clients: ClientSessionGenerator,
        access_token: str,
        entry: MockConfigEntry,
    ) -> None:
        """Open no connection yet: Home Assistant may not be up."""
        self._clients = clients
        self._access_token = access_token
        self._client: TestClient[Any, Any] | None = None
        self._entry = entry

    async def open(self, kind: str) -> dict[str, Any]:
        """Open the dialog of an issue of the entry."""
        issue_id = f"{kind}_{self._entry.entry_id}"
        answer = {"handler": DOMAIN, "issue_id": issue_id}
        return await self._post("", answer)

    async def submit(self, step: dict[str, Any], **answer: str) -> dict[str, Any]:
        """Go on from a step."""
        return await self._post(f"/{step['flow_id']}", answer)

    async def choose(self, step: dict[str, Any], choice: str) -> dict[str, Any]:
        """Choose from the menu."""
        return await self.submit(step, next_step_id=choice)

    async def look(self, step: dict[str, Any]) -> dict[str, Any]:
        """Look how far a step is."""
        return await self._said("GET", f"/{step['flow_id']}", None)

    async def close(self, step: dict[str, Any]) -> None:
        """Close the dialog."""
        await self._said("DELETE", f"/{step['flow_id']}", None)

    async def _post(self, path: str, answer: dict[str, str]) -> dict[str, Any]:
        return await self._said("POST", path, answer)

    async def _said(
        self, method: str, path: str, answer: dict[str, str] | None
    ) -> dict[str, Any]:
        if self._client is None:
            self._client = await self._clients(self._access_token)
        response = await self._client.request(
            method, f"/api/repairs/issues/fix{path}", json=answer
        )
        assert response.status == HTTPStatus.OK, await response.text()
        said: dict[str, Any] = await response.json()
        return said


@pytest.fixture
async def dialogs(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    hass_admin_user: User,
) -> Dialogs:
    """Return the dialogs of an administrator who stays signed in."""
    assert await async_setup_component(hass, "repairs", {})
    refresh_token = await hass.auth.async_create_refresh_token(
        hass_admin_user,
        "https://example.org/app",
        access_token_expiration=timedelta(days=1),
    )
    access_token = hass.auth.async_create_access_token(refresh_token)
    return Dialogs(hass_client, access_token, entry)


@pytest.fixture
async def taken(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    freezer: FrozenDateTimeFactory,
) -> MockConfigEntry:
    """Return the entry after somebody else took its webhooks."""
    gateway.set_webhooks(instance, FOREIGN_URL)
    await async_wait(hass, freezer, DETAILS)
    return loaded


@pytest.fixture
async def deaf(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    freezer: FrozenDateTimeFactory,
) -> MockConfigEntry:
    """Return the entry, connected, after two callbacks in a row were missed."""
    gateway.clock = lambda: dt_util.utcnow().timestamp()
    gateway.faults.lose_callbacks = ALL
    for act in (gateway.disconnect, gateway.connect):
        await act(instance)
        await async_wait(hass, freezer, 61)
        await async_wait(hass, freezer, 91)
    return loaded


def translation_keys(registry: ir.IssueRegistry) -> list[str | None]:
    """Return which issues there are."""
    return [issue.translation_key for issue in issues(registry)]


async def test_what_was_taken_is_shown_with_its_host_and_the_choices(
    hass: HomeAssistant,
    dialogs: Dialogs,
    taken: MockConfigEntry,
    gateway: Gateway,
    issue_registry: ir.IssueRegistry,
) -> None:
    [issue] = issues(issue_registry)
    assert issue.translation_key == IssueKind.WEBHOOK_TAKEN
    assert issue.is_fixable
    assert issue.translation_placeholders == {
        "name": "Casa",
        "hooks": "ConnectedCallback, DisconnectedCallback",
        "hosts": "n8n.example.com",
    }
    menu = await dialogs.open(IssueKind.WEBHOOK_TAKEN)
    assert menu["type"] == "menu"
    assert menu["menu_options"] == ALL_CHOICES
    assert menu["description_placeholders"] == issue.translation_placeholders
    assert hass.states.is_state(WEBHOOK_ENTITY, "on")
    assert len(writes(gateway)) == 2


@pytest.mark.parametrize(
    ("choice", "at_the_gateway", "after_removal", "forwards", "state"),
    [
        (Choice.TAKE_OVER, HOOK_URL, FOREIGN_URL, False, "off"),
        (Choice.TAKE_OVER_AND_FORWARD, HOOK_URL, FOREIGN_URL, True, "off"),
        (Choice.LEAVE, FOREIGN_URL, FOREIGN_URL, False, "on"),
    ],
)
async def test_each_choice_does_what_it_says(
    hass: HomeAssistant,
    dialogs: Dialogs,
    taken: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    issue_registry: ir.IssueRegistry,
    choice: Choice,
    at_the_gateway: str,
    after_removal: str,
    forwards: bool,
    state: str,
) -> None:
    menu = await dialogs.open(IssueKind.WEBHOOK_TAKEN)
    result = await dialogs.choose(menu, choice)
    assert result["type"] == "create_entry"
    assert hooks(instance) == [at_the_gateway, at_the_gateway]
    assert not issues(issue_registry)
    assert hass.states.is_state(WEBHOOK_ENTITY, state)
    ledger = await async_get_ledger(hass)
    assert ledger.hook(INSTANCE_ID, CallbackType.CONNECTED).forward is forwards

    await hass.config_entries.async_remove(taken.entry_id)
    assert hooks(instance) == [after_removal, after_removal]


@pytest.mark.parametrize(
    "url", ["http://n8n.example.com/hook", "https://localhost:5678/hook", "https://["]
)
async def test_no_copy_is_offered_to_where_none_may_go(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    dialogs: Dialogs,
    loaded: MockConfigEntry,
    url: str,
) -> None:
    scene.gateway.set_webhooks(scene.instance, url)
    await async_wait(scene.hass, freezer, DETAILS)
    menu = await dialogs.open(IssueKind.WEBHOOK_TAKEN)
    assert menu["menu_options"] == ["take_over", "leave"]


async def test_one_webhook_that_was_taken_is_decided_alone(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    dialogs: Dialogs,
    loaded: MockConfigEntry,
) -> None:
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL, HOOK_FIELDS[1])
    await async_wait(scene.hass, freezer, DETAILS)
    menu = await dialogs.open(IssueKind.WEBHOOK_TAKEN)
    assert menu["description_placeholders"]["hooks"] == "DisconnectedCallback"
    await dialogs.choose(menu, Choice.LEAVE)
    assert hooks(scene.instance) == [HOOK_URL, FOREIGN_URL]


@pytest.mark.parametrize("choice", list(Choice))
async def test_what_changed_while_the_dialog_was_open_is_asked_anew(
    dialogs: Dialogs,
    taken: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    issue_registry: ir.IssueRegistry,
    choice: Choice,
) -> None:
    menu = await dialogs.open(IssueKind.WEBHOOK_TAKEN)
    gateway.set_webhooks(instance, OTHER_URL)
    result = await dialogs.choose(menu, choice)
    assert result["type"] == "abort"
    assert result["reason"] == "changed_meanwhile"
    assert hooks(instance) == [OTHER_URL, OTHER_URL]
    [issue] = issues(issue_registry)
    assert issue.translation_placeholders
    assert issue.translation_placeholders["hosts"] == "other.example.net"

    result = await dialogs.choose(await dialogs.open(IssueKind.WEBHOOK_TAKEN), choice)
    assert result["type"] == "create_entry"
    assert not issues(issue_registry)


@pytest.mark.parametrize("fault", ["http_5xx", "put_true_not_applied", "changed"])
async def test_consent_that_was_not_carried_out_is_forgotten(
    hass: HomeAssistant,
    dialogs: Dialogs,
    taken: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    fault: str,
) -> None:
    """What failed in front of a person must not happen hours later behind them."""
    menu = await dialogs.open(IssueKind.WEBHOOK_TAKEN)
    gateway.set_webhooks(instance, {"changed": OTHER_URL}.get(fault, FOREIGN_URL))
    gateway.faults.update({fault: ["update-webhook-*"]} if fault != "changed" else {})
    result = await dialogs.choose(menu, Choice.TAKE_OVER)
    assert result["type"] == "abort"
    gateway.faults.clear()
    gateway.set_webhooks(instance, FOREIGN_URL)
    await hass.config_entries.async_reload(taken.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert hooks(instance) == [FOREIGN_URL, FOREIGN_URL]


@pytest.mark.parametrize("choice", list(Choice))
async def test_a_repair_that_cannot_be_stored_changes_nothing(
    dialogs: Dialogs,
    taken: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    issue_registry: ir.IssueRegistry,
    hass_storage: Disk,
    choice: Choice,
) -> None:
    menu = await dialogs.open(IssueKind.WEBHOOK_TAKEN)
    count = len(writes(gateway))
    hass_storage.is_full = True
    result = await dialogs.choose(menu, choice)
    assert result["type"] == "abort"
    assert result["reason"] == "not_stored"
    assert len(writes(gateway)) == count
    assert hooks(instance) == [FOREIGN_URL, FOREIGN_URL]
    [issue] = issues(issue_registry)
    assert issue.translation_key == IssueKind.WEBHOOK_TAKEN


async def async_take_over_half(
    dialogs: Dialogs, gateway: Gateway, instance: Instance
) -> None:
    """Take over and forward at a gateway that fails after the first webhook."""
    menu = await dialogs.open(IssueKind.WEBHOOK_TAKEN)
    gateway.faults.http_5xx = frozenset({"update-webhook-disconnected"})
    result = await dialogs.choose(menu, Choice.TAKE_OVER_AND_FORWARD)
    assert result["type"] == "abort"
    assert hooks(instance) == [HOOK_URL, FOREIGN_URL]
    gateway.faults.clear()


async def test_a_takeover_that_stopped_half_way_keeps_its_promise(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    dialogs: Dialogs,
    taken: ZapiConfigEntry,
) -> None:
    await async_take_over_half(dialogs, scene.gateway, scene.instance)
    await async_wait(scene.hass, freezer, 11)
    manager = taken.runtime_data.webhook_manager
    assert hooks(scene.instance) == [HOOK_URL, FOREIGN_URL]
    assert manager.displaced == {CallbackType.CONNECTED: FOREIGN_URL}
    assert manager.claimable == {CallbackType.DISCONNECTED: FOREIGN_URL}
    assert manager.choice is Choice.TAKE_OVER_AND_FORWARD
    assert translation_keys(scene.issue_registry) == [IssueKind.WEBHOOK_TAKEN]


@pytest.mark.parametrize("choice", [Choice.TAKE_OVER, Choice.TAKE_OVER_AND_FORWARD])
async def test_a_takeover_that_stopped_half_way_can_be_repeated_at_once(
    hass: HomeAssistant,
    dialogs: Dialogs,
    taken: ZapiConfigEntry,
    gateway: Gateway,
    instance: Instance,
    issue_registry: ir.IssueRegistry,
    choice: Choice,
) -> None:
    await async_take_over_half(dialogs, gateway, instance)
    result = await dialogs.choose(await dialogs.open(IssueKind.WEBHOOK_TAKEN), choice)
    assert result["type"] == "create_entry"
    assert hooks(instance) == [HOOK_URL, HOOK_URL]
    assert taken.runtime_data.webhook_manager.displaced == dict.fromkeys(
        KINDS, FOREIGN_URL
    )
    assert taken.runtime_data.webhook_manager.choice is choice
    ledger = await async_get_ledger(hass)
    forwards = {ledger.hook(INSTANCE_ID, kind).forward for kind in KINDS}
    assert forwards == {choice is Choice.TAKE_OVER_AND_FORWARD}
    assert not issues(issue_registry)


async def test_without_an_address_there_is_nothing_to_decide(
    hass: HomeAssistant,
    dialogs: Dialogs,
    taken: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> None:
    hass.config.components.add("cloud")
    with (
        patch.object(cloud, "async_active_subscription", return_value=True),
        patch.object(
            cloud,
            "async_get_or_create_cloudhook",
            side_effect=cloud.CloudNotAvailable,
        ),
    ):
        await hass.config.async_update(external_url="https://new.example.org")
        await hass.async_block_till_done(wait_background_tasks=True)
        result = await dialogs.open(IssueKind.WEBHOOK_TAKEN)
    assert result["type"] == "abort"
    assert result["reason"] == "changed_meanwhile"
    assert translation_keys(issue_registry) == [IssueKind.WEBHOOK_TAKEN]


async def test_a_takeover_that_the_gateway_does_not_make_keeps_the_issue(
    dialogs: Dialogs,
    taken: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    gateway.faults.put_true_not_applied = ALL
    menu = await dialogs.open(IssueKind.WEBHOOK_TAKEN)
    result = await dialogs.choose(menu, Choice.TAKE_OVER)
    assert result["type"] == "abort"
    assert result["reason"] == "changed_meanwhile"
    assert hooks(instance) == [FOREIGN_URL, FOREIGN_URL]


async def test_leaving_it_is_remembered_over_a_reload(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    dialogs: Dialogs,
    taken: MockConfigEntry,
) -> None:
    menu = await dialogs.open(IssueKind.WEBHOOK_TAKEN)
    await dialogs.choose(menu, Choice.LEAVE)
    written = writes(scene.gateway)
    await scene.hass.config_entries.async_reload(taken.entry_id)
    await scene.hass.async_block_till_done(wait_background_tasks=True)
    await async_wait(scene.hass, freezer, DETAILS)
    assert not issues(scene.issue_registry)
    assert writes(scene.gateway) == written
    state = scene.hass.states.get(WEBHOOK_ENTITY)
    assert state
    assert state.attributes["reason"] == "left"

    # Somebody else again: that is asked anew.
    scene.gateway.set_webhooks(scene.instance, OTHER_URL)
    await async_wait(scene.hass, freezer, DETAILS)
    assert translation_keys(scene.issue_registry) == [IssueKind.WEBHOOK_TAKEN]


async def test_a_webhook_set_again_three_times_a_day_becomes_an_issue(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    dialogs: Dialogs,
    loaded: MockConfigEntry,
) -> None:
    for _ in range(3):
        scene.gateway.set_webhooks(scene.instance, "")
        await async_wait(scene.hass, freezer, DETAILS)
        assert hooks(scene.instance) == [HOOK_URL, HOOK_URL]
    scene.gateway.set_webhooks(scene.instance, "")
    await async_wait(scene.hass, freezer, DETAILS)
    assert hooks(scene.instance) == ["", ""]
    assert translation_keys(scene.issue_registry) == [IssueKind.WEBHOOK_TAKEN]

    menu = await dialogs.open(IssueKind.WEBHOOK_TAKEN)
    assert menu["menu_options"] == ["take_over", "leave"]
    await dialogs.choose(menu, Choice.TAKE_OVER)
    assert hooks(scene.instance) == [HOOK_URL, HOOK_URL]
    assert not issues(scene.issue_registry)

    # Taking it back begins the count anew.
    scene.gateway.set_webhooks(scene.instance, "")
    await async_wait(scene.hass, freezer, DETAILS)
    assert hooks(scene.instance) == [HOOK_URL, HOOK_URL]


async def test_a_webhook_may_be_set_again_another_day(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
) -> None:
    for _ in range(4):
        scene.gateway.set_webhooks(scene.instance, "")
        await async_wait(scene.hass, freezer, timedelta(hours=9).total_seconds())
        assert hooks(scene.instance) == [HOOK_URL, HOOK_URL]


async def test_filters_are_shown_and_only_ours_removed(
    hass_with_url: HomeAssistant,
    dialogs: Dialogs,
    scene: Scene,
) -> None:
    others = ["FILTER_PRESENCE_CHAT_CALLBACK", "FILTER_DELIVERY_CALLBACK"]
    scene.instance.settings["callbackTypeFilters"] = [*OWN_FILTERS, *others]
    scene.instance.hidden["messageFilters"] = ["FILTER_FROM_GROUP"]
    await async_set_up(hass_with_url, scene.entry)
    [issue] = issues(scene.issue_registry)
    assert issue.translation_key == IssueKind.CALLBACKS_FILTERED
    assert issue.translation_placeholders == {
        "name": "Casa",
        "filters": ", ".join(OWN_FILTERS),
    }
    assert hass_with_url.states.is_state(WEBHOOK_ENTITY, "on")

    form = await dialogs.open(IssueKind.CALLBACKS_FILTERED)
    assert form["step_id"] == "confirm"
    assert form["description_placeholders"] == issue.translation_placeholders
    result = await dialogs.submit(form)
    assert result["type"] == "create_entry"
    assert scene.instance.settings["callbackTypeFilters"] == others
    assert scene.instance.hidden["messageFilters"] == ["FILTER_FROM_GROUP"]
    assert not issues(scene.issue_registry)
    assert hass_with_url.states.is_state(WEBHOOK_ENTITY, "off")


async def test_message_filters_that_the_gateway_shows_are_kept(
    hass_with_url: HomeAssistant,
    dialogs: Dialogs,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    instance.settings["callbackTypeFilters"] = OWN_FILTERS[:1]
    instance.settings["messageFilters"] = ["FILTER_FROM_GROUP"]
    await async_set_up(hass_with_url, entry)
    await dialogs.submit(await dialogs.open(IssueKind.CALLBACKS_FILTERED))
    [put] = [one for one in gateway.exchanges if one.path == "update-filters"]
    assert put.request == {
        "callbackTypeFilters": [],
        "messageFilters": ["FILTER_FROM_GROUP"],
    }


async def test_filters_that_the_gateway_does_not_remove_keep_the_issue(
    hass_with_url: HomeAssistant,
    dialogs: Dialogs,
    scene: Scene,
) -> None:
    scene.instance.settings["callbackTypeFilters"] = OWN_FILTERS[:1]
    await async_set_up(hass_with_url, scene.entry)
    scene.gateway.faults.put_true_not_applied = ALL
    result = await dialogs.submit(await dialogs.open(IssueKind.CALLBACKS_FILTERED))
    assert result["type"] == "abort"
    assert result["reason"] == "not_applied"
    assert translation_keys(scene.issue_registry) == [IssueKind.CALLBACKS_FILTERED]


async def test_another_trouble_is_no_sign_that_a_filter_was_removed(
    hass_with_url: HomeAssistant,
    dialogs: Dialogs,
    scene: Scene,
) -> None:
    scene.instance.settings["callbackTypeFilters"] = OWN_FILTERS[:1]
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL, HOOK_FIELDS[1])
    await async_set_up(hass_with_url, scene.entry)
    scene.gateway.faults.put_true_not_applied = ALL
    result = await dialogs.submit(await dialogs.open(IssueKind.CALLBACKS_FILTERED))
    assert result["type"] == "abort"
    assert result["reason"] == "not_applied"
    assert IssueKind.CALLBACKS_FILTERED in translation_keys(scene.issue_registry)


async def test_filters_that_a_person_removes_settle_the_issue(
    freezer: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    scene: Scene,
) -> None:
    scene.instance.settings["callbackTypeFilters"] = OWN_FILTERS
    await async_set_up(hass_with_url, scene.entry)
    assert issues(scene.issue_registry)
    scene.instance.settings["callbackTypeFilters"] = []
    await async_wait(hass_with_url, freezer, DETAILS)
    assert not issues(scene.issue_registry)


async def test_filters_matter_only_where_the_webhook_is_ours(
    hass_with_url: HomeAssistant,
    scene: Scene,
) -> None:
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL)
    scene.instance.settings["callbackTypeFilters"] = OWN_FILTERS
    await async_agree(hass_with_url, FOREIGN_URL, Choice.LEAVE)
    await async_set_up(hass_with_url, scene.entry)
    assert not issues(scene.issue_registry)


async def test_a_restart_whose_callback_arrives_is_the_proof(
    hass: HomeAssistant,
    dialogs: Dialogs,
    deaf: MockConfigEntry,
    gateway: Gateway,
    issue_registry: ir.IssueRegistry,
) -> None:
    assert translation_keys(issue_registry) == [IssueKind.CALLBACKS_MISSING]
    form = await dialogs.open(IssueKind.CALLBACKS_MISSING)
    assert form["step_id"] == "confirm"
    gateway.faults.clear()
    before = len(requests(gateway))
    step = await dialogs.submit(form)
    assert step["type"] == "progress"
    await hass.async_block_till_done(wait_background_tasks=True)
    result = await dialogs.look(step)
    assert result["type"] == "create_entry"
    assert not issues(issue_registry)
    assert hass.states.is_state(WEBHOOK_ENTITY, "off")
    asked = requests(gateway)[before:]
    assert [one for one in asked if one.startswith("PUT")] == [
        "PUT update-webhook-connected",
        "PUT update-webhook-disconnected",
    ]
    assert asked.count("GET restart") == 1


async def test_a_restart_without_a_callback_keeps_the_issue(
    hass: HomeAssistant,
    dialogs: Dialogs,
    deaf: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> None:
    form = await dialogs.open(IssueKind.CALLBACKS_MISSING)
    with patch.object(repairs, "_WAIT_SECONDS", 0):
        step = await dialogs.submit(form)
        assert step["type"] == "progress"
        await hass.async_block_till_done(wait_background_tasks=True)
    result = await dialogs.look(step)
    assert result["type"] == "abort"
    assert result["reason"] == "no_callback"
    assert translation_keys(issue_registry) == [IssueKind.CALLBACKS_MISSING]


async def test_a_minute_is_waited_for_the_callback(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    dialogs: Dialogs,
    deaf: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    step = await dialogs.submit(await dialogs.open(IssueKind.CALLBACKS_MISSING))
    await gateway.drain()
    freezer.tick(timedelta(seconds=55))
    step = await dialogs.look(step)
    assert step["type"] == "progress"
    freezer.tick(timedelta(seconds=6))
    await hass.async_block_till_done(wait_background_tasks=True)
    result = await dialogs.look(step)
    assert result["reason"] == "no_callback"


async def test_a_restart_that_the_gateway_declines_keeps_the_issue(
    hass: HomeAssistant,
    dialogs: Dialogs,
    deaf: MockConfigEntry,
    gateway: Gateway,
    issue_registry: ir.IssueRegistry,
) -> None:
    gateway.faults.value_false = frozenset({"restart"})
    step = await dialogs.submit(await dialogs.open(IssueKind.CALLBACKS_MISSING))
    await hass.async_block_till_done(wait_background_tasks=True)
    result = await dialogs.look(step)
    assert result["type"] == "abort"
    assert result["reason"] == "cannot_connect"
    assert translation_keys(issue_registry) == [IssueKind.CALLBACKS_MISSING]


async def test_while_disconnected_pairing_will_be_the_proof(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    dialogs: Dialogs,
    deaf: MockConfigEntry,
) -> None:
    await scene.gateway.disconnect(scene.instance)
    await async_wait(scene.hass, freezer, 61)
    written = len(writes(scene.gateway))
    result = await dialogs.submit(await dialogs.open(IssueKind.CALLBACKS_MISSING))
    assert result["type"] == "abort"
    assert result["reason"] == "pair_first"
    assert len(writes(scene.gateway)) == written + 2
    assert "GET restart" not in requests(scene.gateway)
    assert translation_keys(scene.issue_registry) == [IssueKind.CALLBACKS_MISSING]

    scene.gateway.faults.clear()
    await scene.gateway.connect(scene.instance)
    assert not issues(scene.issue_registry)


async def test_a_dialog_that_is_closed_waits_no_more(
    hass: HomeAssistant,
    dialogs: Dialogs,
    deaf: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> None:
    step = await dialogs.submit(await dialogs.open(IssueKind.CALLBACKS_MISSING))
    await dialogs.close(step)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert translation_keys(issue_registry) == [IssueKind.CALLBACKS_MISSING]


async def test_registering_again_writes_only_what_is_ours(
    hass: HomeAssistant,
    dialogs: Dialogs,
    deaf: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    issue_registry: ir.IssueRegistry,
) -> None:
    gateway.set_webhooks(instance, FOREIGN_URL, HOOK_FIELDS[0])
    step = await dialogs.submit(await dialogs.open(IssueKind.CALLBACKS_MISSING))
    await dialogs.close(step)
    assert hooks(instance) == [FOREIGN_URL, HOOK_URL]
    assert IssueKind.WEBHOOK_TAKEN in translation_keys(issue_registry)


@pytest.fixture
async def troubled(
    hass: HomeAssistant,
    deaf: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    freezer: FrozenDateTimeFactory,
    kind: str,
) -> MockConfigEntry:
    """Return an entry with an issue that can be mended from here."""
    if kind == IssueKind.WEBHOOK_TAKEN:
        gateway.set_webhooks(instance, FOREIGN_URL, HOOK_FIELDS[0])
    elif kind == IssueKind.CALLBACKS_FILTERED:
        instance.settings["callbackTypeFilters"] = OWN_FILTERS
    await async_wait(hass, freezer, DETAILS)
    return deaf


@pytest.mark.parametrize("kind", MENDED)
async def test_while_the_gateway_is_down_nothing_is_mended(
    dialogs: Dialogs,
    troubled: MockConfigEntry,
    gateway: Gateway,
    issue_registry: ir.IssueRegistry,
    kind: IssueKind,
) -> None:
    gateway.faults.http_5xx = ALL
    result = await dialogs.submit(await dialogs.open(kind), **MENU.get(kind, {}))
    assert result["type"] == "abort"
    assert result["reason"] == "cannot_connect"
    assert kind in translation_keys(issue_registry)


@pytest.mark.parametrize("kind", MENDED)
async def test_while_the_entry_is_not_loaded_nothing_is_mended(
    hass: HomeAssistant,
    dialogs: Dialogs,
    troubled: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    kind: IssueKind,
) -> None:
    step = await dialogs.open(kind)
    await hass.config_entries.async_unload(troubled.entry_id)
    result = await dialogs.submit(step, **MENU.get(kind, {}))
    assert result["type"] == "abort"
    assert result["reason"] == "not_loaded"
    assert kind in translation_keys(issue_registry)


async def test_there_is_no_choice_while_the_entry_is_not_loaded(
    hass: HomeAssistant,
    dialogs: Dialogs,
    taken: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> None:
    await hass.config_entries.async_unload(taken.entry_id)
    result = await dialogs.open(IssueKind.WEBHOOK_TAKEN)
    assert result["type"] == "abort"
    assert result["reason"] == "not_loaded"
    assert translation_keys(issue_registry) == [IssueKind.WEBHOOK_TAKEN]


@pytest.mark.parametrize("kind", MENDED)
async def test_removing_the_entry_withdraws_its_issues(
    hass: HomeAssistant,
    troubled: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    kind: str,
) -> None:
    assert kind in translation_keys(issue_registry)
    await hass.config_entries.async_remove(troubled.entry_id)
    assert not issues(issue_registry)


# What automations wait for

MESSAGE_FIELDS = ("receivedCallbackUrl", "receivedAndDeliveryCallbackUrl")


@pytest.fixture
async def waits(hass: HomeAssistant, house: MockConfigEntry) -> MockConfigEntry:
    """Return an entry whose messages an automation waits for, though it receives none."""
    await async_wait_for(hass, "message_received", "event.casa_message")
    return house


async def async_wait_for(
    hass: HomeAssistant, trigger: str, entity_id: str, **options: Any
) -> None:
    """Make an automation."""
    config = {
        "id": "it",
        "alias": "It",
        "triggers": {
            "trigger": f"zapi.{trigger}",
            "target": {"entity_id": entity_id},
            "options": options,
        },
        "actions": [],
    }
    assert await async_setup_component(hass, "automation", {"automation": config})
    await hass.async_block_till_done()


def options_of(entry: MockConfigEntry) -> Any:
    """Return what an entry receives."""
    return entry.options.get("receive", [])


async def test_what_automations_wait_for_is_turned_on_and_the_issue_goes(
    hass: HomeAssistant,
    waits: MockConfigEntry,
    dialogs: Dialogs,
    instance: Instance,
    issue_registry: ir.IssueRegistry,
) -> None:
    hass.config_entries.async_update_entry(
        waits, options={"others": "contacts", "receive": ["receipts"]}
    )
    form = await dialogs.open(IssueKind.MESSAGES_OFF)
    assert form["step_id"] == "confirm"
    missing = form["description_placeholders"]["missing"]
    assert missing.startswith("- Messages: what is written")
    assert "\n" not in missing

    result = await dialogs.submit(form)

    assert result["type"] == "create_entry"
    assert options_of(waits) == ["receipts", "messages"]
    assert waits.options["others"] == "contacts"
    assert instance.webhooks[MESSAGE_FIELDS[0]] == HOOK_URL
    assert issues(issue_registry) == []


@pytest.mark.parametrize(
    ("options", "step_id"),
    [({}, "confirm_nobody"), ({"others": "contacts"}, "confirm")],
)
async def test_where_no_message_counts_even_then_that_is_said(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    dialogs: Dialogs,
    options: dict[str, Any],
    step_id: str,
) -> None:
    hass.config_entries.async_update_entry(loaded, options=options)
    await async_wait_for(hass, "message_received", "event.casa_message")
    form = await dialogs.open(IssueKind.MESSAGES_OFF)
    assert form["step_id"] == step_id

    result = await dialogs.submit(form)

    assert result["type"] == "create_entry"
    assert options_of(loaded) == ["messages"]


async def test_receipts_come_though_no_message_counts(
    hass: HomeAssistant, loaded: MockConfigEntry, dialogs: Dialogs
) -> None:
    hass.config_entries.async_update_entry(loaded, options={"receive": ["messages"]})
    await async_wait_for(
        hass, "message_status_changed", "event.casa_message", status=["read"]
    )
    form = await dialogs.open(IssueKind.MESSAGES_OFF)
    assert form["step_id"] == "confirm"


async def test_who_has_the_messages_now_is_asked_about_before(
    hass: HomeAssistant,
    waits: MockConfigEntry,
    dialogs: Dialogs,
    gateway: Gateway,
    instance: Instance,
) -> None:
    gateway.set_webhooks(instance, FOREIGN_URL, MESSAGE_FIELDS[0])
    menu = await dialogs.submit(await dialogs.open(IssueKind.MESSAGES_OFF))
    assert menu["step_id"] == "others"
    assert menu["menu_options"] == ALL_CHOICES
    assert menu["description_placeholders"]["hosts"] == "n8n.example.com"
    assert options_of(waits) == []
    assert instance.webhooks[MESSAGE_FIELDS[0]] == FOREIGN_URL

    result = await dialogs.choose(menu, "take_over_and_forward")

    assert result["type"] == "create_entry"
    assert options_of(waits) == ["messages"]
    assert instance.webhooks[MESSAGE_FIELDS[0]] == HOOK_URL
    ledger = await async_get_ledger(hass)
    assert ledger.hook(INSTANCE_ID, CallbackType.RECEIVED).forward


async def test_what_is_left_to_another_system_stays_there(
    waits: MockConfigEntry, dialogs: Dialogs, gateway: Gateway, instance: Instance
) -> None:
    gateway.set_webhooks(instance, FOREIGN_URL, MESSAGE_FIELDS[0])
    menu = await dialogs.submit(await dialogs.open(IssueKind.MESSAGES_OFF))
    result = await dialogs.choose(menu, "leave")

    assert result["type"] == "create_entry"
    assert options_of(waits) == ["messages"]
    assert instance.webhooks[MESSAGE_FIELDS[0]] == FOREIGN_URL


async def test_receipts_are_what_a_trigger_of_the_status_waits_for(
    hass: HomeAssistant, house: MockConfigEntry, dialogs: Dialogs
) -> None:
    await async_wait_for(
        hass, "message_status_changed", "event.maria_message", status=["read"]
    )
    form = await dialogs.open(IssueKind.MESSAGES_OFF)
    assert "Receipts" in form["description_placeholders"]["missing"]
    await dialogs.submit(form)

    assert options_of(house) == ["receipts"]


async def test_who_waits_for_own_messages_needs_both(
    hass: HomeAssistant, house: MockConfigEntry, dialogs: Dialogs, instance: Instance
) -> None:
    await async_wait_for(hass, "message_received", "event.maria_message", own=True)
    await dialogs.submit(await dialogs.open(IssueKind.MESSAGES_OFF))

    assert options_of(house) == ["messages", "own"]
    assert instance.settings["receiveCallbackSentByMe"] is True


async def test_who_waits_for_notes_to_oneself_needs_own_messages_too(
    hass: HomeAssistant, house: MockConfigEntry, dialogs: Dialogs
) -> None:
    hass.config_entries.async_update_entry(house, options={"receive": ["messages"]})
    await async_wait_for(hass, "message_received", "event.me_message")
    form = await dialogs.open(IssueKind.MESSAGES_OFF)
    missing = form["description_placeholders"]["missing"]
    assert missing.startswith("- Your own messages too: ")
    await dialogs.submit(form)

    assert options_of(house) == ["messages", "own"]


async def test_a_recipient_who_may_not_is_allowed_to(
    hass: HomeAssistant,
    house: MockConfigEntry,
    dialogs: Dialogs,
    issue_registry: ir.IssueRegistry,
) -> None:
    hass.config_entries.async_update_entry(house, options={"receive": ["messages"]})
    [maria, joao] = [one for one in house.subentries.values() if one.title[0] in "MJ"][
        :2
    ]
    for one in (maria, joao):
        hass.config_entries.async_update_subentry(
            house, one, data={**one.data, "may_trigger": False}
        )
    await async_wait_for(hass, "message_received", "event.maria_message")
    form = await dialogs.open(IssueKind.MESSAGES_OFF)
    missing = form["description_placeholders"]["missing"]
    assert missing == "- Maria: May trigger automations"
    [issue] = issues(issue_registry)
    assert "Maria" not in str(issue)

    result = await dialogs.submit(form)

    assert result["type"] == "create_entry"
    assert house.subentries[maria.subentry_id].data["may_trigger"] is True
    assert house.subentries[joao.subentry_id].data["may_trigger"] is False
    assert issues(issue_registry) == []


async def test_what_was_turned_on_elsewhere_or_is_waited_for_no_more_needs_no_repair(
    hass: HomeAssistant, waits: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    def set_received(*received: str) -> None:
        hass.config_entries.async_update_entry(
            waits, options={"receive": list(received)}
        )

    assert issues(issue_registry)
    set_received("messages")
    assert issues(issue_registry) == []
    set_received()
    assert issues(issue_registry)
    await hass.services.async_call(
        "automation", "turn_off", {"entity_id": "automation.it"}, blocking=True
    )
    assert issues(issue_registry) == []


async def test_what_is_waited_for_is_asked_for_once_the_number_is_loaded(
    hass: HomeAssistant, waits: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    await hass.config_entries.async_unload(waits.entry_id)
    ir.async_delete_issue(hass, DOMAIN, f"messages_off_{waits.entry_id}")
    hass.config_entries.async_update_entry(waits, title="Casa")
    assert issues(issue_registry) == []

    await async_set_up(hass, waits)

    assert [issue.translation_key for issue in issues(issue_registry)] == [
        "messages_off"
    ]


async def test_a_full_disk_turns_nothing_on(
    waits: MockConfigEntry, dialogs: Dialogs, hass_storage: Disk
) -> None:
    form = await dialogs.open(IssueKind.MESSAGES_OFF)
    hass_storage.is_full = True
    result = await dialogs.submit(form)
    hass_storage.is_full = False

    assert (result["type"], result["reason"]) == ("abort", "not_stored")
    assert options_of(waits) == []
