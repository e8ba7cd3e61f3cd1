"""The month by DuckDB's `read_json`: one statement a day, from gzip bodies to hourly Parquet partitions."""

from __future__ import annotations

import duckdb
from bodies import arguments, days_of, zones_by_prefix

FIELDS = {
    "stationcode": "VARCHAR",
    "name": "VARCHAR",
    "is_installed": "VARCHAR",
    "capacity": "INTEGER",
    "numdocksavailable": "INTEGER",
    "numbikesavailable": "INTEGER",
    "mechanical": "INTEGER",
    "ebike": "INTEGER",
    "is_renting": "VARCHAR",
    "is_returning": "VARCHAR",
    "duedate": "TIMESTAMPTZ",
    "coordonnees_geo": "STRUCT(lon DOUBLE, lat DOUBLE)",
}

FLAGS = """concat_ws(' ',
    CASE WHEN name IS NULL OR capacity IS NULL OR lat IS NULL THEN 'attributes_missing' END,
    CASE WHEN bikes > declared THEN 'bikes_over_capacity' END,
    CASE WHEN capacity = 0 THEN 'capacity_zero' END,
    CASE WHEN misplaced THEN 'coordinates_implausible' END,
    CASE WHEN bikes IS NULL OR docks IS NULL THEN 'counts_missing' END,
    CASE WHEN reported_epoch < snapshot_epoch - 86400 OR reported_epoch > snapshot_epoch + 3600
         THEN 'last_reported_old' END,
    CASE WHEN is_operative IS NULL THEN 'operative_unknown' END,
    CASE WHEN declared - bikes - docks < 0 THEN 'over_capacity' END,
    CASE WHEN mechanical + ebikes <> bikes THEN 'types_disagree' END,
    CASE WHEN mechanical IS NULL OR ebikes IS NULL THEN 'types_missing' END,
    CASE WHEN zone_code IS NULL THEN 'zone_unknown' END)"""

DAY = f"""
COPY (
    WITH bodies AS (
        SELECT *, filename FROM read_json($files, format = 'array', compression = 'gzip', filename = true,
            columns = {{{", ".join(f"{name}: '{kind}'" for name, kind in FIELDS.items())}}})
    ), named AS (
        SELECT
            t.snapshot_at, t.fetched_at, t.snapshot_epoch, t.local_date, t.local_hour, t.local_weekday, t.date, t.hour,
            trim(b.stationcode) AS station_code, nullif(trim(b.name), '') AS name,
            b.coordonnees_geo.lat AS raw_lat, b.coordonnees_geo.lon AS raw_lon,
            b.capacity, b.numbikesavailable AS bikes, b.mechanical, b.ebike AS ebikes, b.numdocksavailable AS docks,
            CASE b.is_installed WHEN 'OUI' THEN true WHEN 'NON' THEN false END AS is_installed,
            CASE b.is_renting WHEN 'OUI' THEN true WHEN 'NON' THEN false END AS is_renting,
            CASE b.is_returning WHEN 'OUI' THEN true WHEN 'NON' THEN false END AS is_returning,
            b.duedate AS last_reported, epoch(b.duedate) AS reported_epoch,
            coalesce(abs(b.coordonnees_geo.lat) > 90 OR abs(b.coordonnees_geo.lon) > 180
                OR (b.coordonnees_geo.lat = 0 AND b.coordonnees_geo.lon = 0), false) AS misplaced,
            nullif(b.capacity, 0) AS declared,
            regexp_extract(b.stationcode, '^([0-9]{{1,5}})(_.*)?$', 1) AS digits
        FROM bodies AS b JOIN calendar AS t ON b.filename = t.filename
    ), zoned AS (
        SELECT n.*,
            CASE WHEN misplaced OR raw_lat IS NULL OR raw_lon IS NULL THEN NULL ELSE raw_lat END AS lat,
            CASE WHEN misplaced OR raw_lat IS NULL OR raw_lon IS NULL THEN NULL ELSE raw_lon END AS lon,
            is_installed AND is_renting AND is_returning AS is_operative,
            coalesce(a.code, c.code) AS zone_code, coalesce(a.name, c.name) AS zone_name,
            coalesce(a.kind, c.kind) AS zone_kind
        FROM named AS n
        LEFT JOIN zones AS a ON a.unit = 'thousands' AND a.prefix = try_cast(digits AS INTEGER) // 1000
        LEFT JOIN zones AS c ON c.unit = 'hundreds' AND length(digits) = 5
            AND c.prefix = try_cast(digits AS INTEGER) // 100
    )
    SELECT
        'velib' AS source, snapshot_at, fetched_at, station_code AS station_id, station_code, name, lat, lon,
        zone_code, zone_name, zone_kind, capacity, bikes, mechanical, ebikes, docks,
        NULL::INTEGER AS bikes_disabled, NULL::INTEGER AS docks_disabled, is_installed, is_renting,
        is_returning, is_operative,
        CASE WHEN bikes + docks > 0 THEN bikes::DOUBLE / (bikes + docks)::DOUBLE END AS fill_rate,
        CASE WHEN bikes <= declared THEN bikes::DOUBLE / declared::DOUBLE END AS occupancy,
        CASE WHEN declared - bikes - docks < 0 THEN 0 ELSE declared - bikes - docks END AS unavailable_docks,
        last_reported, snapshot_epoch, local_date, local_hour, local_weekday, {FLAGS} AS flags, date, hour
    FROM zoned
) TO '$out' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3, PARTITION_BY (date, hour), APPEND)
"""


def main() -> None:
    raw, out, days = arguments()
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("CREATE TABLE zones (unit TEXT, prefix INTEGER, code TEXT, name TEXT, kind TEXT)")
    connection.executemany("INSERT INTO zones VALUES (?, ?, ?, ?, ?)", zones_by_prefix())
    connection.execute(
        "CREATE TABLE calendar (filename TEXT, snapshot_at TIMESTAMPTZ, fetched_at TIMESTAMPTZ, "
        "snapshot_epoch BIGINT, local_date DATE, local_hour INTEGER, local_weekday INTEGER, date TEXT, hour TEXT)"
    )
    for bodies in days_of(raw, days):
        connection.execute("TRUNCATE calendar")
        rows = ", ".join(
            f"('{body.path}', '{body.tick}', '{body.fetched_at}', {body.epoch}, '{body.local[0]}', "
            f"{body.local[1]}, {body.local[2]}, '{body.partition[0]}', '{body.partition[1]}')"
            for body in bodies
        )
        connection.execute(f"INSERT INTO calendar VALUES {rows}")
        files = ", ".join(f"'{body.path}'" for body in bodies)
        connection.execute(DAY.replace("$files", f"[{files}]").replace("$out", f"{out}"))


if __name__ == "__main__":
    main()
