"""The API: what the page shows, for programs. Read-only, and every answer is of the latest observed tick."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Coroutine, Hashable
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from velib_insights.core.catalogue.views import kpi_views
from velib_insights.core.errors import NothingThere
from velib_insights.core.insights.report import DayEntry
from velib_insights.core.ticks.future import AHEAD_S
from velib_insights.dashboard import schemas
from velib_insights.dashboard.events import MEDIA_TYPE, ticks_as_they_come
from velib_insights.dashboard.files import File
from velib_insights.dashboard.live_site import LiveSite
from velib_insights.dashboard.responses import Missing, file_response, json_response
from velib_insights.dashboard.sandbox.pool import MAX_ROWS, SandboxPool
from velib_insights.dashboard.schemas import answers
from velib_insights.dashboard.slow_requests import SlowRequests
from velib_insights.pages.media_types import media_type_of
from velib_insights.steps.kpi import find_kpi
from velib_insights.steps.site.history import NO_ZONE
from velib_insights.steps.site.kpi import forms_of
from velib_insights.steps.site.reports import INDEX as REPORTS_INDEX

MAX_LIMIT = 10_000
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Rows at most")]
Offset = Annotated[int, Query(ge=0, le=10_000_000, description="Rows left out before the first")]
Code = Annotated[
    str, Path(min_length=1, max_length=64, description="The operator's code of the station, as 16107")
]
Day = Annotated[date, Path(description="A local day, as 2026-03-04")]
_CLIENT_LEFT = 499  # nginx's; nobody reads it
_LATE_TICKS = 3  # a tick late is a slow feed, three are a feed or a schedule that stands still


class Ask(BaseModel):
    """One SELECT over the tables and views of the lake."""

    sql: str = Field(
        min_length=1, max_length=20_000, examples=["SELECT outcome, count(*) FROM ticks GROUP BY 1"]
    )


class Shard(msgspec.Struct):
    epochs: list[int]
    stations: dict[str, msgspec.Raw]


def router(
    site: LiveSite, pool: SandboxPool, slow: SlowRequests, clock: Callable[[], float] = time.time
) -> APIRouter:
    routes = APIRouter(prefix="/api")
    may_be_slow = [Depends(slow, scope="function")]

    @routes.get(
        "/latest", summary="Every station at the latest observed tick", responses=answers(schemas.Latest)
    )
    async def latest(
        request: Request,
        zone: Annotated[str | None, Query(max_length=32, description="INSEE code of a zone")] = None,
        limit: Limit = MAX_LIMIT,
        offset: Offset = 0,
    ) -> Response:
        def page() -> dict[str, Any]:
            now = site.stations()
            stations = [each for each in now["stations"] if zone is None or each["zone_code"] == zone]
            if zone is not None and not stations:
                raise Missing(f"no station stands in a zone {zone!r}", hint="data/now.json lists the zones.")
            part = stations[offset : offset + limit]
            return {"epoch": now["epoch"], **_page(len(stations), limit, offset), "stations": part}

        return file_response(request, await _answered(site, slow, ("latest", zone, limit, offset), page))

    @routes.get("/stations/{code}", summary="One station now", responses=answers(schemas.StationNow))
    def station(request: Request, code: Code) -> Response:
        return json_response(request, {"epoch": site.stations()["epoch"], **_station(site, code)})

    @routes.get(
        "/stations/{code}/history",
        summary="One station's observed ticks, or its closed hours, back from now",
        responses=answers(schemas.Ticks | schemas.Hours),
    )
    async def history(
        request: Request,
        code: Code,
        days: Annotated[int, Query(ge=1, le=31, description="So many times 24 hours")] = 1,
        resolution: Annotated[
            Literal["tick", "hour"], Query(description="Hours are those that have closed")
        ] = "tick",
    ) -> Response:
        def series() -> dict[str, Any]:
            told = _hours(site, code, days) if resolution == "hour" else site.month().history(code, days)
            if not told["epochs"]:
                _station(site, code)
            return {"code": code, "days": days, "resolution": resolution, **told}

        return file_response(
            request, await _answered(site, slow, ("history", code, days, resolution), series)
        )

    @routes.get(
        "/kpi", summary="The KPI, with the question each answers", responses=answers(list[schemas.Kpi])
    )
    def kpis(request: Request) -> Response:
        index = site.json("index.json")
        return json_response(request, index["views"])

    @routes.get(
        "/kpi/{name}",
        summary="The rows of a KPI",
        description="In every format the header X-Total-Count says how many rows there are, and X-As-Of the tick that "
        "they speak of. A file's suggested name ends with that tick.",
        dependencies=may_be_slow,
        responses=answers(schemas.KpiRows, *(media_type_of(form) for form in ("csv", "parquet", "geojson"))),
    )
    def kpi(
        request: Request,
        name: Annotated[str, Path(max_length=80, description="Its name, with or without kpi_")],
        form: Annotated[Literal["json", "csv", "parquet", "geojson"], Query(alias="format")] = "json",
        limit: Limit = MAX_LIMIT,
        offset: Offset = 0,
    ) -> Response:
        from velib_insights.adapters.formats import encode, rows_of
        from velib_insights.adapters.parquet import from_parquet, notes_of

        view = _view(name)
        if form not in forms_of(view):
            raise Missing(
                f"{view.name} has no positions, so it is no GeoJSON", hint="Take json, csv or parquet."
            )
        path = f"kpi/{view.name}.parquet"
        body = site.file(path).body
        table = from_parquet(body, path)
        at = datetime.fromisoformat(notes_of(body)["as_of"])
        rows = table.slice(offset, limit)
        if form == "json":
            told_page = {
                "name": view.name,
                "as_of_epoch": int(at.timestamp()),
                **_page(len(table), limit, offset),
                "rows": rows_of(rows),
            }
            response = json_response(request, told_page)
        else:
            response = file_response(request, File(encode(rows, form, int(at.timestamp())), form))
            name = f"{view.name}_{at:%Y%m%dT%H%MZ}.{form}"
            response.headers["Content-Disposition"] = f'inline; filename="{name}"'
        response.headers["X-Total-Count"] = str(len(table))
        response.headers["X-As-Of"] = f"{at:%Y-%m-%dT%H:%M:%SZ}"
        return response

    @routes.get(
        "/days",
        summary="The local days of the lake and how much of each was observed",
        responses=answers(list[schemas.Day]),
    )
    def days(request: Request) -> Response:
        return json_response(request, site.json("index.json")["days"])

    @routes.get(
        "/days/{day}",
        summary="Every station at every tick of a local day",
        dependencies=may_be_slow,
        responses=answers(schemas.Replay),
    )
    def one_day(request: Request, day: Day) -> Response:
        return file_response(
            request, _file(site, f"days/{day}.json", f"the lake has no ticks of {day}", "GET api/days")
        )

    @routes.get(
        "/insights",
        summary="The days that have a report, with a few figures of those that were made",
        responses=answers(list[schemas.ReportLine]),
    )
    def reports(request: Request) -> Response:
        made = {line["date"]: line for line in site.json(REPORTS_INDEX)}
        unknown = dict.fromkeys(DayEntry.__struct_fields__)
        lines = []
        for day in site.json("index.json")["days"]:
            known = made.get(day["date"], unknown | {"date": day["date"]})
            line = {name: value for name, value in known.items() if name != "weekday"}
            lines.append({"is_made": day["date"] in made, **line})
        return json_response(request, lines)

    @routes.get(
        "/insights/{day}",
        summary="The report of a local day: as data, or as a document to cite and to print",
        description="The fields are those of `velib insights --json`.",
        dependencies=may_be_slow,
        responses=answers(dict[str, Any], media_type_of("html")),
    )
    def insights(
        request: Request,
        day: Day,
        form: Annotated[Literal["json", "html"], Query(alias="format")] = "json",
        lang: Annotated[Literal["en", "fr"], Query(description="Of the document")] = "en",
    ) -> Response:
        ending = "json" if form == "json" else f"{lang}.html"
        return file_response(
            request,
            _file(site, f"insights/{day}.{ending}", f"the lake has no ticks of {day}", "GET api/days"),
        )

    @routes.get(
        "/health",
        summary="Whether there is data, how fresh it is and what the feed does",
        responses=answers(schemas.Health),
    )
    def health(request: Request) -> Response:
        moment = site.moment
        age_s = int(clock() - moment.observed_epoch)
        is_late = moment.how == "live" and age_s > _LATE_TICKS * moment.cadence_s
        own = "late" if is_late else "ahead" if age_s < -AHEAD_S else "ok"
        return json_response(
            request,
            {
                "status": moment.state if moment.state != "ok" else own,
                "how": moment.how,
                "observed_epoch": moment.observed_epoch,
                "observed_at": datetime.fromtimestamp(moment.observed_epoch, UTC).strftime(
                    "%Y-%m-%dT%H:%M:%SZ"
                ),
                "ledger_epoch": moment.ledger_epoch,
                "age_s": age_s,
                "cadence_s": moment.cadence_s,
            },
            "no-store",
        )

    @routes.get(
        "/events",
        summary="The latest tick, and each new one as it comes, as server-sent events",
        description="Each event is named tick; its data is {observed_epoch, ledger_epoch}. The answer ends after a "
        "minute and a half, and an EventSource asks again.",
        response_class=StreamingResponse,
        responses=answers(dict[str, Any])
        | {200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}, "description": "As they come"}},
    )
    async def events() -> Response:
        return StreamingResponse(
            ticks_as_they_come(site), media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"}
        )

    @routes.post(
        "/query",
        summary=f"A SELECT over the tables and views: {pool.limits.timeout_s:g} s, {pool.limits.memory_mb:,} MB "
        f"and {MAX_ROWS:,} rows at most",
        responses=answers(schemas.QueryResult),
    )
    async def query(request: Request, ask: Ask) -> Response:
        async def rows() -> bytes:
            await asyncio.to_thread(lambda: site.moment)
            return await pool.run_query(ask.sql)

        body = await _unless_client_left(request, rows())
        if body is None:
            return Response(status_code=_CLIENT_LEFT)
        return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})

    return routes


async def _unless_client_left(request: Request, work: Coroutine[Any, Any, bytes]) -> bytes | None:
    """The work's result; None where the client hung up first, and then the work was cancelled."""

    async def left() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    running, leaving = asyncio.ensure_future(work), asyncio.ensure_future(left())
    try:
        await asyncio.wait((running, leaving), return_when=asyncio.FIRST_COMPLETED)
        return running.result() if running.done() else None
    finally:
        for task in (running, leaving):
            task.cancel()
        await asyncio.gather(running, leaving, return_exceptions=True)


