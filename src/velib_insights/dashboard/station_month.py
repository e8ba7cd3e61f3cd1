"""A month of every station, tick by tick, in memory: 31 days of 1,480 stations are some 50 MB.

Asking the lake's files for one station takes 20 to 70 ms of a core, which is too much for fifty askers a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from velib_insights.core.ticks.tick import Hour

if TYPE_CHECKING:
    import pyarrow as pa

    from velib_insights.steps.site.build import SiteBuild

DAYS = 31
_COLUMNS = ("snapshot_epoch", "bikes", "mechanical", "ebikes", "docks", "is_operative")
_SELECT = (
    "SELECT station_code, cast(snapshot_epoch AS integer) AS snapshot_epoch, cast(bikes AS smallint) AS bikes, "
    "cast(mechanical AS smallint) AS mechanical, cast(ebikes AS smallint) AS ebikes, "
    "cast(docks AS smallint) AS docks, is_operative FROM station_observations "
)
_ORDER = "ORDER BY station_code, snapshot_epoch"


class Stations:
    """Observed ticks of each station, in order."""

    def __init__(self, rows: pa.Table) -> None:
        import pyarrow.compute as pc

        self._rows = rows.select(list(_COLUMNS))
        self._places: dict[str, tuple[int, int]] = {}
        offset = 0
        for run in pc.value_counts(rows["station_code"]).to_pylist():
            self._places[run["values"]] = (offset, run["counts"])
            offset += run["counts"]

    def of(self, code: str) -> pa.Table | None:
        place = self._places.get(code)
        return self._rows.slice(*place) if place else None


class StationMonth:
    """The closed days, read once while they stand, and the running one of each edition."""

    closed: Stations

    def __init__(self, before: StationMonth | None, edition: SiteBuild) -> None:
        today = Hour.parse(edition.held.now_hour.date, "00")
        first, last = today.back(DAYS * 24), today.back(1)
        self.made_from = edition.ledger.digest(first.back(26), last)
        if before is not None and before.made_from == self.made_from:
            self.closed = before.closed
        else:
            edition.past.show(first, last, "station_observations")
            self.closed = Stations(edition.past.ask(_SELECT + _ORDER))
        since = f"WHERE snapshot_epoch >= {today.epoch} "
        self._open = Stations(edition.held.ask(_SELECT + since + _ORDER))
        self._now_epoch = edition.moment.observed_epoch

    def history(self, code: str, days: int) -> dict[str, list[Any]]:
        """The station's observed ticks of the last so many times 24 hours, in columns; empty for an unknown one."""
        import pyarrow as pa
        import pyarrow.compute as pc

        found = [rows for part in (self.closed, self._open) if (rows := part.of(code)) is not None]
        told: dict[str, list[Any]] = {name: [] for name in _COLUMNS}
        if found:
            rows = pa.concat_tables(found)
            # Epochs ascend, so the wanted ticks are the end of the table.
            before = pc.sum(pc.less_equal(rows["snapshot_epoch"], self._now_epoch - days * 86_400)).as_py()
            told = {name: rows[name].slice(before or 0).to_pylist() for name in _COLUMNS}
        told["epochs"] = told.pop("snapshot_epoch")
        told["operative"] = told.pop("is_operative")
        return {
            name: told[name] for name in ("epochs", "bikes", "mechanical", "ebikes", "docks", "operative")
        }
