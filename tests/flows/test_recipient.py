"""The dialog that saves a recipient, as a browser shows it."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigSubentry, FlowType
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi.const import (
    CONF_ADVANCED,
    CONF_API_URL,
    CONF_CLIENT_TOKEN,
    CONF_INSTANCE_ID,
    DOMAIN,
)
from simulator import Gateway, Instance, State
from tests.common import (
    CLIENT_TOKEN,
    INSTANCE_ID,
    PHONE,
    TOKEN,
    async_add_recipients,
    recipient,
    requests,
)

from .browser import Browser, Json, filled_in

WAYS = ["number", "group", "recent", "myself"]
MARIA = "5544988888888"
OLD_MARIA = "554488888888"
GROUP = "120363000000000001-group"
CHECK = "POST phone-exists-batch"
# As the form suggests, unless a person says otherwise.
ALLOWED = {"may_trigger": True}


class RecipientDialog:
    """The dialog of one entry, in a browser."""

    def __init__(self, browser: Browser, entry: MockConfigEntry) -> None:
        """Open nothing yet."""
        self._browser = browser.at("subentries/flow")
        self._entry = entry

    async def menu(self, **more: str) -> Json:
        """Open the dialog at its menu."""
        return await self._browser.open([self._entry.entry_id, "recipient"], **more)

    async def choose(self, step_id: str, **more: str) -> Json:
        """Open the dialog, and choose from its menu."""
        return await self._browser.choose(await self.menu(**more), step_id)

    async def send(self, form: Json, **values: str | bool) -> Json:
        """Fill in some fields and press Submit."""
        return await self._browser.send(form, **values)

    async def show(self, flow_id: str) -> Json:
        """Look at a dialog that is open."""
        return await self._browser.show(flow_id)


@pytest.fixture
async def dialog(
    hass: HomeAssistant, browser: Browser, loaded: MockConfigEntry
) -> RecipientDialog:
    """Return the dialog of the loaded entry, in a house in Brazil."""
    await hass.config.async_update(country="BR")
    return RecipientDialog(browser, loaded)


def recipients(entry: MockConfigEntry) -> list[dict[str, Any]]:
    """Return what is saved of an entry's recipients."""
    return [
        {"title": one.title, "unique_id": one.unique_id, **one.data}
        for one in entry.subentries.values()
    ]


def options(form: Json) -> list[str]:
    """Return the list of a form."""
    [field] = form["data_schema"]
    return list(field["selector"]["select"]["options"])


def asked_since(gateway: Gateway, before: list[str]) -> list[str]:
    """Return what the gateway was asked meanwhile."""
    return requests(gateway)[len(before) :]


@pytest.mark.parametrize(
    "typed",
    ["+55 44 98888-8888", "(44) 98888-8888", "44988888888", " 5544988888888 "],
)
async def test_a_number_is_looked_up_once_and_kept_with_its_private_id(
    hass: HomeAssistant,
    dialog: RecipientDialog,
    loaded: MockConfigEntry,
    gateway: Gateway,
    set_ups: list[str],
    typed: str,
) -> None:
    before = requests(gateway)
    form = await dialog.send(await dialog.choose("number"), phone=typed)
    assert form["step_id"] == "details"
    assert filled_in(form["data_schema"]) == ALLOWED
    result = await dialog.send(form, name="  Maria\nSilva ")
    assert result["type"] == "create_entry"
    [saved] = recipients(loaded)
    lid = saved.pop("lid")
    assert lid.endswith("@lid")
    assert saved == {
        "title": "Maria Silva",
        "unique_id": MARIA,
        "chat": MARIA,
        **ALLOWED,
    }
    await hass.async_block_till_done(wait_background_tasks=True)
    assert hass.states.get("notify.maria_silva")
    assert asked_since(gateway, before) == [CHECK]
    assert set_ups == []


async def test_the_ninth_digit_is_as_whatsapp_has_it(
    dialog: RecipientDialog, loaded: MockConfigEntry, instance: Instance
) -> None:
    instance.contacts = {OLD_MARIA: "Maria"}
    form = await dialog.send(await dialog.choose("number"), phone="(44) 98888-8888")
    await dialog.send(form, name="Maria")
    assert recipients(loaded)[0]["chat"] == OLD_MARIA


