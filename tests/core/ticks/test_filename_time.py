"""The time in the name of a recorded file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from velib_insights.core.ticks.filename_time import in_zone, time_in_name, time_in_path

AT = datetime(2024, 11, 5, 7, 55, 1, tzinfo=UTC)
MINUTE = AT.replace(second=0)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("2024-11-05T075501Z.json.gz", AT),
        ("2024-11-05T07:55:01Z.station_status.json", AT),
        ("2024-11-05T07-55-01Z.json", AT),
        ("2024-11-05_07_55_01Z.json", AT),
        ("20241105T075501Z.exports.json.gz", AT),
        ("status-2024-11-05T07:55:01.123456Z.json", AT),
        ("2024-11-05T08:55:01+01:00.json", AT),
        ("2024-11-05T025501-0500.json", AT),
        ("2024-11-05 07:55Z.json", MINUTE),
        ("station_status_1730793301.json", AT),
        ("station_status_1730793301987.json", AT),
        ("velib_data_20241105_075501.json", AT.replace(tzinfo=None)),
        ("station_status_20241105075501.json", AT.replace(tzinfo=None)),
        ("202411050755.json", MINUTE.replace(tzinfo=None)),
        ("v2_1_exports-20241105-075501.json", AT.replace(tzinfo=None)),
        ("2026-11-31T256199Z.json", None),
        ("station_status.json", None),
        ("export-42.json", None),
        ("2024-11-05.json", None),
        ("12345678901234567890.json", None),
    ],
)
def test_a_time_is_read_as_it_is_spelt(name: str, expected: datetime | None) -> None:
    found = time_in_name(name)
    assert found == expected
    assert found is None or (found.tzinfo is None) == (expected is not None and expected.tzinfo is None)


def test_a_time_without_an_offset_is_on_the_clocks_of_its_zone() -> None:
    paris = ZoneInfo("Europe/Paris")
    assert in_zone(datetime(2024, 10, 31, 14, 50, 1), paris).isoformat() == "2024-10-31T13:50:01+00:00"  # noqa: DTZ001
    assert in_zone(datetime(2024, 7, 1, 14, 50), paris).isoformat() == "2024-07-01T12:50:00+00:00"  # noqa: DTZ001


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("backup/2024-11-05T075501Z.json.gz", AT),
        ("backup/2024-11-05/075501Z.json", AT),
        ("backup/2024/11/05/07-55-01.json", AT.replace(tzinfo=None)),
        ("date=2024-11-05/hour=07/5501.json", AT.replace(tzinfo=None)),
        ("2024-11-05/07h/55.json", MINUTE.replace(tzinfo=None)),
        ("2024-11-05/status_0755.json", MINUTE.replace(tzinfo=None)),
        ("2024-11-05T07%3A55%3A01Z.json", AT),
        ("2024-11-05T07_55_01+01_00.json", AT - timedelta(hours=1)),
        ("2024-11-05_07.55.01.json", AT.replace(tzinfo=None)),
        ("2024-11-05 07h55.json", MINUTE.replace(tzinfo=None)),
        ("2024_11_05_07_55_01.json", AT.replace(tzinfo=None)),
        ("gbfs_2025-10-18/station_status.json.gz", None),
        ("2024-11-05/16001.json", None),
        ("16107/status.json", None),
    ],
)
def test_a_date_may_be_in_the_folders_and_the_time_in_the_name(path: str, expected: datetime | None) -> None:
    found = time_in_path(path)
    assert found == expected
    assert found is None or (found.tzinfo is None) == (expected is not None and expected.tzinfo is None)
