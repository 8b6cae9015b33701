"""What is on disk before anything is written at the gateway."""

import asyncio
from copy import deepcopy
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi.api import CallbackType
from custom_components.zapi.webhooks.ledger import (
    Choice,
    HookRecord,
    Ledger,
    LedgerError,
    async_get_ledger,
)
from simulator import Gateway, Instance
from tests.common import (
    HOOK_FIELDS,
    HOOK_URL,
    INSTANCE_ID,
    Disk,
    Scene,
    async_set_up,
    writes,
)

KEY = "zapi.webhooks"
URL = "https://ha.example.org/api/webhook/1"
FOREIGN_URL = "https://n8n.example.com/hook"


async def async_note_write(ledger: Ledger, instance_id: str) -> None:
    """Note a write of an instance."""
    record = HookRecord().before_write(URL)
    await ledger.async_update(instance_id, {CallbackType.CONNECTED: record})


def stored(instances: dict[str, Any]) -> dict[str, Any]:
    """Return a file of Home Assistant's with records."""
    return {"version": 1, "minor_version": 1, "key": KEY, "data": instances}


async def test_many_that_save_at_once_are_written_together_and_none_is_missing(
    hass: HomeAssistant, hass_storage: Disk
) -> None:
    ledger = await async_get_ledger(hass)
    save, writes = Store.async_save, 0

    async def counted(store: Store[Any], data: Any) -> None:
        nonlocal writes
        writes += 1
        await asyncio.sleep(0)
        await save(store, data)

    async def register(instance_id: str) -> bool:
        await async_note_write(ledger, instance_id)
        on_disk = hass_storage[KEY]["data"][instance_id]["connected"]
        return bool(on_disk["our_urls"] == [URL])

    with patch.object(Store, "async_save", counted):
        assert all(await asyncio.gather(*(register(str(n)) for n in range(50))))
    assert writes <= 2


