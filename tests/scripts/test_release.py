"""A release is made of a commit, and of nothing else."""

from hashlib import sha256
import json
import os
from pathlib import Path
import re
import subprocess
import sys
from zipfile import ZIP_STORED, ZipFile

import pytest

from . import MANIFEST

MAIN = "refs/heads/main"
# Runs the script at another time than now.
AT = "import freezegun, runpy, sys; freezegun.freeze_time(sys.argv.pop(1)).start(); runpy.run_path(sys.argv.pop(1), run_name='__main__')"


def git(checkout: Path, *command: str) -> None:
    """Run Git in a checkout."""
    subprocess.run(["git", *command], cwd=checkout, check=True, capture_output=True)


def change(checkout: Path, path: str, old: str, new: str) -> None:
    """Change a file, and commit that."""
    file = checkout / path
    text = file.read_text()
    assert re.search(old, text)
    file.write_text(re.sub(old, new, text, count=1))
    git(checkout, "commit", "--all", "--message", "Change")


def release(
    checkout: Path, *command: str | Path, at: str = "2026-11-25", zone: str = "UTC"
) -> subprocess.CompletedProcess[str]:
    """Run the script in a checkout."""
    return subprocess.run(
        [sys.executable, "-c", AT, at, "scripts/release.py", *command],
        check=False,
        capture_output=True,
        text=True,
        cwd=checkout,
        env={**os.environ, "TZ": zone},
    )


@pytest.fixture
def dated(checkout: Path) -> Path:
    """Return a checkout whose version is ready to be released."""
    version = json.loads((checkout / MANIFEST).read_text())["version"]
    change(
        checkout,
        "CHANGELOG.md",
        rf"## \[{re.escape(version)}\] - .*",
        "## [1.2.3] - 2026-11-25",
    )
    change(
        checkout, MANIFEST, rf'"version": "{re.escape(version)}"', '"version": "1.2.3"'
    )
    return checkout


def test_the_archive_is_what_hacs_unpacks(dated: Path, tmp_path: Path) -> None:
    (dated / "custom_components/zapi/forgotten.py").write_text("")
    (dated / MANIFEST).write_text("changed, and not committed")

    release(dated, "pack", tmp_path)

    with ZipFile(tmp_path / "zapi.zip") as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert json.loads(archive.read("manifest.json"))["version"] == "1.2.3"
        infos = archive.infolist()
    assert names == sorted(names)
    assert {"LICENSE", "__init__.py", "translations/en.json", "brand/icon.png"} <= set(
        names
    )
    assert "forgotten.py" not in names
    for info in infos:
        # The commit's time, in steps of two seconds.
        assert info.date_time == (2026, 11, 20, 10, 11, 12)
        assert info.compress_type == ZIP_STORED
        assert info.external_attr >> 16 == 0o100644


def test_the_same_commit_gives_the_same_archive_elsewhere_and_later(
    dated: Path, tmp_path: Path
) -> None:
    git(tmp_path, "clone", str(dated), "elsewhere")
    for out in ("1", "2"):
        (tmp_path / out).mkdir()

    umask = os.umask(0o077)
    release(dated, "pack", tmp_path / "1", at="2026-11-25 10:00:00")
    os.umask(umask)
    release(
        tmp_path / "elsewhere",
        "pack",
        tmp_path / "2",
        at="2026-11-25 10:00:02",
        zone="Asia/Tokyo",
    )

    first, second = (
        sha256((tmp_path / out / "zapi.zip").read_bytes()).hexdigest() for out in "12"
    )
    assert first == second


def test_what_is_ready_gets_the_tag_of_its_version(dated: Path) -> None:
    ready = release(dated, "check", MAIN)

    assert (ready.returncode, ready.stdout) == (0, "v1.2.3\n"), ready.stderr


def test_the_notes_are_what_the_changelog_says_of_the_version(
    dated: Path, tmp_path: Path
) -> None:
    change(
        dated,
        "CHANGELOG.md",
        r"(## \[1.2.3\].*\n)",
        r"\1\n- New.\n\n## [1.2.2] - 2026-11-01\n",
    )

    release(dated, "pack", tmp_path)

    assert (tmp_path / "notes.md").read_text() == "- New.\n"


@pytest.mark.parametrize(
    ("path", "old", "new", "objection"),
    [
        ("CHANGELOG.md", "2026-11-25", "unreleased", "has no date"),
        ("CHANGELOG.md", r"## \[1\.2\.3\]", "## [1.2.4]", "says nothing of 1.2.3"),
        (MANIFEST, r"1\.2\.3", "1.2", "'1.2' in manifest.json is no version"),
        (MANIFEST, r"1\.2\.3", "v1.2.3", "'v1.2.3' in manifest.json is no version"),
        (MANIFEST, r"1\.2\.3", "1.02.3", "'1.02.3' in manifest.json is no version"),
    ],
)
def test_what_is_not_ready_is_not_released(
    dated: Path, path: str, old: str, new: str, objection: str
) -> None:
    change(dated, path, old, new)

    refused = release(dated, "check", MAIN)

    assert refused.returncode == 1
    assert objection in refused.stderr
    assert not refused.stdout


def test_all_that_speaks_against_a_release_is_said_at_once(dated: Path) -> None:
    change(dated, "CHANGELOG.md", "2026-11-25", "unreleased")
    git(dated, "tag", "v1.2.3")

    refused = release(dated, "check", "refs/heads/idea")

    assert refused.returncode == 1
    assert refused.stderr.splitlines() == [
        "scripts/release.py: releases are made from main, and this is refs/heads/idea",
        "scripts/release.py: v1.2.3 is released already: raise the version in manifest.json",
        "scripts/release.py: CHANGELOG.md has no date like 2026-11-25 for 1.2.3",
    ]
