"""A lake that cannot be used says what, where and what to do, and loses nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import obstore
import pytest
from tests.steps.feeds import GOOD, TICK, fetched, objects

from velib_insights.adapters.lake import Lake
from velib_insights.core.errors import LakeError, SettingsError
from velib_insights.steps.ingest import Network, store_fetch

KEY = "clean/ticks/date=2026-11-23/hour=08/part.parquet"


def test_a_missing_lake_is_not_made_by_looking(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="there is no lake at") as told:
        Lake.open(str(tmp_path / "nowhere"))
    assert "--lake" in told.value.hint
    assert not (tmp_path / "nowhere").exists()


def test_a_file_is_no_lake(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("x", "utf-8")
    for create in (False, True):
        with pytest.raises(LakeError, match="is a file, not a folder"):
            Lake.open(str(tmp_path / "lake"), create=create)


def test_a_lake_below_a_file_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    with pytest.raises(LakeError, match="cannot be opened"):
        Lake.open(str(tmp_path / "file" / "lake"), create=True)


@pytest.mark.parametrize("where", ["gs://bucket/lake", "http://example.org/lake", "memory://"])
def test_another_kind_of_address_is_no_lake(where: str) -> None:
    with pytest.raises(SettingsError, match="is not a lake address"):
        Lake.open(where, create=True)


def test_a_file_where_a_folder_should_be_is_named(lake: Lake) -> None:
    lake.put("clean/ticks", b"x")
    with pytest.raises(LakeError, match=r"hour=08/part\.parquet could not be written") as told:
        lake.put(KEY, b"x")
    assert told.value.hint
    assert lake.get("clean/ticks") == b"x"


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind root")
def test_a_read_only_folder_says_so(tmp_path: Path) -> None:
    lake = Lake.open(str(tmp_path / "lake"), create=True)
    lake.put("raw/x", b"x")
    (tmp_path / "lake").chmod(0o555)
    try:
        with pytest.raises(LakeError, match="could not be written") as told:
            lake.put(KEY, b"x")
        assert "no right" in told.value.hint
        assert lake.get("raw/x") == b"x"
    finally:
        (tmp_path / "lake").chmod(0o755)


FULL = """
import resource, signal, sys
from tests.steps.feeds import GOOD, TICK, fetched
from velib_insights.adapters.lake import Lake
from velib_insights.core.errors import LakeError
from velib_insights.steps.ingest import Network, store_fetch
lake = Lake.open(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
try:
    store_fetch(lake, fetched(GOOD), TICK, Network())
except LakeError as error:
    print(error.message)
    sys.exit(error.exit_code)
"""


def test_a_write_that_stops_half_way_leaves_no_part_and_the_next_one_goes_on(
    lake: Lake, tmp_path: Path
) -> None:
    """A limit on the size of files stops a write in its middle, as a full disk does."""
    lake.put("raw/before", b"x")
    project = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(lake.root)], cwd=project, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == LakeError.exit_code, done.stderr
    assert "20261123T0815Z.exports.json.gz could not be written" in done.stdout
    assert objects(lake) == {"raw/before": b"x"}
    assert store_fetch(lake, fetched(GOOD), TICK, Network()).outcome == "ok"
    assert len(objects(lake)) == 4  # what was there before, body, note and network.json


def test_a_service_without_conditional_writes_is_asked_before_it_is_written_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As S3 services answer that do not know the header If-None-Match."""
    really = obstore.put

    def put(*where: Any, mode: str = "overwrite", **how: Any) -> Any:
        if mode == "create":
            raise RuntimeError("Server returned 501: <Error><Code>NotImplemented</Code></Error>")
        return really(*where, **how)

    monkeypatch.setattr(obstore, "put", put)
    lake = Lake.in_memory()
    assert lake.put_if_absent(KEY, b"one")
    assert not lake.put_if_absent(KEY, b"other")
    assert lake.get(KEY) == b"one"


class _Full(Exception):
    """As obstore words a full disk."""


@pytest.mark.parametrize(
    ("cause", "hint"),
    [
        ("Generic LocalFileSystem error: No space left on device (os error 28)", "disk is full"),
        ("Generic LocalFileSystem error: Disk quota exceeded (os error 122)", "disk is full"),
        ("Generic LocalFileSystem error: PermissionDenied", "no right"),
        ("Generic LocalFileSystem error: Input/output error (os error 5)", "can be reached"),
    ],
)
def test_the_hint_follows_the_cause(lake: Lake, cause: str, hint: str) -> None:
    error = lake._error("written", KEY, _Full(cause))
    assert error.message.startswith(f"{lake.name}/{KEY} could not be written: ")
    assert hint in error.hint
