"""The rules by which a row or a whole body is refused, and the flags that a kept row may carry.

Each has an id that stands in `quarantine.rule`, `ticks.reason` or `source_velib.flags`, and a sentence that the
reference page shows. A refused row is never dropped: it stands in quarantine with its rule and reason.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    about: str


ROW_NOT_OBJECT = Rule("row_not_object", "The row is not a JSON object.")
STATION_ID_MISSING = Rule("station_id_missing", "The row does not say which station it is about.")
STATION_DUPLICATE = Rule("station_duplicate", "The station is in the body twice; the first row counts.")
FIELD_TYPE = Rule(
    "field_type",
    "The identifier, the bikes or the docks have a type that cannot be read as what they stand for.",
)
COUNT_OUT_OF_RANGE = Rule(
    "count_out_of_range", "Bikes or docks are negative or above 100,000: impossible for a station."
)
TEXT_BROKEN = Rule("text_broken", "The identifier holds characters that are not Unicode (a lone surrogate).")
NO_STATUS = Rule(
    "no_status", "The station stands in station_information and not in station_status: it has no counts."
)
BODY_INCOMPLETE = Rule(
    "body_incomplete", "The body holds fewer stations than it announces, or just one page of a longer list."
)
COUNTS_ABSENT = Rule(
    "counts_absent", "More than half of the rows of the body have no counts: the feed's shape has changed."
)

ROW_RULES = (
    ROW_NOT_OBJECT,
    STATION_ID_MISSING,
    STATION_DUPLICATE,
    FIELD_TYPE,
    COUNT_OUT_OF_RANGE,
    TEXT_BROKEN,
    NO_STATUS,
    BODY_INCOMPLETE,
    COUNTS_ABSENT,
)

MAX_COUNT = 100_000
PAGE_ROWS = 100  # the most rows that a page of the Explore API holds

ATTRIBUTE_INVALID = Rule(
    "attribute_invalid",
    "A field other than the counts of bikes and docks cannot be what it stands for (text for a number, a negative"
    " capacity, a count by type of -1); that field alone is null.",
)
ATTRIBUTES_MISSING = Rule("attributes_missing", "Name, capacity or position is missing.")
BIKES_OVER_CAPACITY = Rule(
    "bikes_over_capacity", "More bikes than the declared capacity, which cannot be right: occupancy is null."
)
CAPACITY_ZERO = Rule(
    "capacity_zero", "The declared capacity is 0; occupancy and unavailable docks are unknown."
)
COORDINATES_IMPLAUSIBLE = Rule(
    "coordinates_implausible",
    "The position is off the globe, at 0, 0, or more than 200 km from the middle of the network and 50 km from every"
    " other station; it is null, and the zone is found by the station's code.",
)
COORDINATES_SWAPPED = Rule(
    "coordinates_swapped",
    "Latitude and longitude are exchanged: the other way round, and only so, the station lies in the network. The"
    " position is null, and the zone is found by the station's code.",
)
COUNTS_DISAGREE = Rule(
    "counts_disagree",
    "The feed gives a count twice (in two fields, or as a total and by type of vehicle) and the two differ; the count"
    " is null.",
)
COUNTS_MISSING = Rule("counts_missing", "Bikes or free docks are missing; they are null, not 0.")
LAST_REPORTED_OLD = Rule(
    "last_reported_old",
    "The station last reported more than a day before the tick, or after it by more than an hour.",
)
OPERATIVE_UNKNOWN = Rule(
    "operative_unknown", "The feed does not say whether the station is installed, renting and returning."
)
OTHER_VEHICLES = Rule(
    "other_vehicles",
    "The station also lends vehicles that are neither bicycles nor cargo bicycles (scooters, cars); they are left out"
    " of its bikes.",
)
OVER_CAPACITY = Rule(
    "over_capacity",
    "Bikes and free docks together exceed the declared capacity; unavailable docks are 0.",
)
TYPES_DISAGREE = Rule(
    "types_disagree", "Mechanical and electric bikes do not add up to bikes; both are null."
)
TYPES_MISSING = Rule("types_missing", "The split into mechanical and electric bikes is missing.")
ZONE_UNKNOWN = Rule("zone_unknown", "Neither position nor code tells the zone.")

FLAGS = (
    ATTRIBUTE_INVALID,
    ATTRIBUTES_MISSING,
    BIKES_OVER_CAPACITY,
    CAPACITY_ZERO,
    COORDINATES_IMPLAUSIBLE,
    COORDINATES_SWAPPED,
    COUNTS_DISAGREE,
    COUNTS_MISSING,
    LAST_REPORTED_OLD,
    OPERATIVE_UNKNOWN,
    OTHER_VEHICLES,
    OVER_CAPACITY,
    TYPES_DISAGREE,
    TYPES_MISSING,
    ZONE_UNKNOWN,
)
