"""Which column of an archive's table is which: by what the user says, else by the names in common use."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from velib_insights.core.dialects.table import COLUMNS
from velib_insights.core.errors import SettingsError

AT = "at"
"""The column of the time at which a row was observed."""

# Names in lower case, without anything but letters and digits; the first one found counts.
_NAMES: dict[str, tuple[str, ...]] = {
    AT: (
        "at", "fetchedat", "snapshotat", "observedat", "committedatutc", "committedat", "timestamp", "datetime",
        "scrapedat", "collectedat", "recordedat", "retrievedat", "time", "date", "ts", "epoch",
    ),
    "station_id": ("stationid", "stationcode", "station", "id", "uid", "uuid", "code", "number", "terminal"),
    "station_code": ("stationcode", "shortname", "code", "number", "terminalname"),
    "name": ("name", "stationname", "nom", "nomstation", "label"),
    "lat": ("lat", "latitude", "y"),
    "lon": ("lon", "lng", "long", "longitude", "x"),
    "capacity": ("capacity", "capacite", "bikestands", "totaldocks", "totalslots", "slots"),
    "bikes": (
        "bikes", "numbikesavailable", "numvehiclesavailable", "availablebikes", "bikesavailable", "nbbikes",
        "freebikes", "velosdisponibles", "nbvelos", "vehiclesavailable",
    ),
    "mechanical": ("mechanical", "mechanicalbikes", "nummechanical", "classicbikes", "mechanique", "mecanique"),
    "ebikes": (
        "ebikes", "ebike", "numebikesavailable", "electricbikes", "ebikesavailable", "availableebikes", "electrique",
    ),
    "docks": (
        "docks", "numdocksavailable", "availabledocks", "docksavailable", "availablebikestands", "emptyslots",
        "freedocks", "freeslots", "bornettesdisponibles", "bornetteslibres", "placeslibres",
    ),
    "bikes_disabled": ("bikesdisabled", "numbikesdisabled", "numvehiclesdisabled"),
    "docks_disabled": ("docksdisabled", "numdocksdisabled"),
    "is_installed": ("isinstalled",),
    "is_renting": ("isrenting",),
    "is_returning": ("isreturning",),
    "last_reported": ("lastreported", "lastupdate", "lastupdated", "duedate"),
}  # fmt: skip

FORMATS: dict[str, dict[str, str]] = {
    "bike-sharing-history": {
        AT: "committed_at_utc",
        "station_id": "station_id",
        "station_code": "short_name",
        "name": "name",
        "lat": "latitude",
        "lon": "longitude",
        "capacity": "capacity",
        "bikes": "num_bikes_available",
        "docks": "num_docks_available",
        "bikes_disabled": "num_bikes_disabled",
        "docks_disabled": "num_docks_disabled",
        "is_installed": "is_installed",
        "is_renting": "is_renting",
        "is_returning": "is_returning",
    }
}
"""Public archives by name, with the columns they have."""

NETWORK_COLUMNS = ("city", "provider", "network", "system_id", "contract_name", "contract")
"""Columns that tell networks apart in an archive of several."""


@dataclass(frozen=True, slots=True)
class TableColumns:
    """The table's column for each of ours, `at` among them. `is_wide` has a column a station, of one of ours."""

    of: Mapping[str, str]
    wide: str | None = None

    @property
    def is_enough(self) -> bool:
        """Whether rows can become observations: a time, a station, and a count."""
        counts = bool({"bikes", "docks"} & self.of.keys())
        return AT in self.of and (self.wide is not None or ("station_id" in self.of and counts))


def columns_of(
    names: Sequence[str], given: Mapping[str, str], wide: str | None = None, form: str | None = None
) -> TableColumns:
    """The columns of a table whose header has these names.

    `given` maps our names to the table's; the others are guessed. `wide` says that every column but the time is a
    station, and which of our columns its values are. Raises SettingsError for a name that is not known or not there.
    """
    for ours, theirs in given.items():
        if ours != AT and ours not in COLUMNS:
            raise SettingsError(
                f"there is no column {ours!r} to fill", hint=f"Columns: {AT}, {', '.join(COLUMNS)}."
            )
        if theirs not in names:
            raise SettingsError(f"the table has no column {theirs!r}", hint=f"It has: {', '.join(names)}.")
    if wide is not None and wide not in COLUMNS:
        raise SettingsError(f"there is no column {wide!r} to fill", hint=f"Columns: {', '.join(COLUMNS)}.")
    fixed = {ours: theirs for ours, theirs in FORMATS.get(form or "", {}).items() if theirs in names}
    found = fixed | dict(given)
    if not form:
        plain = {re.sub(r"[^a-z0-9]", "", name.lower()): name for name in reversed(names)}
        used = set(found.values())
        for ours, candidates in _NAMES.items():
            free = (plain[each] for each in candidates if each in plain and plain[each] not in used)
            guess = next(free, None)
            if ours not in found and guess is not None:
                found[ours] = guess
                if ours != "station_id":  # a code may be the only id there is
                    used.add(guess)
    if wide is not None:
        found = {AT: found[AT]} if AT in found else {}
    return TableColumns(found, wide)


def is_utc_by_name(column: str) -> bool:
    """Whether the name of a time's column says that it is in UTC."""
    return re.search(r"(?:^|[^a-z])utc(?:[^a-z]|$)", column.lower()) is not None
