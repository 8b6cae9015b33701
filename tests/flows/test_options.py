"""The options: choices about somebody else's webhooks, about sending and receiving."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi.api import CallbackType
from custom_components.zapi.const import CONF_WEBHOOKS
from custom_components.zapi.webhooks.ledger import Choice, async_get_ledger
from simulator import ALL, Gateway, Instance
from tests.common import (
    FOREIGN_URL,
    HOOK_FIELDS,
    HOOK_URL,
    INSTANCE_ID,
    KINDS,
    OTHER_URL,
    Disk,
    Scene,
    async_add_recipients,
    async_agree,
    async_open_options,
    async_set_up,
    async_wait,
    hooks,
    issues,
    recipient,
    requests,
    writes,
)

from .browser import Browser, Json, filled_in

DETAILS = 16 * 60


async def async_choose(
    hass: HomeAssistant, form: dict[str, Any], choice: Choice
) -> dict[str, Any]:
    """Answer the dialog."""
    result = await hass.config_entries.options.async_configure(
        form["flow_id"], {CONF_WEBHOOKS: choice}
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    return dict(result)


def choices(form: dict[str, Any]) -> list[str]:
    """Return what the dialog offers."""
    [selector] = form["data_schema"].schema.values()
    return list(selector.config["options"])


def chosen(form: dict[str, Any]) -> str:
    """Return what the dialog shows as the present choice."""
    [marker] = form["data_schema"].schema
    return str(marker.default())


async def async_forwards(hass: HomeAssistant) -> bool:
    """Tell whether copies are sent."""
    ledger = await async_get_ledger(hass)
    return any(ledger.hook(INSTANCE_ID, kind).forward for kind in KINDS)


@pytest.fixture
async def taken_over(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> MockConfigEntry:
    """Return the entry, set up over somebody else's webhooks, with consent."""
    gateway.set_webhooks(instance, FOREIGN_URL)
    await async_agree(hass_with_url, FOREIGN_URL, Choice.TAKE_OVER)
    await async_set_up(hass_with_url, entry)
    return entry


