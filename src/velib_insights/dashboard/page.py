"""The built page as it is sent."""

from __future__ import annotations

from pathlib import Path

from velib_insights.adapters import built_page
from velib_insights.adapters.built_page import PACKED
from velib_insights.dashboard.files import File, file_of

_UNBUILT = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>velib-insights: page not built</title></head>
<body><h1>The page is not built</h1>
<p>This installation has no built page. {built_page.HOW_TO_BUILD}</p>
<p>Without it, the figures are all here: <a href="data/index.json">data/index.json</a>,
<a href="api/docs">api/docs</a>.</p></body></html>
"""


class Page:
    """Files are found among those that were listed, never by joining an address to a folder."""

    def __init__(self, folder: Path = built_page.FOLDER) -> None:
        self._folder = folder
        self._files: dict[str, tuple[int, File]] = {}

    def file(self, path: str) -> File | None:
        """The file at that address, `` for the page itself; None where there is none."""
        name = path or "index.html"
        if name.endswith(PACKED):
            return None
        found = built_page.files(self._folder).get(name)
        if found is None:
            return None
        changed = found.stat().st_mtime_ns
        if name not in self._files or self._files[name][0] != changed:
            packed = found.with_name(f"{found.name}.br")
            brotli = packed.read_bytes() if packed.is_file() else None
            self._files[name] = (changed, file_of(name, found.read_bytes(), brotli))
        return self._files[name][1]

    @property
    def fault(self) -> str:
        """What is wrong with the page and how to put it right; empty where nothing is."""
        return built_page.fault(self._folder)


def unbuilt() -> File:
    """The page that says so."""
    return file_of("index.html", _UNBUILT.encode())
