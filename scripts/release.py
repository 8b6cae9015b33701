"""What a release consists of, from the commit that is checked out; needs nothing but Python and Git.

scripts/release.py check REF      print the tag to be, or say all at once what speaks against it; REF: where from
scripts/release.py pack FOLDER    write zapi.zip, the same to the byte on any machine, and notes.md
"""

from io import BytesIO
import json
from pathlib import Path
import re
import subprocess
import sys
import tarfile
from time import gmtime
from zipfile import ZIP_STORED, ZipFile, ZipInfo

FOLDER = "custom_components/zapi/"
BRANCH = "refs/heads/main"
VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


def git(*command: str) -> bytes:
    """Return what Git answers."""
    return subprocess.check_output(["git", *command])


def read(path: str) -> str:
    """Return a file as it was committed."""
    return git("show", f"HEAD:{path}").decode()


def committed_version() -> str:
    """Return the version that the manifest names."""
    return str(json.loads(read(f"{FOLDER}manifest.json"))["version"])


def section(version: str) -> tuple[str, str]:
    """Return what the changelog has behind a version, and what it says of it."""
    parts = re.split(r"^## (.*)$", read("CHANGELOG.md"), flags=re.MULTILINE)
    for heading, text in zip(parts[1::2], parts[2::2], strict=True):
        if heading.startswith(f"[{version}]"):
            return heading.removeprefix(f"[{version}]"), text.strip()
    return "", ""


def objections(ref: str, version: str) -> list[str]:
    """Return what speaks against releasing a version."""
    date, notes = section(version)
    tag = f"v{version}"
    found = {
        f"releases are made from main, and this is {ref}": ref != BRANCH,
        f"{version!r} in manifest.json is no version like 1.2.3": not VERSION.fullmatch(
            version
        ),
        f"{tag} is released already: raise the version in manifest.json": git(
            "tag", "--list", tag
        ),
        f"CHANGELOG.md says nothing of {version}": not notes,
        f"CHANGELOG.md has no date like 2026-11-25 for {version}": not re.fullmatch(
            r" - \d{4}-\d\d-\d\d", date
        ),
    }
    return [objection for objection, holds in found.items() if holds]


def check(ref: str) -> None:
    """Print the tag of the release, or what speaks against it."""
    version = committed_version()
    if found := objections(ref, version):
        sys.exit("\n".join(f"scripts/release.py: {objection}" for objection in found))
    print(f"v{version}")


def write_archive(archive: Path) -> None:
    """Pack the integration; HACS unpacks it into its folder.

    A tree has no time, only a commit has: hence no HEAD:folder. Stored and not deflated, since two versions of zlib
    need not agree.
    """
    committed = git("archive", "--format=tar", "HEAD", "LICENSE", FOLDER)
    with tarfile.open(fileobj=BytesIO(committed)) as tar, ZipFile(archive, "w") as out:
        for member in sorted(tar.getmembers(), key=lambda member: member.name):
            content = tar.extractfile(member)
            if content is None:
                continue
            name = member.name.removeprefix(FOLDER)
            info = ZipInfo(name, gmtime(member.mtime)[:6])
            info.compress_type = ZIP_STORED
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            out.writestr(info, content.read())


def pack(folder: Path) -> None:
    """Write the archive and the notes."""
    write_archive(folder / "zapi.zip")
    notes = section(committed_version())[1]
    (folder / "notes.md").write_text(f"{notes}\n")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["check", ref]:
            check(ref)
        case ["pack", folder]:
            pack(Path(folder))
        case _:
            sys.exit(__doc__)
