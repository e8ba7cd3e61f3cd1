"""Whether a value of a GBFS feed is of the kind that its field has in that version; if not, in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from velib_insights.core.rules import MAX_COUNT
from velib_insights.steps.doctor.feed.gbfs_fields import (
    FLAGS_SINCE,
    ISO_TIMES_SINCE,
    LOCALISED_SINCE,
    Field,
    Kind,
    Version,
)

MILLISECONDS = 100_000_000_000  # as seconds it would be the year 5138
GBFS_BEGINS = 1_450_155_600  # 15 December 2015: no feed is older than the standard

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_TYPES = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "an object",
}


def problem_of(field: Field, value: object, version: Version) -> str | None:
    """What is wrong with a value that is there and not null; None where it is as it should be."""
    return _CHECKS[field.kind](field, value, version)


def _is_not(value: object, wanted: str) -> str:
    return f"is {_TYPES.get(type(value), type(value).__name__)}, not {wanted}"


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _id(_field: Field, value: object, _version: Version) -> str | None:
    if not isinstance(value, str):
        return _is_not(value, "text")
    if not value.strip():
        return "is empty"
    return "holds a space" if " " in value else None


def _text(_field: Field, value: object, version: Version) -> str | None:
    localised = version >= LOCALISED_SINCE and _field.name in ("name", "short_name")
    if not localised:
        if not isinstance(value, str):
            return _is_not(value, "text")
        return None if value.strip() else "is empty"
    if not isinstance(value, list):
        return _is_not(value, "a list of texts with their languages")
    for entry in value:
        if not isinstance(entry, dict) or not {"text", "language"} <= entry.keys():
            return "has an entry without text and language"
    return None if value else "is empty"


def _count(_field: Field, value: object, _version: Version) -> str | None:
    if not _is_integer(value):
        return _is_not(value, "a whole number") if not isinstance(value, float) else "is not a whole number"
    number = int(value)  # type: ignore[call-overload]
    if number < 0:
        return "is negative"
    return f"is above {MAX_COUNT:,}" if number > MAX_COUNT else None


def _number(_field: Field, value: object, _version: Version) -> str | None:
    if not _is_number(value):
        return _is_not(value, "a number")
    return "is negative" if float(value) < 0 else None  # type: ignore[arg-type]


def _flag(_field: Field, value: object, version: Version) -> str | None:
    if version >= FLAGS_SINCE:
        return None if isinstance(value, bool) else _is_not(value, "true or false")
    if isinstance(value, bool) and version == (1, 0):
        return None
    return None if _is_integer(value) and value in (0, 1) else "is not 1 or 0"


def _time(_field: Field, value: object, version: Version) -> str | None:
    if version < ISO_TIMES_SINCE:
        if not _is_number(value):
            return _is_not(value, "seconds since 1970")
        seconds = float(value)  # type: ignore[arg-type]
        if seconds > MILLISECONDS:
            return "is in milliseconds, not in seconds since 1970"
        return "is before GBFS began, in December 2015" if seconds < GBFS_BEGINS else None
    return _iso_time(_field, value, version)


def _iso_time(_field: Field, value: object, _version: Version) -> str | None:
    if not isinstance(value, str):
        return _is_not(value, "a time as in 2026-11-23T08:15:00Z")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return "is not a time as in 2026-11-23T08:15:00Z"
    return None if moment.tzinfo else "has no offset from UTC"


def _within(limit: float) -> Callable[[Field, object, Version], str | None]:
    def check(_field: Field, value: object, _version: Version) -> str | None:
        if not _is_number(value):
            return _is_not(value, "a number")
        return None if abs(float(value)) <= limit else f"is outside -{limit:g} to {limit:g}"  # type: ignore[arg-type]

    return check


def _choice(field: Field, value: object, _version: Version) -> str | None:
    if not isinstance(value, str):
        return _is_not(value, "text")
    if value in field.values:
        return None
    other = next((known for known in field.values if known.lower() == value.lower()), None)
    case = "lower" if other and other.islower() else "upper"
    return f"is not in {case} case" if other else "is not a value that the specification knows"


def _choices(field: Field, value: object, version: Version) -> str | None:
    if not isinstance(value, list):
        return _is_not(value, "a list")
    if not value:
        return "is an empty list"
    problems = (_choice(field, each, version) for each in value)
    return next((f"holds an entry that {problem}" for problem in problems if problem), None)


def _list(_field: Field, value: object, _version: Version) -> str | None:
    return None if isinstance(value, list) else _is_not(value, "a list")


def _url(_field: Field, value: object, _version: Version) -> str | None:
    try:
        fine = isinstance(value, str) and urlsplit(value).scheme in ("http", "https")
    except ValueError:
        fine = False
    return None if fine else "is no address that begins with https://"


def _language(_field: Field, value: object, _version: Version) -> str | None:
    if not isinstance(value, str):
        return _is_not(value, "text")
    return None if _LANGUAGE.fullmatch(value) else "is no language tag as fr or fr-FR"


def _email(_field: Field, value: object, _version: Version) -> str | None:
    if not isinstance(value, str):
        return _is_not(value, "text")
    return None if _EMAIL.fullmatch(value) else "is no e-mail address"


def _timezone(_field: Field, value: object, _version: Version) -> str | None:
    if not isinstance(value, str):
        return _is_not(value, "text")
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "is no time zone of the tz database"
    return None


def _place(_field: Field, value: object, _version: Version) -> str | None:
    if not isinstance(value, dict) or not all(_is_number(value.get(axis)) for axis in ("lat", "lon")):
        return "is not an object with lat and lon"
    on_globe = abs(float(value["lat"])) <= 90 and abs(float(value["lon"])) <= 180
    return None if on_globe else "lies off the globe"


_CHECKS: dict[Kind, Callable[[Field, object, Version], str | None]] = {
    "id": _id,
    "text": _text,
    "count": _count,
    "number": _number,
    "flag": _flag,
    "time": _time,
    "latitude": _within(90),
    "longitude": _within(180),
    "choice": _choice,
    "choices": _choices,
    "list": _list,
    "url": _url,
    "timezone": _timezone,
    "language": _language,
    "email": _email,
    "iso_time": _iso_time,
    "place": _place,
}
