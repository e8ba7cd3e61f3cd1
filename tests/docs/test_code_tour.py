"""The tour of the code names files and functions that exist."""

from __future__ import annotations

import re

import pytest
from tests.docs.pages import PROJECT

TOUR = PROJECT / "docs" / "explanation" / "code-tour.md"
_STOP = re.compile(r"`([\w/]+\.(?:py|sql|tsx?))`\s+`([\w.]+)`")
STOPS = sorted(set(_STOP.findall(TOUR.read_text("utf-8"))))
_DEFINED = {
    ".py": r"^\s*(?:async )?(?:def|class) {0}\b|^{0}\b[^=\n]*=",
    ".sql": r"\bas {0}\b",
    ".ts": r"^export (?:async )?(?:function|const|interface|type) {0}\b|^  {0}: ",
    ".tsx": r"^export (?:async )?function {0}\b",
}


def test_the_tour_has_both_ways() -> None:
    assert len(STOPS) > 30
    assert {".py", ".sql", ".ts", ".tsx"} == {"." + path.rsplit(".", 1)[1] for path, _ in STOPS}


@pytest.mark.parametrize(("path", "name"), STOPS, ids=[f"{path} {name}" for path, name in STOPS])
def test_every_stop_of_the_tour_exists(path: str, name: str) -> None:
    folder = "web/src" if path.endswith((".ts", ".tsx")) else "src/velib_insights"
    text = (PROJECT / folder / path).read_text("utf-8")
    defined = _DEFINED["." + path.rsplit(".", 1)[1]]
    for part in name.split("."):
        assert re.search(defined.format(re.escape(part)), text, re.MULTILINE), f"{path} defines no {part}"
