"""The time of a fetch in the name of a recorded file, or in its name and its folders together."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

_DATE = r"(?P<date>\d{4}-\d{2}-\d{2}|\d{4}_\d{2}_\d{2}|\d{4}\.\d{2}\.\d{2}|\d{8})"
_TIME = r"(?P<time>\d{2}[:_.h-]?\d{2}(?:[:_.m-]?\d{2}(?!\d))?)s?"
_REST = r"(?:[.,]\d+)?(?P<offset>Z|_?UTC|[+-]\d{2}:?\d{2}|\+\d{2}[_-]\d{2})?(?!\d)"
_DATE_AND_TIME = re.compile(rf"(?<!\d){_DATE}[T_ .-]?{_TIME}{_REST}")
_TIME_ALONE = re.compile(rf"(?<!\d){_TIME}{_REST}")
_DATE_ALONE = re.compile(rf"(?<!\d){_DATE}(?!\d)")
_DATE_FOLDERS = re.compile(r"(?:^|/)(?:\w+=)?(\d{4})[/-](?:\w+=)?(\d{2})[/-](?:\w+=)?(\d{2})(?=/|$)")
_HOUR_FOLDER = re.compile(r"(?:^|/)(?:h(?:our)?=)?(\d{2})h?$")
_EPOCH = re.compile(r"(?<!\d)(?P<seconds>1\d{9})(?P<milliseconds>\d{3})?(?!\d)")


def time_in_name(name: str) -> datetime | None:
    """The instant that a name holds: a date with a time, or seconds or milliseconds since 1970.

    `2024-11-05T075501Z`, `20241031_145001`, `2024-10-31 14-50+0100`, `1730793600`. Without `Z` or an offset the time
    is of an unknown zone, and naive. None where the name holds no time.
    """
    for found in _DATE_AND_TIME.finditer(name):
        day = _date(found["date"])
        at = _at(day, found["time"], found["offset"]) if day else None
        if at is not None:
            return at
    epoch = _EPOCH.search(name)
    return datetime.fromtimestamp(int(epoch["seconds"]), UTC) if epoch else None


def time_in_path(path: str) -> datetime | None:
    """As `time_in_name` of the last segment; else its time of day on the date that the folders hold.

    `2024-11-05/075501.json`, `2024/11/05/07-55.json`, `date=2024-11-05/hour=07/55.json`.
    """
    pure = PurePosixPath(_unquoted(path).replace("\\", "/"))
    name, folders = pure.name, pure.parent.as_posix()
    found = time_in_name(name)
    if found is not None:
        return found
    day = _date_of_folders(folders)
    if day is None:
        return None
    for time in _TIME_ALONE.finditer(name):
        at = _at(day, time["time"], time["offset"])
        if at is not None:
            return at
    hour = _HOUR_FOLDER.search(folders)
    minute = re.match(r"(\d{2}(?:[_:-]?\d{2})?)(?!\d)", name)
    return _at(day, hour[1] + minute[1], None) if hour and minute else None


def _unquoted(path: str) -> str:
    """`2024-11-05T07%3A55` as it was before it was made a file name."""
    return re.sub(r"%([0-7][0-9A-Fa-f])", lambda found: chr(int(found[1], 16)), path)


def _date_of_folders(folders: str) -> date | None:
    split = list(_DATE_FOLDERS.finditer(folders))
    if split:
        return _date("".join(split[-1].groups()))
    alone = list(_DATE_ALONE.finditer(folders))
    return _date(alone[-1]["date"]) if alone else None


def _date(text: str) -> date | None:
    digits = re.sub(r"\D", "", text)
    try:
        found = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return found if 1990 <= found.year <= 2100 else None


def _at(day: date, time: str, offset: str | None) -> datetime | None:
    digits = re.sub(r"\D", "", time).ljust(6, "0")
    try:
        at = datetime(day.year, day.month, day.day, int(digits[:2]), int(digits[2:4]), int(digits[4:]))  # noqa: DTZ001 - its zone may be unknown
    except ValueError:
        return None
    if offset is None:
        return at
    if offset.endswith(("Z", "UTC")):
        return at.replace(tzinfo=UTC)
    hours = re.sub(r"[_-](?=\d{2}$)", ":", offset)
    return datetime.fromisoformat(f"{at.isoformat()}{hours}").astimezone(UTC)


def in_zone(at: datetime, zone: ZoneInfo) -> datetime:
    """The instant in UTC of a time that has no offset, on the clocks of `zone`."""
    return at.replace(tzinfo=zone).astimezone(UTC)