async def _answered(site: LiveSite, slow: SlowRequests, asked: Hashable, value: Callable[[], Any]) -> File:
    """What was answered before goes out at once: a thread would cost two waits for a core, which on a busy machine
    are most of the time that an answer takes."""
    kept = site.kept_answer(asked)
    if kept is not None:
        return kept
    async with slow.places:
        return await run_in_threadpool(site.answer, asked, value)


def _page(total: int, limit: int, offset: int) -> dict[str, int]:
    return {"total": total, "limit": limit, "offset": offset}


def _file(site: LiveSite, path: str, missing: str, hint: str) -> File:
    try:
        return site.file(path)
    except NothingThere:
        raise Missing(missing, hint=hint) from None


def _station(site: LiveSite, code: str) -> dict[str, Any]:
    stations: list[dict[str, Any]] = site.stations()["stations"]
    found = next((station for station in stations if station["code"] == code), None)
    if found is None:
        raise Missing(f"no station {code!r} was seen at the latest tick", hint="GET api/latest lists them.")
    return found


def _hours(site: LiveSite, code: str, days: int) -> dict[str, list[Any]]:
    """The closed hours of the last so many times 24, from the file of the station's zone."""
    station = _station(site, code)
    body = _file(site, f"history/{station['zone_code'] or NO_ZONE}.json", "no hour has closed yet", "").body
    shard = msgspec.json.decode(body, type=Shard)
    if code not in shard.stations:
        raise Missing(f"station {code!r} was not seen in a closed hour yet", hint="Ask with resolution=tick.")
    series = msgspec.json.decode(shard.stations[code])
    last = shard.epochs[-1] if shard.epochs else 0
    first = next((place for place, epoch in enumerate(shard.epochs) if epoch > last - days * 86_400), 0)
    return {"epochs": shard.epochs[first:], **{name: values[first:] for name, values in series.items()}}


def _view(name: str) -> Any:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or f"kpi_{name.removeprefix('kpi_')}" not in {
        view.name for view in kpi_views()
    }:
        raise Missing(f"there is no KPI {name[:80]!r}", hint="GET api/kpi lists them.")
    return find_kpi(name)
