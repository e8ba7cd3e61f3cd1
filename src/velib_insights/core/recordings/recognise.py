"""Which file of which feed a recorded body is, decided by what it holds and never by what it is called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from velib_insights.core.dialects.encoding import in_utf8
from velib_insights.core.dialects.instants import epoch_of
from velib_insights.core.fetch import FetchNote
from velib_insights.core.http_headers import http_date

Skipped = Literal[
    "empty",
    "not_json",
    "html",
    "other_gbfs_file",
    "lake_file",
    "unknown_json",
    "unknown_table",
    "unreadable",
    "undated",
]
"""Why a file found is not stored."""

LOOKS_LIKE_DATA: frozenset[Skipped] = frozenset({"unknown_json", "unknown_table", "unreadable", "undated"})
"""Reasons that leave out something that may be an observation."""

# Files of GBFS that hold no observation of stations, by the member of `data` that tells them.
_OTHER_GBFS = {
    "alerts": "system_alerts",
    "bikes": "free_bike_status",
    "calendars": "system_calendar",
    "geofencing_zones": "geofencing_zones",
    "plans": "system_pricing_plans",
    "regions": "system_regions",
    "rental_hours": "system_hours",
    "vehicles": "vehicle_status",
    "versions": "gbfs_versions",
}
_STATUS_FIELDS = {
    "num_bikes_available",
    "num_vehicles_available",
    "num_docks_available",
    "numBikesAvailable",
    "numDocksAvailable",
    "is_renting",
    "is_returning",
    "is_installed",
    "last_reported",
}
_INFORMATION_FIELDS = {"lat", "lon", "name", "capacity", "address", "region_id"}
_EXPORT_FIELDS = {"stationcode", "numbikesavailable", "numdocksavailable", "is_renting"}
_BODY_KEYS = ("body", "payload", "response", "content", "json", "data", "snapshot", "result", "raw", "text")
_TIME_KEYS = (
    "fetched_at",
    "retrieved_at",
    "scraped_at",
    "collected_at",
    "downloaded_at",
    "captured_at",
    "recorded_at",
    "fetch_time",
    "request_time",
    "timestamp",
    "datetime",
    "time",
    "date",
    "ts",
    "at",
)
_LOOKED_AT = 5  # rows
_HEAD = 65_536  # bytes of a body that is cut or damaged
_CUT_STATUS = re.compile(rb'"(?:num_(?:bikes|vehicles|docks)_available|num(?:Bikes|Docks)Available)"\s*:')
_CUT_INFORMATION = re.compile(rb'"stations"\s*:\s*\[\s*\{[^}]*"(?:lat|capacity)"\s*:')
_CUT_EXPORT = re.compile(rb'^\s*(?:\{"total_count"[^\[]*)?\[?\s*.{0,200}"stationcode"\s*:', re.DOTALL)
_CLOCK = re.compile(rb'"(?:last_updated|lastUpdatedOther)"\s*:\s*("[^"]{1,40}"|\d{1,13})')

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_ROW = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True, slots=True)
class Recognised:
    """A body of a feed file. `feed_clock` is when the feed says that it was made, in seconds since 1970."""

    feed: str
    feed_clock: int | None = None


@dataclass(frozen=True, slots=True)
class Wrapped:
    """Bodies inside another document: each with the time that stands around it, where there is one."""

    bodies: tuple[tuple[bytes, int | None], ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A fetch note of a lake: when each of its files was fetched, by feed, and under "" the fetch as a whole."""

    fetched_at: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class NotStored:
    """No body of a feed, and why. `what` names it where that is known."""

    reason: Skipped
    what: str = ""


Verdict = Recognised | Wrapped | Note | NotStored


def recognise(body: bytes, name: str = "") -> Verdict:
    """What the body is.

    `name` is asked only where the content says nothing: of a body without a single station, and of what is not JSON
    although it should be.
    """
    if not body.strip():
        return NotStored("empty")
    text = in_utf8(body)
    start = text[:200].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    try:
        if start == b"{":
            return _of_object(_OBJECT.decode(text), text, name)
        if start == b"[":
            return _of_array(_ARRAY.decode(text), name)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _of_damaged(text)
    if start == b"<":
        return NotStored("html")
    return NotStored("unreadable", "it is not JSON") if ".json" in name.lower() else NotStored("not_json")


def _of_object(top: Mapping[str, msgspec.Raw], text: bytes, name: str) -> Verdict:
    if {"tick", "dialect", "fetched_at", "outcome"} <= top.keys():
        return _note(text)
    if {"total_count", "results"} <= top.keys() or {"nhits", "records"} <= top.keys():
        return Recognised("records")
    if "error_code" in top or "errorcode" in top:
        return Recognised("exports")
    if {"version", "source", "timezone"} <= top.keys():
        return NotStored("lake_file", "network.json")
    found = _of_gbfs(top, name)
    if found is not None:
        return found
    return _unwrapped(top, name) or NotStored("unknown_json", f"an object with {', '.join(list(top)[:5])}")


def _of_gbfs(top: Mapping[str, msgspec.Raw], name: str) -> Recognised | NotStored | None:
    clock = next(
        (
            epoch
            for key in ("last_updated", "lastUpdatedOther")
            if key in top
            for epoch in (epoch_of(msgspec.json.decode(top[key])),)
            if epoch is not None
        ),
        None,
    )
    data = _object(top.get("data"))
    if data is None:
        return None
    if "stations" in data:
        return _of_stations(data["stations"], name, clock)
    if "vehicle_types" in data:
        return Recognised("vehicle_types", clock)
    if "feeds" in data or any("feeds" in (_object(value) or {}) for value in data.values()):
        return Recognised("gbfs", clock)
    if "system_id" in data or ("timezone" in data and "language" in data):
        return Recognised("system_information", clock)
    other = next((_OTHER_GBFS[key] for key in data if key in _OTHER_GBFS), None)
    if other or "last_updated" in top:
        return NotStored("other_gbfs_file", other or "a GBFS file")
    return None


