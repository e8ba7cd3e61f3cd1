"""The application: the page, the site's data as it stands, and the API."""

from __future__ import annotations

import time
from collections.abc import Callable

from fastapi import Depends, FastAPI, Request, Response
from starlette.responses import FileResponse

from velib_insights.dashboard import history
from velib_insights.dashboard.api import router
from velib_insights.dashboard.docs_page import STYLE, docs_page
from velib_insights.dashboard.files import File
from velib_insights.dashboard.live_site import LiveSite
from velib_insights.dashboard.page import Page, unbuilt
from velib_insights.dashboard.responses import (
    Missing,
    add_error_answers,
    file_response,
)
from velib_insights.dashboard.sandbox.pool import SandboxPool
from velib_insights.dashboard.slow_requests import SlowRequests
from velib_insights.pages.basemap import ARCHIVE_PATH
from velib_insights.pages.media_types import REVALIDATED, caching_of, media_type_of

_ABOUT = (
    "A bike-share network as it was seen, tick by tick. Times are seconds since 1970 (UTC); null is unknown, never 0. "
    "Counts leave out stations that are not operative and ticks that were not observed."
)


def create_app(
    site: LiveSite, pool: SandboxPool, page: Page, clock: Callable[[], float] = time.time
) -> FastAPI:
    """Without the guards, which go around it (guards.py). It needs `site` to be watched by somebody."""
    app = FastAPI(
        title="velib-insights",
        description=_ABOUT,
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    add_error_answers(app)
    slow = SlowRequests(site)
    app.include_router(router(site, pool, slow, clock))
    app.include_router(history.router(site.histories, slow))

    @app.get("/api/openapi.json", include_in_schema=False)
    def openapi(request: Request) -> Response:
        from velib_insights.dashboard.responses import json_response

        return json_response(request, app.openapi())

    @app.get("/api/docs", include_in_schema=False)
    def docs(request: Request) -> Response:
        return file_response(request, File(docs_page(app.openapi()).encode(), "html"))

    @app.get("/api/docs.css", include_in_schema=False)
    def docs_style(request: Request) -> Response:
        return file_response(request, File(STYLE.encode(), "css"))

    @app.api_route(f"/{ARCHIVE_PATH}", methods=["GET", "HEAD"], include_in_schema=False)
    def basemap() -> Response:
        found = site.basemap_file()
        if found is None:
            raise Missing("the lake has no basemap of its own", hint="`velib basemap` puts one there.")
        return FileResponse(
            found, media_type=media_type_of(ARCHIVE_PATH), headers={"Cache-Control": REVALIDATED}
        )

    @app.get("/data/{path:path}", include_in_schema=False, dependencies=[Depends(slow, scope="function")])
    def data(request: Request, path: str) -> Response:
        return file_response(request, site.file(f"{path}index.html" if path.endswith("/") else path))

    @app.get("/{path:path}", include_in_schema=False)
    def page_file(request: Request, path: str) -> Response:
        found = page.file(path)
        if found is not None:
            return file_response(request, found, caching_of(path))
        if path in ("", "index.html"):
            return file_response(request, unbuilt())
        raise Missing(f"there is nothing at /{path[:200]}", hint="api/docs lists the addresses.")

    return app
