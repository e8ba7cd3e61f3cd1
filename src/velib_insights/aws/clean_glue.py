"""The body of velib_clean_job: Spark shares the hours out, and each is cleaned by the very function of the laptop.

The tasks read and write the lake themselves, through the package, so Spark needs no connector to S3 and the files
are those that any other machine would have written (docs/decisions/).
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

from velib_insights.core.ticks.tick import hour_span
from velib_insights.settings import Settings, read_settings
from velib_insights.steps.clean import (
    HourCleaned,
    HourFailed,
    clean_or_tell,
    hours_to_clean,
    memory_of_process,
)
from velib_insights.steps.clean_hours import HoursCleaned, raise_if_unbounded
from velib_insights.wiring.identity import network_of
from velib_insights.wiring.intake import open_lake
from velib_insights.wiring.zones import zones_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from velib_insights.adapters.lake import Lake
    from velib_insights.core.ticks.tick import Hour
    from velib_insights.core.zones import Zones

_SETTINGS = ("lake", "source", "s3_region", "s3_endpoint")


def run(spark: SparkSession, arguments: Sequence[str]) -> HoursCleaned:
    """Clean the hours that the job's arguments name.

    Raises LakeError at the end, which names the hours that failed or would lose fetches.
    """
    given = _given(arguments)
    first, last = hour_span(given.since, given.until)
    raise_if_unbounded(first, last, allow_fewer=given.allow_fewer == "true")
    settings = read_settings({name: getattr(given, name) for name in _SETTINGS})
    lake = open_lake(settings)
    source = network_of(settings, lake).source
    hours = hours_to_clean(lake, source, first, last)
    again, allow_fewer = given.again == "true", given.allow_fewer == "true"
    task = partial(_clean_one, settings, source, zones_of(lake, source), again, allow_fewer)
    outcomes = spark.sparkContext.parallelize(hours, len(hours)).map(task).collect() if hours else []
    done = HoursCleaned.of(outcomes)
    sys.stdout.write(json.dumps(done.counts) + "\n")
    done.raise_if_failed()
    return done


def _given(arguments: Sequence[str]) -> Namespace:
    """Glue adds arguments of its own, which are none of ours; one that is empty was not given."""
    parser = ArgumentParser(prog="velib_clean_job", allow_abbrev=False)
    for name in (*_SETTINGS, "since", "until"):
        parser.add_argument(f"--{name.replace('_', '-')}", type=lambda text: text or None)
    for name in ("--again", "--allow-fewer"):
        parser.add_argument(name, nargs="?", const="true", default="false", choices=("true", "false", ""))
    return parser.parse_known_args(arguments)[0]


def _clean_one(
    settings: Settings, source: str, zones: Zones, again: bool, allow_fewer: bool, hour: Hour
) -> HourCleaned | HourFailed:
    return clean_or_tell(
        _lake(settings),
        source,
        hour,
        zones,
        again=again,
        allow_fewer=allow_fewer,
        memory=memory_of_process(),
    )


@cache
def _lake(settings: Settings) -> Lake:
    """Once for each of Spark's worker processes."""
    return open_lake(settings)
