"""KPI: the answers of the views, by name. The SQL is the files of `sql/`; an engine runs it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from velib_insights.core.catalogue.default_sort import reading_order
from velib_insights.core.catalogue.views import kpi_views
from velib_insights.core.errors import NothingThere, QueryError

if TYPE_CHECKING:
    import pyarrow as pa

    from velib_insights.core.catalogue.views import View

CLIENT_KPIS = (
    "kpi_taux_remplissage",
    "kpi_shortage",
    "kpi_station_saturation",
    "kpi_saturation_par_arrondissement",
    "kpi_top10_2hour",
)


class Engine(Protocol):
    """Who runs SQL over the lake: DuckDB here, Athena on AWS."""

    def view(self, name: str) -> pa.Table: ...

    def query(self, sql: str) -> pa.Table: ...


class DatedEngine(Engine, Protocol):
    """An engine over a whole lake, which has a latest observed tick."""

    def latest_observed_epoch(self) -> int:
        """In seconds since 1970. Raises NothingThere."""
        ...


def find_kpi(name: str) -> View:
    """The view of that name; the prefix `kpi_` may be left out. Raises QueryError with the nearest names."""
    views = {view.name: view for view in kpi_views()}
    full = name if name.startswith("kpi_") else f"kpi_{name}"
    if full in views:
        return views[full]
    raise QueryError(f"there is no KPI {name!r}", hint=hint_at(full, views))


def hint_at(name: str, known: Iterable[str]) -> str:
    """What may have been meant by a name that is none of these."""
    close = difflib.get_close_matches(name, list(known), 3, 0.5)
    meant = f"Did you mean {' or '.join(close)}? " if close else ""
    return f"{meant}`velib kpi` lists them all."


def kpi(engine: Engine, name: str) -> pa.Table:
    """The rows of one KPI, columns as the catalogue states them, the most telling rows first.

    Raises QueryError for an unknown name, NothingThere where the lake has nothing to tell.
    """
    view = find_kpi(name)
    return in_reading_order(engine.view(view.name), view)


def in_reading_order(rows: pa.Table, view: View) -> pa.Table:
    """The view's columns as the catalogue states them, the most telling rows first."""
    order = [(name, "descending" if down else "ascending") for name, down in reading_order(view)]
    return rows.select([column.name for column in view.columns]).sort_by(order)


def as_of_epoch(engine: DatedEngine) -> int | None:
    """The tick that every KPI speaks of: the latest one observed. None where no tick was."""
    try:
        return engine.latest_observed_epoch()
    except NothingThere:
        return None


def is_only_observation(engine: Engine, epoch: int) -> bool:
    """Whether nothing was observed before that tick, so that nothing can be said of how long anything lasts.

    The first sound tick of a lake is always an observation, whatever repeats it afterwards.
    """
    sql = f"SELECT 1 AS one FROM ticks WHERE outcome = 'ok' AND snapshot_epoch < {epoch} LIMIT 1"  # noqa: S608
    return len(engine.query(sql)) == 0
