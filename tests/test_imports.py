"""Who may import whom: what a floor builds on lies below it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PRODUCT = Path(__file__).parent.parent / "custom_components" / "zapi"

# The lowest first. A folder stands for all that is in it, unless a module of it stands by itself.
FLOORS: tuple[set[str], ...] = (
    {"api", "const", "last_day", "listeners", "phone"},
    {"state", "client", "errors", "issues"},
    {"coordinator"},
    {"device", "qr_code", "webhooks", "messages"},
    {"runtime"},
    {"message_payload"},
    {"entity", "connection_events", "service_schemas", "message_triggers"},
    {"flows"},
    {"binary_sensor", "button", "event", "image", "notify", "sensor", "switch", "text"}
    | {"services", "condition", "trigger", "diagnostics", "logbook", "system_health"},
    {"config_flow", "repairs"},
    {"__init__"},
)
# Who may import whom on a floor of their own, inside one package or between twins.
BESIDE = {
    ("api", "api"),
    ("api", "phone"),
    ("state", "state"),
    ("webhooks", "webhooks"),
    ("messages", "messages"),
    ("messages", "device"),
    ("flows", "flows"),
}
# These never import Home Assistant.
PURE = ("api", "last_day", "phone", "state")


def modules() -> list[str]:
    """Return the names of all modules, as ``FLOORS`` spells them."""
    return [
        ".".join(path.relative_to(PRODUCT).with_suffix("").parts).removesuffix(
            ".__init__"
        )
        for path in PRODUCT.rglob("*.py")
    ]


def imports(module: str) -> Iterator[str]:
    """Give what a module imports: ours as ``FLOORS`` spells it, others with a colon before."""
    path = PRODUCT / f"{module.replace('.', '/')}.py"
    is_package = not path.exists()
    path = path if not is_package else path.with_suffix("") / "__init__.py"
    package = module.split(".") if is_package else module.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (f":{alias.name}" for alias in node.names)
        if not isinstance(node, ast.ImportFrom):
            continue
        if not node.level:
            yield f":{node.module}"
            continue
        base = package[: len(package) - node.level + 1]
        base += node.module.split(".") if node.module else []
        names = [".".join([*base, alias.name]) for alias in node.names]
        yield from (
            name if name in modules() else ".".join(base) or name for name in names
        )


def place(module: str) -> tuple[int, str]:
    """Return the floor of a module, and the name by which it stands there."""
    names = [module, module.partition(".")[0]]
    found = [
        (n, name) for name in names for n, floor in enumerate(FLOORS) if name in floor
    ]
    assert found, f"{module} has no floor"
    return found[0]


@pytest.mark.parametrize("module", sorted(modules()))
def test_a_module_builds_on_what_lies_below_it(module: str) -> None:
    floor, name = place(module)
    ours = {target for target in imports(module) if not target.startswith(":")}
    above = [
        target
        for target in sorted(ours)
        for its_floor, its_name in [place(target)]
        if its_floor > floor or (its_floor == floor and (name, its_name) not in BESIDE)
    ]
    assert above == []


@pytest.mark.parametrize(
    "path",
    sorted(PRODUCT.rglob("*.py")),
    ids=lambda path: path.relative_to(PRODUCT).as_posix(),
)
def test_a_file_fits_a_reader(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize(
    "module", sorted(m for m in modules() if m.partition(".")[0] in PURE)
)
def test_what_is_pure_knows_nothing_of_home_assistant(module: str) -> None:
    assert not [name for name in imports(module) if "homeassistant" in name]
