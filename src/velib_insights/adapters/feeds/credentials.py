"""The key of a feed as headers, and to whom they may be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from velib_insights.adapters.feeds import addresses
from velib_insights.core.http_headers import headers_in


@dataclass(frozen=True, slots=True)
class Credentials:
    """Headers for the origin (scheme, host and port) of `url`, and for no other: neither a redirect nor an address
    that the feed lists carries them elsewhere.
    """

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    url: str = field(default="", repr=False)

    @classmethod
    def parse(cls, text: str, url: str) -> Credentials:
        """Of lines such as `X-Api-Key: …`. Raises SettingsError for what is no header or no address."""
        return cls(headers_in(text, "feed_header"), addresses.usable(url)) if text.strip() else cls()

    def headers_for(self, url: str) -> Mapping[str, str]:
        return self.headers if self.headers and addresses.same_origin(url, self.url) else {}
