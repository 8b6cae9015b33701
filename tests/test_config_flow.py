"""The dialogs: adding an instance, signing in again, changing the credentials."""

from collections.abc import AsyncGenerator, Mapping
from datetime import timedelta
import logging
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import CONF_TOKEN, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, section
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.zapi.api import DEFAULT_API_URL, CallbackType
from custom_components.zapi.const import (
    CONF_ADVANCED,
    CONF_API_URL,
    CONF_CLIENT_TOKEN,
    CONF_INSTANCE_ID,
    CONF_WEBHOOKS,
    DOMAIN,
)
from custom_components.zapi.webhooks.ledger import (
    Choice,
    Consent,
    HookRecord,
    async_get_ledger,
)
from simulator import Gateway, Instance, State

from .common import (
    CLIENT_TOKEN,
    EXTERNAL_URL,
    HOOK_FIELDS,
    HOOK_URL,
    INSTANCE_ID,
    KINDS,
    TOKEN,
    WEBHOOK_ID,
    async_set_up,
    requests,
)

FOREIGN_URL = "https://crm.example.net/hooks/secret-path"
NEW_CLIENT_TOKEN = "Fnew456789abcdef0123456789abcdefS"
NEW_TOKEN = "BBBB4444CCCC5555DDDD6666"


@pytest.fixture(autouse=True)
async def quiet_restart(hass: HomeAssistant) -> AsyncGenerator[None]:
    """Let what an entry began in the background come to its end."""
    yield
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.fixture
def pasted(gateway: Gateway, instance: Instance) -> str:
    """Return the instance's address as a person copies it from the panel."""
    return f"{gateway.base_url}/instances/{INSTANCE_ID}/token/{TOKEN}/send-text"


@pytest.fixture
def typed(pasted: str) -> dict[str, Any]:
    """Return what a person fills in who has everything right."""
    return {CONF_INSTANCE_ID: pasted, CONF_CLIENT_TOKEN: CLIENT_TOKEN}


@pytest.fixture
def by_hand(gateway: Gateway, instance: Instance) -> dict[str, Any]:
    """Return the same, with each value in a field of its own."""
    return {
        CONF_INSTANCE_ID: INSTANCE_ID,
        CONF_TOKEN: TOKEN,
        CONF_CLIENT_TOKEN: CLIENT_TOKEN,
        CONF_ADVANCED: {CONF_API_URL: gateway.base_url},
    }


async def async_begin(hass: HomeAssistant) -> ConfigFlowResult:
    """Open the dialog."""
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )


async def async_send(
    hass: HomeAssistant, form: ConfigFlowResult, answer: dict[str, Any]
) -> ConfigFlowResult:
    """Send a form and wait for what follows."""
    result = await hass.config_entries.flow.async_configure(form["flow_id"], answer)
    await hass.async_block_till_done(wait_background_tasks=True)
    return result


async def async_add(hass: HomeAssistant, answer: dict[str, Any]) -> ConfigFlowResult:
    """Open the dialog and send it."""
    return await async_send(hass, await async_begin(hass), answer)


async def async_api_url(hass: HomeAssistant, answer: dict[str, Any]) -> str:
    """Return where the instance would be looked for."""
    with patch(
        "custom_components.zapi.client.ZapiClient", side_effect=AssertionError
    ) as client:
        form = await async_begin(hass)
        with pytest.raises(AssertionError):
            await hass.config_entries.flow.async_configure(form["flow_id"], answer)
    *credentials, api_url = client.call_args.args[1:]
    assert credentials == [INSTANCE_ID, TOKEN, CLIENT_TOKEN]
    return str(api_url)


async def async_begin_to_mend(
    hass: HomeAssistant, entry: MockConfigEntry, source: str
) -> ConfigFlowResult:
    """Open the dialog that changes the credentials of an entry."""
    if source == SOURCE_REAUTH:
        return await entry.start_reauth_flow(hass)
    return await entry.start_reconfigure_flow(hass)


async def async_reauth(
    hass: HomeAssistant, entry: MockConfigEntry, gateway: Gateway
) -> ConfigFlowResult:
    """Rotate the Client-Token, and return the form that the next poll brings up."""
    gateway.rotate_client_token(NEW_CLIENT_TOKEN)
    await async_poll(hass)
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    return await hass.config_entries.flow.async_configure(flow["flow_id"])


