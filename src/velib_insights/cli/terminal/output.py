"""Where an answer goes and in which format: a file by its name, compressed where it ends in .gz, or standard output."""

from __future__ import annotations

import gzip
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from velib_insights.core.errors import LakeError, SettingsError

STANDARD_OUTPUT = Path("-")
_GZIP = ".gz"
_NOT_COMPRESSED = ("parquet",)  # compressed by itself


def chosen_format(
    asked: str | None, output: Path | None, endings: Mapping[str, str], default: str, unnamed: str
) -> str:
    """`asked`, else by the ending of the file's name, else `default`; `unnamed` for a file without an ending.

    `endings` leads from ending to format. Raises SettingsError for an ending of no format, or of another than asked.
    """
    if output is None or is_standard_output(output):
        return asked or default
    name = output.name.lower()
    is_compressed = name.endswith(_GZIP)
    ending = (
        name.removesuffix(_GZIP).rpartition(".")[2] if "." in name.removesuffix(_GZIP).lstrip(".") else ""
    )
    by_name = endings.get(ending)
    if asked is None and by_name is None and ending:
        known = ", ".join(f".{each}" for each in endings)
        raise SettingsError(
            f"--output {output} ends in .{ending}, which is no format that can be written",
            hint=f"Endings: {known}, each also with .gz but for .parquet. Or name a format with --format.",
        )
    if asked is not None and by_name not in (None, asked):
        raise SettingsError(
            f"--format is {asked}, and --output {output} is named as {by_name}",
            hint="Leave one of the two out.",
        )
    chosen = asked or by_name or unnamed
    if is_compressed and chosen in _NOT_COMPRESSED:
        raise SettingsError(
            f"--output {output}: {chosen} is compressed by itself",
            hint=f"Name the file {output.with_suffix('')}.",
        )
    return chosen


def is_standard_output(output: Path | None) -> bool:
    return output is None or output == STANDARD_OUTPUT


def write(body: bytes, output: Path | None) -> None:
    """To standard output, or to the file whole or not at all. Raises LakeError for a file that cannot be written."""
    if output is None or is_standard_output(output):
        sys.stdout.flush()
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
        return
    if output.suffix.lower() == _GZIP:
        body = gzip.compress(body, mtime=0)
    try:
        _write_file(body, output)
    except OSError as error:
        raise LakeError(
            f"{output} cannot be written: {error.strerror}", hint="Check the folder and the disk."
        ) from error


def _write_file(body: bytes, output: Path) -> None:
    target = output.resolve()
    if target.exists() and not target.is_file():  # a device, a pipe, a folder
        target.write_bytes(body)
        return
    staged = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        staged.write_bytes(body)
        staged.replace(target)
    except OSError:
        staged.unlink(missing_ok=True)
        raise
