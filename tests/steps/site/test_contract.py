"""Every published file has the shape that its contract states, and the page's types are written from that contract."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

import msgspec
import pytest
from tests.steps.feeds import record
from tests.steps.site.test_build import TIMEZONE, site_of

from velib_insights.adapters.lake import Lake
from velib_insights.core.catalogue.views import view
from velib_insights.core.network import Network
from velib_insights.core.zones import Zones
from velib_insights.steps.clean import clean_all, hours_with_raw
from velib_insights.steps.importing.folder import import_folder
from velib_insights.steps.publish import publish
from velib_insights.steps.site.contract import FILES, VIEW_ROWS

PROJECT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("contract")
    lake = Lake.open(str(folder / "lake"), create=True)
    record(folder / "recorded", 12, start=datetime(2026, 3, 2, 9, tzinfo=UTC), every=timedelta(hours=21))
    import_folder(lake, folder / "recorded", Network())
    clean_all(lake, "velib", hours_with_raw(lake, "velib"), Zones())
    publish(lake, "velib", TIMEZONE)
    return {key.removeprefix("site/data/"): body for key, body in site_of(lake).items()}


def of_pattern(files: dict[str, bytes], pattern: str) -> list[str]:
    shape = "[^/]+".join(re.escape(part) for part in re.split(r"<\w+>", pattern))
    named = [path for path in files if re.fullmatch(shape, path)]
    return [path for path in named if path == pattern or path not in FILES]


def problems(value: Any, shape: Any, at: str = "") -> Iterator[str]:
    """Where a JSON value is not of its shape: another type, a key too many, a key that is missing."""
    origin, arguments = get_origin(shape), get_args(shape)
    if origin is Literal:
        yield from [] if value in arguments else [f"{at} is {value!r}"]
    elif origin in (Union, UnionType):
        found = [list(problems(value, each, at)) for each in arguments]
        yield from min(found, key=len)
    elif origin in (list, tuple):
        for each in value if isinstance(value, list) else []:
            yield from problems(each, arguments[0], f"{at}[]")
        yield from [] if isinstance(value, list) else [f"{at} is no list"]
    elif origin is dict:
        for key, each in value.items():
            yield from problems(each, arguments[1], f"{at}.{key}")
    elif shape.__name__ in VIEW_ROWS:
        columns = [column.name for column in view(VIEW_ROWS[shape.__name__]).columns]
        yield from [] if list(value) == columns else [f"{at} has {list(value)}"]
    elif is_typeddict(shape) or issubclass(shape, msgspec.Struct):
        if not isinstance(value, dict):
            yield f"{at} is no object"
            return
        hints = get_type_hints(shape)
        optional = getattr(shape, "__optional_keys__", frozenset())
        yield from (f"{at}.{key}" for key in sorted((set(value) ^ set(hints)) - optional))
        for key in set(value) & set(hints):
            yield from problems(value[key], hints[key], f"{at}.{key}")
    else:
        known = {float: (int, float)}.get(shape, shape)
        is_one = isinstance(value, known) and (shape is bool or not isinstance(value, bool))
        yield from [] if is_one else [f"{at} is {value!r}"]


@pytest.mark.parametrize("pattern", FILES)
def test_a_file_has_the_shape_that_its_contract_states(published: dict[str, bytes], pattern: str) -> None:
    paths = of_pattern(published, pattern)
    assert paths, f"nothing was published as {pattern}"
    for path in paths:
        assert list(problems(json.loads(published[path]), FILES[pattern])) == [], path


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({"month_before": None}, [".month_before"]),
        ({"now": 3}, [".now is no object"]),
        ({"now": {"epoch": 1}}, [".now is {'epoch': 1}"]),
    ],
)
def test_what_is_not_of_its_shape_is_seen(change: dict[str, Any], found: list[str]) -> None:
    good = {"now": None, "day_before": None, "week_before": None}
    assert list(problems(good | change, FILES["headline.json"])) == found


def test_rows_of_a_view_have_its_columns(published: dict[str, bytes]) -> None:
    columns = [column.name for column in view(VIEW_ROWS["ProfileRow"]).columns]
    rows = json.loads(published["profile.json"])
    assert rows
    assert all(list(row) == columns for row in rows)


def test_the_pages_types_are_those_of_the_contract(tmp_path: Path) -> None:
    """As `just lint` asks."""
    command = [sys.executable, PROJECT / "tools" / "web_contract.py", "--check"]
    assert subprocess.run(command, capture_output=True, text=True).returncode == 0