async def async_poll(hass: HomeAssistant) -> None:
    """Let the next poll come."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=90))
    await hass.async_block_till_done(wait_background_tasks=True)


def suggested(result: ConfigFlowResult) -> dict[str, Any]:
    """Return what the fields of a form hold when it is shown."""
    assert result["data_schema"] is not None
    values: dict[str, Any] = {}
    for key, kind in result["data_schema"].schema.items():
        inner = kind.schema.schema if isinstance(kind, section) else {}
        values |= {
            str(field): field.description["suggested_value"]
            for field in (key, *inner)
            if field.description
        }
    return values


def told(result: ConfigFlowResult) -> Mapping[str, str]:
    """Return the placeholders of a form."""
    assert result["description_placeholders"] is not None
    return result["description_placeholders"]


def is_connected(hass: HomeAssistant) -> bool:
    """Tell whether Home Assistant shows that the number is connected."""
    return hass.states.is_state("binary_sensor.casa_whatsapp", "on")


def is_shown_at_its_field(result: ConfigFlowResult) -> bool:
    """Tell whether each error stands where the frontend shows it."""
    assert result["errors"] is not None
    assert result["data_schema"] is not None
    fields = {str(key) for key in result["data_schema"].schema} - {CONF_ADVANCED}
    return result["errors"].keys() <= {*fields, "base"}


def is_section_collapsed(result: ConfigFlowResult) -> bool:
    """Tell whether a form hides its section."""
    assert result["data_schema"] is not None
    return bool(result["data_schema"].schema[CONF_ADVANCED].options["collapsed"])


async def test_an_instance_is_added_and_set_up(
    hass_with_url: HomeAssistant,
    gateway: Gateway,
    instance: Instance,
    typed: dict[str, Any],
) -> None:
    form = await async_begin(hass_with_url)
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "user"
    assert form["errors"] == {}
    assert suggested(form) == {}
    assert is_section_collapsed(form)
    result = await async_send(hass_with_url, form, typed)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Casa"
    entry = result["result"]
    assert entry.unique_id == INSTANCE_ID
    assert entry.state is ConfigEntryState.LOADED
    webhook_id = entry.data[CONF_WEBHOOK_ID]
    assert entry.data == {
        CONF_INSTANCE_ID: INSTANCE_ID,
        CONF_TOKEN: TOKEN,
        CONF_CLIENT_TOKEN: CLIENT_TOKEN,
        CONF_API_URL: gateway.base_url,
        CONF_WEBHOOK_ID: webhook_id,
    }
    assert len(webhook_id) == 64
    assert {instance.webhooks[field] for field in HOOK_FIELDS} == {
        f"{EXTERNAL_URL}/api/webhook/{webhook_id}"
    }


async def test_an_instance_without_a_name_has_a_title_all_the_same(
    hass: HomeAssistant, instance: Instance, typed: dict[str, Any]
) -> None:
    instance.name = ""
    assert (await async_add(hass, typed))["title"] == "Z-API"


@pytest.mark.parametrize("state", [State.UNPAIRED, State.LOST_SESSION])
async def test_an_instance_that_is_not_connected_can_be_added(
    hass: HomeAssistant, instance: Instance, typed: dict[str, Any], state: State
) -> None:
    instance.state = state
    result = await async_add(hass, typed)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert hass.states.is_state("binary_sensor.casa_whatsapp", "off")


FAILURES: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"wrong_client_token": True}, {CONF_CLIENT_TOKEN: "invalid_auth"}),
    ({"missing_client_token": True}, {CONF_CLIENT_TOKEN: "invalid_auth"}),
    ({"missing_client_token_old": True}, {CONF_CLIENT_TOKEN: "invalid_auth"}),
    ({"instance_not_found": True}, {CONF_INSTANCE_ID: "instance_not_found"}),
    ({"expired_plan": True}, {"base": "subscription"}),
    ({"ip_blocked": True}, {"base": "ip_not_allowed"}),
    (
        {"ip_blocked": True, "blocked_ip": "request IP"},
        {"base": "own_ip_not_allowed"},
    ),
    ({"reset_before": True}, {"base": "cannot_connect"}),
    ({"http_5xx": True}, {"base": "cannot_connect"}),
    ({"html_answer": True}, {"base": "cannot_connect"}),
    ({"truncated_json": True}, {"base": "cannot_connect"}),
    ({"value_false": True}, {"base": "unknown"}),
    ({"success_false": True}, {"base": "unknown"}),
    ({"not_found_200": True}, {"base": "unknown"}),
    ({"missing_fields": ["id"]}, {"base": "cannot_connect"}),
]


@pytest.mark.parametrize(("faults", "errors"), FAILURES)
async def test_a_failure_is_shown_keeps_what_was_typed_and_can_be_overcome(
    hass: HomeAssistant,
    gateway: Gateway,
    typed: dict[str, Any],
    faults: dict[str, Any],
    errors: dict[str, str],
) -> None:
    gateway.faults.update(faults)
    result = await async_add(hass, typed)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "user"
    assert result["errors"] == errors
    assert is_shown_at_its_field(result)
    assert is_section_collapsed(result)
    assert suggested(result) == typed
    assert not hass.config_entries.async_entries(DOMAIN)
    gateway.faults.clear()
    result = await async_send(hass, result, typed)
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("source", [SOURCE_REAUTH, SOURCE_RECONFIGURE])
@pytest.mark.parametrize(("faults", "errors"), FAILURES)
async def test_a_failure_of_an_entry_is_shown_at_a_field_that_its_form_has(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    faults: dict[str, Any],
    errors: dict[str, str],
    source: str,
) -> None:
    form = await async_begin_to_mend(hass, loaded, source)
    gateway.faults.update(faults)
    result = await async_send(hass, form, {CONF_CLIENT_TOKEN: CLIENT_TOKEN})
    # There is no field for the instance: what can be changed is the token.
    there = {
        CONF_TOKEN if field == CONF_INSTANCE_ID else field: key
        for field, key in errors.items()
    }
    assert result["errors"] == there
    assert is_shown_at_its_field(result)
    assert suggested(result) == {CONF_CLIENT_TOKEN: CLIENT_TOKEN}
    gateway.faults.clear()
    result = await async_send(hass, result, {})
    assert result["reason"] == "credentials_updated"


async def test_a_refused_ip_address_is_named(
    hass: HomeAssistant, gateway: Gateway, typed: dict[str, Any]
) -> None:
    gateway.faults.update({"ip_blocked": True, "blocked_ip": "2001:db8::7"})
    result = await async_add(hass, typed)
    assert told(result)["ip"] == "2001:db8::7"


async def test_what_a_form_shows_holds_no_words_of_the_gateway(
    hass: HomeAssistant,
    gateway: Gateway,
    typed: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    gateway.faults.update({"success_false": True})
    with caplog.at_level(logging.DEBUG, "custom_components.zapi"):
        result = await async_add(hass, typed)
    words = "It was not possible to apply the change"
    assert words not in str(told(result))
    assert words in caplog.text


@pytest.mark.parametrize(
    ("wrong", "errors"),
    [
        ({CONF_INSTANCE_ID: "not an id"}, {CONF_INSTANCE_ID: "invalid_instance_id"}),
        ({CONF_INSTANCE_ID: " "}, {CONF_INSTANCE_ID: "invalid_instance_id"}),
        ({CONF_INSTANCE_ID: "ÄÖÜ"}, {CONF_INSTANCE_ID: "invalid_instance_id"}),
        (
            {CONF_INSTANCE_ID: "https://api.z-api.io/instances"},
            {CONF_INSTANCE_ID: "invalid_instance_id"},
        ),
        ({CONF_TOKEN: " "}, {CONF_TOKEN: "token_required"}),
        ({CONF_TOKEN: "a/b"}, {CONF_TOKEN: "invalid_characters"}),
        ({CONF_CLIENT_TOKEN: ""}, {CONF_CLIENT_TOKEN: "invalid_characters"}),
        ({CONF_CLIENT_TOKEN: "a\nb"}, {CONF_CLIENT_TOKEN: "invalid_characters"}),
        ({CONF_CLIENT_TOKEN: "ação"}, {CONF_CLIENT_TOKEN: "invalid_characters"}),
        (
            {CONF_TOKEN: f"https://api.z-api.io/instances/{'0' * 32}/token/{TOKEN}"},
            {CONF_TOKEN: "wrong_instance"},
        ),
    ],
)
async def test_what_cannot_be_is_told_at_its_field_without_asking_the_gateway(
    hass: HomeAssistant,
    gateway: Gateway,
    by_hand: dict[str, Any],
    wrong: dict[str, str],
    errors: dict[str, str],
) -> None:
    result = await async_add(hass, by_hand | wrong)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == errors
    assert is_shown_at_its_field(result)
    assert suggested(result).items() >= wrong.items()
    assert not requests(gateway)
    result = await async_send(hass, result, by_hand)
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    "api_url",
    [
        "http://api.z-api.io",
        "http://192.168.1.2:8080",
        "https://user:pass@api.z-api.io",
        "https://api.z-api.io?a=b",
        "https://[::1",
        "ftp://api.z-api.io",
        "api.z-api.io?a=b",
        "192.168.1.2 8080",
    ],
)
async def test_an_address_that_cannot_be_is_told_with_the_section_open(
    hass: HomeAssistant, typed: dict[str, Any], api_url: str
) -> None:
    result = await async_add(hass, typed | {CONF_ADVANCED: {CONF_API_URL: api_url}})
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": "invalid_api_url"}
    assert not is_section_collapsed(result)
    assert suggested(result)[CONF_API_URL] == api_url
    result = await async_send(hass, result, typed)
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("api_url", "root"),
    [
        ("api.example.org", "https://api.example.org"),
        (" api.example.org:8443/v1/ ", "https://api.example.org:8443/v1"),
        ("localhost:8080", "https://localhost:8080"),
        ("http://localhost:8080", "http://localhost:8080"),
    ],
)
async def test_an_address_without_a_scheme_is_completed(
    hass: HomeAssistant, by_hand: dict[str, Any], api_url: str, root: str
) -> None:
    by_hand[CONF_ADVANCED] = {CONF_API_URL: api_url}
    assert await async_api_url(hass, by_hand) == root


@pytest.mark.parametrize(
    ("start", "root"),
    [
        ("api.z-api.io/", DEFAULT_API_URL),
        ("API.Z-API.IO/", DEFAULT_API_URL),
        ("/", DEFAULT_API_URL),
        ("", DEFAULT_API_URL),
        ("api.example.org/v1/", "https://api.example.org/v1"),
        ("curl -X POST 'https://api.example.org/", "https://api.example.org"),
    ],
)
async def test_a_pasted_address_without_a_scheme_is_completed(
    hass: HomeAssistant, by_hand: dict[str, Any], start: str, root: str
) -> None:
    by_hand |= {
        CONF_INSTANCE_ID: f"{start}instances/{INSTANCE_ID}/token/{TOKEN}/send-text",
        CONF_TOKEN: "",
        CONF_ADVANCED: {CONF_API_URL: DEFAULT_API_URL},
    }
    assert await async_api_url(hass, by_hand) == root


@pytest.mark.parametrize(
    "advanced", [{}, {CONF_ADVANCED: {}}, {CONF_ADVANCED: {CONF_API_URL: " "}}]
)
async def test_an_answer_without_an_address_means_the_official_one(
    hass: HomeAssistant, by_hand: dict[str, Any], advanced: dict[str, Any]
) -> None:
    del by_hand[CONF_ADVANCED]
    assert await async_api_url(hass, by_hand | advanced) == DEFAULT_API_URL


async def test_a_token_left_out_is_asked_for(
    hass: HomeAssistant, typed: dict[str, Any]
) -> None:
    result = await async_add(hass, typed | {CONF_INSTANCE_ID: INSTANCE_ID})
    assert result["errors"] == {CONF_TOKEN: "token_required"}
    result = await async_send(hass, result, typed)
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("path", ["", "/send-text", "/send-text?a=b", "#a"])
@pytest.mark.parametrize("token", [{}, {CONF_TOKEN: ""}, {CONF_TOKEN: TOKEN}])
async def test_a_pasted_address_brings_the_token_and_the_host(
    hass: HomeAssistant, gateway: Gateway, path: str, token: dict[str, str]
) -> None:
    gateway.add(INSTANCE_ID, TOKEN, state=State.CONNECTED)
    url = f" {gateway.base_url}/instances/{INSTANCE_ID}/token/{TOKEN}{path} "
    result = await async_add(
        hass, {CONF_INSTANCE_ID: url, CONF_CLIENT_TOKEN: CLIENT_TOKEN, **token}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"][CONF_INSTANCE_ID] == INSTANCE_ID
    assert result["data"][CONF_TOKEN] == TOKEN
    assert result["data"][CONF_API_URL] == gateway.base_url


async def test_a_pasted_address_may_be_in_capitals(
    hass: HomeAssistant, gateway: Gateway, instance: Instance
) -> None:
    url = f"{gateway.base_url.upper()}/instances/{INSTANCE_ID}/token/{TOKEN}/SEND-TEXT"
    result = await async_add(
        hass, {CONF_INSTANCE_ID: url, CONF_CLIENT_TOKEN: CLIENT_TOKEN}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"][CONF_API_URL] == gateway.base_url


@pytest.mark.parametrize(
    "start",
    ["", "/", "https://api.z-api.io/", "HTTPS://API.Z-API.IO/", "api.z-api.io/"],
)
async def test_an_address_that_was_typed_wins_over_a_pasted_one(
    hass: HomeAssistant, gateway: Gateway, by_hand: dict[str, Any], start: str
) -> None:
    url = f"{start}instances/{INSTANCE_ID}/token/{TOKEN}/send-text"
    result = await async_add(hass, by_hand | {CONF_INSTANCE_ID: url, CONF_TOKEN: ""})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"][CONF_API_URL] == gateway.base_url


async def test_a_pasted_address_that_would_send_the_token_in_the_clear_is_refused(
    hass: HomeAssistant,
) -> None:
    url = f"http://api.example.org/instances/{INSTANCE_ID}/token/{TOKEN}/send-text"
    result = await async_add(
        hass, {CONF_INSTANCE_ID: url, CONF_CLIENT_TOKEN: CLIENT_TOKEN}
    )
    assert result["errors"] == {CONF_INSTANCE_ID: "invalid_api_url"}
    assert is_section_collapsed(result)
    assert suggested(result)[CONF_INSTANCE_ID] == url


async def test_what_is_copied_along_does_no_harm(
    hass: HomeAssistant, gateway: Gateway, instance: Instance
) -> None:
    result = await async_add(
        hass,
        {
            CONF_INSTANCE_ID: f' "{INSTANCE_ID.lower()}"\n',
            CONF_TOKEN: f"\t“{TOKEN}” ",
            CONF_CLIENT_TOKEN: f"'{CLIENT_TOKEN}\u200b'\r\n",
            CONF_ADVANCED: {CONF_API_URL: f" {gateway.base_url}/ "},
        },
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = result["result"]
    assert entry.unique_id == INSTANCE_ID
    assert entry.data == {
        CONF_INSTANCE_ID: INSTANCE_ID,
        CONF_TOKEN: TOKEN,
        CONF_CLIENT_TOKEN: CLIENT_TOKEN,
        CONF_API_URL: gateway.base_url,
        CONF_WEBHOOK_ID: entry.data[CONF_WEBHOOK_ID],
    }


@pytest.mark.parametrize("text", ["{}", "https://api.z-api.io/instances/{}/token/T"])
async def test_an_instance_is_added_once(
    hass: HomeAssistant,
    gateway: Gateway,
    entry: MockConfigEntry,
    by_hand: dict[str, Any],
    text: str,
) -> None:
    instance_id = text.format(INSTANCE_ID.lower())
    result = await async_add(hass, by_hand | {CONF_INSTANCE_ID: instance_id})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert not requests(gateway)


async def test_a_dialog_left_open_does_not_block_another(
    hass: HomeAssistant, gateway: Gateway, typed: dict[str, Any]
) -> None:
    gateway.faults.update({"http_5xx": True})
    await async_add(hass, typed)
    gateway.faults.clear()
    result = await async_add(hass, typed)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)


@pytest.mark.parametrize("fields", [HOOK_FIELDS, HOOK_FIELDS[:1], HOOK_FIELDS[1:]])
async def test_a_webhook_in_use_is_taken_over_with_consent(
    hass_with_url: HomeAssistant,
    gateway: Gateway,
    instance: Instance,
    typed: dict[str, Any],
    fields: tuple[str, ...],
) -> None:
    gateway.set_webhooks(instance, FOREIGN_URL, *fields)
    form = await async_add(hass_with_url, typed)
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "webhooks_in_use"
    assert told(form) == {"hosts": "crm.example.net"}
    assert form["data_schema"] is not None
    assert form["data_schema"]({}) == {CONF_WEBHOOKS: "take_over_and_forward"}
    assert "PUT update-webhook-connected" not in requests(gateway)
    result = await async_send(hass_with_url, form, {CONF_WEBHOOKS: "take_over"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    webhook_id = result["data"][CONF_WEBHOOK_ID]
    assert {instance.webhooks[field] for field in HOOK_FIELDS} == {
        f"{EXTERNAL_URL}/api/webhook/{webhook_id}"
    }
    ledger = await async_get_ledger(hass_with_url)
    displaced = {kind.field: ledger.hook(INSTANCE_ID, kind).displaced for kind in KINDS}
    assert displaced == dict.fromkeys(HOOK_FIELDS, "") | dict.fromkeys(
        fields, FOREIGN_URL
    )


async def test_where_no_copy_may_go_a_person_chooses_what_happens(
    hass_with_url: HomeAssistant,
    gateway: Gateway,
    instance: Instance,
    typed: dict[str, Any],
) -> None:
    gateway.set_webhooks(instance, "http://192.168.1.5/hook", *HOOK_FIELDS)
    form = await async_add(hass_with_url, typed)
    assert form["step_id"] == "webhooks_in_use"
    result = await async_send(hass_with_url, form, {})
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {CONF_WEBHOOKS: "choice_required"}
    assert told(result) == {"hosts": "192.168.1.5"}
    assert not [asked for asked in requests(gateway) if asked.startswith("PUT")]
    result = await async_send(hass_with_url, result, {CONF_WEBHOOKS: "take_over"})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_webhook_in_use_can_be_left_to_the_other_system(
    hass_with_url: HomeAssistant,
    gateway: Gateway,
    instance: Instance,
    typed: dict[str, Any],
    hass_storage: dict[str, Any],
) -> None:
    gateway.set_webhooks(instance, FOREIGN_URL, "connectedCallbackUrl")
    form = await async_add(hass_with_url, typed)
    result = await async_send(hass_with_url, form, {CONF_WEBHOOKS: "leave"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    webhook_id = result["data"][CONF_WEBHOOK_ID]
    assert instance.webhooks["connectedCallbackUrl"] == FOREIGN_URL
    assert instance.webhooks["disconnectedCallbackUrl"].endswith(webhook_id)
    ledger = await async_get_ledger(hass_with_url)
    answer = ledger.hook(INSTANCE_ID, CallbackType.CONNECTED).pending_consent
    assert answer == Consent(FOREIGN_URL, Choice.LEAVE)
    stored = hass_storage[f"{DOMAIN}.webhooks"]["data"][INSTANCE_ID]
    assert stored["connected"]["pending_consent"] == {
        "url": FOREIGN_URL,
        "choice": "leave",
    }


async def test_each_host_that_has_a_webhook_is_named(
    hass: HomeAssistant, gateway: Gateway, instance: Instance, typed: dict[str, Any]
) -> None:
    gateway.set_webhooks(instance, FOREIGN_URL, "disconnectedCallbackUrl")
    gateway.set_webhooks(instance, "https://[broken", "connectedCallbackUrl")
    form = await async_add(hass, typed)
    assert told(form) == {"hosts": "?, crm.example.net"}


async def test_webhooks_that_we_do_not_need_are_nobodys_business(
    hass: HomeAssistant, gateway: Gateway, instance: Instance, typed: dict[str, Any]
) -> None:
    gateway.set_webhooks(instance, FOREIGN_URL, "receivedCallbackUrl")
    result = await async_add(hass, typed)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert instance.webhooks["receivedCallbackUrl"] == FOREIGN_URL


async def test_a_webhook_of_ours_is_known_again_without_its_entry(
    hass_with_url: HomeAssistant,
    gateway: Gateway,
    instance: Instance,
    typed: dict[str, Any],
) -> None:
    gateway.set_webhooks(instance, FOREIGN_URL, *HOOK_FIELDS)
    ledger = await async_get_ledger(hass_with_url)
    ours = HookRecord(our_urls=(FOREIGN_URL,))
    await ledger.async_update(INSTANCE_ID, dict.fromkeys(KINDS, ours))
    result = await async_add(hass_with_url, typed)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_rotated_client_token_asks_to_sign_in_again(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway
) -> None:
    form = await async_reauth(hass, loaded, gateway)
    assert form["step_id"] == "reauth_confirm"
    assert told(form) == {"name": "Casa", "ip": ""}
    assert form["errors"] == {CONF_CLIENT_TOKEN: "invalid_auth"}
    result = await async_send(hass, form, {CONF_CLIENT_TOKEN: NEW_CLIENT_TOKEN})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "credentials_updated"
    assert loaded.state is ConfigEntryState.LOADED
    assert loaded.unique_id == INSTANCE_ID
    assert loaded.data == {
        CONF_INSTANCE_ID: INSTANCE_ID,
        CONF_TOKEN: TOKEN,
        CONF_CLIENT_TOKEN: NEW_CLIENT_TOKEN,
        CONF_API_URL: gateway.base_url,
        CONF_WEBHOOK_ID: WEBHOOK_ID,
    }
    assert is_connected(hass)


async def test_a_client_token_refused_at_set_up_asks_to_sign_in_again(
    hass: HomeAssistant, entry: MockConfigEntry, gateway: Gateway
) -> None:
    gateway.rotate_client_token(NEW_CLIENT_TOKEN)
    await async_set_up(hass, entry)
    assert not hass.states.async_all()
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    form = await hass.config_entries.flow.async_configure(flow["flow_id"])
    assert form["step_id"] == "reauth_confirm"
    assert form["errors"] == {CONF_CLIENT_TOKEN: "invalid_auth"}
    result = await async_send(hass, form, {CONF_CLIENT_TOKEN: NEW_CLIENT_TOKEN})
    assert result["reason"] == "credentials_updated"
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data[CONF_WEBHOOK_ID] == WEBHOOK_ID


async def test_a_new_token_is_taken_when_signing_in_again(
    hass: HomeAssistant, loaded: MockConfigEntry, instance: Instance
) -> None:
    instance.token = NEW_TOKEN
    await async_poll(hass)
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    form = await hass.config_entries.flow.async_configure(flow["flow_id"])
    assert form["errors"] == {CONF_TOKEN: "instance_not_found"}
    result = await async_send(hass, form, {CONF_TOKEN: NEW_TOKEN})
    assert result["reason"] == "credentials_updated"
    assert loaded.data[CONF_TOKEN] == NEW_TOKEN
    assert loaded.data[CONF_CLIENT_TOKEN] == CLIENT_TOKEN


async def test_signing_in_again_shows_failures_and_keeps_what_was_typed(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway
) -> None:
    form = await async_reauth(hass, loaded, gateway)
    typed = {CONF_TOKEN: TOKEN, CONF_CLIENT_TOKEN: "FstillwrongS"}
    result = await async_send(hass, form, typed)
    assert result["errors"] == {CONF_CLIENT_TOKEN: "invalid_auth"}
    assert suggested(result) == typed
    result = await async_send(
        hass, result, typed | {CONF_CLIENT_TOKEN: NEW_CLIENT_TOKEN}
    )
    assert result["reason"] == "credentials_updated"


@pytest.mark.parametrize("source", [SOURCE_REAUTH, SOURCE_RECONFIGURE])
async def test_a_form_of_an_entry_holds_none_of_its_secrets(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway, source: str
) -> None:
    form = await async_begin_to_mend(hass, loaded, source)
    assert suggested(form) == {}
    assert form["data_schema"] is not None
    assert form["data_schema"]({CONF_ADVANCED: {}}) == {
        CONF_ADVANCED: {CONF_API_URL: gateway.base_url}
    }
    assert is_section_collapsed(form)


async def test_no_refusal_is_shown_where_the_last_poll_was_good(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    form = await loaded.start_reauth_flow(hass)
    assert form["step_id"] == "reauth_confirm"
    assert form["errors"] == {}


async def test_no_refusal_is_shown_where_the_entry_never_started(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    form = await entry.start_reauth_flow(hass)
    assert form["errors"] == {}


async def test_no_refusal_is_shown_where_z_api_is_merely_down(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway
) -> None:
    gateway.faults.update({"http_5xx": True})
    await async_poll(hass)
    form = await loaded.start_reauth_flow(hass)
    assert form["errors"] == {}


async def test_credentials_of_another_instance_are_refused(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway, instance: Instance
) -> None:
    form = await async_reauth(hass, loaded, gateway)
    instance.instance_id = "0" * 32
    typed = {CONF_CLIENT_TOKEN: NEW_CLIENT_TOKEN}
    result = await async_send(hass, form, typed)
    assert result["errors"] == {CONF_TOKEN: "wrong_instance"}
    assert loaded.data[CONF_CLIENT_TOKEN] == CLIENT_TOKEN
    instance.instance_id = INSTANCE_ID
    result = await async_send(hass, result, typed)
    assert result["reason"] == "credentials_updated"


async def test_the_first_good_poll_ends_the_dialog(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway
) -> None:
    await async_reauth(hass, loaded, gateway)
    gateway.rotate_client_token(CLIENT_TOKEN)
    await async_poll(hass)
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert is_connected(hass)


async def test_a_refused_poll_opens_one_dialog_only(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway
) -> None:
    await async_reauth(hass, loaded, gateway)
    asked = len(requests(gateway))
    await async_poll(hass)
    assert len(requests(gateway)) > asked
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["source"] == SOURCE_REAUTH


async def test_the_credentials_can_be_changed(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway, instance: Instance
) -> None:
    form = await loaded.start_reconfigure_flow(hass)
    assert form["step_id"] == "reconfigure"
    assert form["errors"] == {}
    instance.token = NEW_TOKEN
    gateway.rotate_client_token(NEW_CLIENT_TOKEN)
    result = await async_send(hass, form, {CONF_TOKEN: NEW_TOKEN})
    assert result["errors"] == {CONF_CLIENT_TOKEN: "invalid_auth"}
    result = await async_send(
        hass, result, {CONF_TOKEN: NEW_TOKEN, CONF_CLIENT_TOKEN: NEW_CLIENT_TOKEN}
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "credentials_updated"
    assert loaded.state is ConfigEntryState.LOADED
    assert loaded.data == {
        CONF_INSTANCE_ID: INSTANCE_ID,
        CONF_TOKEN: NEW_TOKEN,
        CONF_CLIENT_TOKEN: NEW_CLIENT_TOKEN,
        CONF_API_URL: gateway.base_url,
        CONF_WEBHOOK_ID: WEBHOOK_ID,
    }
    assert {instance.webhooks[field] for field in HOOK_FIELDS} == {HOOK_URL}


async def test_changing_the_credentials_never_changes_the_instance(
    hass: HomeAssistant, loaded: MockConfigEntry, instance: Instance
) -> None:
    form = await loaded.start_reconfigure_flow(hass)
    instance.instance_id = "0" * 32
    result = await async_send(hass, form, {CONF_TOKEN: TOKEN})
    assert result["errors"] == {CONF_TOKEN: "wrong_instance"}
    instance.instance_id = INSTANCE_ID
    result = await async_send(hass, result, {CONF_TOKEN: TOKEN})
    assert result["reason"] == "credentials_updated"


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {CONF_ADVANCED: {}},
        {CONF_ADVANCED: {CONF_API_URL: ""}},
        {CONF_TOKEN: "", CONF_CLIENT_TOKEN: " "},
    ],
)
async def test_what_is_left_empty_stays_as_it_is(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    gateway: Gateway,
    answer: dict[str, Any],
) -> None:
    before = dict(loaded.data)
    form = await loaded.start_reconfigure_flow(hass)
    asked = len(requests(gateway))
    result = await async_send(hass, form, answer)
    assert result["reason"] == "credentials_updated"
    assert requests(gateway)[asked] == "GET me"
    assert loaded.data == before


async def test_the_token_may_come_with_the_whole_address(
    hass: HomeAssistant, loaded: MockConfigEntry, instance: Instance, pasted: str
) -> None:
    form = await loaded.start_reconfigure_flow(hass)
    instance.token = NEW_TOKEN
    url = pasted.replace(TOKEN, NEW_TOKEN)
    result = await async_send(hass, form, {CONF_TOKEN: url})
    assert result["reason"] == "credentials_updated"
    assert loaded.data[CONF_TOKEN] == NEW_TOKEN


async def test_a_pasted_address_moves_the_entry_to_its_host(
    hass: HomeAssistant, entry: MockConfigEntry, gateway: Gateway, pasted: str
) -> None:
    hass.config_entries.async_update_entry(
        entry, data=entry.data | {CONF_API_URL: DEFAULT_API_URL}
    )
    form = await entry.start_reconfigure_flow(hass)
    result = await async_send(
        hass,
        form,
        {CONF_TOKEN: pasted, CONF_ADVANCED: {CONF_API_URL: DEFAULT_API_URL}},
    )
    assert result["reason"] == "credentials_updated"
    assert entry.data[CONF_API_URL] == gateway.base_url


async def test_the_address_of_another_instance_is_refused(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway, pasted: str
) -> None:
    form = await loaded.start_reconfigure_flow(hass)
    asked = len(requests(gateway))
    url = pasted.replace(INSTANCE_ID, "0" * 32)
    result = await async_send(hass, form, {CONF_TOKEN: url})
    assert result["errors"] == {CONF_TOKEN: "wrong_instance"}
    assert suggested(result) == {CONF_TOKEN: url}
    assert len(requests(gateway)) == asked


async def test_an_address_that_cannot_be_is_told_when_changing_too(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    form = await loaded.start_reconfigure_flow(hass)
    bad = {CONF_ADVANCED: {CONF_API_URL: "http://api.z-api.io"}}
    result = await async_send(hass, form, bad)
    assert result["errors"] == {"base": "invalid_api_url"}
    assert not is_section_collapsed(result)
    result = await async_send(hass, result, {})
    assert result["reason"] == "credentials_updated"


async def test_the_credentials_can_be_changed_while_it_asks_to_sign_in_again(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway
) -> None:
    reauth = await async_reauth(hass, loaded, gateway)
    form = await loaded.start_reconfigure_flow(hass)
    await async_send(hass, form, {CONF_CLIENT_TOKEN: "FstillwrongS"})
    good = {CONF_CLIENT_TOKEN: NEW_CLIENT_TOKEN}
    result = await async_send(hass, reauth, good)
    assert result["reason"] == "credentials_updated"
    result = await async_send(hass, form, good)
    assert result["reason"] == "credentials_updated"
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)
