"""The catalogue of tables: columns, types, units and grain. Schemas, DDL and reference docs come from here.

Types are named as Trino names them, because that is the narrowest of the three engines; each generator maps
them to its own. Partition columns `date` and `hour` are strings in every engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["varchar", "integer", "bigint", "double", "boolean", "timestamp", "date"]


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: ColumnType
    about: str
    unit: str = ""
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """`tier` is the folder under the lake; `{source}` in it stands for the lake's source."""

    name: str
    about: str
    grain: tuple[str, ...]
    tier: str
    columns: tuple[Column, ...]
    partitions: tuple[Column, ...]


_DATE = Column("date", "varchar", "UTC date of the tick, partition", "YYYY-MM-DD", nullable=False)
_HOUR = Column("hour", "varchar", "UTC hour of the tick, partition", "00 to 23", nullable=False)
_SOURCE = Column("source", "varchar", "Name of the network the lake holds", nullable=False)
_SNAPSHOT_AT = Column(
    "snapshot_at", "timestamp", "The tick: the scheduled instant of the observation", "UTC", nullable=False
)
_SNAPSHOT_EPOCH = Column(
    "snapshot_epoch", "bigint", "The tick again, for arithmetic", "s since 1970", nullable=False
)
_LOCAL = (
    Column("local_date", "date", "Calendar date of the tick in the network's time zone", nullable=False),
    Column("local_hour", "integer", "Hour of the tick in the network's time zone", "0 to 23", nullable=False),
    Column(
        "local_weekday",
        "integer",
        "Weekday of the tick in the network's time zone",
        "1 Monday to 7 Sunday",
        nullable=False,
    ),
)

SOURCE_VELIB = Table(
    name="source_velib",
    about="What was seen at every station at every tick. Missing values are null, never 0.",
    grain=("source", "station_id", "snapshot_at"),
    tier="clean/source={source}",
    columns=(
        _SOURCE,
        _SNAPSHOT_AT,
        Column(
            "fetched_at",
            "timestamp",
            "When the body was fetched; null for a body found without its fetch note",
            "UTC",
        ),
        Column("station_id", "varchar", "The feed's own identifier of the station", nullable=False),
        Column(
            "station_code",
            "varchar",
            "The operator's code of the station, the same in both dialects of Vélib' and never reused;"
            " the station_id where a feed has no codes. Follow a station through time by it",
            nullable=False,
        ),
        Column("name", "varchar", "Name, stray spaces removed"),
        Column("lat", "double", "Latitude, WGS 84", "degrees"),
        Column("lon", "double", "Longitude, WGS 84", "degrees"),
        Column("zone_code", "varchar", "INSEE code of the arrondissement or commune"),
        Column("zone_name", "varchar", "Name of the arrondissement or commune"),
        Column("zone_kind", "varchar", "arrondissement or commune (zone for polygons of another city)"),
        Column(
            "capacity", "integer", "Docks the operator declares; 0 is kept as declared and flagged", "docks"
        ),
        Column("bikes", "integer", "Bikes available, of all types", "bikes"),
        Column("mechanical", "integer", "Mechanical bikes available", "bikes"),
        Column("ebikes", "integer", "Electric bikes available", "bikes"),
        Column("docks", "integer", "Free docks", "docks"),
        Column(
            "bikes_disabled",
            "integer",
            "Broken bikes at the station, as the feed counts them; null where it does not",
            "bikes",
        ),
        Column(
            "docks_disabled",
            "integer",
            "Broken docks, as the feed counts them; null where it does not",
            "docks",
        ),
        Column("is_installed", "boolean", "The station is on the street"),
        Column("is_renting", "boolean", "The station rents bikes"),
        Column("is_returning", "boolean", "The station takes bikes back"),
        Column(
            "is_operative", "boolean", "Installed, renting and returning; null where that cannot be known"
        ),
        Column("fill_rate", "double", "bikes / (bikes + docks); null if that sum is 0 or unknown", "ratio"),
        Column(
            "occupancy",
            "double",
            "bikes / capacity; null if capacity is 0, unknown or less than bikes",
            "ratio",
        ),
        Column(
            "unavailable_docks",
            "integer",
            "Docks that neither offer a bike nor are free: max(0, capacity - bikes - docks). Broken docks"
            " (docks_disabled), docks that hold a broken bike (bikes_disabled) and those out of sight of the feed are"
            " among them; null if capacity is 0 or unknown",
            "docks",
        ),
        Column(
            "last_reported",
            "timestamp",
            "As reported by the feed. It does not date the counts: never order by it",
            "UTC",
        ),
        _SNAPSHOT_EPOCH,
        *_LOCAL,
        Column(
            "flags",
            "varchar",
            "Names of the quality flags that hold, in alphabetical order, one space between; empty if none",
            nullable=False,
        ),
    ),
    partitions=(_DATE, _HOUR),
)

