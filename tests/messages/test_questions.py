"""Which answer a message gives."""

from typing import Any

import pytest

from custom_components.zapi.api import IncomingChoice, MessageKind
from custom_components.zapi.messages.folding import fold
from custom_components.zapi.messages.questions import Option, match_answer

from .incoming import message

OPTIONS = (
    Option.of("open", "Abrir o portão", ("sim", "pode")),
    Option.of("wait", "Esperar.", ("não",)),
    Option.of("10", "20"),
)


def picked(options: tuple[Option, ...] = OPTIONS, **given: Any) -> str | None:
    """Return the id of the option that a message picks."""
    found = match_answer(options, message(**given))
    return found.id if found else None


@pytest.mark.parametrize(
    ("typed", "option_id"),
    [
        ("Abrir o portão", "open"),
        ("  ABRIR  o\nportao. ", "open"),
        ("Sim", "open"),
        ("sim.", "open"),
        ("1", "open"),
        ("1.", "open"),
        ("1\N{VARIATION SELECTOR-16}\N{COMBINING ENCLOSING KEYCAP}", "open"),
        ("esperar", "wait"),
        ("NAO", "wait"),
        ("não", "wait"),
        ("2", "wait"),
        ("20", "10"),
        ("10", None),
        ("0", None),
        ("4", None),
        ("sim, pode", None),
        (".", None),
        ("\ud83d", None),
        ("", None),
        (None, None),
    ],
)
def test_what_is_typed_is_a_number_a_label_or_an_alias(
    typed: str | None, option_id: str | None
) -> None:
    assert picked(text=typed) == option_id


@pytest.mark.parametrize(
    ("choice", "option_id"),
    [
        (IncomingChoice("wait", "Whatever", (), "Q"), "wait"),
        (IncomingChoice("open", "Esperar", (), "Q"), "open"),
        (IncomingChoice(None, "esperar", ("esperar",), "Q"), "wait"),
        (IncomingChoice("made-up", "Abrir o portão", (), "Q"), "open"),
        (IncomingChoice(None, None, (), "Q"), None),
        (IncomingChoice(None, "1", ("1",), "Q"), None),
    ],
)
def test_what_is_tapped_is_known_by_its_id_and_a_vote_by_its_words(
    choice: IncomingChoice, option_id: str | None
) -> None:
    assert picked(kind=MessageKind.CHOICE, text=choice.label, choice=choice) == (
        option_id
    )


def test_a_label_goes_before_a_number_and_what_fits_two_picks_none() -> None:
    options = (Option.of("a", "2"), Option.of("b", "1"), Option.of("c", "Já", ("2",)))

    assert picked(options, text="1") == "b"
    assert picked(options, text="2") is None
    assert picked(options, text="3") == "c"


def test_a_caption_is_no_answer() -> None:
    assert picked(kind=MessageKind.IMAGE, text="1") is None


def test_nothing_of_an_option_is_shown() -> None:
    assert repr(OPTIONS[2]) == "Option()"


def test_marks_that_are_vowels_are_no_accents() -> None:
    assert fold("कि") != fold("क")
    assert fold("ＳＩＭ 𝗦𝗶𝗺 Straße") == "sim sim strasse"