async def test_a_number_that_is_not_on_whatsapp_is_told_at_its_field(
    dialog: RecipientDialog, loaded: MockConfigEntry, instance: Instance
) -> None:
    instance.absent = {MARIA}
    form = await dialog.send(await dialog.choose("number"), phone=MARIA)
    assert form["errors"] == {"phone": "not_on_whatsapp"}
    assert filled_in(form["data_schema"]) == {"phone": MARIA}
    form = await dialog.send(form, phone="44 97777-7777")
    assert form["step_id"] == "details"
    assert recipients(loaded) == []


@pytest.mark.parametrize("typed", ["1234", "Maria", "status@broadcast", "@lid"])
async def test_what_is_no_chat_is_told_without_a_request(
    dialog: RecipientDialog, gateway: Gateway, typed: str
) -> None:
    form = await dialog.choose("number")
    before = requests(gateway)
    form = await dialog.send(form, phone=typed)
    assert form["errors"] == {"phone": "invalid_chat"}
    assert requests(gateway) == before


async def test_an_empty_answer_means_unknown_and_the_number_is_kept_as_typed(
    dialog: RecipientDialog, loaded: MockConfigEntry, gateway: Gateway
) -> None:
    gateway.faults.empty_body = frozenset({"phone-exists-batch"})
    form = await dialog.send(await dialog.choose("number"), phone=MARIA)
    assert form["step_id"] == "details"
    await dialog.send(form, name="Maria")
    [saved] = recipients(loaded)
    assert (saved["chat"], saved["lid"]) == (MARIA, None)


@pytest.mark.parametrize(
    ("fault", "key"),
    [
        ("http_5xx", "cannot_connect"),
        ("expired_plan", "subscription"),
        ("wrong_client_token", "invalid_auth"),
        ("value_false", "refused"),
    ],
)
async def test_a_look_up_that_fails_is_told_and_can_be_tried_again(
    dialog: RecipientDialog, gateway: Gateway, fault: str, key: str
) -> None:
    setattr(gateway.faults, fault, frozenset({"phone-exists-batch"}))
    form = await dialog.send(await dialog.choose("number"), phone=MARIA)
    assert form["errors"] == {"base": key}
    gateway.faults.clear()
    assert (await dialog.send(form))["step_id"] == "details"


async def test_while_the_number_is_offline_that_is_why_nothing_is_found(
    hass: HomeAssistant, dialog: RecipientDialog, gateway: Gateway, instance: Instance
) -> None:
    await gateway.disconnect(instance)
    await hass.async_block_till_done(wait_background_tasks=True)
    form = await dialog.send(await dialog.choose("number"), phone=MARIA)
    assert form["errors"] == {"base": "not_connected"}
    form = await dialog.choose("group")
    assert form["errors"] == {"base": "not_connected"}
    assert options(form) == []


async def test_a_group_is_picked_by_name(
    hass: HomeAssistant,
    dialog: RecipientDialog,
    loaded: MockConfigEntry,
    gateway: Gateway,
) -> None:
    before = requests(gateway)
    form = await dialog.choose("group")
    [field] = form["data_schema"]
    assert field["selector"]["select"] == {
        # The frontend shows what was picked by its value, so that is the name.
        "options": ["Example house"],
        "mode": "dropdown",
        "custom_value": True,
        "sort": True,
        "multiple": False,
    }
    # A browser asks again for what it shows.
    assert (await dialog.show(form["flow_id"]))["data_schema"] == form["data_schema"]
    form = await dialog.send(form, chat="Example house")
    assert filled_in(form["data_schema"]) == {"name": "Example house", **ALLOWED}
    result = await dialog.send(form)
    assert result["type"] == "create_entry"
    assert recipients(loaded) == [
        {
            "title": "Example house",
            "unique_id": GROUP,
            "chat": GROUP,
            "lid": None,
            **ALLOWED,
        }
    ]
    await hass.async_block_till_done(wait_background_tasks=True)
    assert hass.states.get("notify.example_house")
    assert [asked.partition("?")[0] for asked in asked_since(gateway, before)] == [
        "GET groups"
    ]


