"""The built page: files of the package, sent as they are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from velib_insights.core.errors import VelibError
from velib_insights.dashboard.files import File, file_of

FOLDER = Path(__file__).parent / "page"
_HOW_TO_BUILD = "Build it from a checkout: uv run python web/build.py"
_UNBUILT = f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>velib-insights: page not built</title>
<h1>The page is not built</h1>
<p>This installation has no built page. {_HOW_TO_BUILD}</p>
<p>Without it, the figures are all here: <a href="data/index.json">data/index.json</a>,
<a href="api/docs">api/docs</a>.</p>
"""


class Page:
    """Files are found among those that were listed, never by joining an address to a folder."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._files: dict[str, tuple[int, File]] = {}

    def file(self, path: str) -> File | None:
        """The file at that address, `` for the page itself; None where there is none."""
        name = path or "index.html"
        listed = {str(each.relative_to(self._folder).as_posix()): each for each in self._listed()}
        found = listed.get(name)
        if found is None:
            return None
        changed = found.stat().st_mtime_ns
        if name not in self._files or self._files[name][0] != changed:
            self._files[name] = (changed, file_of(name, found.read_bytes()))
        return self._files[name][1]

    @property
    def is_built(self) -> bool:
        return (self._folder / "index.html").is_file()

    @property
    def fault(self) -> str:
        """What is wrong with the page and how to put it right; empty where nothing is."""
        if not self.is_built:
            return f"The page is not built, so only the API answers. {_HOW_TO_BUILD}"
        if self._folder == FOLDER and not _is_of_these_sources():
            return f"The page was built from older sources than these. {_HOW_TO_BUILD}"
        return ""

    def _listed(self) -> list[Path]:
        return [each for each in self._folder.rglob("*") if each.is_file() and not each.is_symlink()]


def _is_of_these_sources() -> bool:
    """Whether a checkout's page is that of its sources; an installation has no sources to differ from."""
    script = FOLDER.parents[3] / "web" / "build.py"
    if not script.is_file():
        return True
    done = subprocess.run([sys.executable, str(script), "--check"], check=False)  # noqa: S603 - our own script
    return done.returncode == 0


class NotBuilt(VelibError):
    """The page was not built into this installation."""

    def __init__(self) -> None:
        super().__init__("the page is not built", hint=_HOW_TO_BUILD)


def unbuilt() -> File:
    """The page that says so."""
    return file_of("index.html", _UNBUILT.encode())
