"""Fixtures of the adapters' tests: scripted servers, a client without waiting, no proxy from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.adapters.feeds_world import Time, client_at
from tests.adapters.scripted_server import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from velib_insights.adapters.feeds import HttpClient


@pytest.fixture(autouse=True)
def _no_proxy_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ftp_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    yield scripted
    scripted.close()


@pytest.fixture
def other_server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    yield scripted
    scripted.close()


@pytest.fixture
def time_() -> Time:
    return Time()


@pytest.fixture
def client(time_: Time) -> HttpClient:
    return client_at(time_)
