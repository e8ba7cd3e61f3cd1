"""A figure that is seen in two places is the same in both, or says that it is of another moment.

Two rough days (tests/rough_days.py) at 5 and at 15 minutes, read from the page, its data, the API, the terminal and the
report.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests import rough_days
from tests.browser.conftest import Site, Visitor, _visiting, velib, velib_serve, wait_for_data
from tests.browser.reading import number, rows_of, tick_of, until

OUT = ("no_bike", "no_dock", "both")
PARIS = ZoneInfo("Europe/Paris")
DAYS = ("2024-11-04", "2024-11-05")
WORSE = (rough_days.NEITHER, rough_days.RECOVERED, rough_days.FULL, rough_days.CLOSING)

Row = dict[str, Any]


class Everything:
    """What is said of one lake, wherever it is said; asked once."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._terminal: dict[str, Any] = {}

    def terminal(self, *arguments: str) -> Any:
        """A command's answer as JSON."""
        if arguments not in self._terminal:
            self._terminal[arguments] = json.loads(velib(*arguments, "--json", "--lake", self.site.folder))
        return self._terminal[arguments]

    def kpi(self, name: str) -> list[Row]:
        return self.terminal("kpi", name)

    def query(self, sql: str) -> list[Row]:
        return self.terminal("query", sql)

    def report(self, day: str) -> Row:
        return self.terminal("insights", "--date", day)

    def api(self, path: str) -> Any:
        return json.loads(self.site.get(f"api/{path}"))

    def file(self, path: str) -> Any:
        return self.site.data(path)

    @cached_property
    def index(self) -> Row:
        return self.file("index.json")

    @cached_property
    def day_of_now(self) -> str:
        return datetime.fromtimestamp(self.index["observed_epoch"], PARIS).date().isoformat()


@pytest.fixture(scope="module", params=[5, 15], ids=["5 min", "15 min"])
def rough(
    request: pytest.FixtureRequest, built_page: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Everything]:
    """`velib serve` over the lake; `folder` is the lake."""
    folder = tmp_path_factory.mktemp(f"rough-{request.param}")
    rough_days.record(folder / "recorded", request.param)
    velib("import", folder / "recorded", "--lake", folder / "lake", "--workers", "1")
    with velib_serve(folder / "lake") as served:
        wait_for_data(served)
        yield Everything(served)


@pytest.fixture
def onlooker(browser: Any, rough: Everything) -> Iterator[Visitor]:
    yield from _visiting(browser, rough.site)


