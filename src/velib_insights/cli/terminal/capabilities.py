"""What a terminal can take: no control characters from a feed, any encoding, the width that there is."""

from __future__ import annotations

import codecs
import io
import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from velib_insights.core.printable import BEYOND_ASCII

if TYPE_CHECKING:
    from rich.console import Console

_PIPE_WIDTH = 140  # of what is drawn into a file or a pipe
_PLAIN = {"–": "-", "—": "-", "…": "...", "→": "->", "·": ".", "’": "'", "×": "x", "€": "EUR"}
_PLAIN |= {"\N{MINUS SIGN}": "-", **dict(zip("▁▂▃▄▅▆▇█", "._-=+*%#", strict=True))}
_TO_PLAIN = "velib-insights.plain"


def json_text(text: str, *, ascii_only: bool = False) -> str:
    """JSON with control characters inside its strings as escapes, which read back as they were."""
    text = text.translate({code: f"\\u{code:04x}" for code in BEYOND_ASCII})
    return text if not ascii_only else "".join(c if c.isascii() else _json_escape(c) for c in text)


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def speaks_utf8() -> bool:
    """Whether standard output takes any character."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return codecs.lookup(encoding).name.startswith("utf")


def prepare_streams() -> None:
    """Characters that an ASCII or Latin-1 terminal lacks are written without their accents, or as `?`."""
    codecs.register_error(_TO_PLAIN, _in_plain)
    if isinstance(sys.stdout, io.TextIOWrapper) and isinstance(sys.stdout.buffer, io.RawIOBase):
        # PYTHONUNBUFFERED: what a write to a pipe does not take at once would be lost without an error.
        kept = sys.stdout
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(kept.buffer), kept.encoding, kept.errors, line_buffering=True
        )
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and not codecs.lookup(stream.encoding).name.startswith("utf"):
            stream.reconfigure(errors=_TO_PLAIN)


def _in_plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    plain = (_PLAIN.get(c) or unicodedata.normalize("NFKD", c) for c in lacking)
    text = "".join("".join(c for c in each if c.isascii()) or "?" for each in plain)
    return text, error.end


def width(widest: int | None = None, piped: int = _PIPE_WIDTH) -> int:
    """Columns to draw in: `COLUMNS` if it is set, else those of the terminal, else `piped` for a file or a pipe."""
    from rich.console import Console

    asked = os.environ.get("COLUMNS", "")
    of_screen = Console().width if sys.stdout.isatty() else piped
    found = int(asked) if asked.isdigit() and int(asked) > 0 else of_screen
    return min(found, widest) if widest else found


@contextmanager
def drawing(columns: int | None = None) -> Iterator[Console]:
    """A console whose drawing is written to standard output at the end, all at once.

    Rich would end the process with exit code 1 where the reader has left; written here, it is 141 as ever.
    """
    from rich.console import Console

    console = Console(width=columns or width(), highlight=False, markup=False, emoji=False)
    with console.capture() as drawn:
        yield console
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in drawn.get().splitlines()))
