"""The first screen: freshness, headline, map, top 10, the day's curve."""

from __future__ import annotations

from tests.browser.conftest import Site, Visitor
from tests.browser.reading import number, rows_of, stamp, station_steps, until, until_drawn


def test_says_that_the_data_are_simulated_and_of_when(visitor: Visitor) -> None:
    page = visitor.open()
    told = page.locator(".freshness").first.inner_text()
    assert "Simulated" in told
    assert "18:30" in told
    assert "4 March 2026" in told


def test_headline_is_the_published_headline(visitor: Visitor) -> None:
    page = visitor.open()
    now = visitor.site.data("headline.json")["now"]
    shown = {
        figure.get_attribute("data-figure"): figure.locator(".value").inner_text()
        for figure in page.locator("[data-figure]").all()
    }
    assert {name: number(shown[name]) for name in ("bikes", "ebikes", "docks", "no_bike", "saturated")} == {
        name: now[name] for name in ("bikes", "ebikes", "docks", "no_bike", "saturated")
    }
    assert number(shown["fill"]) == round(100 * now["fill_rate"], 1)


def test_headline_equals_the_kpi_view(visitor: Visitor) -> None:
    page = visitor.open()
    (kpi,) = visitor.site.data("kpi/kpi_network_headline.json")
    value = page.locator('[data-figure="no_bike"] .value').inner_text()
    assert number(value) == kpi["short_stations"]
    assert number(page.locator('[data-figure="bikes"] .value').inner_text()) == kpi["bikes"]


def test_headline_changes_are_against_the_day_before(visitor: Visitor) -> None:
    page = visitor.open()
    headline = visitor.site.data("headline.json")
    change = page.locator('[data-figure="bikes"] .change b').first.inner_text()
    assert number(change) == headline["now"]["bikes"] - headline["day_before"]["bikes"]


def test_headline_changes_of_a_past_moment_are_against_the_day_before_it(visitor: Visitor) -> None:
    dates = [day["date"] for day in visitor.site.data("index.json")["days"]]
    before, today = (visitor.site.data(f"days/{date}.json") for date in dates[-2:])
    tick = next(
        tick
        for tick, epoch in enumerate(today["epochs"])
        if today["status"][tick] == "observed"
        and epoch - 86_400 in before["epochs"]
        and before["status"][before["epochs"].index(epoch - 86_400)] == "observed"
    )
    then = before["epochs"].index(today["epochs"][tick] - 86_400)
    page = visitor.open(f"?lang=en&at={stamp(today['epochs'][tick])}")
    for figure in ("bikes", "docks", "no_bike"):
        change = page.locator(f'[data-figure="{figure}"] .change b').first.inner_text()
        assert number(change) == today["curve"][figure][tick] - before["curve"][figure][then]


def test_a_moment_without_a_past_says_so(visitor: Visitor) -> None:
    first = visitor.site.data(f"days/{visitor.site.data('index.json')['days'][0]['date']}.json")
    tick = first["status"].index("observed")
    page = visitor.open(f"?lang=en&at={stamp(first['epochs'][tick])}")
    assert page.locator(".headline .no-history").inner_text().startswith("Nothing to compare with")
    assert page.locator(".headline .change").count() == 0


def test_top10_is_the_kpi_view_with_reasons_and_minutes(visitor: Visitor) -> None:
    page = visitor.open()
    rows = visitor.site.data("kpi/kpi_top10_2hour.json")
    entries = page.locator(".top10 li").all()
    assert [entry.locator(".name").inner_text() for entry in entries] == [row["name"] for row in rows]
    assert [number(entry.locator(".minutes").inner_text()) for entry in entries] == [
        row["outage_minutes"] for row in rows
    ]
    assert all(entry.locator(".reason").inner_text() for entry in entries)


