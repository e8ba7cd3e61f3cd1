"""The Opendatasoft copy: one request brings every station."""

from __future__ import annotations

from urllib.parse import urlsplit

from velib_insights.adapters.feeds import addresses
from velib_insights.adapters.feeds.client import HttpClient
from velib_insights.adapters.feeds.probe import FeedProbe, probed
from velib_insights.core.fetch import Fetched

VELIB_OPENDATASOFT_URL = (
    "https://opendata.paris.fr/api/explore/v2.1/catalog/datasets/velib-disponibilite-en-temps-reel"
)
EXPORTS = "exports"


class OpendatasoftFeed:
    """`base_url` is the data set's URL in the Explore API v2.1, or already that of its `exports/json`.

    One feed, `exports`: pages of `/records` hold 100 rows and are not one moment, an export is whole.
    Raises SettingsError for a URL that is not http(s) or names no host.
    """

    def __init__(self, base_url: str = VELIB_OPENDATASOFT_URL, *, client: HttpClient | None = None) -> None:
        parts = urlsplit(addresses.usable(base_url))
        folder = parts.path.rstrip("/").removesuffix("/exports/json")
        query = (
            parts.query
            if "timezone=" in parts.query
            else "&".join(filter(None, (parts.query, "timezone=UTC")))
        )
        self.url = parts._replace(path=f"{folder}/exports/json", query=query).geturl()
        self._client = client or HttpClient()

    def fetch(self) -> Fetched:
        """The export, or why it did not come, in its note."""
        got = self._client.get(EXPORTS, self.url)
        return Fetched("opendatasoft", got.note.fetched_at, (got,))

    def probe(self) -> tuple[FeedProbe, ...]:
        """The export asked for once, without retries. It has no clock of its own."""
        return (probed(self._client.get(EXPORTS, self.url, attempts=1, conditional=False)),)