TICKS = Table(
    name="ticks",
    about="The ledger: one row for every tick that was asked for, usable or not.",
    grain=("source", "snapshot_at"),
    tier="clean/ticks",
    columns=(
        _SOURCE,
        _SNAPSHOT_AT,
        _SNAPSHOT_EPOCH,
        *_LOCAL,
        Column(
            "utc_offset_s",
            "integer",
            "Local time less UTC at the tick; null in hours cleaned before this column existed",
            "s",
        ),
        Column("cadence_s", "integer", "Time between two scheduled ticks", "s", nullable=False),
        Column("outcome", "varchar", "ok, fetch_failed, unreadable, incomplete or unusable", nullable=False),
        Column("reason", "varchar", "Why the outcome is not ok; null where it is"),
        Column("dialect", "varchar", "gbfs, opendatasoft or table; null where nothing was fetched"),
        Column(
            "how",
            "varchar",
            "fetched, simulated or imported: how the tick came; null for a body found without its fetch note",
        ),
        Column("fetched_at", "timestamp", "When the body that counts was fetched", "UTC"),
        Column(
            "clock_error_s",
            "integer",
            "How far the clock of the machine that fetched was ahead of the publisher's, where it was wrong and the"
            " tick follows the publisher's; null where it was right",
            "s",
        ),
        Column(
            "bodies",
            "integer",
            "Fetches kept for this tick; the first usable one counts",
            "fetches",
            nullable=False,
        ),
        Column(
            "missing_feeds",
            "varchar",
            "Feed files that did not come or cannot be read, of the fetch that counts, in alphabetical order, one space"
            " between; empty if none; null in hours cleaned before this column existed",
        ),
        Column("stations_seen", "integer", "Distinct stations in the body", "stations", nullable=False),
        Column(
            "stations_expected",
            "integer",
            "Stations the feed itself announces; null where it does not say",
            "stations",
        ),
        Column("rows_in", "integer", "Rows read, from every body of the tick", "rows", nullable=False),
        Column("rows_kept", "integer", "Rows in source_velib", "rows", nullable=False),
        Column(
            "stations_known",
            "integer",
            "Rows kept whose bikes and docks are both known; null in hours cleaned before this column existed",
            "stations",
        ),
        Column(
            "rows_refused",
            "integer",
            "Rows in quarantine; rows_in = rows_kept + rows_refused",
            "rows",
            nullable=False,
        ),
        Column("counts_hash", "varchar", "Digest of every (station_code, counts); null if no row was kept"),
        Column("feed_clock", "timestamp", "The time the feed gives itself; null where it gives none", "UTC"),
        Column("lag_s", "integer", "fetched_at less feed_clock", "s"),
        Column(
            "bytes",
            "bigint",
            "Size of the bodies of the fetch that counts, decompressed",
            "bytes",
            nullable=False,
        ),
    ),
    partitions=(_DATE, _HOUR),
)

QUARANTINE = Table(
    name="quarantine",
    about="Every row that was refused, with the rule, the reason and the row itself.",
    grain=("source", "raw_key", "row_number"),
    tier="quarantine/source={source}",
    columns=(
        _SOURCE,
        _SNAPSHOT_AT,
        Column("raw_key", "varchar", "Key of the raw body the row stands in", nullable=False),
        Column("row_number", "integer", "Position of the row in its body, from 0", nullable=False),
        Column("rule", "varchar", "Id of the rule that refused it (docs/reference/rules.md)", nullable=False),
        Column("reason", "varchar", "What was wrong with it", nullable=False),
        Column("row_json", "varchar", "The row as JSON", nullable=False),
    ),
    partitions=(_DATE, _HOUR),
)

TABLES = (SOURCE_VELIB, TICKS, QUARANTINE)
