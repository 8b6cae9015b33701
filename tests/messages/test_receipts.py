"""Receipts in whatever order: a message comes further, and never back."""

from datetime import timedelta
from itertools import permutations
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi.api import (
    Callback,
    Chat,
    DeliveryCallback,
    MessageStatus,
    MessageStatusCallback,
)
from custom_components.zapi.const import CONF_RECEIVE, RECEIVE_RECEIPTS
from custom_components.zapi.messages.outbox import Outbox, SentRecord, StatusChange
from custom_components.zapi.messages.receipts import DeliveryState, MemberStates
from simulator import Gateway
from tests.actions import GROUP, JOAO, MARIA, a_message, call, posted
from tests.common import Disk, async_set_up
from tests.receipts import (
    NO_PHONE,
    TERMS,
    hand_on,
    not_taken,
    outbox_of,
    state_of_message,
    status,
    taken,
)


def chat(chat_id: str) -> Chat:
    """Return a chat."""
    return Chat.parse(chat_id)


def told(outbox: Outbox) -> list[StatusChange]:
    """Return what an outbox tells from now on."""
    changes: list[StatusChange] = []
    outbox.async_add_listener(changes.append)
    return changes


def receive(outbox: Outbox, *incoming: Callback) -> None:
    """Give receipts to an outbox."""
    for one in incoming:
        if isinstance(one, DeliveryCallback):
            outbox.async_receive_delivery(one)
        elif isinstance(one, MessageStatusCallback):
            outbox.async_receive_status(one)


@pytest.fixture
def outbox(hass: HomeAssistant, entry: MockConfigEntry) -> Outbox:
    """Return an outbox that remembers nothing yet."""
    return Outbox(hass, entry)


STEPS = {
    "sent": taken("A"),
    "delivered": status(MessageStatus.RECEIVED, "A"),
    "read": status(MessageStatus.READ, "A"),
    "played": status(MessageStatus.PLAYED, "A"),
}


@pytest.mark.parametrize("order", permutations(STEPS))
def test_the_order_of_receipts_does_not_matter(
    outbox: Outbox, order: tuple[str, ...]
) -> None:
    outbox.record("A", chat(MARIA))
    changes = told(outbox)

    receive(outbox, *(STEPS[step] for step in order), *STEPS.values())

    assert outbox.find("A") == SentRecord(chat(MARIA), state=DeliveryState.PLAYED)
    shown = [change.status for change in changes]
    assert shown == sorted(shown, key=list(STEPS).index)
    assert len(set(shown)) == len(shown)


@pytest.mark.parametrize("step", ["delivered", "read", "played"])
def test_what_arrived_did_not_fail_whichever_is_told_first(
    outbox: Outbox, step: str
) -> None:
    failed = not_taken("A", NO_PHONE)
    for receipts in ([failed, STEPS[step]], [STEPS[step], failed]):
        outbox.record("A", chat(MARIA))
        receive(outbox, *receipts)
        assert outbox.find("A") == SentRecord(chat(MARIA), state=DeliveryState(step))


@pytest.mark.parametrize("order", [1, -1])
def test_what_whatsapp_took_may_fail_later(outbox: Outbox, order: int) -> None:
    outbox.record("A", chat(MARIA), "sub")
    changes = told(outbox)

    receive(outbox, *[taken("A"), not_taken("A", NO_PHONE)][::order])

    sent = outbox.find("A")
    assert sent
    assert (sent.state, sent.reason) == ("failed", "number_gone")
    assert changes[-1] == StatusChange(
        "A", chat(MARIA), "sub", DeliveryState.FAILED, sent.reason, None
    )


def test_what_the_number_itself_read_is_no_receipt(outbox: Outbox) -> None:
    outbox.record("A", chat(MARIA))
    changes = told(outbox)

    receive(outbox, status(None, "A"))

    assert changes == []


