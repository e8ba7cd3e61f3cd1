"""The bill, against totals worked out by hand from AWS's own rules, and the page that tells them."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from tests.e2e.conftest import velib_in

from velib_insights.core.billing.bill import Deployment, bill, total_usd
from velib_insights.core.billing.prices import athena_cost, prices

PROJECT = Path(__file__).parents[3]


def usd(deployment: Deployment, item: str) -> float:
    return sum(line.usd for line in bill(deployment) if line.price.item == item)


def test_a_crawl_every_15_minutes_is_211_dollars() -> None:
    """2,880 runs of at least ten minutes at 0.44 a DPU-hour: 480 hours."""
    assert usd(Deployment(), "crawler_dpu_hour") == pytest.approx(480 * 0.44) == pytest.approx(211.20)


def test_spark_every_15_minutes_is_42_dollars() -> None:
    """2,880 runs of two workers for at least one minute: 96 DPU-hours."""
    assert usd(Deployment(), "glue_dpu_hour") == pytest.approx(96 * 0.44) == pytest.approx(42.24)


def test_the_default_is_the_crawl_the_job_and_some_dollars() -> None:
    whole = total_usd(bill(Deployment()))
    assert 211.20 + 42.24 < whole < 211.20 + 42.24 + 6


def test_the_lean_setting_is_about_a_dollar() -> None:
    lean = Deployment(clean_engine="lambda", catalog="projection", publish=False)
    assert 0.4 < total_usd(bill(lean)) < 1.2
    items = {line.price.item for line in bill(lean)}
    assert not items & {"crawler_dpu_hour", "glue_dpu_hour"}


def test_what_is_free_is_taken_off_and_never_more() -> None:
    """2,880 starts of 14 million that are free; 20,160 transitions, of which 4,000 are, at 0.025 a thousand."""
    lean = Deployment(clean_engine="lambda", catalog="projection", publish=False)
    assert usd(lean, "scheduler_invocation") == 0
    assert usd(lean, "state_transition") == pytest.approx((2880 * 7 - 4000) * 0.025 / 1000)
    for line in bill(lean):
        assert 0 <= line.usd <= line.list_usd


@pytest.mark.parametrize(("cadence", "runs"), [(15, 2880), (60, 720), (5, 8640), (1, 43_200)])
def test_it_follows_the_cadence(cadence: int, runs: int) -> None:
    deployment = Deployment(cadence_min=cadence)
    assert deployment.runs == runs
    assert usd(deployment, "crawler_dpu_hour") == pytest.approx(runs / 6 * 0.44)


def test_publishing_stations_retention_and_questions_have_their_price() -> None:
    base = total_usd(bill(Deployment()))
    assert total_usd(bill(Deployment(publish=False))) < base
    assert usd(Deployment(stations=2960), "s3_storage") == pytest.approx(2 * usd(Deployment(), "s3_storage"))
    short, long = Deployment(raw_retention_days=30), Deployment(raw_retention_days=0)
    kept_longer = 335 * 96 * 90_000 / 1e9 * 0.023
    assert usd(long, "s3_storage") - usd(short, "s3_storage") == pytest.approx(kept_longer)
    assert usd(Deployment(queries=100_000), "athena_scan") == pytest.approx(100_000 * 0.00005)


def test_athena_bills_ten_megabytes_at_least() -> None:
    assert athena_cost(0) == athena_cost(1) == athena_cost(10_000_000) == pytest.approx(0.00005)
    assert athena_cost(1_000_000_000_000) == pytest.approx(5.0)


def test_every_price_has_its_date_and_source() -> None:
    for price in prices().values():
        assert price.usd > 0
        assert price.units > 0
        assert price.read_on >= date(2026, 1, 1)
        assert price.source.startswith("https://aws.amazon.com/")


def test_the_command_and_the_page_agree(tmp_path: Path) -> None:
    """The page's table names the command of each bill; here they are run."""
    page = (PROJECT / "docs" / "reference" / "costs.md").read_text("utf-8")
    velib = velib_in(tmp_path)
    rows = re.findall(r"^\| [^|]+ \| `velib (cost[^`]*)` \| ([\d.,]+) \| ([\d.,]+) \|$", page, re.MULTILINE)
    assert len(rows) >= 7
    for command, total, before in rows:
        told = velib(*command.split(), "--json").json()
        assert told["usd"] == pytest.approx(float(total.replace(",", "")), abs=0.0051)
        assert told["usd_without_free"] == pytest.approx(float(before.replace(",", "")), abs=0.0051)


def test_the_command_shows_a_bill_that_adds_up(tmp_path: Path) -> None:
    velib = velib_in(tmp_path)
    said = velib("cost")
    assert said.code == 0
    *_, last = said.out.splitlines()
    assert last.split()[0] == "total"
    told = velib("cost", "--json").json()
    assert sum(line["usd"] for line in told["lines"]) == pytest.approx(told["usd"], abs=1e-3)
    assert float(last.split()[1].replace(",", "")) == pytest.approx(told["usd"], abs=0.01)
    assert "us-east-1" in said.err
    json.dumps(told)


@pytest.mark.parametrize("arguments", [("--cadence", "0"), ("--cadence", "61"), ("--stations", "-1")])
def test_a_setting_that_cannot_be_is_refused(tmp_path: Path, arguments: tuple[str, str]) -> None:
    assert velib_in(tmp_path)("cost", *arguments).code == 2
