"""What is published beside the code: it is complete, and says what the code says."""

import json
from pathlib import Path
import re
from urllib.parse import quote

from homeassistant.util.yaml import load_yaml_dict
import pytest

from demo.__main__ import _USUAL_PORTS

from .translations import LANGUAGES

ROOT = Path(__file__).parent.parent
READMES = {"en": "README.md", "pt-BR": "README.pt-BR.md", "es": "README.es.md"}
PUBLISHED = [
    *READMES.values(),
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    *(str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("docs/**/*.md"))),
]
MANIFEST = json.loads((ROOT / "custom_components/zapi/manifest.json").read_text())
HACS = json.loads((ROOT / "hacs.json").read_text())


@pytest.mark.parametrize("language", READMES)
def test_each_message_of_the_set_up_is_explained(language: str) -> None:
    text = (ROOT / READMES[language]).read_text()
    config = LANGUAGES[language]["config"]
    pairing = LANGUAGES[language]["options"]["error"]

    for message in [*config["error"].values(), *config["abort"].values()]:
        assert message.replace("{ip}", "…") in text
    assert pairing["invalid_phone"] in text
    for issue in LANGUAGES[language]["issues"].values():
        assert issue["title"].removeprefix("{name}: ") in text


@pytest.mark.parametrize("language", READMES)
def test_each_field_and_choice_is_explained(language: str) -> None:
    text = (ROOT / READMES[language]).read_text()
    texts = LANGUAGES[language]
    steps = [*texts["config"]["step"].values(), *texts["options"]["step"].values()]

    fields = [label for step in steps for label in step.get("data", {}).values()]
    choices = [
        *texts["selector"]["webhooks"]["options"].values(),
        *texts["options"]["step"]["pair"]["menu_options"].values(),
    ]
    entities = [
        entity["name"]
        for platform in texts["entity"].values()
        for entity in platform.values()
    ]
    for label in [*fields, *choices, *entities]:
        assert f"**{label}**" in text


@pytest.mark.parametrize("name", PUBLISHED)
def test_each_link_leads_somewhere(name: str) -> None:
    page = ROOT / name
    text = page.read_text()
    headings = {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    }

    for link in re.findall(r"\]\(([^)]+)\)", text):
        if link.startswith("#"):
            assert link[1:] in headings
        elif not link.startswith("https://"):
            assert (page.parent / link).exists(), link


@pytest.mark.parametrize("name", ["README.md", "https.md"])
def test_each_language_leads_to_the_others(name: str) -> None:
    pages = {
        ROOT / (READMES[language] if name == "README.md" else f"docs/{language}/{name}")
        for language in READMES
    }

    for page in pages:
        head = page.read_text().splitlines()[2]
        links = {page.parent / link for link in re.findall(r"\]\(([^)]+)\)", head)}
        assert {link.resolve() for link in links} == pages - {page}


def test_each_readme_has_the_same_parts() -> None:
    shapes = {
        name: re.findall(r"^(#+ |```|<details>|\| ?-|!\[)", text, re.MULTILINE)
        for name in READMES.values()
        for text in [(ROOT / name).read_text()]
    }

    for name, shape in shapes.items():
        assert shape == shapes["README.md"], name


def test_each_language_has_a_blueprint_that_its_readme_leads_to() -> None:
    for path in ROOT.glob("blueprints/automation/zapi/*.yaml"):
        url = f"{MANIFEST['documentation']}/blob/main/{path.relative_to(ROOT)}"
        button = f"/badges/blueprint_import.svg)](https://my.home-assistant.io/redirect/blueprint_import/?blueprint_url={quote(url, safe='')})"
        assert load_yaml_dict(path)["blueprint"]["source_url"] == url
        assert any(button in (ROOT / name).read_text() for name in READMES.values())


def test_all_name_the_same_minimum_of_home_assistant() -> None:
    minimum = HACS["homeassistant"]

    for path in ROOT.glob("blueprints/**/*.yaml"):
        blueprint = load_yaml_dict(path)["blueprint"]
        assert blueprint["homeassistant"]["min_version"] == minimum
    for name in READMES.values():
        assert (
            f"Home Assistant {minimum.removesuffix('.0')} " in (ROOT / name).read_text()
        )


def test_hacs_offers_nothing_but_releases() -> None:
    """Only a release has the archive that HACS is told to install."""
    assert HACS["zip_release"]
    assert HACS["filename"].endswith(".zip")
    assert HACS["hide_default_branch"]


def test_the_changelog_knows_the_version() -> None:
    assert f"## [{MANIFEST['version']}]" in (ROOT / "CHANGELOG.md").read_text()


def test_each_section_that_the_simulator_cites_stands_in_the_page() -> None:
    page = (ROOT / "docs/gateway.md").read_text()
    sections = re.findall(r"^#+ (\d+(?:\.\d+)*)", page, re.MULTILINE)
    code = "".join(path.read_text() for path in ROOT.glob("simulator/*.py"))
    cited = {
        number
        for numbers in re.findall(r"\bsections? ([\d.]+(?: and [\d.]+)*)", code)
        for number in re.findall(r"\d+(?:\.\d+)*", numbers)
    }

    assert {"3.1", "7.3"} <= cited <= set(sections)
    assert "(reference, section" not in code


def test_the_dev_container_shows_the_ports_of_the_demo() -> None:
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())

    assert sorted(container["forwardPorts"]) == sorted(_USUAL_PORTS)


@pytest.mark.parametrize("readme", READMES.values())
def test_an_example_names_the_entity_as_new_installations_have_it(readme: str) -> None:
    found = re.findall(r"binary_sensor\.\w+", (ROOT / readme).read_text())
    assert found
    assert all(entity_id.endswith("_whatsapp") for entity_id in found)
