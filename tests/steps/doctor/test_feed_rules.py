"""The check of a feed, rule by rule: each field both ways, each threshold just below, at and just above."""

from __future__ import annotations

import copy
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.steps.doctor.served_feed import document, place, serving, station

from velib_insights.cli import main
from velib_insights.core.fetch import Attempt, FeedNote, FetchedFeed
from velib_insights.steps.doctor.feed.clocks import Poll, remarks_on_clocks, remarks_on_polls
from velib_insights.steps.doctor.feed.content import MANY
from velib_insights.steps.doctor.feed.gbfs_fields import ENTRIES, FIELDS, NEWEST, Field, Kind, Version
from velib_insights.steps.doctor.feed.shape import remarks_on_shape
from velib_insights.steps.doctor.feed.transport import SLOW_MS, remarks_on_transport

NOW = datetime(2026, 11, 26, 8, 15, tzinfo=UTC)
EPOCH = int(NOW.timestamp())
KNOWN_VERSIONS: tuple[Version, ...] = ((1, 0), (1, 1), (2, 0), (2, 1), (2, 2), (2, 3), (3, 0))


def sound(field: Field, version: Version) -> Any:
    """A value as that field has in that version."""
    iso = version >= (3, 0)
    localised = iso and field.name in ("name", "short_name")
    values: dict[Kind, Any] = {
        "id": "one",
        "text": [{"text": "Place", "language": "fr"}] if localised else "Place",
        "count": 3,
        "number": 50_000,
        "flag": version >= (2, 0) or 1,
        "time": "2026-11-26T08:15:00Z" if iso else EPOCH,
        "latitude": 48.8,
        "longitude": 2.3,
        "choice": field.values[0] if field.values else None,
        "choices": list(field.values),
        "list": ["fr"] if field.name == "languages" else [],
        "url": "https://example.org/licence",
        "timezone": "Europe/Paris",
        "language": "fr",
        "email": "feed@example.org",
    }
    return values[field.kind]


WRONG: dict[Kind, list[tuple[Any, str]]] = {
    "id": [(7, "is a number, not text"), ("", "is empty"), ("a b", "holds a space")],
    "text": [(7, "is a number, not "), ({}, "is an object, not ")],
    "count": [("3", "is text, not a whole number"), (-1, "is negative"), (2.5, "is not a whole number"),
              (100_001, "is above 100,000"), (True, "is true or false, not a whole number")],
    "number": [("far", "is text, not a number"), (-1, "is negative")],
    "flag": [("true", "is "), (2, "is ")],
    "time": [("yesterday", "is "), (True, "is true or false, not ")],
    "latitude": [(90.5, "is outside -90 to 90"), ("48.8", "is text, not a number")],
    "longitude": [(-180.5, "is outside -180 to 180")],
    "choice": [("hovercraft", "is not a value that the specification knows"), (7, "is a number, not text")],
    "choices": [("key", "is text, not a list"), ([], "is an empty list"), (["cash"], "holds an entry that is not")],
    "list": [({}, "is an object, not a list")],
    "url": [("example", "is no address")],
    "language": [("French", "is no language tag"), (1, "is a number, not text")],
    "email": [("nobody", "is no e-mail address"), (1, "is a number, not text")],
    "timezone": [("Paris", "is no time zone"), (1, "is a number, not text")],
}  # fmt: skip


def files(version: Version) -> dict[str, Any]:
    """A valid feed of that version with every field of the table."""
    text = f"{version[0]}.{version[1]}"
    header: dict[str, Any] = {
        "last_updated": "2026-11-26T08:15:00Z" if version >= (3, 0) else EPOCH,
        "ttl": 60,
    }
    if version > (1, 0):
        header["version"] = text
    found: dict[str, Any] = {}
    for field in FIELDS:
        if not field.is_in(version) or (field.file == "vehicle_types" and version < (2, 1)):
            continue
        data = found.setdefault(field.file, {**copy.deepcopy(header), "data": {}})["data"]
        row = data.setdefault(field.rows, [{}])[0] if field.rows else data
        row[field.name] = sound(field, version)
    if "vehicle_types" in found:
        kind = found["vehicle_types"]["data"]["vehicle_types"][0]
        kind["vehicle_type_id"] = "one"
        found["station_status"]["data"]["stations"][0]["vehicle_types_available"] = [
            {"vehicle_type_id": "one", "count": 3}
        ]
    return found


