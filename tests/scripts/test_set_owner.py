"""The repository bears the name of whoever publishes it."""

import json
from pathlib import Path
import re
from shutil import rmtree
import subprocess
import sys

import pytest

from . import MANIFEST

SOMEBODY = "octocat/my.zapi"
OTHER = "property/demo"


def set_owner(checkout: Path, name: str) -> subprocess.CompletedProcess[str]:
    """Run the script in a checkout."""
    return subprocess.run(
        [checkout / "scripts/set_owner", name],
        check=False,
        capture_output=True,
        text=True,
    )


def changed(checkout: Path) -> list[str]:
    """Return what differs from the commit."""
    command = ["git", "diff", "--name-only"]
    return subprocess.check_output(command, cwd=checkout, text=True).splitlines()


def commit(checkout: Path) -> None:
    """Commit what differs."""
    command = ["git", "commit", "--quiet", "--all", "--message", "Change"]
    subprocess.run(command, cwd=checkout, check=True)


def test_the_owner_stands_wherever_it_belongs(checkout: Path) -> None:
    assert set_owner(checkout, SOMEBODY).returncode == 0

    manifest = json.loads((checkout / MANIFEST).read_text())
    assert manifest["codeowners"] == ["@octocat"]
    assert manifest["documentation"] == f"https://github.com/{SOMEBODY}"
    for readme in checkout.glob("README*.md"):
        text = readme.read_text()
        assert "?owner=octocat&repository=my.zapi&" in text
        assert "=https%3A%2F%2Fgithub.com%2Foctocat%2Fmy.zapi%2Fblob%2F" in text
        assert "\ncd my.zapi\n" in text
    listed = ["git", "grep", "-lE", r"OWNER(/|%2F|&)|@OWNER"]
    left = subprocess.run(listed, cwd=checkout, check=False, capture_output=True)
    assert {path.split("/")[0] for path in left.stdout.decode().splitlines()} <= {
        "CONTRIBUTING.md",  # which tells of it
        "scripts",
        "tests",
    }


def test_the_same_owner_changes_nothing(checkout: Path) -> None:
    set_owner(checkout, SOMEBODY)
    commit(checkout)

    assert set_owner(checkout, SOMEBODY).returncode == 0

    assert not changed(checkout)


def test_another_owner_can_take_over(checkout: Path) -> None:
    set_owner(checkout, SOMEBODY)
    commit(checkout)
    page = checkout / "SECURITY.md"
    page.write_text("Written since: https://github.com/OWNER/zapi/issues\n")

    assert set_owner(checkout, OTHER).returncode == 0

    manifest = json.loads((checkout / MANIFEST).read_text())
    assert manifest["codeowners"] == ["@property"]
    assert manifest["issue_tracker"] == f"https://github.com/{OTHER}/issues"
    assert page.read_text() == f"Written since: https://github.com/{OTHER}/issues\n"
    # A word of ours stays one, though it is now the name of an owner too.
    commit(checkout)
    assert set_owner(checkout, SOMEBODY).returncode == 0
    assert not [path for path in changed(checkout) if path.endswith(".py")]


@pytest.mark.timeout(300)
def test_what_is_published_holds_under_another_name(checkout: Path) -> None:
    set_owner(checkout, "somebody/another-name")

    tests = (
        "test_publication.py",
        "scripts/test_set_owner.py::test_another_owner_can_take_over",
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *(f"tests/{test}" for test in tests)],
        cwd=checkout, check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout
    assert re.search(r"^\d\d passed in", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("name", ["", "octocat", "octocat/zapi/more", "a b/zapi"])
def test_an_owner_that_cannot_be_is_refused(checkout: Path, name: str) -> None:
    refused = set_owner(checkout, name)

    assert refused.returncode == 2
    assert refused.stderr == "usage: scripts/set_owner octocat/zapi\n"
    assert not changed(checkout)


def test_outside_a_clone_nothing_is_changed(checkout: Path) -> None:
    before = (checkout / MANIFEST).read_text()
    rmtree(checkout / ".git")

    refused = set_owner(checkout, "octocat/zapi")

    assert refused.returncode == 1
    assert "this is no clone of the repository" in refused.stderr
    assert (checkout / MANIFEST).read_text() == before


def test_in_somebody_elses_clone_nothing_is_changed(checkout: Path) -> None:
    rmtree(checkout / ".git")
    subprocess.run(["git", "init", "--quiet", checkout.parent], check=True)

    refused = set_owner(checkout, "octocat/zapi")

    assert refused.returncode == 1
    assert "a part of another repository" in refused.stderr
