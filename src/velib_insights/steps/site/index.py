"""The index of the page: what there is, from when, how it came, and whose data it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from velib_insights.core.attribution import HOW, How, attribution, licence, network_name
from velib_insights.core.attribution import moment as words_of
from velib_insights.core.locale import Locale
from velib_insights.core.network import Network
from velib_insights.core.ticks.local_time import zone_info
from velib_insights.steps.site.contract import IndexHead, Thresholds

if TYPE_CHECKING:
    from velib_insights.steps.site.engine import RecentWindowEngine

THRESHOLDS: Thresholds = {"saturated_fill": 0.9, "low_bikes": 2, "rebalance_low": 0.2, "rebalance_high": 0.8}


@dataclass(frozen=True, slots=True)
class Moment:
    """The latest observed tick, and what the ledger says of the ticks after it."""

    observed_epoch: int
    ledger_epoch: int
    cadence_s: int
    state: Literal["ok", "frozen", "failing"]
    how: How | None
    dialects: tuple[str, ...]

    @classmethod
    def of(cls, held: RecentWindowEngine) -> Moment:
        ticks = held.ask(
            "SELECT snapshot_epoch, cadence_s, local_date, is_observed, is_frozen FROM observed_ticks "
            "ORDER BY snapshot_epoch"
        ).to_pylist()
        observed = [tick for tick in ticks if tick["is_observed"]][-1]
        latest = ticks[-1]
        epoch = observed["snapshot_epoch"]
        how = held.ask(
            f"SELECT how FROM ticks WHERE snapshot_epoch = {epoch}"  # noqa: S608 - a number
        ).column(0)[0]
        # Of the local day, as the day's report has it: each dialect has its licence.
        dialects = held.ask(
            "SELECT DISTINCT t.dialect FROM observed_ticks AS o INNER JOIN ticks AS t "  # noqa: S608 - a date
            "ON o.snapshot_epoch = t.snapshot_epoch WHERE o.is_observed AND t.dialect IS NOT NULL "
            f"AND o.local_date = date '{observed['local_date']}' ORDER BY 1"
        ).column(0)
        after: Literal["frozen", "failing"] = "frozen" if latest["is_frozen"] else "failing"
        return cls(
            epoch,
            latest["snapshot_epoch"],
            observed["cadence_s"],
            "ok" if latest is observed else after,
            HOW.get(how.as_py()),
            tuple(dialects.to_pylist()),
        )


def head(moment: Moment, source: str, timezone: str, network: Network | None = None) -> IndexHead:
    """The part of `index.json` that speaks of the latest tick."""
    local = datetime.fromtimestamp(moment.observed_epoch, zone_info(timezone))

    def credit(locale: Locale) -> str:
        observed = words_of(moment.observed_epoch, locale, local.date().isoformat())
        return attribution(source, moment.how, moment.dialects, observed, locale, network)

    return {
        "version": 1,
        "source": source,
        "network_name": network_name(source, network),
        "timezone": timezone,
        "how": moment.how,
        "cadence_min": moment.cadence_s // 60,
        "observed_epoch": moment.observed_epoch,
        "observed_local": local.strftime("%Y-%m-%dT%H:%M"),
        "ledger_epoch": moment.ledger_epoch,
        "state": moment.state,
        "attribution": {
            "fr": credit(Locale("fr", timezone)),
            "en": credit(Locale("en", timezone)),
            "licence": licence(source, moment.how, moment.dialects, network),
        },
        "thresholds": THRESHOLDS,
    }
