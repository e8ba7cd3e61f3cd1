"""Notify: tell an address of our users' choice when a rule begins to hold, and when it no longer does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from velib_insights.adapters.lake import Lake
from velib_insights.core.notices import Holding, Rule, holding, unknown_codes
from velib_insights.steps.notes import Warn, silent
from velib_insights.steps.site.manifest import SITE_DATA

Notice = dict[str, Any]


class Notifier:
    """Sends a notice when a rule starts or stops holding, and nothing in between."""

    def __init__(
        self, lake: Lake, rules: Sequence[Rule], send: Callable[[Notice], None], warn: Warn = silent
    ) -> None:
        self._lake = lake
        self._rules = rules
        self._send = send
        self._warn = warn
        self._held: dict[Rule, Holding] = {}

    def look(self) -> list[Notice]:
        """Compare the tick that was published last with the rules, and send what changed."""
        told = {name: self._read(name) for name in ("index", "now", "board", "zones_now", "headline")}
        if any(each is None for each in told.values()):
            return []
        for rule in unknown_codes(self._rules, told["now"]):
            self._warn(f"no station or zone is called {rule.code!r}: {rule.text!r} will not notify")
        holds = {
            each.rule: each
            for each in holding(
                self._rules, told["now"], told["board"], told["zones_now"], told["headline"]["now"]
            )
        }
        begun = [("begun", each) for rule, each in holds.items() if rule not in self._held]
        ended = [("ended", each) for rule, each in self._held.items() if rule not in holds]
        self._held = holds
        notices = [_notice(kind, each, told["index"], told["board"]["epoch"]) for kind, each in begun + ended]
        for notice in notices:
            self._send(notice)
        return notices

    def _read(self, name: str) -> Any:
        body = self._lake.get(f"{SITE_DATA}/{name}.json")
        return msgspec.json.decode(body) if body else None


def _notice(kind: str, holds: Holding, index: dict[str, Any], epoch: int) -> Notice:
    rule = holds.rule
    told: Notice = {
        "event": kind,
        "rule": rule.text,
        "network": index["network_name"],
        "source": index["source"],
        "observed_at": f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "observed_epoch": epoch,
    }
    if rule.kind is not None:
        told["station"] = {"code": rule.code, "name": holds.name}
        told |= {"kind": rule.kind, "since_epoch": holds.since_epoch, "minutes": round(holds.value)}
    else:
        told["zone"] = {"code": rule.code, "name": holds.name} if rule.code is not None else None
        told["unusable_share"] = round(holds.value, 4)
    return told
