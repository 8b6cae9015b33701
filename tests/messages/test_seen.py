"""A message is known again by what it is, not by when it came."""

from dataclasses import replace

import pytest

from custom_components.zapi.api import MessageKind
from custom_components.zapi.messages.pairs import Pairs
from custom_components.zapi.messages.seen import Seen, message_key

from .incoming import message

NOW = 1_790_000_000.0
KEY = message_key(message(message_id="A"), NOW, "chat", "author")


def test_a_message_is_new_once() -> None:
    seen = Seen()
    assert seen.note(KEY, NOW)
    assert not seen.note(KEY, NOW + 207)


def test_the_moment_is_no_part_of_what_it_is_known_by() -> None:
    assert message_key(message(message_id="A"), NOW + 9, "chat", "author") == KEY


@pytest.mark.parametrize(
    ("other", "where", "author"),
    [
        ({"message_id": "A"}, "other", "author"),
        ({"message_id": "A"}, "chat", "other"),
        ({"message_id": "B"}, "chat", "author"),
        ({"message_id": "A", "kind": MessageKind.DELETED}, "chat", "author"),
        ({"message_id": "A", "edit_id": "E1"}, "chat", "author"),
        ({"message_id": "A", "notification": "CALL_ENDED"}, "chat", "author"),
    ],
)
def test_what_differs_is_another_message(
    other: dict[str, str], where: str, author: str
) -> None:
    assert message_key(message(**other), NOW, where, author) != KEY  # type: ignore[arg-type]


def test_two_edits_of_one_message_are_two() -> None:
    first = message(message_id="A", edit_id="E1")
    second = replace(first, edit_id="E2")
    assert message_key(first, NOW, "", "") != message_key(second, NOW, "", "")


def test_a_notice_without_an_id_is_known_by_its_moment() -> None:
    notice = message(message_id=None, kind=MessageKind.ACCOUNT)
    assert message_key(notice, NOW, "", "") == message_key(notice, NOW, "", "")
    assert message_key(notice, NOW, "", "") != message_key(notice, NOW + 1, "", "")


def test_a_key_tells_nothing() -> None:
    key = message_key(message(message_id="A"), NOW, "5544988888888", "5544988888888")
    assert len(key) == 32
    assert set(key) <= set("0123456789abcdef")


def test_10001_messages_of_an_hour_are_all_known() -> None:
    seen = Seen()
    for number in range(10_001):
        assert seen.note(f"{number}", NOW + number / 10)
    assert not seen.note("0", NOW + 3600)
    assert len(seen) == 10_001


def test_what_is_over_an_hour_old_goes_once_there_are_more_than_10000() -> None:
    seen = Seen()
    for number in range(10_000):
        seen.note(f"{number}", NOW)
    assert not seen.note("0", NOW + 9000)
    seen.note("new", NOW + 3601)
    assert len(seen) == 10_000
    assert seen.note("0", NOW + 3601)


def test_the_memory_is_bounded() -> None:
    seen = Seen()
    for number in range(100_010):
        seen.note(f"{number}", NOW)
    assert len(seen) == 100_000


def test_what_is_recent_can_be_kept() -> None:
    seen = Seen()
    seen.note("old", NOW)
    seen.note("new", NOW + 100)
    after = Seen(seen.recent(NOW + 50))
    assert not after.note("new", NOW + 200)
    assert after.note("old", NOW + 200)


def test_a_person_has_one_id_whichever_the_gateway_writes() -> None:
    pairs = Pairs()
    one = message(lid="111122223333444@lid")
    flipped = message(where="111122223333444@lid", lid="111122223333444@lid")
    assert pairs.stable_id(one.chat, one.chat_lid) == pairs.stable_id(
        flipped.chat, flipped.chat_lid
    )
