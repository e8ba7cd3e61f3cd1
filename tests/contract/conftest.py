"""The lakes that pass one suite: a folder, memory, and S3 where moto can play it."""

from __future__ import annotations

from pathlib import Path

import pytest

from velib_insights.adapters.lake import Lake


@pytest.fixture(params=["folder", "memory", "s3"])
def any_lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    if request.param == "folder":
        return Lake.open(str(tmp_path / "a lake"), create=True)
    if request.param == "memory":
        return Lake.in_memory()
    lake: Lake = request.getfixturevalue("s3_lake")
    return lake