@pytest.mark.parametrize(
    ("groups", "pages", "step_id"),
    [
        (49, 1, "group"),
        (50, 2, "group"),
        (499, 10, "group"),
        (500, 10, "group_of_many"),
        (730, 10, "group_of_many"),
    ],
)
async def test_pages_of_groups_are_fetched_until_one_is_short(
    dialog: RecipientDialog,
    gateway: Gateway,
    instance: Instance,
    groups: int,
    pages: int,
    step_id: str,
) -> None:
    instance.groups = {
        f"1203630000000{number:05}-group": f"Group {number}" for number in range(groups)
    }
    before = requests(gateway)
    form = await dialog.choose("group")
    assert form["step_id"] == step_id
    assert len(options(form)) == min(groups, 500)
    assert len(asked_since(gateway, before)) == pages
    form = await dialog.send(form, chat="nonsense")
    assert form["errors"] == {"chat": "invalid_chat"}
    assert form["step_id"] == step_id
    assert len(asked_since(gateway, before)) == pages
    form = await dialog.send(form, chat="120363999999999999-group")
    assert form["step_id"] == "details"
    assert filled_in(form["data_schema"]) == ALLOWED


@pytest.mark.parametrize(
    ("picked", "chat", "name"),
    [
        ("Família (…0001)", "120363000000000001-group", "Família"),
        ("Família (…0002)", "120363000000000002-group", "Família"),
        ("120363000000010002-group", "120363000000010002-group", "Família"),
        ("Casa", "120363000000000003-group", "Casa"),
        ("120363000000000003-group", "120363000000000003-group", "Casa"),
        ("120363000000000004-group", "120363000000000004-group", None),
        (f"{MARIA} (…0005)", "120363000000000005-group", MARIA),
        (MARIA, MARIA, None),
    ],
)
async def test_what_is_picked_or_typed_leads_to_the_chat_that_it_names(
    dialog: RecipientDialog,
    loaded: MockConfigEntry,
    instance: Instance,
    picked: str,
    chat: str,
    name: str | None,
) -> None:
    instance.groups = {
        "120363000000000001-group": "Família",
        "120363000000000002-group": "Família",
        "120363000000010002-group": "Família",
        "120363000000000003-group": "Casa",
        "120363000000000004-group": "",
        # Whoever names a group so gets nothing that is meant for that number.
        "120363000000000005-group": MARIA,
    }
    form = await dialog.choose("group")
    assert options(form) == [
        "Família (…0001)",
        "Família (…0002)",
        "120363000000010002-group",
        "Casa",
        "120363000000000004-group",
        f"{MARIA} (…0005)",
    ]

    form = await dialog.send(form, chat=picked)
    named = {"name": name} if name else {}
    assert filled_in(form["data_schema"]) == named | ALLOWED
    await dialog.send(form, name="Somebody")

    assert recipients(loaded)[0]["chat"] == chat


async def test_a_list_that_fails_does_not_keep_one_from_typing_an_id(
    dialog: RecipientDialog, loaded: MockConfigEntry, gateway: Gateway
) -> None:
    gateway.faults.http_5xx = frozenset({"groups"})
    form = await dialog.choose("group")
    assert form["errors"] == {"base": "cannot_connect"}
    form = await dialog.send(form, chat="")
    assert form["errors"] == {"chat": "invalid_chat", "base": "cannot_connect"}
    gateway.faults.clear()
    form = await dialog.send(form)
    assert form["errors"] == {"chat": "invalid_chat"}
    assert options(form) == ["Example house"]
    form = await dialog.send(form, chat=GROUP)
    await dialog.send(form)
    assert recipients(loaded)[0]["chat"] == GROUP


