"""An import from settings and paths to a plan, before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from velib_insights.adapters.lake import Lake
from velib_insights.adapters.recordings import Member, Spool, walk
from velib_insights.adapters.recordings.git import GitHistory
from velib_insights.adapters.recordings.table_format import TableFormat
from velib_insights.core import keys
from velib_insights.core.errors import SettingsError
from velib_insights.core.network import VELIB
from velib_insights.core.ticks.local_time import zone_info
from velib_insights.settings import Settings
from velib_insights.steps.importing.identity import Stations, raise_if_foreign, sampled
from velib_insights.steps.importing.plan import Plan, plan
from velib_insights.steps.importing.store import Stored, store
from velib_insights.steps.importing.survey import Survey, survey
from velib_insights.steps.ingest import Ingested
from velib_insights.wiring.identity import network_of
from velib_insights.wiring.intake import IngestSession, open_lake


@dataclass(frozen=True, slots=True)
class PreparedImport:
    """What was found and what it makes; `samples` are the stations of some fetches."""

    found: Survey
    plan: Plan
    samples: list[Stations]

    @property
    def stations(self) -> int:
        """The most that a sampled fetch names; 0 where none names enough."""
        return max((each.count for each in self.samples), default=0)

    def store(
        self, session: IngestSession, on_fetch: Callable[[Ingested | None], None] = lambda _: None
    ) -> Stored:
        """Into the raw store of the session's lake. Raises SettingsError where nothing says the network's time zone."""
        network = session.network_imported(self.found.said, is_velib=self.found.may_be_velib)
        return store(session.lake, self.plan, network, on_fetch)


def prepare_import(
    settings: Settings,
    paths: Sequence[str | Path],
    stack: ExitStack,
    *,
    git: Sequence[str] = (),
    name_timezone: str | None = None,
    tables: TableFormat | None = None,
    on_member: Callable[[Member], None] = lambda _: None,
) -> PreparedImport:
    """Read what lies at the paths, date it, and compare it with the lake, where there is one.

    `tables` says how CSV and Parquet are read. `stack` closes what has to stay open until the fetches are stored.
    Raises SettingsError for a path that does not exist, for names that need a time zone and for recordings of another
    network; NothingThere where there is nothing to import.
    """
    zone = zone_info(name_timezone) if name_timezone else None
    spool = stack.enter_context(Spool())
    members = _members([Path(path).expanduser() for path in paths], git, spool, stack)
    found = survey(members, spool, on_member, tables)
    lake = _existing(settings)
    known = network_of(settings, lake) if lake else None
    said = found.said.timezone if found.said else None
    may_be_velib = settings.source == VELIB.source and found.may_be_velib
    city = known.timezone if known else VELIB.timezone if may_be_velib else None
    zones = ["UTC", city, settings.timezone, said]
    made = plan(
        found,
        name_timezone=zone,
        candidates=[zone_info(name) for name in dict.fromkeys(zones) if name],
        cadence_s=settings.cadence_s if "cadence" in settings.given else None,
    )
    samples = sampled(made)
    raise_if_foreign(samples, lake, known.source if known else settings.source)
    return PreparedImport(found, made, samples)


def _existing(settings: Settings) -> Lake | None:
    """The lake, where there is one: none is made before it is known what goes in."""
    if "://" not in settings.lake and not Path(settings.lake).expanduser().exists():
        return None
    return open_lake(settings)


def _members(paths: Sequence[Path], git: Sequence[str], spool: Spool, stack: ExitStack) -> Iterable[Member]:
    if git:
        repositories = [stack.enter_context(GitHistory(path)) for path in paths]
        return chain.from_iterable(
            repository.versions(pattern) for repository in repositories for pattern in git
        )
    for path in paths:
        if not path.exists():
            raise SettingsError(
                f"there is no file or folder {path}",
                hint="Name a folder, file or archive of recorded responses.",
            )
        if _is_bare_repository(path):
            raise SettingsError(
                f"{path} is a git repository",
                hint="Name the recorded file in it: --git path/in/the/repository.json.",
            )
    return chain.from_iterable(walk(_raw_of(path), spool) for path in paths)


def _raw_of(path: Path) -> Path:
    """Of a lake the responses: all else was made of them."""
    is_lake = (path / keys.NETWORK).is_file() and (path / "raw").is_dir()
    return path / "raw" if is_lake else path


def _is_bare_repository(path: Path) -> bool:
    return path.is_dir() and all((path / name).exists() for name in ("HEAD", "objects", "refs"))
