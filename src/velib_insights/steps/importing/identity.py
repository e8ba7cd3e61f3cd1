"""Whether what was recorded is of one network, and of that of the lake: by its stations and where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from velib_insights.adapters.lake import Lake
from velib_insights.adapters.lake_files import LakeFiles
from velib_insights.adapters.parquet import from_parquet
from velib_insights.adapters.recordings import Unreadable
from velib_insights.core import keys
from velib_insights.core.dialects import Decoder
from velib_insights.core.errors import LakeError, SettingsError
from velib_insights.core.positions import distance_km, middle_of
from velib_insights.core.recordings.pairing import Fetch
from velib_insights.steps.importing.plan import DatedBody, Plan

_SAMPLES = 24
_LEAST_STATIONS = 5
_SAME, _FAR_KM = 0.2, 30.0
"""Share of the smaller network's stations that both have; and how far apart the middles of two cities are."""


@dataclass(frozen=True, slots=True)
class Stations:
    """The stations that one source names, and the middle of their positions where they have some."""

    path: str
    ids: frozenset[str] = field(repr=False)
    middle: tuple[float, float] | None = None
    count: int = 0

    def shared(self, other: Stations) -> float:
        """The part of the smaller one's stations that the other has too."""
        return len(self.ids & other.ids) / max(1, min(len(self.ids), len(other.ids)))

    def is_another(self, other: Stations) -> bool:
        """Another network: hardly a station in common, and nothing that puts both in one place."""
        if self.shared(other) >= _SAME:
            return False
        if self.middle is None or other.middle is None:
            return True
        return distance_km(self.middle, other.middle) > _FAR_KM


def sampled(made: Plan) -> list[Stations]:
    """The stations of some fetches, spread over all of them; of those that name enough."""
    decoder = Decoder()
    step = max(1, len(made.fetches) // _SAMPLES)
    found = [_of(fetch, decoder) for fetch in made.fetches[::step]]
    return [stations for stations in found if len(stations.ids) >= _LEAST_STATIONS]


def raise_if_foreign(samples: Sequence[Stations], lake: Lake | None, source: str) -> None:
    """SettingsError where the recordings are of several networks, or of another one than the lake."""
    for other in samples[1:]:
        if samples[0].is_another(other):
            raise SettingsError(
                f"the recordings are of more than one network: {other.path} shares "
                f"{samples[0].shared(other):.0%} of its stations with {samples[0].path}",
                hint="Import each network into a lake of its own, with --lake and --source.",
            )
    known = _of_lake(lake, source) if lake is not None else None
    if known is not None and samples and known.is_another(samples[0]):
        raise SettingsError(
            f"the recordings are of another network than the lake {known.path}: {samples[0].path} shares "
            f"{known.shared(samples[0]):.0%} of its stations with it",
            hint="Import them into a lake of their own: --lake NAME --source NAME.",
        )


def _of(fetch: Fetch[DatedBody], decoder: Decoder) -> Stations:
    bodies = {}
    for each in (fetch.main, *fetch.own, *(body for body, _ in fetch.shares)):
        try:
            bodies[each.feed] = each.body.read()
        except Unreadable:
            continue
    columns = decoder.decode(bodies).columns
    codes = [code for code, given in zip(columns.station_code, columns.is_code_given, strict=True) if given]
    return Stations(
        fetch.main.body.path,
        frozenset(columns.station_id) | frozenset(codes),
        middle_of(columns.lat, columns.lon),
        len(columns),
    )


def _of_lake(lake: Lake, source: str) -> Stations | None:
    """Those of the latest cleaned hour; None where there is none that can be read."""
    files = LakeFiles(lake, keys.clean_tier(source))
    hours = files.hours_between(None, None)
    if not hours:
        return None
    key = keys.part_key(keys.clean_tier(source), max(hours))
    try:
        table = from_parquet(lake.get(key) or b"", key)
    except LakeError:
        return None
    ids = {*table["station_id"].to_pylist(), *table["station_code"].to_pylist()}
    return Stations(
        lake.name,
        frozenset(str(value) for value in ids),
        middle_of(table["lat"].to_pylist(), table["lon"].to_pylist()),
    )