async def test_somebody_who_wrote_lately_is_picked_from_one_page(
    dialog: RecipientDialog,
    loaded: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    instance.contacts |= {f"55449777700{n:02}": f"Person {n}" for n in range(60)}
    before = requests(gateway)
    form = await dialog.choose("recent")
    assert len(options(form)) == 50
    assert form["data_schema"][0]["selector"]["select"]["sort"] is False
    form = await dialog.send(form, chat="Maria Example")
    assert filled_in(form["data_schema"]) == {"name": "Maria Example", **ALLOWED}
    await dialog.send(form)
    [saved] = recipients(loaded)
    assert (saved["title"], saved["chat"]) == ("Maria Example", MARIA)
    assert saved["lid"].endswith("@lid")
    assert [asked.partition("?")[0] for asked in asked_since(gateway, before)] == [
        "GET chats",
        CHECK,
    ]


async def test_somebody_without_a_name_is_listed_by_number_and_named_by_a_person(
    dialog: RecipientDialog, loaded: MockConfigEntry, instance: Instance
) -> None:
    instance.contacts = {MARIA: MARIA}
    form = await dialog.choose("recent")
    assert "+55 44 98888-8888" in options(form)
    form = await dialog.send(form, chat="+55 44 98888-8888")
    assert filled_in(form["data_schema"]) == ALLOWED
    form = await dialog.send(form, name=" \n ")
    assert form["errors"] == {"name": "name_required"}
    await dialog.send(form, name="Maria")
    assert recipients(loaded)[0]["title"] == "Maria"


async def test_a_private_id_is_taken_as_it_is(
    dialog: RecipientDialog, loaded: MockConfigEntry, gateway: Gateway
) -> None:
    form = await dialog.choose("recent")
    before = requests(gateway)
    form = await dialog.send(form, chat="111122223333444@lid")
    await dialog.send(form, name="Maria")
    assert recipients(loaded)[0]["chat"] == "111122223333444@lid"
    assert requests(gateway) == before


async def test_ones_own_number_needs_no_number(
    dialog: RecipientDialog, loaded: MockConfigEntry, gateway: Gateway
) -> None:
    before = requests(gateway)
    await dialog.send(await dialog.choose("myself"), name="Notas")
    assert recipients(loaded) == [
        {
            "title": "Notas",
            "unique_id": "myself",
            "chat": "myself",
            "lid": None,
            **ALLOWED,
        }
    ]
    assert requests(gateway) == before


@pytest.fixture
async def maria(
    hass: HomeAssistant, dialog: RecipientDialog, loaded: MockConfigEntry
) -> ConfigSubentry:
    """Return a recipient, saved by the dialog."""
    form = await dialog.send(await dialog.choose("number"), phone=MARIA)
    await dialog.send(form, name="Maria")
    await hass.async_block_till_done(wait_background_tasks=True)
    [maria] = loaded.subentries.values()
    return maria


def is_saved_as(result: Json, name: str) -> bool:
    """Tell whether the dialog says who has the chat."""
    told = (result["type"], result["reason"], result["description_placeholders"])
    return told == ("abort", "already_configured", {"name": name})


@pytest.mark.parametrize("typed", [MARIA, "+55 44 98888-8888", OLD_MARIA])
async def test_a_chat_that_is_saved_is_not_saved_again(
    dialog: RecipientDialog, maria: ConfigSubentry, instance: Instance, typed: str
) -> None:
    result = await dialog.send(await dialog.choose("number"), phone=typed)
    assert is_saved_as(result, "Maria")
    instance.contacts = {OLD_MARIA: "Maria"}
    result = await dialog.send(await dialog.choose("number"), phone=typed)
    assert is_saved_as(result, "Maria")
    form = await dialog.choose("recent")
    assert is_saved_as(await dialog.send(form, chat=maria.data["lid"]), "Maria")


async def test_a_private_id_that_is_saved_is_known_by_its_number(
    hass: HomeAssistant,
    dialog: RecipientDialog,
    loaded: MockConfigEntry,
    maria: ConfigSubentry,
) -> None:
    lid = maria.data["lid"]
    hass.config_entries.async_remove_subentry(loaded, maria.subentry_id)
    await async_add_recipients(hass, loaded, recipient("Mãe", lid))
    result = await dialog.send(await dialog.choose("number"), phone=MARIA)
    assert is_saved_as(result, "Mãe")


async def test_ones_own_number_is_one_recipient_whichever_way_it_is_chosen(
    hass: HomeAssistant, dialog: RecipientDialog, loaded: MockConfigEntry
) -> None:
    await dialog.send(await dialog.choose("myself"), name="Notas")
    assert is_saved_as(await dialog.choose("myself"), "Notas")
    result = await dialog.send(await dialog.choose("number"), phone=PHONE)
    assert is_saved_as(result, "Notas")
    [notes] = loaded.subentries
    hass.config_entries.async_remove_subentry(loaded, notes)
    await async_add_recipients(hass, loaded, recipient("Eu", PHONE))
    assert is_saved_as(await dialog.choose("myself"), "Eu")


async def test_two_dialogs_save_one_chat_once(
    dialog: RecipientDialog, loaded: MockConfigEntry
) -> None:
    one = await dialog.send(await dialog.choose("number"), phone=MARIA)
    other = await dialog.send(await dialog.choose("number"), phone=MARIA)
    await dialog.send(one, name="Maria")
    assert is_saved_as(await dialog.send(other, name="Mãe"), "Maria")
    assert len(loaded.subentries) == 1


async def test_a_new_number_keeps_the_entity_and_the_name(
    hass: HomeAssistant,
    dialog: RecipientDialog,
    loaded: MockConfigEntry,
    maria: ConfigSubentry,
    gateway: Gateway,
    set_ups: list[str],
) -> None:
    menu = await dialog.menu(subentry_id=maria.subentry_id)
    assert menu["step_id"] == "reconfigure"
    assert menu["menu_options"] == ["details", *WAYS]
    assert menu["description_placeholders"] == {"name": "Maria"}
    before = requests(gateway)
    form = await dialog.choose("number", subentry_id=maria.subentry_id)
    form = await dialog.send(form, phone="44 97777-7777")
    assert filled_in(form["data_schema"]) == {"name": "Maria", **ALLOWED}
    result = await dialog.send(form)
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done(wait_background_tasks=True)
    [saved] = recipients(loaded)
    assert saved["chat"] == saved["unique_id"] == "5544977777777"
    assert saved["title"] == "Maria"
    assert loaded.subentries == {maria.subentry_id: maria}
    assert hass.states.async_entity_ids("notify") == ["notify.maria"]
    assert asked_since(gateway, before) == [CHECK]
    assert set_ups == []


async def test_only_the_name_is_changed_without_a_request(
    hass: HomeAssistant,
    dialog: RecipientDialog,
    loaded: MockConfigEntry,
    maria: ConfigSubentry,
    gateway: Gateway,
) -> None:
    saved = dict(maria.data)
    before = requests(gateway)
    form = await dialog.choose("details", subentry_id=maria.subentry_id)
    assert filled_in(form["data_schema"]) == {"name": "Maria", **ALLOWED}
    await dialog.send(form, name="Mãe")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert maria.title == "Mãe"
    assert maria.data == saved | ALLOWED
    state = hass.states.get("notify.maria")
    assert state
    assert state.name == "Mãe"
    assert requests(gateway) == before


async def test_whether_messages_may_start_anything_is_chosen_and_kept(
    dialog: RecipientDialog, loaded: MockConfigEntry, maria: ConfigSubentry
) -> None:
    form = await dialog.choose("details", subentry_id=maria.subentry_id)
    await dialog.send(form, may_trigger=False)
    assert maria.data["may_trigger"] is False
    form = await dialog.choose("details", subentry_id=maria.subentry_id)
    assert filled_in(form["data_schema"]) == {"name": "Maria", "may_trigger": False}
    form = await dialog.send(form, name=" ", may_trigger=True)
    assert filled_in(form["data_schema"]) == {"name": "Maria", "may_trigger": True}
    await dialog.send(form)
    assert maria.data["may_trigger"] is True


async def test_a_recipient_may_keep_its_chat_but_not_take_that_of_another(
    hass: HomeAssistant,
    dialog: RecipientDialog,
    loaded: MockConfigEntry,
    maria: ConfigSubentry,
) -> None:
    await async_add_recipients(hass, loaded, recipient("João", "5544977777777"))
    form = await dialog.choose("number", subentry_id=maria.subentry_id)
    assert (await dialog.send(form, phone=MARIA))["step_id"] == "details"
    form = await dialog.choose("group", subentry_id=maria.subentry_id)
    result = await dialog.send(form, chat="+55 44 97777-7777")
    assert is_saved_as(result, "João")


@pytest.mark.parametrize("when", ["before", "between", "last"])
async def test_a_dialog_ends_when_its_recipient_was_removed_meanwhile(
    hass: HomeAssistant,
    dialog: RecipientDialog,
    loaded: MockConfigEntry,
    maria: ConfigSubentry,
    when: str,
) -> None:
    form = await dialog.choose("number", subentry_id=maria.subentry_id)
    if when == "last":
        form = await dialog.send(form, phone="44 97777-7777")
    hass.config_entries.async_remove_subentry(loaded, maria.subentry_id)

    if when == "before":
        result = await dialog.menu(subentry_id=maria.subentry_id)
    elif when == "between":
        result = await dialog.send(form, phone="44 97777-7777")
    else:
        result = await dialog.send(form)

    assert (result["type"], result["reason"]) == ("abort", "recipient_removed")
    assert not loaded.subentries


@pytest.mark.parametrize("step_id", ["number", "group", "recent", "myself"])
async def test_a_dialog_ends_when_its_entry_is_unloaded(
    hass: HomeAssistant,
    dialog: RecipientDialog,
    browser: Browser,
    loaded: MockConfigEntry,
    step_id: str,
) -> None:
    menu = await dialog.menu()
    await hass.config_entries.async_unload(loaded.entry_id)
    result = await browser.at("subentries/flow").choose(menu, step_id)
    if result["type"] == "form":
        result = await dialog.send(result, phone=MARIA)
    assert result["type"] == "abort"
    assert result["reason"] == "entry_not_loaded"


@pytest.mark.parametrize("is_new", [True, False])
async def test_no_dialog_begins_while_the_entry_is_not_loaded(
    hass: HomeAssistant,
    dialog: RecipientDialog,
    loaded: MockConfigEntry,
    maria: ConfigSubentry,
    is_new: bool,
) -> None:
    await hass.config_entries.async_unload(loaded.entry_id)
    more = {} if is_new else {"subentry_id": maria.subentry_id}
    result = await dialog.menu(**more)
    assert result["type"] == "abort"
    assert result["reason"] == "entry_not_loaded"


@pytest.fixture
def credentials(gateway: Gateway, instance: Instance) -> dict[str, Any]:
    """Return what a person types who adds the instance."""
    return {
        CONF_INSTANCE_ID: INSTANCE_ID,
        CONF_TOKEN: TOKEN,
        CONF_CLIENT_TOKEN: CLIENT_TOKEN,
        CONF_ADVANCED: {CONF_API_URL: gateway.base_url},
    }


async def test_the_first_recipient_is_asked_for_once_a_number_was_added(
    hass: HomeAssistant, browser: Browser, credentials: dict[str, Any]
) -> None:
    result = await browser.send(await browser.open(), **credentials)
    assert result["type"] == "create_entry"
    kind, flow_id = result["next_flow"]
    assert kind == FlowType.CONFIG_SUBENTRIES_FLOW
    [entry] = hass.config_entries.async_entries(DOMAIN)
    subentries = browser.at("subentries/flow")
    menu = await subentries.show(flow_id)
    assert menu["step_id"] == "added"
    assert menu["menu_options"] == WAYS
    assert menu["description_placeholders"] == {"name": "Casa"}
    assert menu["handler"] == [entry.entry_id, "recipient"]
    form = await subentries.choose(menu, "group")
    form = await subentries.send(form, chat=GROUP)
    assert (await subentries.send(form))["type"] == "create_entry"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert hass.states.get("notify.example_house")
    menu = await subentries.open([entry.entry_id, "recipient"])
    assert menu["step_id"] == "user"


async def test_closing_the_dialog_of_the_first_recipient_keeps_the_number(
    hass: HomeAssistant, browser: Browser, credentials: dict[str, Any]
) -> None:
    result = await browser.send(await browser.open(), **credentials)
    hass.config_entries.subentries.async_abort(result["next_flow"][1])
    [entry] = hass.config_entries.async_entries(DOMAIN)
    assert entry.state is ConfigEntryState.LOADED
    assert not entry.subentries


@pytest.mark.parametrize("fault", ["null_fields", "missing_fields"])
async def test_nobody_is_asked_for_where_z_api_does_not_say_that_it_is_connected(
    hass: HomeAssistant,
    gateway: Gateway,
    credentials: dict[str, Any],
    browser: Browser,
    fault: str,
) -> None:
    setattr(gateway.faults, fault, frozenset({"connected"}))
    result = await browser.send(await browser.open(), **credentials)
    assert "next_flow" not in result
    assert not hass.config_entries.subentries.async_progress()


async def test_nobody_is_asked_for_before_the_entry_is_loaded_or_the_phone_paired(
    hass: HomeAssistant,
    gateway: Gateway,
    instance: Instance,
    credentials: dict[str, Any],
    browser: Browser,
) -> None:
    gateway.faults.http_5xx = frozenset({"status"})
    result = await browser.send(await browser.open(), **credentials)
    assert "next_flow" not in result
    [entry] = hass.config_entries.async_entries(DOMAIN)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    await hass.config_entries.async_remove(entry.entry_id)
    gateway.faults.clear()
    instance.state = State.UNPAIRED
    result = await browser.send(await browser.open(), **credentials)
    assert result["next_flow"][0] == FlowType.OPTIONS_FLOW
    assert not hass.config_entries.subentries.async_progress()
