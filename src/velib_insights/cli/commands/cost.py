"""The command that says what the pipeline costs on AWS."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING

from velib_insights.cli.options import add_json, add_switch, number
from velib_insights.cli.terminal.messages import answer, say

if TYPE_CHECKING:
    from velib_insights.core.billing.bill import Deployment, Line


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--cadence",
        type=number(int, 1, 60),
        default=15,
        metavar="MIN",
        help="Minutes between two runs, 1 to 60. (default 15)",
    )
    parser.add_argument(
        "--clean-engine", choices=("glue", "lambda"), default="glue", help="As in Terraform. (default glue)"
    )
    parser.add_argument(
        "--catalog",
        choices=("crawler", "projection"),
        default="crawler",
        help="As in Terraform. (default crawler)",
    )
    add_switch(parser, "--publish", "The site is published after each run.", default=True)
    parser.add_argument(
        "--retention",
        type=number(int, 0),
        default=400,
        metavar="DAYS",
        help="Days for which raw responses are kept; 0 for ever. (default 400)",
    )
    parser.add_argument(
        "--history",
        type=number(int, 0),
        default=365,
        metavar="DAYS",
        help="Age of the lake in that month. (default 365)",
    )
    parser.add_argument(
        "--stations", type=number(int, 0), default=1480, metavar="N", help="Stations. (default 1480)"
    )
    parser.add_argument(
        "--queries",
        type=number(int, 0),
        default=300,
        metavar="N",
        help="Questions to Athena in the month. (default 300)",
    )
    add_json(parser)


def cost(args: Namespace) -> None:
    from velib_insights.core.billing.bill import bill, total_usd
    from velib_insights.core.billing.prices import REGION, prices

    deployment = _deployment(args)
    lines = sorted(bill(deployment), key=lambda line: (-line.usd, -line.list_usd))
    total = total_usd(tuple(lines))
    if args.json:
        answer(
            {
                "deployment": asdict(deployment),
                "region": REGION,
                "days": 30,
                "usd": round(total, 4),
                "usd_without_free": round(sum(line.list_usd for line in lines), 4),
                "lines": [_line_json(line) for line in lines],
            }
        )
        return
    sys.stdout.write(_drawn(lines, total))
    oldest = min(price.read_on for price in prices().values())
    say(
        f"USD for 30 days in {REGION}, taxes left out; prices of {oldest}. The second column leaves out what is free."
    )


def _deployment(args: Namespace) -> Deployment:
    from velib_insights.core.billing.bill import Deployment

    return Deployment(
        cadence_min=args.cadence,
        clean_engine=args.clean_engine,
        catalog=args.catalog,
        publish=args.publish,
        raw_retention_days=args.retention,
        history_days=args.history,
        stations=args.stations,
        queries=args.queries,
    )


def _line_json(line: Line) -> dict[str, object]:
    return {
        "item": line.price.item,
        "service": line.price.service,
        "what": line.what,
        "quantity": round(line.quantity, 6),
        "unit": line.price.unit,
        "usd": round(line.usd, 6),
        "usd_without_free": round(line.list_usd, 6),
    }


def _drawn(lines: list[Line], total: float) -> str:
    rows = [
        (
            line.price.service,
            line.what,
            f"{line.quantity:,.0f}" if line.quantity >= 100 else f"{line.quantity:,.3g}",
            line.price.unit,
            f"{line.usd:,.2f}",
            f"{line.list_usd:,.2f}",
        )
        for line in lines
    ]
    head = ("service", "for", "quantity", "unit", "USD", "before free")
    foot = ("total", "", "", "", f"{total:,.2f}", f"{sum(line.list_usd for line in lines):,.2f}")
    widths = [max(len(row[place]) for row in (head, foot, *rows)) for place in range(len(head))]
    right = (2, 4, 5)
    return "".join(
        "  ".join(
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        + "\n"
        for row in (head, *rows, foot)
    )
