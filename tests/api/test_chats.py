"""Ids of chats as people and the gateway write them."""

from hypothesis import given, strategies as st
import pytest

from custom_components.zapi.api.chats import Chat, ChatKind, is_same_chat
from custom_components.zapi.api.errors import ChatError

NUMBER = "5544999999999"
WITHOUT_NINTH_DIGIT = "554499999999"
LID = "111122223333444@lid"
GROUP = "120363000000000001-group"
OLD_GROUP = "5544999999999-1623281429"


@pytest.mark.parametrize(
    ("written", "country", "found"),
    [
        ("+55 44 99999-9999", None, NUMBER),
        ("(44) 99999-9999", "BR", NUMBER),
        ("044 99999.9999", "BR", NUMBER),
        (" 44 99999 9999 ", "BR", NUMBER),
        ("\u202a+55\u00a044 99999\u20119999\u202c", "ES", NUMBER),
        ("٤٤ ٩٩٩٩٩-٩٩٩٩", "BR", NUMBER),
        (5544999999999, None, NUMBER),
        (44999999999, "BR", NUMBER),
        ("612 34 56 78", "ES", "34612345678"),
        ("1-202-555-0123", "US", "12025550123"),
        ("55 99999-9999", "BR", "5555999999999"),
        # A landline has no ninth digit to gain.
        ("(44) 3333-4444", "BR", "554433334444"),
        # What a mobile was before its ninth digit is what WhatsApp may know it by.
        ("+55 44 9999-9999", "ES", WITHOUT_NINTH_DIGIT),
        ("(44) 9999-9999", "BR", WITHOUT_NINTH_DIGIT),
        ("(044) 9999-9999", "BR", WITHOUT_NINTH_DIGIT),
        (554499999999, None, WITHOUT_NINTH_DIGIT),
        # Germany would have these digits as numbers of its own.
        (NUMBER, "DE", NUMBER),
        (WITHOUT_NINTH_DIGIT, "DE", WITHOUT_NINTH_DIGIT),
        ("55 44 9999-9999", "DE", WITHOUT_NINTH_DIGIT),
        ("01512 3456789", "DE", "4915123456789"),
    ],
)
def test_a_number_is_found_in_what_people_write(
    written: str | int, country: str | None, found: str
) -> None:
    chat = Chat.parse(written, country)

    assert (chat.id, chat.kind) == (found, ChatKind.PERSON)


@pytest.mark.parametrize(
    ("written", "found", "kind"),
    [
        (LID, LID, ChatKind.PERSON),
        (" 111122223333444@LID ", LID, ChatKind.PERSON),
        (GROUP, GROUP, ChatKind.GROUP),
        (OLD_GROUP, OLD_GROUP, ChatKind.GROUP),
        (f"{OLD_GROUP}-group", f"{OLD_GROUP}-group", ChatKind.GROUP),
        (f"{NUMBER}-group", f"{NUMBER}-group", ChatKind.GROUP),
        (
            "120363000000000009@newsletter",
            "120363000000000009@newsletter",
            ChatKind.CHANNEL,
        ),
        ("1790000000@broadcast", "1790000000@broadcast", ChatKind.BROADCAST),
        ("1790000000-broadcast", "1790000000@broadcast", ChatKind.BROADCAST),
        ("status@broadcast", "status@broadcast", ChatKind.STATUS),
    ],
)
def test_an_id_is_taken_whoever_writes_it(
    written: str, found: str, kind: ChatKind
) -> None:
    chat = Chat.parse(written, "BR")

    assert (chat.id, chat.kind) == (found, kind)
    assert Chat.from_gateway(written.strip().lower()) == chat


@pytest.mark.parametrize(
    ("written", "country", "key"),
    [
        ("", "BR", "invalid_chat"),
        ("Maria", "BR", "invalid_chat"),
        ("Maria 44 99999-9999", "BR", "invalid_chat"),
        ("notify.maria_5544999999999", "BR", "invalid_chat"),
        ("5544999999999@lidd", "BR", "invalid_chat"),
        ("120363000000000001-groups", "BR", "invalid_chat"),
        ("1-800-FLOWERS", "US", "invalid_chat"),
        ("9" * 9999, "BR", "invalid_chat"),
        (True, "BR", "invalid_chat"),
        ("44 99999-9999, 44 98888-8888", "BR", "invalid_chat"),
        ("44 99999-9999 44 98888-8888", "BR", "invalid_number"),
        ("(44) 99999-9999", None, "country_unknown"),
        ("44999999999", None, "country_unknown"),
        ("+44 9999 9999", None, "invalid_number"),
        ("(44) 9999-9999", "XX", "invalid_number"),
        ("99999-9999", "BR", "invalid_number"),
        # British, and no Brazilian number for that.
        ("+44 9999 9999", "BR", "invalid_number"),
        # No area has this code, with a ninth digit or without.
        ("+55 23 9999-9999", "BR", "invalid_number"),
        (0, "BR", "invalid_number"),
        ("+", None, "invalid_number"),
    ],
)
def test_what_is_no_chat_is_refused_by_a_rule_and_not_quoted(
    written: str, country: str | None, key: str
) -> None:
    with pytest.raises(ChatError) as refused:
        Chat.parse(written, country)

    assert (refused.value.key, refused.value.placeholders) == (key, {})
    assert str(refused.value) == key


