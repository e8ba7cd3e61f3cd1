"""A lake that is open for questions: what `open_lake` gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from velib_insights import wiring
from velib_insights.adapters.sql_text import among, instant, named
from velib_insights.api.insights import Insights
from velib_insights.core.errors import QueryError, SettingsError, VelibError
from velib_insights.core.ticks.local_span import LocalSpan, When
from velib_insights.core.ticks.local_time import zone_info

if TYPE_CHECKING:
    from types import TracebackType

    import pyarrow as pa

    from velib_insights.adapters.athena import Scanned
    from velib_insights.adapters.history_engine import HistoryEngine
    from velib_insights.adapters.lake import Lake as StoredLake
    from velib_insights.core.catalogue.tables import Column
    from velib_insights.core.locale import Language
    from velib_insights.core.network import Network
    from velib_insights.settings import Settings
    from velib_insights.steps.kpi import DatedEngine


def open_lake(address: str | None = None, *, create: bool = False, **settings: Any) -> Lake:
    """The lake at that folder or s3:// address; without one as VELIB_LAKE or velib.toml says, else `./lake`.

    `create` makes the folder where there is none. `settings` are those of docs/reference/settings.md by name, as
    `timezone="Europe/Paris"` or `memory=4000`. Raises LakeError where there is no lake, SettingsError for a setting
    that does not exist or cannot be.
    """
    from velib_insights.settings import SETTINGS, read_settings

    known = [setting.name for setting in SETTINGS]
    for name in settings:
        if name not in known:
            raise SettingsError(f"there is no setting {name!r}", hint=f"Known settings: {', '.join(known)}.")
    return Lake(read_settings({**settings, "lake": address}), create=create)


class Lake:
    """A lake that is open for questions. Every question sees the lake as it is when asked. Use it from one thread."""

    def __init__(
        self,
        settings: Settings,
        on_scan: Callable[[Scanned], None] = lambda _: None,
        *,
        create: bool = False,
    ) -> None:
        """`on_scan` is called with what Athena bills for a query, where `engine` is athena."""
        self._settings = settings
        self._on_scan = on_scan
        self._engine: DatedEngine | None = None
        self._past: HistoryEngine | None = None
        if settings.engine == "duckdb":
            self._lake = wiring.open_lake(settings, create=create)

    @property
    def network(self) -> Network:
        """What the lake remembers of its network: source, name, time zone, cadence, licence."""
        return wiring.network_of(self._settings, self._stored())

    @property
    def as_of(self) -> datetime | None:
        """The latest observed tick, UTC: what every KPI speaks of. None where nothing was observed."""
        from velib_insights.steps.kpi import as_of_epoch

        epoch = as_of_epoch(self.engine)
        return None if epoch is None else datetime.fromtimestamp(epoch, UTC)

    @property
    def engine(self) -> DatedEngine:
        """Who runs the SQL: DuckDB over the files, or Athena."""
        if self._engine is None:
            self._engine = wiring.open_engine(self._settings, self._on_scan)
        return self._engine

    def kpi(self, name: str, *, since: When = None, until: When = None, by: str | None = None) -> pa.Table:
        """The rows of one KPI (docs/reference/views.md), with or without `kpi_`, the most telling rows first.

        `history_` names, which alone take a span, are as for `history`. Raises QueryError for an unknown name,
        SettingsError for a span where there is none to choose, NothingThere for a lake without an observed tick.
        """
        from velib_insights.steps.kpi import find_kpi, kpi

        if name.startswith("history_"):
            return self.history(name, since=since, until=until, by=by)
        view = find_kpi(name)
        if since is not None or until is not None or by is not None:
            raise SettingsError(
                f"{view.name} is no history: it speaks of now or of the last days",
                hint='Histories take a span: lake.history("stations", since="2026-01").',
            )
        return kpi(self.engine, view.name)

    def history(
        self,
        name: str,
        *,
        since: When = None,
        until: When = None,
        by: str | None = None,
        stations: Iterable[str] | None = None,
        zones: Iterable[str] | None = None,
    ) -> pa.Table:
        """The rows of a history, with or without `history_`, over closed local days: years in milliseconds.

        `since` and `until` are both included, as for `table`; without them all days that are rolled up. `by` is the
        period: day, week, month (the default), quarter, year or span. `stations` are station codes, `zones` zone
        codes. `name` may also be a table of the rollup: station_day, station_hour,
        outage_day, zone_day, zone_hour.
        Raises QueryError for an unknown name, SettingsError for a span, period or filter that cannot be, NothingThere
        where no closed day is rolled up.
        """
        from velib_insights.adapters.history_engine import HistoryEngine
        from velib_insights.steps.history import history

        lake, network = self._stored(), self.network
        if self._past is None:
            self._past = HistoryEngine(lake, network.source, wiring.limits_of(self._settings))
        return history(
            self._past,
            lake,
            network.timezone,
            name,
            since=since,
            until=until,
            by=by or "",
            stations=stations,
            zones=zones,
        )

    def histories(self) -> pa.Table:
        """The histories: name, question and grain of each."""
        import pyarrow as pa

        from velib_insights.core.catalogue.history import HISTORY

        return pa.Table.from_pylist(
            [{"name": v.name, "question": v.question, "grain": v.grain} for v in HISTORY]
        )

    def rollup(self, *, since: When = None, until: When = None, again: bool = False) -> int:
        """Roll up the closed days whose hours have changed, as `velib rollup` does; how many were made."""
        from velib_insights.core.ticks.local_span import days_of
        from velib_insights.steps.rollup import rollup

        first, last = days_of(since, until)
        lake, network = self._stored(), self.network
        limits = wiring.limits_of(self._settings)
        done = rollup(
            lake, network.source, network.timezone, since=first, until=last, again=again, limits=limits
        )
        return len(done.made)

    def kpis(self) -> pa.Table:
        """The KPI: name, question, grain and window of each."""
        import pyarrow as pa

        from velib_insights.core.catalogue.views import kpi_views

        return pa.Table.from_pylist(
            [
                {"name": v.name, "question": v.question, "grain": v.grain, "window": v.window}
                for v in kpi_views()
            ]
        )

    def query(self, sql: str) -> pa.Table:
        """The answer to one SELECT over the tables and views. Raises QueryError."""
        return self.engine.query(sql)

    def table(
        self,
        name: str = "source_velib",
        *,
        since: When = None,
        until: When = None,
        stations: Iterable[str] | None = None,
        zones: Iterable[str] | None = None,
        columns: Iterable[str] | None = None,
    ) -> pa.Table:
        """Rows of a table or base view, reading only the files of the span; in the order of time, then station.

        `since` and `until` are both included: local days, months or years of the network's city ("2026-03-04",
        "2026-03", "2026", a date), or instants with an offset. `stations` are station codes, `zones` zone codes.
        Use `station_observations` rather than `source_velib` where frozen and partial ticks should be marked.
        Raises QueryError for an unknown name or column, SettingsError for a filter that the table does not have.
        """
        from velib_insights.steps.site.engine import SpanEngine
        from velib_insights.steps.site.ledger import LONGEST_HOLD_H

        available = _columns_of(name)
        chosen = list(available) if columns is None else list(columns)
        for column in chosen:
            if column not in available:
                raise QueryError(f"{name} has no column {column!r}", hint=f"It has: {', '.join(available)}.")
        if not chosen:
            raise SettingsError("columns is empty", hint="Name one column at least, or leave it out.")
        lake, network = self._stored(), self.network
        span = LocalSpan.of(since, until, network.timezone)
        conditions = [f"snapshot_at >= {instant(span.since_epoch)}"] if span.since_epoch is not None else []
        if span.until_epoch is not None:
            conditions.append(f"snapshot_at < {instant(span.until_epoch)}")
        for column, codes, argument in (
            ("station_code", stations, "stations"),
            ("zone_code", zones, "zones"),
        ):
            if codes is None:
                continue
            if column not in available:
                raise SettingsError(
                    f"{name} has no {column}, so {argument}= cannot be used", hint="Leave it out."
                )
            conditions.append(among(column, codes, argument))
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        order = ", ".join(c for c in ("snapshot_at", "station_code", "row_number") if c in available)
        engine = SpanEngine(lake, network.source, wiring.limits_of(self._settings))
        try:
            hours = span.hours
            last = hours.last and hours.last.back(-LONGEST_HOLD_H)
            engine.show(hours.first, last, name)
            return engine.ask(f"SELECT {', '.join(map(named, chosen))} FROM {name}{where} ORDER BY {order}")  # noqa: S608
        finally:
            engine.close()

    def stations(self) -> pa.Table:
        """Every station at the latest observed tick, with how it stands and since when (the view `station_now`)."""
        from velib_insights.core.catalogue.views import view

        columns = [column.name for column in view("station_now").columns]
        return self.engine.view("station_now").select(columns).sort_by("station_code")

    def ticks(self, *, since: When = None, until: When = None) -> pa.Table:
        """The ledger, judged: one row a tick that was asked for, with outcome, is_frozen, is_partial, is_observed."""
        return self.table("observed_ticks", since=since, until=until)

    def health(self) -> pa.Table:
        """How well the feed was seen, a row a UTC day (the view `kpi_feed_health`)."""
        return self.kpi("feed_health")

    def insights(self, day: date | str | None = None, *, language: Language = "en") -> Insights:
        """The report of a local day, of the latest with data where none is named.

        Raises NothingThere for a day without data, SettingsError for what is not a date or a language.
        """
        from velib_insights.core.locale import LANGUAGES
        from velib_insights.steps.insights import parse_day
        from velib_insights.steps.site.reports import report_of

        if language not in LANGUAGES:
            raise SettingsError(
                f"there is no language {language!r}", hint=f"Languages: {', '.join(LANGUAGES)}."
            )
        network, chosen = self.network, parse_day(day) if isinstance(day, str) else day
        report = report_of(
            self._stored(), network.source, chosen, network.timezone, wiring.limits_of(self._settings)
        )
        return Insights(report, language)

    def import_(
        self,
        *paths: str | Path,
        git: Sequence[str] = (),
        name_timezone: str | None = None,
        columns: Mapping[str, str] | None = None,
        wide: str | None = None,
        only: Mapping[str, str] | None = None,
        format: str | None = None,  # noqa: A002 - as the command's option
        dry_run: bool = False,
        skip_unknown: bool = False,
    ) -> pa.Table:
        """Import recordings, as `velib import` does, then clean and catalog them.

        The answer accounts for every file: a row for those `stored`, those `already_there` and those skipped for each
        reason, with `files` (their number) and `examples` (some paths). With `dry_run` nothing is written, and those
        to be stored are in the row `found`. Raises SettingsError as the command does, NothingThere where there is
        nothing to import, ImportIncomplete, after the others are imported, for files that look like data and were left
        out, unless `skip_unknown`.
        """
        from velib_insights.adapters.recordings.table_format import TableFormat
        from velib_insights.api.imports import accounted, import_recordings

        form = TableFormat(columns or {}, format, wide, only or {})
        done = import_recordings(
            self._settings, paths, form, git=git, name_timezone=name_timezone, dry_run=dry_run
        )
        self.close()  # the next question sees what is there now
        if not (skip_unknown or dry_run):
            done.raise_if_incomplete()
        return accounted(done, is_dry=dry_run)

    def run(self, *, publish: bool = True) -> pa.Table:
        """Collect the tick of now from the live feed and run all steps, as `velib run` does.

        The answer is one row: `tick` (UTC), `outcome`, `already_there`, `stations`, `rows_kept` and `rows_refused` of
        the hour, `published` (files written; 0 without `publish`). Raises FeedUnavailable where nothing came and
        FeedChanged where what came cannot be used; both are in the ledger then.
        """
        import pyarrow as pa

        from velib_insights.core.ticks.tick import Tick
        from velib_insights.wiring.ticks import run_tick

        session = wiring.IngestSession(self._settings, create=True)
        now = datetime.now(UTC)
        tick = run_tick(session, Tick.at_or_before(now, session.network.cadence_s), now)
        self.close()  # the next question sees what is there now
        done, cleaned = tick.ingested, tick.cleaned
        done.raise_if_unusable()
        files: tuple[str, ...] = ()
        if publish:
            made = wiring.publish_site(
                self._settings, session.lake, session.network, most_reports=wiring.REPORTS_A_TICK
            )
            files = made.keys
        row = {
            "tick": done.tick.at,
            "outcome": done.outcome,
            "already_there": done.was_present,
            "stations": done.stations,
            "rows_kept": cleaned.rows_kept,
            "rows_refused": cleaned.rows_refused,
            "published": len(files),
        }
        return pa.Table.from_pylist([row])

    def close(self) -> None:
        """Give back what the engine holds; the next question opens it again."""
        from velib_insights.adapters.duckdb_engine import DuckDbEngine

        if isinstance(self._engine, DuckDbEngine):
            self._engine.close()
        if self._past is not None:
            self._past.close()
        self._engine = self._past = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return "\n".join(f"{name + ':':<10}{value}" for name, value in self._summary())

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in self._summary()
        )
        return f"<table>{rows}</table>"

    def _summary(self) -> list[tuple[str, str]]:
        """What a notebook shows. Of a lake that cannot be read it says why: a repr must not raise."""
        try:
            network = self.network
            about = [("Network", network.name or network.source), ("Lake", self._stored().name)]
            health = self.health().to_pydict()
        except VelibError as error:
            return [("Lake", self._settings.lake), ("", error.message)]
        days, observed, expected = (
            health["date"],
            sum(health["ticks_observed"]),
            sum(health["ticks_expected"]),
        )
        share = f"{observed / expected:.1%}" if expected else "none"
        latest = self.as_of
        return [
            *about,
            ("Days", f"{min(days)} to {max(days)} (UTC), {len(days)} with data"),
            ("Coverage", f"{observed} of {expected} expected ticks observed ({share})"),
            ("As of", "nothing was observed" if latest is None else _local(latest, network.timezone)),
        ]

    def _stored(self) -> StoredLake:
        if self._settings.engine != "duckdb":
            raise SettingsError(
                "Athena answers kpi, query and stations alone",
                hint='Open the lake itself: open_lake("s3://…").',
            )
        return self._lake


def _columns_of(name: str) -> tuple[str, ...]:
    """Of a table, or of a base view that has a row an instant. Raises QueryError with the names there are."""
    from velib_insights.core.catalogue.tables import TABLES
    from velib_insights.core.catalogue.views import VIEWS

    known: dict[str, tuple[Column, ...]] = {
        table.name: (*table.columns, *table.partitions) for table in TABLES
    }
    known |= {
        view.name: view.columns
        for view in VIEWS
        if view.window_h is None and any(column.name == "snapshot_at" for column in view.columns)
    }
    if name in known:
        return tuple(column.name for column in known[name])
    hint = (
        "Ask for a KPI with kpi()."
        if name in {view.name for view in VIEWS}
        else f"There are: {', '.join(known)}."
    )
    raise QueryError(f"{name!r} is not a table of ticks", hint=hint)


def _local(at: datetime, timezone: str) -> str:
    return f"{at.astimezone(zone_info(timezone)):%Y-%m-%d %H:%M} ({timezone})"
