"""The rollup tables: closed local days, one file a month, from which questions over years are answered."""

from __future__ import annotations

from velib_insights.core.catalogue.tables import SOURCE_VELIB, Column, ColumnType, Table

_MONTH = Column("month", "varchar", "Month of local_date, partition", "YYYY-MM", nullable=False)
_SOURCE = Column("source", "varchar", "Name of the network the lake holds", nullable=False)
_LOCAL_DATE = Column("local_date", "date", "Calendar day in the network's time zone", nullable=False)
_LOCAL_HOUR = Column("local_hour", "integer", "Hour in the network's time zone", "0 to 23", nullable=False)
_STATION = Column(
    "station_code", "varchar", "The operator's code of the station, as in source_velib", nullable=False
)
_ZONE = Column("zone_code", "varchar", "INSEE code of the arrondissement or commune; empty where unknown")
_SEEN = {column.name: column for column in SOURCE_VELIB.columns}


def _seconds(name: str, about: str) -> Column:
    return Column(name, "integer", about, "s", nullable=False)


_DURATIONS = (
    _seconds("operative_s", "Time observed operative"),
    _seconds("inoperative_s", "Time observed not operative, or with a state that is not known"),
    _seconds("bikes_known_s", "Time operative with a known number of bikes"),
    _seconds("docks_known_s", "Time operative with a known number of free docks"),
    _seconds("counts_known_s", "Time operative with both known"),
    _seconds("types_known_s", "Time operative with known numbers of mechanical and electric bikes"),
    _seconds("short_s", "Time operative without a bike"),
    _seconds("no_dock_s", "Time operative without a free dock"),
    _seconds("unusable_s", "Time operative without a bike or without a free dock"),
    _seconds("neither_s", "Time operative with neither a bike nor a free dock"),
    _seconds("usable_s", "Time operative with a bike and a free dock"),
    _seconds("two_and_two_s", "Time operative with two bikes and two free docks at least"),
    _seconds("no_mechanical_s", "Time operative without a mechanical bike"),
    _seconds("no_ebike_s", "Time operative without an electric bike"),
    Column("bike_s", "bigint", "Bikes summed over the time with both counts known", "bikes x s"),
    Column("dock_s", "bigint", "Free docks summed over the time with both counts known", "docks x s"),
    Column("mechanical_s", "bigint", "Mechanical bikes summed over the time with known types", "bikes x s"),
    Column("ebike_s", "bigint", "Electric bikes summed over the time with known types", "bikes x s"),
)

STATION_HOUR = Table(
    name="station_hour",
    about="For how long each station was in each state in each local hour of closed days.",
    grain=("source", "local_date", "local_hour", "station_code"),
    tier="rollup/station_hour",
    columns=(
        _SOURCE,
        _LOCAL_DATE,
        _LOCAL_HOUR,
        _STATION,
        _ZONE,
        *_DURATIONS,
    ),
    partitions=(_MONTH,),
)

STATION_DAY = Table(
    name="station_day",
    about="How each station was served on each closed local day, and how it stood.",
    grain=("source", "local_date", "station_code"),
    tier="rollup/station_day",
    columns=(
        _SOURCE,
        _LOCAL_DATE,
        _STATION,
        Column("station_id", "varchar", "The feed's own identifier of the station, as of the day"),
        *(
            Column(name, _SEEN[name].type, f"{_SEEN[name].about}; as of the day", _SEEN[name].unit)
            for name in ("name", "lat", "lon")
        ),
        _ZONE,
        Column("zone_name", "varchar", "Name of the arrondissement or commune, or Unknown"),
        _SEEN["zone_kind"],
        _SEEN["capacity"],
        *_DURATIONS,
        Column("least_bikes", "integer", "Fewest bikes seen while operative", "bikes"),
        Column("most_bikes", "integer", "Most bikes seen while operative", "bikes"),
        Column("least_mechanical", "integer", "Fewest mechanical bikes seen while operative", "bikes"),
        Column("least_ebikes", "integer", "Fewest electric bikes seen while operative", "bikes"),
        Column("least_docks", "integer", "Fewest free docks seen while operative", "docks"),
        Column("most_docks", "integer", "Most free docks seen while operative", "docks"),
        Column(
            "net_bikes",
            "integer",
            "Bikes returned less bikes taken, from one observation to the next; null where no step was seen",
            "bikes",
        ),
        Column(
            "bikes_moved",
            "integer",
            "Bikes taken or returned at least: a lower bound on trips that depends on the cadence",
            "bikes",
        ),
        Column("cadence_s", "integer", "Cadence of these steps; null where the day has several", "s"),
        Column("elapsed_s", "integer", "Length of the day: 23, 24 or 25 hours", "s", nullable=False),
    ),
    partitions=(_MONTH,),
)

