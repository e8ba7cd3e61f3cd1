"""Serves site data: the published file if it is current, otherwise one built on request.

A thread looks for a new tick every few seconds. Until all that changes with it is ready, the edition before it is
served, so a reader never waits for a tick.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from velib_insights.core import keys
from velib_insights.core.catalogue.views import kpi_views
from velib_insights.core.errors import LakeError, NothingThere, SettingsError, VelibError
from velib_insights.dashboard.files import File, Kept, file_of
from velib_insights.dashboard.history import Histories
from velib_insights.dashboard.responses import UNREADABLE, UNREADABLE_HINT, NothingYet
from velib_insights.dashboard.station_month import StationMonth
from velib_insights.pages.basemap import NO_BASEMAP, OWN_ARCHIVE
from velib_insights.steps.site.build import SiteBuild
from velib_insights.steps.site.kpi import is_of_a_day
from velib_insights.steps.site.manifest import SITE_DATA, Artifact, Manifest
from velib_insights.steps.site.reports import FOLDER as REPORTS
from velib_insights.steps.site.reports import INDEX as REPORTS_INDEX

if TYPE_CHECKING:
    import pyarrow as pa

    from velib_insights.adapters.lake import Lake
    from velib_insights.adapters.query_limits import QueryLimits
    from velib_insights.core.network import Network
    from velib_insights.pages.basemap import Basemap
    from velib_insights.steps.site.index import Moment

_LOG = logging.getLogger(__name__)
_FIRST_S = 20.0
_KEPT_BYTES = 200_000_000
_ANSWERS_BYTES = 50_000_000
_CHANGING = (
    *("now.json", "headline.json", "zones_now.json", "top10.json", "rebalancing.json"),
    *(f"kpi/{view.name}" for view in kpi_views() if is_of_a_day(view)),
)


@dataclass(frozen=True, slots=True)
class State:
    """What is served: an edition, its index and its month of stations; or why there is none."""

    edition: SiteBuild | None = None
    index: File | None = None
    month: StationMonth | None = None
    error: VelibError | None = None


class LiveSite:
    """`network_of` is asked for each edition, since an empty lake does not know its network yet."""

    def __init__(
        self,
        lake: Lake,
        network_of: Callable[[], Network],
        limits: QueryLimits | None = None,
        basemap: Basemap = NO_BASEMAP,
    ) -> None:
        self._lake = lake
        self._basemap = basemap
        self._network_of = network_of
        self._limits = limits
        self.histories = Histories(lake, network_of, limits)
        self._made = Manifest()
        self._published = Manifest()
        self._usual: dict[str, pa.Table] = {}
        self._mark: object = None
        self._stations: tuple[File, dict[str, Any]] | None = None
        self._making = threading.Lock()
        self._reporting = threading.Lock()
        self._kept = Kept(_KEPT_BYTES)
        self._answers = Kept(_ANSWERS_BYTES)
        self._state = State(error=NothingThere("the lake is being read", hint="Try again in a moment."))
        self._was_read = threading.Event()
        self.is_stopping = False
        """Set when the server stops, for whoever waits for the next tick."""

    @property
    def state(self) -> State:
        """What is served now. Who asks while the lake is read for the first time waits a little for it."""
        self._was_read.wait(_FIRST_S)
        return self._state

    def watch(self, stop: threading.Event, every_s: float) -> None:
        """Refresh until `stop` is set; what goes wrong is kept for who asks, and tried again."""
        while not stop.is_set():
            self.refresh()
            stop.wait(every_s)

    def refresh(self) -> None:
        """See whether the lake has changed, and if so prepare the new edition and serve it."""
        try:
            mark = self._lake_mark()
            if mark != self._mark:
                self._renew()
                self._mark = mark
        except VelibError as error:
            if self._state.edition is None:
                if not isinstance(error, NothingThere) and f"{error}" != f"{self._state.error}":
                    _LOG.warning("nothing can be served: %s", error)
                self._state = State(error=error)
            else:
                _LOG.warning("serving the previous build: %s", error.message)
        except Exception:  # noqa: BLE001 - a thread that ends would leave the server stale for ever
            _LOG.exception("serving the previous build")
        finally:
            self._was_read.set()

    @property
    def moment(self) -> Moment:
        """The latest observed tick. Raises NothingYet."""
        state = self.state
        if state.edition is None:
            raise _nothing_yet(state)
        return state.edition.moment

    def tick_served(self) -> tuple[int, int] | None:
        """The latest tick observed and the latest one asked for, as all files tell them; None before there is one."""
        edition = self._state.edition
        return (edition.moment.observed_epoch, edition.moment.ledger_epoch) if edition else None

    def file(self, path: str) -> File:
        """A file of `site/data/` by its path below it.

        Raises NothingYet before there is data, NothingThere for a path that is not of the site.
        """
        state = self.state
        if state.edition is None or state.index is None:
            raise _nothing_yet(state)
        if path == "index.json":
            return state.index
        if path == REPORTS_INDEX:
            return file_of(path, state.edition.reports())
        batch = _batch_of(state.edition, path)
        found = self._kept.get((path, batch.made_from)) or self._made_now(path)
        if found is None:
            raise _no_file(path)
        return found

    def basemap_file(self) -> str | None:
        """Where the lake's own basemap can be read, a part at a time; None where the page shows no such."""
        if self._basemap != OWN_ARCHIVE:
            return None
        found = [entry for entry in self._lake.entries(keys.REFERENCE) if entry.key == keys.REFERENCE_BASEMAP]
        return self._lake.paths(found)[0] if found else None

    def is_at_hand(self, path: str) -> bool:
        """Whether `file` answers without reading or making anything."""
        edition = self._state.edition
        if edition is None:
            return False
        batch = next((batch for batch in edition.batches.values() if batch.owns(path)), None)
        return batch is None or self._kept.get((path, batch.made_from)) is not None

    def json(self, path: str) -> Any:
        return msgspec.json.decode(self.file(path).body)

    def stations(self) -> dict[str, Any]:
        """{"epoch", "stations"}: what now.json tells in columns, station by station."""
        file = self.file("now.json")
        if self._stations is None or self._stations[0] is not file:
            self._stations = (file, _by_station(msgspec.json.decode(file.body)))
        return self._stations[1]

    def kept_answer(self, asked: Hashable) -> File | None:
        """An answer that was given before, without waiting for anything."""
        edition = self._state.edition
        return self._answers.get((edition, asked)) if edition is not None else None

    def answer(self, asked: Hashable, value: Callable[[], Any]) -> File:
        """The value as JSON, kept for whoever asks the same of this edition. Raises NothingYet, and what it raises."""
        state = self.state
        if state.edition is None:
            raise _nothing_yet(state)
        key = (state.edition, asked)
        found = self._answers.get(key)
        if found is None:
            found = File(msgspec.json.encode(value()), "json")
            _ = found.packed  # most will ask for it, and in a thread that must not wait
            self._answers.keep(key, found)
        return found

    def month(self) -> StationMonth:
        """The month of stations; the first who ask wait until it has been read. Raises NothingYet."""
        if self.state.month is None:
            with self._making:
                pass
        state = self._state
        if state.month is None:
            raise _nothing_yet(state)
        return state.month

    def close(self) -> None:
        with self._making, self._reporting:
            if self._state.edition:
                self._state.edition.close()
            self._state = State(error=NothingThere("the server is stopping"))

    def _lake_mark(self) -> object:
        """Changes when a tick comes, when one of the last two days is cleaned again, when polygons do."""
        days = [name for name in self._lake.folders(keys.TICKS_TIER) if name.startswith("date=")]
        entries = [entry for day in days[-2:] for entry in self._lake.entries(f"{keys.TICKS_TIER}/{day}")]
        return len(days), entries, self._lake.entries(keys.REFERENCE_ZONES)

    def _renew(self) -> None:
        network = self._network_of()
        published = Manifest.of(self._lake)
        for name, batch_made in published.batches.items():
            self._made.batches.setdefault(name, batch_made)
        for day, told in published.days.items():
            self._made.days.setdefault(day, told)
        for day, entry in published.reports.items():
            self._made.reports.setdefault(day, entry)
        edition = SiteBuild(
            self._lake,
            network.source,
            network.timezone,
            self._made,
            self._limits,
            self._basemap,
            usual=self._usual,
        )
        for name in _CHANGING:
            batch = edition.batches[name]
            for path, body in edition.make(batch).items():
                self._keep(path, batch, body)
        index = file_of("index.json", edition.index(api=True))
        edition.release_memory()
        with self._making, self._reporting:
            before = self._state
            self._published = published
            self._state = State(edition, index, before.month)
            self._was_read.set()
            if before.edition:
                before.edition.close()
            self._forget_what_changed(edition)
            self._state = State(edition, index, StationMonth(before.month, edition))
            edition.release_memory()
        # The first sentence of the page waits for it; it changes once a day.
        if edition.norms_of_now:
            self._made_now(edition.norms_of_now)

    def _made_now(self, path: str) -> File | None:
        """The file made, or read where it was published. One at a time, since an edition is for one thread; the
        report of a day, which may take seconds, keeps nobody waiting but who asks for another.
        """
        with self._reporting if path.startswith(f"{REPORTS}/") else self._making:
            edition = self._state.edition
            if edition is None:
                return None
            batch = _batch_of(edition, path)
            key = (path, batch.made_from)
            if self._kept.get(key) is None:
                body = self._lake.get(f"{SITE_DATA}/{path}") if self._published.stands(batch) else None
                if body is not None:
                    self._keep(path, batch, body)
                else:
                    for made_path, made in edition.make(batch).items():
                        self._keep(made_path, batch, made)
                    edition.release_memory(batch)
                    if batch.name.startswith("kpi/"):  # the index tells how many rows it has
                        index = file_of("index.json", edition.index(api=True))
                        self._state = replace(self._state, index=index)
            return self._kept.get(key)

    def _keep(self, path: str, batch: Artifact, body: bytes) -> None:
        self._kept.keep((path, batch.made_from), file_of(path, body))

    def _forget_what_changed(self, edition: SiteBuild) -> None:
        current = {batch.made_from for batch in edition.batches.values()}
        self._kept.forget(lambda key: isinstance(key, tuple) and key[1] not in current)
        self._answers.forget(lambda key: isinstance(key, tuple) and key[0] is not edition)