def test_each_member_of_a_group_has_a_ladder(outbox: Outbox) -> None:
    outbox.record("A", chat(GROUP))
    changes = told(outbox)

    read, received = MessageStatus.READ, MessageStatus.RECEIVED
    receive(
        outbox,
        status(read, "A", member=MARIA),
        status(received, "A", member=JOAO),
        status(received, "A", member=MARIA),
        # The same member without her ninth digit.
        status(read, "A", member="554488888888"),
        status(read, "A", member=JOAO),
    )

    assert [(one.participant, one.status) for one in changes] == [
        (chat(MARIA), "read"),
        (chat(JOAO), "delivered"),
        (chat(JOAO), "read"),
    ]
    sent = outbox.find("A")
    assert sent
    assert sent.state == "read"


def test_the_members_of_old_messages_are_forgotten() -> None:
    members = MemberStates()
    for number in range(10_001):
        assert members.advance(f"{number}", chat(MARIA), DeliveryState.READ)

    assert not members.advance("1", chat(MARIA), DeliveryState.READ)
    assert members.advance("0", chat(MARIA), DeliveryState.READ)


def test_one_callback_may_be_of_many_messages(outbox: Outbox) -> None:
    for message_id in "ABC":
        outbox.record(message_id, chat(MARIA))
    changes = told(outbox)

    receive(outbox, status(MessageStatus.READ, "A", "other", "C"))

    assert [change.message_id for change in changes] == ["A", "C"]


def test_a_receipt_may_come_before_the_answer(outbox: Outbox) -> None:
    changes = told(outbox)
    receive(outbox, STEPS["delivered"], STEPS["sent"])
    assert changes == []

    outbox.record("A", chat(MARIA), "sub")

    assert [change.status for change in changes] == ["delivered"]
    assert changes[0].subentry_id == "sub"


def test_what_is_queued_is_told_once_nothing_else_is_known(outbox: Outbox) -> None:
    changes = told(outbox)

    outbox.record("A", chat(MARIA), "sub")

    assert changes == [
        StatusChange("A", chat(MARIA), "sub", DeliveryState.QUEUED, None, None)
    ]


def test_a_forwarded_message_is_known_by_its_place_in_the_queue(
    outbox: Outbox,
) -> None:
    outbox.record(None, chat(MARIA), "sub", zaap_id="Z")
    changes = told(outbox)
    assert outbox.last(chat(MARIA)) is None

    receive(outbox, taken("A", "Z"), status(MessageStatus.READ, "A"))

    assert [(one.message_id, one.status) for one in changes] == [
        ("A", "sent"),
        ("A", "read"),
    ]
    assert outbox.last(chat(MARIA)) == "A"


def test_of_a_forwarded_message_too_receipts_may_come_first(outbox: Outbox) -> None:
    receive(outbox, status(MessageStatus.READ, "A"), taken("A", "Z"))

    outbox.record(None, chat(MARIA), zaap_id="Z")

    sent = outbox.find("A")
    assert sent
    assert sent.state == "read"


def test_a_forwarded_message_may_fail_before_it_has_an_id(outbox: Outbox) -> None:
    outbox.record(None, chat(MARIA), zaap_id="Z")
    changes = told(outbox)

    receive(outbox, not_taken(None, "Message does not forward because it was…", "Z"))

    assert [change.status for change in changes] == ["failed"]
    assert outbox.last(chat(MARIA)) is None


def test_a_message_without_any_id_is_not_remembered(outbox: Outbox) -> None:
    changes = told(outbox)
    receive(outbox, taken(None))

    outbox.record(None, chat(MARIA))

    assert changes == []
    assert outbox.diagnostics()["states"] == {}


def test_receipts_of_other_programs_are_kept_for_two_minutes_and_200_at_most(
    outbox: Outbox, freezer: FrozenDateTimeFactory
) -> None:
    for number in range(1_000):
        receive(outbox, taken(f"{number}"))
    assert outbox.diagnostics()["early_receipts"] == 200
    outbox.record("799", chat(MARIA))
    outbox.record("800", chat(MARIA))
    freezer.tick(timedelta(seconds=121))
    outbox.record("999", chat(MARIA))

    states = [sent.state for i in ("799", "800", "999") if (sent := outbox.find(i))]
    assert states == ["queued", "sent", "queued"]
    assert outbox.diagnostics()["early_receipts"] == 0


