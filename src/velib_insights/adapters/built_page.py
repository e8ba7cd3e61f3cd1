"""The built page: files of the package, made from web/ of a checkout when the package is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "dashboard" / "page"
_STAMP = "built-from.json"  # what the build notes for itself
PACKED = (".br", ".gz")
"""Endings of files that are another one compressed: `app.js.br` is `app.js`."""
HOW_TO_BUILD = "Build it from a checkout: uv run python web/build.py"


def files(folder: Path = FOLDER) -> dict[str, Path]:
    """The files by their address below the page's; empty where it was not built."""
    if not is_built(folder):
        return {}
    found = sorted(each for each in folder.rglob("*") if each.is_file() and not each.is_symlink())
    return {each.relative_to(folder).as_posix(): each for each in found if each.name != _STAMP}


def is_built(folder: Path = FOLDER) -> bool:
    return (folder / "index.html").is_file()


def fault(folder: Path = FOLDER) -> str:
    """What is wrong with the page and how to put it right; empty where nothing is."""
    if not is_built(folder):
        return f"The page is not built. {HOW_TO_BUILD}"
    if folder == FOLDER and not _is_of_these_sources():
        return f"The page was built from older sources than these. {HOW_TO_BUILD}"
    return ""


def _is_of_these_sources() -> bool:
    """Whether a checkout's page is that of its sources; an installation has no sources to differ from."""
    script = FOLDER.parents[3] / "web" / "build.py"
    if not script.is_file():
        return True
    done = subprocess.run([sys.executable, str(script), "--check"], check=False)  # noqa: S603 - our own script
    return done.returncode == 0
