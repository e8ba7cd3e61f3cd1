"""Requests that may have a file made, which takes seconds: a few hold a thread at a time, the others wait without one.

Without this, forty requests for a report that is being made would take every thread that answers requests.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from fastapi import Request

from velib_insights.dashboard.live_site import LiveSite

MAX_SLOW_REQUESTS = 16  # of the 40 threads that Starlette has


class SlowRequests:
    """A dependency of the routes that may have a file made; one for an application."""

    def __init__(self, site: LiveSite) -> None:
        self._site = site
        self.places = asyncio.Semaphore(MAX_SLOW_REQUESTS)

    async def __call__(self, request: Request) -> AsyncIterator[None]:
        path = request.path_params.get("path")
        if path is not None and self._site.is_at_hand(path):
            yield
            return
        async with self.places:
            yield
