"""The month by pandas: `json_normalize` a body, vectorised columns and one Parquet file an hour."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd
from bodies import Body, arguments, days_of, zone_of_code

OUI_NON = {"OUI": True, "NON": False}
COLUMNS = (
    "source", "snapshot_at", "fetched_at", "station_id", "station_code", "name", "lat", "lon", "zone_code",
    "zone_name", "zone_kind", "capacity", "bikes", "mechanical", "ebikes", "docks", "bikes_disabled",
    "docks_disabled", "is_installed", "is_renting",
    "is_returning", "is_operative", "fill_rate", "occupancy", "unavailable_docks", "last_reported",
    "snapshot_epoch", "local_date", "local_hour", "local_weekday", "flags",
)  # fmt: skip


def main() -> None:
    raw, out, days = arguments()
    zones: dict[str, tuple[str, str, str] | None] = {}
    for bodies in days_of(raw, days):
        for (date, hour), of_hour in groupby(bodies, lambda body: body.partition):
            _write(_hour(of_hour, zones), out / f"date={date}" / f"hour={hour}")


def _write(rows: pd.DataFrame, folder: Path) -> None:
    folder.mkdir(parents=True)
    rows.to_parquet(folder / "part.parquet", compression="zstd", index=False)


def _hour(bodies: Iterable[Body], zones: dict[str, tuple[str, str, str] | None]) -> pd.DataFrame:
    read = []
    for body in bodies:
        rows = pd.json_normalize(json.loads(gzip.decompress(body.path.read_bytes())))
        local_date, local_hour, local_weekday = body.local
        read.append(
            rows.assign(
                snapshot_at=pd.Timestamp(body.tick),
                fetched_at=pd.Timestamp(body.fetched_at),
                snapshot_epoch=body.epoch,
                local_date=local_date,
                local_hour=np.int32(local_hour),
                local_weekday=np.int32(local_weekday),
            )
        )
    rows = pd.concat(read, ignore_index=True).rename(
        columns={
            "numbikesavailable": "bikes",
            "numdocksavailable": "docks",
            "ebike": "ebikes",
            "coordonnees_geo.lat": "lat",
            "coordonnees_geo.lon": "lon",
        }
    )
    counts = ("capacity", "bikes", "mechanical", "ebikes", "docks")
    rows = rows.astype(dict.fromkeys(counts, "Int32"))
    code = rows["stationcode"].str.strip()
    for each in code.unique():
        if each not in zones:
            zones[each] = zone_of_code(each)
    found = code.map(zones)
    name = rows["name"].str.strip()
    misplaced = (
        (rows["lat"].abs() > 90) | (rows["lon"].abs() > 180) | ((rows["lat"] == 0) & (rows["lon"] == 0))
    )
    nowhere = misplaced | rows["lat"].isna() | rows["lon"].isna()
    states = {
        name: rows[name].map(OUI_NON).astype("boolean")
        for name in ("is_installed", "is_renting", "is_returning")
    }
    declared = rows["capacity"].mask(rows["capacity"] == 0)
    present = rows["bikes"] + rows["docks"]
    rows = rows.assign(
        source="velib",
        station_id=code,
        station_code=code,
        name=name.mask(name == ""),
        lat=rows["lat"].mask(nowhere),
        lon=rows["lon"].mask(nowhere),
        zone_code=found.str[0],
        zone_name=found.str[1],
        zone_kind=found.str[2],
        **states,
        is_operative=states["is_installed"] & states["is_renting"] & states["is_returning"],
        fill_rate=rows["bikes"].astype("Float64") / present.mask(present <= 0),
        occupancy=rows["bikes"].astype("Float64") / declared.mask(declared < rows["bikes"]),
        bikes_disabled=pd.array([pd.NA] * len(rows), "Int32"),
        docks_disabled=pd.array([pd.NA] * len(rows), "Int32"),
        unavailable_docks=(declared - present).clip(lower=0),
        last_reported=pd.to_datetime(rows["duedate"], format="ISO8601", utc=True),
    )
    return rows.assign(flags=_flags(rows, declared, present, misplaced))[list(COLUMNS)]


def _flags(rows: pd.DataFrame, declared: pd.Series, present: pd.Series, misplaced: pd.Series) -> pd.Series:
    reported = rows["last_reported"].dt.as_unit("s").astype("int64")
    conditions = {
        "attributes_missing": rows["name"].isna() | rows["capacity"].isna() | rows["lat"].isna(),
        "bikes_over_capacity": rows["bikes"] > declared,
        "capacity_zero": rows["capacity"] == 0,
        "coordinates_implausible": misplaced,
        "counts_missing": present.isna(),
        "last_reported_old": (reported < rows["snapshot_epoch"] - 86_400)
        | (reported > rows["snapshot_epoch"] + 3_600),
        "operative_unknown": rows["is_operative"].isna(),
        "over_capacity": declared < present,
        "types_disagree": rows["mechanical"] + rows["ebikes"] != rows["bikes"],
        "types_missing": rows["mechanical"].isna() | rows["ebikes"].isna(),
        "zone_unknown": rows["zone_code"].isna(),
    }
    flags = pd.Series("", index=rows.index, dtype="str")
    for name, condition in conditions.items():
        holds = condition.fillna(False).to_numpy(dtype=bool)
        if holds.any():
            flags[holds] = (flags[holds] + f" {name}").str.strip()
    return flags


if __name__ == "__main__":
    main()
