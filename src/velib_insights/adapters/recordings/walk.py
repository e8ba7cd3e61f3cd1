"""Every document in a folder, a compressed file or an archive, however they lie in each other.

A file's first bytes decide what it is, not its name. Only one document is in memory at a time.
"""

from __future__ import annotations

import lzma
import os
import tarfile
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO, cast

from velib_insights.adapters.compression import CorruptBody, decompress
from velib_insights.adapters.recordings.kinds import TABLE_HEAD, is_table
from velib_insights.adapters.recordings.member import Member, Unreadable
from velib_insights.adapters.recordings.spool import Spool
from velib_insights.adapters.recordings.streams import Stream, opened

MOST_BYTES = 256 * 1024 * 1024
"""A document larger than this is no response of a feed."""

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_TAR_AT, _TAR = 257, b"ustar"
_SMALL = 8 * 1024 * 1024  # bytes: held in memory while it is looked at; what is larger is walked on disk
_DEEPEST = 8  # archives in archives
_DAMAGE = (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error, lzma.LZMAError)
"""What reading an archive raises where it is damaged, encrypted or packed in a way that is not known here."""

_HIDDEN = {"__MACOSX", ".git", ".hg", ".svn", ".ipynb_checkpoints"}


def walk(path: Path, spool: Spool) -> Iterator[Member]:
    """The documents under `path`, by name.

    A file of JSON lines is one document a line. Raises OSError for what cannot be opened at all; what cannot be read is
    a Member that says so.
    """
    walker = _Walker(spool)
    if path.is_dir():
        yield from walker.folder(path)
    else:
        yield from walker.file(path, path.name, 0)


class _Walker:
    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._zips = _OpenZips()
        self._recent: tuple[Path, bytes] | None = None

    def folder(self, root: Path) -> Iterator[Member]:
        root = root.resolve()
        failed: list[OSError] = []
        for folder, names, files in os.walk(root, onerror=failed.append):
            names[:] = sorted(name for name in names if name not in _HIDDEN)
            for name in sorted(files):
                if not name.startswith("._") and name != ".DS_Store":
                    path = Path(folder, name)
                    yield from self.file(path, path.relative_to(root.parent).as_posix(), 0)
        for error in failed:
            yield _unreadable(_shown(error.filename, root), error.strerror or str(error))

    def file(self, path: Path, shown: str, depth: int) -> Iterator[Member]:
        if not path.is_file():
            yield _unreadable(shown, "it is no regular file")
            return
        try:
            with path.open("rb") as file:
                head = file.read(4)
            if head in _ZIP:
                yield from self._zip(path, shown, depth)
                return
            if path.stat().st_size <= _SMALL:
                body = _read(path)
                if _is_plain_document(body):
                    self._recent = (path, body)
                    yield Member(shown, partial(self._read, path))
                    return
            with opened(path) as stream:
                start = stream.peek(TABLE_HEAD)
                if start[_TAR_AT : _TAR_AT + 5] == _TAR:
                    yield from self._tar(stream, shown, depth)
                elif is_table(start):
                    place = path if stream.is_plain else self._unpacked(stream)
                    yield Member(shown, partial(_read, place), on_disk=place)
                elif not _is_lines(stream):
                    yield Member(shown, partial(self._read, path))
                else:
                    yield from self._lines(path, stream, shown)
        except (OSError, EOFError, ValueError, tarfile.TarError, Unreadable) as error:
            yield _unreadable(shown, str(error))

    def _unpacked(self, stream: Stream) -> Path:
        place = self._spool.new_file()
        with place.open("wb") as copy:
            while chunk := stream.read(1 << 20):
                copy.write(chunk)
        return place

    def _read(self, path: Path) -> bytes:
        """The document just found is asked for at once, and later again."""
        recent, self._recent = self._recent, None
        return recent[1] if recent is not None and recent[0] == path else _read(path)

    def _lines(self, path: Path, stream: Stream, shown: str) -> Iterator[Member]:
        at = 0
        for number, line in enumerate(stream.lines(MOST_BYTES), 1):
            size = len(line)
            body = line.strip()
            if body:
                name = f"{shown}:{number}"
                if stream.is_plain:
                    yield Member(name, _part_of(path, at, size))
                else:
                    yield Member(name, self._spool.keep(body))
            at += size

    def _zip(self, path: Path, shown: str, depth: int) -> Iterator[Member]:
        try:
            entries = self._zips.of(path).infolist()
        except _DAMAGE as error:
            yield _unreadable(shown, f"the zip archive is damaged: {error}")
            return
        for entry in sorted(entries, key=lambda entry: entry.filename):
            parts = entry.filename.split("/")
            if entry.is_dir() or _HIDDEN.intersection(parts) or parts[-1].startswith("._"):
                continue
            name = f"{shown}/{entry.filename}"
            yield from self._inside(name, _from_zip(self._zips, path, entry.filename), depth, again=True)

    def _tar(self, stream: Stream, shown: str, depth: int) -> Iterator[Member]:
        with tarfile.open(fileobj=cast("BinaryIO", stream), mode="r|") as archive:
            for entry in archive:
                archive.members = []  # type: ignore[attr-defined] # or it remembers every entry of a long stream
                parts = entry.name.split("/")
                if not entry.isfile() or _HIDDEN.intersection(parts) or parts[-1].startswith("._"):
                    continue
                name = f"{shown}/{entry.name.removeprefix('./')}"
                try:
                    yield from self._inside(name, partial(_extracted, archive, entry), depth, again=False)
                except (OSError, EOFError, tarfile.TarError) as error:
                    yield _unreadable(name, str(error))
                    return

    def _inside(
        self, name: str, open_it: Callable[[], IO[bytes]], depth: int, *, again: bool
    ) -> Iterator[Member]:
        """A document of an archive; one that is an archive or lines itself is put on disk and walked there.

        `again` says that `open_it` may be called again.
        """
        try:
            with open_it() as file:
                body = file.read(_SMALL + 1)
                if len(body) <= _SMALL and _is_plain_document(body):
                    yield Member(name, _reading(open_it) if again else self._spool.keep(body))
                    return
                if depth >= _DEEPEST:
                    yield _unreadable(name, f"it lies in more than {_DEEPEST} archives")
                    return
                place = self._spool.new_file()
                with place.open("wb") as copy:
                    copy.write(body)
                    while chunk := file.read(1 << 20):
                        copy.write(chunk)
        except _DAMAGE as error:
            yield _unreadable(name, str(error))
            return
        yield from self.file(place, name, depth + 1)


