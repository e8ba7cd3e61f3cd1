"""The shapes of the API's responses, for its description. Responses are written from plain values; tests hold the two
together. Files that the page reads too are described by steps.site.contract."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model

from velib_insights.steps.site.contract import DayFile
from velib_insights.steps.site.manifest import DayLine

Epoch = int


class ApiModel(BaseModel):
    model_config = ConfigDict(extra="forbid")


def model_of(shape: type) -> type[BaseModel]:
    """The model of a published file (steps.site.contract), its parts included."""
    fields: dict[str, Any] = {}
    for name, hint in get_type_hints(shape, include_extras=True).items():
        about = hint.__metadata__[0] if get_origin(hint) is Annotated else None
        kind = get_args(hint)[0] if get_origin(hint) is Annotated else hint
        fields[name] = (kind, Field(description=about))
    return create_model(shape.__name__, __base__=ApiModel, **fields)


class ErrorDetail(ApiModel):
    class_: str = Field(alias="class", description="The kind of error, for programs")
    message: str = Field(description="What is wrong")
    hint: str = Field(description="What to do; empty where there is nothing to say")


class Error(ApiModel):
    error: ErrorDetail


class Paged(ApiModel):
    total: int = Field(description="Rows there are")
    limit: int
    offset: int


class Station(ApiModel):
    code: str
    name: str | None
    zone_code: str | None
    zone_name: str | None
    lat: float | None
    lon: float | None
    capacity: int | None = Field(description="docks")
    bikes: int | None
    mechanical: int | None
    ebikes: int | None
    docks: int | None = Field(description="free docks")
    state: Literal["operative", "not_operative", "unknown"]
    since_epoch: Epoch | None = Field(description="Start of the ongoing outage, at most 24 h back")
    since_open: bool = Field(description="Whether it began before that")


class Latest(Paged):
    epoch: Epoch = Field(description="The latest observed tick")
    stations: list[Station]


class StationNow(Station):
    epoch: Epoch


class Ticks(ApiModel):
    code: str
    days: int
    resolution: Literal["tick"]
    epochs: list[Epoch]
    bikes: list[int | None]
    mechanical: list[int | None]
    ebikes: list[int | None]
    docks: list[int | None]
    operative: list[bool | None]


class Hours(ApiModel):
    code: str
    days: int
    resolution: Literal["hour"]
    epochs: list[Epoch] = Field(description="Starts of the hours")
    bikes: list[float | None] = Field(description="Mean of the hour")
    ebikes: list[float | None]
    docks: list[float | None]
    no_bike_min: list[float | None] = Field(description="Minutes of the hour without a bike")
    no_dock_min: list[float | None] = Field(description="Minutes of the hour without a free dock")
    out_min: list[float | None] = Field(
        description="Minutes of the hour without a bike or without a dock; time with neither counts once"
    )


class Kpi(ApiModel):
    name: str
    question: str
    grain: str
    window: str
    rows: int | None = Field(description="null where it was not asked for yet")
    as_of_epoch: Epoch = Field(description="The tick that the rows speak of")
    files: dict[str, str] = Field(description="By format, below /data/: all rows, without limit")


class KpiRows(Paged):
    name: str
    as_of_epoch: Epoch = Field(description="The tick that the rows speak of")
    rows: list[dict[str, Any]] = Field(description="Columns as in the reference of views")


class HistoryEntry(ApiModel):
    name: str
    question: str
    grain: list[str] = Field(description="The columns that tell its rows apart")


class HistoryRows(Paged):
    name: str
    rows: list[dict[str, Any]] = Field(description="Columns as in the reference of views")


Day: Any = model_of(DayLine)
Replay: Any = model_of(DayFile)


class ReportLine(ApiModel):
    date: str
    is_made: bool = Field(description="Whether the report was made; asking for it makes it")
    coverage: float | None
    is_over: bool | None
    is_low: bool | None
    unusable_share: float | None
    outage_minutes: int | None
    worst_epoch: Epoch | None
    worst_unusable_stations: int | None


class Health(ApiModel):
    status: Literal["ok", "late", "ahead", "frozen", "failing"]
    how: Literal["live", "imported", "simulated"] | None
    observed_epoch: Epoch
    observed_at: str
    ledger_epoch: Epoch
    age_s: int
    cadence_s: int


class QueryResult(ApiModel):
    columns: list[str]
    rows: list[list[Any]]
    truncated: bool = Field(description="Whether there were more rows")


def answers(shape: Any, *media_types: str) -> dict[int | str, dict[str, Any]]:
    """For FastAPI's `responses`: what comes when all is well, and the errors that every address may answer."""
    fine: dict[str, Any] = {"model": shape, "description": "As asked"}
    if media_types:
        fine["content"] = {media_type: {} for media_type in media_types}
    return {
        200: fine,
        400: {"model": Error, "description": "A parameter is wrong"},
        404: {"model": Error, "description": "There is nothing of that name"},
        503: {"model": Error, "description": "There is no data yet, or too many ask: try again later"},
    }
