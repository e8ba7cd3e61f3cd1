"""The catalogue of long questions: spans of closed local days, answered from the rollup."""

from __future__ import annotations

from velib_insights import sql
from velib_insights.core.catalogue.columns import COLUMNS
from velib_insights.core.catalogue.tables import Column, Table
from velib_insights.core.catalogue.views import View

_SERVICE = """bike_availability dock_availability full_availability unusable_share mechanical_availability
    ebike_availability fill_rate"""
_MEANS = "mean_bikes mean_mechanical mean_ebikes mean_docks"
_MOVES = "net_bikes bikes_moved cadence_s days_covered days_wanted coverage"
_MINUTES = "short_minutes no_dock_minutes outage_minutes operative_minutes"
_STATION_MINUTES = """short_station_minutes no_dock_station_minutes outage_station_minutes
    operative_station_minutes"""

# In the order in which the SQL gives them.
_COLUMNS = {
    "history_network": f"source period stations {_SERVICE} {_STATION_MINUTES} {_MOVES}",
    "history_zones": f"source period zone_code zone_name stations {_SERVICE} {_STATION_MINUTES} {_MOVES}",
    "history_stations": f"""source period station_code station_id name lat lon zone_code zone_name capacity {_SERVICE}
        {_MEANS} {_MINUTES} {_MOVES}""",
    "history_profile": f"source period local_weekday local_hour {_SERVICE} days_covered",
    "history_profile_zones": f"source period zone_code local_weekday local_hour {_SERVICE} days_covered",
    "history_profile_stations": f"""source period station_code local_weekday local_hour {_SERVICE} {_MEANS}
        days_covered""",
    "history_outages": """source station_code name zone_code zone_name kind local_date started_epoch ended_epoch
        episode_minutes minutes_least minutes_most is_open start_was_seen end_was_seen""",
    "history_recovery": """source zone_code zone_name kind episodes_closed median_minutes p90_minutes episodes_open
        episodes""",
}

CALENDAR = Table(
    name="calendar",
    about="The days that are asked for, each with the period in which it counts.",
    grain=("local_date",),
    tier="",
    columns=(
        Column("local_date", "date", "Calendar day in the network's time zone", nullable=False),
        Column("local_weekday", "integer", "Weekday of the day", "1 Monday to 7 Sunday", nullable=False),
        Column(
            "period", "varchar", "The period that it counts in: 2026-03-04, 2026-W10, 2026-03", nullable=False
        ),
        Column("elapsed_s", "integer", "Length of the day", "s", nullable=False),
    ),
    partitions=(),
)
"""Given with each question, and stored nowhere."""


def _view(file: sql.SqlFile) -> View:
    columns = tuple(COLUMNS[name] for name in _COLUMNS[file.name].split())
    return View(file.name, file.question, file.grain, file.reads, file.window, None, file.text, columns)


HISTORY: tuple[View, ...] = tuple(
    sorted(map(_view, sql.history()), key=lambda view: list(_COLUMNS).index(view.name))
)
"""In the order in which they are listed; each after those that it reads."""
