"""Bodies with something wrong in them, still written as their feed writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from velib_insights.simulator.feeds.faults import Fault, FaultKind

TRUNCATED_AT_BYTES = 524_288
_OVERSIZED_BYTES = 64 * 1024 * 1024

_HTML = (
    b"<!DOCTYPE html>\n<html><head><title>Maintenance</title></head>"
    b"<body><h1>Service momentan\xc3\xa9ment indisponible</h1></body></html>\n"
)
_IDENTITY = (
    "stationcode", "stationCode", "station_id", "name", "capacity", "mechanical", "ebike", "coordonnees_geo",
    "nom_arrondissement_communes", "code_insee_commune", "lat", "lon",
)  # fmt: skip
_ATTRIBUTES = (
    "name", "capacity", "coordonnees_geo", "nom_arrondissement_communes", "code_insee_commune", "lat", "lon",
)  # fmt: skip
_COUNTS = (
    "numbikesavailable", "numdocksavailable", "mechanical", "ebike", "num_bikes_available", "numBikesAvailable",
    "num_docks_available", "numDocksAvailable", "num_vehicles_available",
)  # fmt: skip
_NEW_NAMES = {
    "numbikesavailable": "nb_velos_disponibles",
    "num_bikes_available": "bikes_available",
    "numBikesAvailable": "bikesAvailable",
    "num_vehicles_available": "vehicles_available",
}

Row = dict[str, Any]


def corrupted(body: bytes, fault: Fault) -> bytes:
    """The body as that fault leaves it; unchanged where the fault does not touch such a body."""
    if fault.kind is FaultKind.TRUNCATED:
        kept = TRUNCATED_AT_BYTES if len(body) > TRUNCATED_AT_BYTES else len(body) * 7 // 8
        return body[: int(fault.value_or(kept))]
    if fault.kind is FaultKind.HTML:
        return _HTML
    if fault.kind is FaultKind.OVERSIZED:
        return body + b" " * max(0, int(fault.value_or(_OVERSIZED_BYTES)) - len(body))
    change = _ROW_FAULTS.get(fault.kind)
    return body if change is None else _with_rows(body, lambda rows: change(rows, fault))


def _with_rows(body: bytes, change: Callable[[list[Row]], list[Row]]) -> bytes:
    content = json.loads(body)
    if isinstance(content, list):
        return ("[" + ",".join(json.dumps(row) for row in change(content)) + "]").encode()
    if "results" in content:
        content["results"] = change(content["results"])
        return json.dumps(content).encode()
    data = content.get("data", {})
    if isinstance(data, dict) and "stations" in data:
        data["stations"] = change(data["stations"])
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _share(rows: list[Row], share: float) -> list[int]:
    """Places spread evenly over the rows, that share of them, at least one."""
    count = min(len(rows), max(1, round(len(rows) * share)))
    return [at * len(rows) // count for at in range(count)] if rows else []


def _nulled(rows: list[Row], share: float, fields: tuple[str, ...]) -> list[Row]:
    for at in _share(rows, share):
        rows[at].update({field: None for field in fields if field in rows[at]})
    return rows


def _shells(rows: list[Row], _fault: Fault) -> list[Row]:
    for row in rows:
        if "num_bikes_available_types" in row:
            row["num_bikes_available_types"] = [{}, {}]
    return _nulled(rows, 1.0, _IDENTITY)


def _null_counts(rows: list[Row], fault: Fault) -> list[Row]:
    for at in _share(rows, fault.value_or(1.0)):
        if "num_bikes_available_types" in rows[at]:
            rows[at]["num_bikes_available_types"] = [{}, {}]
    return _nulled(rows, fault.value_or(1.0), _COUNTS)


def _zero_capacities(rows: list[Row], fault: Fault) -> list[Row]:
    for at in _share(rows, fault.value_or(0.93)):
        if "capacity" in rows[at]:
            rows[at]["capacity"] = 0
    return rows


def _renamed(rows: list[Row], _fault: Fault) -> list[Row]:
    return [{_NEW_NAMES.get(field, field): value for field, value in row.items()} for row in rows]


def _texts(rows: list[Row], _fault: Fault) -> list[Row]:
    for row in rows:
        row.update({field: str(row[field]) for field in _COUNTS if isinstance(row.get(field), int)})
    return rows


def _doubled(rows: list[Row], fault: Fault) -> list[Row]:
    twice = int(fault.value_or(5))
    return rows[:twice] + rows


def _left_out(rows: list[Row], fault: Fault) -> list[Row]:
    return rows[int(fault.value_or(3)) :]


_ROW_FAULTS: dict[FaultKind, Callable[[list[Row], Fault], list[Row]]] = {
    FaultKind.HUNDRED_ROWS: lambda rows, fault: rows[: int(fault.value_or(100))],
    FaultKind.NULL_SHELLS: _shells,
    FaultKind.PARTIAL_NULLS: lambda rows, fault: _nulled(rows, fault.value_or(0.02), _ATTRIBUTES),
    FaultKind.NULL_COUNTS: _null_counts,
    FaultKind.ZERO_CAPACITIES: _zero_capacities,
    FaultKind.RENAMED_FIELD: _renamed,
    FaultKind.NUMBERS_AS_TEXT: _texts,
    FaultKind.DUPLICATE_ROWS: _doubled,
    FaultKind.STATION_MISSING: _left_out,
    FaultKind.EMPTY_ARRAY: lambda _rows, _fault: [],
}
