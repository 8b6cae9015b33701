"""Phone numbers as people write them, and as the gateway wants them."""

import pytest

from custom_components.zapi.phone import digits, readable


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("5544999999999", "+55 44 99999-9999"),
        ("554433334444", "+55 44 3333-4444"),
        ("34612345678", "+34 612 34 56 78"),
        ("12025550123", "+1 202-555-0123"),
        # No number that anybody has, and none that can be read.
        ("5544", "+55 44"),
        ("99999999999999999", "+99999999999999999"),
        ("00000", "+00000"),
        ("", "+"),
    ],
)
def test_a_number_is_shown_as_people_write_it(given: str, shown: str) -> None:
    assert readable(given) == shown


@pytest.mark.parametrize(
    ("written", "country", "found"),
    [
        ("+55 44 99999-9999", None, "5544999999999"),
        ("+55 (44) 99999-9999", "ES", "5544999999999"),
        ("(44) 99999-9999", "BR", "5544999999999"),
        ("044 99999-9999", "BR", "5544999999999"),
        ("44 99999 9999", "BR", "5544999999999"),
        ("5544999999999", "BR", "5544999999999"),
        ("612 34 56 78", "ES", "34612345678"),
        (" +34 612 34 56 78 ", "BR", "34612345678"),
        ("٤٤ ٩٩٩٩٩-٩٩٩٩", "BR", "5544999999999"),
        ("5544999999999", None, None),
        ("(44) 99999-9999", None, None),
        ("99999-9999", "BR", None),
        ("+55 44", "BR", None),
        ("+999 1234 5678", "BR", None),
        ("my phone", "BR", None),
        ("", "BR", None),
        ("+", None, None),
        ("📱", "BR", None),
        ("1" * 400, "BR", None),
        ("(44) 99999-9999", "XX", None),
    ],
)
def test_a_number_is_read_with_the_country_of_the_house(
    written: str, country: str | None, found: str | None
) -> None:
    assert digits(written, country) == found
