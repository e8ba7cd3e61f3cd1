"""The fields of GBFS that station-based systems publish, by version: what the shape check holds a feed against.

After the specification (github.com/MobilityData/gbfs, tags v1.0 to v3.0). Fields that are not listed are extensions
or optional ones that nobody counts with; they are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Version = tuple[int, int]
Kind = Literal[
    "id", "text", "count", "number", "flag", "time", "latitude", "longitude", "choice", "choices", "list", "url",
    "timezone", "iso_time", "place", "language", "email",
]  # fmt: skip

OLDEST: Version = (1, 0)
NEWEST: Version = (3, 0)
NEVER: Version = (99, 0)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of each entry of `rows` in `data` (of `data` itself where `rows` is empty).

    Part of the specification from version `since` until before `until`; required from version `required` until before
    `optional`. `values` are those of a choice in `since` and later versions. `why` says what its readers do with it.
    """

    file: str
    rows: str
    name: str
    kind: Kind
    why: str
    since: Version = OLDEST
    until: Version = NEVER
    required: Version = NEVER
    optional: Version = NEVER
    values: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        if self.file in ARRAYS:
            return f"{self.rows}[].{self.name}"
        return f"data.{self.rows}[].{self.name}" if self.rows else f"data.{self.name}"

    def is_in(self, version: Version) -> bool:
        return self.since <= version < self.until

    def is_required(self, version: Version) -> bool:
        return self.required <= version < self.optional


_PAYMENT = ("key", "creditcard", "paypass", "applepay", "androidpay", "transitcard", "accountnumber", "phone")
_FORMS = (
    "bicycle",
    "cargo_bicycle",
    "car",
    "moped",
    "scooter_standing",
    "scooter_seated",
    "scooter",
    "other",
)
_PROPULSIONS = (
    "human", "electric_assist", "electric", "combustion", "combustion_diesel", "hybrid", "plug_in_hybrid",
    "hydrogen_fuel_cell",
)  # fmt: skip

_STATUS, _INFORMATION, _TYPES = "station_status", "station_information", "vehicle_types"
_COUNTED = "Every figure of the network is a sum of it."
_OPEN = (
    "A station that neither rents nor takes back is no shortage: without it, closed stations count as empty."
)