def _of_stations(raw: msgspec.Raw, name: str, clock: int | None) -> Recognised | NotStored | None:
    try:
        rows = _ARRAY.decode(raw)
    except msgspec.DecodeError:
        return None
    fields = _fields(rows)
    if fields & _STATUS_FIELDS:
        return Recognised("station_status", clock)
    if fields & _INFORMATION_FIELDS:
        if _are_virtual(rows) or "virtual" in name:
            return NotStored("other_gbfs_file", "station_information_virtual")
        return Recognised("station_information", clock)
    is_information = "information" in name and "status" not in name
    return Recognised("station_information" if is_information else "station_status", clock)


def _are_virtual(rows: list[msgspec.Raw]) -> bool:
    return bool(rows) and all(row.get("is_virtual_station") is True for row in map(_row, rows))


def _of_array(rows: list[msgspec.Raw], name: str) -> Verdict:
    fields = _fields(rows)
    if not rows or fields & _EXPORT_FIELDS:
        return Recognised("exports")
    nested = _object(rows[0])
    if nested and _EXPORT_FIELDS & (_object(nested.get("fields")) or {}).keys():
        return Recognised("exports")  # of the Explore API 1.0, whose rows have their fields inside
    bodies: list[tuple[bytes, int | None]] = []
    for row in rows:
        inner = recognise(bytes(row), name)
        if isinstance(inner, Recognised):
            bodies.append((bytes(row), None))
        elif isinstance(inner, Wrapped):
            bodies += inner.bodies
        else:
            return NotStored("unknown_json", f"an array of {', '.join(sorted(fields)[:5]) or 'values'}")
    return Wrapped(tuple(bodies))


def _unwrapped(top: Mapping[str, msgspec.Raw], name: str) -> Wrapped | None:
    """The body that an envelope holds, as JSON or as a text of JSON, and the time beside it."""
    for key in (*_BODY_KEYS, *(key for key in top if key not in _BODY_KEYS)):
        raw = bytes(top[key]) if key in top else b""
        if len(raw) < 2:
            continue
        if raw[:1] == b'"':
            try:
                raw = msgspec.json.decode(raw, type=str).encode()
            except (msgspec.DecodeError, UnicodeEncodeError):
                continue
        if raw.lstrip()[:1] not in (b"{", b"["):
            continue
        if raw.strip() in (b"{}", b"[]"):
            continue
        inner = recognise(raw, name)
        if isinstance(inner, Recognised):
            return Wrapped(((raw, _time_around(top)),))
        if isinstance(inner, Wrapped):
            around = _time_around(top)
            return Wrapped(tuple((body, around if at is None else at) for body, at in inner.bodies))
    return None


def _time_around(top: Mapping[str, msgspec.Raw]) -> int | None:
    """The time of an envelope: an HTTP Date among its headers, or a member that is called after a time."""
    headers = _object(top.get("headers")) or {}
    names = {key.lower(): key for key in top}
    values = [headers[key] for key in headers if key.lower() == "date"]
    values += [top[names[key]] for key in _TIME_KEYS if key in names]
    for value in values:
        try:
            epoch = instant_of(msgspec.json.decode(value))
        except msgspec.DecodeError:
            continue
        if epoch is not None:
            return epoch
    return None


def instant_of(value: object) -> int | None:
    """Seconds since 1970 of a number, of ISO 8601 with an offset or of an HTTP date; else None."""
    if isinstance(value, str):
        if re.fullmatch(r"\d{9,13}(?:\.\d+)?", value.strip()):
            return epoch_of(float(value))
        if re.search(r"\d{4}-.*(?:Z|[+-]\d{2}:?\d{2})$", value.strip()):
            return epoch_of(value.strip())
        moment = http_date(value)
        return None if moment is None else epoch_of(moment.timestamp())
    return epoch_of(value)


def _note(text: bytes) -> Note | NotStored:
    try:
        note = msgspec.json.decode(text, type=FetchNote)
    except msgspec.DecodeError:
        return NotStored("lake_file", "a fetch note that cannot be read")
    times = {feed.feed: feed.fetched_at.timestamp() for feed in note.feeds if feed.key}
    return Note(times | {"": note.fetched_at.timestamp()})


def _of_damaged(text: bytes) -> Verdict:
    """A body that is no sound JSON, by its beginning: a cut body is an observation that failed."""
    head = text[:_HEAD]
    clock = _CLOCK.search(head[:500]) or _CLOCK.search(text[-500:])
    epoch = None
    if clock:
        digits = clock[1].decode("ascii", "replace").strip('"')
        epoch = epoch_of(int(digits) if digits.isdigit() else digits)
    if _CUT_EXPORT.search(head):
        return Recognised("records" if head.lstrip()[:1] == b"{" else "exports")
    if _CUT_STATUS.search(head):
        return Recognised("station_status", epoch)
    if _CUT_INFORMATION.search(head):
        return Recognised("station_information", epoch)
    return NotStored("unreadable", "JSON that is cut or damaged")


def _fields(rows: Iterable[msgspec.Raw]) -> set[str]:
    """The names of the members of the first rows."""
    found: set[str] = set()
    for row, _ in zip(rows, range(_LOOKED_AT), strict=False):
        found |= _row(row).keys()
    return found


def _row(raw: msgspec.Raw) -> dict[str, Any]:
    try:
        return _ROW.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}


def _object(raw: msgspec.Raw | None) -> dict[str, msgspec.Raw] | None:
    if raw is None:
        return None
    try:
        return _OBJECT.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
