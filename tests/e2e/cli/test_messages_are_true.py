"""Locale that are true of lakes with little in them: one tick, a feed that never moved, a recording that ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests import rough_days
from tests.e2e.conftest import Velib

START = datetime(2024, 11, 4, 7, 0, tzinfo=UTC)


def plain(text: str) -> str:
    """Spaces of every kind and line breaks as one space."""
    return " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").split())


def replayed(velib: Velib, folder: Path, ticks: int) -> None:
    rough_days.record(folder, 15, START, START + timedelta(minutes=15 * (ticks - 1)))
    assert velib("import", folder, "--lake", "lake", "--workers", "1", "--cadence", "15").code == 0


def test_of_one_tick_nothing_is_said_of_duration(velib: Velib, tmp_path: Path) -> None:
    replayed(velib, tmp_path / "one", 1)
    shown = velib("kpi", "top10_2hour", "--lake", "lake").out
    assert shown.splitlines()[-2:] == [
        "As of 2024-11-04 07:00 UTC (08:00 in Europe/Paris).",
        "Only one observation: durations are unknown.",
    ]
    english = plain(velib("insights", "--lake", "lake").out)
    assert "Only one observation, at 08:00: durations are unknown." in english
    assert "The imported data end at 08:00: figures up to then." in english
    french = plain(velib("insights", "--lake", "lake", "--lang", "fr").out)
    assert "Une seule observation, à 8 h : les durées sont inconnues." in french
    assert "Les données importées s'arrêtent à 8 h : chiffres arrêtés à ce moment." in french
    for said in (english, french):
        assert "under way" not in said
        assert "en cours" not in said


def test_of_a_feed_that_never_moved_one_observation_is_known(
    velib: Velib, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rough_days, "REPEATED", (START, START + timedelta(days=1)))
    replayed(velib, tmp_path / "still", 40)
    shown = plain(velib("insights", "--lake", "lake").out)
    assert "frozen (the feed repeated itself)" in shown
    assert "still under way" not in shown


def test_of_two_ticks_something_is_said_of_duration(velib: Velib, tmp_path: Path) -> None:
    replayed(velib, tmp_path / "two", 2)
    assert "One observation:" not in velib("kpi", "top10_2hour", "--lake", "lake").out
    assert "One observation only" not in velib("insights", "--lake", "lake").out