def entry_of(documents: dict[str, Any], field: Field) -> dict[str, Any]:
    data = documents[field.file]["data"]
    row: dict[str, Any] = data[field.rows][0] if field.rows else data
    return row


CASES = [
    (field, version)
    for version in KNOWN_VERSIONS
    for field in FIELDS
    if field.is_in(version) and (field.file != "vehicle_types" or version >= (2, 1))
]


@pytest.mark.parametrize("version", KNOWN_VERSIONS)
def test_a_valid_feed_of_every_version_gives_no_remark(version: Version) -> None:
    assert list(remarks_on_shape(files(version))) == []


def test_the_table_covers_every_file_with_rows() -> None:
    assert set(ENTRIES) <= {field.file for field in FIELDS}
    assert KNOWN_VERSIONS[-1] == NEWEST
    assert all(field.why.endswith(".") for field in FIELDS)


@pytest.mark.parametrize(
    ("field", "version"), CASES, ids=[f"{f.file}.{f.name}-{v[0]}.{v[1]}" for f, v in CASES]
)
def test_each_field_missing_null_and_wrong(field: Field, version: Version) -> None:
    def remarked(value: Any, *, left_out: bool = False) -> list[tuple[str, str]]:
        documents = files(version)
        row = entry_of(documents, field)
        if left_out:
            del row[field.name]
        else:
            row[field.name] = value
        return [
            (remark.severity, remark.what)
            for remark in remarks_on_shape(documents)
            if remark.path == field.path and remark.file == field.file and remark.check.startswith("field_")
        ]

    assert remarked(sound(field, version)) == []
    missing = remarked(None, left_out=True)
    if field.name == "vehicle_types_available":
        assert "is missing, and vehicle_types lists types" in missing[0][1]
    else:
        required = field.is_required(version)
        assert missing == ([("warning", f"{field.path} is missing.")] if required else [])
    assert remarked(None) == [("warning", f"{field.path} is null.")]
    for value, words in WRONG[field.kind]:
        (said,) = remarked(value)
        assert said[0] == "warning"
        assert words in said[1], (value, said)


@pytest.mark.parametrize(
    ("version", "value", "words"),
    [
        ((2, 3), EPOCH * 1000, "is in milliseconds"),
        ((2, 3), 1_450_155_599, "is before GBFS began"),
        ((2, 3), 1_450_155_600, None),
        ((2, 3), 100_000_000_000, None),
        ((2, 3), 100_000_000_001, "is in milliseconds"),
        ((3, 0), "2026-11-26T08:15:00", "has no offset from UTC"),
        ((3, 0), "2026-11-26T08:15:00+01:00", None),
        ((3, 0), EPOCH, "is a number, not a time"),
    ],
)
def test_times_by_version(version: Version, value: Any, words: str | None) -> None:
    documents = files(version)
    documents["station_status"]["data"]["stations"][0]["last_reported"] = value
    said = [remark.what for remark in remarks_on_shape(documents)]
    assert [words] == [words for text in said if words and words in text] if words else said == []


def test_values_in_the_other_case_are_told_apart_from_unknown_ones() -> None:
    for version, value, words in (
        ((2, 3), "CREDITCARD", "is not in lower case"),
        ((1, 1), "creditcard", "is not in upper case"),
        ((2, 3), "cash", "is not a value that the specification knows"),
    ):
        documents = files(version)
        documents["station_information"]["data"]["stations"][0]["rental_methods"] = [value]
        (remark,) = remarks_on_shape(documents)
        assert words in remark.what


def test_stations_in_one_file_alone_duplicates_and_unknown_types() -> None:
    documents = files((2, 3))
    status = documents["station_status"]["data"]["stations"]
    information = documents["station_information"]["data"]["stations"]
    status.append(status[0] | {"station_id": "two"})
    information.append(information[0] | {"station_id": "three"})
    information.append(dict(information[0]))
    status[0]["vehicle_types_available"] = [{"vehicle_type_id": "unheard", "count": 3}]
    found = {(r.file, r.check): r for r in remarks_on_shape(documents)}
    assert set(found) == {
        ("station_status", "station_unmatched"),
        ("station_information", "station_unmatched"),
        ("station_information", "id_duplicate"),
        ("station_status", "type_unexplained"),
    }
    assert found["station_status", "station_unmatched"].examples == ['"two"']
    assert (
        found["station_information", "id_duplicate"].count,
        found["station_information", "id_duplicate"].of,
    ) == (1, 3)


