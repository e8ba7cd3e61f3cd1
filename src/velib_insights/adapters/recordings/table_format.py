"""How the tables of an archive are to be read, as a user says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TableFormat:
    """How tables are read: columns by our names, a public archive by name, rows to keep by column and value."""

    given: Mapping[str, str] = field(default_factory=dict)
    form: str | None = None
    wide: str | None = None
    only: Mapping[str, str] = field(default_factory=dict)
