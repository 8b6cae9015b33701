"""What is received is handed on once, with what is known of it, if it may be."""

import time
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi.api import MessageKind
from custom_components.zapi.messages.inbox import ReceivedMessage
from simulator import ALL, Gateway, Instance
from tests.actions import GROUP, JOAO, LID, MARIA, a_message
from tests.common import PHONE, Disk, async_set_up, async_wait, requests

from .incoming import Heard, async_restart, inbox_of, message

STRANGER = "5511988887777"
STRANGER_LID = "555566667777888@lid"
OTHER_GROUP = "120363000000000099-group"
WITHOUT_NINTH_DIGIT = "554488888888"
HOUR = 3600


@pytest.fixture
def heard(clock: FrozenDateTimeFactory, house: MockConfigEntry) -> Heard:
    """Return who listens to the house."""
    return Heard(house)


def subentry(entry: MockConfigEntry, title: str) -> ConfigSubentry:
    """Return a recipient by its name."""
    [found] = [one for one in entry.subentries.values() if one.title == title]
    return found


def name(entry: MockConfigEntry, subentry_id: str | None) -> str | None:
    """Return what a recipient is called."""
    return entry.subentries[subentry_id].title if subentry_id else None


def let(
    hass: HomeAssistant, entry: MockConfigEntry, title: str, *, may_trigger: bool
) -> None:
    """Say whether the messages of a recipient may start anything."""
    one = subentry(entry, title)
    hass.config_entries.async_update_subentry(
        entry, one, data={**one.data, "may_trigger": may_trigger}
    )


def let_others(hass: HomeAssistant, entry: MockConfigEntry, others: str) -> None:
    """Say what others may."""
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, "others": others}
    )


def counts(entry: MockConfigEntry) -> Any:
    """Return how many texts became what."""
    return inbox_of(entry).diagnostics()["messages"].get("text", {})


def told(received: ReceivedMessage | None) -> ReceivedMessage:
    """Return a message that was told."""
    assert received
    return received


# Once


def test_a_message_is_told_once_however_often_it_comes(
    heard: Heard, house: MockConfigEntry
) -> None:
    once = message(message_id="A")
    first = told(heard.receive(once))
    assert first.message == once
    assert not first.is_late
    assert not first.is_own
    for age in (-9, -20, 0, 200):
        assert heard.receive(once, age) is None
    assert counts(house) == {"shown": 1, "repeated": 4}
    assert inbox_of(house).count_last_day() == 1


def test_two_chats_may_have_the_same_id(heard: Heard) -> None:
    assert heard.receive(message(message_id="A"))
    assert heard.receive(message(message_id="A", where=JOAO))
    assert heard.receive(message(message_id="A", where=GROUP, author=JOAO))
    assert heard.receive(message(message_id="A", where=GROUP, author=MARIA))


def test_a_number_that_flips_to_its_private_id_is_the_same_message(
    heard: Heard,
) -> None:
    assert heard.receive(message(message_id="A", lid=LID))
    assert not heard.receive(message(message_id="A", where=LID, lid=LID))
    assert not heard.receive(message(message_id="A", where=WITHOUT_NINTH_DIGIT))
    in_group = message(message_id="B", where=GROUP, author=MARIA, author_lid=LID)
    assert heard.receive(in_group)
    assert not heard.receive(message(message_id="B", where=GROUP, author=LID))


def test_a_waiting_message_does_not_swallow_its_content(
    heard: Heard, house: MockConfigEntry
) -> None:
    waiting = message(None, message_id="A", kind=MessageKind.WAITING)
    assert heard.receive(waiting) is None
    assert heard.receive(waiting) is None
    assert heard.receive(message(message_id="A"))
    assert inbox_of(house).diagnostics()["messages"]["waiting"] == {"waiting": 2}


def test_notices_without_id_and_moment_are_told_each(
    heard: Heard, clock: FrozenDateTimeFactory
) -> None:
    notice = message(None, message_id=None, kind=MessageKind.ACCOUNT)
    assert heard.receive(notice, moment=0)
    clock.tick(1)
    assert heard.receive(notice, moment=0)


async def test_a_reload_forgets_nothing(
    hass: HomeAssistant, heard: Heard, house: MockConfigEntry
) -> None:
    once = message(message_id="A", where=JOAO, lid=STRANGER_LID)
    assert heard.receive(once)
    await hass.config_entries.async_reload(house.entry_id)
    heard.listen()
    assert heard.receive(once) is None
    flipped = told(heard.receive(message(where=STRANGER_LID)))
    assert name(house, flipped.recipient) == "João"


