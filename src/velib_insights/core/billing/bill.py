"""What a month of the pipeline costs on AWS, for each of its settings: quantities by price, no more.

A month is 30 days. Quantities that are measured carry how; they scale with the number of ticks and of stations, so the
bill is an estimate, good to some tens of per cent where it is cents, and exact where a least charge rules it: the
Glue job is billed one minute a run, the crawler ten.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from velib_insights.core.billing.prices import Price, prices

DAYS_A_MONTH = 30
CleanEngine = Literal["glue", "lambda"]
Catalog = Literal["crawler", "projection"]

# Measured on a simulated network of 1,480 stations at 15 minutes, in steady state, by counting calls of the lake; LIST
# is priced as PUT. tests/steps/test_bill_counts.py counts those of ingest and clean again.
STATIONS = 1_480
INGEST_PUTS, INGEST_GETS = 5, 4
CLEAN_PUTS, CLEAN_GETS = 8, 17  # four hours looked at, one made
PUBLISH_PUTS, PUBLISH_GETS = 74, 7  # 45 files written; the hours are in a warm function's cache
RAW_BYTES_A_TICK, CLEAN_BYTES_A_TICK, HISTORY_BYTES_A_TICK, ROLLUP_BYTES_A_TICK = 90_000, 29_500, 5_500, 1_500
SITE_BYTES = 12_000_000

# Memory as Terraform sets it; seconds are the work measured here and 25 ms a call of S3, rounded up.
INGEST_GB_S = 0.5 * 3
CLEAN_GB_S = 1.0 * 2
PUBLISH_GB_S = 2.0 * 6

GLUE_DPU, GLUE_LEAST_H = 2, 1 / 60  # two workers G.1X, one minute at least
CRAWLER_DPU, CRAWLER_LEAST_H = 1, 10 / 60
# States entered: tick given, ingest, settle, clean, taken in, done; and the start.
TRANSITIONS, PUBLISH_TRANSITIONS = 7, 1
CRAWL_TRANSITIONS = 1 + 3 * 3  # started, then three times: wait half a minute, look, judge
METRICS, ALARMS = 4, 3
LOG_BYTES_A_CALL = 1_500
QUERY_BYTES = 10_000_000  # the least that a query is billed; a KPI of two hours scans less
STATION_TABLES = 3


@dataclass(frozen=True, slots=True)
class Deployment:
    """The settings of Terraform that have a price. `history_days` is the age of the lake in the month that is billed;
    `raw_retention_days` 0 keeps raw for ever."""

    cadence_min: int = 15
    clean_engine: CleanEngine = "glue"
    catalog: Catalog = "crawler"
    publish: bool = True
    raw_retention_days: int = 400
    history_days: int = 365
    stations: int = STATIONS
    queries: int = 300

    @property
    def runs(self) -> float:
        return DAYS_A_MONTH * 24 * 60 / self.cadence_min


@dataclass(frozen=True, slots=True)
class Line:
    """One item of the bill: `quantity` in units of its price. `usd` is after what is free each month."""

    price: Price
    what: str
    quantity: float

    @property
    def list_usd(self) -> float:
        return self.price.of(self.quantity)

    @property
    def usd(self) -> float:
        return self.price.of(max(0.0, self.quantity - self.price.free))


def bill(deployment: Deployment) -> tuple[Line, ...]:
    """The lines, of one item each; those that come to nothing are left out."""
    totals: dict[str, tuple[list[str], float]] = {}
    for item, what, quantity in _uses(deployment):
        names, sum_ = totals.get(item, ([], 0.0))
        totals[item] = ([*names, what], sum_ + quantity)
    found = prices()
    return tuple(
        Line(found[item], ", ".join(names), quantity)
        for item, (names, quantity) in totals.items()
        if quantity
    )


def total_usd(lines: tuple[Line, ...]) -> float:
    return sum(line.usd for line in lines)


def _uses(d: Deployment) -> Iterator[tuple[str, str, float]]:
    """(item, what for, how much in its unit)."""
    with_lambda = d.clean_engine == "lambda"
    with_crawler = d.catalog == "crawler"
    share = d.stations / STATIONS
    if with_crawler:
        yield "crawler_dpu_hour", "a crawl each run", d.runs * CRAWLER_DPU * CRAWLER_LEAST_H
    if not with_lambda:
        yield "glue_dpu_hour", "the clean job each run", d.runs * GLUE_DPU * GLUE_LEAST_H
    yield "scheduler_invocation", "starts", d.runs
    per_run = TRANSITIONS + with_crawler * CRAWL_TRANSITIONS + d.publish * PUBLISH_TRANSITIONS
    yield "state_transition", f"{per_run} states a run", d.runs * per_run
    calls = 1 + with_lambda + d.publish
    yield "lambda_request", f"{calls} calls a run", d.runs * calls
    yield "lambda_gb_second", "ingest", d.runs * INGEST_GB_S
    if with_lambda:
        yield "lambda_gb_second", "clean", d.runs * CLEAN_GB_S
    if d.publish:
        yield "lambda_gb_second", "publish", d.runs * PUBLISH_GB_S
    yield "s3_put", "ingest", d.runs * INGEST_PUTS
    yield "s3_put", "clean", d.runs * CLEAN_PUTS
    yield "s3_get", "ingest and clean", d.runs * (INGEST_GETS + CLEAN_GETS)
    if d.publish:
        yield "s3_put", "publish", d.runs * PUBLISH_PUTS
        yield "s3_get", "publish", d.runs * PUBLISH_GETS
    yield "s3_storage", "the lake", _stored_bytes(d, share) / 1e9
    yield "athena_scan", f"{d.queries} questions", d.queries * QUERY_BYTES / 1e12
    yield "log_ingest", "logs", d.runs * calls * LOG_BYTES_A_CALL / 1e9
    yield "metric", "figures of ingest", METRICS
    yield "alarm", "alarms", ALARMS
    yield "catalog_objects", "tables and partitions", STATION_TABLES + with_crawler * d.history_days * 24


def _stored_bytes(d: Deployment, share: float) -> float:
    ticks_a_day = 24 * 60 / d.cadence_min
    raw_days = min(d.history_days, d.raw_retention_days or d.history_days)
    kept = CLEAN_BYTES_A_TICK + HISTORY_BYTES_A_TICK + d.publish * ROLLUP_BYTES_A_TICK
    ticks = raw_days * RAW_BYTES_A_TICK + d.history_days * kept
    return share * (ticks * ticks_a_day + d.publish * SITE_BYTES)
