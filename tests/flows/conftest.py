"""What the tests of the dialogs share."""

from collections.abc import AsyncGenerator

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.zapi.const import DOMAIN

from .browser import Browser


@pytest.fixture
async def browser(
    hass_with_url: HomeAssistant, hass_client: ClientSessionGenerator
) -> AsyncGenerator[Browser]:
    """Return a browser in which an administrator has signed in."""
    # Once it serves, Home Assistant takes no further paths.
    for component in ("config", "image", "notify", DOMAIN):
        assert await async_setup_component(hass_with_url, component, {})
    yield Browser(await hass_client())
    await hass_with_url.async_block_till_done(wait_background_tasks=True)