@pytest.mark.parametrize("sign", [1, -1])
def test_an_integer_that_python_does_not_write_out_is_no_number(sign: int) -> None:
    with pytest.raises(ChatError) as refused:
        Chat.parse(sign * 10**5000)

    assert refused.value.key == "invalid_number"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (NUMBER, NUMBER),
        (5544999999999, NUMBER),
        (WITHOUT_NINTH_DIGIT, WITHOUT_NINTH_DIGIT),
        # Private ids come without their suffix too.
        ("111122223333444", LID),
        (111122223333444, LID),
        # As long as one, and a number that somebody in Indonesia may have.
        ("62811234567890", "62811234567890"),
        ("99811234567890", "99811234567890@lid"),
        (None, None),
        ("", None),
        ("Maria", None),
        ("٤٤٩٩٩٩٩٩٩٩٩", None),
        (True, None),
        (-5544999999999, None),
        (10**30, None),
        (["5544999999999"], None),
        (f"{NUMBER}\n", None),
    ],
)
def test_what_the_gateway_writes_is_taken_as_it_is(
    value: object, found: str | None
) -> None:
    chat = Chat.from_gateway(value)

    assert (chat and chat.id) == found


@pytest.mark.parametrize(
    ("one", "other", "numbers", "same"),
    [
        (NUMBER, NUMBER, {}, True),
        (NUMBER, WITHOUT_NINTH_DIGIT, {}, True),
        (WITHOUT_NINTH_DIGIT, NUMBER, {}, True),
        (NUMBER, "5544988888888", {}, False),
        # Landlines, and numbers of other countries, have no ninth digit.
        ("554433334444", "5544933334444", {}, False),
        ("34612345678", "349612345678", {}, False),
        (NUMBER, LID, {}, False),
        (NUMBER, LID, {LID: NUMBER}, True),
        (LID, WITHOUT_NINTH_DIGIT, {LID: NUMBER}, True),
        (NUMBER, LID, {LID: WITHOUT_NINTH_DIGIT}, True),
        (NUMBER, LID, {LID: "5544988888888"}, False),
        (NUMBER, LID, {LID: ""}, False),
        (LID, "111122223333445@lid", {LID: NUMBER}, False),
        # A number that changed hands from one private id to another.
        (
            LID,
            "111122223333445@lid",
            {LID: NUMBER, "111122223333445@lid": NUMBER},
            True,
        ),
        (GROUP, "120363000000000001@newsletter", {}, False),
        (OLD_GROUP, f"{OLD_GROUP}-group", {}, True),
        (NUMBER, f"{NUMBER}-group", {}, False),
    ],
)
def test_two_ids_are_one_chat_by_number_private_id_and_ninth_digit(
    one: str, other: str, numbers: dict[str, str], same: bool
) -> None:
    first, second = Chat.from_gateway(one), Chat.from_gateway(other)
    assert first is not None and second is not None

    assert is_same_chat(first, second, numbers) is same
    assert is_same_chat(second, first, numbers) is same


@pytest.mark.parametrize(
    ("chat", "masked"),
    [(NUMBER, "…9999"), (LID, "…3444"), (GROUP, "…0001"), ("status@broadcast", "…")],
)
def test_a_chat_shows_no_more_than_four_digits(chat: str, masked: str) -> None:
    found = Chat.parse(chat)

    assert found.masked == masked
    assert chat not in repr(found)


@pytest.mark.parametrize(
    ("chat", "is_lid"), [(LID, True), (NUMBER, False), (GROUP, False)]
)
def test_a_private_id_is_told_from_a_number(chat: str, is_lid: bool) -> None:
    assert Chat.parse(chat).is_lid is is_lid


def likely() -> st.SearchStrategy[str]:
    """Return texts around the ids, and far from them."""
    ids = st.from_regex(
        r"\+?[0-9]{4,16}(-1[0-9]{9})?(-group|@lid|@newsletter|[@-]broadcast)?",
        fullmatch=True,
    )
    numbers = st.text("0123456789 ()+-.", max_size=20)
    brazilian = st.from_regex(r"(\+?55)?[1-9]{2} ?9?[6-9][0-9]{7}", fullmatch=True)
    return st.text(max_size=40) | ids | numbers | brazilian


@given(likely(), st.sampled_from(["BR", "ES", "DE", "US", "XX", "", None]))
def test_any_text_is_a_chat_or_a_clear_error(written: str, country: str | None) -> None:
    try:
        chat = Chat.parse(written, country)
    except ChatError:
        return
    assert Chat.from_gateway(chat.id) == chat
    assert chat.id.isascii()


@given(likely() | st.integers() | st.floats() | st.none())
def test_a_canonical_id_is_its_own_and_the_same_chat(value: object) -> None:
    chat = Chat.from_gateway(value)
    if chat is None:
        return

    again = Chat.from_gateway(chat.canonical_id)

    assert again is not None
    assert again.canonical_id == chat.canonical_id
    assert again.kind is chat.kind
    assert is_same_chat(again, chat)
