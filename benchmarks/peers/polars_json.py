"""The month by Polars: `read_json` a body, expressions a day, one Parquet file an hour."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
from bodies import Body, arguments, days_of, zones_by_prefix

FIELDS = {
    "stationcode": pl.String,
    "name": pl.String,
    "is_installed": pl.String,
    "capacity": pl.Int32,
    "numdocksavailable": pl.Int32,
    "numbikesavailable": pl.Int32,
    "mechanical": pl.Int32,
    "ebike": pl.Int32,
    "is_renting": pl.String,
    "is_returning": pl.String,
    "duedate": pl.String,
    "coordonnees_geo": pl.Struct({"lon": pl.Float64, "lat": pl.Float64}),
}
UTC_MS = pl.Datetime("ms", "UTC")


def main() -> None:
    raw, out, days = arguments()
    zones = pl.DataFrame(
        zones_by_prefix(),
        schema={
            "unit": pl.String,
            "prefix": pl.Int32,
            "zone_code": pl.String,
            "zone_name": pl.String,
            "zone_kind": pl.String,
        },
        orient="row",
    )
    for bodies in days_of(raw, days):
        for (date, hour), rows in _day(bodies, zones).partition_by("date", "hour", as_dict=True).items():
            _write(rows.drop("date", "hour"), out / f"date={date}" / f"hour={hour}")


def _write(rows: pl.DataFrame, folder: Path) -> None:
    folder.mkdir(parents=True)
    rows.write_parquet(folder / "part.parquet", compression="zstd", compression_level=3)


def _day(bodies: list[Body], zones: pl.DataFrame) -> pl.DataFrame:
    read = [
        pl.read_json(gzip.decompress(body.path.read_bytes()), schema=FIELDS).with_columns(
            pl.lit(body.epoch, pl.Int64).alias("snapshot_epoch")
        )
        for body in bodies
    ]
    calendar = pl.DataFrame(
        [(body.epoch, body.tick, body.fetched_at, *body.local, *body.partition) for body in bodies],
        schema={
            "snapshot_epoch": pl.Int64,
            "snapshot_at": UTC_MS,
            "fetched_at": UTC_MS,
            "local_date": pl.Date,
            "local_hour": pl.Int32,
            "local_weekday": pl.Int32,
            "date": pl.String,
            "hour": pl.String,
        },
        orient="row",
    )
    geo = pl.col("coordonnees_geo").struct
    nowhere = pl.col("misplaced") | pl.col("raw_lat").is_null() | pl.col("raw_lon").is_null()
    number = pl.col("digits").cast(pl.Int32, strict=False)
    return (
        pl.concat(read)
        .lazy()
        .join(calendar.lazy(), on="snapshot_epoch")
        .select(
            pl.lit("velib").alias("source"),
            "snapshot_at",
            "fetched_at",
            pl.col("stationcode").str.strip_chars().alias("station_code"),
            pl.col("name").str.strip_chars().replace("", None),
            geo.field("lat").alias("raw_lat"),
            geo.field("lon").alias("raw_lon"),
            "capacity",
            pl.col("numbikesavailable").alias("bikes"),
            "mechanical",
            pl.col("ebike").alias("ebikes"),
            pl.col("numdocksavailable").alias("docks"),
            *(
                pl.when(pl.col(name) == "OUI").then(True).when(pl.col(name) == "NON").then(False).alias(name)
                for name in ("is_installed", "is_renting", "is_returning")
            ),
            pl.col("duedate").str.to_datetime("%Y-%m-%dT%H:%M:%S%:z", time_unit="ms").alias("last_reported"),
            "snapshot_epoch",
            "local_date",
            "local_hour",
            "local_weekday",
            "date",
            "hour",
            (
                (geo.field("lat").abs() > 90)
                | (geo.field("lon").abs() > 180)
                | ((geo.field("lat") == 0) & (geo.field("lon") == 0))
            )
            .fill_null(False)
            .alias("misplaced"),
            pl.col("stationcode").str.extract(r"^([0-9]{1,5})(?:_.*)?$").alias("digits"),
        )
        .with_columns(
            pl.col("station_code").alias("station_id"),
            pl.when(~nowhere).then("raw_lat").alias("lat"),
            pl.when(~nowhere).then("raw_lon").alias("lon"),
            pl.when(pl.col("capacity") != 0).then("capacity").alias("declared"),
            (pl.col("is_installed") & pl.col("is_renting") & pl.col("is_returning")).alias("is_operative"),
            (number // 1000).alias("thousands"),
            pl.when(pl.col("digits").str.len_bytes() == 5).then(number // 100).alias("hundreds"),
            pl.col("last_reported").dt.epoch("s").alias("reported_epoch"),
            (pl.col("bikes") + pl.col("docks")).alias("present"),
        )
        .join(_of_unit(zones, "thousands"), left_on="thousands", right_on="prefix", how="left")
        .join(_of_unit(zones, "hundreds"), left_on="hundreds", right_on="prefix", how="left", suffix="_h")
        .with_columns(
            pl.coalesce(name, f"{name}_h").alias(name) for name in ("zone_code", "zone_name", "zone_kind")
        )
        .with_columns(
            pl.when(pl.col("present") > 0).then(pl.col("bikes") / pl.col("present")).alias("fill_rate"),
            pl.when(pl.col("bikes") <= pl.col("declared"))
            .then(pl.col("bikes") / pl.col("declared"))
            .alias("occupancy"),
            pl.lit(None, pl.Int32).alias("bikes_disabled"),
            pl.lit(None, pl.Int32).alias("docks_disabled"),
            (pl.col("declared") - pl.col("present")).clip(lower_bound=0).alias("unavailable_docks"),
            _flags().alias("flags"),
        )
        .drop(
            "raw_lat", "raw_lon", "misplaced", "digits", "declared", "thousands", "hundreds", "present",
            "reported_epoch", "zone_code_h", "zone_name_h", "zone_kind_h",
        )
        .collect()
    )  # fmt: skip


def _of_unit(zones: pl.DataFrame, unit: str) -> pl.LazyFrame:
    return zones.lazy().filter(pl.col("unit") == unit).drop("unit")


def _flags() -> pl.Expr:
    bikes, declared, present = pl.col("bikes"), pl.col("declared"), pl.col("present")
    mechanical, ebikes = pl.col("mechanical"), pl.col("ebikes")
    reported, epoch = pl.col("reported_epoch"), pl.col("snapshot_epoch")
    conditions = {
        "attributes_missing": pl.col("name").is_null()
        | pl.col("capacity").is_null()
        | pl.col("lat").is_null(),
        "bikes_over_capacity": bikes > declared,
        "capacity_zero": pl.col("capacity") == 0,
        "coordinates_implausible": pl.col("misplaced"),
        "counts_missing": present.is_null(),
        "last_reported_old": (reported < epoch - 86_400) | (reported > epoch + 3_600),
        "operative_unknown": pl.col("is_operative").is_null(),
        "over_capacity": declared - present < 0,
        "types_disagree": mechanical + ebikes != bikes,
        "types_missing": mechanical.is_null() | ebikes.is_null(),
        "zone_unknown": pl.col("zone_code").is_null(),
    }
    return pl.concat_str(
        [pl.when(condition).then(pl.lit(name)) for name, condition in conditions.items()],
        separator=" ",
        ignore_nulls=True,
    )


if __name__ == "__main__":
    main()