def epoch_of(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def minutes_of(text: str) -> int:
    """`2 d 0 h`, `22 h 30`, `45 min` in minutes."""
    words = text.replace("\u00a0", " ").split()
    total = 0
    while words:
        count = int(words.pop(0))
        unit = words.pop(0) if words else "min"
        total += count * {"d": 1440, "h": 60, "min": 1}[unit]
    return total


def test_every_kpi_is_the_same_on_terminal_api_and_page_or_of_another_moment(rough: Everything) -> None:
    latest = rough.index["observed_epoch"]
    of_now = []
    for view in rough.index["views"]:
        name = view["name"]
        asked = rough.api(f"kpi/{name}?limit=10000")
        assert asked["as_of_epoch"] == view["as_of_epoch"], name
        assert asked["rows"] == rough.file(f"kpi/{name}.json"), name
        if asked["as_of_epoch"] == latest:
            assert asked["rows"] == rough.kpi(name), name
            of_now.append(name)
        else:
            assert asked["as_of_epoch"] < latest
    assert {"kpi_outage_episodes", "kpi_recovery_time", "kpi_top10_2hour", "kpi_shortage"} <= set(of_now)


def test_the_files_of_the_page_are_the_kpi_of_the_terminal(rough: Everything) -> None:
    assert rough.file("top10.json") == rough.kpi("top10_2hour")
    assert rough.file("zones_now.json") == rough.kpi("saturation_par_arrondissement")
    assert rough.file("rebalancing.json")["need"] == rough.kpi("rebalancing_need")


def test_the_headline_is_one_figure_wherever_it_stands(rough: Everything) -> None:
    (told,) = rough.kpi("network_headline")
    now = rough.file("headline.json")["now"]
    names = {
        "no_bike": "short_stations",
        "saturated": "saturated_stations",
        "no_bike_naive": "short_stations_naive",
        "saturated_naive": "saturated_stations_naive",
        "unusable": "unusable_stations",
        "operative": "operative_stations",
    }
    for name, value in now.items():
        if name != "epoch":
            assert value == told[names.get(name, name)], name
    assert now["epoch"] == epoch_of(told["snapshot_at"]) == rough.index["observed_epoch"]
    day = rough.file(f"days/{rough.day_of_now}.json")
    at = day["epochs"].index(now["epoch"])
    for name, values in day["curve"].items():
        assert values[at] == now[name], name
    zones = rough.kpi("saturation_par_arrondissement")
    for name in ("bikes", "mechanical", "ebikes", "docks", "stations", "short_stations", "unusable_stations"):
        assert (
            sum(zone[name] for zone in zones if zone[name] is not None)
            == told[name if name in told else names[name]]
        )


def test_a_station_is_the_same_in_every_list(rough: Everything) -> None:
    latest = {station["code"]: station for station in rough.api("latest")["stations"]}
    now, day = rough.file("now.json"), rough.file(f"days/{rough.day_of_now}.json")
    replayed = tick_of(day, day["epochs"].index(now["epoch"]))
    for row in rough.kpi("taux_remplissage"):
        code = row["station_code"]
        at = now["code"].index(code)
        for name in ("bikes", "mechanical", "ebikes", "docks", "capacity"):
            assert row[name] == now[name][at] == latest[code][name], (code, name)
        if row["bikes"] is not None:
            assert replayed[code]["bikes"] == row["bikes"]
            assert replayed[code]["docks"] == row["docks"]
        assert rough.api(f"stations/{code}") == {"epoch": now["epoch"], **latest[code]}
    for row in rough.kpi("shortage") + rough.kpi("station_saturation"):
        if (
            row["station_code"] in WORSE
            and row.get("since_epoch") is not None
            and row["reason"] in ("no_bike", "no_dock")
        ):
            since = latest[row["station_code"]]["since_epoch"]
            assert since is not None
            assert since <= row["since_epoch"], row["station_code"]


@pytest.mark.parametrize("day", DAYS)
def test_the_report_of_a_day_is_one_and_agrees_with_the_views(rough: Everything, day: str) -> None:
    report = rough.report(day)
    assert report == rough.api(f"insights/{day}") == rough.file(f"insights/{day}.json")
    coverage = report["coverage"]
    (line,) = [entry for entry in rough.index["days"] if entry["date"] == day]
    (local,) = [row for row in rough.query("SELECT * FROM local_days") if row["local_date"] == day]
    assert coverage["ticks_observed"] == line["observed"] == local["ticks_observed"]
    assert coverage["share"] == line["coverage"] == local["coverage"]
    assert coverage["observed_minutes"] == local["observed_s"] // 60
    assert (coverage["ticks_expected"], coverage["ticks_missing"]) == (
        local["ticks_expected"],
        local["ticks_missing"],
    )
    assert coverage["ticks_expected"] == line["expected"]
    (entry,) = [entry for entry in rough.api("insights") if entry["date"] == day]
    assert entry["outage_minutes"] == report["network"]["outage_minutes"]
    replay = rough.file(f"days/{day}.json")
    statuses = Counter(replay["status"])
    assert statuses["missing"] == coverage["ticks_missing"]
    assert len(replay["epochs"]) == coverage["ticks_expected"]
    for status in ("observed", "frozen", "partial", "failed"):
        assert statuses[status] == coverage[f"ticks_{status}"], status
    unusable = {
        moment["epoch"]: moment["unusable_stations"]
        for moment in report["moments"]
        if moment["outcome"] == "observed"
    }
    assert unusable == {
        epoch: replay["curve"]["unusable"][at]
        for at, epoch in enumerate(replay["epochs"])
        if replay["status"][at] == "observed"
    }


@pytest.mark.parametrize("day", DAYS)
def test_the_minutes_of_a_day_are_those_of_its_stations_and_hours(rough: Everything, day: str) -> None:
    """Of a day in the terminal's KPI, in the report, and in the hours of the page, whose last hour has closed."""
    report = rough.report(day)
    stations = [row for row in rough.kpi("availability_station_day") if row["local_date"] == day]
    zones = {row["zone_code"]: row for row in rough.kpi("availability_zone_day") if row["local_date"] == day}
    assert report["network"]["outage_minutes"] == sum(row["outage_minutes"] for row in zones.values())
    assert {zone["zone_code"]: zone["outage_minutes"] for zone in report["zones"]} == {
        code: row["outage_minutes"] for code, row in zones.items()
    }
    by_code = {row["station_code"]: row for row in stations}
    for station in (*report["stations"]["worst"], *report["stations"]["best"]):
        for name in ("outage_minutes", "short_minutes", "no_dock_minutes", "operative_minutes"):
            assert station[name] == by_code[station["station_code"]][name]
    if day == rough.day_of_now:
        return
    for code in WORSE:
        hours = rough.api(f"stations/{code}/history?days=31&resolution=hour")
        out = sum(
            minutes or 0
            for epoch, minutes in zip(hours["epochs"], hours["out_min"], strict=True)
            if datetime.fromtimestamp(epoch, PARIS).date().isoformat() == day
        )
        assert out == by_code[code]["outage_minutes"], code


def test_expected_ticks_are_counted_alike_by_the_feeds_health(rough: Everything) -> None:
    """By UTC date there, by local day elsewhere: the sums over the lake are the same."""
    health = rough.kpi("feed_health")
    local = rough.query("SELECT * FROM local_days")
    for name in ("ticks_expected", "ticks_missing", "ticks_observed"):
        assert sum(row[name] for row in health) == sum(row[name] for row in local), name


def test_a_day_without_bikes_and_docks_is_out_for_as_long_as_it_was_observed(
    rough: Everything, onlooker: Visitor
) -> None:
    days = rough.kpi("availability_station_day")
    for code in (rough_days.NEITHER, rough_days.FULL, rough_days.RECOVERED):
        first = next(row for row in days if row["station_code"] == code and row["local_date"] == DAYS[0])
        page = onlooker.open(f"?lang=en&station={code}&span=30d")
        bars = page.locator(".day-bars li")
        bars.first.wait_for()
        shown = {
            bar.locator("span").first.inner_text(): minutes_of(bar.locator("b").inner_text())
            for bar in bars.all()
        }
        assert shown["Mon 4 Nov"] == first["outage_minutes"], code
        assert shown["Mon 4 Nov"] <= 1440


def test_the_strips_of_the_top_10_say_the_minutes_beside_them(rough: Everything, onlooker: Visitor) -> None:
    page = onlooker.open()
    page.locator(".two-hours i").first.wait_for()
    until(page, "document.querySelector('.two-hours .no_bike, .two-hours .both') !== null")
    top = rough.kpi("top10_2hour")
    cadence_min = rough.index["cadence_min"]
    strips = page.locator(".two-hours").evaluate_all(
        "strips => strips.map((strip) => [...strip.children].map((square) => square.className))"
    )
    shown = page.locator(".top10 .minutes b").all_inner_texts()
    for row, squares, minutes in zip(top, strips, shown, strict=True):
        assert int(minutes) == row["outage_minutes"]
        assert len(squares) == 120 / cadence_min
        seen = Counter(squares)
        assert cadence_min * sum(seen[look] for look in OUT) == row["outage_minutes"], row["station_code"]
        assert cadence_min * (seen["no_bike"] + seen["both"]) == row["short_minutes"], row["station_code"]
        assert 120 - cadence_min * (seen["off"] + seen["unseen"]) == round(120 * row["coverage"]), row[
            "station_code"
        ]


def test_outages_of_a_station_are_those_of_the_terminal(rough: Everything, onlooker: Visitor) -> None:
    since = rough.index["observed_epoch"] - 86_400
    for code in WORSE:
        wanted = sorted(
            (row["kind"], row["episode_minutes"], row["is_open"])
            for row in rough.kpi("outage_episodes")
            if row["station_code"] == code and row["ended_epoch"] > since and row["started_epoch"] > since
        )
        page = onlooker.open(f"?lang=en&station={code}")
        page.locator(".outages li, .quiet").first.wait_for()
        shown = []
        for line in page.locator(".outages li").all():
            kind = "no_bike" if "no bike" in line.inner_text() else "no_dock"
            is_open = "still out at the last observation" in line.inner_text()
            shown.append((kind, minutes_of(line.locator("b").inner_text()), is_open))
        assert [one for one in sorted(shown) if one in wanted] == wanted, code


def test_the_boards_most_critical_are_those_of_the_terminal(rough: Everything, onlooker: Visitor) -> None:
    page = onlooker.open("?lang=en&view=board")
    page.locator("caption:has-text('Ten most critical')").wait_for(state="attached")
    told = rough.kpi("top10_2hour")
    shown = rows_of(page, "Ten most critical")
    assert [row[1] for row in shown] == [row["name"] for row in told]
    for row, kpi in zip(shown, told, strict=True):
        assert [number(cell) for cell in row[3:6]] == [
            kpi[name] for name in ("outage_minutes", "short_minutes", "no_dock_minutes")
        ]


def test_what_the_page_shows_is_what_its_data_says(rough: Everything, onlooker: Visitor) -> None:
    now = rough.file("headline.json")["now"]
    page = onlooker.open()
    for figure in ("bikes", "ebikes", "docks", "no_bike", "saturated"):
        text = page.locator(f"[data-figure={figure}] .value").inner_text()
        assert number(text) == now[figure], figure
    names = page.locator(".top10 .name").all_inner_texts()
    assert names == [row["name"] for row in rough.kpi("top10_2hour")]
    zones = {row["zone_code"]: row for row in rough.kpi("saturation_par_arrondissement")}
    for code in ("75101", "75105", "75106"):
        page = onlooker.open(f"?lang=en&zone={code}")
        facts = page.locator(".panel.zone .facts dd")
        facts.first.wait_for()
        texts = facts.all_inner_texts()
        assert number(texts[0]) == zones[code]["operative_stations"]
        assert number(texts[1]) == zones[code]["bikes"], code
        assert number(texts[2]) == zones[code]["docks"], code
        assert number(texts[4]) == zones[code]["short_stations"], code
    page = onlooker.open("?lang=en&view=data")
    shown = page.locator("ol.coverage li small").all_inner_texts()
    assert shown == [f"{day['observed']} / {day['expected']}" for day in rough.index["days"]]


@pytest.mark.parametrize("day", DAYS)
def test_the_report_on_the_page_shows_the_figures_of_the_terminal(
    rough: Everything, onlooker: Visitor, day: str
) -> None:
    report = rough.report(day)
    page = onlooker.open(f"?lang=en&view=insights&day={day}")
    page.locator(".key-figures").wait_for()
    text = page.locator(".report").inner_text().replace("\u00a0", " ").replace("\u202f", " ")
    for sentence in report["sentences"]["en"]:
        assert sentence.replace("\u00a0", " ").replace("\u202f", " ") in text
    coverage = report["coverage"]
    assert f"{coverage['ticks_observed']} of {coverage['ticks_expected']} ticks observed" in text
    assert f"{report['network']['outage_minutes']:,} station-minutes" in text
    assert report["attribution"]["en"].replace("\u00a0", " ") in text
    if day == rough.day_of_now:
        assert report["attribution"] == {
            language: rough.index["attribution"][language] for language in ("fr", "en")
        }


def test_an_unknown_count_is_shown_as_unknown(rough: Everything, onlooker: Visitor) -> None:
    page = onlooker.open(f"?lang=en&station={rough_days.UNKNOWN}")
    assert page.locator("[data-count=bikes]").inner_text() == "–"
    assert page.locator("[data-count=docks]").inner_text() == "–"
    page = onlooker.open(f"?lang=en&station={rough_days.TYPELESS}")
    assert "– mechanical, – electric" in page.locator(".counts small").first.inner_text()
    (row,) = [row for row in rough.kpi("taux_remplissage") if row["station_code"] == rough_days.UNKNOWN]
    assert (row["bikes"], row["docks"]) == (None, None)
    assert rough.api(f"stations/{rough_days.UNKNOWN}")["bikes"] is None


def test_every_figure_says_as_of_when_it_is(rough: Everything, onlooker: Visitor) -> None:
    at = datetime.fromtimestamp(rough.index["observed_epoch"], UTC)
    local = at.astimezone(PARIS)
    for name in ("top10_2hour", "outage_episodes"):
        shown = velib("kpi", name, "--lake", rough.site.folder)
        assert f"As of {at:%Y-%m-%d %H:%M} UTC ({local:%H:%M} in Europe/Paris)." in shown
    page = onlooker.open("?lang=en&view=rankings&table=kpi_outage_episodes")
    assert f"As of 5 November 2024 at {local:%H:%M}" in page.locator(".as-of").inner_text()
    for view in rough.index["views"]:
        page = onlooker.open(f"?lang=en&view=rankings&table={view['name']}")
        told = datetime.fromtimestamp(view["as_of_epoch"], PARIS)
        assert f"As of {told.day} November 2024 at {told:%H:%M}." in page.locator(".as-of").inner_text()