FIELDS = (
    Field(_STATUS, "stations", "station_id", "id", "It joins the two files about stations.", required=OLDEST),
    Field(
        _STATUS, "stations", "num_bikes_available", "count", _COUNTED, required=OLDEST, until=(3, 0)
    ),
    Field(
        _STATUS, "stations", "num_vehicles_available", "count", _COUNTED, since=(3, 0), required=(3, 0)
    ),
    Field(_STATUS, "stations", "num_bikes_disabled", "count", "Broken bikes take docks.", until=(3, 0)),
    Field(_STATUS, "stations", "num_vehicles_disabled", "count", "Broken bikes take docks.", since=(3, 0)),
    Field(
        _STATUS,
        "stations",
        "num_docks_available",
        "count",
        "Without it, full stations are not seen.",
        required=OLDEST,
        optional=(2, 0),
    ),
    Field(_STATUS, "stations", "num_docks_disabled", "count", "Broken docks are not free."),
    Field(_STATUS, "stations", "is_installed", "flag", _OPEN, required=OLDEST),
    Field(_STATUS, "stations", "is_renting", "flag", _OPEN, required=OLDEST),
    Field(_STATUS, "stations", "is_returning", "flag", _OPEN, required=OLDEST),
    Field(
        _STATUS, "stations", "last_reported", "time", "Silent stations are found by it.", required=OLDEST
    ),
    Field(
        _STATUS,
        "stations",
        "vehicle_types_available",
        "list",
        "It separates mechanical bikes from electric ones.",
        since=(2, 1),
    ),
    Field(_INFORMATION, "stations", "station_id", "id", "It joins the two files about stations.", required=OLDEST),
    Field(_INFORMATION, "stations", "name", "text", "Riders know a station by it.", required=OLDEST),
    Field(_INFORMATION, "stations", "lat", "latitude", "The station's place on the map.", required=OLDEST),
    Field(_INFORMATION, "stations", "lon", "longitude", "The station's place on the map.", required=OLDEST),
    Field(_INFORMATION, "stations", "short_name", "text", "A code that riders see on the station."),
    Field(_INFORMATION, "stations", "region_id", "id", "It names the region of system_regions."),
    Field(_INFORMATION, "stations", "capacity", "count", "Occupancy is a share of it."),
    Field(
        _INFORMATION,
        "stations",
        "rental_methods",
        "choices",
        "Readers compare the values letter by letter.",
        until=(2, 1),
        values=tuple(map(str.upper, _PAYMENT)),
    ),
    Field(
        _INFORMATION,
        "stations",
        "rental_methods",
        "choices",
        "Readers compare the values letter by letter.",
        since=(2, 1),
        values=_PAYMENT,
    ),
    Field(
        _INFORMATION, "stations", "is_virtual_station", "flag", "A virtual station has no docks.", since=(2, 1)
    ),
    Field(_TYPES, "vehicle_types", "vehicle_type_id", "id", "Statuses name types by it.", required=(2, 1)),
    Field(
        _TYPES,
        "vehicle_types",
        "form_factor",
        "choice",
        "It tells bikes from scooters and cars.",
        required=(2, 1),
        values=_FORMS,
    ),
    Field(
        _TYPES,
        "vehicle_types",
        "propulsion_type",
        "choice",
        "It tells electric bikes from mechanical ones.",
        required=(2, 1),
        values=_PROPULSIONS,
    ),
    Field(
        _TYPES, "vehicle_types", "max_range_meters", "number", "How far a vehicle with a motor goes."
    ),
    Field("system_information", "", "system_id", "id", "It names the system.", required=OLDEST),
    Field("system_information", "", "name", "text", "It names the system.", required=OLDEST),
    Field(
        "system_information",
        "",
        "timezone",
        "timezone",
        "Local hours and days of the network are made by it.",
        required=OLDEST,
    ),
    Field(
        "system_information", "", "language", "language", "The language of the texts.", required=OLDEST, until=(3, 0)
    ),
    Field(
        "system_information",
        "",
        "languages",
        "list",
        "The languages of the texts.",
        since=(3, 0),
        required=(3, 0),
    ),
    Field(
        "system_information",
        "",
        "opening_hours",
        "text",
        "Without it a closed network looks like a frozen one.",
        since=(3, 0),
        required=(3, 0),
    ),
    Field(
        "system_information",
        "",
        "feed_contact_email",
        "email",
        "Whoever finds a fault writes to it.",
        since=(1, 1),
        required=(3, 0),
    ),
    Field(
        "system_information", "", "license_url", "url", "Nobody may use data whose licence is not named."
    ),
)  # fmt: skip

ARRAYS = ("exports", "records")
"""Files of Opendatasoft, whose rows do not stand in `data`."""

_YES_NO = ("OUI", "NON")
_COLUMNS: tuple[tuple[str, Kind, str], ...] = (
    ("stationcode", "id", "Nothing else names the station."),
    ("name", "text", "Riders know a station by it."),
    ("capacity", "count", "Occupancy is a share of it."),
    ("numbikesavailable", "count", _COUNTED),
    ("numdocksavailable", "count", "Without it, full stations are not seen."),
    ("mechanical", "count", "It separates mechanical bikes from electric ones."),
    ("ebike", "count", "It separates mechanical bikes from electric ones."),
    ("is_installed", "choice", _OPEN),
    ("is_renting", "choice", _OPEN),
    ("is_returning", "choice", _OPEN),
    ("duedate", "iso_time", "Silent stations are found by it."),
    ("coordonnees_geo", "place", "The station's place on the map."),
)
OPENDATASOFT_FIELDS = tuple(
    Field("exports", "", name, kind, why, required=OLDEST, values=_YES_NO if kind == "choice" else ())
    for name, kind, why in _COLUMNS
)
"""The columns of `velib-disponibilite-en-temps-reel` that the pipeline reads."""

NEEDED_FILES = ("system_information", "station_information", "station_status")
"""Files that a system with stations must publish, in every version."""

ENTRIES = {"station_status": "stations", "station_information": "stations", "vehicle_types": "vehicle_types"}
"""Where the rows of a file stand in its `data`."""

LOCALISED_SINCE: Version = (3, 0)
FLAGS_SINCE: Version = (2, 0)  # true and false; before, 1 and 0
ISO_TIMES_SINCE: Version = (3, 0)
VERSION_SINCE: Version = (1, 1)


def fields_of(file: str, version: Version) -> list[Field]:
    return [field for field in FIELDS if field.file == file and field.is_in(version)]
