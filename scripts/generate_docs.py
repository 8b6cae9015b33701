"""Write what follows from other files: the tables of the pages, and the blueprints of each language.

A table consists of what the translations and the code say, and of remarks from docs/<language>/tables.json. A blueprint
is a skeleton with the texts of a language from blueprints/texts.

scripts/docs            write them
scripts/docs --check    name those that are stale
"""

from collections.abc import Iterator
from functools import partial
from importlib import import_module
import json
from pathlib import Path
import re
import sys
from typing import Any, Final, cast

from homeassistant import components
from homeassistant.helpers.entity import EntityDescription
from homeassistant.util.yaml import load_yaml_dict

ROOT: Final = Path(__file__).parent.parent
SERVICES: Final = load_yaml_dict(ROOT / "custom_components/zapi/services.yaml")
TRIGGERS: Final = load_yaml_dict(ROOT / "custom_components/zapi/triggers.yaml")
READMES: Final = {"en": "README.md", "pt-BR": "README.pt-BR.md", "es": "README.es.md"}

_REASONS: Final = "entity.binary_sensor.webhook.state_attributes.reason.state"
_TABLE = re.compile(r"(?<=<!-- )(\w+) -->\n.*?(?=<!-- /\1 -->)", re.DOTALL)
_TRANSLATION = re.compile(r"\{(\w+(?:\.\w+)+)\}")
_ONLY_PLACEHOLDER = re.compile(r"\{\w+\}")
_BLUEPRINT_TEXT = re.compile(r"<<(\w+)>>")


def _load(path: Path) -> Any:
    return json.loads(path.read_text())


def _find(node: Any, path: str) -> Any:
    for key in path.split("."):
        node = node[key]
    return node


def _description(platform: str, key: str) -> EntityDescription:
    """Return the description of an entity from the module of its platform."""
    module = import_module(f"custom_components.zapi.{platform}")
    for value in vars(module).values():
        for item in value if isinstance(value, tuple) else (value,):
            # No isinstance: not all of Home Assistant's descriptions derive from it.
            if getattr(item, "key", None) == key:
                return cast("EntityDescription", item)
    raise KeyError(f"{platform}.{key}")


