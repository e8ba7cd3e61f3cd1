"""The page of the reference on what the pipeline costs on AWS: the bill of each setting, and the prices behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from velib_insights.core.billing.bill import Deployment, bill, total_usd
from velib_insights.core.billing.prices import REGION, prices

Table = Callable[[Sequence[str], Iterable[Sequence[object]]], str]

SETTINGS = (
    ("the client's design (default)", "velib cost", Deployment()),
    ("without publishing", "velib cost --no-publish", Deployment(publish=False)),
    ("once an hour", "velib cost --cadence 60", Deployment(cadence_min=60)),
    ("partition projection", "velib cost --catalog projection", Deployment(catalog="projection")),
    ("Lambda clean engine", "velib cost --clean-engine lambda", Deployment(clean_engine="lambda")),
    (
        "lean",
        "velib cost --clean-engine lambda --catalog projection",
        Deployment(clean_engine="lambda", catalog="projection"),
    ),
    (
        "lean, without publishing",
        "velib cost --clean-engine lambda --catalog projection --no-publish",
        Deployment(clean_engine="lambda", catalog="projection", publish=False),
    ),
)


def costs_page(table_of: Table) -> str:
    parts = [
        "# What the pipeline costs on AWS",
        f"USD for a month of 30 days in {REGION}, for 1,480 stations, a lake that is a year old and 300 questions to "
        "Athena, taxes left out. What every account has free each month is taken off; the last column is without it. "
        "`velib cost` gives each of these bills line by line, and others.",
        table_of(
            ("setting", "command", "USD", "before free"),
            (
                (
                    name,
                    f"`{command}`",
                    f"{total_usd(bill(deployment)):,.2f}",
                    f"{sum(line.list_usd for line in bill(deployment)):,.2f}",
                )
                for name, command, deployment in SETTINGS
            ),
        ),
        "## The default, line by line",
        table_of(
            ("service", "for", "quantity", "unit", "USD"),
            (
                (line.price.service, line.what, f"{line.quantity:,.6g}", line.price.unit, f"{line.usd:,.2f}")
                for line in sorted(bill(Deployment()), key=lambda line: -line.usd)
            ),
        ),
        "A crawler is billed ten minutes a run and a Spark job one minute, however short they are: these two lines are "
        "exact, and they are the bill. The others are quantities measured on a simulated network, good to some tens "
        "of per cent.",
        "## The prices",
        "`checked` says whether the price was compared with a copy of the publisher's page on that day; the others are "
        "the known list prices and should be looked up before they are relied on.",
        table_of(
            (
                "item",
                "service",
                "what",
                "USD",
                "for",
                "free a month",
                "least",
                "read on",
                "checked",
                "source",
            ),
            (
                (
                    f"`{price.item}`",
                    price.service,
                    price.about,
                    f"{price.usd:g}",
                    f"{price.units:,} {price.unit}" if price.units > 1 else price.unit,
                    f"{price.free:,.0f}" if price.free else "",
                    price.minimum,
                    price.read_on.isoformat(),
                    "yes" if price.checked else "no",
                    f"[page]({price.source})",
                )
                for price in prices().values()
            ),
        ),
    ]
    return "\n\n".join(parts)
