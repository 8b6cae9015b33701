"""Tables and blueprints follow from the translations, the code and their texts."""

from collections.abc import Iterator
import json
from pathlib import Path
import re
import subprocess
import sys
from typing import Any

import pytest

from . import ROOT

LANGUAGES = ("en", "es", "pt-BR")
TABLES = {
    language: json.loads((ROOT / f"docs/{language}/tables.json").read_text())
    for language in LANGUAGES
}
BLUEPRINTS = {
    language: json.loads((ROOT / f"blueprints/texts/{language}.json").read_text())
    for language in LANGUAGES
}


def generate(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run what scripts/docs runs."""
    return subprocess.run(
        [sys.executable, "-m", "scripts.generate_docs", *arguments],
        cwd=checkout,
        check=False,
        capture_output=True,
        text=True,
    )


def replace(file: Path, old: str, new: str) -> None:
    """Replace a text that a file has."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def texts(node: Any) -> Iterator[str]:
    """Yield each text in a tree."""
    if isinstance(node, str):
        yield node
    else:
        for value in node.values() if isinstance(node, dict) else node:
            yield from texts(value)


def shape(node: Any) -> Any:
    """Return a tree without its texts."""
    if isinstance(node, dict):
        return {key: shape(value) for key, value in node.items()}
    return len(node) if isinstance(node, list) else None


def test_nothing_is_stale() -> None:
    checked = generate(ROOT, "--check")

    assert checked.returncode == 0, checked.stderr


def test_what_is_stale_is_named_and_written_anew(checkout: Path) -> None:
    zapi = checkout / "custom_components/zapi"
    replace(zapi / "translations/es.json", '"Mensajes en cola"', '"Mensajes por salir"')
    replace(
        checkout / "blueprints/texts/en.json", "Also tell when it is back", "Also then"
    )
    (checkout / "README.md").write_text("<!-- fields -->\n<!-- /fields -->\n")

    checked = generate(checkout, "--check")

    assert checked.returncode == 1
    assert checked.stderr.splitlines()[1:] == [
        "  README.md",
        "  docs/es/entities.md",
        "  blueprints/automation/zapi/disconnected_notify.en.yaml",
    ]
    generate(checkout)
    assert generate(checkout, "--check").returncode == 0
    assert "| **Client-Token** |" in (checkout / "README.md").read_text()
    assert "**Mensajes por salir** | " in (checkout / "docs/es/entities.md").read_text()


def test_a_table_tells_which_entities_are_off_from_the_code(checkout: Path) -> None:
    switch = checkout / "custom_components/zapi/switch.py"
    replace(switch, "    entity_registry_enabled_default=False,\n", "")

    generate(checkout)

    for language in LANGUAGES:
        page = (checkout / f"docs/{language}/entities.md").read_text()
        assert page != (ROOT / f"docs/{language}/entities.md").read_text()


@pytest.mark.parametrize("kept", [TABLES, BLUEPRINTS], ids=["tables", "blueprints"])
def test_each_language_keeps_texts_for_the_same(kept: dict[str, Any]) -> None:
    for language in LANGUAGES:
        assert shape(kept[language]) == shape(kept["en"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_that_a_translation_says_is_kept_twice(language: str) -> None:
    path = ROOT / f"custom_components/zapi/translations/{language}.json"
    translations = texts(json.loads(path.read_text()))
    sentences = [text for text in translations if text.count(" ") > 3]
    kept = [*texts(TABLES[language]), *texts(BLUEPRINTS[language])]

    assert len(sentences) > 100
    assert not [text for text in sentences if any(text in own for own in kept)]


def test_each_text_of_a_blueprint_is_used() -> None:
    for name, own in BLUEPRINTS["en"].items():
        skeleton = (ROOT / f"blueprints/skeletons/{name}.yaml").read_text()
        assert set(re.findall(r"<<(\w+)>>", skeleton)) == {*own, "language"}
