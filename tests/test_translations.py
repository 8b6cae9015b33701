"""The texts: every language says all, and nothing that does not belong there."""

from collections.abc import Iterator
import re
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util.json import load_json_object
import pytest

from custom_components.zapi.const import DOMAIN

from .translations import FOLDER, LANGUAGES, placeholders

KEY = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
OTHERS = sorted(set(LANGUAGES) - {"en"})


def texts(node: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Return each text of a language with its path."""
    for key, value in node.items():
        here = f"{path}.{key}" if path else key
        inner = value if isinstance(value, dict) else {}
        yield from texts(inner, here)
        yield from [(here, value)] if not inner else []


def test_the_languages_of_the_readmes_are_there() -> None:
    assert {"en", "pt-BR", "es"} <= set(LANGUAGES)


def test_spanish_is_one_text_under_both_its_names() -> None:
    # Home Assistant takes English where it finds no file for "es-419".
    assert LANGUAGES["es-419"] == LANGUAGES["es"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_is_an_object_of_objects_and_texts(language: str) -> None:
    load_json_object(FOLDER / f"{language}.json")
    for path, text in texts(LANGUAGES[language]):
        assert isinstance(text, str), path
        assert text, path
        assert text == text.strip(), path
        assert all(KEY.fullmatch(key) for key in path.split(".")), path


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Add number"),
        ("pt-BR", "Adicionar número"),
        ("es", "Agregar número"),
        ("es-419", "Agregar número"),
    ],
)
async def test_the_button_beside_the_numbers_adds_a_number(
    hass: HomeAssistant, language: str, text: str
) -> None:
    found = await async_get_translations(hass, language, "config", {DOMAIN})
    assert found[f"component.{DOMAIN}.config.initiate_flow.user"] == text


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_the_keys_of_english_in_the_same_order(language: str) -> None:
    assert [path for path, _ in texts(LANGUAGES[language])] == [
        path for path, _ in texts(LANGUAGES["en"])
    ]


@pytest.mark.parametrize("language", OTHERS)
def test_a_text_has_the_placeholders_of_the_english_one(language: str) -> None:
    english = dict(texts(LANGUAGES["en"]))
    for path, text in texts(LANGUAGES[language]):
        assert placeholders(text) == placeholders(english[path]), path


@pytest.mark.parametrize("language", OTHERS)
def test_sentences_are_translated(language: str) -> None:
    english = dict(texts(LANGUAGES["en"]))
    same = [
        path
        for path, text in texts(LANGUAGES[language])
        if text == english[path] and " " in text
    ]
    assert same == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_repair_pairs_in_the_words_of_the_dialog_after_adding(language: str) -> None:
    options = LANGUAGES[language]["options"]
    repair = LANGUAGES[language]["issues"]["not_connected"]["fix_flow"]
    assert repair["step"].items() <= options["step"].items()
    assert repair["error"].items() <= options["error"].items()
    assert repair["progress"] == options["progress"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_dialog_about_an_entry_names_its_number(language: str) -> None:
    config, options = LANGUAGES[language]["config"], LANGUAGES[language]["options"]
    steps = [
        config["step"]["reauth_confirm"],
        config["step"]["reconfigure"],
        *(options["step"][step] for step in ("init", "webhooks", "added", "pair")),
    ]
    assert all("{name}" in step["description"] for step in steps)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_dialog_of_a_repair_names_its_number(language: str) -> None:
    for kind, issue in LANGUAGES[language]["issues"].items():
        flow = issue.get("fix_flow", {})
        for name, step in flow.get("step", {}).items():
            if name in flow.get("progress", {}):
                # Home Assistant does not show the title of a repair's progress.
                said = flow["progress"][name]
            else:
                said = step["title"] + step["description"]
            assert "{name}" in said, (kind, name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_title_of_a_repairs_dialog_fits_on_one_line_of_a_phone(
    language: str,
) -> None:
    # Home Assistant writes over the second line.
    for kind, issue in LANGUAGES[language]["issues"].items():
        flow = issue.get("fix_flow", {})
        for name, step in flow.get("step", {}).items():
            if name not in flow.get("progress", {}):
                assert len(step["title"]) < 34, (kind, name)
                assert "{" not in step["title"], (kind, name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_menu_offers_is_not_cut_off_on_a_phone(language: str) -> None:
    for path, text in texts(LANGUAGES[language]):
        if ".menu_options." in path:
            assert len(text) < 38, path


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_holds_an_address_or_html(language: str) -> None:
    for path, text in texts(LANGUAGES[language]):
        # A scheme may be spoken of, "begins with https://", but leads nowhere.
        assert not re.search(r"https?://\w|www\.", text), path
        assert not re.search(r"<[^>]+>|&\w+;", text), path
