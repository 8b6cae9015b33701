"""The set-up on machines that lack something."""

from collections.abc import Callable
from pathlib import Path
from shutil import copy, which
import subprocess

import pytest

# What any machine has that can run a shell script.
COMMON = ("bash", "cat", "cksum", "cmp", "cp", "dirname", "env", "mkdir")

type Command = Callable[..., None]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Return what puts a command on the machine; it notes what it is called with."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in COMMON:
        found = which(name)
        assert found
        (folder / name).symlink_to(found)

    def put(path: str, script: str = "") -> None:
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(
            f'#!/bin/bash\necho "${{0##*/}} $*" >>"{tmp_path}/calls"\n{script}\n'
        )
        file.chmod(0o755)

    put("id", "echo 1000")
    return put


@pytest.fixture
def setup(
    checkout: Path, tmp_path: Path, command: Command
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return what runs the script on that machine."""

    def run(*what: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [checkout / "scripts/setup", *what],
            check=False,
            capture_output=True,
            text=True,
            env={
                "PATH": str(tmp_path / "bin"),
                "HOME": str(tmp_path),
                **environment,
            },
        )

    return run


type Setup = Callable[..., subprocess.CompletedProcess[str]]


def calls(tmp_path: Path) -> list[str]:
    """Return what was called, but for the question who calls."""
    lines = (tmp_path / "calls").read_text().splitlines()
    return [line for line in lines if line != "id -u"]


@pytest.mark.parametrize(
    ("manager", "advice"),
    [
        ("apt-get", "apt-get install --yes --no-install-recommends python3 python3-venv g++ chromium fonts-noto-color-emoji"),
        ("dnf", "dnf install --assumeyes python3 python3 gcc-c++ chromium google-noto-color-emoji-fonts"),
        ("zypper", "zypper --non-interactive install python3 python3 gcc-c++ chromium google-noto-coloremoji-fonts"),
        ("pacman", "pacman --sync --needed --noconfirm python python gcc chromium noto-fonts-emoji"),
        ("brew", "brew install python3 python3 gcc chromium"),
    ],
)  # fmt: skip
def test_all_that_is_missing_is_named_at_once(
    tmp_path: Path, command: Command, setup: Setup, manager: str, advice: str
) -> None:
    command(manager)

    lacking = setup("test", "ha", "browser")

    assert lacking.returncode == 1
    assert (
        lacking.stderr
        == f"scripts/setup: missing: python venv compiler browser; install them, e.g.: {advice}\n"
    )
    assert not calls(tmp_path)


def test_a_machine_without_a_package_manager_is_told_what_is_missing(
    setup: Setup,
) -> None:
    lacking = setup("test", "browser")

    assert lacking.returncode == 1
    assert lacking.stderr == "scripts/setup: missing: python venv compiler browser\n"


def test_what_is_missing_is_installed_where_root_asks(
    tmp_path: Path, command: Command, setup: Setup
) -> None:
    command("id", "echo 0")
    command("apt-get")

    assert setup("browser").returncode == 0

    assert calls(tmp_path) == [
        "apt-get update",
        "apt-get install --yes --no-install-recommends chromium fonts-noto-color-emoji",
    ]


def test_a_missing_venv_is_installed_where_root_asks(
    tmp_path: Path, command: Command, setup: Setup
) -> None:
    """As on a Debian whose Python came without it."""
    command("id", "echo 0")
    command("apt-get")
    command("c++")
    command("python3", "exit 1")

    setup("test")

    assert "apt-get install --yes --no-install-recommends python3-venv" in calls(
        tmp_path
    )


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_a_browser_of_any_of_these_names_will_do(
    command: Command, setup: Setup, name: str
) -> None:
    command(name)

    assert setup("browser").returncode == 0


def test_a_browser_elsewhere_can_be_named(
    tmp_path: Path, command: Command, setup: Setup
) -> None:
    command("../elsewhere/browser")

    assert setup("browser").returncode == 1
    elsewhere = setup("browser", CHROMIUM=str(tmp_path / "elsewhere/browser"))
    assert elsewhere.returncode == 0


def test_a_python_without_its_headers_is_passed_over(
    checkout: Path, tmp_path: Path, command: Command, setup: Setup
) -> None:
    tools = tmp_path / ".cache/zapi-dev/tools"
    own = tmp_path / "own"
    command("c++")
    for folder in (tmp_path / "bare", own):
        command(str(folder / "python"), f"echo {folder}")
    command(
        str(tools / "bin/uv"),
        f"""
        case "$1 $2" in
          "python find") [[ -e {own}/Python.h ]] && echo {own}/python || echo {tmp_path}/bare/python ;;
          "python install") touch() {{ : >"$1"; }}; touch {own}/Python.h ;;
          venv*) mkdir -p .venv/bin && cp {own}/python .venv/bin/python ;;
        esac
        """,
    )
    copy(checkout / "requirements-setup.txt", tools / "requirements.txt")

    done = setup("test")

    assert done.returncode == 0, done.stderr
    assert "uv python install --quiet --no-bin 3.14" in calls(tmp_path)
    assert f"uv venv --clear --python {own}/python .venv" in calls(tmp_path)
