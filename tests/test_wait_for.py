"""Actions that wait until WhatsApp has taken what was handed over."""

import asyncio
from collections.abc import Callable

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi.api import Callback, Chat, MessageStatus
from custom_components.zapi.messages import results
from custom_components.zapi.messages.outbox import StatusChange
from custom_components.zapi.messages.receipts import DeliveryState
from simulator import Gateway, Instance, State

from .actions import EVERYBODY, MARIA, a_message, call, posted
from .receipts import (
    NO_PHONE,
    hand_on,
    not_taken,
    outbox_of,
    receive_receipts,
    status,
    taken,
)

# Far longer than anything here takes, and far shorter than a wait that nobody ends.
SOON = 10


@pytest.fixture
def receiving(hass: HomeAssistant, house: MockConfigEntry) -> MockConfigEntry:
    """Return the entry with recipients, which receives receipts."""
    receive_receipts(hass, house)
    return house


def respond(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    response: Callable[[StatusChange], Callback],
) -> None:
    """Let a callback follow each message that is handed over."""

    def follow(change: StatusChange) -> None:
        if change.status is DeliveryState.QUEUED:
            hass.loop.call_soon(hand_on, entry, response(change))

    outbox_of(entry).async_add_listener(follow)


async def async_begin(
    hass: HomeAssistant, entry: MockConfigEntry, **data: object
) -> asyncio.Task[object]:
    """Begin an action that waits, and return once the message is handed over."""
    is_queued = asyncio.Event()
    remove = outbox_of(entry).async_add_listener(lambda _: is_queued.set())
    data = {"entity_id": "notify.maria", "message": "Oi", "answer": True, **data}
    action = hass.async_create_task(
        call(hass, "send_message", wait_for="sent", **data)  # type: ignore[arg-type]
    )
    async with asyncio.timeout(SOON):
        await is_queued.wait()
    remove()
    return action


async def async_end(action: asyncio.Task[object]) -> list[str]:
    """Return the states of the messages, once the action has ended by itself."""
    async with asyncio.timeout(SOON):
        answer = await action
    assert isinstance(answer, dict)
    return [message["state"] for message in answer["messages"]]


async def test_what_whatsapp_took_is_sent(
    hass: HomeAssistant, receiving: MockConfigEntry
) -> None:
    respond(hass, receiving, lambda change: taken(change.message_id))

    answer = await call(
        hass,
        "send_message",
        answer=True,
        entity_id=EVERYBODY,
        message="Oi",
        wait_for="sent",
    )

    assert [row["state"] for row in answer["messages"]] == ["sent"] * 3
    assert answer["failed"] == []
    assert not any("reason" in row for row in answer["messages"])


async def test_what_arrived_was_sent(
    hass: HomeAssistant, receiving: MockConfigEntry
) -> None:
    action = await async_begin(hass, receiving)
    message_id = outbox_of(receiving).last(Chat.parse(MARIA))
    assert message_id

    hand_on(receiving, status(MessageStatus.READ, message_id))

    assert await async_end(action) == ["sent"]


async def test_each_part_is_waited_for(
    hass: HomeAssistant, receiving: MockConfigEntry
) -> None:
    respond(hass, receiving, lambda change: taken(change.message_id))

    answer = await call(
        hass,
        "send_media",
        answer=True,
        entity_id="notify.maria",
        media=["https://example.com/a.jpg", "https://example.com/b.jpg"],
        wait_for="sent",
    )

    assert [(row["part"], row["state"]) for row in answer["messages"]] == [
        (1, "sent"),
        (2, "sent"),
    ]


async def test_a_receipt_that_was_there_before_the_answer_ends_the_wait_at_once(
    hass: HomeAssistant, receiving: MockConfigEntry, instance: Instance
) -> None:
    request = receiving.runtime_data.coordinator.client.send

    async def send(*args: object) -> object:
        sent = await request(*args)
        hand_on(receiving, taken(sent.message_id))
        return sent

    receiving.runtime_data.coordinator.client.send = send

    async with asyncio.timeout(SOON):
        answer = await call(
            hass,
            "send_message",
            answer=True,
            entity_id="notify.maria",
            message="Oi",
            wait_for="sent",
        )

    assert answer["messages"][0]["state"] == "sent"


async def test_who_asked_for_the_answer_reads_there_what_failed(
    hass: HomeAssistant, receiving: MockConfigEntry
) -> None:
    respond(hass, receiving, lambda change: not_taken(change.message_id, NO_PHONE))

    answer = await call(
        hass,
        "send_message",
        answer=True,
        entity_id="notify.maria",
        message="Oi",
        wait_for="sent",
    )

    [row] = answer["messages"]
    assert (row["state"], row["reason"]) == ("failed", "number_gone")
    assert answer["failed"] == []


