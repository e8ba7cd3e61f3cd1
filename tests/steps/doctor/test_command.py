"""`velib doctor` as a user sees it: what was set where, the list, the JSON and the exit code."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.steps.feeds import fetched, small_export

from velib_insights.adapters.lake import Lake
from velib_insights.cli import main
from velib_insights.cli.commands.doctor import diagnose, show
from velib_insights.core.dialects import compiled
from velib_insights.core.ticks.tick import Tick
from velib_insights.core.zones import Zones
from velib_insights.settings import read_settings
from velib_insights.steps.clean import clean
from velib_insights.steps.ingest import Network, store_fetch

NOW = datetime(2026, 11, 23, 8, 20, tzinfo=UTC)


@pytest.fixture
def lived(lake: Lake) -> Lake:
    """A sound lake of one tick, 08:15."""
    tick = Tick.parse("20261123T0815Z")
    store_fetch(lake, fetched({"exports": small_export(1)}, tick.at + timedelta(seconds=4)), tick, Network())
    clean(lake, "velib", tick.hour, Zones())
    return lake


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["doctor", *arguments])
    assert isinstance(ended.value.code, int | None)
    return ended.value.code or 0


def test_a_sound_lake_is_told_so(lived: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    findings = diagnose(read_settings({"lake": lived.name}), offline=True, now=NOW)
    assert show(findings, as_json=False) is False
    said = capsys.readouterr().out
    assert said.rstrip().endswith("Nothing is wrong.")
    headings = ("Settings", "Lake", "Raw fetches", "Clean tables", "Data, last seven days")
    assert [said.index(heading) for heading in headings] == sorted(said.index(h) for h in headings)


def test_findings_are_a_list_by_area_with_a_count_at_the_end(
    lived: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    lived.put("stray.txt", b"x")
    lived.put("clean/ticks/date=2026-11-23/hour=08/part.parquet", b"x")
    findings = diagnose(read_settings({"lake": lived.name}), offline=True, now=NOW)
    assert show(findings, as_json=False) is True
    said = capsys.readouterr().out
    assert "stray.txt" in said
    assert "→ Make them anew from raw: `velib clean --since 2026-11-23T08" in said
    assert said.rstrip().endswith("Begin with the errors.")


def test_json_holds_every_finding_and_the_counts(lived: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    lived.put("stray.txt", b"x")
    assert run("--offline", "--json", "--lake", lived.name) == 1
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert set(told) == {"findings", "errors", "warnings"}
    assert all(set(each) == {"severity", "area", "what", "todo", "figures"} for each in told["findings"])
    stray = next(each for each in told["findings"] if each["figures"].get("keys"))
    assert (stray["severity"], stray["figures"]) == ("warning", {"count": 1, "keys": ["stray.txt"]})


def test_a_lake_that_is_not_there_is_a_finding_and_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--offline", "--lake", "nowhere") == 1
    said = capsys.readouterr()
    assert "There is no lake at nowhere." in said.out
    assert "1 error, 0 warnings." in said.out
    assert "Traceback" not in said.err
    assert not Path("nowhere").exists()


def test_fix_removes_what_a_crash_left(lived: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    assert lived.root is not None
    half = lived.root / "clean/ticks/date=2026-11-23/hour=08/part.parquet#1"
    half.write_bytes(b"half")
    later = datetime.now(UTC) + timedelta(minutes=5)
    findings = diagnose(read_settings({"lake": lived.name}), offline=True, fix=True, now=later)
    assert any(finding.what.startswith("Removed 1 half-written file") for finding in findings)
    assert not half.exists()


def test_the_feed_is_asked_unless_offline(lived: Lake) -> None:
    settings = read_settings({"lake": lived.name, "feed": "http://127.0.0.1:9/gbfs.json"})
    assert not [f for f in diagnose(settings, offline=True, now=NOW) if f.area == "feed"]
    down = [f for f in diagnose(settings, now=NOW) if f.area == "feed" and f.severity == "error"]
    assert {finding.figures["feed"] for finding in down} == {"station_status"}
    assert all("127.0.0.1:9" in finding.what and finding.todo for finding in down)


def test_where_each_setting_comes_from(lived: Lake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    Path("velib.toml").write_text("cadence = 5\nmemory = 500\n")
    monkeypatch.setenv("VELIB_TIMEZONE", "Europe/Brussels")
    monkeypatch.setenv("VELIB_MEMORY", "700")
    settings = read_settings({"lake": lived.name})
    findings = diagnose(settings, offline=True, now=NOW)
    set_by = next(f.figures["set_by"] for f in findings if "set_by" in f.figures)
    assert set_by == {
        "lake": "a flag or --config",
        "cadence": "velib.toml",
        "timezone": "VELIB_TIMEZONE",
        "memory": "VELIB_MEMORY",
    }


def test_a_variable_that_is_nearly_a_setting(lived: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VELIB_CADENSE", "5")
    findings = diagnose(read_settings({"lake": lived.name}), offline=True, now=NOW)
    (warning,) = [finding for finding in findings if finding.is_wrong]
    assert "VELIB_CADENSE" in warning.what
    assert warning.todo == "Did you mean VELIB_CADENCE?"


def test_a_package_without_its_compiled_reader_is_told_of(
    lived: Lake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def told() -> list[str]:
        findings = diagnose(read_settings({"lake": lived.name}), offline=True, now=NOW)
        assert not any(finding.is_wrong for finding in findings)
        return [f.todo for f in findings if "compiled_reader" in f.figures]

    assert bool(told()) == (compiled.load() is None)
    monkeypatch.setattr(compiled.load, "__defaults__", (tmp_path / "none.so",))
    assert "Install a C compiler" in told()[0]


def test_no_secret_of_an_address_is_shown(lived: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    address = "http://ann:hush@127.0.0.1:9/gbfs.json?api_key=s3same"
    settings = read_settings(
        {"lake": lived.name, "feed": address, "s3_endpoint": "http://bob:quiet@s3.example"}
    )
    findings = diagnose(settings, now=NOW)
    for as_json in (True, False):
        show(findings, as_json=as_json)
    said = capsys.readouterr()
    for word in ("hush", "s3same", "quiet"):
        assert word not in said.out + said.err