def test_codes_that_are_missing_or_stand_twice() -> None:
    documents = files((1, 0))
    row = documents["station_information"]["data"]["stations"][0]
    rows = [
        row | {"station_id": f"{n}", "stationCode": code} for n, code in enumerate(["1001", "1001", None])
    ]
    documents["station_information"]["data"]["stations"] = rows
    documents["station_status"]["data"]["stations"] = [
        documents["station_status"]["data"]["stations"][0] | {"station_id": f"{n}"} for n in range(3)
    ]
    found = {remark.check: remark for remark in remarks_on_shape(documents)}
    assert set(found) == {"code_missing", "code_duplicate"}
    assert (found["code_missing"].count, found["code_missing"].of) == (1, 3)
    assert found["code_duplicate"].examples == ['"1001"']


def test_versions_that_differ_and_one_that_is_not_known_yet() -> None:
    documents = files((2, 3))
    documents["station_information"]["version"] = "2.2"
    (remark,) = remarks_on_shape(documents)
    assert (remark.check, remark.file) == ("versions_differ", "station_information")
    documents = files((3, 0))
    for each in documents.values():
        each["version"] = "3.2"
    assert [(r.severity, r.check) for r in remarks_on_shape(documents)] == [("note", "version_unknown")]


def note(at: datetime = NOW, **further: Any) -> FeedNote:
    return FeedNote("station_status", "https://feed.example/station_status.json", "ok", at, **further)


@pytest.mark.parametrize(
    ("lag_s", "severity", "check"),
    [
        (299, "ok", "fresh"),
        (300, "ok", "fresh"),
        (301, "warning", "stale"),
        (-119, "ok", "fresh"),
        (-120, "ok", "fresh"),
        (-121, "warning", "clock_ahead"),
    ],
)
def test_the_age_of_the_clock(lag_s: int, severity: str, check: str) -> None:
    (remark,) = remarks_on_clocks({"last_updated": EPOCH - lag_s, "ttl": 300}, note())
    assert (remark.severity, remark.check) == (severity, check)
    assert remark.figures["lag_s"] == lag_s
    assert ("ahead" in remark.what) == (lag_s < 0)


def test_the_clock_is_judged_by_the_server_where_this_machine_is_wrong() -> None:
    wrong_here = note(NOW + timedelta(hours=2), headers={"date": "Thu, 26 Nov 2026 08:15:10 GMT"})
    remarks = list(remarks_on_clocks({"last_updated": EPOCH, "ttl": 60}, wrong_here))
    assert [(r.severity, r.check) for r in remarks] == [("warning", "clocks_differ"), ("ok", "fresh")]
    assert "2 h" in remarks[0].what


@pytest.mark.parametrize(("ttl", "checks"), [(300, ["fresh"]), (301, ["fresh", "ttl_long"])])
def test_a_long_ttl_is_a_note(ttl: int, checks: list[str]) -> None:
    remarks = list(remarks_on_clocks({"last_updated": EPOCH, "ttl": ttl}, note()))
    assert [remark.check for remark in remarks] == checks


def test_a_clock_that_is_missing_or_unreadable_or_in_milliseconds() -> None:
    assert [r.check for r in remarks_on_clocks({}, note())] == ["clock_missing"]
    assert [r.check for r in remarks_on_clocks({"last_updated": "soon"}, note())] == ["clock_missing"]
    remarks = list(remarks_on_clocks({"lastUpdatedOther": EPOCH * 1000}, note()))
    assert [r.check for r in remarks] == ["clock_in_milliseconds", "fresh"]


def polls(
    stations: int, every_s: float, *, changed: int = 0, operative: int = 1, clocks: Any = None
) -> list[Poll]:
    """Two answers of a network, of which the second shows so many stations otherwise."""
    counts = {f"{n}": (5, 5) for n in range(stations)}
    later = counts | {f"{n}": (6, 4) for n in range(changed)}
    first, second = clocks or (NOW, NOW + timedelta(seconds=every_s))
    return [
        Poll(note(), first, counts, operative),
        Poll(note(NOW + timedelta(seconds=every_s)), second, later, operative),
    ]


