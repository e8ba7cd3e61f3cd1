"""The published site: page, data and the days' reports together, on any lake, as small steps or as one."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import obstore
import pytest
from tests.steps.feeds import objects, record

from velib_insights.adapters.duckdb_engine import DuckDbEngine
from velib_insights.adapters.lake import Lake
from velib_insights.core.errors import SettingsError
from velib_insights.core.insights.report import encode_report
from velib_insights.core.zones import Zones
from velib_insights.pages.basemap import OWN_ARCHIVE, basemap
from velib_insights.pages.report_html import html
from velib_insights.steps.clean import clean, clean_all, hours_with_raw
from velib_insights.steps.importing.folder import import_folder
from velib_insights.steps.ingest import Network
from velib_insights.steps.insights import day_report
from velib_insights.steps.publish import publish
from velib_insights.steps.site.reports import report_of

PAGE = {
    "index.html": b"<!doctype html><html><head><title>x</title></head></html>",
    "assets/index-1.js": b"1",
    "icon.svg": b"<svg/>",
}
TILES = basemap("https://tiles.example.org/{z}/{x}/{y}.png", attribution="© Example")
TIMEZONE = "Europe/Paris"


def fill(lake: Lake, folder: Path, ticks: int = 12, every_h: int = 3) -> Lake:
    """So many ticks, some hours apart, from 22 November on: days enough and little of each."""
    record(folder, ticks, every=timedelta(hours=every_h))
    import_folder(lake, folder, Network())
    clean_all(lake, "velib", hours_with_raw(lake, "velib"), Zones())
    return lake


@pytest.fixture
def filled(lake: Lake, tmp_path: Path) -> Lake:
    return fill(lake, tmp_path / "recorded")


def site_of(lake: Lake) -> dict[str, bytes]:
    return {key: body for key, body in objects(lake, "site").items() if key != "site/published.json"}


def told(lake: Lake, path: str) -> Any:
    return json.loads(lake.get(f"site/data/{path}") or b"")


def test_the_page_is_published_beside_its_data_and_carries_its_policy(filled: Lake) -> None:
    done = publish(filled, "velib", TIMEZONE, page=PAGE)
    assert done.has_page
    assert filled.get("site/assets/index-1.js") == b"1"
    first = (filled.get("site/index.html") or b"").decode()
    (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)"', first)
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "https" not in policy
    written = [key for key in done.keys if not key.startswith("site/data/")]
    assert written[-2:] == ["site/index.html", "site/published.json"], (
        "what names the others comes after them"
    )


def test_without_a_built_page_the_data_is_published_and_it_is_said(filled: Lake) -> None:
    done = publish(filled, "velib", TIMEZONE, page={})
    assert not done.has_page
    assert filled.get("site/data/now.json")
    assert filled.get("site/index.html") is None


def test_a_page_that_was_published_stays_where_a_later_installation_has_none(filled: Lake) -> None:
    publish(filled, "velib", TIMEZONE, page=PAGE)
    before = site_of(filled)
    assert publish(filled, "velib", TIMEZONE, page={}).has_page
    assert site_of(filled) == before


def test_what_an_open_page_names_stays_until_the_page_has_changed_once_more(filled: Lake) -> None:
    pages = [
        {"index.html": PAGE["index.html"], f"assets/index-{number}.js": b"%d" % number} for number in range(3)
    ]
    for number, page in enumerate(pages):
        publish(filled, "velib", TIMEZONE, page=page)
        assets = [key for key in site_of(filled) if key.startswith("site/assets/")]
        kept = range(max(0, number - 1), number + 1)
        assert assets == [f"site/assets/index-{each}.js" for each in kept]


def test_a_file_of_the_page_that_vanished_is_written_again(filled: Lake) -> None:
    publish(filled, "velib", TIMEZONE, page=PAGE)
    filled.delete("site/icon.svg")
    assert publish(filled, "velib", TIMEZONE, page=PAGE).keys == ("site/icon.svg",)


def test_a_basemap_is_told_to_the_page_and_allowed_by_its_policy(filled: Lake) -> None:
    publish(filled, "velib", TIMEZONE, page=PAGE)
    assert told(filled, "index.json")["basemap"] == {"kind": "none", "optional": False}
    publish(filled, "velib", TIMEZONE, page=PAGE, basemap=TILES)
    assert told(filled, "index.json")["basemap"] == {
        "kind": "raster",
        "optional": False,
        "light": TILES.light,
        "dark": TILES.light,
        "attribution": "© Example",
    }
    text = (filled.get("site/index.html") or b"").decode()
    assert "img-src 'self' data: blob: https://tiles.example.org;" in text
    assert "connect-src 'self' https://tiles.example.org;" in text
    assert text.count("https://tiles.example.org") == 2


def test_the_lakes_own_archive_goes_with_the_page_and_is_written_once(filled: Lake) -> None:
    filled.put("reference/basemap.pmtiles", b"PMTiles")
    assert (
        "site/data/basemap.pmtiles" in publish(filled, "velib", TIMEZONE, page=PAGE, basemap=OWN_ARCHIVE).keys
    )
    assert filled.get("site/data/basemap.pmtiles") == b"PMTiles"
    assert told(filled, "index.json")["basemap"]["url"] == "data/basemap.pmtiles"
    assert publish(filled, "velib", TIMEZONE, page=PAGE, basemap=OWN_ARCHIVE).keys == ()
    filled.put("reference/basemap.pmtiles", b"PMTiles, newer")
    assert (
        publish(filled, "velib", TIMEZONE, page=PAGE, basemap=OWN_ARCHIVE).keys[0]
        == "site/data/basemap.pmtiles"
    )
    publish(filled, "velib", TIMEZONE, page=PAGE)
    assert filled.get("site/data/basemap.pmtiles") is None


@pytest.mark.parametrize(
    ("where", "has_archive", "kind", "origins"),
    [
        ("auto", True, "pmtiles", ()),
        ("auto", False, "style", ("https://tiles.openfreemap.org",)),
        ("none", True, "none", ()),
        ("https://maps.example.org/style.json", True, "style", ("https://maps.example.org",)),
        ("https://maps.example.org/city.pmtiles", False, "pmtiles", ("https://maps.example.org",)),
        ("https://t.example.org/{z}/{x}/{y}{r}.png", False, "raster", ("https://t.example.org",)),
    ],
)
def test_what_a_basemap_is_follows_from_the_setting(
    where: str, has_archive: bool, kind: str, origins: tuple[str, ...]
) -> None:
    made = basemap(where, attribution="© Example", has_archive=has_archive)
    assert (made.kind, made.origins) == (kind, origins)
    assert made.is_optional == (where == "auto" and not has_archive)


def test_a_style_may_name_the_hosts_of_its_tiles_and_a_dark_one() -> None:
    made = basemap(
        "https://a.example.org/s.json", "https://b.example.org/d.json", hosts="https://c.example.org"
    )
    assert made.origins == ("https://a.example.org", "https://b.example.org", "https://c.example.org")
    assert made.dark == "https://b.example.org/d.json"
    with pytest.raises(SettingsError, match="not of the kind"):
        basemap("https://a.example.org/s.json", "https://b.example.org/{z}/{x}/{y}.png")
    with pytest.raises(SettingsError, match="no host"):
        basemap("https://a.example.org/s.json", hosts="c.example.org")


@pytest.mark.parametrize(
    "url",
    [
        "https://tiles.example.org/{z}/{x}.png",
        "https://tiles.example.org/{z}/{x}/{y}/{y}.png",
        "http://tiles.example.org/{z}/{x}/{y}.png",
        "https://*.example.org/{z}/{x}/{y}.png",
        "https://tiles.example.org; script-src */{z}/{x}/{y}.png",
        "https://tiles.example.org/'\"><script>{z}/{x}/{y}.png",
        "javascript:{z}{x}{y}",
        "yes",
        "/tiles/{z}/{x}/{y}.png",
    ],
)
def test_an_address_that_is_none_of_tiles_is_refused(url: str) -> None:
    with pytest.raises(SettingsError):
        basemap(url, attribution="© Example")


def test_tiles_without_their_owner_named_are_refused() -> None:
    with pytest.raises(SettingsError, match="no attribution"):
        basemap(TILES.light, attribution=" ")


def test_every_day_has_its_report_as_data_and_as_a_document_in_both_languages(filled: Lake) -> None:
    publish(filled, "velib", TIMEZONE)
    days = [entry["date"] for entry in told(filled, "index.json")["days"]]
    assert days == ["2026-11-22", "2026-11-23", "2026-11-24"]
    assert [entry["date"] for entry in told(filled, "insights/index.json")] == days
    engine = DuckDbEngine(filled, "velib")
    for day in days:
        report = day_report(engine, date.fromisoformat(day), timezone=TIMEZONE)
        assert filled.get(f"site/data/insights/{day}.json") == encode_report(report)
        for language in ("fr", "en"):
            document = (filled.get(f"site/data/insights/{day}.{language}.html") or b"").decode()
            assert document == html(report, language)
            assert f'<html lang="{language}">' in document
    engine.close()


@pytest.mark.parametrize("day", [None, date(2026, 11, 23)])
def test_a_report_that_reads_little_says_what_one_that_reads_all_says(filled: Lake, day: date | None) -> None:
    engine = DuckDbEngine(filled, "velib")
    assert report_of(filled, "velib", day, TIMEZONE) == day_report(engine, day, timezone=TIMEZONE)
    engine.close()


def test_reports_that_are_many_are_made_a_few_at_a_time_the_latest_first(filled: Lake) -> None:
    publish(filled, "velib", TIMEZONE, most_reports=1)
    assert [entry["date"] for entry in told(filled, "insights/index.json")] == ["2026-11-24"]
    publish(filled, "velib", TIMEZONE, most_reports=1)
    publish(filled, "velib", TIMEZONE, most_reports=1)
    assert len(told(filled, "insights/index.json")) == 3
    whole = site_of(filled)
    for key in [entry.key for entry in filled.entries("site")]:
        filled.delete(key)
    publish(filled, "velib", TIMEZONE)
    assert site_of(filled) == whole


def test_one_publication_gives_the_same_as_one_after_each_hour(lake: Lake, tmp_path: Path) -> None:
    record(tmp_path / "recorded", 8, every=timedelta(hours=5))
    import_folder(lake, tmp_path / "recorded", Network())
    for hour in hours_with_raw(lake, "velib"):
        clean(lake, "velib", hour, Zones())
        publish(lake, "velib", TIMEZONE, page=PAGE)
    by_the_hour = site_of(lake)
    for key in [entry.key for entry in lake.entries("site")]:
        lake.delete(key)
    publish(lake, "velib", TIMEZONE, page=PAGE)
    assert site_of(lake) == by_the_hour


def test_a_day_cleaned_again_changes_the_reports_that_look_back_on_it(filled: Lake) -> None:
    publish(filled, "velib", TIMEZONE)
    gone = "date=2026-11-22/hour=21/part.parquet"
    filled.delete(f"clean/source=velib/{gone}")
    filled.delete(f"clean/ticks/{gone}")
    publish(filled, "velib", TIMEZONE, allow_fewer=True)
    assert [entry["date"] for entry in told(filled, "insights/index.json")] == ["2026-11-23", "2026-11-24"]
    assert filled.get("site/data/insights/2026-11-22.json") is None
    engine = DuckDbEngine(filled, "velib")
    report = day_report(engine, date(2026, 11, 23), timezone=TIMEZONE)
    assert filled.get("site/data/insights/2026-11-23.json") == encode_report(report)
    engine.close()


def test_a_bucket_keeps_what_browsers_need_to_know(s3_lake: Lake, tmp_path: Path) -> None:
    fill(s3_lake, tmp_path / "recorded", ticks=2)
    publish(s3_lake, "velib", TIMEZONE, page=PAGE)
    expected = {
        "site/index.html": ("text/html; charset=utf-8", "no-cache"),
        "site/assets/index-1.js": ("text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        "site/data/now.json": ("application/json", "no-cache"),
        "site/data/kpi/kpi_shortage.csv": ("text/csv; charset=utf-8", "no-cache"),
        "site/data/insights/2026-11-22.fr.html": ("text/html; charset=utf-8", "no-cache"),
    }
    for key, (media_type, caching) in expected.items():
        told = obstore.get(s3_lake.store, key).attributes
        assert (told["Content-Type"], told["Cache-Control"]) == (media_type, caching), key
