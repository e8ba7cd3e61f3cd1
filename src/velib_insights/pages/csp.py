"""What browsers may do with the page: its own scripts, styles, workers and data, and nothing else."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import cache

from velib_insights.pages.basemap import NO_BASEMAP, Basemap
from velib_insights.pages.report_html import style

_HEAD = "<head>"


def content_security_policy(basemap: Basemap = NO_BASEMAP) -> str:
    """The content security policy: no inline script, no eval, and no other origin but those of the basemap, which may
    be asked for tiles and pictures alone. The reports of a day carry one style of their own, named by its digest.
    """
    beside = "".join(f" {origin}" for origin in basemap.origins)
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self' '{_digest_of_style()}'; "
        f"img-src 'self' data: blob:{beside}; font-src 'self'; connect-src 'self'{beside}; worker-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'none'"
    )


def add_csp_meta(document: bytes, basemap: Basemap = NO_BASEMAP) -> bytes:
    """An HTML page that carries its policy with it, for hosts that send no headers of their own."""
    meta = f'<meta http-equiv="Content-Security-Policy" content="{content_security_policy(basemap)}" />'
    return document.replace(_HEAD.encode(), f"{_HEAD}\n    {meta}".encode(), 1)


@cache
def _digest_of_style() -> str:
    return f"sha256-{b64encode(hashlib.sha256(style().encode()).digest()).decode()}"