async def test_what_is_not_on_disk_counts_for_nobody_who_waited_for_it(
    hass: HomeAssistant, hass_storage: Disk
) -> None:
    """Home Assistant logs that it could not write, and raises nothing."""
    ledger = await async_get_ledger(hass)
    await async_note_write(ledger, "before")
    hass_storage.is_full = True
    asked = [async_note_write(ledger, str(number)) for number in range(5)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [LedgerError] * 5
    assert not ledger.owes("3")

    hass_storage.is_full = False
    await async_note_write(ledger, "after")
    assert hass_storage[KEY]["data"].keys() == {"before", "after"}


async def test_who_is_cancelled_while_it_waits_cuts_off_nobody_else(
    hass: HomeAssistant, hass_storage: Disk
) -> None:
    ledger = await async_get_ledger(hass)
    first = hass.async_create_task(async_note_write(ledger, "first"))
    second = hass.async_create_task(async_note_write(ledger, "second"))
    first.cancel()
    await second
    assert "second" in hass_storage[KEY]["data"]


async def test_what_is_asked_while_home_assistant_stops_is_not_saved(
    hass: HomeAssistant, hass_storage: Disk
) -> None:
    """The store waits with it until the last moment, and says nothing."""
    ledger = await async_get_ledger(hass)
    await async_note_write(ledger, "saved")
    hass.set_state(CoreState.stopping)
    with pytest.raises(LedgerError):
        await async_note_write(ledger, "too late")
    assert hass_storage[KEY]["data"].keys() == {"saved"}
    assert not ledger.owes("too late")


@pytest.mark.parametrize(
    "damage",
    [
        HomeAssistantError("Permission denied"),
        OSError("Read-only file system"),
        KeyError("version"),
    ],
)
async def test_a_ledger_that_cannot_be_read_is_not_written_over(
    hass: HomeAssistant, hass_storage: Disk, damage: Exception
) -> None:
    hass_storage[KEY] = stored({"other": {"connected": {"displaced": FOREIGN_URL}}})
    with patch.object(Store, "async_load", side_effect=damage):
        ledger = await async_get_ledger(hass)
        with pytest.raises(LedgerError):
            await async_note_write(ledger, "mine")
    await async_note_write(ledger, "mine")
    assert hass_storage[KEY]["data"].keys() == {"other", "mine"}


@pytest.mark.parametrize("version", [0, 2, "1", None])
async def test_a_ledger_of_another_version_hinders_no_start_and_is_not_written_over(
    hass_with_url: HomeAssistant, scene: Scene, hass_storage: Disk, version: object
) -> None:
    file = {**stored({"other": {}}), "version": version}
    hass_storage[KEY] = file
    await async_set_up(hass_with_url, scene.entry)
    assert scene.entry.state is ConfigEntryState.LOADED
    assert not writes(scene.gateway)
    assert hass_storage[KEY] == file


STRANGE: dict[str, Any] = {
    "connected": {
        "displaced": FOREIGN_URL,
        "forward": False,
        "our_urls": [HOOK_URL],
        "written_at": 0.0,
        "confirmed": HOOK_URL,
        "rewrites": [],
        "pending_consent": {
            "url": "https://x.example.com/",
            "choice": "ask_again_in_june",
        },
        "colour": "blue",
    },
    "telepathy": {"displaced": FOREIGN_URL, "our_urls": [HOOK_URL]},
}


async def test_what_another_version_wrote_is_kept_as_it_is(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    hass_storage: Disk,
) -> None:
    """An unknown kind, field and choice: no reason to fail, or to forget."""
    known = deepcopy(STRANGE)
    hass_storage[KEY] = stored({INSTANCE_ID: known, "other": {"sent": ["?"]}})
    gateway.set_webhooks(instance, HOOK_URL, *HOOK_FIELDS)
    await async_set_up(hass_with_url, entry)
    data = hass_storage[KEY]["data"]
    assert data["other"] == {"sent": ["?"]}
    assert data[INSTANCE_ID].items() >= STRANGE.items()
    assert data[INSTANCE_ID]["disconnected"]["confirmed"] == HOOK_URL

    await hass_with_url.config_entries.async_remove(entry.entry_id)
    assert instance.webhooks["connectedCallbackUrl"] == FOREIGN_URL
    assert instance.webhooks["disconnectedCallbackUrl"] == ""
    assert hass_storage[KEY]["data"][INSTANCE_ID] == {"telepathy": STRANGE["telepathy"]}


@pytest.mark.parametrize(
    "record",
    [
        None,
        7,
        [],
        {"connected": None},
        {"connected": "?"},
        {"connected": {}},
        {
            "connected": {
                "our_urls": "?",
                "rewrites": 5,
                "displaced": 3,
                "pending_consent": [],
            }
        },
        {"connected": {"pending_consent": {"choice": "leave"}}},
    ],
)
async def test_a_record_that_makes_no_sense_hinders_nobody(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    instance: Instance,
    hass_storage: Disk,
    record: Any,
) -> None:
    good = {"connected": {"displaced": FOREIGN_URL, "our_urls": [URL]}}
    hass_storage[KEY] = stored({INSTANCE_ID: record, "good": good})
    await async_set_up(hass_with_url, entry)
    assert {instance.webhooks[field] for field in HOOK_FIELDS} == {HOOK_URL}
    ledger = await async_get_ledger(hass_with_url)
    assert ledger.hook("good", CallbackType.CONNECTED).displaced == FOREIGN_URL
    await hass_with_url.config_entries.async_remove(entry.entry_id)
    assert {instance.webhooks[field] for field in HOOK_FIELDS} == {""}
    assert hass_storage[KEY]["data"] == {"good": good}


async def test_a_choice_is_stored_by_its_name(
    hass: HomeAssistant, hass_storage: Disk
) -> None:
    ledger = await async_get_ledger(hass)
    await ledger.async_record_consent(
        "1", {CallbackType.CONNECTED: FOREIGN_URL}, Choice.LEAVE
    )
    answer = hass_storage[KEY]["data"]["1"]["connected"]["pending_consent"]
    assert answer == {"url": FOREIGN_URL, "choice": "leave"}
