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
PAGES = {
    language: [ROOT / readme, *sorted((ROOT / "docs" / language).glob("*.md"))]
    for language, readme in READMES.items()
}
PUBLISHED = [
    *READMES.values(),
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    *(str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("docs/**/*.md"))),
]
MANIFEST = json.loads((ROOT / "custom_components/zapi/manifest.json").read_text())
HACS = json.loads((ROOT / "hacs.json").read_text())


def said(language: str) -> str:
    """Return what README and docs say in a language."""
    return "".join(page.read_text() for page in PAGES[language])


def headings(page: Path) -> set[str]:
    """Return the headings of a page, as GitHub writes them in a link."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    }


@pytest.mark.parametrize("language", READMES)
def test_each_message_of_the_set_up_is_explained(language: str) -> None:
    text = said(language)
    config = LANGUAGES[language]["config"]
    pairing = LANGUAGES[language]["options"]["error"]

    for message in [*config["error"].values(), *config["abort"].values()]:
        assert message.replace("{ip}", "…") in text
    assert pairing["invalid_phone"] in text
    for issue in LANGUAGES[language]["issues"].values():
        assert issue["title"].removeprefix("{name}: ") in text


@pytest.mark.parametrize("language", READMES)
def test_each_field_and_choice_is_explained(language: str) -> None:
    text = said(language)
    texts = LANGUAGES[language]
    recipient = texts["config_subentries"]["recipient"]
    steps = [
        step
        for dialog in (texts["config"], texts["options"], recipient)
        for step in dialog["step"].values()
    ]

    # What is asked follows a sentence that names whom it is about.
    fields = [
        re.sub(r"^.*\{\w+\}[^.]*\. ", "", label)
        for step in steps
        for label in step.get("data", {}).values()
    ]
    choices = [
        *texts["selector"]["webhooks"]["options"].values(),
        *texts["selector"]["when_disconnected"]["options"].values(),
        *texts["selector"]["others"]["options"].values(),
        *recipient["step"]["reconfigure"]["menu_options"].values(),
        *recipient["initiate_flow"].values(),
        *texts["options"]["step"]["pair"]["menu_options"].values(),
    ]
    entities = [
        entity["name"]
        for platform in texts["entity"].values()
        for entity in platform.values()
    ]
    automations = [
        automation["name"]
        for kind in ("triggers", "conditions")
        for automation in texts[kind].values()
    ]
    for label in [*fields, *choices, *entities, *automations]:
        assert f"**{label}**" in text
    webhook = texts["entity"]["binary_sensor"]["webhook"]
    for reason, name in webhook["state_attributes"]["reason"]["state"].items():
        assert f"| `{reason}` | {name} |" in text


@pytest.mark.parametrize("name", PUBLISHED)
def test_each_link_leads_somewhere(name: str) -> None:
    page = ROOT / name

    for link in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        if link.startswith("https://"):
            continue
        path, _, heading = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not heading or heading in headings(target), link


def test_each_language_has_the_same_pages() -> None:
    names = {
        language: [page.name for page in pages[1:]] for language, pages in PAGES.items()
    }

    assert len(names["en"]) > 5
    assert all(pages == names["en"] for pages in names.values())


@pytest.mark.parametrize("pages", zip(*PAGES.values(), strict=True))
def test_each_language_leads_to_the_others(pages: tuple[Path, ...]) -> None:
    for page in pages:
        head = page.read_text().splitlines()[2]
        links = {page.parent / link for link in re.findall(r"\]\(([^)]+)\)", head)}
        assert {link.resolve() for link in links} == {*pages} - {page}


@pytest.mark.parametrize("language", READMES)
def test_each_readme_leads_to_all_pages(language: str) -> None:
    readme, *pages = PAGES[language]
    text = readme.read_text()

    for page in pages:
        assert f"]({page.relative_to(ROOT)})" in text


@pytest.mark.parametrize("pages", zip(*PAGES.values(), strict=True))
def test_a_page_has_the_same_parts_in_each_language(pages: tuple[Path, ...]) -> None:
    parts = re.compile(r"^(#+ |```|<details>|<!-- .* -->|\| ?-|!\[)", re.MULTILINE)
    shapes = {page: parts.findall(page.read_text()) for page in pages}

    for page, shape in shapes.items():
        assert shape == shapes[pages[0]], page


def test_each_language_leads_to_its_blueprints() -> None:
    for path in ROOT.glob("blueprints/automation/zapi/*.yaml"):
        language = path.suffixes[-2].removeprefix(".")
        url = f"{MANIFEST['documentation']}/blob/main/{path.relative_to(ROOT)}"
        button = f"/badges/blueprint_import.svg)](https://my.home-assistant.io/redirect/blueprint_import/?blueprint_url={quote(url, safe='')})"
        assert load_yaml_dict(path)["blueprint"]["source_url"] == url
        assert button in said(language)


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


@pytest.mark.parametrize("language", READMES)
def test_an_example_names_the_entity_as_new_installations_have_it(
    language: str,
) -> None:
    found = re.findall(r"binary_sensor\.\w+", said(language))
    assert found
    assert all(entity_id.endswith("_whatsapp") for entity_id in found)