def test_the_table_beside_the_map_says_what_the_views_say(visitor: Visitor) -> None:
    page = visitor.open("?lang=en&as=table")
    zones = {row["zone_name"]: row for row in visitor.site.data("kpi/kpi_saturation_par_arrondissement.json")}
    shown = rows_of(page, "Zones")
    assert len(shown) == len(zones)
    for name, stations, operative, bikes, docks, fill, short, saturated, unusable in shown:
        kpi = zones[name]
        assert (number(stations), number(operative)) == (kpi["stations"], kpi["operative_stations"])
        assert (number(bikes), number(docks)) == (kpi["bikes"], kpi["docks"])
        if kpi["operative_stations"]:
            assert number(fill) == round(100 * kpi["fill_rate"] + 1e-9, 1)
            assert number(unusable) == round(100 * kpi["unusable_share"] + 1e-9, 1)
            assert abs(number(short) - 100 * kpi["short_stations"] / kpi["operative_stations"]) < 0.051
            assert (
                abs(number(saturated) - 100 * kpi["saturated_stations"] / kpi["operative_stations"]) < 0.051
            )


def test_the_map_shows_every_station_in_the_colour_of_its_fill(visitor: Visitor) -> None:
    page = visitor.open()
    until_drawn(page)
    now = visitor.site.data("now.json")
    drawn = station_steps(page)
    located = [i for i, lat in enumerate(now["lat"]) if lat is not None]
    assert sorted(drawn) == located
    hollow, empty, full = 254, 0, 6
    for i in located:
        bikes, docks, step = now["bikes"][i], now["docks"][i], drawn[i]
        if now["state"][i] != 0:
            assert step == hollow
        elif bikes == 0:
            assert step == empty
        else:
            assert (step == full) == (10 * bikes >= 9 * (bikes + docks))


def test_a_map_that_is_shown_is_sharp_and_has_its_names(visitor: Visitor) -> None:
    """While its parts come in it is hidden and drawn small, and without letters."""
    page = visitor.open(device_scale_factor=2)
    until_drawn(page)
    assert page.locator(".map-place").is_visible()
    drawn, shown = page.evaluate(
        "(({width, clientWidth}) => [width, clientWidth])(document.querySelector('.map canvas'))"
    )
    assert drawn == 2 * shown
    names = "document.querySelector('.map').map.queryRenderedFeatures({layers: ['zone-names']}).length"
    until(page, f"{names} >= 10")


def test_from_zoom_14_on_each_station_says_its_counts(visitor: Visitor) -> None:
    now = visitor.site.data("now.json")
    station = now["code"].index(visitor.site.data("top10.json")[0]["station_code"])
    where = f"{now['lat'][station]}/{now['lon'][station]}"
    page = visitor.open(f"?lang=en&map=15.5/{where}")
    until_drawn(page)
    shown = """document.querySelector('.map').map.queryRenderedFeatures({layers: ['counts']})
        .map(({id, properties: {mechanical, ebikes, docks}}) => [id, mechanical, ebikes, docks])"""
    until(page, f"{shown}.length > 0")
    counts = page.evaluate(shown)
    assert station in [i for i, *_ in counts]
    for i, *told in counts:
        known = [now[name][i] for name in ("mechanical", "ebikes", "docks")]
        assert told == ["–" if count is None else str(count) for count in known]
    assert page.locator(".counts-key").is_visible()
    page = visitor.open(f"?lang=en&map=13/{where}")
    until_drawn(page)
    assert page.evaluate(shown) == []


def test_a_station_can_be_pointed_at_and_clicked_on_the_map(visitor: Visitor) -> None:
    now = visitor.site.data("now.json")
    station = now["code"].index(visitor.site.data("top10.json")[0]["station_code"])
    page = visitor.open(f"?lang=en&map=15/{now['lat'][station]}/{now['lon'][station]}")
    until_drawn(page)
    box = page.locator(".map-place").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    assert now["name"][station] in page.locator(".map-tip").inner_text()
    page.mouse.click(*middle)
    assert page.locator("[data-station]").get_attribute("data-station") == now["code"][station]


def test_first_screen_is_light(site: Site, visitor: Visitor) -> None:
    """All that comes over the wire for the first screen, as the server packs it: under 700 kB."""
    page = visitor.blank()
    watch = page.context.new_cdp_session(page)
    watch.send("Network.enable")
    sizes: list[float] = []
    watch.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(site.address)
    page.wait_for_selector(".timeline .chart svg")
    page.wait_for_load_state("networkidle")
    assert len(sizes) > 6
    assert sum(sizes) < 700_000
