"""A checkout of the repository, to be changed at will."""

import os
from pathlib import Path
from shutil import copytree, ignore_patterns
import subprocess
from typing import Final

import pytest

from . import ROOT

# Nobody's own settings, and a time that is long past.
GIT: Final = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    **{
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (
            ("NAME", "octocat"),
            ("EMAIL", "octocat@example.org"),
            ("DATE", "2026-11-20T10:11:13+0000"),
        )
    },
}
NOT_OURS = ignore_patterns(
    ".git", ".venv*", ".*_cache", "__pycache__", ".demo", ".e2e", ".bench", ".hypothesis"
)  # fmt: skip


@pytest.fixture(autouse=True)
def _git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Git behave alike everywhere."""
    for name, value in GIT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the repository as it stands, committed to main."""
    folder = tmp_path_factory.mktemp("committed") / "repository"
    copytree(ROOT, folder, symlinks=True, ignore=NOT_OURS)
    for command in ("init --initial-branch main", "add .", "commit --message All"):
        subprocess.run(
            ["git", *command.split()],
            cwd=folder,
            env={**os.environ, **GIT},
            check=True,
            capture_output=True,
        )
    return folder


@pytest.fixture
def checkout(committed: Path, tmp_path: Path) -> Path:
    """Return a clone of it."""
    folder = tmp_path / "checkout"
    subprocess.run(["git", "clone", "--quiet", committed, folder], check=True)
    return folder
