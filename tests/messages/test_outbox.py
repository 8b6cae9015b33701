"""What was sent lately is remembered, beyond a restart and no longer than that."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.zapi.api import Chat
from custom_components.zapi.messages.outbox import Outbox, SentRecord
from tests.actions import GROUP, MARIA, a_message
from tests.common import Disk, async_set_up

WITHOUT_NINTH_DIGIT = "554488888888"


def chat(chat_id: str) -> Chat:
    """Return a chat."""
    return Chat.parse(chat_id)


def outbox_of(entry: MockConfigEntry) -> Outbox:
    """Return what an entry remembers."""
    outbox = entry.runtime_data.outbox
    assert isinstance(outbox, Outbox)
    return outbox


async def test_the_last_message_is_that_of_the_same_chat_however_it_is_written(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    outbox = Outbox(hass, entry)
    outbox.record("A", chat(MARIA), "sub")
    outbox.record("B", chat(GROUP))

    assert outbox.last(chat(WITHOUT_NINTH_DIGIT)) == "A"
    assert outbox.find("A") == SentRecord(chat(MARIA), "sub")
    assert outbox.last(chat("5511987654321")) is None
    assert outbox.find("C") is None


async def test_the_first_of_10001_messages_is_forgotten(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    outbox = Outbox(hass, entry)
    for number in range(10_001):
        outbox.record(f"{number}", chat(MARIA))

    assert outbox.find("0") is None
    assert outbox.find("1")
    assert outbox.last(chat(MARIA)) == "10000"


async def test_a_restart_forgets_nothing(
    hass: HomeAssistant, house: MockConfigEntry, hass_storage: Disk
) -> None:
    message_id = await a_message(hass)
    [maria] = [one for one in house.subentries.values() if one.title == "Maria"]

    await hass.config_entries.async_reload(house.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert house.state is ConfigEntryState.LOADED
    assert outbox_of(house).find(message_id) == SentRecord(
        chat(MARIA), maria.subentry_id
    )
    [stored] = hass_storage[f"zapi.outbox.{house.entry_id}"]["data"]["sent"]
    # Neither text nor name.
    assert list(stored) == [message_id, MARIA, maria.subentry_id]


async def test_steady_sending_does_not_put_the_writing_off_for_ever(
    hass: HomeAssistant,
    house: MockConfigEntry,
    hass_storage: Disk,
    freezer: FrozenDateTimeFactory,
) -> None:
    key = f"zapi.outbox.{house.entry_id}"
    for _ in range(4):
        await a_message(hass)
        freezer.tick(timedelta(seconds=20))
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)

    assert len(hass_storage[key]["data"]["sent"]) >= 3


async def test_an_entry_that_is_removed_leaves_nothing_of_it(
    hass: HomeAssistant, house: MockConfigEntry, hass_storage: Disk
) -> None:
    await a_message(hass)
    await hass.config_entries.async_unload(house.entry_id)
    key = f"zapi.outbox.{house.entry_id}"
    assert key in hass_storage

    await hass.config_entries.async_remove(house.entry_id)

    assert key not in hass_storage


async def test_what_is_stored_and_makes_no_sense_is_left_out(
    hass_with_url: HomeAssistant, entry: MockConfigEntry, hass_storage: Disk
) -> None:
    hass_storage[f"zapi.outbox.{entry.entry_id}"] = {
        "version": 1,
        "key": f"zapi.outbox.{entry.entry_id}",
        "data": {"sent": [["A", "nonsense", None], ["B", MARIA, None]]},
    }

    await async_set_up(hass_with_url, entry)

    assert outbox_of(entry).find("A") is None
    assert outbox_of(entry).find("B") == SentRecord(chat(MARIA))
