"""The shape of a GBFS feed: files, fields, types and references, against the specification of its own version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from velib_insights.steps.doctor.feed.gbfs_fields import (
    ARRAYS,
    ENTRIES,
    NEEDED_FILES,
    NEWEST,
    OLDEST,
    OPENDATASOFT_FIELDS,
    VERSION_SINCE,
    Field,
    Version,
    fields_of,
)
from velib_insights.steps.doctor.feed.remark import Examples, Remark, shown
from velib_insights.steps.doctor.feed.values import problem_of
from velib_insights.steps.doctor.finding import counted, named

_HEADER = (
    Field("", "", "last_updated", "time", "It shows how old the data is.", required=OLDEST),
    Field("", "", "ttl", "count", "Readers ask as often as it says.", required=OLDEST),
)
_CLOCK_OF_VELIB = "lastUpdatedOther"


def version_of(documents: Mapping[str, Any]) -> tuple[Version, str | None]:
    """The version that the files are of, and how they write it; 1.0, which had no such field, where none says one."""
    versions = [
        text
        for name in ("station_status", "gbfs", *documents)
        if isinstance(text := (documents.get(name) or {}).get("version"), str)
    ]
    for text in versions:
        major, _, minor = text.partition(".")
        if major.isdecimal() and minor[:1].isdecimal():
            return (int(major), int(minor[:1])), text
    return OLDEST, None


def remarks_on_shape(documents: Mapping[str, Any]) -> Iterator[Remark]:
    """`documents` are the files that came and are JSON objects, parsed, by name."""
    version, text = version_of(documents)
    if version > NEWEST:
        yield Remark(
            "note",
            "version_unknown",
            "station_status",
            f"version {text} is newer than what is known here; it is checked as {NEWEST[0]}.{NEWEST[1]}.",
        )
    version = min(version, NEWEST)
    for file, document in documents.items():
        yield from _header(file, document, version, text)
        if file != "gbfs":
            yield from _fields(file, document, version)
    yield from _references(documents)
    yield from _types(documents)
    yield from _codes(documents)


def _header(file: str, document: Mapping[str, Any], version: Version, text: str | None) -> Iterator[Remark]:
    for field in _HEADER:
        value = document.get(field.name)
        if value is None:
            instead = (
                f"; {_CLOCK_OF_VELIB} stands in its place"
                if field.kind == "time" and _CLOCK_OF_VELIB in document
                else ""
            )
            yield _on_file(file, "field_missing", field, f"{field.name} is missing{instead}.")
        elif problem := problem_of(field, value, version):
            yield _on_file(file, "field_wrong", field, f"{field.name} {problem}: {shown(value)}.")
    if version >= VERSION_SINCE and document.get("version") != text:
        own = shown(document.get("version"))
        yield Remark(
            "warning",
            "versions_differ",
            file,
            f"version is {own if document.get('version') is not None else 'missing'}, and other files say {text}.",
            "Readers choose how to read a file by its version.",
            "version",
            section="output-format",
        )


def _on_file(file: str, check: str, field: Field, what: str) -> Remark:
    return Remark("warning", check, file, what, field.why, field.name, section="output-format")


def _fields(file: str, document: Mapping[str, Any], version: Version) -> Iterator[Remark]:
    fields = fields_of(file, version)
    if not fields:
        return
    data = document.get("data")
    section = f"{file}json"
    if not isinstance(data, dict):
        yield Remark(
            "warning", "data_missing", file, "data is not an object.", "Nothing can be read.", "data"
        )
        return
    if file not in ENTRIES:
        yield from _rows(file, [data], fields, version, section)
        return
    rows = data.get(ENTRIES[file])
    path = f"data.{ENTRIES[file]}"
    if not isinstance(rows, list):
        why = "Readers find no station in it." if file != "vehicle_types" else "Readers find no type in it."
        yield Remark("warning", "data_missing", file, f"{path} is not a list.", why, path, section=section)
        return
    if not rows:
        yield Remark("warning", "no_rows", file, f"{path} is empty.", "Readers see no network.", path)
    objects = [row for row in rows if isinstance(row, dict)]
    if len(objects) < len(rows):
        others = [shown(row) for row in rows if not isinstance(row, dict)]
        yield Remark(
            "warning",
            "row_not_object",
            file,
            f"{path} holds entries that are no objects.",
            "They cannot be read.",
            path,
            len(others),
            len(rows),
            others[:3],
            section,
        )
    yield from _rows(file, objects, fields, version, section)
    yield from _duplicates(file, objects, fields[0], section)


def _rows(
    file: str, rows: Sequence[Mapping[str, Any]], fields: Sequence[Field], version: Version, section: str
) -> Iterator[Remark]:
    for field in fields:
        found: dict[tuple[str, str], Examples] = {}
        required = field.is_required(version)
        has_rows = bool(field.rows) or field.file in ARRAYS
        for number, row in enumerate(rows):
            if field.name not in row:
                verdict = ("field_missing", "is missing") if required else None
            elif row[field.name] is None:
                verdict = ("field_null", "is null")
            else:
                problem = problem_of(field, row[field.name], version)
                verdict = ("field_wrong", problem) if problem else None
            if verdict:
                example = f"{_place(field, number, row)}: {shown(row.get(field.name))}"
                found.setdefault(verdict, Examples()).add(
                    example if verdict[0] == "field_wrong" else _place(field, number, row)
                )
        for (check, problem), examples in found.items():
            yield Remark(
                "warning",
                check,
                file,
                f"{field.path} {problem}.",
                field.why,
                field.path,
                examples.count if has_rows else None,
                len(rows) if has_rows else None,
                examples.kept if has_rows or check == "field_wrong" else (),
                section,
            )


def remarks_on_export(file: str, document: object, total_count: int | None) -> Iterator[Remark]:
    """The rows of an Opendatasoft export or page against the columns that are read, and their number."""
    rows = document.get("results") if isinstance(document, dict) else document
    if not isinstance(rows, list):
        return
    at = "results" if isinstance(document, dict) else ""
    fields = [replace(field, file=file, rows=at) for field in OPENDATASOFT_FIELDS]
    objects = list(export_rows(document))
    yield from _rows(file, objects, fields, OLDEST, "")
    yield from _duplicates(file, objects, fields[0], "")
    if total_count is not None and len(rows) != total_count:
        page = " Pages of records hold at most 100 rows: ask for exports/json." if file == "records" else ""
        yield Remark(
            "warning",
            "rows_missing",
            file,
            f"it holds {counted(len(rows), 'row')}, and the data set {total_count:,} (total_count).",
            f"The other stations are not in it.{page}",
            "total_count",
            figures={"rows": len(rows), "total_count": total_count},
        )


def _place(field: Field, number: int, row: Mapping[str, Any]) -> str:
    if field.file in ARRAYS:
        return f"{field.rows}[{number}] (stationcode {shown(row.get('stationcode'))})"
    if not field.rows:
        return f"data.{field.name}"
    key = "vehicle_type_id" if field.rows == "vehicle_types" else "station_id"
    return f"{field.rows}[{number}] ({key} {shown(row.get(key))})"


def _duplicates(file: str, rows: Sequence[Mapping[str, Any]], key: Field, section: str) -> Iterator[Remark]:
    seen: set[str] = set()
    again = Examples()
    for number, row in enumerate(rows):
        text = str(row.get(key.name))
        if row.get(key.name) is not None and text in seen:
            again.add(_place(key, number, row))
        seen.add(text)
    if again.count:
        yield Remark(
            "warning",
            "id_duplicate",
            file,
            f"{key.path} names what an earlier entry names.",
            "Of two entries one is passed over, or both are counted.",
            key.path,
            again.count,
            len(rows),
            again.kept,
            section,
        )


def missing_files(came: Sequence[str], version: Version) -> list[str]:
    """Files that a system with stations must publish and that did not come."""
    return [name for name in (("gbfs",) if version >= (2, 0) else ()) + NEEDED_FILES if name not in came]


def _references(documents: Mapping[str, Any]) -> Iterator[Remark]:
    """Stations that stand in one of the two files alone, and types of vehicles that no file explains."""
    ids = {
        name: list(dict.fromkeys(str(row.get("station_id")) for row in rows_of(documents, name)))
        for name in ("station_status", "station_information")
        if name in documents
    }
    if len(ids) == 2:
        for file, other, why in (
            ("station_status", "station_information", "They have counts and no name or place."),
            ("station_information", "station_status", "They have a place and no counts."),
        ):
            known = set(ids[other])
            alone = [one for one in ids[file] if one not in known]
            if alone:
                yield Remark(
                    "warning",
                    "station_unmatched",
                    file,
                    f"stations do not stand in {other}.",
                    why,
                    "data.stations[].station_id",
                    len(alone),
                    len(ids[file]),
                    [shown(one) for one in alone[:3]],
                    f"{file}json",
                )
    known_types = {str(row.get("vehicle_type_id")) for row in rows_of(documents, "vehicle_types")}
    used = Examples()
    rows = list(rows_of(documents, "station_status"))
    if known_types:
        without = [row for row in rows if "vehicle_types_available" not in row]
        yield from _without_types(without, len(rows))
    for number, row in enumerate(rows):
        counts = row.get("vehicle_types_available")
        for count in counts if isinstance(counts, list) else ():
            kind = str(count.get("vehicle_type_id")) if isinstance(count, dict) else "None"
            if kind not in known_types:
                used.add(f"stations[{number}] ({shown(kind)})")
                break
    if used.count:
        yield Remark(
            "warning",
            "type_unexplained",
            "station_status",
            "vehicle_types_available counts types that vehicle_types does not list.",
            "Whether they are electric is unknown.",
            "data.stations[].vehicle_types_available[].vehicle_type_id",
            used.count,
            len(rows),
            used.kept,
            "vehicle_typesjson",
        )


def _codes(documents: Mapping[str, Any]) -> Iterator[Remark]:
    """`stationCode`, which Vélib' adds: a station is followed by it when its id changes."""
    for file in ("station_information", "station_status"):
        rows = list(rows_of(documents, file))
        given = [row for row in rows if row.get("stationCode") not in (None, "")]
        if not any("stationCode" in row for row in rows):
            continue
        seen: Counter[str] = Counter(str(row["stationCode"]).strip() for row in given)
        repeated = sorted(code for code, times in seen.items() if times > 1)
        for check, count, what, examples in (
            ("code_missing", len(rows) - len(given), "is missing or null", []),
            (
                "code_duplicate",
                len(repeated),
                "stands at several stations",
                [shown(code) for code in repeated[:3]],
            ),
        ):
            if count:
                yield Remark(
                    "warning",
                    check,
                    file,
                    f"data.stations[].stationCode {what}.",
                    "The code names the station on the street and follows it when its id changes.",
                    "data.stations[].stationCode",
                    count,
                    len(rows),
                    examples,
                )


