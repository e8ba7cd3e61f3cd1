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
STATION_DUPLICATE = Rule("station_duplicate", "The station stands in the body already; the first row counts.")
FIELD_TYPE = Rule("field_type", "A field has a type that cannot be read as what it stands for.")
COUNT_OUT_OF_RANGE = Rule(
    "count_out_of_range", "A count is negative or above 100,000: impossible for a station."
)
TEXT_BROKEN = Rule("text_broken", "A text holds characters that are not Unicode (a lone surrogate).")
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

ATTRIBUTES_MISSING = Rule("attributes_missing", "Name, capacity or position is missing.")
BIKES_OVER_CAPACITY = Rule("bikes_over_capacity", "More bikes than the declared capacity.")
CAPACITY_ZERO = Rule(
    "capacity_zero", "The declared capacity is 0; occupancy and unavailable docks are unknown."
)
COORDINATES_IMPLAUSIBLE = Rule(
    "coordinates_implausible", "The position was off the globe or at 0, 0; it was set to null."
)
COUNTS_DISAGREE = Rule(
    "counts_disagree", "The feed gives a count twice and the two differ; the standard field counts."
)
COUNTS_MISSING = Rule("counts_missing", "Bikes or free docks are missing; they are null, not 0.")
LAST_REPORTED_OLD = Rule(
    "last_reported_old",
    "The station last reported more than a day before the tick, or after it by more than an hour.",
)
OPERATIVE_UNKNOWN = Rule(
    "operative_unknown", "The feed does not say whether the station is installed, renting and returning."
)
OVER_CAPACITY = Rule("over_capacity", "Bikes and free docks together exceed the declared capacity.")
TYPES_DISAGREE = Rule("types_disagree", "Mechanical and electric bikes do not add up to bikes.")
TYPES_MISSING = Rule("types_missing", "The split into mechanical and electric bikes is missing.")
ZONE_UNKNOWN = Rule("zone_unknown", "Neither position nor code tells the zone.")

FLAGS = (
    ATTRIBUTES_MISSING,
    BIKES_OVER_CAPACITY,
    CAPACITY_ZERO,
    COORDINATES_IMPLAUSIBLE,
    COUNTS_DISAGREE,
    COUNTS_MISSING,
    LAST_REPORTED_OLD,
    OPERATIVE_UNKNOWN,
    OVER_CAPACITY,
    TYPES_DISAGREE,
    TYPES_MISSING,
    ZONE_UNKNOWN,
)
