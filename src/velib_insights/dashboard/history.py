"""The histories over HTTP: spans of closed days, by station, zone or network."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from velib_insights.adapters.history_engine import HistoryEngine
from velib_insights.core.catalogue.history import HISTORY
from velib_insights.core.errors import QueryError
from velib_insights.core.ticks.periods import Period
from velib_insights.dashboard import schemas
from velib_insights.dashboard.files import File
from velib_insights.dashboard.responses import Missing, file_response, json_response
from velib_insights.dashboard.schemas import answers
from velib_insights.pages.media_types import media_type_of
from velib_insights.steps.history import find_history, history

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from velib_insights.adapters.lake import Lake
    from velib_insights.adapters.query_limits import QueryLimits
    from velib_insights.core.network import Network
    from velib_insights.dashboard.slow_requests import SlowRequests

MAX_ROWS = 100_000
_When = Annotated[
    str | None, Query(max_length=10, description="A local day, month or year, included: 2026-03")
]
_Codes = Annotated[list[str] | None, Query(max_length=500, description="May be repeated")]


class Histories:
    """One session for all requests, one at a time: each takes milliseconds."""

    def __init__(
        self, lake: Lake, network_of: Callable[[], Network], limits: QueryLimits | None = None
    ) -> None:
        self._lake = lake
        self._network_of = network_of
        self._limits = limits
        self._engine: HistoryEngine | None = None
        self._one = threading.Lock()

    def rows(self, name: str, **span: Any) -> pa.Table:
        """As `steps.history.history`."""
        network = self._network_of()
        with self._one:
            if self._engine is None:
                self._engine = HistoryEngine(self._lake, network.source, self._limits)
            return history(self._engine, self._lake, network.timezone, name, **span)


def router(histories: Histories, slow: SlowRequests) -> APIRouter:
    routes = APIRouter(prefix="/api/history")

    @routes.get(
        "",
        summary="The histories, with the question each answers",
        responses=answers(list[schemas.HistoryEntry]),
    )
    def listed(request: Request) -> Response:
        entries = [
            {"name": view.name, "question": view.question, "grain": view.grain.split(", ")}
            for view in HISTORY
        ]
        return json_response(request, entries)

    @routes.get(
        "/{name}",
        summary="A history over any span of closed days",
        description="The header X-Total-Count says how many rows there are.",
        dependencies=[Depends(slow, scope="function")],
        responses=answers(schemas.HistoryRows, *(media_type_of(form) for form in ("csv", "parquet"))),
    )
    def one(
        request: Request,
        name: Annotated[str, Path(max_length=80, description="Its name, with or without history_")],
        since: _When = None,
        until: _When = None,
        by: Annotated[
            Period | None, Query(description="Period of each row. Default: month, span for profiles")
        ] = None,
        station: _Codes = None,
        zone: _Codes = None,
        form: Annotated[Literal["json", "csv", "parquet"], Query(alias="format")] = "json",
        limit: Annotated[int, Query(ge=1, le=MAX_ROWS, description="Rows at most")] = MAX_ROWS,
        offset: Annotated[int, Query(ge=0, le=10_000_000, description="Rows left out before the first")] = 0,
    ) -> Response:
        from velib_insights.adapters.formats import encode, rows_of

        try:
            asked = find_history(name)
        except QueryError as error:
            raise Missing(error.message, hint="GET api/history lists them.") from None
        table = histories.rows(
            asked.name, since=since, until=until, by=by or "", stations=station, zones=zone
        )
        rows = table.slice(offset, limit)
        if form == "json":
            page = {"total": len(table), "limit": limit, "offset": offset}
            response = json_response(request, {"name": asked.name, **page, "rows": rows_of(rows)})
        else:
            response = file_response(request, File(encode(rows, form), form))
            response.headers["Content-Disposition"] = f'inline; filename="{asked.name}.{form}"'
        response.headers["X-Total-Count"] = str(len(table))
        return response

    return routes