def _without_types(without: Sequence[Mapping[str, Any]], of: int) -> Iterator[Remark]:
    if without:
        yield Remark(
            "warning",
            "field_missing",
            "station_status",
            "data.stations[].vehicle_types_available is missing, and vehicle_types lists types.",
            "It separates mechanical bikes from electric ones.",
            "data.stations[].vehicle_types_available",
            len(without),
            of,
            [f"station {shown(row.get('station_id'))}" for row in without[:3]],
            "station_statusjson",
        )


def _types(documents: Mapping[str, Any]) -> Iterator[Remark]:
    """Vehicles other than bikes, which a count of bikes must not hold; and motors without a range."""
    rows = list(rows_of(documents, "vehicle_types"))
    others = [row for row in rows if row.get("form_factor") not in ("bicycle", "cargo_bicycle")]
    if others:
        kinds = named(sorted({shown(row.get("form_factor")) for row in others}), 5)
        yield Remark(
            "note",
            "not_bikes",
            "vehicle_types",
            f"{counted(len(others), 'type is', 'types are')} of other vehicles than bikes ({kinds}).",
            "They are not counted as mechanical or electric bikes.",
            "data.vehicle_types[].form_factor",
            len(others),
            len(rows),
        )
    motors = [
        row
        for row in rows
        if row.get("propulsion_type") not in (None, "human") and row.get("max_range_meters") is None
    ]
    if motors:
        yield Remark(
            "warning",
            "range_missing",
            "vehicle_types",
            "data.vehicle_types[].max_range_meters is missing for types with a motor.",
            "How far a vehicle with a motor goes.",
            "data.vehicle_types[].max_range_meters",
            len(motors),
            len(rows),
            [shown(row.get("vehicle_type_id")) for row in motors[:3]],
            "vehicle_typesjson",
        )


def rows_of(documents: Mapping[str, Any], file: str) -> Iterator[Mapping[str, Any]]:
    """The entries of a file that are objects; none where the file or its list is not there."""
    data = (documents.get(file) or {}).get("data")
    rows = data.get(ENTRIES[file]) if isinstance(data, dict) else None
    yield from (row for row in (rows if isinstance(rows, list) else ()) if isinstance(row, dict))


def export_rows(document: object) -> Iterator[Mapping[str, Any]]:
    """The entries of an Opendatasoft export or page that are objects."""
    rows = document.get("results") if isinstance(document, dict) else document
    yield from (row for row in (rows if isinstance(rows, list) else ()) if isinstance(row, dict))
