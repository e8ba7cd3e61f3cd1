"""Who may frame the page and ask the API."""

from __future__ import annotations

import pytest

from velib_insights.core.errors import SettingsError
from velib_insights.pages.origins import NOT_SHARED, Sharing, origins_in


def test_nobody_unless_it_is_set() -> None:
    assert NOT_SHARED.frame_ancestors == "'none'"
    assert not NOT_SHARED.lets("https://example.org")
    assert origins_in("", "frame_ancestors") == ()


def test_origins_stand_with_spaces_between() -> None:
    told = origins_in("https://example.org  HTTPS://b.example:8443", "frame_ancestors")
    assert told == ("https://example.org", "https://b.example:8443")
    assert Sharing(frames=told).frame_ancestors == "'self' https://example.org https://b.example:8443"
    assert Sharing(scripts=told).lets("https://Example.org")
    assert not Sharing(scripts=told).lets("https://example.org.evil")
    assert Sharing(scripts=origins_in("*", "cors_origins")).lets("https://anyone")


@pytest.mark.parametrize(
    "text", ["example.org", "https://example.org/", "https://a; script-src *", "http://example.org", "'self'"]
)
def test_what_is_no_origin_is_said(text: str) -> None:
    with pytest.raises(SettingsError) as raised:
        origins_in(text, "cors_origins in velib.toml")
    assert raised.value.message.startswith("cors_origins in velib.toml: ")
    assert "https://example.org" in raised.value.hint
