"""Doctor on the last seven days: each fault of a feed or a collector is counted, dated and explained."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.core.bodies import export, ods_row
from tests.steps.doctor.doctor_rounds import examined, only_wrong, wrong
from tests.steps.feeds import Answer, fetched, record, small_export

from velib_insights.adapters.lake import Lake
from velib_insights.cli import main
from velib_insights.core.ticks.tick import Tick
from velib_insights.core.zones import Zones
from velib_insights.steps.clean import clean, hours_with_raw
from velib_insights.steps.doctor import Finding
from velib_insights.steps.importing.folder import import_folder
from velib_insights.steps.ingest import Network, store_fetch

EIGHT = Tick.parse("20261123T0800Z")


def good(number: int, stations: int = 12) -> dict[str, bytes]:
    """A sound body, different for each number."""
    return {"exports": small_export(3 * number + 1, stations)}


def lived(
    lake: Lake,
    ticks: int,
    answers: Mapping[int, Answer | None] | None = None,
    *,
    first: Tick = EIGHT,
    stations: int = 12,
    cadence_s: int = 900,
) -> None:
    """So many ticks through ingest and clean; `answers` overrule the sound ones by number, None was never asked."""
    for number in range(ticks):
        answer = (answers or {}).get(number, good(number, stations))
        if answer is not None:
            tick = Tick(first.epoch + cadence_s * number)
            store_fetch(
                lake, fetched(answer, tick.at + timedelta(seconds=4)), tick, Network(cadence_s=cadence_s)
            )
    for hour in hours_with_raw(lake, "velib"):
        clean(lake, "velib", hour, Zones())


def about(findings: list[Finding], words: str) -> Finding:
    found = [finding for finding in findings if finding.area == "data" and words in finding.what]
    assert len(found) == 1, [finding.what for finding in findings]
    return found[0]


def test_missing_ticks_with_their_longest_gap(lake: Lake) -> None:
    lived(lake, 8, {1: None, 3: None, 4: None, 5: None})
    findings = examined(lake)
    missing = about(findings, "missing")
    assert missing.severity == "warning"
    assert missing.what == (
        "4 ticks missing: 2026-11-23 08:45 to 09:15 UTC (1 h without a tick, the longest of 2 gaps)."
    )
    assert "velib watch" in missing.todo
    assert missing.figures["ticks_missing"] == 4
    assert about(findings, "observed (").what.startswith("4 of 8 ticks observed (50.0 %)")


def test_no_tick_is_missing_where_the_cadence_became_shorter(lake: Lake) -> None:
    """Between the last tick of 15 minutes and the first of 5 none was due."""
    lived(lake, 4)
    lived(lake, 12, first=Tick(EIGHT.epoch + 3600), cadence_s=300)
    found = [f for f in examined(lake) if f.figures and "ticks_expected" in f.figures]
    assert [(f.figures["ticks_expected"], f.figures["ticks_observed"]) for f in found] == [(16, 16)]


def test_a_gap_before_a_longer_cadence_is_counted_by_the_longer_one(lake: Lake) -> None:
    lived(lake, 12, cadence_s=300)
    lived(lake, 4, first=Tick(EIGHT.epoch + 2 * 3600))
    missing = about(examined(lake), "missing")
    assert missing.what == "4 ticks missing: 2026-11-23 09:10 to 09:55 UTC (1 h 5 min without a tick)."


@pytest.mark.parametrize(
    ("missing", "severity"), [(0, "ok"), (1, "ok"), (2, "note"), (10, "note"), (11, "warning")]
)
def test_coverage_is_ok_from_99_in_a_hundred_and_a_note_from_90(
    lake: Lake, missing: int, severity: str
) -> None:
    """100 ticks are expected; those missing lie alone, the first and the last are there."""
    lived(lake, 100, {2 * number + 1: None for number in range(missing)})
    finding = about(examined(lake, now=datetime(2026, 11, 24, 9, tzinfo=UTC)), "ticks observed (")
    assert finding.figures["ticks_expected"] == 100
    assert finding.figures["observed_share"] == (100 - missing) / 100
    assert finding.severity == severity
    assert bool(finding.todo) == (severity != "ok")


@pytest.mark.parametrize("cadences", [(900, 300), (300, 900), (3600, 900), (900, 900)])
def test_ticks_expected_are_those_of_feed_health_whatever_the_cadences(
    lake: Lake, cadences: tuple[int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    """Two hours at one cadence and two at another, one tick missing in each and one hour not asked for at all."""
    for hour, cadence_s in ((0, cadences[0]), (1, cadences[0]), (3, cadences[1]), (4, cadences[1])):
        ticks = 3600 // cadence_s
        answers = {} if hour in (0, 4) or ticks < 2 else {1: None}
        lived(lake, ticks, answers, first=Tick(EIGHT.epoch + 3600 * hour), cadence_s=cadence_s)
    with pytest.raises(SystemExit):
        main(["kpi", "feed_health", "--lake", lake.name, "--format", "json"])
    (day,) = json.loads(capsys.readouterr().out)
    with pytest.raises(SystemExit):
        main(["doctor", "--offline", "--lake", lake.name, "--json"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    (figures,) = [each["figures"] for each in findings if "ticks_expected" in each["figures"]]
    assert figures["ticks_expected"] == day["ticks_expected"]
    assert figures["ticks_observed"] == day["ticks_observed"]
    missing = [each["figures"]["ticks_missing"] for each in findings if "ticks_missing" in each["figures"]]
    assert missing == ([day["ticks_missing"]] if day["ticks_missing"] else [])


def test_one_missing_tick_among_hundreds_is_a_note(lake: Lake) -> None:
    first = Tick(EIGHT.epoch - 900 * 120)
    lived(lake, 128, {40: None}, first=first)
    findings = examined(lake)
    assert wrong(findings) == []
    assert about(findings, "missing").what == "1 tick missing: 2026-11-22 12:00 UTC."


def test_a_hole_reaching_into_the_window_counts_from_where_the_window_begins(lake: Lake) -> None:
    lived(lake, 4, first=Tick(EIGHT.epoch - 30 * 86_400))
    lived(lake, 8)
    missing = about(examined(lake), "missing")
    assert missing.figures["longest_gap_from"] == datetime(2026, 11, 16, 10, 0, tzinfo=UTC)
    assert missing.figures["ticks_missing"] == 4 * (7 * 24 - 2)


def test_failed_fetches_by_reason(lake: Lake) -> None:
    lived(lake, 8, {2: "host not found", 3: "host not found", 5: "HTTP 503 four times"})
    failed = about(examined(lake), "fetch_failed")
    assert failed.severity == "warning"
    assert failed.what == (
        "3 ticks fetch_failed (nothing was got), 2026-11-23 08:30 to 09:15 UTC: "
        "exports: host not found (2); exports: HTTP 503 four times (1)."
    )
    assert "--feed opendatasoft" in failed.todo
    assert failed.figures["reasons"] == {"exports: host not found": 2, "exports: HTTP 503 four times": 1}


def test_one_failed_fetch_long_ago_is_a_note_and_one_just_now_a_warning(lake: Lake) -> None:
    first = Tick(EIGHT.epoch - 900 * 120)
    lived(lake, 128, {40: "timed out"}, first=first)
    assert about(examined(lake), "fetch_failed").severity == "note"
    late = Tick(EIGHT.epoch + 900 * 8)
    store_fetch(lake, fetched("timed out", late.at), late, Network())
    clean(lake, "velib", late.hour, Zones())
    assert about(examined(lake), "2 ticks fetch_failed").severity == "warning"


def test_bodies_that_cannot_be_used_each_by_what_is_wrong_with_them(lake: Lake) -> None:
    whole = small_export(7)
    nameless = export(*(ods_row(None) for _ in range(12)))
    page = {"records": b'{"total_count": 1500, "results": ' + export(*map(ods_row, "abcd"))["exports"] + b"}"}
    lived(lake, 8, {2: {"exports": whole[: len(whole) // 2]}, 4: nameless, 5: page})
    findings = examined(lake)
    cut = about(findings, "1 tick unreadable")
    assert "cut short" in cut.what
    assert "raw/source=velib/date=2026-11-23/hour=08" in cut.todo
    unusable = about(findings, "1 tick unusable")
    assert "station_id_missing" in unusable.what
    assert "changed its shape" in unusable.todo
    assert "exports" in about(findings, "1 tick incomplete").todo


def test_frozen_ticks_in_their_runs(lake: Lake) -> None:
    still = good(90, stations=320)
    lived(lake, 16, {2: still, 3: still, 4: still, 8: still}, stations=320, first=Tick(EIGHT.epoch - 7200))
    frozen = about(examined(lake), "frozen")
    assert frozen.severity == "warning"
    assert frozen.what == (
        "3 frozen ticks in 2 runs, the feed repeating itself: 2026-11-23 06:45 to 07:00 UTC, 2026-11-23 08:00 UTC."
    )
    assert frozen.figures["runs"][0]["ticks"] == 2
    assert frozen.todo


def test_partial_ticks(lake: Lake) -> None:
    lived(lake, 8, {6: good(6, stations=5)})
    finding = about(examined(lake), "partial")
    assert finding.severity == "warning"
    assert finding.what == (
        "1 partial tick, 2026-11-23 09:30 UTC: fewer than nine in ten of the usual stations, "
        "5 at 2026-11-23 09:30 UTC."
    )
    assert "page" in finding.todo


def test_refused_rows_by_rule_with_what_the_rule_says(lake: Lake) -> None:
    lived(lake, 8, {n: {"exports": small_export(3 * n)} for n in range(3)})
    refused = only_wrong(examined(lake))
    assert refused.what.startswith(
        "3 rows refused by station_id_missing at 3 ticks (3 % of rows): "
        "The row does not say which station it is about."
    )
    assert "quarantine" in refused.todo
    assert refused.figures["rows"] == 3


def test_flags_are_notes(lake: Lake) -> None:
    odd = export(ods_row("1001", capacity=0), ods_row("2002", capacity=5), ods_row("3003"))
    lived(lake, 4, dict.fromkeys(range(4), odd), first=Tick(EIGHT.epoch + 3600))
    findings = examined(lake)
    assert about(findings, "flagged capacity_zero").what == (
        "4 rows (33 %) flagged capacity_zero: "
        "The declared capacity is 0; occupancy and unavailable docks are unknown."
    )
    assert about(findings, "flagged over_capacity").severity == "note"


@pytest.mark.parametrize(
    ("nameless", "stations", "severity"),
    [
        (999, 1_500, "note"),
        (1_000, 1_500, "warning"),
        (1_001, 1_500, "warning"),
    ],
)
def test_rows_without_a_name_by_the_thousand_are_a_warning(
    lake: Lake, nameless: int, stations: int, severity: str
) -> None:
    """A week of 68 ticks, one of which lacks names; 999 of 102,000 rows are under a hundredth."""
    lived(lake, 68, {60: without_names(stations, nameless)}, stations=stations)
    finding = about(examined(lake, now=datetime(2026, 11, 24, 1, tzinfo=UTC)), "a name or a place")
    assert finding.severity == severity
    assert finding.what.startswith(f"{nameless:,} rows (")
    assert finding.figures["ticks"] == 1


@pytest.mark.parametrize(
    ("nameless", "severity"), [(0, None), (15, "note"), (16, "warning"), (17, "warning")]
)
def test_a_hundredth_of_the_rows_without_a_name_is_a_warning(
    lake: Lake, nameless: int, severity: str | None
) -> None:
    lived(lake, 8, {4: without_names(200, nameless)}, stations=200)
    found = [finding for finding in examined(lake) if "a name or a place" in finding.what]
    assert [finding.severity for finding in found] == ([severity] if severity else [])
    assert all(finding.is_wrong == bool(finding.todo) for finding in found)


def without_names(stations: int, nameless: int) -> dict[str, bytes]:
    """A sound body, of which so many rows have neither name nor place."""
    rows = json.loads(good(77, stations)["exports"])
    for row in rows[:nameless]:
        row["name"] = row["coordonnees_geo"] = None
    return {"exports": json.dumps(rows).encode()}


def test_stations_that_appeared_and_vanished(lake: Lake) -> None:
    lived(lake, 4, first=Tick(EIGHT.epoch - 86_400), stations=24)
    lived(lake, 8, dict.fromkeys(range(8), None) | {n: good(n, stations=23) for n in range(8)})
    vanished = about(examined(lake), "vanished")
    assert vanished.severity == "note"
    assert vanished.what.startswith("1 station vanished: 4024 ")
    lived(lake, 8, {n: good(n, stations=12) for n in range(8)}, first=Tick(EIGHT.epoch + 2 * 86_400))
    vanished = about(examined(lake, now=datetime(2026, 11, 25, 10, tzinfo=UTC)), "vanished")
    assert vanished.severity == "warning"
    assert vanished.figures["count"] == 12
    assert "kpi network_changes" in vanished.todo
    lived(lake, 8, {n: good(n, stations=14) for n in range(8)}, first=Tick(EIGHT.epoch + 3 * 86_400))
    appeared = about(examined(lake, now=datetime(2026, 11, 26, 10, tzinfo=UTC)), "appeared")
    assert appeared.severity == "note"
    assert appeared.figures["count"] == 2


@pytest.mark.parametrize(
    ("now", "severity", "words"),
    [
        ("10:00", "ok", "15 min ago"),
        ("10:20", "ok", "35 min ago"),
        ("12:45", "warning", "3 h ago, at a cadence of 15 min."),
        ("09:44", "ok", "1 min ahead of this machine's clock"),
    ],
)
def test_freshness_by_the_clock_of_the_wall(lake: Lake, now: str, severity: str, words: str) -> None:
    lived(lake, 8)
    finding = about(examined(lake, now=datetime.fromisoformat(f"2026-11-23T{now}+00:00")), "latest observed")
    assert finding.severity == severity
    assert words in finding.what


@pytest.mark.parametrize(
    ("now", "ahead", "observed"),
    [("09:44:00", 0, "09:45"), ("09:43:59", 1, "09:30"), ("08:00:00", 7, "08:00")],
)
def test_ticks_ahead_of_the_clock_are_counted_and_are_not_the_latest(
    lake: Lake, now: str, ahead: int, observed: str
) -> None:
    lived(lake, 8)
    findings = examined(lake, now=datetime.fromisoformat(f"2026-11-23T{now}+00:00"))
    assert f"{observed} UTC" in about(findings, "latest observed").what
    found = [each for each in findings if "ahead of this machine's clock, by up to" in each.what]
    assert [each.figures["count"] for each in found] == ([ahead] if ahead else [])
    for each in found:
        assert each.severity == "warning"
        assert "velib remove-tick 20261123T" in each.todo


def test_a_feed_not_seen_for_days_is_an_error(lake: Lake) -> None:
    lived(lake, 8)
    finding = only_wrong(examined(lake, now=datetime(2026, 11, 27, tzinfo=UTC)))
    assert finding.severity == "error"
    assert "3 d ago" in finding.what or "4 d ago" in finding.what
    assert "velib run" in finding.todo


def test_a_lake_without_any_observed_tick(lake: Lake) -> None:
    lived(lake, 4, dict.fromkeys(range(4), "timed out"))
    findings = examined(lake)
    assert about(findings, "could be observed").severity == "error"
    assert about(findings, "4 ticks fetch_failed").severity == "warning"


def test_an_imported_lake_is_old_and_that_is_no_fault(lake: Lake, tmp_path: Path) -> None:
    record(tmp_path / "recorded", 9, every=timedelta(minutes=5))
    import_folder(lake, tmp_path / "recorded", Network(cadence_s=300))
    for hour in hours_with_raw(lake, "velib"):
        clean(lake, "velib", hour, Zones())
    findings = examined(lake, now=datetime(2028, 1, 1, tzinfo=UTC), given=frozenset({"cadence"}))
    assert about(findings, "latest observed").severity == "note"
    assert "imported from recordings" in about(findings, "latest observed").what
    assert about(findings, "5 min apart").severity == "note"


def test_ticks_off_the_grid(lake: Lake) -> None:
    lived(lake, 8)
    off = Tick.parse("20261123T0907Z")
    store_fetch(lake, fetched(good(40), off.at), off, Network())
    clean(lake, "velib", off.hour, Zones())
    finding = about(wrong(examined(lake)), "off the grid")
    assert finding.what == "1 tick is off the grid of 15 min: 20261123T0907Z."
    assert finding.todo


def test_a_cadence_other_than_the_settings_say(lake: Lake) -> None:
    lived(lake, 20, cadence_s=300)
    assert about(examined(lake), "5 min apart").severity == "note"
    finding = only_wrong(examined(lake, now=EIGHT.at + timedelta(minutes=100), given=frozenset({"cadence"})))
    assert finding.what == "The latest ticks are 5 min apart and the setting says 15 min."
    assert "VELIB_CADENCE=5" in finding.todo


def test_the_whole_history_is_told_from_its_keys(lake: Lake) -> None:
    lived(lake, 4, first=Tick(EIGHT.epoch - 10 * 86_400))
    lived(lake, 8, {4: None, 5: None, 6: None, 7: None})
    finding = about(examined(lake), "Since the beginning")
    assert finding.severity == "note"
    assert "8 ticks asked for, 2 hours with a fetch and 2 with observations, of 241" in finding.what


def test_every_finding_that_is_wrong_says_what_to_do(lake: Lake) -> None:
    still = good(100, stations=320)
    lived(lake, 12, {1: None, 2: still, 3: still, 5: "timed out", 6: good(6, stations=9)}, stations=320)
    lake.put("stray.txt", b"")
    found = wrong(examined(lake))
    assert len(found) >= 5
    assert all(finding.todo for finding in found)
    severities = [finding.severity for finding in examined(lake)]
    assert severities == sorted(severities, key=["error", "warning", "note", "ok"].index)


@pytest.mark.recordings
def test_the_faults_of_recorded_exports_are_each_named(lake: Lake, recordings: Path) -> None:
    import_folder(lake, recordings / "ods_faults", Network(cadence_s=3600))
    for hour in hours_with_raw(lake, "velib"):
        clean(lake, "velib", hour, Zones())
    findings = examined(lake)
    assert about(findings, "could be observed").severity == "error"
    assert "524,288 bytes" in about(findings, "1 tick unreadable").what
    assert "6 ticks unusable" in about(findings, "unusable").what
    assert "8,866 rows" in about(findings, "refused by station_id_missing").what


@pytest.mark.recordings
def test_the_recorded_freeze_is_found(lake: Lake, recordings: Path) -> None:
    import_folder(lake, recordings / "ods_exports_2024-11-02_freeze", Network(cadence_s=300))
    for hour in hours_with_raw(lake, "velib"):
        clean(lake, "velib", hour, Zones())
    frozen = about(examined(lake), "frozen ticks")
    assert frozen.severity == "warning"
    assert frozen.figures["ticks_frozen"] == 90
    assert "2024-11-02 13:20 to 17:25 UTC" in frozen.what
