"""station_information of GBFS: what a station is called, where it is and how many docks it declares.

Its body seldom changes, so an InformationReader keeps what it made of the last one for the next tick.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from velib_insights.core.dialects.rows import (
    Count,
    as_json,
    convert_rows,
    is_clean_text,
    parse_json,
    station_keys,
)
from velib_insights.core.observations import Refusal, UnreadableBody
from velib_insights.core.rules import STATION_DUPLICATE, STATION_ID_MISSING, TEXT_BROKEN

INFORMATION = "station_information"
LANGUAGES = ("fr", "en")
T = TypeVar("T")


class InformationRow(msgspec.Struct, gc=False):
    station_id: str | int | None = None
    stationCode: str | int | None = None
    name: str | list[dict[str, str | None]] | None = None
    lat: float | None = None
    lon: float | None = None
    capacity: Count | None = None


_INFORMATION_NEEDED = frozenset({"station_id"})


class Attributes(msgspec.Struct):
    codes: list[str]
    are_given: list[bool]
    names: list[str | None]
    lat: list[float | None]
    lon: list[float | None]
    capacity: list[int | None]
    are_invalid: list[bool]


class Information(msgspec.Struct):
    """station_information, indexed; kept between ticks because its body seldom changes."""

    rows: dict[str, InformationRow]
    numbers: dict[str, int]
    names: dict[str, str | None]
    invalid: set[str]
    refusals: list[Refusal]
    originals: list[Any]
    attributes: list[tuple[list[str], list[str | int | None], Attributes]]


_ABSENT = InformationRow()


def no_information() -> Information:
    return Information({}, {}, {}, set(), [], [], [])


class InformationReader:
    """Parses equal bodies in a row once."""

    def __init__(self) -> None:
        self._last: tuple[bytes, Information] | None = None

    def read(self, body: bytes) -> Information:
        """Raises UnreadableBody."""
        if self._last is None or self._last[0] != body:
            self._last = (body, read_information(body))
        return self._last[1]


def read_information(body: bytes) -> Information:
    """The body's stations; rows that cannot be told apart become refusals. Raises UnreadableBody."""
    originals, _ = stations_of(INFORMATION, body)
    typed = convert_rows(INFORMATION, originals, InformationRow, _INFORMATION_NEEDED)
    index = Information({}, {}, {}, set(), typed.refusals, originals, [])
    ids = station_keys([row.station_id for row in typed.rows])
    for number, station_id, row in zip(typed.numbers, ids, typed.rows, strict=True):
        name = _plain_name(row.name)
        if not is_clean_text(f"{row.stationCode}{name}"):
            typed.invalid.add(number)
            row.stationCode, name = _if_clean(row.stationCode), _if_clean(name)
        if not station_id:
            rule, reason = STATION_ID_MISSING, "station_id is null or empty"
        elif station_id in index.rows:
            rule, reason = STATION_DUPLICATE, f"station {station_id!r} is in the body twice"
        elif not is_clean_text(station_id):
            rule, reason = TEXT_BROKEN, "station_id is not Unicode text"
        else:
            index.rows[station_id], index.numbers[station_id], index.names[station_id] = row, number, name
            index.invalid |= {station_id} if number in typed.invalid else set()
            continue
        index.refusals.append(Refusal(INFORMATION, number, rule, reason, as_json(originals[number])))
    return index


def _if_clean(text: T) -> T | None:
    return text if is_clean_text(str(text)) else None


def _plain_name(name: str | list[dict[str, str | None]] | None) -> str | None:
    """A name, or the French, English or first of localised names (GBFS 3.0)."""
    if not isinstance(name, list):
        return name
    texts = {entry.get("language"): entry.get("text") for entry in reversed(name) if entry.get("text")}
    return next((texts[language] for language in (*LANGUAGES, *reversed(texts)) if language in texts), None)


def stations_of(feed: str, body: bytes) -> tuple[list[Any], dict[str, Any]]:
    value = parse_json(body)
    data = value.get("data") if isinstance(value, dict) else None
    stations = data.get("stations") if isinstance(data, dict) else None
    if not isinstance(stations, list):
        raise UnreadableBody(f"{feed} has no data.stations; it begins {as_json(value)[:80]!r}")
    return stations, value


def attributes_of(information: Information, ids: list[str], codes: list[str | int | None]) -> Attributes:
    """The attribute columns in the order of `ids`, kept for as long as neither they nor the body change."""
    if information.attributes and information.attributes[0][:2] == (ids, codes):
        return information.attributes[0][2]
    about = [information.rows.get(station_id, _ABSENT) for station_id in ids]
    wanted = station_keys(filled(codes, lambda: [info.stationCode for info in about]))
    unique = unique_codes(ids, wanted)
    attributes = Attributes(
        codes=unique,
        are_given=[code != "" and code == used for code, used in zip(wanted, unique, strict=True)],
        names=[information.names.get(station_id) for station_id in ids],
        lat=[info.lat for info in about],
        lon=[info.lon for info in about],
        capacity=[info.capacity for info in about],
        are_invalid=[station_id in information.invalid for station_id in ids],
    )
    information.attributes[:] = [(ids, codes, attributes)]
    return attributes


def unique_codes(ids: list[str], codes: list[str]) -> list[str]:
    """The codes, with the station's own id where its code is missing or not its alone. Ids must be unique."""
    while True:
        repeated = {code for code, times in Counter(codes).items() if times > 1 or not code}
        if not repeated:
            return codes
        codes = [own if code in repeated else code for own, code in zip(ids, codes, strict=True)]


def filled(column: list[T | None], *others: Callable[[], list[T | None]]) -> list[T | None]:
    """The column, with its gaps filled from the next one that is asked for."""
    for other in others:
        if None not in column:
            break
        column = [b if a is None else a for a, b in zip(column, other(), strict=True)]
    return column
