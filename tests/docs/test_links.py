"""No link leads nowhere, and no page stands alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.docs.pages import PAGES, PROJECT, anchors_of, links_of, name_of, prose_of

# What the Licence Ouverte asks of whoever publishes: the source, and when it was last brought up to date.
_ATTRIBUTION = (
    "Source : Vélib' Métropole (données GBFS), mise à jour du {date} – Licence Ouverte 2.0. "
    "Service indépendant, non affilié."
)
_NAMED_IN_CODE = re.compile(r"docs/[A-Za-z0-9_/-]+\.md")


def inside(page: Path) -> list[tuple[Path, str]]:
    """Links to files of the project: where each leads, and the anchor."""
    found = []
    for link in links_of(page):
        if "://" not in link and not link.startswith("mailto:"):
            path, _, anchor = link.partition("#")
            found.append(((page.parent / path).resolve() if path else page, anchor))
    return found


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in inside(page):
        assert target.exists(), f"{name_of(page)} links to {target}"
        assert target.is_relative_to(PROJECT), f"{name_of(page)} links out of the project: {target}"
        if anchor:
            assert anchor in anchors_of(target), f"{name_of(page)} links to {name_of(target)}#{anchor}"


def test_every_page_can_be_reached_from_the_readme() -> None:
    todo, reached = [PROJECT / "README.md"], {PROJECT / "README.md"}
    while todo:
        for target, _ in inside(todo.pop()):
            if target.suffix == ".md" and target not in reached:
                reached.add(target)
                todo.append(target)
    assert [name_of(page) for page in PAGES if page not in reached] == []


def test_pages_that_the_code_names_are_there() -> None:
    for file in sorted((PROJECT / "src").rglob("*.py")):
        for named in _NAMED_IN_CODE.findall(file.read_text("utf-8")):
            assert (PROJECT / named).is_file(), f"{file.name} names {named}"


def test_decisions_are_numbered_without_a_gap_and_say_what_they_cost() -> None:
    decisions = sorted((PROJECT / "docs" / "decisions").glob("*.md"))
    assert [page.name[:4] for page in decisions] == [f"{n:04d}" for n in range(1, len(decisions) + 1)]
    for page in decisions:
        text = page.read_text("utf-8")
        assert text.startswith(f"# {page.name[:4]} "), page.name
        assert all(f"**{part}.**" in text for part in ("Context", "Choice", "Price")), page.name


def test_whoever_publishes_is_told_the_attribution_as_it_must_be() -> None:
    for name in ("README.md", "docs/how-to/export.md"):
        assert _ATTRIBUTION in prose_of(PROJECT / name), name
