"""What a folder has been told to write is on the disk before it counts as written."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from velib_insights.adapters import durable_files
from velib_insights.adapters.lake import Lake

KEY = "raw/source=velib/date=2026-11-23/hour=08/20261123T0815Z.fetch.json"
Synced = list[tuple[Path, bool]]


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch, lake: Lake) -> Synced:
    """Each file or folder that was synced, and whether the object had its name by then."""
    seen: Synced = []
    really = os.fsync
    assert lake.root is not None
    place = lake.root / KEY

    def fsync(opened: int) -> None:
        seen.append((Path(f"/proc/self/fd/{opened}").readlink(), place.exists()))
        really(opened)

    monkeypatch.setattr(os, "fsync", fsync)
    return seen


@pytest.mark.parametrize("write", [Lake.put, Lake.put_if_absent])
def test_the_file_is_synced_before_it_has_its_name_and_every_folder_after(
    lake: Lake, synced: Synced, write: type
) -> None:
    write(lake, KEY, b"x" * 100_000)
    assert lake.root is not None
    (file, named), *folders = synced
    assert (file.parent, named) == ((lake.root / KEY).parent, False)
    changed = [lake.root, *(lake.root / parent for parent in list(Path(KEY).parents)[:-1])]
    assert {folder for folder, _ in folders} == set(changed)
    assert all(named for _, named in folders)
    assert not list(lake.partial_writes())


def test_a_name_that_is_taken_leaves_nothing_beside_it(lake: Lake) -> None:
    assert lake.put_if_absent(KEY, b"one")
    assert not lake.put_if_absent(KEY, b"other")
    assert lake.get(KEY) == b"one"
    assert not list(lake.partial_writes())


@pytest.mark.parametrize("refused", [errno.EPERM, errno.EOPNOTSUPP])
def test_without_hard_links_one_of_two_writers_wins_all_the_same(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, refused: int
) -> None:
    def link(*_: object) -> None:
        raise OSError(refused, "this file system has no links")

    monkeypatch.setattr(os, "link", link)
    assert lake.put_if_absent(KEY, b"one")
    assert not lake.put_if_absent(KEY, b"other")
    assert lake.get(KEY) == b"one"
    assert not list(lake.partial_writes())


def test_what_cannot_be_synced_does_not_count_as_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fsync(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match="Input/output"):
        durable_files.write(tmp_path / "x", b"x")
    assert not list(tmp_path.iterdir())
