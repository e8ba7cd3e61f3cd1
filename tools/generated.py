"""Files that are generated from the code: written, or with `--check` only compared."""

from __future__ import annotations

import sys
from pathlib import Path


def write_or_check(file: Path, wanted: str) -> int:
    """The exit code of the command: 1 where `--check` was given and the file is not what it would be."""
    if sys.argv[1:] == ["--check"]:
        if not file.is_file() or file.read_text("utf-8") != wanted:
            print(f"{file.name} is stale: run `just docs`", file=sys.stderr)  # noqa: T201
            return 1
        return 0
    file.write_text(wanted, "utf-8")
    return 0