@pytest.mark.parametrize(
    ("stations", "every_s", "check"),
    [
        # 10 % of 300 stations an hour: 16 changes after 1,920 s; 2 % of 299: after 9,632 s
        (300, 1_919, "still"),
        (300, 1_920, "frozen"),
        (300, 1_921, "frozen"),
        (299, 1_921, "still"),
        (299, 9_631, "still"),
        (299, 9_633, "frozen"),
        (1_500, 383, "still"),
        (1_500, 384, "frozen"),
    ],
)
def test_a_freeze_is_one_where_sixteen_changes_were_expected(stations: int, every_s: int, check: str) -> None:
    (remark,) = remarks_on_polls(polls(stations, every_s), 60)
    assert remark.check == check
    assert remark.severity == ("warning" if check == "frozen" else "note")


def test_movement_a_closed_network_and_answers_that_fail() -> None:
    assert [r.check for r in remarks_on_polls(polls(1_500, 3_600, changed=1), 60)] == ["moving"]
    assert [r.check for r in remarks_on_polls(polls(1_500, 3_600, operative=0), 60)] == ["closed"]
    failed = [*polls(10, 60, changed=1), Poll(note(NOW, reason="the server answered 503"), None, None)]
    remarks = list(remarks_on_polls(failed, 60))
    assert [r.check for r in remarks] == ["poll_failed", "moving"]
    assert "503" in remarks[0].what


def test_a_clock_that_goes_back_or_stands() -> None:
    back = polls(10, 60, changed=1, clocks=(NOW, NOW - timedelta(seconds=1)))
    assert [r.check for r in remarks_on_polls(back, 60)] == ["moving", "clock_back"]
    for every_s, ttl_s, checks in (
        (300, 0, ["moving"]),
        (301, 0, ["moving", "clock_stands"]),
        (400, 200, ["moving"]),
        (401, 200, ["moving", "clock_stands"]),
    ):
        stands = polls(10, every_s, changed=1, clocks=(NOW, NOW))
        assert [r.check for r in remarks_on_polls(stands, ttl_s)] == checks


def test_a_state_that_returns_is_that_of_another_server() -> None:
    counts = {f"{n}": (5, 5) for n in range(10)}

    def answers(*changed: int) -> list[Poll]:
        return [
            Poll(
                note(NOW + timedelta(minutes=number)),
                NOW + timedelta(minutes=number),
                counts | {f"{n}": (6, 4) for n in range(many)},
                1,
            )
            for number, many in enumerate(changed)
        ]

    for changed, checks in (
        ((0, 2, 0), ["moving"]),
        ((0, 3, 0), ["moving", "state_returns"]),
        ((0, 4, 5), ["moving"]),
        ((0, 1, 4, 1), ["moving", "state_returns"]),
    ):
        assert [remark.check for remark in remarks_on_polls(answers(*changed), 60)] == checks


SENT = {"content-type": "application/json", "etag": '"1"', "content-encoding": "gzip"}


def came(url: str = "https://feed.example/station_status.json", **further: Any) -> FetchedFeed:
    told = {"headers": SENT, "bytes": 100, "attempts": (Attempt(NOW, 80, 200),)} | further
    return FetchedFeed(FeedNote("station_status", url, "ok", NOW, **told), b"{}")


@pytest.mark.parametrize(
    ("file", "checks"),
    [
        (came(), []),
        (came("http://feed.example/x.json"), ["not_https"]),
        (came("http://127.0.0.1/x.json"), []),
        (came(redirects=("https://elsewhere.example/x.json",)), ["redirected"]),
        (came(headers={"content-type": "text/html", "etag": '"1"'}), ["media_type"]),
        (came(headers={"content-type": "application/json"}), ["no_validator"]),
        (came(bytes=9_999, headers={"content-type": "application/json", "etag": "1"}), []),
        (came(bytes=10_000, headers={"content-type": "application/json", "etag": "1"}), ["not_compressed"]),
        (came(headers=SENT | {"cache-control": "public, max-age=300"}), []),
        (came(headers=SENT | {"cache-control": "public, max-age=301"}), ["cached_too_long"]),
        (came(headers=SENT | {"cache-control": "s-maxage=900, no-cache"}), []),
        (came(attempts=(Attempt(NOW, SLOW_MS, 200),)), []),
        (came(attempts=(Attempt(NOW, SLOW_MS + 1, 200),)), ["slow"]),
    ],
)
def test_how_a_file_travels(file: FetchedFeed, checks: list[str]) -> None:
    assert [remark.check for remark in remarks_on_transport([file], ())] == checks


