"""Doctor on the hours of a lake, through the command: copies, old versions and raw in the wrong folder are found."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest
from tests.steps.doctor.doctor_rounds import examined, wrong
from tests.steps.feeds import fetched, small_export

from velib_insights.adapters.lake import Lake
from velib_insights.adapters.parquet import from_parquet, to_parquet
from velib_insights.cli import main
from velib_insights.core import keys
from velib_insights.core.ticks.tick import Hour, Tick
from velib_insights.core.zones import Zones
from velib_insights.steps.catalog import catalog
from velib_insights.steps.clean import CLEAN_VERSION, WouldLose, clean, digest, hours_with_raw
from velib_insights.steps.doctor import Finding
from velib_insights.steps.ingest import Network, store_fetch
from velib_insights.steps.provenance import MADE_FROM

EIGHT, NINE = Hour.parse("2026-11-23", "08"), Hour.parse("2026-11-23", "09")
LONG_AGO = Hour.parse("2026-03-01", "08")
OBSERVATIONS = keys.clean_tier("velib")
QUARANTINE = keys.quarantine_tier("velib")


def fill(lake: Lake, *hours: Hour) -> None:
    """Four ticks an hour, one of them with a refused row, cleaned."""
    for hour in hours:
        for number in range(4):
            tick = Tick(hour.epoch + 900 * number)
            body = small_export(hour.epoch // 900 % 7 + number)
            store_fetch(lake, fetched({"exports": body}, tick.at + timedelta(seconds=4)), tick, Network())
        clean(lake, "velib", hour, Zones())


def stored_wrong(findings: list[Finding]) -> list[Finding]:
    """What is wrong with what is stored, whatever the rows say."""
    return [finding for finding in wrong(findings) if finding.area in ("clean", "raw")]


def told(lake: Lake, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What `velib doctor` finds wrong with the clean tables and the raw store."""
    with pytest.raises(SystemExit):
        main(["doctor", "--offline", "--json", "--lake", lake.name])
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["findings"]
    return [
        each
        for each in found
        if each["severity"] in ("error", "warning") and each["area"] in ("clean", "raw")
    ]


@pytest.mark.parametrize(
    ("tier", "hour"),
    [
        (keys.TICKS_TIER, NINE),
        (OBSERVATIONS, NINE),
        (QUARANTINE, NINE),
        (OBSERVATIONS, LONG_AGO),
        (QUARANTINE, LONG_AGO),
    ],
)
def test_the_file_of_an_hour_in_the_folder_of_another_is_found(
    lake: Lake, capsys: pytest.CaptureFixture[str], tier: str, hour: Hour
) -> None:
    fill(lake, LONG_AGO, EIGHT, NINE)
    assert told(lake, capsys) == []
    lake.put(keys.part_key(tier, hour), lake.get(keys.part_key(tier, EIGHT)) or b"")
    finding = next(each for each in told(lake, capsys) if "rows of another hour" in each["what"])
    assert finding["severity"] == "error"
    assert f"{keys.part_key(tier, hour)} (rows of 2026-11-23 08:00 UTC)" in finding["what"]
    assert f"`velib clean --since {hour.stamp} --until {hour.stamp} --again`" in finding["todo"]
    clean(lake, "velib", hour, Zones(), again=True)
    assert told(lake, capsys) == []


def test_a_copy_into_an_hour_without_raw_is_to_be_moved_out(lake: Lake) -> None:
    fill(lake, EIGHT, NINE)
    copy = keys.part_key(OBSERVATIONS, Hour.parse("2026-11-23", "11"))
    lake.put(copy, lake.get(keys.part_key(OBSERVATIONS, EIGHT)) or b"")
    finding = next(each for each in wrong(examined(lake)) if "rows of another hour" in each.what)
    assert finding.todo == f"No raw lies behind {copy}: move it out of the lake."


