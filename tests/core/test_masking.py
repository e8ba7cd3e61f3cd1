"""What of an address may be stored and shown."""

from __future__ import annotations

import pytest

from velib_insights.core.masking import HARMLESS_PARAMETERS, mask_urls_in, masked_url


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.org/gbfs.json", "https://example.org/gbfs.json"),
        ("https://me:pw@example.org:8443/gbfs.json", "https://example.org:8443/gbfs.json"),
        ("https://e.org/a?limit=-1&timezone=Europe%2FParis", "https://e.org/a?limit=-1&timezone=Europe%2FParis"),
        ("https://e.org/a?key=k&Lang=fr#k", "https://e.org/a?key=***&Lang=fr"),
        ("https://e.org/a?", "https://e.org/a?"),
        ("https://e.org/a?k", "https://e.org/a?***"),
        ("https://e.org/a?key=", "https://e.org/a?key="),
        ("https://e.org/a;jsessionid=k/b", "https://e.org/a;***/b"),
        ("https://e.org/a?limit=1;key=k", "https://e.org/a?limit=***"),
        ("https://e.org/a?limit=1%3Bkey%3Dk", "https://e.org/a?limit=***"),
        ("https://e.org/a?%6Cimit=1", "https://e.org/a?%6Cimit=1"),
        ("https://me:p/w@e.org/a", "https://e.org/a"),
        ("https://me:p?w@e.org/a?key=k", "https://e.org/a?key=***"),
        ("https://me:p#w@e.org/a", "https://e.org/a"),
        ("https://me:p@s/w@e.org/a", "https://e.org/a"),
        ("https://me:pw", "https://me:***"),
        ("http://[::1]:8080/a?sig=k", "http://[::1]:8080/a?sig=***"),
        ("http://[bad/a?sig=k", "http://[bad/a?sig=***"),
        ("me:pw@e.org/a", "e.org/a"),
        ("https://e.org/@town/a?mail=a@b.org", "https://e.org/@town/a?mail=***"),
        ("velib", "velib"),
        ("s3://bucket/prefix", "s3://bucket/prefix"),
        ("https://t.org/{z}/{x}/{y}.png?apikey=k", "https://t.org/{z}/{x}/{y}.png?apikey=***"),
    ],
)  # fmt: skip
def test_an_address_is_shown_without_what_only_its_owner_knows(url: str, shown: str) -> None:
    assert masked_url(url) == shown
    assert masked_url(shown) == shown


_SECRETS = "key apikey api_key auth sig signature pwd pass client_id client_secret code token t x"


@pytest.mark.parametrize("name", _SECRETS.split())
def test_a_parameter_that_is_not_known_to_be_harmless_is_masked(name: str) -> None:
    assert name not in HARMLESS_PARAMETERS
    assert masked_url(f"https://e.org/a?{name}=k&lang=fr") == f"https://e.org/a?{name}=***&lang=fr"


def test_urls_in_a_message_are_masked_and_its_words_are_kept() -> None:
    text = "Failed to parse: 'https://me:pw@e.org/a?sig=k', retried (url: /b?sig=k&lang=fr). Is x = 1?"
    assert (
        mask_urls_in(text)
        == "Failed to parse: 'https://e.org/a?sig=***', retried (url: /b?sig=***&lang=fr). Is x = 1?"
    )
