"""What cannot be stored is not done at the gateway, and a dialog says so."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_USER
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi.const import (
    CONF_ADVANCED,
    CONF_API_URL,
    CONF_CLIENT_TOKEN,
    CONF_INSTANCE_ID,
    CONF_WEBHOOKS,
    DOMAIN,
)
from custom_components.zapi.webhooks.ledger import Choice
from simulator import Gateway, Instance
from tests.common import (
    CLIENT_TOKEN,
    FOREIGN_URL,
    HOOK_URL,
    INSTANCE_ID,
    TOKEN,
    Disk,
    Scene,
    async_agree,
    async_open_options,
    async_set_up,
    async_wait,
    hooks,
    writes,
)

WEBHOOK_ENTITY = "binary_sensor.casa_webhook"


def reason(hass: HomeAssistant) -> object:
    """Return why no callbacks come."""
    state = hass.states.get(WEBHOOK_ENTITY)
    assert state
    return state.attributes["reason"]


async def test_nothing_is_written_that_is_not_on_disk_and_it_is_tried_again(
    freezer: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    scene: Scene,
    hass_storage: Disk,
) -> None:
    scene.gateway.set_webhooks(scene.instance, FOREIGN_URL)
    await async_agree(hass_with_url, FOREIGN_URL, Choice.TAKE_OVER)
    hass_storage.is_full = True
    await async_set_up(hass_with_url, scene.entry)
    await async_wait(hass_with_url, freezer, 11)
    assert not writes(scene.gateway)
    assert reason(hass_with_url) == "not_registered"

    hass_storage.is_full = False
    await async_wait(hass_with_url, freezer, 61)
    assert hooks(scene.instance) == [HOOK_URL, HOOK_URL]
    assert reason(hass_with_url) == "ok"
    await hass_with_url.config_entries.async_remove(scene.entry.entry_id)
    assert hooks(scene.instance) == [FOREIGN_URL, FOREIGN_URL]


@pytest.mark.parametrize("choice", [Choice.TAKE_OVER_AND_FORWARD, Choice.LEAVE])
async def test_an_option_that_cannot_be_stored_changes_nothing(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    hass_storage: Disk,
    choice: Choice,
) -> None:
    gateway.set_webhooks(instance, FOREIGN_URL)
    await async_agree(hass_with_url, FOREIGN_URL, Choice.TAKE_OVER)
    await async_set_up(hass_with_url, entry)
    flows = hass_with_url.config_entries.options
    form = await async_open_options(hass_with_url, entry)
    hass_storage.is_full = True
    result = await flows.async_configure(form["flow_id"], {CONF_WEBHOOKS: choice})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "not_stored"
    assert hooks(instance) == [HOOK_URL, HOOK_URL]
    assert entry.runtime_data.webhook_manager.choice is Choice.TAKE_OVER


async def test_an_instance_is_not_added_with_a_choice_that_cannot_be_stored(
    hass_with_url: HomeAssistant,
    gateway: Gateway,
    instance: Instance,
    hass_storage: Disk,
) -> None:
    gateway.set_webhooks(instance, FOREIGN_URL)
    flows = hass_with_url.config_entries.flow
    form = await flows.async_init(DOMAIN, context={"source": SOURCE_USER})
    form = await flows.async_configure(
        form["flow_id"],
        {
            CONF_INSTANCE_ID: INSTANCE_ID,
            CONF_TOKEN: TOKEN,
            CONF_CLIENT_TOKEN: CLIENT_TOKEN,
            CONF_ADVANCED: {CONF_API_URL: gateway.base_url},
        },
    )
    assert form["step_id"] == "webhooks_in_use"
    hass_storage.is_full = True
    result = await flows.async_configure(
        form["flow_id"], {CONF_WEBHOOKS: Choice.TAKE_OVER}
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "not_stored"
    assert not hass_with_url.config_entries.async_entries(DOMAIN)
    assert hooks(instance) == [FOREIGN_URL, FOREIGN_URL]