def test_raw_in_the_folder_of_another_hour_is_found(lake: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    fill(lake, EIGHT, NINE)
    name = "20261123T0815Z.exports.json.gz"
    body = lake.get(f"raw/source=velib/date=2026-11-23/hour=08/{name}") or b""
    lake.put(f"raw/source=velib/date=2026-11-23/hour=09/{name}", body)
    finding = next(each for each in told(lake, capsys) if each["area"] == "raw")
    assert finding["severity"] == "error"
    assert f"hour=09/{name}" in finding["what"]
    assert "Move them to the folders of their hours" in finding["todo"]


def test_a_compacted_day_that_holds_another_is_found(lake: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    fill(lake, LONG_AGO, Hour(LONG_AGO.epoch + 86_400), EIGHT)
    catalog(lake, "velib")
    assert told(lake, capsys) == []
    tier = keys.history_tier("velib")
    lake.put(keys.day_part_key(tier, "2026-03-02"), lake.get(keys.day_part_key(tier, "2026-03-01")) or b"")
    (finding,) = told(lake, capsys)
    assert "history/source=velib/date=2026-03-02/part.parquet (rows of 2026-03-01)" in finding["what"]


def as_of_version(lake: Lake, hour: Hour, version: str) -> None:
    """The hour's ledger as an earlier version of the rules left it."""
    entries = lake.entries(keys.hour_folder(keys.raw_tier("velib"), hour))
    ledger = keys.part_key(keys.TICKS_TIER, hour)
    table = from_parquet(lake.get(ledger) or b"", ledger)
    lake.put(ledger, to_parquet(table, {MADE_FROM: digest(entries, Zones(), version)}))


def test_hours_of_an_older_version_are_found_however_old_they_are(
    lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    before = str(int(CLEAN_VERSION) - 1)
    fill(lake, LONG_AGO, EIGHT, NINE)
    as_of_version(lake, LONG_AGO, before)
    as_of_version(lake, EIGHT, before)
    as_of_version(lake, NINE, "1")
    found = told(lake, capsys)
    assert [(each["severity"], each["what"]) for each in found] == [
        (
            "warning",
            "1 hour is made by version 1 of the cleaning rules, which are at version "
            f"{CLEAN_VERSION}: 2026-11-23 09:00 UTC.",
        ),
        (
            "warning",
            f"2 hours are made by version {before} of the cleaning rules, which are at version {CLEAN_VERSION}: "
            "2026-03-01 08:00 UTC, 2026-11-23 08:00 UTC.",
        ),
    ]
    assert found[1]["todo"] == "Run `velib clean --since 2026-03-01T08 --until 2026-11-23T08`."
    for hour in hours_with_raw(lake, "velib"):
        clean(lake, "velib", hour, Zones())
    assert told(lake, capsys) == []


def test_hours_whose_raw_has_partly_expired_are_to_be_kept(lake: Lake) -> None:
    fill(lake, LONG_AGO, EIGHT, NINE)
    for entry in lake.entries(keys.hour_folder(keys.raw_tier("velib"), LONG_AGO)):
        if "0815Z" in entry.key:
            lake.delete(entry.key)
    findings = examined(lake)
    assert stored_wrong(findings) == []
    (note,) = [each for each in findings if "more fetches than the raw store" in each.what]
    assert note.severity == "note"
    assert "2026-03-01 08:00 UTC" in note.what
    assert "would lose ticks" in note.todo


@pytest.mark.parametrize("version", [CLEAN_VERSION, "1"])
@pytest.mark.parametrize("gone", ["0815Z.", "0815Z.exports", "0815Z.fetch"])
def test_the_doctor_and_cleaning_agree_on_what_would_be_lost(lake: Lake, version: str, gone: str) -> None:
    """The doctor asks for `velib clean` where that makes the hour anew, and never where it refuses."""
    fill(lake, LONG_AGO, EIGHT, NINE)
    if version != CLEAN_VERSION:
        as_of_version(lake, LONG_AGO, version)
    for entry in lake.entries(keys.hour_folder(keys.raw_tier("velib"), LONG_AGO)):
        if gone in entry.key:
            lake.delete(entry.key)
    findings = [each for each in examined(lake) if each.area == "clean"]
    asks = [each for each in findings if each.is_wrong and "2026-03-01T08" in each.todo]
    try:
        clean(lake, "velib", LONG_AGO, Zones(), again=True)
    except WouldLose:
        assert asks == []
        assert any("more fetches than the raw store" in each.what for each in findings)
    else:
        assert len(asks) == 1


def test_columns_that_came_after_an_hour_are_no_fault_of_its_file(lake: Lake) -> None:
    """An hour of an older version lacks them; it is named once, as older."""
    fill(lake, EIGHT, NINE)
    key = keys.part_key(OBSERVATIONS, EIGHT)
    without = from_parquet(lake.get(key) or b"", key).drop_columns(["docks"])
    lake.put(key, to_parquet(without))
    (lacking,) = stored_wrong(examined(lake))
    assert "without docks" in lacking.what
    as_of_version(lake, EIGHT, str(int(CLEAN_VERSION) - 1))
    (older,) = stored_wrong(examined(lake))
    assert "cleaning rules" in older.what


def test_a_bucket_is_asked_for_ledgers_recent_files_and_likely_copies_only() -> None:
    lake = Lake.in_memory()
    fill(lake, LONG_AGO, Hour(LONG_AGO.epoch + 3600), EIGHT)
    key = keys.part_key(OBSERVATIONS, LONG_AGO)
    lake.put(key, b"not read")
    assert not [each for each in wrong(examined(lake)) if "cannot be read" in each.what]
    lake.put(key, lake.get(keys.part_key(OBSERVATIONS, EIGHT)) or b"")
    assert any(f"{key} (rows of 2026-11-23 08:00 UTC)" in each.what for each in wrong(examined(lake)))


def test_a_table_cast_to_other_units_is_read_as_its_hours(lake: Lake) -> None:
    """Instants are compared as instants, whatever unit a writer chose."""
    fill(lake, EIGHT, NINE)
    key = keys.part_key(OBSERVATIONS, EIGHT)
    table = from_parquet(lake.get(key) or b"", key)
    column = table.column_names.index("snapshot_at")
    other = table.set_column(column, "snapshot_at", table["snapshot_at"].cast(pa.timestamp("us")))
    lake.put(key, to_parquet(other))
    assert not [each for each in wrong(examined(lake)) if "another hour" in each.what]