def test_the_receipt_of_the_first_of_10001_messages_is_of_none(outbox: Outbox) -> None:
    for number in range(10_001):
        outbox.record(f"{number}", chat(MARIA))
    changes = told(outbox)

    receive(outbox, taken("0"), taken("10000"))

    assert [change.message_id for change in changes] == ["10000"]


async def test_a_restart_keeps_how_far_a_message_came(
    hass: HomeAssistant, house: MockConfigEntry
) -> None:
    message_id = await a_message(hass)
    failed = await a_message(hass)
    hand_on(house, status(MessageStatus.READ, message_id), not_taken(failed, NO_PHONE))

    await hass.config_entries.async_reload(house.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    changes = told(outbox_of(house))
    hand_on(house, taken(message_id), status(MessageStatus.READ, message_id))

    assert changes == []
    assert state_of_message(house, message_id) == "read"
    assert state_of_message(house, failed) == "failed"
    assert outbox_of(house).last(chat(MARIA)) == message_id


async def test_what_an_older_version_stored_is_queued_and_nonsense_too(
    hass_with_url: HomeAssistant, entry: MockConfigEntry, hass_storage: Disk
) -> None:
    key = f"zapi.outbox.{entry.entry_id}"
    rows = [["A", MARIA, None], ["B", MARIA, None]]
    hass_storage[key] = {
        "version": 1,
        "key": key,
        "data": {"sent": rows, "states": {"B": "flown"}},
    }

    await async_set_up(hass_with_url, entry)

    assert outbox_of(entry).find("A") == SentRecord(chat(MARIA))
    assert outbox_of(entry).find("B") == SentRecord(chat(MARIA))


async def choices(hass: HomeAssistant, *labels: str, **data: Any) -> str:
    """Send choices to Maria and return the message's id."""
    data.setdefault("entity_id", "notify.maria")
    answer = await call(
        hass, "send_choices", answer=True, message="?", choices=list(labels), **data
    )
    return str(answer["messages"][0]["message_id"])


async def test_buttons_are_chosen_once_they_were_taken_in_the_same_chat(
    hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway
) -> None:
    # Nobody would hear otherwise that they are refused.
    options = {CONF_RECEIVE: [RECEIVE_RECEIPTS]}
    hass.config_entries.async_update_entry(house, options=options)
    by_hand = await choices(hass, "Yes", "No", send_as="buttons")
    await choices(hass, "Yes", "No")
    hand_on(house, taken(by_hand))
    await choices(hass, "Yes", "No")
    await choices(hass, "1", "2", "3", "4")
    await choices(hass, "Yes", "No", entity_id="notify.joao")
    await choices(hass, "Yes", "No", entity_id="notify.familia")

    assert [path for _, path, _ in posted(gateway)] == [
        "send-button-list",
        "send-text",
        "send-button-list",
        "send-option-list",
        "send-text",
        "send-text",
    ]


async def test_that_buttons_were_taken_is_remembered_until_they_fail(
    hass: HomeAssistant, house: MockConfigEntry
) -> None:
    first = await choices(hass, "Yes", "No", send_as="buttons")
    second = await choices(hass, "Yes", "No", send_as="buttons")
    hand_on(house, taken(first))
    await hass.config_entries.async_reload(house.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert outbox_of(house).has_delivered_buttons(chat("554488888888"))

    hand_on(house, not_taken(second, TERMS))

    assert not outbox_of(house).has_delivered_buttons(chat(MARIA))


async def test_a_text_that_was_taken_says_nothing_of_buttons(
    hass: HomeAssistant, house: MockConfigEntry
) -> None:
    hand_on(house, taken(await a_message(hass)))

    assert not outbox_of(house).has_delivered_buttons(chat(MARIA))