@pytest.mark.parametrize(
    ("entity_id", "key"),
    [("notify.maria", "number_gone"), (EVERYBODY, "not_all_sent")],
)
async def test_without_the_answer_it_is_an_error(
    hass: HomeAssistant,
    receiving: MockConfigEntry,
    entity_id: str | list[str],
    key: str,
) -> None:
    respond(hass, receiving, lambda change: not_taken(change.message_id, NO_PHONE))

    with pytest.raises(HomeAssistantError) as raised:
        await call(
            hass,
            "send_message",
            entity_id=entity_id,
            message="Oi",
            wait_for="sent",
        )

    assert raised.value.translation_key == key


async def test_the_gateways_sentence_is_shown_nowhere(
    hass: HomeAssistant, receiving: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    sentence = f"Could not write to +{MARIA}. " * 20_000
    respond(hass, receiving, lambda change: not_taken(change.message_id, sentence))

    answer = await call(
        hass,
        "send_message",
        answer=True,
        to="5511912345678",
        message="Oi",
        wait_for="sent",
    )

    assert answer["messages"][0]["reason"] == "delivery_failed"
    assert MARIA not in str(answer)
    assert sentence[:20] not in caplog.text
    assert MARIA not in str(outbox_of(receiving).diagnostics())


@pytest.mark.parametrize(
    ("session", "state"),
    [(State.CONNECTED, "queued"), (State.LOST_SESSION, "queued_offline")],
)
async def test_what_is_not_known_in_time_is_neither_sent_nor_failed(
    hass: HomeAssistant,
    receiving: MockConfigEntry,
    instance: Instance,
    monkeypatch: pytest.MonkeyPatch,
    session: State,
    state: str,
) -> None:
    instance.state = session
    await receiving.runtime_data.coordinator.async_refresh()
    monkeypatch.setattr(results, "_WAIT_SECONDS", 0.01)

    action = await async_begin(hass, receiving)

    assert await async_end(action) == [state]


async def test_only_some_are_known_in_time(
    hass: HomeAssistant, receiving: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "_WAIT_SECONDS", 0.5)
    respond(
        hass,
        receiving,
        lambda change: (
            taken(change.message_id)
            if change.chat.id == MARIA
            else taken("of another program")
        ),
    )

    answer = await call(
        hass,
        "send_message",
        answer=True,
        entity_id=EVERYBODY,
        message="Oi",
        wait_for="sent",
    )

    assert sorted(row["state"] for row in answer["messages"]) == [
        "queued",
        "queued",
        "sent",
    ]


async def test_a_wait_keeps_no_other_message_of_the_chat_waiting(
    hass: HomeAssistant, receiving: MockConfigEntry
) -> None:
    action = await async_begin(hass, receiving)

    first = outbox_of(receiving).last(Chat.parse(MARIA))

    async with asyncio.timeout(SOON):
        await a_message(hass)

    assert not action.done()
    hand_on(receiving, taken(first))
    assert await async_end(action) == ["sent"]


async def test_unloading_ends_the_wait(
    hass: HomeAssistant, receiving: MockConfigEntry
) -> None:
    action = await async_begin(hass, receiving)

    async with asyncio.timeout(SOON):
        assert await hass.config_entries.async_unload(receiving.entry_id)

    assert receiving.state is ConfigEntryState.NOT_LOADED
    assert await async_end(action) == ["queued"]


async def test_stopping_ends_the_wait(
    hass: HomeAssistant, receiving: MockConfigEntry
) -> None:
    action = await async_begin(hass, receiving)

    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)

    assert await async_end(action) == ["queued"]


async def test_a_wait_can_be_cancelled(
    hass: HomeAssistant, receiving: MockConfigEntry
) -> None:
    action = await async_begin(hass, receiving)

    action.cancel()

    with pytest.raises(asyncio.CancelledError):
        await action
    # What comes afterwards is taken in as ever.
    respond(hass, receiving, lambda change: taken(change.message_id))
    again = await async_begin(hass, receiving)
    assert await async_end(again) == ["sent"]


@pytest.mark.parametrize("answer", [True, False])
async def test_without_receipts_nothing_is_sent_that_would_be_waited_for(
    hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway, answer: bool
) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await call(
            hass,
            "send_message",
            answer=answer,
            entity_id="notify.maria",
            message="Oi",
            wait_for="sent",
        )

    assert raised.value.translation_key == "receipts_needed"
    assert posted(gateway) == []