def _by_station(now: dict[str, Any]) -> dict[str, Any]:
    names = (
        "code",
        "name",
        "lat",
        "lon",
        "capacity",
        "bikes",
        "mechanical",
        "ebikes",
        "docks",
        "state",
        "since",
    )
    stations = []
    for place, values in enumerate(zip(*(now[name] for name in (*names, "since_open")), strict=True)):
        station = dict(zip((*names, "since_open"), values, strict=True))
        zone = now["zones"][now["zone"][place]] if now["zone"][place] is not None else {}
        state = ("operative", "not_operative", "unknown")[station.pop("state")]
        stations.append(
            {"zone_code": zone.get("code"), "zone_name": zone.get("name"), "state": state}
            | {"since_epoch": station.pop("since")}
            | station
        )
    return {"epoch": now["epoch"], "stations": stations}


def _nothing_yet(state: State) -> NothingYet:
    error = state.error
    if isinstance(error, LakeError | SettingsError):
        return NothingYet(UNREADABLE, hint=UNREADABLE_HINT)
    return NothingYet(error.message if error else "there is no data yet", hint=error.hint if error else "")


def _batch_of(edition: SiteBuild, path: str) -> Artifact:
    for batch in edition.batches.values():
        if batch.owns(path):
            return batch
    raise _no_file(path)


def _no_file(path: str) -> NothingThere:
    return NothingThere(f"the site has no file {path!r}", hint="data/index.json names what there is.")
