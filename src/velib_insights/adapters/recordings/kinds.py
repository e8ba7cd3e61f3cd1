"""Recognise Parquet and CSV by the first bytes, and the delimiter and encoding of CSV."""

from __future__ import annotations

import csv

TABLE_HEAD = 65_536
"""Bytes of a file that are looked at."""

_DELIMITERS = (",", ";", "\t", "|")


def is_table(body: bytes) -> bool:
    """Whether a document is Parquet, or text with a header of three columns or more and a row below it."""
    return is_parquet(body) or delimiter(body[:TABLE_HEAD]) is not None


def is_parquet(body: bytes) -> bool:
    return body[:4] == b"PAR1"


def delimiter(head: bytes) -> str | None:
    """The delimiter of a CSV file, by its header and first row; None where it is none."""
    lines = _lines(head)
    if len(lines) < 2 or "\0" in lines[0] or lines[0].lstrip()[:1] in ("", "{", "[", "<", "#"):
        return None
    mark = max(_DELIMITERS, key=lines[0].count)
    columns = len(next(csv.reader([lines[0]], delimiter=mark)))
    return mark if columns >= 3 and len(next(csv.reader([lines[1]], delimiter=mark))) == columns else None


def header(head: bytes) -> list[str]:
    """The names of a CSV file's columns; one without a name or with that of another gets one of its own."""
    names: list[str] = []
    for place, name in enumerate(next(csv.reader(_lines(head)[:1], delimiter=delimiter(head) or ",")), 1):
        names.append(name.strip() if name.strip() and name.strip() not in names else f"column{place}")
    return names


def text_encoding(head: bytes) -> str:
    """utf-8, utf-16 or latin-1: by its mark, or by whether it can be UTF-8."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    try:
        head[: head.rfind(b"\n") + 1].decode()
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _lines(head: bytes) -> list[str]:
    encoding = text_encoding(head)
    return head.decode("utf-8-sig" if encoding == "utf-8" else encoding, "ignore").splitlines()
