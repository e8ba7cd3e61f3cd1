"""Recordings of other people, named in their own ways, through `velib import`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.core.bodies import as_body, ods_row, stations, status_row
from tests.e2e.conftest import Velib, one_message

SQL = "SELECT snapshot_at FROM ticks ORDER BY snapshot_at"


def ticks(velib: Velib) -> list[Any]:
    return [row["snapshot_at"] for row in velib("query", SQL, "--json").json()]


def test_bodies_named_in_seconds_since_1970_are_a_tick_each(velib: Velib, tmp_path: Path) -> None:
    (tmp_path / "recorded").mkdir()
    for number, epoch in enumerate((1730793600, 1730794500)):
        body = stations([status_row(num_bikes_available=number)], last_updated=epoch)
        (tmp_path / "recorded" / f"station_status_{epoch}.json").write_bytes(body)
    assert velib("import", "recorded", "--source", "velib").code == 0
    assert ticks(velib) == ["2024-11-05T08:00:00Z", "2024-11-05T08:15:00Z"]


def test_a_name_in_local_time_is_asked_for_its_zone(velib: Velib, tmp_path: Path) -> None:
    (tmp_path / "recorded").mkdir()
    rows = [ods_row(str(code), duedate="2024-10-31T13:47:21+01:00") for code in range(16001, 16013)]
    (tmp_path / "recorded" / "velib_data_20241031_145001.json").write_bytes(as_body(rows))
    said = velib("import", "recorded", "--cadence", "5")
    one_message(said, 2, "velib_data_20241031_145001.json", "--name-timezone Europe/Paris")
    assert not (tmp_path / "lake").exists()
    assert velib("import", "recorded", "--cadence", "5", "--name-timezone", "Europe/Pari").code == 2
    assert velib("import", "recorded", "--cadence", "5", "--name-timezone", "Europe/Paris").code == 0
    assert ticks(velib) == ["2024-10-31T13:50:00Z"]
    (note,) = (tmp_path / "lake" / "raw").rglob("*.fetch.json")
    assert json.loads(note.read_text("utf-8"))["fetched_at"] == "2024-10-31T13:50:01Z"