class Language:
    """What the pages of a language say in tables."""

    def __init__(self, name: str) -> None:
        """Read the texts of the language."""
        self._name = name
        self._texts = _load(ROOT / f"custom_components/zapi/translations/{name}.json")
        self._tables = _load(ROOT / f"docs/{name}/tables.json")

    def fill(self, page: str) -> str:
        """Return a page with its tables as they should be."""
        return _TABLE.sub(lambda table: self._marked(table[1]), page)

    def _marked(self, table: str) -> str:
        if table == "not_saved":
            section = SERVICES["send_message"]["fields"][table]
            head, rows = self._inputs("services.send_message", section["fields"])
        elif table in SERVICES:
            head, rows = self._inputs(f"services.{table}", SERVICES[table]["fields"])
        elif table in TRIGGERS:
            head, rows = self._inputs(f"triggers.{table}", TRIGGERS[table]["fields"])
        else:
            head = self._tables[table]["head"]
            rows = [
                self._row(table, path, [self._expand(remark) for remark in remarks])
                for path, remarks in self._tables[table]["rows"].items()
            ]
        lines = [head, ["---"] * len(head), *rows]
        text = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
        return f"{table} -->\n\n{text}\n\n"

    def _inputs(
        self, path: str, fields: dict[str, Any]
    ) -> tuple[list[str], list[list[str]]]:
        """Return what an action or a trigger takes; a section has a table of its own."""
        rows = [
            self._input(f"{path}.fields.{key}", field)
            for key, field in fields.items()
            if "fields" not in field
        ]
        return self._tables["inputs"]["head"], rows

    def _input(self, path: str, field: dict[str, Any]) -> list[str]:
        label = self._label(f"{path}.name")
        if field.get("required"):
            label += f", *{self._tables['words']['required']}*"
        description = self._text(f"{path}.description")
        select = field["selector"].get("select")
        if select:
            options = _find(
                self._texts, f"selector.{select['translation_key']}.options"
            )
            description += self._states({"state": options})
        return [label, f"`{path.rpartition('.')[2]}`", description]

    def _row(self, table: str, path: str, remarks: list[str]) -> list[str]:
        match table:
            case "entities" | "actions":
                return self._entity(*path.split("."), *remarks)
            case "fields":
                entered = path.replace(".data.", ".data_description.")
                return [self._field(path), self._text(entered), *remarks]
            case "reasons":
                return [f"`{path}`", self._text(f"{_REASONS}.{path}"), *remarks]
            case "triggers" | "conditions":
                in_yaml = f"`zapi.{path.rpartition('.')[2]}`"
                description = self._text(f"{path}.description")
                return [self._label(f"{path}.name"), in_yaml, description]
            case "receive":
                name, _, meaning = self._text(path).partition(": ")
                return [f"**{name}**", f"{meaning[:1].upper()}{meaning[1:]}."]
            case "messages" | "failures" | "repairs":
                return [f'"{self._text(path)}"', *remarks]
            case _:
                return [self._label(path), *remarks]

    def _entity(self, platform: str, key: str, remark: str) -> list[str]:
        """Return the name of an entity, its kind, and a remark with its states."""
        described = _description(platform, key)
        texts = self._texts["entity"].get(platform, {}).get(key)
        name = texts["name"] if texts else self._device_class(platform, described)
        words = self._tables["words"]
        details = [
            words[detail]
            for detail in (described.device_class, described.entity_category)
            if detail in words
        ]
        kind = words[platform] + (f" ({', '.join(details)})" if details else "")
        if not described.entity_registry_enabled_default:
            kind += f", *{words['off']}*"
        return [f"**{name}**", kind, f"{remark}{self._states(texts or {})}"]

    def _device_class(self, platform: str, described: EntityDescription) -> str:
        """Return the name that Home Assistant has for entities of a device class."""
        folder = Path(components.__path__[0]) / platform / "translations"
        path = f"entity_component.{described.device_class}.name"
        return str(_find(_load(folder / f"{self._name}.json"), path))

    def _states(self, texts: dict[str, Any]) -> str:
        attributes = texts.get("state_attributes", {})
        states = texts.get("state") or attributes.get("event_type", {}).get("state")
        if not states:
            return ""
        shown = ", ".join(f"`{state}` ({name})" for state, name in states.items())
        return f" {shown}."

    def _field(self, path: str) -> str:
        """Return the label of a field, behind that of its section."""
        section = path.partition(".data.")[0]
        label = self._label(path)
        if "sections" not in path:
            return label
        return f"{self._label(f'{section}.name')}, {label}"

    def _label(self, path: str) -> str:
        return f"**{self._text(path)}**"

    def _text(self, path: str) -> str:
        """Return a translation as it reads on a page."""
        paragraphs = (
            str(_find(self._texts, path)).removeprefix("{name}: ").split("\n\n")
        )
        # A paragraph that is nothing but a placeholder shows a picture or a code.
        kept = [part for part in paragraphs if not _ONLY_PLACEHOLDER.fullmatch(part)]
        return " ".join(kept).format_map(self._tables["placeholders"])

    def _expand(self, remark: str) -> str:
        return _TRANSLATION.sub(lambda cited: self._text(cited[1]), remark)


def _pages() -> Iterator[tuple[Path, str]]:
    """Yield each page that has tables, and what it should be."""
    for name, readme in READMES.items():
        language = Language(name)
        for page in (ROOT / readme, *sorted(ROOT.glob(f"docs/{name}/*.md"))):
            yield page, language.fill(page.read_text())


def _blueprints() -> Iterator[tuple[Path, str]]:
    """Yield each blueprint in each language, and what it should be."""
    folder = ROOT / "blueprints"
    for language in READMES:
        for name, own in _load(folder / f"texts/{language}.json").items():
            texts = {"language": language, **own}
            skeleton = (folder / f"skeletons/{name}.yaml").read_text()
            yield (
                folder / f"automation/zapi/{name}.{language}.yaml",
                _BLUEPRINT_TEXT.sub(partial(_cited, texts), skeleton),
            )


def _cited(texts: dict[str, str], text: re.Match[str]) -> str:
    return texts[text[1]]


def main(arguments: list[str]) -> None:
    """Write what is stale, or only name it."""
    stale = {
        path: text
        for path, text in (*_pages(), *_blueprints())
        if not path.exists() or path.read_text() != text
    }
    if arguments == ["--check"]:
        names = "".join(f"\n  {path.relative_to(ROOT)}" for path in stale)
        sys.exit(f"stale; scripts/docs writes them anew:{names}" if stale else 0)
    for path, text in stale.items():
        path.write_text(text)


if __name__ == "__main__":
    main(sys.argv[1:])
