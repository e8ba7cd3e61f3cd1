"""Doctor on the lake: each fault planted in a lake made by the real steps is named, with what to do."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from tests.steps.doctor.doctor_rounds import examined, only_wrong, wrong
from tests.steps.feeds import fetched, small_export

from velib_insights.adapters.duckdb_engine import DuckDbEngine
from velib_insights.adapters.lake import Lake
from velib_insights.adapters.parquet import to_parquet
from velib_insights.core.ticks.tick import Hour, Tick
from velib_insights.core.zones import Zones
from velib_insights.steps.catalog import catalog
from velib_insights.steps.clean import clean
from velib_insights.steps.doctor import Checkup, Expected, Finding, examine_lake
from velib_insights.steps.doctor.finding import duration, volume
from velib_insights.steps.doctor.lake.storage import PROBE_KEY
from velib_insights.steps.ingest import Network, store_fetch
from velib_insights.steps.network import remember
from velib_insights.steps.rollup import rollup

FIRST = Tick.parse("20261123T0800Z")
HOUR = FIRST.hour
LEDGER = "clean/ticks/date=2026-11-23/hour=08/part.parquet"
OBSERVED = "clean/source=velib/date=2026-11-23/hour=08/part.parquet"
RAW = "raw/source=velib/date=2026-11-23/hour=08"


def fill(lake: Lake, ticks: int = 8) -> None:
    """Two hours of a small, sound network, cleaned."""
    for number in range(ticks):
        tick = Tick(FIRST.epoch + 900 * number)
        body = small_export(3 * number + 1)  # not a multiple of three: every row is good
        store_fetch(lake, fetched({"exports": body}, tick.at + timedelta(seconds=4)), tick, Network())
    for hour in sorted({Tick(FIRST.epoch + 900 * number).hour for number in range(ticks)}):
        clean(lake, "velib", hour, Zones())


def test_nothing_is_wrong_with_a_sound_lake_and_nothing_in_it_is_changed(lake: Lake) -> None:
    fill(lake)
    before = [(entry.key, entry.version) for entry in lake.entries("")]
    findings = examined(lake)
    assert wrong(findings) == []
    said = " ".join(finding.what for finding in findings)
    assert "8 of 8 ticks observed (100.0 %)" in said
    assert "8 fetches are kept; 8 notes read, no body missing." in said
    assert "2 hours cleaned; all compared with the raw store and current." in said
    assert "4 Parquet files read: all follow the catalogue." in said
    assert "The latest observed tick is 2026-11-23 09:45 UTC, 15 min ago." in said
    assert [(entry.key, entry.version) for entry in lake.entries("")] == before
    assert lake.get(PROBE_KEY) is None
    assert lake.root is not None
    assert not (lake.root / "site").exists()


def test_an_empty_lake_is_told_how_to_fill_it(lake: Lake) -> None:
    findings = examined(lake)
    assert wrong(findings) == []
    (note,) = [finding for finding in findings if finding.area == "data"]
    assert note.what == "The lake holds no cleaned data yet."
    assert "velib run" in note.todo


def test_a_lake_that_cannot_be_written_is_an_error_and_the_rest_is_still_looked_at(lake: Lake) -> None:
    fill(lake)
    assert lake.root is not None
    (lake.root / "site").write_text("a file where the folder should be")
    findings = examined(lake)
    errors = [finding for finding in findings if finding.severity == "error"]
    assert [finding.area for finding in errors] == ["lake"]
    assert PROBE_KEY in errors[0].what
    assert errors[0].todo
    assert any("8 of 8 ticks observed" in finding.what for finding in findings)


def test_objects_outside_the_grammar_are_named_at_most_ten_and_counted(lake: Lake) -> None:
    fill(lake)
    for key in ("notes.txt", "raw/source=velib/date=2026-11-23/hour=08/draft.json", "clean/source=Velib/x"):
        lake.put(key, b"x")
    finding = next(f for f in wrong(examined(lake)) if "grammar" in f.what)
    assert finding.severity == "warning"
    assert finding.what.startswith("3 objects do not follow the grammar of keys: clean/source=Velib/x, ")
    assert "docs/reference/lake.md" in finding.todo
    for number in range(20):
        lake.put(f"old/{number:02d}.csv", b"x")
    finding = next(f for f in wrong(examined(lake)) if "grammar" in f.what)
    assert finding.what.endswith("and 13 more.")
    assert finding.figures["count"] == 23
    assert len(finding.figures["keys"]) == 10


def test_half_written_files_are_named_and_fix_removes_those_that_no_writer_has_open(lake: Lake) -> None:
    fill(lake)
    assert lake.root is not None
    old, new = lake.root / f"{OBSERVED}#1", lake.root / f"{LEDGER}#2"
    for path in (old, new):
        path.write_bytes(b"half")
    crash = datetime(2026, 11, 23, 9, 50, tzinfo=UTC).timestamp()
    os.utime(old, (crash, crash))
    just_now = datetime(2026, 11, 23, 9, 59, 50, tzinfo=UTC).timestamp()
    os.utime(new, (just_now, just_now))
    finding = only_wrong(examined(lake))
    assert finding.what == f"1 half-written file of 4 bytes left by a crash: {OBSERVED}#1."
    assert "--fix" in finding.todo
    assert old.exists()
    findings = examined(lake, fix=True)
    assert wrong(findings) == []
    assert any(finding.what.startswith("Removed 1 half-written file") for finding in findings)
    assert not old.exists()
    assert new.exists()


def test_a_second_source_is_named_and_the_first_still_examined(lake: Lake) -> None:
    fill(lake)
    tick = Tick(FIRST.epoch)
    store_fetch(lake, fetched({"exports": small_export(1)}, tick.at), tick, Network("lyon"))
    findings = examined(lake)
    finding = only_wrong(findings)
    assert finding.severity == "error"
    assert "2 sources: lyon, velib" in finding.what
    assert "raw/source=lyon/" in finding.todo
    assert any("8 of 8 ticks observed" in finding.what for finding in findings)


def test_a_source_given_that_the_lake_does_not_hold(lake: Lake) -> None:
    fill(lake)
    finding = only_wrong(examined(lake, source="lyon", given=frozenset({"source"})))
    assert "'lyon'" in finding.what
    assert "'velib'" in finding.what


@pytest.mark.parametrize("key", [LEDGER, OBSERVED])
@pytest.mark.parametrize("body", [b"", b"no Parquet"])
def test_a_file_that_is_no_parquet_is_named_with_the_command_that_repairs_it(
    lake: Lake, key: str, body: bytes
) -> None:
    fill(lake)
    lake.put(key, body)
    findings = wrong(examined(lake))
    broken = next(finding for finding in findings if "cannot be read" in finding.what)
    assert broken.severity == "error"
    assert key in broken.what
    assert "`velib clean --since 2026-11-23T08 --until 2026-11-23T08 --again`" in broken.todo
    clean(lake, "velib", HOUR, Zones(), again=True)
    assert wrong(examined(lake)) == []


def test_columns_other_than_the_catalogue_says(lake: Lake) -> None:
    fill(lake)
    from velib_insights.adapters.parquet import from_parquet

    table = from_parquet(lake.get(OBSERVED) or b"", OBSERVED)
    bikes = table.column_names.index("bikes")
    changed = table.set_column(bikes, "bikes", table["bikes"].cast(pa.int64())).drop_columns(["docks"])
    lake.put(OBSERVED, to_parquet(changed.append_column("mood", pa.array(["fine"] * len(table)))))
    finding = only_wrong(examined(lake))
    assert finding.severity == "error"
    assert "without docks; with mood besides; bikes is int64, not int32" in finding.what


def test_hours_not_cleaned_and_hours_made_from_other_raw(lake: Lake) -> None:
    fill(lake)
    late = Tick(FIRST.epoch + 900)
    store_fetch(
        lake, fetched({"exports": small_export(50)}, late.at + timedelta(seconds=90)), late, Network()
    )
    next_hour = Tick.parse("20261123T1000Z")
    store_fetch(lake, fetched({"exports": small_export(51)}, next_hour.at), next_hour, Network())
    found = wrong(examined(lake))
    assert [finding.what for finding in found] == [
        "1 hour is not cleaned yet: 2026-11-23 10:00 UTC.",
        "1 hour is made from other raw or zones than lie there: 2026-11-23 08:00 UTC.",
    ]
    assert found[0].todo == "Run `velib clean --since 2026-11-23T10 --until 2026-11-23T10`."
    for hour in (HOUR, next_hour.hour):
        clean(lake, "velib", hour, Zones())
    assert wrong(examined(lake)) == []


def test_observations_that_the_ledger_tells_of_and_that_are_gone(lake: Lake) -> None:
    fill(lake)
    lake.delete(OBSERVED)
    finding = only_wrong(examined(lake))
    assert finding.what == "The observations of 1 hour are gone, 48 rows by the ledger: 2026-11-23 08:00 UTC."
    assert "--again" in finding.todo


def test_a_body_gone_is_an_error_and_a_note_gone_is_none(lake: Lake) -> None:
    fill(lake)
    lake.delete(f"{RAW}/20261123T0815Z.exports.json.gz")
    lake.delete(f"{RAW}/20261123T0830Z.fetch.json")
    clean(lake, "velib", HOUR, Zones())
    findings = examined(lake)
    raw = {finding.severity: finding for finding in findings if finding.area == "raw"}
    assert (
        f"1 body that a note tells of is missing: {RAW}/20261123T0815Z.exports.json.gz." in raw["error"].what
    )
    assert "backup" in raw["error"].todo
    assert raw["note"].figures["fetches"] == ["20261123T0830Z"]
    assert "Nothing to do" in raw["note"].todo


def test_raw_objects_that_are_empty_or_no_note(lake: Lake) -> None:
    fill(lake)
    lake.put(f"{RAW}/20261123T0815Z.exports.json.gz", b"")
    lake.put(f"{RAW}/20261123T0830Z.fetch.json", b"{")
    clean(lake, "velib", HOUR, Zones())
    said = [finding.what for finding in wrong(examined(lake)) if finding.area == "raw"]
    assert said == [
        f"1 raw object is empty: {RAW}/20261123T0815Z.exports.json.gz.",
        f"1 fetch note cannot be read: {RAW}/20261123T0830Z.fetch.json.",
    ]


def test_clean_hours_whose_raw_is_gone_are_told(lake: Lake) -> None:
    fill(lake)
    for entry in lake.entries(RAW):
        lake.delete(entry.key)
    findings = examined(lake)
    assert wrong(findings) == []
    assert any("1 hour is clean whose raw is gone: 2026-11-23 08:00 UTC." in f.what for f in findings)


def test_a_closed_day_is_named_until_it_is_compacted(lake: Lake) -> None:
    fill(lake)
    tomorrow = Tick.parse("20261124T0000Z")
    store_fetch(lake, fetched({"exports": small_export(7)}, tomorrow.at), tomorrow, Network())
    clean(lake, "velib", tomorrow.hour, Zones())
    closed = [f for f in examined(lake) if "not compacted" in f.what]
    assert [(f.severity, f.figures["dates"]) for f in closed] == [("note", ["2026-11-23"])]
    assert "velib catalog" in closed[0].todo
    catalog(lake, "velib")
    assert not any("not compacted" in finding.what for finding in examined(lake))


def test_a_closed_day_is_named_until_it_is_rolled_up(lake: Lake) -> None:
    fill(lake)
    remember(lake, Network())
    tomorrow = Tick.parse("20261124T0200Z")
    store_fetch(lake, fetched({"exports": small_export(7)}, tomorrow.at), tomorrow, Network())
    clean(lake, "velib", tomorrow.hour, Zones())
    due = [f for f in examined(lake, now=tomorrow.at) if "not rolled up" in f.what]
    assert [(f.severity, f.figures["dates"]) for f in due] == [("note", ["2026-11-23"])]
    assert "velib rollup" in due[0].todo
    rollup(lake, "velib", "Europe/Paris")
    findings = examined(lake, now=tomorrow.at)
    assert not any(
        "not rolled up" in finding.what or "not follow the grammar" in finding.what for finding in findings
    )


def test_growth_and_free_space(lake: Lake) -> None:
    fill(lake)
    size = sum(entry.size for entry in lake.entries(""))
    finding = next(f for f in examined(lake) if "weighs" in f.what)
    assert finding.figures["bytes"] == size
    hours = sum(entry.size for entry in lake.entries("") if entry.key != "network.json")
    assert finding.figures["bytes_a_day"] == 12 * hours  # two hours of it are there
    assert finding.figures["bytes_free"] > 0


def test_files_of_older_hours_are_read_too(lake: Lake) -> None:
    fill(lake)
    old = Hour.parse("2026-11-01", "08")
    tick = Tick(old.epoch)
    store_fetch(lake, fetched({"exports": small_export(1)}, tick.at), tick, Network())
    clean(lake, "velib", old, Zones())
    assert not [finding for finding in wrong(examined(lake)) if "cannot be read" in finding.what]
    lake.put("clean/source=velib/date=2026-11-01/hour=08/part.parquet", b"no Parquet")
    (finding,) = [finding for finding in wrong(examined(lake)) if "cannot be read" in finding.what]
    assert "date=2026-11-01/hour=08/part.parquet (" in finding.what


def test_a_check_that_breaks_is_a_finding_and_the_next_one_is_made() -> None:
    told: list[str] = []
    checkup = Checkup(told.append)
    checkup.check("data", "the sums", lambda: [Finding("ok", "data", str(1 / int("0")))])
    checkup.check("lake", "the disk", lambda: [Finding("ok", "lake", "It turns.")])
    first, second = checkup.findings()
    assert first.severity == "error"
    assert first.what == "the sums could not be looked at: ZeroDivisionError: division by zero"
    assert "report" in first.todo
    assert second.what == "It turns."
    assert told == ["the sums", "the disk"]


def test_zones_that_cannot_be_read_leave_the_other_checks_alone(lake: Lake, tmp_path: Path) -> None:
    from velib_insights import wiring

    fill(lake)
    lake.put("reference/zones/communes.geojson", b"<html>")
    checkup = Checkup()
    examine_lake(
        checkup,
        lake,
        Expected("velib", 900),
        lambda _: wiring.zones_of(lake, "velib"),
        lambda part: DuckDbEngine(part, "velib"),
        datetime(2026, 11, 23, 10, 0, tzinfo=UTC),
    )
    finding = only_wrong(checkup.findings())
    assert "reference/zones/communes.geojson is not JSON" in finding.what
    assert "velib zones" in finding.todo


def test_durations_and_volumes_read_as_a_person_writes_them() -> None:
    assert [duration(s) for s in (40, 900, 3600, 11_700, 172_800)] == [
        "40 s",
        "15 min",
        "1 h",
        "3 h 15 min",
        "2 d",
    ]
    assert [volume(size) for size in (12, 1_500, 2_530_000, 81_500_000_000)] == [
        "12 bytes",
        "1.5 kB",
        "2.53 MB",
        "81.5 GB",
    ]