def told(url: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    with pytest.raises(SystemExit):
        main(["doctor", "--feed", url, "--json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize(("zero", "severity"), [(9, "note"), (10, "warning"), (11, "warning")])
def test_a_flag_at_a_tenth_of_the_stations_is_a_fault(
    capsys: pytest.CaptureFixture[str], zero: int, severity: str
) -> None:
    assert MANY == 0.1
    places = [place(n, capacity=0 if n < zero else 10) for n in range(100)]
    with serving(
        station_status=document({"stations": [station(n) for n in range(100)]}),
        station_information=document({"stations": places}),
    ) as url:
        remarks = {remark["check"]: remark for remark in told(url, capsys)["remarks"]}
    assert remarks["flag_capacity_zero"]["severity"] == severity
    assert remarks["flag_capacity_zero"]["count"] == zero


def test_implausible_rows_are_named_through_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [station(n) for n in range(20)]
    rows[1] |= {"num_bikes_available": -1}
    rows[2] |= {"num_bikes_available": 30}
    rows[3] |= {"last_reported": int(time.time()) - 9 * 365 * 86_400}
    places = [place(n) for n in range(20)]
    places[4] |= {"lat": 0.0, "lon": 0.0}
    places[6] |= {"lat": 2.3, "lon": 48.8}
    places[5] |= {"name": "\x1b[31mRed", "lat": "48.8"}
    with serving(
        station_status=document({"stations": rows}), station_information=document({"stations": places})
    ) as url:
        remarks = told(url, capsys)["remarks"]
    found = {(remark["file"], remark["check"]) for remark in remarks if remark["severity"] != "ok"}
    assert {
        ("station_status", "refused_count_out_of_range"),
        ("station_status", "flag_bikes_over_capacity"),
        ("station_status", "flag_last_reported_old"),
        ("station_status", "flag_coordinates_implausible"),
        ("station_status", "flag_coordinates_swapped"),
        ("station_information", "field_wrong"),
    } <= found
    swapped = next(r for r in remarks if r["check"] == "flag_coordinates_swapped")
    assert (swapped["severity"], swapped["examples"]) == ("warning", ['station "6": lat 2.3, lon 48.8'])
    negative = next(r for r in remarks if r["check"] == "field_wrong" and r["file"] == "station_status")
    assert negative["examples"] == ['stations[1] (station_id "1"): -1']


def test_a_redirect_is_followed_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(
        station_status=document({"stations": [station(1)]}),
        station_information=document({"stations": [place(1)]}),
    ) as url:
        answer = told(url.replace("gbfs.json", "moved.json"), capsys)
    (redirect,) = [remark for remark in answer["remarks"] if remark["check"] == "redirected"]
    assert redirect["what"].endswith(f"by a redirect to {url}: gbfs.")
    assert answer["files"][0]["redirects"] == [url]


def test_files_that_are_there_and_not_listed(capsys: pytest.CaptureFixture[str]) -> None:
    empty = document({"en": {"feeds": []}})
    served = {
        "station_status": document({"stations": [station(1)]}),
        "station_information": document({"stations": [place(1)]}),
    }
    with serving(gbfs=empty, **served) as url:
        remarks = told(url, capsys)["remarks"]
    (unlisted,) = [remark["what"] for remark in remarks if remark["check"] == "not_listed"]
    assert unlisted == (
        "it lists no file at all; station_status, station_information are there beside it. "
        "Is this the address of gbfs.json?"
    )
    status_alone = {"feeds": [{"name": "station_status", "url": "station_status.json"}]}
    with serving(gbfs=document({"en": status_alone}), **served) as url:
        remarks = told(url, capsys)["remarks"]
    (unlisted,) = [remark["what"] for remark in remarks if remark["check"] == "not_listed"]
    assert unlisted == "it does not list every file: station_information is there beside it."
    with serving(**served) as url:
        remarks = told(url.replace("gbfs.json", "elsewhere.json"), capsys)["remarks"]
    assert [remark["check"] for remark in remarks if remark["file"] == "gbfs"] == ["file_missing"]