# Over the end of a run


async def test_a_restart_forgets_nothing_of_the_last_minutes(
    hass: HomeAssistant,
    heard: Heard,
    house: MockConfigEntry,
    clock: FrozenDateTimeFactory,
    hass_storage: Disk,
) -> None:
    once = message(message_id="A", where=JOAO, lid=STRANGER_LID)
    assert heard.receive(once)
    clock.tick(100)
    await async_restart(hass, house)
    heard.listen()
    # Z-API posts it again with a newer moment.
    assert heard.receive(once) is None
    flipped = told(heard.receive(message(where=STRANGER_LID), 50))
    assert not flipped.is_late
    assert name(house, flipped.recipient) == "João"
    assert inbox_of(house).diagnostics()["last_stop_was_clean"] is True


async def test_a_stop_is_clean_for_an_entry_that_is_not_loaded_too(
    hass: HomeAssistant, heard: Heard, house: MockConfigEntry, hass_storage: Disk
) -> None:
    heard.receive(message())
    await hass.config_entries.async_unload(house.entry_id)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    stored = hass_storage[f"zapi.inbox.{house.entry_id}"]["data"]
    assert stored["clean"] is True
    assert len(stored["seen"]) == 1


async def test_what_was_sent_before_a_killed_run_ended_is_never_obeyed(
    hass: HomeAssistant,
    heard: Heard,
    house: MockConfigEntry,
    clock: FrozenDateTimeFactory,
) -> None:
    await async_restart(hass, house)
    heard.listen()
    once, sent = message(message_id="A"), time.time()
    assert not told(heard.receive(once)).is_late
    clock.tick(1)
    await async_restart(hass, house, kill=True)
    heard.listen()
    assert told(heard.receive(once, moment=sent)).is_late
    assert not told(heard.receive(message())).is_late
    assert inbox_of(house).diagnostics()["last_stop_was_clean"] is False


async def test_the_mark_of_a_clean_stop_is_gone_before_anything_is_handed_on(
    hass: HomeAssistant, house: MockConfigEntry, hass_storage: Disk
) -> None:
    key = f"zapi.inbox.{house.entry_id}"
    assert hass_storage[key]["data"]["clean"] is False
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    assert hass_storage[key]["data"]["clean"] is True
    await async_restart(hass, house, kill=True)
    assert hass_storage[key]["data"]["clean"] is False


async def test_the_mark_goes_even_if_nothing_can_be_stored(
    hass: HomeAssistant,
    heard: Heard,
    house: MockConfigEntry,
    clock: FrozenDateTimeFactory,
    hass_storage: Disk,
) -> None:
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    hass_storage.is_full = True
    await async_restart(hass, house, kill=True)
    assert inbox_of(house).memory.is_clean
    assert f"zapi.inbox.{house.entry_id}" not in hass_storage
    heard.listen()
    once, sent = message(), time.time()
    assert heard.receive(once)
    clock.tick(1)
    await async_restart(hass, house, kill=True)
    heard.listen()
    assert told(heard.receive(once, moment=sent)).is_late


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"clean": True},
        {"clean": True, "seen": [], "ages": [], "pairs": [], "events": {}},
        {"clean": True, "seen": {}, "ages": [1], "pairs": [], "events": {}},
        {"clean": True, "seen": {}, "ages": [], "pairs": [[1]], "events": {}},
        {"clean": True, "seen": {}, "ages": [], "pairs": [], "events": {"a": None}},
        {"clean": 1, "seen": {}, "ages": [], "pairs": [], "events": {}},
    ],
)
async def test_what_is_stored_and_makes_no_sense_is_an_unclean_stop(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    hass_storage: Disk,
    data: Any,
) -> None:
    key = f"zapi.inbox.{entry.entry_id}"
    hass_storage[key] = {"version": 1, "key": key, "data": data}
    await async_set_up(hass_with_url, entry)
    let_others(hass_with_url, entry, "everybody")
    heard = Heard(entry)
    assert told(heard.receive(message(), 1)).is_late
    assert not told(heard.receive(message())).is_late