OUTAGE_DAY = Table(
    name="outage_day",
    about="The parts of each station's outages that lie in each closed local day.",
    grain=("source", "local_date", "kind", "station_code", "started_epoch"),
    tier="rollup/outage_day",
    columns=(
        _SOURCE,
        _LOCAL_DATE,
        Column("kind", "varchar", "no_bike, no_dock or inoperative", nullable=False),
        _STATION,
        Column(
            "started_epoch", "bigint", "First observation out, of the day", "s since 1970", nullable=False
        ),
        Column(
            "last_out_epoch", "bigint", "Last observation out, of the day", "s since 1970", nullable=False
        ),
        Column(
            "until_epoch",
            "bigint",
            "Until when the last observation out holds: the next one of the station, or twice the cadence",
            "s since 1970",
            nullable=False,
        ),
        Column(
            "well_before_epoch",
            "bigint",
            "The observation before, which shows the station well; null where none does",
            "s since 1970",
        ),
        Column(
            "well_after_epoch",
            "bigint",
            "The observation after, which shows the station well; null where none does",
            "s since 1970",
        ),
        Column("is_continued", "boolean", "It was going on at midnight before", nullable=False),
        Column("goes_on", "boolean", "It is going on at midnight after", nullable=False),
    ),
    partitions=(_MONTH,),
)

_STATIONS = Column("stations", "integer", "Stations that the zone had", "stations", nullable=False)
_SUMS = tuple(
    Column(column.name, "bigint", f"{column.about}; of all stations", column.unit, nullable=False)
    for column in _DURATIONS
)

ZONE_HOUR = Table(
    name="zone_hour",
    about="station_hour summed by zone.",
    grain=("source", "local_date", "local_hour", "zone_code"),
    tier="rollup/zone_hour",
    columns=(_SOURCE, _LOCAL_DATE, _LOCAL_HOUR, _ZONE, _STATIONS, *_SUMS),
    partitions=(_MONTH,),
)

ZONE_DAY = Table(
    name="zone_day",
    about="station_day summed by zone.",
    grain=("source", "local_date", "zone_code"),
    tier="rollup/zone_day",
    columns=(
        _SOURCE,
        _LOCAL_DATE,
        _ZONE,
        Column("zone_name", "varchar", "Name of the arrondissement or commune, or Unknown"),
        _SEEN["zone_kind"],
        _STATIONS,
        *_SUMS,
        Column("net_bikes", "integer", "Bikes returned less bikes taken", "bikes"),
        Column("bikes_moved", "integer", "Bikes taken or returned at least", "bikes"),
        Column("cadence_s", "integer", "Cadence of these steps; null where the day has several", "s"),
        Column("elapsed_s", "bigint", "Length of the day, once for each station", "s", nullable=False),
    ),
    partitions=(_MONTH,),
)

LOCAL_HOURS = Table(
    name="local_hours",
    about="The local hours of the days that are rolled up; one that comes twice has two rows.",
    grain=("started_epoch",),
    tier="",
    columns=(
        _LOCAL_DATE,
        _LOCAL_HOUR,
        Column("started_epoch", "bigint", "Its first second", "s since 1970", nullable=False),
        Column("ended_epoch", "bigint", "The first second after it", "s since 1970", nullable=False),
    ),
    partitions=(),
)
"""Given with the days, and stored nowhere."""


def _neighbour(name: str, kind: ColumnType) -> Column:
    return Column(name, kind, "That of the neighbouring observation of the station; null where there is none")


STATION_STEPS = Table(
    name="station_steps",
    about="Each observation of a station with those on either side of it.",
    grain=("source", "station_code", "snapshot_epoch"),
    tier="",
    columns=(
        _SOURCE,
        _STATION,
        _LOCAL_DATE,
        _SEEN["snapshot_epoch"],
        Column("until_epoch", "bigint", "Until when the observation holds", "s since 1970"),
        Column("cadence_s", "integer", "Cadence of the tick", "s"),
        *(_SEEN[name] for name in ("is_operative", "bikes", "docks")),
        _neighbour("previous_epoch", "bigint"),
        _neighbour("previous_until_epoch", "bigint"),
        _neighbour("previous_date", "date"),
        _neighbour("previous_offset_s", "integer"),
        _neighbour("was_operative", "boolean"),
        _neighbour("previous_bikes", "integer"),
        _neighbour("previous_docks", "integer"),
        _neighbour("next_epoch", "bigint"),
        _neighbour("next_date", "date"),
        _neighbour("will_be_operative", "boolean"),
        _neighbour("next_bikes", "integer"),
        _neighbour("next_docks", "integer"),
    ),
    partitions=(),
)
"""Made on the way to the tables, and stored nowhere."""

ROLLUPS = (STATION_HOUR, STATION_DAY, OUTAGE_DAY, ZONE_HOUR, ZONE_DAY)
"""Each after those that it is made from."""
