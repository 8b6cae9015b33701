"""The forms as a browser gets them, fills them in and sends them."""

from unittest.mock import patch

from homeassistant.config_entries import SOURCE_RECONFIGURE, SOURCE_USER
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi.api import DEFAULT_API_URL
from custom_components.zapi.const import (
    CONF_ADVANCED,
    CONF_API_URL,
    CONF_CLIENT_TOKEN,
    CONF_INSTANCE_ID,
    CONF_WEBHOOKS,
    DOMAIN,
)
from simulator import Gateway, Instance
from tests.common import CLIENT_TOKEN, HOOK_FIELDS, INSTANCE_ID, TOKEN

from .browser import Browser, Json, filled_in

NEW_CLIENT_TOKEN = "Fnew456789abcdef0123456789abcdefS"
FOREIGN_URL = "https://crm.example.net/hook"


@pytest.fixture
def pasted(gateway: Gateway, instance: Instance) -> str:
    """Return the instance's address as a person copies it from the panel."""
    return f"{gateway.base_url}/instances/{INSTANCE_ID}/token/{TOKEN}/send-text"


@pytest.mark.parametrize("source", [SOURCE_USER, SOURCE_RECONFIGURE, "reauth"])
async def test_a_form_gives_its_section_neither_a_default_nor_demands_it(
    hass: HomeAssistant, browser: Browser, loaded: MockConfigEntry, source: str
) -> None:
    match source:
        case "user":
            form = await browser.open()
        case "reconfigure":
            form = await browser.open(entry_id=loaded.entry_id)
        case _:
            form = await browser.show((await loaded.start_reauth_flow(hass))["flow_id"])
    (advanced,) = (field for field in form["data_schema"] if "schema" in field)
    assert advanced["name"] == CONF_ADVANCED
    assert "default" not in advanced
    assert not advanced["required"]
    assert not advanced["expanded"]
    (api_url,) = advanced["schema"]
    usual = DEFAULT_API_URL if source == SOURCE_USER else loaded.data[CONF_API_URL]
    assert (api_url["default"], api_url["required"]) == (usual, False)
    assert filled_in(form["data_schema"]) == {CONF_ADVANCED: {CONF_API_URL: usual}}


async def test_three_fields_are_enough_to_add_an_instance(
    gateway: Gateway, instance: Instance, browser: Browser
) -> None:
    with patch(
        "custom_components.zapi.flows.credentials.DEFAULT_API_URL", gateway.base_url
    ):
        result = await browser.send(
            await browser.open(),
            instance_id=INSTANCE_ID,
            token=TOKEN,
            client_token=CLIENT_TOKEN,
        )
    assert result["type"] == "create_entry"
    assert result["title"] == "Casa"


async def test_a_pasted_address_and_the_client_token_are_enough(
    hass: HomeAssistant, gateway: Gateway, browser: Browser, pasted: str
) -> None:
    form = await browser.open()
    result = await browser.send(form, instance_id=pasted, client_token=CLIENT_TOKEN)
    assert result["type"] == "create_entry"
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    assert entry.data[CONF_API_URL] == gateway.base_url


async def test_after_an_error_only_what_is_wrong_is_filled_in_again(
    browser: Browser, pasted: str
) -> None:
    form = await browser.open()
    form = await browser.send(form, instance_id=pasted, client_token="FwrongS")
    assert form["errors"] == {CONF_CLIENT_TOKEN: "invalid_auth"}
    assert filled_in(form["data_schema"]) == {
        CONF_INSTANCE_ID: pasted,
        CONF_CLIENT_TOKEN: "FwrongS",
        CONF_ADVANCED: {CONF_API_URL: DEFAULT_API_URL},
    }
    result = await browser.send(form, client_token=CLIENT_TOKEN)
    assert result["type"] == "create_entry"


@pytest.mark.parametrize("is_reauth", [True, False])
async def test_one_new_value_is_enough_to_mend_an_entry(
    hass: HomeAssistant,
    gateway: Gateway,
    browser: Browser,
    loaded: MockConfigEntry,
    is_reauth: bool,
) -> None:
    gateway.rotate_client_token(NEW_CLIENT_TOKEN)
    if is_reauth:
        form = await browser.show((await loaded.start_reauth_flow(hass))["flow_id"])
    else:
        form = await browser.open(entry_id=loaded.entry_id)
    assert TOKEN not in str(form)
    assert CLIENT_TOKEN not in str(form)
    form = await browser.send(form, client_token="FwrongS")
    assert form["errors"] == {CONF_CLIENT_TOKEN: "invalid_auth"}
    result = await browser.send(form, client_token=NEW_CLIENT_TOKEN)
    assert result["reason"] == "credentials_updated"
    assert result.get("translation_domain") in (None, DOMAIN)
    assert loaded.data[CONF_TOKEN] == TOKEN
    assert loaded.data[CONF_CLIENT_TOKEN] == NEW_CLIENT_TOKEN
    assert loaded.data[CONF_API_URL] == gateway.base_url


@pytest.mark.parametrize(
    ("url", "before"),
    [
        (FOREIGN_URL, {CONF_WEBHOOKS: "take_over_and_forward"}),
        (FOREIGN_URL.replace("https", "http"), {}),
    ],
)
async def test_the_most_harmful_choice_is_never_preselected(
    gateway: Gateway,
    instance: Instance,
    browser: Browser,
    pasted: str,
    url: str,
    before: Json,
) -> None:
    gateway.set_webhooks(instance, url, *HOOK_FIELDS)
    form = await browser.send(
        await browser.open(), instance_id=pasted, client_token=CLIENT_TOKEN
    )
    assert form["step_id"] == "webhooks_in_use"
    assert filled_in(form["data_schema"]) == before
    result = await browser.send(form, webhooks="leave")
    assert result["type"] == "create_entry"
