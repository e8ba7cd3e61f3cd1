"""Publish: the site, under `site/` of the lake: the page, and the data for it and for anyone who wants the figures."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from velib_insights.core import keys
from velib_insights.core.errors import LakeError
from velib_insights.core.ticks.tick import Hour
from velib_insights.pages.basemap import ARCHIVE_PATH, NO_BASEMAP, OWN_ARCHIVE
from velib_insights.pages.csp import add_csp_meta
from velib_insights.pages.media_types import caching_of, media_type_of
from velib_insights.steps.site import reports as site_reports
from velib_insights.steps.site.build import SiteBuild
from velib_insights.steps.site.manifest import MANIFEST_KEY, SITE_DATA, Artifact, Manifest

if TYPE_CHECKING:
    from velib_insights.adapters.lake import Lake
    from velib_insights.adapters.query_limits import QueryLimits
    from velib_insights.pages.basemap import Basemap

SITE = "site"
INDEX_KEY = f"{SITE_DATA}/index.json"
_FIRST_FILE = "index.html"
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Published:
    """The keys that were written, the tick that the site now tells of, as 2026-03-04T17:30:00Z, and whether the
    site has a page or is the data alone."""

    keys: tuple[str, ...]
    snapshot_at: str
    has_page: bool
    hours_gone: tuple[Hour, ...] = ()

    def raise_if_days_were_kept(self) -> None:
        """LakeError, which names the hours that are gone from the ledger, for which days keep their files."""
        if not self.hours_gone:
            return
        first, last = self.hours_gone[0].stamp, self.hours_gone[-1].stamp
        named = ", ".join(hour.stamp for hour in self.hours_gone[:_NAMED])
        more = f" and {len(self.hours_gone) - _NAMED} more" if len(self.hours_gone) > _NAMED else ""
        raise LakeError(
            f"{len(self.hours_gone)} hours that the site was made from are gone from the ledger, so their days keep "
            f"the files that were published before: {named}{more}",
            hint="Everything else is published. Make the hours from raw: velib clean "
            f"--since {first} --until {last}. To publish the days without them: velib publish --allow-fewer.",
        )


def publish(
    lake: Lake,
    source: str,
    timezone: str,
    *,
    limits: QueryLimits | None = None,
    page: Mapping[str, bytes] | None = None,
    basemap: Basemap = NO_BASEMAP,
    most_reports: int | None = None,
    allow_fewer: bool = False,
    on_batch: Callable[[int, int], None] = lambda _done, _of: None,
) -> Published:
    """Write what changed since the last publication, then the index that names it all.

    Each file is replaced at once. What it was made from is noted last, so a crash makes the next publication write
    again and never leave out. `page` holds the built page's files by path; without it the page published before, if
    any, stays. Of the days' reports, the latest `most_reports` that are due are made, all of them for None.
    A day whose hours are gone from the ledger keeps its files, unless `allow_fewer`.
    `on_batch` is told (batches done, batches in all) as they are written.
    Raises NothingThere for a lake without an observed tick, LakeError where it cannot be written.
    """
    edition = SiteBuild(lake, source, timezone, Manifest.of(lake), limits, basemap, allow_fewer=allow_fewer)
    there = {entry.key for entry in lake.entries(SITE)}
    try:
        written = _write_batches(lake, there, edition, most_reports, on_batch)
        _put(lake, written, f"{SITE_DATA}/{site_reports.INDEX}", edition.reports())
        _put(lake, written, INDEX_KEY, edition.index())
    finally:
        edition.close()
    if page:
        written += _write_page(lake, there, edition.made, page, basemap)
    written += _write_archive(lake, there, edition.made, basemap)
    edition.made.note_hours([*edition.ledger.hours, *edition.gone])
    note = msgspec.json.encode(edition.made, order="deterministic")
    _put(lake, written, MANIFEST_KEY, note)
    at = datetime.fromtimestamp(edition.moment.observed_epoch, UTC)
    has_page = bool(page) or f"{SITE}/{_FIRST_FILE}" in there
    return Published(tuple(written), at.strftime("%Y-%m-%dT%H:%M:%SZ"), has_page, tuple(edition.gone))


def _write_batches(
    lake: Lake,
    there: set[str],
    edition: SiteBuild,
    most_reports: int | None,
    on_batch: Callable[[int, int], None],
) -> list[str]:
    before = {path for made in edition.made.batches.values() for path in made.paths}
    stale = _due(edition, there, most_reports)
    written: list[str] = []
    for done, batch in enumerate(stale, 1):
        for path, body in edition.make(batch).items():
            _write(lake, written, f"{SITE_DATA}/{path}", body)
        on_batch(done, len(stale))
    for name in edition.made.batches.keys() - edition.batches.keys():
        del edition.made.batches[name]
    for date in [
        date for date in edition.made.reports if site_reports.batch_name(date) not in edition.batches
    ]:
        del edition.made.reports[date]
    after = {path for made in edition.made.batches.values() for path in made.paths}
    for key in sorted(_keys(before - after) & there):
        lake.delete(key)
    return written


def _due(edition: SiteBuild, there: set[str], most_reports: int | None) -> list[Artifact]:
    """The batches that are not as they should be; of reports, which come latest first, no more than so many."""
    made = edition.made
    stale = [
        batch
        for batch in edition.batches.values()
        if not made.stands(batch) or not there.issuperset(_keys(made.batches[batch.name].paths))
    ]
    reports = [batch for batch in stale if batch.name.startswith(f"{site_reports.FOLDER}/")]
    left = reports[most_reports:] if most_reports is not None else []
    return [batch for batch in stale if batch not in left]


def _write_page(
    lake: Lake, there: set[str], made: Manifest, page: Mapping[str, bytes], basemap: Basemap
) -> list[str]:
    """The page's files that are new, the one that names the others last. A page that is open keeps working:
    the files it names stay until the page has changed once more.
    """
    files = {
        path: add_csp_meta(body, basemap) if path == _FIRST_FILE else body
        for path, body in sorted(page.items(), key=lambda item: item[0] == _FIRST_FILE)
    }
    digests = {path: hashlib.sha256(body).hexdigest()[:24] for path, body in files.items()}
    written: list[str] = []
    for path, body in files.items():
        if made.page.get(path) != digests[path] or f"{SITE}/{path}" not in there:
            _write(lake, written, f"{SITE}/{path}", body)
    if digests != made.page:
        for path in made.page_before.keys() - made.page.keys() - digests.keys():
            lake.delete(f"{SITE}/{path}")
        made.page, made.page_before = digests, made.page
    return written


def _write_archive(lake: Lake, there: set[str], made: Manifest, basemap: Basemap) -> list[str]:
    """The lake's own basemap beside the page's data, where the page shows it and it is not there already."""
    key = f"{SITE}/{ARCHIVE_PATH}"
    found = [entry for entry in lake.entries(keys.REFERENCE) if entry.key == keys.REFERENCE_BASEMAP]
    if basemap != OWN_ARCHIVE or not found:
        if key in there:
            lake.delete(key)
        made.basemap = ""
        return []
    version = f"{found[0].version} {found[0].size}"
    if made.basemap == version and key in there:
        return []
    written: list[str] = []
    body = lake.get(keys.REFERENCE_BASEMAP)
    if body is not None:
        _write(lake, written, key, body)
        made.basemap = version
    return written


def _keys(paths: set[str] | list[str]) -> set[str]:
    return {f"{SITE_DATA}/{path}" for path in paths}


def _put(lake: Lake, written: list[str], key: str, body: bytes) -> None:
    """Write what differs from what is there."""
    if lake.get(key) != body:
        _write(lake, written, key, body)


def _write(lake: Lake, written: list[str], key: str, body: bytes) -> None:
    caching = caching_of(key.removeprefix(f"{SITE}/"))
    lake.put(key, body, media_type=media_type_of(key), caching=caching)
    written.append(key)