async def test_there_is_nothing_to_decide_where_nobody_else_was(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    result = await async_open_options(hass, loaded)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "nobody_else"


async def test_the_dialog_shows_who_was_there_and_what_was_chosen(
    hass: HomeAssistant, taken_over: MockConfigEntry
) -> None:
    form = await async_open_options(hass, taken_over)
    assert form["type"] is FlowResultType.FORM
    assert form["description_placeholders"] == {
        "name": "Casa",
        "hosts": "n8n.example.com",
    }
    assert choices(form) == list(Choice)
    assert chosen(form) == Choice.TAKE_OVER


async def test_each_change_of_mind_is_carried_out(
    hass: HomeAssistant,
    taken_over: MockConfigEntry,
    instance: Instance,
    issue_registry: ir.IssueRegistry,
) -> None:
    form = await async_open_options(hass, taken_over)
    result = await async_choose(hass, form, Choice.TAKE_OVER_AND_FORWARD)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert hooks(instance) == [HOOK_URL, HOOK_URL]
    assert await async_forwards(hass)

    form = await async_open_options(hass, taken_over)
    assert chosen(form) == Choice.TAKE_OVER_AND_FORWARD
    result = await async_choose(hass, form, Choice.LEAVE)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert hooks(instance) == [FOREIGN_URL, FOREIGN_URL]
    assert not issues(issue_registry)

    form = await async_open_options(hass, taken_over)
    assert chosen(form) == Choice.LEAVE
    result = await async_choose(hass, form, Choice.TAKE_OVER)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert hooks(instance) == [HOOK_URL, HOOK_URL]
    assert not await async_forwards(hass)

    form = await async_open_options(hass, taken_over)
    assert chosen(form) == Choice.TAKE_OVER
    await hass.config_entries.async_remove(taken_over.entry_id)
    assert hooks(instance) == [FOREIGN_URL, FOREIGN_URL]


async def test_a_change_of_mind_leaves_the_options_as_they_are(
    hass: HomeAssistant, taken_over: MockConfigEntry
) -> None:
    hass.config_entries.async_update_entry(taken_over, options={"kept": True})
    result = await async_choose(
        hass, await async_open_options(hass, taken_over), Choice.LEAVE
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert taken_over.options == {"kept": True}


async def test_each_step_gives_the_options_of_the_others_back(
    hass: HomeAssistant, taken_over: MockConfigEntry
) -> None:
    hass.config_entries.async_update_entry(taken_over, options={"kept": True})
    form = await async_open_options(hass, taken_over, "sending")
    result = await hass.config_entries.options.async_configure(
        form["flow_id"], {"when_disconnected": "fail"}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert taken_over.options == {"kept": True, "when_disconnected": "fail"}
    await async_choose(hass, await async_open_options(hass, taken_over), Choice.LEAVE)
    assert taken_over.options == {"kept": True, "when_disconnected": "fail"}


async def test_what_happens_to_messages_while_offline_is_shown_as_it_was_chosen(
    hass: HomeAssistant,
    browser: Browser,
    loaded: MockConfigEntry,
    gateway: Gateway,
    set_ups: list[str],
) -> None:
    options = browser.at("options/flow")
    before = requests(gateway)
    for shown, wish in (("queue", "fail"), ("fail", "queue"), ("queue", "queue")):
        form = await options.choose(await options.open(loaded.entry_id), "sending")
        assert filled_in(form["data_schema"]) == {"when_disconnected": shown}
        result = await options.send(form, when_disconnected=wish)
        assert result["type"] == "create_entry"
        assert loaded.options == {"when_disconnected": wish}
    await hass.async_block_till_done(wait_background_tasks=True)
    assert requests(gateway) == before
    assert set_ups == []


async def test_how_to_send_can_be_chosen_while_the_entry_is_not_loaded(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    form = await async_open_options(hass, entry, "sending")
    await hass.config_entries.options.async_configure(
        form["flow_id"], {"when_disconnected": "fail"}
    )
    assert entry.options == {"when_disconnected": "fail"}


async def test_copies_can_be_stopped_without_a_write_at_the_gateway(
    hass: HomeAssistant,
    taken_over: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    before = writes(gateway)
    form = await async_open_options(hass, taken_over)
    await async_choose(hass, form, Choice.TAKE_OVER_AND_FORWARD)
    assert await async_forwards(hass)
    form = await async_open_options(hass, taken_over)
    await async_choose(hass, form, Choice.TAKE_OVER)
    assert not await async_forwards(hass)
    assert writes(gateway) == before
    assert hooks(instance) == [HOOK_URL, HOOK_URL]


async def test_leaving_it_is_remembered_over_a_reload(
    scene: Scene,
    taken_over: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    await async_choose(
        scene.hass, await async_open_options(scene.hass, taken_over), Choice.LEAVE
    )
    before = writes(scene.gateway)
    await scene.hass.config_entries.async_reload(taken_over.entry_id)
    await async_wait(scene.hass, freezer, DETAILS)
    assert hooks(scene.instance) == [FOREIGN_URL, FOREIGN_URL]
    assert writes(scene.gateway) == before
    assert not issues(scene.issue_registry)
    form = await async_open_options(scene.hass, taken_over)
    assert chosen(form) == Choice.LEAVE


async def test_leaving_it_twice_changes_nothing(
    hass: HomeAssistant,
    taken_over: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    await async_choose(hass, await async_open_options(hass, taken_over), Choice.LEAVE)
    before = writes(gateway)
    result = await async_choose(
        hass, await async_open_options(hass, taken_over), Choice.LEAVE
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert hooks(instance) == [FOREIGN_URL, FOREIGN_URL]
    assert writes(gateway) == before


async def test_what_was_left_at_the_set_up_can_be_taken_over(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    gateway.set_webhooks(instance, FOREIGN_URL)
    await async_agree(hass_with_url, FOREIGN_URL, Choice.LEAVE)
    await async_set_up(hass_with_url, entry)
    form = await async_open_options(hass_with_url, entry)
    assert chosen(form) == Choice.LEAVE
    await async_choose(hass_with_url, form, Choice.TAKE_OVER_AND_FORWARD)
    assert hooks(instance) == [HOOK_URL, HOOK_URL]
    assert await async_forwards(hass_with_url)


async def test_one_webhook_of_two_is_left_and_taken_again(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    gateway.set_webhooks(instance, FOREIGN_URL, HOOK_FIELDS[0])
    await async_agree(hass_with_url, FOREIGN_URL, Choice.TAKE_OVER)
    await async_set_up(hass_with_url, entry)
    await async_choose(
        hass_with_url, await async_open_options(hass_with_url, entry), Choice.LEAVE
    )
    assert hooks(instance) == [FOREIGN_URL, HOOK_URL]
    await async_choose(
        hass_with_url, await async_open_options(hass_with_url, entry), Choice.TAKE_OVER
    )
    assert hooks(instance) == [HOOK_URL, HOOK_URL]


async def test_a_webhook_that_was_taken_is_decided_here_too(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
) -> None:
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL)
    await async_wait(scene.hass, freezer, DETAILS)
    assert issues(scene.issue_registry)
    form = await async_open_options(scene.hass, loaded)
    assert form["description_placeholders"] == {
        "name": "Casa",
        "hosts": "n8n.example.com",
    }
    assert chosen(form) == Choice.TAKE_OVER_AND_FORWARD
    await async_choose(scene.hass, form, Choice.TAKE_OVER)
    assert hooks(scene.instance) == [HOOK_URL, HOOK_URL]
    assert not issues(scene.issue_registry)


async def test_where_nothing_was_said_and_no_copy_may_go_a_person_chooses(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
) -> None:
    url = "http://n8n.example.com/hook"
    scene.gateway.set_webhooks(scene.instance, url)
    await async_wait(scene.hass, freezer, DETAILS)
    form = await async_open_options(scene.hass, loaded)
    result = await scene.hass.config_entries.options.async_configure(
        form["flow_id"], {}
    )
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {CONF_WEBHOOKS: "choice_required"}
    assert hooks(scene.instance) == [url, url]
    await async_choose(scene.hass, form, Choice.TAKE_OVER)
    assert hooks(scene.instance) == [HOOK_URL, HOOK_URL]


@pytest.mark.parametrize("choice", list(Choice))
async def test_consent_is_for_the_url_that_was_shown(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    choice: Choice,
) -> None:
    gateway.set_webhooks(instance, FOREIGN_URL)
    await async_agree(hass_with_url, FOREIGN_URL, Choice.LEAVE)
    await async_set_up(hass_with_url, entry)
    form = await async_open_options(hass_with_url, entry)
    gateway.set_webhooks(instance, OTHER_URL)
    result = await async_choose(hass_with_url, form, choice)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "changed_meanwhile"
    assert hooks(instance) == [OTHER_URL, OTHER_URL]


async def test_a_hand_over_does_not_overwrite_who_came_meanwhile(
    hass: HomeAssistant,
    taken_over: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    form = await async_open_options(hass, taken_over)
    gateway.set_webhooks(instance, OTHER_URL)
    result = await async_choose(hass, form, Choice.LEAVE)
    assert result["type"] is FlowResultType.ABORT
    assert hooks(instance) == [OTHER_URL, OTHER_URL]


async def test_no_copy_is_offered_to_where_none_may_go(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    url = "http://n8n.example.com/hook"
    gateway.set_webhooks(instance, url)
    await async_agree(hass_with_url, url, Choice.LEAVE)
    await async_set_up(hass_with_url, entry)
    form = await async_open_options(hass_with_url, entry)
    assert choices(form) == [Choice.TAKE_OVER, Choice.LEAVE]


async def test_nothing_can_be_decided_while_the_entry_is_not_loaded(
    hass: HomeAssistant, taken_over: MockConfigEntry
) -> None:
    form = await async_open_options(hass, taken_over)
    await hass.config_entries.async_unload(taken_over.entry_id)
    result = await async_choose(hass, form, Choice.LEAVE)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "not_loaded"
    result = await async_open_options(hass, taken_over)
    assert result["reason"] == "not_loaded"


@pytest.mark.parametrize("choice", list(Choice))
async def test_while_the_gateway_is_down_that_is_said(
    hass: HomeAssistant,
    taken_over: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    choice: Choice,
) -> None:
    form = await async_open_options(hass, taken_over)
    gateway.faults.http_5xx = ALL
    result = await async_choose(hass, form, choice)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "cannot_connect"
    assert hooks(instance) == [HOOK_URL, HOOK_URL]


RECEIVED, SECOND = "receivedCallbackUrl", "receivedAndDeliveryCallbackUrl"
WISH: Json = {"receive": ["messages"], "others": "everybody"}


@pytest.fixture
def options(browser: Browser) -> Browser:
    """Return a browser before the options."""
    return browser.at("options/flow")


async def async_open_receive(options: Browser, entry: MockConfigEntry) -> Json:
    """Open the dialog about what is received."""
    return await options.choose(await options.open(entry.entry_id), "receive")


async def test_what_is_received_is_shown_as_it_was_chosen_and_applied_at_once(
    hass: HomeAssistant,
    options: Browser,
    loaded: MockConfigEntry,
    instance: Instance,
    set_ups: list[str],
) -> None:
    hass.config_entries.async_update_entry(loaded, options={"kept": True})
    form = await async_open_receive(options, loaded)
    assert filled_in(form["data_schema"]) == {"receive": [], "others": "nobody"}
    wish: Json = {"receive": ["messages", "own"], "others": "contacts"}
    result = await options.send(form, **wish)
    assert result["type"] == "create_entry"
    assert loaded.options == {"kept": True, **wish}
    assert instance.webhooks[RECEIVED] == HOOK_URL
    assert instance.settings["receiveCallbackSentByMe"] is True

    form = await async_open_receive(options, loaded)
    assert filled_in(form["data_schema"]) == wish
    result = await options.send(form, receive=[])
    assert loaded.options == {"kept": True, "receive": [], "others": "contacts"}
    assert instance.webhooks[RECEIVED] == ""
    assert instance.settings["receiveCallbackSentByMe"] is False
    assert set_ups == []


async def test_nothing_changes_where_nothing_is_chosen(
    options: Browser, loaded: MockConfigEntry, gateway: Gateway
) -> None:
    before = writes(gateway)
    result = await options.send(await async_open_receive(options, loaded))
    assert result["type"] == "create_entry"
    assert loaded.options == {"receive": [], "others": "nobody"}
    assert writes(gateway) == before


async def test_ones_own_messages_come_with_messages_only(
    options: Browser, loaded: MockConfigEntry, gateway: Gateway
) -> None:
    before = writes(gateway)
    form = await async_open_receive(options, loaded)
    form = await options.send(form, receive=["own"], others="everybody")
    assert form["errors"] == {"receive": "own_needs_messages"}
    wish = {"receive": ["own"], "others": "everybody"}
    assert filled_in(form["data_schema"]) == wish
    assert writes(gateway) == before
    result = await options.send(form, receive=["messages", "own"])
    assert result["type"] == "create_entry"
    assert loaded.options["others"] == "everybody"


MUTED = {"chat": "5544988888888", "lid": None, "may_trigger": False}


@pytest.mark.parametrize("saved", [None, MUTED, {"chat": "myself", "lid": None}])
async def test_where_no_message_would_count_that_is_told_once_and_may_be_so(
    hass: HomeAssistant,
    options: Browser,
    loaded: MockConfigEntry,
    gateway: Gateway,
    saved: Json | None,
) -> None:
    if saved:
        await async_add_recipients(hass, loaded, recipient("Maria", **saved))
    before = writes(gateway)
    form = await async_open_receive(options, loaded)
    form = await options.send(form, receive=["messages"])
    assert form["errors"] == {"others": "nobody_counts"}
    assert filled_in(form["data_schema"])["receive"] == ["messages"]
    assert loaded.options == {}
    assert writes(gateway) == before
    result = await options.send(form)
    assert result["type"] == "create_entry"
    assert loaded.options == {"receive": ["messages"], "others": "nobody"}


@pytest.mark.parametrize(
    ("chat", "receive"),
    [
        ("5544988888888", ["messages"]),
        ("myself", ["messages", "own"]),
        (None, ["receipts"]),
    ],
)
async def test_who_has_saved_somebody_or_wants_no_messages_is_told_nothing(
    hass: HomeAssistant,
    options: Browser,
    loaded: MockConfigEntry,
    chat: str | None,
    receive: list[str],
) -> None:
    if chat:
        await async_add_recipients(hass, loaded, recipient("Maria", chat))
    form = await async_open_receive(options, loaded)
    result = await options.send(form, receive=receive)
    assert result["type"] == "create_entry"
    assert loaded.options == {"receive": receive, "others": "nobody"}


@pytest.mark.parametrize("choice", list(Choice))
async def test_who_has_the_messages_is_asked_about_in_the_same_dialog(
    hass: HomeAssistant,
    options: Browser,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    issue_registry: ir.IssueRegistry,
    choice: Choice,
) -> None:
    gateway.set_webhooks(instance, FOREIGN_URL, RECEIVED)
    gateway.set_webhooks(instance, OTHER_URL, SECOND)
    form = await async_open_receive(options, loaded)
    form = await options.send(form, **WISH)
    assert (form["type"], form["step_id"]) == ("form", "receive")
    assert form["description_placeholders"] == {
        "name": "Casa",
        "hosts": "n8n.example.com, other.example.net",
    }
    assert filled_in(form["data_schema"]) == {
        CONF_WEBHOOKS: Choice.TAKE_OVER_AND_FORWARD
    }
    assert loaded.options == {}
    result = await options.send(form, webhooks=choice)
    assert result["type"] == "create_entry"
    assert loaded.options == WISH
    await hass.async_block_till_done(wait_background_tasks=True)
    ledger = await async_get_ledger(hass)
    forwards = ledger.hook(INSTANCE_ID, CallbackType.RECEIVED).forward
    assert forwards is (choice is Choice.TAKE_OVER_AND_FORWARD)
    stands = [instance.webhooks[field] for field in (RECEIVED, SECOND)]
    left = choice is Choice.LEAVE
    assert stands == ([FOREIGN_URL, OTHER_URL] if left else [HOOK_URL, HOOK_URL])
    manager = loaded.runtime_data.webhook_manager
    assert manager.status == ("left" if left else "ok")
    assert not issues(issue_registry)

    # It is not asked again, and here it can be answered anew.
    form = await async_open_receive(options, loaded)
    assert (await options.send(form))["type"] == "create_entry"
    form = await async_open_options(hass, loaded)
    await async_choose(hass, form, Choice.LEAVE)
    stands = [instance.webhooks[field] for field in (RECEIVED, SECOND)]
    assert stands == [FOREIGN_URL, OTHER_URL]


async def test_who_came_after_the_question_is_not_overwritten(
    options: Browser, scene: Scene, loaded: MockConfigEntry
) -> None:
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL, RECEIVED)
    form = await async_open_receive(options, loaded)
    form = await options.send(form, **WISH)
    scene.gateway.set_webhooks(scene.instance, OTHER_URL, RECEIVED)
    await options.send(form, webhooks=Choice.TAKE_OVER)
    assert scene.instance.webhooks[RECEIVED] == OTHER_URL
    assert loaded.options["receive"] == ["messages"]
    # A repair asks.
    assert len(issues(scene.issue_registry)) == 1


async def test_where_no_copy_may_go_and_nothing_is_said_a_person_chooses_here_too(
    options: Browser, loaded: MockConfigEntry, gateway: Gateway, instance: Instance
) -> None:
    url = "http://n8n.example.com/hook"
    gateway.set_webhooks(instance, url, RECEIVED)
    form = await async_open_receive(options, loaded)
    form = await options.send(form, **WISH)
    assert filled_in(form["data_schema"]) == {}
    form = await options.send(form)
    assert form["errors"] == {CONF_WEBHOOKS: "choice_required"}
    assert instance.webhooks[RECEIVED] == url
    await options.send(form, webhooks=Choice.TAKE_OVER)
    assert instance.webhooks[RECEIVED] == HOOK_URL


async def test_what_to_receive_is_stored_though_the_gateway_is_down_and_done_later(
    options: Browser,
    scene: Scene,
    loaded: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    form = await async_open_receive(options, loaded)
    scene.gateway.faults.http_5xx = ALL
    result = await options.send(form, **WISH)
    assert result["type"] == "create_entry"
    assert loaded.options["receive"] == ["messages"]
    assert scene.instance.webhooks[RECEIVED] == ""
    scene.gateway.faults.clear()
    await async_wait(scene.hass, freezer, 61)
    assert scene.instance.webhooks[RECEIVED] == HOOK_URL


@pytest.mark.parametrize("foreign", ["", FOREIGN_URL])
async def test_what_to_receive_is_not_changed_where_it_cannot_be_stored(
    options: Browser,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    hass_storage: Disk,
    foreign: str,
) -> None:
    gateway.set_webhooks(instance, foreign, RECEIVED)
    before = writes(gateway)
    form = await async_open_receive(options, loaded)
    hass_storage.is_full = True
    result = await options.send(form, **WISH)
    if foreign:
        result = await options.send(result, webhooks=Choice.TAKE_OVER)
    assert (result["type"], result["reason"]) == ("abort", "not_stored")
    assert loaded.options == {}
    assert writes(gateway) == before
    assert loaded.runtime_data.webhook_manager.status == "ok"


async def test_what_to_receive_can_be_chosen_while_the_entry_is_loaded_only(
    hass: HomeAssistant, options: Browser, loaded: MockConfigEntry
) -> None:
    form = await async_open_receive(options, loaded)
    await hass.config_entries.async_unload(loaded.entry_id)
    result = await options.send(form, **WISH)
    assert (result["type"], result["reason"]) == ("abort", "not_loaded")
    result = await async_open_receive(options, loaded)
    assert (result["type"], result["reason"]) == ("abort", "not_loaded")
    assert loaded.options == {}
