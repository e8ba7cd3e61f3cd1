"""The time of a fetch in the name of a recorded file."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_DATE_AND_TIME = re.compile(
    r"(?<!\d)(?P<date>\d{4}-\d{2}-\d{2}|\d{8})[T_ -]?(?P<time>\d{2}[:_-]?\d{2}(?:[:_-]?\d{2})?)(?:\.\d+)?"
    r"(?P<offset>Z|[+-]\d{2}:?\d{2})?(?!\d)"
)
_EPOCH = re.compile(r"(?<!\d)(?P<seconds>1\d{9})(?P<milliseconds>\d{3})?(?!\d)")


def time_in_name(name: str) -> datetime | None:
    """The instant that a name holds: a date with a time, or seconds or milliseconds since 1970.

    `2024-11-05T075501Z`, `20241031_145001`, `2024-10-31 14-50+0100`, `1730793600`. Without `Z` or an offset the time
    is of an unknown zone, and naive. None where the name holds no time.
    """
    for found in _DATE_AND_TIME.finditer(name):
        date, time = (re.sub(r"\D", "", found[part]) for part in ("date", "time"))
        try:
            at = datetime.strptime(f"{date} {time.ljust(6, '0')}", "%Y%m%d %H%M%S")  # noqa: DTZ007 - see below
        except ValueError:
            continue
        offset = found["offset"]
        if offset is None:
            return at
        return datetime.fromisoformat(f"{at.isoformat()}{offset.replace('Z', '+00:00')}").astimezone(UTC)
    epoch = _EPOCH.search(name)
    return datetime.fromtimestamp(int(epoch["seconds"]), UTC) if epoch else None


def in_zone(at: datetime, zone: ZoneInfo) -> datetime:
    """The instant in UTC of a time that has no offset, on the clocks of `zone`."""
    return at.replace(tzinfo=zone).astimezone(UTC)