async def test_a_store_that_cannot_be_read_is_an_unclean_stop(
    clock: FrozenDateTimeFactory,
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    hass_storage: Disk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    load = Store.async_load

    async def failing(store: Store[Any]) -> Any:
        if store.key.startswith("zapi.inbox"):
            raise HomeAssistantError
        return await load(store)

    monkeypatch.setattr(Store, "async_load", failing)
    await async_set_up(hass_with_url, entry)
    assert inbox_of(entry).memory.is_clean is False


async def test_what_is_stored_names_nobody_but_the_pairs(
    hass: HomeAssistant, heard: Heard, house: MockConfigEntry, hass_storage: Disk
) -> None:
    heard.receive(message("Secret", name="Maria Secret", lid=LID))
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    stored = hass_storage[f"zapi.inbox.{house.entry_id}"]["data"]
    assert stored.pop("pairs") == [[MARIA, LID]]
    assert stored["seen"]
    assert "Secret" not in str(stored)
    assert MARIA not in str(stored)
    assert LID not in str(stored)


async def test_pairs_are_written_within_a_minute_or_two(
    hass: HomeAssistant,
    heard: Heard,
    house: MockConfigEntry,
    clock: FrozenDateTimeFactory,
    hass_storage: Disk,
) -> None:
    key = f"zapi.inbox.{house.entry_id}"
    for number in range(4):
        heard.receive(
            message(where=f"55119876500{number:02}", lid=f"{10**14 + number}@lid")
        )
        await async_wait(hass, clock, 20)
    data = hass_storage[key]["data"]
    assert len(data["pairs"]) >= 3
    assert data["clean"] is False


async def test_an_entry_that_is_removed_leaves_nothing(
    hass: HomeAssistant, heard: Heard, house: MockConfigEntry, hass_storage: Disk
) -> None:
    heard.receive(message())
    assert f"zapi.inbox.{house.entry_id}" in hass_storage
    await hass.config_entries.async_remove(house.entry_id)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    assert f"zapi.inbox.{house.entry_id}" not in hass_storage


# Late


@pytest.mark.parametrize(
    ("age", "waited", "is_late"),
    [(0, 0, False), (119, 0, False), (121, 0, True), (60, 61, True), (7200, 0, True)],
)
async def test_a_late_message_is_told_and_says_so(
    hass: HomeAssistant,
    heard: Heard,
    house: MockConfigEntry,
    age: float,
    waited: float,
    is_late: bool,
) -> None:
    await async_restart(hass, house)
    heard.listen()
    received = told(heard.receive(message(), age, waited=waited))
    assert received.is_late is is_late
    assert counts(house)["late" if is_late else "shown"] == 1


def test_a_message_that_says_nothing_of_its_moment_counts_from_its_arrival(
    heard: Heard, house: MockConfigEntry
) -> None:
    received = told(heard.receive(message(), -9999))
    assert not received.is_late
    assert told(heard.receive(message(), -9999, waited=121)).is_late


# Who is it, and who may


@pytest.mark.parametrize(
    ("where", "lid", "title"),
    [
        (MARIA, None, "Maria"),
        (WITHOUT_NINTH_DIGIT, None, "Maria"),
        (LID, None, "Maria"),
        (LID, LID, "Maria"),
        (JOAO, STRANGER_LID, "João"),
    ],
)
def test_a_recipient_is_known_by_any_id(
    heard: Heard, house: MockConfigEntry, where: str, lid: str | None, title: str
) -> None:
    received = told(heard.receive(message(where=where, lid=lid)))
    assert name(house, received.recipient) == title
    assert name(house, received.sender_recipient) == title


def test_a_group_that_is_a_recipient_lets_its_members_through(
    heard: Heard, house: MockConfigEntry
) -> None:
    received = told(heard.receive(message(where=GROUP, author=STRANGER)))
    assert name(house, received.recipient) == "Família"
    assert received.sender_recipient is None
    received = told(heard.receive(message(where=GROUP, author=JOAO)))
    assert name(house, received.sender_recipient) == "João"


def test_a_recipient_in_another_group_does_not_count(
    heard: Heard, house: MockConfigEntry
) -> None:
    assert heard.receive(message(where=OTHER_GROUP, author=MARIA)) is None
    assert counts(house) == {"not_allowed": 1}


def test_a_stranger_is_not_told_and_counted(
    heard: Heard, house: MockConfigEntry
) -> None:
    assert heard.receive(message(where=STRANGER)) is None
    assert counts(house) == {"not_allowed": 1}
    assert inbox_of(house).count_last_day() == 1


def test_a_recipient_may_be_kept_out_and_let_in_again(
    hass: HomeAssistant, heard: Heard, house: MockConfigEntry
) -> None:
    let(hass, house, "Maria", may_trigger=False)
    let_others(hass, house, "everybody")
    assert heard.receive(message()) is None
    assert heard.receive(message(where=LID)) is None
    assert heard.receive(message(where=OTHER_GROUP, author=MARIA)) is None
    assert heard.receive(message(where=OTHER_GROUP, author=JOAO))
    let(hass, house, "Maria", may_trigger=True)
    assert heard.receive(message())


@pytest.mark.parametrize("where", ["status@broadcast", "120363000000000009@newsletter"])
def test_stories_and_channels_are_not_among_everybody(
    hass: HomeAssistant, heard: Heard, house: MockConfigEntry, where: str
) -> None:
    let_others(hass, house, "everybody")
    assert heard.receive(message(where=STRANGER))
    assert heard.receive(message(where=OTHER_GROUP, author=STRANGER))
    assert heard.receive(message(where=where, author=STRANGER)) is None


# Saved contacts


def contacts_asked(gateway: Gateway) -> int:
    """Return how often Z-API was asked for contacts."""
    return requests(gateway).count("GET contacts")


async def test_contacts_are_not_asked_for_where_nobody_needs_them(
    hass: HomeAssistant,
    heard: Heard,
    gateway: Gateway,
    clock: FrozenDateTimeFactory,
) -> None:
    heard.receive(message(where=STRANGER))
    await async_wait(hass, clock, 25 * HOUR)
    assert contacts_asked(gateway) == 0


async def test_a_saved_contact_may_once_it_is_known_that_they_are(
    hass: HomeAssistant,
    heard: Heard,
    house: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    instance.contacts = {STRANGER: "Ana"}
    let_others(hass, house, "contacts")
    assert heard.receive(message(where=STRANGER)) is None
    await hass.async_block_till_done(wait_background_tasks=True)
    assert heard.receive(message(where=STRANGER))
    assert heard.receive(message(where=OTHER_GROUP, author=STRANGER))
    # By the private id, once it came with the number.
    assert heard.receive(message(where=STRANGER_LID)) is None
    assert heard.receive(message(where=STRANGER, lid=STRANGER_LID))
    assert heard.receive(message(where=STRANGER_LID))
    # A member of a shared group is listed, but not saved.
    assert heard.receive(message(where="5511900000001")) is None
    assert contacts_asked(gateway) == 1


async def test_contacts_are_read_at_the_start_and_daily(
    hass: HomeAssistant,
    clock: FrozenDateTimeFactory,
    house: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    instance.contacts = {STRANGER: "Ana"}
    let_others(hass, house, "contacts")
    await hass.config_entries.async_reload(house.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    heard = Heard(house)
    assert heard.receive(message(where=STRANGER))
    assert contacts_asked(gateway) == 1
    await async_wait(hass, clock, 24 * HOUR + 1)
    assert contacts_asked(gateway) == 2


async def test_a_stranger_makes_it_ask_once_an_hour(
    hass: HomeAssistant,
    heard: Heard,
    house: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    clock: FrozenDateTimeFactory,
) -> None:
    let_others(hass, house, "contacts")
    for _ in range(5):
        heard.receive(message(where=STRANGER))
        await async_wait(hass, clock, 60)
    assert contacts_asked(gateway) == 1
    instance.contacts = {STRANGER: "Ana"}
    await async_wait(hass, clock, HOUR)
    assert heard.receive(message(where=STRANGER)) is None
    await hass.async_block_till_done(wait_background_tasks=True)
    assert heard.receive(message(where=STRANGER))
    assert contacts_asked(gateway) == 2


async def test_contacts_that_cannot_be_read_stay_as_they_were(
    hass: HomeAssistant,
    heard: Heard,
    house: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    clock: FrozenDateTimeFactory,
) -> None:
    instance.contacts = {STRANGER: "Ana"}
    let_others(hass, house, "contacts")
    heard.receive(message(where=STRANGER))
    await hass.async_block_till_done(wait_background_tasks=True)
    gateway.faults.http_5xx = ALL
    await async_wait(hass, clock, 2 * HOUR)
    assert heard.receive(message(where="5511900000001")) is None
    await hass.async_block_till_done(wait_background_tasks=True)
    assert heard.receive(message(where=STRANGER))


# Own messages


@pytest.mark.parametrize("from_api", [True, False, None])
def test_what_the_instance_wrote_is_told_as_its_own(
    heard: Heard, house: MockConfigEntry, from_api: bool | None
) -> None:
    received = told(
        heard.receive(message(where=STRANGER, from_me=True, from_api=from_api))
    )
    assert received.is_own
    assert counts(house) == {"own": 1}


async def test_what_was_sent_here_is_own_by_its_id_in_its_chat_alone(
    hass: HomeAssistant, heard: Heard
) -> None:
    message_id = await a_message(hass)
    echo = message(message_id=message_id, where=WITHOUT_NINTH_DIGIT, from_api=None)
    assert told(heard.receive(echo)).is_own
    # Somebody else chose the same id.
    other = message(message_id=message_id, where=JOAO, kind=MessageKind.VOICE)
    assert not told(heard.receive(other)).is_own


def test_a_note_to_self_is_received_from_me(
    heard: Heard, house: MockConfigEntry
) -> None:
    received = told(heard.receive(message(where=PHONE, from_me=True)))
    assert not received.is_own
    assert name(house, received.recipient) == "Me"
    assert name(house, received.sender_recipient) == "Me"


def test_a_note_to_self_is_one_where_the_callback_does_not_say_how_it_came(
    heard: Heard,
) -> None:
    note = message(where=PHONE, from_me=True, from_api=None)
    assert not told(heard.receive(note)).is_own


def test_without_the_recipient_a_note_to_self_is_own(
    hass: HomeAssistant, heard: Heard, house: MockConfigEntry
) -> None:
    hass.config_entries.async_remove_subentry(house, subentry(house, "Me").subentry_id)
    assert told(heard.receive(message(where=PHONE, from_me=True))).is_own


async def test_what_was_sent_to_oneself_is_own(
    hass: HomeAssistant, heard: Heard
) -> None:
    message_id = await a_message(hass, "notify.me")
    echo = message(message_id=message_id, where=PHONE, from_me=True, from_api=None)
    assert told(heard.receive(echo)).is_own
    through_api = message(where=PHONE, from_me=True, from_api=True)
    assert told(heard.receive(through_api)).is_own


async def test_an_echo_that_comes_before_the_answer_is_own(
    hass: HomeAssistant, heard: Heard, gateway: Gateway, house: MockConfigEntry
) -> None:
    """Or an automation that answers notes to oneself would answer itself."""
    client = house.runtime_data.coordinator.client
    send, echoes = client.send, []

    async def echoing(*args: Any) -> Any:
        sent = await send(*args)
        echo = message(
            message_id=sent.message_id, where=PHONE, from_me=True, from_api=None
        )
        echoes.append(heard.receive(echo))
        return sent

    client.send = echoing
    await a_message(hass, "notify.me")
    [echo] = echoes
    assert told(echo).is_own


# Listeners


@pytest.mark.no_fail_on_log_exception
def test_a_listener_that_fails_keeps_nobody_from_being_told(
    heard: Heard, house: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(_received: ReceivedMessage) -> None:
        raise ValueError("oops")

    later: list[ReceivedMessage] = []
    stop_failing = inbox_of(house).async_add_listener(failing)
    stop = inbox_of(house).async_add_listener(later.append)
    assert heard.receive(message("Secret", name="Maria Secret"))
    assert len(later) == 1
    assert "A listener to WhatsApp messages failed" in caplog.text
    assert "Secret" not in caplog.text
    assert MARIA not in caplog.text.rpartition("A listener to")[2]
    caplog.clear()
    stop_failing()
    stop()
    assert heard.receive(message())
    assert len(later) == 1
    assert "failed" not in caplog.text


def test_nothing_of_a_message_is_logged(
    heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    secret = message("Secret", name="Maria Secret", lid=LID, message_id="SECRETID")
    for incoming in (secret, secret, message("Secret", where=STRANGER)):
        heard.receive(incoming)
    said = [one.getMessage() for one in caplog.records if "zapi" in one.name]
    for word in ("Secret", "SECRETID", MARIA, LID, STRANGER):
        assert not [line for line in said if word in line]


def test_each_message_has_a_context_of_its_own(heard: Heard) -> None:
    first, second = told(heard.receive(message())), told(heard.receive(message()))
    assert first.context.id != second.context.id


def test_diagnostics_count_and_name_nobody(
    heard: Heard, house: MockConfigEntry
) -> None:
    heard.receive(message("Secret", name="Maria Secret", lid=LID))
    heard.receive(message(where=STRANGER))
    diagnostics = inbox_of(house).diagnostics()
    assert diagnostics == {
        "messages": {"text": {"not_allowed": 1, "shown": 1}},
        "remembered": 2,
        "pairs": 1,
        "open_questions": 0,
        "clock_difference": None,
        "last_stop_was_clean": False,
    }
