"""Single values of the gateway, read without an answer around them."""

import pytest

from custom_components.zapi.api.values import (
    boolean,
    count,
    epoch,
    identifier,
    name,
    one_line,
    phone,
    text,
    texts,
    words,
)


@pytest.mark.parametrize("value", [None, 5, True, [], {}, ["a"], b"a"])
def test_what_is_not_text_is_not_read_as_text(value: object) -> None:
    assert text(value) is None
    assert words(value) is None


def test_a_text_is_kept_as_it_is_unless_it_is_empty() -> None:
    assert text(" a\n") == " a\n"
    assert text("") is None


def test_words_are_one_line_of_255_characters_with_something_to_see() -> None:
    assert one_line("a\r\nb\u202ec ") == "a b c"
    assert words("a\r\nb") == "a b"
    assert words("é" * 900_000) == "é" * 255
    assert words("\n") is None


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("Maria\nExample", "Maria Example"),
        ("2024-2025", "2024-2025"),
        ("554488888888", None),
        ("+55 44 8888-8888", None),
        ("111122223333444@lid", None),
        ("120363000000000001-group", None),
        ("", None),
        (554488888888, None),
    ],
)
def test_a_name_is_words_that_are_not_a_number(
    value: object, found: str | None
) -> None:
    assert name(value) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("3EB000000000000000AA", "3EB000000000000000AA"),
        ("1790000003-59", "1790000003-59"),
        ("x" * 128, "x" * 128),
        ("x" * 129, None),
        ("a\nb", None),
        ("", None),
        (5, None),
    ],
)
def test_an_id_is_short_and_printable(value: object, found: str | None) -> None:
    assert identifier(value) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [(True, True), (" FALSE ", False), (1, True), ("0", False), (2, None), ([], None)],
)
def test_a_boolean_may_be_text_or_a_digit(value: object, found: bool | None) -> None:
    assert boolean(value) is found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (0, 0),
        ("3", 3),
        ("999999999", 999_999_999),
        ("1000000000", None),
        (-1, None),
        ("-1", None),
        (True, None),
        (1.0, None),
        ("", None),
        (None, None),
    ],
)
def test_a_count_is_a_whole_number_that_is_not_negative(
    value: object, found: int | None
) -> None:
    assert count(value) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("5544999999999", "5544999999999"),
        (5544999999999, "5544999999999"),
        ("1234", None),
        (10**20, None),
        (True, None),
        ("+5544999999999", None),
        ("111122223333444@lid", None),
    ],
)
def test_a_phone_is_the_digits_of_a_number(value: object, found: str | None) -> None:
    assert phone(value) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (10**9, 1e9),
        (10**10 - 1, 1e10 - 1),
        (10**10, None),
        (10**12 - 1, None),
        (10**12, 1e9),
        ("1800000000500", 1_800_000_000.5),
        (10**13, None),
        (float("nan"), None),
        (True, None),
        ("-1800000000", None),
    ],
)
def test_the_size_of_a_time_tells_its_unit(value: object, found: float | None) -> None:
    assert epoch(value) == found


def test_the_texts_of_a_list_are_kept_and_the_rest_is_not() -> None:
    assert texts(["a", 5, None, "b"]) == ("a", "b")
    assert texts([]) == ()
    assert texts("a") is None
