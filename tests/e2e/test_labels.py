"""What README and docs tell a person to choose is what the newest Home Assistant calls it."""

from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any

import hass_frontend
from homeassistant import components
import pytest

pytestmark = pytest.mark.e2e

READMES = {"en": "README.md", "pt-BR": "README.pt-BR.md", "es": "README.es.md"}
# Words of HACS and of Z-API's panel, which is in Portuguese.
OTHERS = {"HACS", "Z-API", "Z-API (WhatsApp)", "Segurança"}
BOLD = re.compile(r"\*\*(.+?)\*\*")
# A step, a row, or a way through menus.
PLACE = re.compile(r"\d+\. |\||.*\*\*, \*\*")
TITLE = re.compile(r"^\d+\. \*\*[^*]+[.:]\*\*")


def texts(node: Any) -> Iterator[str]:
    """Yield each text of a translation."""
    if isinstance(node, dict):
        for value in node.values():
            yield from texts(value)
    else:
        yield str(node)


def known(language: str) -> set[str]:
    """Return what Home Assistant and the integration say in a language."""
    frontend = Path(hass_frontend.where()) / "static/translations"
    files = [
        *Path(components.__path__[0]).glob(f"*/translations/{language}.json"),
        *(
            file
            for file in frontend.rglob(f"{language}-*.json")
            if re.fullmatch(rf"{language}-[0-9a-f]+", file.stem)
        ),
        Path(f"custom_components/zapi/translations/{language}.json"),
        Path(f"blueprints/texts/{language}.json"),
    ]
    found = {text for file in files for text in texts(json.loads(file.read_text()))}
    ours = json.loads(
        Path(f"custom_components/zapi/translations/{language}.json").read_text()
    )
    # A choice that says in its label what it brings is called by what stands before that.
    found |= {
        choice.partition(": ")[0] for choice in texts(ours["selector"]["receive"])
    }
    # What our dialogs quote from WhatsApp stands in bold in them too.
    return found | {label for text in found for label in BOLD.findall(text)}


def labels(page: Path) -> Iterator[str]:
    """Yield each label that a page names."""
    for line in page.read_text().splitlines():
        if PLACE.match(line):
            yield from BOLD.findall(TITLE.sub("", line))


@pytest.mark.parametrize("language", READMES)
def test_each_label_is_called_so_in_home_assistant(language: str) -> None:
    pages = (Path(READMES[language]), *Path(f"docs/{language}").glob("*.md"))
    named = {label for page in pages for label in labels(page)}

    assert len(named) > 60
    unknown = named - known(language) - OTHERS
    assert not unknown
