"""The shape of every file of `site/data/` that the page reads: the one source for what is written, for the page's types
(`web/src/data/contract.ts`, written by `tools/web_contract.py`) and for the API's description.

Times are epoch seconds (UTC) under names that say so or end in `epoch`, shares are ratios, and null is unknown: it
never stands for 0. Reports of days are described in `core.insights.report`, rows of views in the catalogue.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from velib_insights.core.attribution import How
from velib_insights.core.insights.report import DayEntry, DayReport
from velib_insights.steps.site.manifest import DayLine

TickStatus = Literal["observed", "frozen", "partial", "failed", "missing"]
CurveName = Literal[
    "bikes",
    "mechanical",
    "ebikes",
    "docks",
    "fill_rate",
    "no_bike",
    "saturated",
    "unusable",
    "operative",
]
Counts = list[int | None]


class ViewFiles(TypedDict, total=False):
    json: str
    csv: str
    parquet: str
    geojson: str


class PublishedView(TypedDict):
    name: str
    question: str
    grain: str
    window: str
    rows: Annotated[int | None, "null for a view that was not made yet"]
    as_of_epoch: Annotated[int, "The tick that its rows speak of, or will"]
    files: ViewFiles


class Attribution(TypedDict):
    fr: str
    en: str
    licence: str | None


class Thresholds(TypedDict):
    saturated_fill: float
    low_bikes: int
    rebalance_low: float
    rebalance_high: float


class NoBasemap(TypedDict):
    kind: Literal["none"]
    optional: bool


class ArchiveBasemap(TypedDict):
    """A PMTiles archive."""

    kind: Literal["pmtiles"]
    optional: bool
    url: str
    attribution: str


class HostedBasemap(TypedDict):
    """A MapLibre style or raster tiles, for the light and the dark page."""

    kind: Literal["style", "raster"]
    optional: bool
    light: str
    dark: str
    attribution: str


PublishedBasemap = NoBasemap | ArchiveBasemap | HostedBasemap
"""What lies below the stations. With `optional` the page does without where it cannot be reached."""


class IndexHead(TypedDict):
    """The part of `index.json` that speaks of the latest tick."""

    version: int
    source: str
    network_name: str
    timezone: str
    how: How | None
    cadence_min: int
    observed_epoch: Annotated[int, "The latest observed tick"]
    observed_local: Annotated[str, "The same on the network's clock, as 2026-03-04T18:30"]
    ledger_epoch: Annotated[int, "The latest tick of the ledger, observed or not"]
    state: Literal["ok", "frozen", "failing"]
    attribution: Attribution
    thresholds: Thresholds


class Index(IndexHead):
    """`index.json`: what there is, from when, how it came, and whose data it is."""

    api: Annotated[bool, "Whether an API answers beside the files"]
    first_epoch: int
    days: list[DayLine]
    usual: Annotated[list[str], "The days of which it is known what is usual"]
    zones: Annotated[str | None, "The file of the zones' polygons"]
    views: list[PublishedView]
    basemap: PublishedBasemap


class ZoneEntry(TypedDict):
    code: str
    name: str
    kind: str


class NowFile(TypedDict):
    """`now.json`: the stations in columns, in the order of their codes."""

    epoch: Annotated[int | None, "null where there is no station"]
    n: Annotated[int, "Number of stations"]
    code: list[str]
    name: list[str | None]
    lat: list[float | None]
    lon: list[float | None]
    zone: Annotated[list[int | None], "Place among `zones`"]
    capacity: Counts
    bikes: Counts
    mechanical: Counts
    ebikes: Counts
    docks: Counts
    state: Annotated[list[int], "0 operative, 1 not operative, 2 unknown"]
    since: Annotated[Counts, "Start of the current outage (no bike or no dock), at most 24 h back"]
    since_open: Annotated[list[bool], "Whether it began before that"]
    zones: list[ZoneEntry]


class Headline(TypedDict):
    """The network at one tick: counts of stations and bikes, and shares of operative stations."""

    epoch: int
    stations: int
    operative: int
    bikes: int | None
    mechanical: int | None
    ebikes: int | None
    docks: int | None
    fill_rate: float | None
    no_bike: int | None
    no_bike_naive: int
    saturated: int | None
    saturated_naive: int
    unusable: int | None
    bike_availability: float | None
    dock_availability: float | None


class HeadlineFile(TypedDict):
    """`headline.json`: now, and the observed ticks nearest to a day and a week before."""

    now: Headline | None
    day_before: Headline | None
    week_before: Headline | None


class BoardOutage(TypedDict):
    code: str
    kind: Literal["no_bike", "no_dock"]
    since: int
    since_open: Annotated[bool, "Whether it began before what is known"]
    is_over: Annotated[bool, "Seen to end since the tick before"]


class BoardFile(TypedDict):
    """`board.json`: ongoing outages, and those seen to end since the tick before; the longest first."""

    epoch: int
    outages: list[BoardOutage]


class RebalancingFile(TypedDict):
    """`rebalancing.json`."""

    need: Annotated[list[NeedRow], "Every station"]


class DayCounts(TypedDict):
    """What every station held at every tick of a local day."""

    code: Annotated[list[str], "Stations, in the order of the counts"]
    bikes: Annotated[
        list[Counts | None],
        "One list a tick: counts at the first observed one, at each later one the change since the one before",
    ]
    ebikes: list[Counts | None]
    docks: list[Counts | None]
    off: Annotated[list[list[int] | None], "Places in `code` of stations that are not operative"]


class DayFile(DayCounts):
    """`days/<date>.json`."""

    date: str
    epochs: list[int]
    status: list[TickStatus]
    cadence_s: Annotated[
        Counts,
        "Seconds to the next tick that was due; an observation holds for twice that at most. null where nothing was "
        "asked for",
    ]
    curve: dict[CurveName, list[float | None]]


class HistorySeries(TypedDict):
    """One value for each hour of the file."""

    bikes: Annotated[list[float | None], "Mean of the hour, as the two below"]
    ebikes: list[float | None]
    docks: list[float | None]
    no_bike_min: Annotated[list[float | None], "Minutes of the hour without a bike"]
    no_dock_min: Annotated[list[float | None], "Minutes of the hour without a free dock"]
    out_min: Annotated[list[float | None], "Minutes without a bike or a dock; time with neither counts once"]


class HistoryShard(TypedDict):
    """`history/<zone>.json`: 30 days of hours of the stations of a zone."""

    epochs: Annotated[list[int], "Starts of whole hours"]
    stations: dict[str, HistorySeries]


class UsualHours(TypedDict):
    """Norms of a local day, hour by hour from 0 to 23."""

    days: Annotated[list[float | None], "Of how many days of the same weekday the rest is"]
    fill_rate: list[float | None]
    unusable_share: list[float | None]
    no_bike: list[float | None]
    no_bike_low: list[float | None]
    no_bike_high: list[float | None]
    no_dock: list[float | None]
    no_dock_low: list[float | None]
    no_dock_high: list[float | None]


class UsualFile(TypedDict):
    """`usual/<date>.json`: what is usual on that day, from the same weekday of the weeks before."""

    date: str
    weekday: int
    network: UsualHours
    zones: dict[str, UsualHours]


class UsualStations(TypedDict):
    """`usual/<date>/stations.json`."""

    code: list[str]
    fill_rate: Annotated[list[Counts], "For each hour the usual fill rate of each station, in thousandths"]


class NeedRow(TypedDict):
    """Stands for the rows of kpi_rebalancing_need, whose columns the catalogue has."""


VIEW_ROWS = {
    "NeedRow": "kpi_rebalancing_need",
    "ProfileRow": "kpi_profile_hour_weekday",
    "Top10Row": "kpi_top10_2hour",
}
"""Files that hold the rows of a view, and the name of a row."""

FILES: dict[str, type] = {
    "index.json": Index,
    "now.json": NowFile,
    "headline.json": HeadlineFile,
    "board.json": BoardFile,
    "rebalancing.json": RebalancingFile,
    "days/<date>.json": DayFile,
    "history/<zone>.json": HistoryShard,
    "usual/<date>.json": UsualFile,
    "usual/<date>/stations.json": UsualStations,
    "insights/<date>.json": DayReport,
    "insights/index.json": list[DayEntry],
}
