"""The page in the package: built with it, known to be of its sources, and said to be missing where it is not."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest
from tests.needed import missing

from velib_insights.adapters import built_page
from velib_insights.dashboard.page import Page

PROJECT = Path(__file__).parents[2]


def loaded(script: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("copied_build", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def build(tmp_path: Path) -> ModuleType:
    """The build script beside a copy of the sources."""
    ignored = shutil.ignore_patterns("node_modules", ".node", "browser_tests", "__pycache__")
    return loaded(shutil.copytree(PROJECT / "web", tmp_path / "web", ignore=ignored) / "build.py")


def pretend_built(build: ModuleType, page: Path) -> None:
    page.mkdir(parents=True, exist_ok=True)
    (page / "index.html").write_text("<!doctype html>", "utf-8")
    (page / build.STAMP).write_text(json.dumps({"sources": build.digest()}), "utf-8")


def test_a_page_is_of_its_sources_until_one_of_them_changes(build: ModuleType, tmp_path: Path) -> None:
    page = tmp_path / "page"
    assert not build.is_built(page)
    pretend_built(build, page)
    assert build.is_built(page)
    (build.WEB / "node_modules").mkdir()
    (build.WEB / "node_modules" / "x.js").write_text("1", "utf-8")
    (build.WEB / "screenshots.py").write_text("1", "utf-8")
    assert build.is_built(page), "what is no part of the page does not age it"
    (build.WEB / "src" / "new.ts").write_text("export {};\n", "utf-8")
    assert not build.is_built(page)


def test_a_page_without_its_first_file_is_not_built(build: ModuleType, tmp_path: Path) -> None:
    page = tmp_path / "page"
    pretend_built(build, page)
    (page / "index.html").unlink()
    assert not build.is_built(page)


@pytest.mark.parametrize(
    ("version", "will_do"),
    [
        ((), False),
        ((18, 20), False),
        ((20, 18), False),
        ((20, 19), True),
        ((21, 7), False),
        ((22, 11), False),
        ((22, 12), True),
        ((24, 0), True),
    ],
)
def test_a_node_that_is_too_old_is_passed_over(
    build: ModuleType, version: tuple[int, ...], will_do: bool
) -> None:
    assert build._is_new_enough(version) is will_do


def test_where_npm_fails_the_reason_is_told(build: ModuleType, tmp_path: Path) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho 'no registry here' >&2\nexit 1\n", "utf-8")
    npm.chmod(0o755)
    node = build.Node((str(npm),), tmp_path)
    with pytest.raises(build.BuildFailed, match=r"npm ci.*failed:\nno registry here"):
        build._install(node)


def test_a_missing_page_says_how_to_build_it(tmp_path: Path) -> None:
    page = Page(tmp_path)
    assert "python web/build.py" in page.fault
    assert page.file("") is None


def test_a_page_of_the_package_is_checked_against_its_sources() -> None:
    page = Page()
    if not built_page.is_built():
        missing(f"the page is not built here. {built_page.HOW_TO_BUILD}")
    shown = page.file("index.html")
    assert shown is not None
    assert b"<script" in shown.body
