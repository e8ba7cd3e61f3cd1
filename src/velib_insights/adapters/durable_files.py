"""Objects written to a folder: whole or not at all, and on the disk before they count as written."""

from __future__ import annotations

import errno
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NO_HARD_LINKS = {errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.EMLINK}


def write(path: Path, body: bytes) -> None:
    """Write or replace the file; a reader sees the old one or the new one. Raises OSError."""
    with _written_beside(path, body) as half:
        half.replace(path)


def write_new(path: Path, body: bytes) -> bool:
    """Write the file unless there is one; whether it was written. Of two writers one wins. Raises OSError."""
    with _written_beside(path, body) as half:
        try:
            os.link(half, path)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS:
                raise
            return _taken_without_links(half, path)
    return True


def _taken_without_links(half: Path, path: Path) -> bool:
    """As on exFAT: the name is taken by an empty file, which the whole one then replaces."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return False
    half.replace(path)
    return True


@contextmanager
def _written_beside(path: Path, body: bytes) -> Iterator[Path]:
    """A file in the same folder that holds the body, on the disk; the folder follows once it has its name."""
    made = _made_folders(path.parent)
    half = path.with_name(f"{path.name}#{uuid.uuid4().int}")  # as Lake.partial_writes knows it
    try:
        with half.open("xb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        yield half
    finally:
        half.unlink(missing_ok=True)
    for folder in (path.parent, *made):
        _sync_folder(folder)


def _made_folders(folder: Path) -> list[Path]:
    """Makes the folder; those whose list of names has changed by it."""
    changed = []
    at = folder
    while not at.exists():
        at = at.parent
        changed.append(at)
    folder.mkdir(parents=True, exist_ok=True)
    return changed


def _sync_folder(folder: Path) -> None:
    if not hasattr(os, "O_DIRECTORY"):  # Windows opens no folders, and writes their names through
        return
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # a file system that cannot
            raise
    finally:
        os.close(opened)
