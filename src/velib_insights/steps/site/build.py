"""Builds the site's data: every file of `site/data/`, as of the lake's latest tick.

Files are built in batches. Each batch stores a digest of its inputs and is rebuilt only when the digest changes, so a
tick costs what changes with it, and a full publication gives the same bytes as many small ones. A tick changes the
present (stations, headline, KPI of a day, outages of the week) and its own day; the end of an hour changes the hours
of the month and the KPI of a week, the end of a day the KPI of a month. `as_of_epoch` says which tick a view is of.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, cast

from velib_insights.adapters.formats import encode, rows_of
from velib_insights.adapters.parquet import from_parquet
from velib_insights.core.catalogue.views import View, kpi_views
from velib_insights.core.catalogue.views import view as view_named
from velib_insights.core.errors import NothingThere
from velib_insights.core.ticks.future import Clock
from velib_insights.core.ticks.tick import Hour
from velib_insights.pages.basemap import NO_BASEMAP
from velib_insights.sql import TICKS_MARGIN_H
from velib_insights.steps.kpi import kpi
from velib_insights.steps.network import read_network
from velib_insights.steps.site import days as site_days
from velib_insights.steps.site import history as site_history
from velib_insights.steps.site import index as site_index
from velib_insights.steps.site import now as site_now
from velib_insights.steps.site import reports as site_reports
from velib_insights.steps.site import usual as site_usual
from velib_insights.steps.site import zones as site_zones
from velib_insights.steps.site.contract import Index, PublishedBasemap, PublishedView
from velib_insights.steps.site.engine import HELD_H, AsOfEngine, RecentWindowEngine, SpanEngine
from velib_insights.steps.site.kpi import (
    AGAINST_USUAL,
    Pace,
    compact,
    files_of,
    index_page,
    is_of_a_day,
    pace_of,
    published_view,
)
from velib_insights.steps.site.ledger import (
    Ledger,
    LocalDay,
    groups_of_days,
    hours_gone,
    local_date,
    local_days,
)
from velib_insights.steps.site.manifest import (
    SITE_DATA,
    SITE_VERSION,
    Artifact,
    CachedDay,
    DayLine,
    Files,
    Manifest,
    ManifestEntry,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from velib_insights.adapters.lake import Lake
    from velib_insights.adapters.query_limits import QueryLimits
    from velib_insights.pages.basemap import Basemap

_DAYS_AT_ONCE = 28  # local_days looks back 31 days from the end of what it is shown
_OF_NOW = ("now.json", "headline.json", "zones_now.json", "top10.json", "rebalancing.json", "board.json")
_EPISODES = "kpi_outage_episodes"
_WEEK_BEFORE_H = 8 * 24  # headline.json looks back a week, whose ticks are judged by the day before


class SiteBuild:
    """The site as of the latest tick. Use it from one thread (reports from another if need be), and close it.

    `made` is the manifest of what is published; this build adds to it. `usual` caches the norms of the latest day
    between builds. Days built from hours that are gone from the ledger keep their files, unless `allow_fewer`. Raises
    NothingThere for a lake without an observed tick.
    """

    def __init__(
        self,
        lake: Lake,
        source: str,
        timezone: str,
        made: Manifest,
        limits: QueryLimits | None = None,
        basemap: Basemap = NO_BASEMAP,
        clock: Clock = time.time,
        *,
        allow_fewer: bool = False,
        usual: dict[str, pa.Table] | None = None,
    ) -> None:
        self._lake, self._source, self._timezone = lake, source, timezone
        self._basemap = basemap
        self._network = read_network(lake)
        self.made = made
        # Before anything is read: what is written later makes the digests stale, and the next build sees it.
        self.ledger = Ledger.of(lake, clock)
        self.held = RecentWindowEngine(lake, source, limits, clock)
        self.past = SpanEngine(lake, source, limits, clock)
        self._reporting = SpanEngine(lake, source, limits, clock)
        self.moment = site_index.Moment.of(self.held)
        self.gone = [] if allow_fewer else hours_gone(lake, source, made.noted_hours(), self.ledger)
        self._kept = {str(day) for day in local_days(self.gone, timezone)}
        self.days = local_days([*self.ledger.hours, *self.gone], timezone)
        self._usual = {} if usual is None else usual
        self._digests: dict[LocalDay, str] = {}
        self._polygons = site_zones.polygon_files(lake)
        self.batches = {batch.name: batch for batch in self._batches()}

    def close(self) -> None:
        for engine in (self.held, self.past, self._reporting):
            engine.close()

    def release_memory(self, batch: Artifact | None = None) -> None:
        """Free what the engines hold of the past, some hundred MB; they read it again when they need it."""
        is_report = batch is not None and batch.name.startswith(f"{site_reports.FOLDER}/")
        (self._reporting if is_report else self.past).close()

    def make(self, batch: Artifact) -> dict[str, bytes]:
        """The batch's files by path; they count as made from now on."""
        self.made.batches[batch.name] = told = ManifestEntry(batch.made_from, [])
        files = dict(batch.make())
        told.paths = sorted(files)
        return files

    def index(self, *, api: bool = False) -> bytes:
        """`index.json`; a view that was not made yet has no number of rows. `api`: one answers beside it."""
        about: Index = {
            **site_index.head(self.moment, self._source, self._timezone, self._network),
            "api": api,
            "first_epoch": self._first_epoch,
            "days": list(self._lines.values()),
            "usual": [str(day) for day in self.days if f"{site_usual.FOLDER}/{day}" in self.batches],
            "zones": "zones.geojson" if self._polygons else None,
            "views": [self._published(view) for view in kpi_views()],
            "basemap": cast("PublishedBasemap", self._basemap.as_published()),
        }
        return compact(about)

    def reports(self) -> bytes:
        """`insights/index.json`: a line for each day whose report was made, in order."""
        return compact([entry for _, entry in sorted(self.made.reports.items())])

    def _batches(self) -> Iterator[Artifact]:
        # A tick that lay ahead of the clock becomes "now" without a change of the ledger.
        moment = (self.moment.observed_epoch, self.moment.ledger_epoch)
        now = self._digest(self.held.now_hour.back(_WEEK_BEFORE_H), self.ledger.last, *moment)
        for name in _OF_NOW:
            yield Artifact(name, now, partial(self._json, name))
        for day in reversed(self.days):
            if self._may_be_made(name := f"days/{day}.json", day):
                yield Artifact(
                    name, self._as_made(name, day) or self._day_digest(day), partial(self._day, day)
                )
        if self._polygons:
            versions = [(entry.key, entry.size, entry.version) for entry in self._polygons]
            placed = self._stations["station_code"].to_pylist()
            shapes = self.ledger.digest(self.ledger.first, self.ledger.first, SITE_VERSION, versions, placed)
            yield Artifact("zones.geojson", shapes, partial(self._json, "zones.geojson"))
        hour = self._closed("hour")
        if hour:
            yield Artifact(
                "history", self._digest(hour.back(site_history.HOURS), hour), partial(self._shards, hour)
            )
        for day in reversed(self.days):
            name = f"{site_usual.FOLDER}/{day}"
            if self._has_norms(day) and self._may_be_made(name, day):
                digest = self._as_made(name, day) or self._norms_digest(day)
                yield Artifact(name, digest, partial(self._norms, day))
        today = self._norms_digest(self._today)
        yield Artifact(site_usual.NOW, today, partial(self._norms_of_now))
        profile = view_named("kpi_profile_hour_weekday")
        yield Artifact("profile.json", self._view_digest(profile, now), partial(self._json, "profile.json"))
        listed = index_page(kpi_views()).encode()
        yield Artifact(
            "kpi/index", hashlib.sha256(listed).hexdigest()[:24], lambda: [("kpi/index.html", listed)]
        )
        for view in kpi_views():
            yield Artifact(f"kpi/{view.name}", self._view_digest(view, now), partial(self._kpi_files, view))
        for day in reversed(self.days):
            if str(day) in self._lines and self._may_be_made(name := site_reports.batch_name(str(day)), day):
                digest = self._as_made(name, day) or self._report_digest(day)
                yield Artifact(name, digest, partial(self._report, day))

    def _may_be_made(self, name: str, day: LocalDay) -> bool:
        """A day that lost hours has the files that it had, and gets no others."""
        return str(day) not in self._kept or name in self.made.batches

    def _as_made(self, name: str, day: LocalDay) -> str | None:
        """The digest by which the files of a day that lost hours stand."""
        return self.made.batches[name].made_from if str(day) in self._kept else None

    def _digest(self, first: Hour, last: Hour, *more: object) -> str:
        return self.ledger.digest(first.back(TICKS_MARGIN_H), last, SITE_VERSION, self._source, last, *more)

    def _day_digest(self, day: LocalDay) -> str:
        """Of a day's hours, of those they are judged by, and of where the ledger ends in it. Cached, because the norms
        of eight later days need it too."""
        if day not in self._digests:
            end = min(day.end_epoch, self.moment.ledger_epoch)
            first, last = day.first.back(TICKS_MARGIN_H), day.held_until
            self._digests[day] = self.ledger.digest(first, last, SITE_VERSION, self._source, end)
        return self._digests[day]

    def _line_digest(self, day: LocalDay) -> str:
        """A day's line changes with what its file is made from and with the ticks beside it, however far away."""
        before, after = self.ledger.beside(day.first, day.last)
        return self.ledger.digest(
            min(day.first.back(TICKS_MARGIN_H), before),
            max(day.held_until, after),
            SITE_VERSION,
            min(day.end_epoch, self.moment.observed_epoch),
        )

    def _report_digest(self, day: LocalDay) -> str:
        goes_on = self.ledger.last > day.last
        return self.ledger.digest(
            *site_reports.span_of(day, self._lines), SITE_VERSION, self._source, self._timezone, goes_on
        )

    def _view_digest(self, view: View, now: str) -> str:
        until = self._closed(pace_of(view))
        if view.name == AGAINST_USUAL:
            return self.ledger.digest(
                self.ledger.first, self.ledger.first, now, self._norms_digest(self._today)
            )
        if until is None:
            return now
        return self._digest(self.ledger.first if view.window_h is None else until.back(view.window_h), until)

    @cached_property
    def _today(self) -> LocalDay:
        return LocalDay.of(local_date(self.moment.observed_epoch, self._timezone), self._timezone)

    @property
    def norms_of_now(self) -> str | None:
        """The file of what is usual on the latest observed day; None where there is none."""
        name = f"{site_usual.FOLDER}/{self._today}"
        return f"{name}.json" if name in self.batches else None

    def _has_norms(self, day: LocalDay) -> bool:
        """Whether the lake has a day of the same weekday in the weeks before one that was observed."""
        line = self._lines.get(str(day))
        before = site_usual.days_before(day, self._timezone)
        return line is not None and line.observed > 0 and any(str(each) in self._lines for each in before)

    def _norms_digest(self, day: LocalDay) -> str:
        days = [self._day_digest(each) for each in site_usual.days_before(day, self._timezone)]
        return self.ledger.digest(self.ledger.first, self.ledger.first, str(day), self._timezone, days)

    def _closed(self, pace: Pace) -> Hour | None:
        """The last hour of what had closed before the ledger's last tick; None where that is before the lake."""
        if pace == "tick":
            return None
        last = self.ledger.last
        if pace == "day":
            last = LocalDay.of(local_date(self.moment.ledger_epoch, self._timezone), self._timezone).first
        return last.back(1) if last > self.ledger.first else None

    def _json(self, path: str) -> Files:
        return [(path, compact(self._content(path)))]

    def _content(self, path: str) -> Any:
        match path:
            case "now.json":
                return site_now.now(self._stations)
            case "headline.json":
                moment = self.moment
                return site_now.headline(self.held, self.past, moment.observed_epoch, moment.cadence_s)
            case "zones_now.json":
                return rows_of(kpi(self.held, "kpi_saturation_par_arrondissement"))
            case "top10.json":
                return rows_of(kpi(self.held, "kpi_top10_2hour"))
            case "rebalancing.json":
                return site_now.rebalancing(self.held)
            case "board.json":
                return site_now.board(self._episodes, self.moment.observed_epoch)
            case "profile.json":
                return rows_of(self._rows(view_named("kpi_profile_hour_weekday"))[0])
            case "zones.geojson":
                columns = (self._stations[name].to_pylist() for name in ("station_code", "lat", "lon"))
                return site_zones.zone_shapes(self._lake, zip(*columns, strict=True))
        raise KeyError(path)

    @cached_property
    def _episodes(self) -> pa.Table:
        """Outages of the week: for the board, and as a KPI."""
        return kpi(self.past, _EPISODES)

    @cached_property
    def _stations(self) -> pa.Table:
        return site_now.stations_now(self.held)

    def _day(self, day: LocalDay) -> Files:
        engine: SpanEngine = self.held
        if day.first < self.held.now_hour.back(HELD_H):
            engine = self.past
            engine.show(day.first, day.last, *site_days.VIEWS_ASKED, ticks_until=day.held_until)
        told = site_days.replay_of(engine, day, self._first_epoch, self.moment.ledger_epoch)
        return [(f"days/{day}.json", compact(told))]

    def _norms(self, day: LocalDay) -> Files:
        rows = self._usual_hours(day)
        name = f"{site_usual.FOLDER}/{day}"
        yield f"{name}.json", compact(site_usual.norms(rows, day))
        yield f"{name}/stations.json", compact(site_usual.station_norms(rows))

    def _norms_of_now(self) -> Files:
        rows = self._usual_hours(self._today)
        return [(site_usual.NOW, encode(rows, "parquet", self._today.start_epoch))]

    def _usual_hours(self, day: LocalDay) -> pa.Table:
        """Those of the latest day are kept: every tick asks for them."""
        digest = self._norms_digest(day)
        rows = self._usual.get(digest)
        if rows is None and day == self._today and self.made.stands(self.batches[site_usual.NOW]):
            body = self._lake.get(f"{SITE_DATA}/{site_usual.NOW}")
            rows = from_parquet(body, site_usual.NOW) if body else None
        if rows is None:
            rows = site_usual.usual_hours(self.past, day, self._timezone)
        if day == self._today:
            self._usual.clear()
            self._usual[digest] = rows
        return rows

    def _report(self, day: LocalDay) -> Files:
        entry, files = site_reports.report_files(
            self._reporting, day, self._timezone, self.ledger, self._network
        )
        self.made.reports[str(day)] = entry
        return files

    def _shards(self, hour: Hour) -> Files:
        for zone, stations in site_history.shards(site_history.station_hours(self.past, hour)).items():
            yield f"history/{zone}.json", compact(site_history.shard(stations))

    def _kpi_files(self, view: View) -> Files:
        rows, as_of_epoch = self._rows(view)
        made = self.made.batches[f"kpi/{view.name}"]
        made.rows, made.as_of_epoch = len(rows), as_of_epoch
        return files_of(view, rows, as_of_epoch)

    def _rows(self, view: View) -> tuple[pa.Table, int]:
        """A view's rows and the tick they are told as of."""
        if view.name == AGAINST_USUAL:
            self.held.give(site_usual.VIEW, self._usual_hours(self._today))
            return kpi(self.held, view.name), self.moment.observed_epoch
        if view.name == _EPISODES:
            return self._episodes, self.moment.observed_epoch
        until = self._closed(pace_of(view))
        if until:
            try:
                return kpi(AsOfEngine(self.past, until), view.name), self.past.observed_until(until)
            except NothingThere:  # nothing was observed before the close: all there is, is of today
                return kpi(self.past, view.name), self.moment.observed_epoch
        return kpi(self.held if is_of_a_day(view) else self.past, view.name), self.moment.observed_epoch

    def _published(self, view: View) -> PublishedView:
        made = self.made.batches.get(f"kpi/{view.name}")
        as_of_epoch = made.as_of_epoch if made else None
        return published_view(
            view, made.rows if made else None, self._as_of_epoch(view) if as_of_epoch is None else as_of_epoch
        )

    def _as_of_epoch(self, view: View) -> int:
        """The tick that the view's files will speak of once they are made."""
        until = self._closed(pace_of(view))
        seen = self.held.last_observed_before(until.epoch + 3600) if until else None
        return self.moment.observed_epoch if seen is None else seen

    @cached_property
    def _first_epoch(self) -> int:
        return self.past.first_tick_of(self.ledger.first)

    @cached_property
    def _lines(self) -> dict[str, DayLine]:
        """Ticks and coverage of every day that has ticks, in order; those that stand as they were told before are
        not asked for again.
        """
        digests = {str(day): self._line_digest(day) for day in self.days}
        known = self.made.days
        stale = [
            day
            for day in self.days
            if str(day) not in known
            or (known[str(day)].made_from != digests[str(day)] and str(day) not in self._kept)
        ]
        for some in groups_of_days(stale, _DAYS_AT_ONCE):
            beside = self.ledger.beside(some[0].first, some[-1].last)
            for line in site_days.day_lines(self.past, some, beside, self.moment.observed_epoch):
                known[line.date] = CachedDay(digests[line.date], line)
        return {str(day): known[str(day)].line for day in self.days if str(day) in known}
