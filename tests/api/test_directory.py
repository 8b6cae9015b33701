"""Lists of chats, and what WhatsApp knows of numbers."""

from typing import Any

import pytest

from custom_components.zapi.api import (
    PAGE_SIZE,
    Chat,
    ChatKind,
    ChatPage,
    ListedChat,
    NumberCheck,
    number_checks,
    read_pages,
)

PERSON = Chat.parse("5544988888888")
WITHOUT_NINTH_DIGIT = Chat.parse("554488888888")
OTHER = Chat.parse("5544999999999")
LID = Chat.parse("111122223333444@lid")
GROUP = Chat.parse("120363000000000001-group")


@pytest.mark.parametrize(
    ("item", "listed"),
    [
        (
            {"phone": "5544988888888", "name": "Maria Example", "unread": "0", "lastMessageTime": "1790000000", "muteEndTime": None, "isGroup": False},
            ListedChat(PERSON, "Maria Example", 1790000000.0, is_saved=True),
        ),
        (
            {"isGroup": True, "name": "Example house", "phone": "120363000000000001-group", "lastMessageTime": "1790000000000"},
            ListedChat(GROUP, "Example house", 1790000000.0, is_saved=True),
        ),
        (
            {"name": "Maria Example", "short": "Maria", "notify": "maria", "vname": "Maria", "phone": "5544988888888"},
            ListedChat(PERSON, "Maria Example", None, is_saved=True),
        ),
        ({"name": "", "notify": None, "vname": "Mary", "phone": "5544988888888"}, ListedChat(PERSON, "Mary", None)),
        # A chat that nobody named is called by its id.
        ({"phone": "120363000000000001-group", "name": "120363000000000001-group"}, ListedChat(GROUP, None, None)),
        ({"phone": "111122223333444", "name": None}, ListedChat(LID, None, None)),
        ({"phone": 5544988888888, "name": 7, "lastMessageTime": "soon"}, ListedChat(PERSON, None, None)),
        ({"phone": "5544988888888", "name": "Maria\n\u202eExample"}, ListedChat(PERSON, "Maria Example", None, is_saved=True)),
    ],
)  # fmt: skip
def test_a_listed_chat_has_an_id_and_perhaps_a_name(
    item: dict[str, Any], listed: ListedChat
) -> None:
    assert ChatPage.from_json([item]) == ChatPage((listed,), 1)


def test_what_names_no_chat_is_left_out_and_counted() -> None:
    page = ChatPage.from_json(
        [{"phone": None}, "x", None, [], {}, {"phone": "120363000000000001-group"}]
    )

    assert [listed.chat.kind for listed in page.chats] == [ChatKind.GROUP]
    assert page.size == 6


@pytest.mark.parametrize("answer", [None, {}, [], "", {"value": True}])
def test_an_answer_without_a_list_lists_nothing(answer: object) -> None:
    assert ChatPage.from_json(answer) == ChatPage((), 0)


@pytest.mark.parametrize(
    ("answer", "asked", "checks"),
    [
        # As documented: the number as WhatsApp has it, and its private id.
        (
            [{"exists": True, "inputPhone": "5544988888888", "outputPhone": "554488888888", "lid": "111122223333444@lid"}],
            [PERSON],
            (NumberCheck(PERSON, True, WITHOUT_NINTH_DIGIT, LID),),
        ),
        # In another order, and with one left out.
        (
            [
                {"exists": False, "inputPhone": "5544999999999", "outputPhone": None, "lid": None},
                {"exists": True, "inputPhone": "554488888888", "outputPhone": "554488888888", "lid": None},
            ],
            [PERSON, OTHER, Chat.parse("34612345678")],
            (
                NumberCheck(PERSON, True, WITHOUT_NINTH_DIGIT, None),
                NumberCheck(OTHER, False, None, None),
                NumberCheck(Chat.parse("34612345678"), None, None, None),
            ),
        ),
        # With and without the ninth digit, asked for in one go.
        (
            [
                {"exists": False, "inputPhone": "5544988888888", "outputPhone": "5544988888888"},
                {"exists": True, "inputPhone": "554488888888", "outputPhone": "554488888888"},
            ],
            [WITHOUT_NINTH_DIGIT, PERSON],
            (
                NumberCheck(WITHOUT_NINTH_DIGIT, True, WITHOUT_NINTH_DIGIT, None),
                NumberCheck(PERSON, False, None, None),
            ),
        ),
        # As live integrations met it: a bare object, booleans as text, ids without a suffix.
        (
            {"exists": "true", "phone": "5544988888888", "lid": "111122223333444"},
            [PERSON],
            (NumberCheck(PERSON, True, PERSON, LID),),
        ),
        ([{"exists": "false", "inputPhone": 5544988888888}], [PERSON], (NumberCheck(PERSON, False, None, None),)),
        ([{"exists": True, "inputPhone": "5544988888888", "lid": "5544988888888"}], [PERSON], (NumberCheck(PERSON, True, None, None),)),
        # Nothing said is nothing known.
        ([{"inputPhone": "5544988888888"}], [PERSON], (NumberCheck(PERSON, None, None, None),)),
        ([], [PERSON], (NumberCheck(PERSON, None, None, None),)),
        ({}, [PERSON], (NumberCheck(PERSON, None, None, None),)),
        (None, [PERSON], (NumberCheck(PERSON, None, None, None),)),
        (["x", None, 7], [PERSON], (NumberCheck(PERSON, None, None, None),)),
        ([], [], ()),
    ],
)  # fmt: skip
def test_a_number_exists_does_not_or_is_unknown(
    answer: object, asked: list[Chat], checks: tuple[NumberCheck, ...]
) -> None:
    assert number_checks(answer, asked) == checks


@pytest.mark.parametrize(
    ("sizes", "asked"),
    [
        ([0], 1),
        ([PAGE_SIZE - 1], 1),
        ([PAGE_SIZE, 3], 2),
        ([PAGE_SIZE, 0], 2),
        ([PAGE_SIZE] * 5, 3),
    ],
)
async def test_pages_are_asked_for_until_one_is_short_or_there_were_enough(
    sizes: list[int], asked: int
) -> None:
    numbers = []

    async def fetch(number: int, size: int) -> ChatPage:
        numbers.append(number)
        start = 10_000 * number
        phones = range(start, start + sizes[number - 1])
        assert size == PAGE_SIZE
        return ChatPage.from_json([{"phone": f"5544{phone}"} for phone in phones])

    pages = [page async for page in read_pages(fetch, 3)]

    assert numbers == list(range(1, asked + 1))
    assert [page.size for page in pages] == sizes[:asked]


async def test_a_gateway_that_gives_the_same_page_again_has_no_more() -> None:
    numbers = []

    async def fetch(number: int, size: int) -> ChatPage:
        numbers.append(number)
        return ChatPage.from_json([{"phone": f"5544{one}"} for one in range(100, 150)])

    assert len([page async for page in read_pages(fetch, 9)]) == 1
    assert numbers == [1, 2]


def test_no_name_and_no_number_stands_in_a_repr() -> None:
    page = ChatPage.from_json([{"phone": PERSON.id, "name": "Maria"}])
    checks = number_checks([{"exists": True, "inputPhone": PERSON.id}], [PERSON])

    shown = f"{page}{checks}"

    assert PERSON.id not in shown
    assert "Maria" not in shown
