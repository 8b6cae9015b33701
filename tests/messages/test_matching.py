"""Which messages a trigger waits for."""

from dataclasses import replace
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi.api import MessageKind
from custom_components.zapi.messages.inbox import ReceivedMessage
from custom_components.zapi.messages.matching import (
    Candidate,
    Match,
    MessageFilter,
    Refusal,
    text_test,
)
from tests.actions import GROUP, JOAO

from .incoming import inbox_of, message

RECEIVED = ReceivedMessage(
    message(),
    arrived=1e9,
    moment=1e9,
    is_late=False,
    is_own=False,
    is_sent=False,
    is_mentioned=False,
    age=1,
    recipient=None,
    sender_recipient=None,
)


def candidate(
    entry: MockConfigEntry, facts: dict[str, Any] | None = None, **given: Any
) -> Candidate:
    """Return a message as triggers look at it."""
    received = replace(RECEIVED, message=message(**given), **(facts or {}))
    return Candidate(entry, inbox_of(entry), received)


@pytest.mark.parametrize(
    ("text", "match", "said", "fits"),
    [
        ("Portão", Match.CONTAINS, "abre o PORTAO, por favor", True),
        ("portao", Match.CONTAINS, "Abre o portão", True),
        ("abre  o", Match.CONTAINS, "Abre\no portão", True),
        ("portão", Match.CONTAINS, "Abre a porta", False),
        ("portão", Match.CONTAINS, None, False),
        ("sim", Match.IS, " SÍM ", True),
        ("sim", Match.IS, "sim, pode", False),
        ("sim", Match.IS, None, False),
        ("👍", Match.IS, "👍", True),
        ("luz", Match.STARTS_WITH, "Luz da sala", True),
        ("luz", Match.STARTS_WITH, "a luz", False),
        (r"^luz\s+(\S+)$", Match.REGEX, "LUZ sala", True),
        (r"\bportão\b", Match.REGEX, "o PORTAO abre", True),
        (r"^luz$", Match.REGEX, "a luz", False),
        (r"…", Match.REGEX, "abc", False),
        (r"end$", Match.REGEX, "x" * 5_000 + "end", False),
        (r".*", Match.REGEX, None, True),
    ],
)
async def test_a_text_is_compared_without_case_and_accents(
    loaded: MockConfigEntry, text: str, match: Match, said: str | None, fits: bool
) -> None:
    assert text_test(text, match)(candidate(loaded, text=said)) is fits


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", Match.CONTAINS),
        ("  ", Match.IS),
        ("(", Match.REGEX),
        ("a{99999999999}", Match.REGEX),
        ("(" * 10_000, Match.REGEX),
    ],
)
def test_a_text_that_cannot_be_compared_with_is_refused(
    text: str, match: Match
) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        text_test(text, match)


OWN = {"is_own": True}
LATE = {"is_late": True, "age": 150}
HELLO = {"has_text": text_test("oi", Match.IS)}


@pytest.mark.parametrize(
    ("wanted", "facts", "given", "refusal"),
    [
        ({}, {}, {}, None),
        ({}, {}, {"text": None, "kind": MessageKind.IMAGE}, None),
        ({}, {}, {"kind": MessageKind.PIX}, None),
        *(
            ({}, {}, {"kind": kind}, Refusal.KIND)
            for kind in (
                *(MessageKind.REACTION, MessageKind.CALL, MessageKind.GROUP),
                *(MessageKind.DELETED, MessageKind.ACCOUNT, MessageKind.PIN),
                MessageKind.REGISTRATION_CODE,
            )
        ),
        ({}, {}, {"edit_id": "E"}, Refusal.KIND),
        ({"kinds": frozenset({"edited"})}, {}, {"edit_id": "E"}, None),
        ({"kinds": frozenset({"text"})}, {}, {"edit_id": "E"}, Refusal.KIND),
        ({"kinds": frozenset({"call"})}, {}, {"kind": MessageKind.CALL}, None),
        ({"kinds": frozenset({"other"})}, {}, {"kind": MessageKind.PIX}, None),
        ({"kinds": frozenset({"image", "video"})}, {}, {}, Refusal.KIND),
        (HELLO, {}, {}, None),
        (HELLO, {}, {"text": "Tchau"}, Refusal.TEXT),
        ({}, OWN, {}, Refusal.OWN),
        ({"own": True}, OWN, {}, None),
        ({"own": True}, OWN | {"is_sent": True}, {}, Refusal.OWN),
        ({"mentioned": True}, {}, {"where": GROUP, "author": JOAO}, "not_mentioned"),
        (
            {"mentioned": True},
            {"is_mentioned": True},
            {"where": GROUP, "author": JOAO},
            None,
        ),
        ({"mentioned": True}, {}, {}, None),
        ({}, LATE, {}, Refusal.LATE),
        ({"max_age": None}, LATE, {}, None),
        ({"max_age": 300}, LATE, {}, None),
        ({"max_age": 300}, {"is_late": True, "age": 301}, {}, Refusal.LATE),
        ({"max_age": 10}, {"age": 11}, {}, Refusal.LATE),
        ({"max_age": 10}, {"age": 9}, {}, None),
        # Sent before a start that followed a stop that was not clean.
        ({"max_age": 120}, {"is_late": True, "age": 9}, {}, Refusal.LATE),
    ],
)
async def test_a_message_that_is_not_waited_for_is_refused_for_a_reason(
    loaded: MockConfigEntry,
    wanted: dict[str, Any],
    facts: dict[str, Any],
    given: dict[str, Any],
    refusal: Refusal | None,
) -> None:
    found = MessageFilter(**wanted).refusal(candidate(loaded, facts, **given))

    assert found == refusal


async def test_the_text_is_prepared_once(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    one = candidate(loaded, text="É o PORTÃO")

    assert one.folded is one.folded
    assert one.folded == "e o portao"
    assert one.plain is one.plain
    assert one.plain == "E o PORTAO"
