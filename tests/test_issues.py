"""What Home Assistant asks a person to put right, and that it stops asking by itself."""

from datetime import UTC, datetime
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi.const import PANEL_URL
from simulator import ALL

from .common import EXTERNAL_URL, Scene, async_set_up, async_wait, issues

CONNECTED = "binary_sensor.casa_whatsapp"
DUE = datetime(2026, 3, 31, 12, tzinfo=UTC)
NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)

FAILURES = pytest.mark.parametrize(
    ("fault", "kind"),
    [("expired_plan", "subscription"), ("ip_blocked", "ip_not_allowed")],
)


def ids(registry: ir.IssueRegistry) -> list[str]:
    """Return the issues, by their id."""
    return [issue.issue_id for issue in issues(registry)]


@FAILURES
async def test_a_failure_at_the_set_up_is_explained_and_forgotten_once_mended(
    freezer: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    scene: Scene,
    fault: str,
    kind: str,
) -> None:
    setattr(scene.gateway.faults, fault, ALL)
    await async_set_up(hass_with_url, scene.entry)
    assert scene.entry.state is ConfigEntryState.SETUP_RETRY
    [issue] = issues(scene.issue_registry)
    assert issue.issue_id == f"{kind}_{scene.entry.entry_id}"
    assert issue.translation_key == kind
    assert issue.learn_more_url == PANEL_URL
    assert not issue.is_fixable
    assert not issue.is_persistent

    scene.gateway.faults.clear()
    await async_wait(hass_with_url, freezer, 60)
    assert hass_with_url.states.is_state(CONNECTED, STATE_ON)
    assert not issues(scene.issue_registry)


@FAILURES
async def test_a_failure_in_running_is_explained_and_forgotten_once_mended(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    fault: str,
    kind: str,
) -> None:
    setattr(scene.gateway.faults, fault, ALL)
    for _ in range(3):
        await async_wait(scene.hass, freezer, 61)
    assert scene.hass.states.is_state(CONNECTED, STATE_UNAVAILABLE)
    assert ids(scene.issue_registry) == [f"{kind}_{loaded.entry_id}"]
    assert not scene.hass.config_entries.flow.async_progress()

    scene.gateway.faults.clear()
    for _ in range(3):
        await async_wait(scene.hass, freezer, 61)
    assert scene.hass.states.is_state(CONNECTED, STATE_ON)
    assert not issues(scene.issue_registry)
    assert caplog.text.count("Error fetching zapi") == 1
    assert caplog.text.count("data recovered") == 1


@pytest.mark.parametrize(
    ("due", "text", "placeholders"),
    [
        (int(DUE.timestamp()), "subscription_due", {"due": "2026-03-31"}),
        # It was due today in UTC, and yesterday where this Home Assistant is.
        (int(NOW.timestamp()) - 6 * 3600, "subscription_due", {"due": "2026-05-31"}),
        (int(NOW.timestamp()) + 3600, "subscription", {}),
        (0, "subscription", {}),
    ],
)
async def test_an_expired_plan_says_when_it_was_due_if_that_is_known_and_past(
    freezer: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    scene: Scene,
    due: int,
    text: str,
    placeholders: dict[str, Any],
) -> None:
    freezer.move_to(NOW)
    await hass_with_url.config.async_update(time_zone="America/Sao_Paulo")
    scene.instance.due = due
    await async_set_up(hass_with_url, scene.entry)
    scene.gateway.faults.expired_plan = ALL
    await async_wait(hass_with_url, freezer, 61)
    [issue] = issues(scene.issue_registry)
    assert issue.translation_key == text
    assert issue.translation_placeholders
    assert issue.translation_placeholders.items() >= placeholders.items()
    assert "due" in placeholders or "due" not in issue.translation_placeholders


async def test_the_address_that_was_refused_is_named(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
) -> None:
    scene.gateway.faults.ip_blocked = ALL
    await async_wait(scene.hass, freezer, 61)
    [issue] = issues(scene.issue_registry)
    assert issue.translation_placeholders
    assert "203.0.113.7" in issue.translation_placeholders["error"]


@pytest.mark.parametrize("fault", ["http_5xx", "wrong_client_token", "value_false"])
async def test_other_failures_raise_no_issue_of_ours(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
    fault: str,
) -> None:
    setattr(scene.gateway.faults, fault, ALL)
    await async_wait(scene.hass, freezer, 61)
    assert scene.hass.states.is_state(CONNECTED, STATE_UNAVAILABLE)
    assert not issues(scene.issue_registry)


@FAILURES
async def test_a_failure_of_details_alone_raises_no_issue(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
    fault: str,
    kind: str,
) -> None:
    setattr(scene.gateway.faults, fault, frozenset({"me", "device"}))
    await async_wait(scene.hass, freezer, 16 * 60)
    assert scene.hass.states.is_state(CONNECTED, STATE_ON)
    assert not issues(scene.issue_registry)


@FAILURES
async def test_disabling_the_entry_withdraws_what_it_asked(
    scene: Scene,
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
    fault: str,
    kind: str,
) -> None:
    setattr(scene.gateway.faults, fault, frozenset({"status"}))
    await async_wait(scene.hass, freezer, 61)
    assert issues(scene.issue_registry)
    await scene.hass.config_entries.async_set_disabled_by(
        loaded.entry_id, ConfigEntryDisabler.USER
    )
    await scene.hass.async_block_till_done(wait_background_tasks=True)
    assert not issues(scene.issue_registry)


async def test_each_entry_has_its_own_issues(
    hass_with_url: HomeAssistant,
    scene: Scene,
) -> None:
    other = scene.gateway.add(name="Loja")
    neighbour = MockConfigEntry(
        domain=scene.entry.domain,
        title="Loja",
        unique_id=other.instance_id,
        data={
            **scene.entry.data,
            "instance_id": other.instance_id,
            "token": other.token,
            "webhook_id": "1" * 64,
        },
    )
    neighbour.add_to_hass(hass_with_url)
    scene.gateway.expire_plan(other)
    await async_set_up(hass_with_url, scene.entry)
    assert ids(scene.issue_registry) == [f"subscription_{neighbour.entry_id}"]
    await hass_with_url.config_entries.async_remove(scene.entry.entry_id)
    assert ids(scene.issue_registry) == [f"subscription_{neighbour.entry_id}"]
    await hass_with_url.config_entries.async_remove(neighbour.entry_id)
    assert not issues(scene.issue_registry)


async def test_no_https_address_is_explained_with_a_link(
    hass: HomeAssistant, entry: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    await async_set_up(hass, entry)
    [issue] = issues(issue_registry)
    assert issue.translation_key == "no_https_url"
    assert issue.learn_more_url
    assert issue.learn_more_url.startswith("https://www.home-assistant.io/")
    assert not issue.is_fixable
    await hass.config.async_update(external_url=EXTERNAL_URL)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not issues(issue_registry)
