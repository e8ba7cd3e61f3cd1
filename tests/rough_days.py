"""Two days of a small network in which everything happens that figures must agree about.

From local midnight of Monday 4 November 2024 to Tuesday evening, at any cadence: two hours that were never asked for,
bodies cut short, a feed that repeats itself, stations with neither bikes nor docks, one that closes, one whose counts
are unknown. Counts follow from the instant alone, so two cadences see the same network.
"""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.core.bodies import export, ods_row

START = datetime(2024, 11, 3, 23, 0, tzinfo=UTC)
END = datetime(2024, 11, 5, 20, 50, tzinfo=UTC)
NEVER_ASKED = (datetime(2024, 11, 4, 10, 0, tzinfo=UTC), datetime(2024, 11, 4, 12, 0, tzinfo=UTC))
CUT_SHORT = (
    (datetime(2024, 11, 4, 14, 0, tzinfo=UTC), datetime(2024, 11, 4, 14, 30, tzinfo=UTC)),
    (datetime(2024, 11, 5, 20, 0, tzinfo=UTC), datetime(2024, 11, 5, 20, 5, tzinfo=UTC)),
)
REPEATED = (datetime(2024, 11, 5, 1, 0, tzinfo=UTC), datetime(2024, 11, 5, 8, 30, tzinfo=UTC))

NEITHER, RECOVERED, FULL, CLOSING, UNKNOWN, TYPELESS = "1001", "2002", "3003", "4004", "5005", "6006"
CAPACITY = 30
STATIONS = 16


def record(folder: Path, cadence_min: int, start: datetime = START, end: datetime = END) -> Path:
    """Bodies of the Opendatasoft export named by the instant of their fetch, one for each tick that was asked for."""
    folder.mkdir(parents=True, exist_ok=True)
    at = start
    while at <= end:
        if not _within(at, NEVER_ASKED):
            body = _body(REPEATED[0] if _within(at, REPEATED) else at)
            if any(_within(at, span) for span in CUT_SHORT):
                body = body[: len(body) // 2]
            name = f"{at + timedelta(seconds=2):%Y-%m-%dT%H%M%SZ}.json.gz"
            (folder / name).write_bytes(gzip.compress(body, mtime=0))
        at += timedelta(minutes=cadence_min)
    return folder


def _within(at: datetime, span: tuple[datetime, datetime]) -> bool:
    return span[0] <= at < span[1]


def _body(at: datetime) -> bytes:
    rows = []
    for number in range(STATIONS):
        code = f"{number % 8 + 1}00{number % 8 + 1}" if number < 8 else f"{number % 8 + 1}10{number % 8 + 1}"
        bikes, docks, more = _state(code, number, at)
        split = bikes is not None and code != TYPELESS
        ebikes = bikes // 3 if bikes is not None and split else None
        rows.append(
            ods_row(
                code,
                name=f"Station {code}",
                capacity=CAPACITY,
                numbikesavailable=bikes,
                numdocksavailable=docks,
                ebike=ebikes,
                mechanical=bikes - ebikes if bikes is not None and ebikes is not None else None,
                coordonnees_geo={"lon": 2.3 + number / 200, "lat": 48.83 + number / 300},
                duedate=f"{at:%Y-%m-%dT%H:%M:%S}+00:00",
                **more,
            )
        )
    return export(*rows)["exports"]


def _state(code: str, number: int, at: datetime) -> tuple[int | None, int | None, dict[str, str]]:
    """Bikes and docks, and fields of a station that is closed."""
    minutes = int((at - START).total_seconds()) // 60
    hour = (minutes // 60) % 24
    if code == NEITHER:
        return 0, 0, {}
    if code == FULL:
        return CAPACITY, 0, {}
    if code == UNKNOWN:
        return (None, None, {}) if hour >= 6 else (9, 21, {})
    if code == RECOVERED:
        out = datetime(2024, 11, 5, 17, 30, tzinfo=UTC) <= at < END - timedelta(minutes=10)
        return (0, CAPACITY, {}) if out else (4, 26, {})
    if code == CLOSING:
        closed = datetime(2024, 11, 5, 19, 15, tzinfo=UTC) <= at < datetime(2024, 11, 5, 19, 45, tzinfo=UTC)
        if at >= datetime(2024, 11, 5, 18, 15, tzinfo=UTC):
            return 0, CAPACITY, {"is_renting": "NON", "is_returning": "NON"} if closed else {}
        return 6, 24, {}
    bikes = (minutes // 5 * (1 + number % 3) + 5 * number + hour) % (CAPACITY + 1)
    return bikes, CAPACITY - bikes, {}
