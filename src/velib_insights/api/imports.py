"""An import from Python: the steps of `velib import` without its terminal."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

import pyarrow as pa

from velib_insights import wiring
from velib_insights.adapters.recordings.table_format import TableFormat
from velib_insights.core.errors import NothingThere
from velib_insights.settings import Settings
from velib_insights.steps.catalog import catalog
from velib_insights.steps.clean import clean_all, hours_to_clean
from velib_insights.steps.clean_hours import HoursCleaned
from velib_insights.steps.importing.survey import Account
from velib_insights.steps.rollup import rollup
from velib_insights.wiring.importing import prepare_import


def import_recordings(
    settings: Settings,
    paths: Sequence[str | Path],
    form: TableFormat,
    *,
    git: Sequence[str],
    name_timezone: str | None,
    dry_run: bool,
) -> Account:
    """Store, clean, catalog and roll up what lies at the paths; what became of every file. Raises as `Lake.import_`."""
    with ExitStack() as stack:
        prepared = prepare_import(settings, paths, stack, git=git, name_timezone=name_timezone, tables=form)
        if dry_run:
            return prepared.plan.account
        session = wiring.IngestSession(settings, create=True)
        stored = prepared.store(session)
    if stored.first and stored.last:
        lake, source = session.lake, session.network.source
        hours = hours_to_clean(lake, source, stored.first.hour, stored.last.hour)
        cleaned = clean_all(lake, source, hours, wiring.zones_of(lake, source), workers=settings.workers or 1)
        catalog(lake, source)
        with suppress(NothingThere):  # nothing that came could be observed
            rollup(lake, source, wiring.network_of(settings, lake).timezone)
        HoursCleaned.of(cleaned).raise_if_failed()
    return prepared.plan.account


def accounted(account: Account, *, is_dry: bool = False) -> pa.Table:
    """What became of the files of an import: what, files, examples."""
    rows: list[tuple[str, int, list[str]]] = (
        [("found", account.found - account.skipped_count, [])]
        if is_dry
        else [("stored", account.kept, []), ("already_there", account.present, [])]
    )
    rows += [(reason, files.count, files.examples) for reason, files in account.skipped.items()]
    schema = pa.schema([("what", pa.string()), ("files", pa.int64()), ("examples", pa.list_(pa.string()))])
    return pa.Table.from_pylist(
        [{"what": what, "files": count, "examples": examples} for what, count, examples in rows], schema
    )
