"""Phone numbers as people write them, and as the gateway wants them.

The end-to-end tests run these once more, beside the library that brings its geography along.
"""

import ast
import json
from pathlib import Path

import pytest

from custom_components.zapi.phone import digits, readable

ROOT = Path(__file__).parent.parent
PRODUCT = ROOT / "custom_components/zapi"
# What both libraries have, whichever of them came last into their common folder.
IN_BOTH = {
    "NumberParseException",
    "PhoneNumberFormat",
    "format_number",
    "is_possible_number",
    "is_valid_number",
    "parse",
}


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
        ("5544999999999", None, "5544999999999"),
        (5544999999999, None, "5544999999999"),
        (5544999999999, "ES", "5544999999999"),
        (44999999999, "BR", "5544999999999"),
        ("55 99999-9999", "BR", "5555999999999"),
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
    written: str | int, country: str | None, found: str | None
) -> None:
    assert digits(written, country) == found


def test_nothing_is_used_that_only_one_of_the_libraries_has() -> None:
    trees = [ast.parse(path.read_text()) for path in PRODUCT.rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]

    used = {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "phonenumbers"
    }
    imported = {
        name.name
        for node in nodes
        if isinstance(node, ast.Import)
        for name in node.names
    }
    sources = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}

    assert used
    assert used <= IN_BOTH
    assert not [name for name in imported if name.startswith("phonenumbers.")]
    assert not [name for name in sources if name.startswith("phonenumbers")]


def test_all_are_tested_with_the_library_that_people_get() -> None:
    (requirement,) = json.loads((PRODUCT / "manifest.json").read_text())["requirements"]

    assert requirement.startswith("phonenumberslite==")
    for path in ("requirements-test.in", "requirements-ha.in"):
        assert requirement in (ROOT / path).read_text().splitlines()
