"""What a file of the site is, by its name, and how long a reader may keep it."""

from __future__ import annotations

_MEDIA_TYPES = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8",
    "pmtiles": "application/vnd.pmtiles",
    "css": "text/css; charset=utf-8",
    "json": "application/json",
    "geojson": "application/geo+json",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "svg": "image/svg+xml",
    "png": "image/png",
    "ico": "image/vnd.microsoft.icon",
    "txt": "text/plain; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "webmanifest": "application/manifest+json",
    "woff2": "font/woff2",
}

# Kept by the reader and asked for anew with its tag: a tick may come at any time.
REVALIDATED = "no-cache"
IMMUTABLE = "public, max-age=31536000, immutable"


def media_type_of(name: str) -> str:
    return _MEDIA_TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")


def caching_of(path: str) -> str:
    """The build puts a digest into the names of what lies under assets/ of the page."""
    return IMMUTABLE if path.startswith("assets/") else REVALIDATED