def _shown(folder: object, root: Path) -> str:
    return f"{Path(str(folder)).relative_to(root.parent).as_posix()}/"


class _OpenZips:
    """The archives that were read last, so that a folder of many does not run out of file handles."""

    def __init__(self, most: int = 8) -> None:
        self._open: OrderedDict[Path, zipfile.ZipFile] = OrderedDict()
        self._most = most

    def of(self, path: Path) -> zipfile.ZipFile:
        if path not in self._open:
            self._open[path] = zipfile.ZipFile(path)
            if len(self._open) > self._most:
                self._open.popitem(last=False)[1].close()
        self._open.move_to_end(path)
        return self._open[path]


def _from_zip(zips: _OpenZips, path: Path, name: str) -> Callable[[], IO[bytes]]:
    return lambda: zips.of(path).open(name)


def _extracted(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> IO[bytes]:
    file = archive.extractfile(entry)
    if file is None:
        raise tarfile.ReadError("it is no regular file")
    return file


def _reading(open_it: Callable[[], IO[bytes]]) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with open_it() as file:
                return file.read()
        except _DAMAGE as error:
            raise Unreadable(str(error)) from error

    return read


def _is_plain_document(body: bytes) -> bool:
    """Whether it is neither compressed, nor an archive, nor JSON lines."""
    if body[:4] in _ZIP or body[_TAR_AT : _TAR_AT + 5] == _TAR:
        return False
    with Stream.of_bytes(body) as stream:
        return stream.is_plain and not _is_lines(stream)


def _is_lines(stream: Stream) -> bool:
    """Whether each line is a document of its own: the first one is whole, and there is a second."""
    return stream.peek(1024).lstrip()[:1] in (b"{", b"[") and stream.has_json_lines(MOST_BYTES)


def _part_of(path: Path, at: int, size: int) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with path.open("rb") as file:
                file.seek(at)
                return file.read(size).strip()
        except OSError as error:
            raise Unreadable(str(error)) from error

    return read


def _read(path: Path) -> bytes:
    """Decompressed; of a file that is cut or damaged what can still be read of it. Raises Unreadable."""
    try:
        whole = path.read_bytes() if path.stat().st_size <= _SMALL else None
        if whole is not None and whole[:2] == b"\x1f\x8b":
            with suppress(CorruptBody):
                return decompress(whole)  # the fast way
        with opened(path) if whole is None else Stream.of_bytes(whole) as stream:
            body = stream.read_to_end(MOST_BYTES + 1)
            damage = stream.damage
    except OSError as error:
        raise Unreadable(str(error)) from error
    if damage and not body:
        raise Unreadable(f"nothing of it can be decompressed: {damage}")
    if len(body) > MOST_BYTES:
        raise Unreadable(f"it holds more than {MOST_BYTES:,} bytes")
    return body


def _unreadable(shown: str, reason: str) -> Member:
    def read() -> bytes:
        raise Unreadable(reason)

    return Member(shown, read)
