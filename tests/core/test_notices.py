"""Rules to be told of: how they are written, and when they hold."""

from __future__ import annotations

import pytest

from velib_insights.core.errors import SettingsError
from velib_insights.core.notices import holding, parse_rules, unknown_codes

NOW = {"code": ["1001", "1002"], "name": ["One", None], "zones": [{"code": "75101"}]}
HEADLINE = {"operative": 10, "unusable": 2}
ZONES = [
    {"zone_code": "75101", "zone_name": "Paris 1er", "unusable_share": 0.25},
    {"zone_code": "75102", "zone_name": "Paris 2e", "unusable_share": None},
]


def board(minutes: int, kind: str = "no_bike", *, is_over: bool = False) -> dict[str, object]:
    outage = {"code": "1001", "kind": kind, "since": 100_000 - 60 * minutes, "is_over": is_over}
    return {"epoch": 100_000, "outages": [outage]}


def held(text: str, outages: dict[str, object]) -> list[tuple[str, str | None, float]]:
    found = holding(parse_rules(text), NOW, outages, ZONES, HEADLINE)
    return [(each.rule.text, each.name, each.value) for each in found]


@pytest.mark.parametrize(
    ("text", "outages", "holds"),
    [
        ("station 1001 empty for 30 min", board(30), True),
        ("station 1001 empty for 30 min", board(29), False),
        ("station 1001 empty for 30 min", board(45, is_over=True), False),
        ("station 1001 full for 30 min", board(30), False),
        ("station 1001 full for 30 min", board(30, "no_dock"), True),
        ("station 1002 empty for 0 min", board(30), False),
        ("zone 75101 over 24 % unusable", board(0), True),
        ("zone 75101 over 25% unusable", board(0), False),
        ("zone 75102 over 0 % unusable", board(0), False),
        ("network over 19.9 % unusable", board(0), True),
        ("network over 20 % unusable", board(0), False),
    ],
)
def test_a_rule_holds_from_its_limit_on(text: str, outages: dict[str, object], holds: bool) -> None:
    assert bool(held(text, outages)) is holds


def test_rules_stand_on_lines_or_between_semicolons() -> None:
    rules = parse_rules(
        "station 1001  empty for 5 min; network over 3 % unusable\n\nzone 75101 over 1 % unusable;"
    )
    assert [rule.text for rule in rules] == [
        "station 1001 empty for 5 min",
        "network over 3 % unusable",
        "zone 75101 over 1 % unusable",
    ]


@pytest.mark.parametrize("text", ["station 1001", "station empty for 30 min", "zone over 3 % unusable", "x"])
def test_what_is_no_rule_is_said_with_how_to_write_one(text: str) -> None:
    with pytest.raises(SettingsError) as raised:
        parse_rules(f"network over 3 % unusable; {text}")
    assert repr(text) in raised.value.message
    assert "station 16107 empty for 30 min" in raised.value.hint


def test_codes_that_nobody_has_are_found() -> None:
    rules = parse_rules("station 9 empty for 1 min; zone 75101 over 1 % unusable; zone 9 over 1 % unusable")
    assert [rule.code for rule in unknown_codes(rules, NOW)] == ["9", "9"]
