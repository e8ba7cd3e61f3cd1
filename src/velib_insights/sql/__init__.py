"""What the numbers mean: one SELECT a file, the same text for DuckDB, Athena and Spark.

Each file opens with its name, the question it answers, its grain, what it reads and its window: how far back from
the latest observed tick it looks. Files in `base/` state shared definitions. Files in `kpi/` answer questions: `now/`
of the latest observed tick, `days/` of the days before it, `data/` of the data themselves. Files in `rollup/` make
the tables of closed days, and those in `history/` answer questions over spans of them, each cut to the days and grouped
by the periods that a relation `calendar` gives.
A step of a file (WITH) may take every column of the step before, `step.*`; the last SELECT names its columns.

The three engines share no macros, so what several views need is a view in `base/`, or repeated where that view would
cost too much: the spell of a condition (since when does it hold?) in station_now, kpi_shortage, kpi_station_saturation
and kpi_top10_2hour, since a view of the spells of every condition would go through each station's day once for each;
and sums over the network, which network_ticks, the KPI of zones and the reports take over different groups. The
shares of history/ stand once for each grain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

FOLDERS = ("base", "kpi/now", "kpi/days", "kpi/data")
HEADER_FIELDS = ("question", "grain", "reads", "window")
# observed_ticks judges a tick by the 24 hours before it; two hours more hold two cadences of up to an hour.
TICKS_MARGIN_H = 26

# `span` is the days asked for, in questions of history/.
_WHOLE = ("latest tick", "all", "span")
_WINDOW = re.compile(r"(?P<count>[1-9]\d*) (?P<unit>[hd])")


class HeaderError(ValueError):
    """A SQL file whose header does not say what a header must say."""


@dataclass(frozen=True, slots=True)
class SqlFile:
    """`reads` names tables and other files. `window` is `latest tick`, `N h`, `N d` or `all`; `text` is the file."""

    name: str
    folder: str
    question: str
    grain: str
    reads: tuple[str, ...]
    window: str
    text: str

    @property
    def window_h(self) -> int | None:
        """Hours before the latest observed tick that are looked at; 0 for that tick alone, None for all."""
        match = _WINDOW.fullmatch(self.window)
        if match:
            return int(match["count"]) * (24 if match["unit"] == "d" else 1)
        return 0 if self.window == "latest tick" else None


def parse(text: str, folder: str) -> SqlFile:
    """A file's text with its header taken apart. Raises HeaderError."""
    lines = text.splitlines()
    name = lines[0].removeprefix("-- ") if lines else ""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise HeaderError(f"the first line must be '-- ' and the name of the view, not {name!r}")
    said: dict[str, str] = {}
    for field, line in zip(HEADER_FIELDS, [*lines[1:], *[""] * 4], strict=False):
        prefix = f"-- {field}: "
        if not line.startswith(prefix) or not line.removeprefix(prefix).strip():
            raise HeaderError(f"{name}: expected {prefix!r} and a value, found {line!r}")
        said[field] = line.removeprefix(prefix).strip()
    if said["window"] not in _WHOLE and not _WINDOW.fullmatch(said["window"]):
        raise HeaderError(
            f"{name}: window must be 'latest tick', 'N h', 'N d', 'all' or 'span', not {said['window']!r}"
        )
    return SqlFile(
        name=name,
        folder=folder,
        question=said["question"],
        grain=said["grain"],
        reads=tuple(part.strip() for part in said["reads"].split(",")),
        window=said["window"],
        text=text,
    )


def _parsed(folder: str, entry: Traversable) -> SqlFile:
    file = parse(entry.read_text(encoding="utf-8"), folder)
    if f"{file.name}.sql" != entry.name:
        raise HeaderError(f"{folder}/{entry.name} calls itself {file.name}")
    return file


@cache
def load_all() -> tuple[SqlFile, ...]:
    """Every file, each after all that it reads; base before kpi, otherwise by name."""
    root = files(__name__)
    parsed = [
        _parsed(folder, entry)
        for folder in FOLDERS
        for entry in (root / folder).iterdir()
        if entry.name.endswith(".sql")
    ]
    found = {
        file.name: file
        for file in sorted(parsed, key=lambda file: (file.folder.partition("/")[0], file.name))
    }
    ordered: dict[str, SqlFile] = {}

    def place(file: SqlFile, above: tuple[str, ...]) -> None:
        if file.name in above:
            raise HeaderError(f"views read each other in a circle: {' -> '.join((*above, file.name))}")
        for read in file.reads:
            if read in found and read not in ordered:
                place(found[read], (*above, file.name))
        ordered.setdefault(file.name, file)

    for file in found.values():
        place(file, ())
    return tuple(ordered.values())


def upstream_of(names: Iterable[str], further: Iterable[SqlFile] = ()) -> set[str]:
    """The transitive dependencies of these views, themselves and tables included.

    `further` are files besides those of the views.
    """
    files = {file.name: file for file in (*load_all(), *further)}
    found: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += files[name].reads if name in files else ()
    return found


@cache
def rollup(name: str) -> SqlFile:
    """The file of `rollup/` that makes the table of that name."""
    return _parsed("rollup", files(__name__) / "rollup" / f"{name}.sql")


@cache
def history() -> tuple[SqlFile, ...]:
    """The questions over spans of days, by name."""
    entries = (files(__name__) / "history").iterdir()
    found = (_parsed("history", entry) for entry in entries if entry.name.endswith(".sql"))
    return tuple(sorted(found, key=lambda file: file.name))


def load(name: str) -> SqlFile:
    """The file of that name. Raises KeyError."""
    for file in load_all():
        if file.name == name:
            return file
    raise KeyError(name)
