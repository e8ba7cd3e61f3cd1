"""One document that was found: what it is called, and how its bytes are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


class Unreadable(Exception):
    """What was found cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Member:
    """A document. `path` names it as a user would find it, `month.zip/05/0815.json` or `feed.jsonl:12`.

    `read` gives its bytes, decompressed, and raises Unreadable. `committed_at` is the time of the commit that recorded
    it, in seconds since 1970, of a git history only. `on_disk` is a file that holds just these bytes, of a table.
    """

    path: str
    read: Callable[[], bytes]
    committed_at: float | None = None
    on_disk: Path | None = None
