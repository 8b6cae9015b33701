"""What comes out of a clone."""

from pathlib import Path
import subprocess


def test_a_clone_on_windows_has_the_line_endings_that_bash_needs(
    checkout: Path, tmp_path: Path
) -> None:
    clone = ["git", "clone", "--quiet", "--config", "core.autocrlf=true"]
    subprocess.run([*clone, checkout, "clone"], cwd=tmp_path, check=True)

    for path in (tmp_path / "clone/scripts").iterdir():
        assert b"\r" not in path.read_bytes(), path
