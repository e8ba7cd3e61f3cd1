"""How many bikes of which type a GBFS station has: from `vehicle_types`, from lists of types, or from e-bikes alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import msgspec

from velib_insights.core.dialects.rows import Count, parse_json
from velib_insights.core.observations import UnreadableBody
from velib_insights.core.rules import MAX_COUNT

Kind = Literal["mechanical", "electric", "bicycle", "other"]
Split = tuple[int | None, int | None]  # (mechanical, electric)

# GBFS 2.0 and later require a form factor; a file without one is of a system that lends bikes only.
_BICYCLES = {"bicycle", "cargo_bicycle", None}
_KINDS: dict[object, Kind] = {
    "human": "mechanical",
    "electric_assist": "electric",
    "electric": "electric",
}


class TypeCount(msgspec.Struct, gc=False):
    """An entry of `vehicle_types_available`."""

    vehicle_type_id: str | int | None = None
    count: Count | None = None


class NamedCount(msgspec.Struct, gc=False):
    """Bikes of a type as Vélib' lists them, one or two names an entry; other types are passed over."""

    mechanical: Count | msgspec.UnsetType | None = msgspec.UNSET
    ebike: Count | msgspec.UnsetType | None = msgspec.UNSET


class NamedCounts(NamedCount, gc=False):
    """The types in one object: with the names of Vélib' or those of BCycle.

    BCycle's smart bikes are classic ones with a lock of their own.
    """

    electric: Count | msgspec.UnsetType | None = msgspec.UNSET
    classic: Count | msgspec.UnsetType | None = msgspec.UNSET
    smart: Count | msgspec.UnsetType | None = msgspec.UNSET


Named = list[NamedCount] | NamedCounts


class Available(NamedTuple):
    """What a station has to lend; None is unknown.

    `has_other` says that it lends vehicles that are no bikes, `disagrees` that its count of vehicles and its counts by
    type contradict each other, so that its bikes are unknown.
    """

    bikes: int | None
    mechanical: int | None
    ebikes: int | None
    has_other: bool = False
    disagrees: bool = False


@dataclass(frozen=True, slots=True)
class VehicleTypes:
    """The types of a network's vehicles by vehicle_type_id; empty where its file says none."""

    kinds: Mapping[str, Kind] = field(default_factory=dict)

    @classmethod
    def of(cls, body: bytes) -> VehicleTypes:
        """Raises UnreadableBody."""
        value = parse_json(body)
        data = value.get("data") if isinstance(value, dict) else None
        types = data.get("vehicle_types") if isinstance(data, dict) else None
        if not isinstance(types, list):
            raise UnreadableBody("vehicle_types has no data.vehicle_types")
        return cls(
            {
                str(entry.get("vehicle_type_id")): _kind_of(
                    entry.get("form_factor"), entry.get("propulsion_type")
                )
                for entry in types
                if isinstance(entry, dict)
            }
        )

    def __bool__(self) -> bool:
        return bool(self.kinds)

    @property
    def has_other(self) -> bool:
        """Whether the network lends vehicles that are no bikes."""
        return "other" in self.kinds.values()

    @property
    def has_bicycles(self) -> bool:
        return not self.kinds or set(self.kinds.values()) != {"other"}

    def counted(self, by_type: Iterable[TypeCount]) -> dict[Kind, int] | None:
        """Vehicles of each kind; None where a type has no count or, while it has vehicles, is not in the file."""
        if not self.kinds:
            return None
        counts: dict[Kind, int] = {"mechanical": 0, "electric": 0, "bicycle": 0, "other": 0}
        for entry in by_type:
            kind = self.kinds.get(str(entry.vehicle_type_id))
            if entry.count is None or (kind is None and entry.count):
                return None
            if kind is not None:
                counts[kind] += entry.count
        return counts


def _kind_of(form_factor: object, propulsion: object) -> Kind:
    if not (isinstance(form_factor, str | None) and form_factor in _BICYCLES):
        return "other"
    return _KINDS.get(propulsion, "bicycle") if isinstance(propulsion, str) else "bicycle"


def available(
    vehicles: int | None,
    by_kind: Mapping[Kind, int] | None,
    named: Named | None,
    ebikes: int | None,
    *,
    among_others: bool,
) -> Available:
    """From the count of vehicles and whichever counts by type the feed has.

    `among_others` says that the count is of all vehicles in a network that lends more than bikes. The first split that
    adds up to the bikes is taken; where none does, the first, for the caller to see that it does not.
    """
    bikes, has_other = vehicles, False
    if among_others and by_kind is not None:
        every = sum(by_kind.values())
        has_other, bikes = by_kind["other"] > 0, every - by_kind["other"]
        if vehicles is None:
            bikes = None
        elif vehicles not in (every, bikes):
            return Available(None, None, None, has_other, disagrees=True)
    splits = [
        split for split in _splits(bikes, by_kind, named, ebikes) if max(n or 0 for n in split) <= MAX_COUNT
    ]
    for mechanical, electric in splits:
        if mechanical is not None and electric is not None and mechanical + electric == bikes:
            return Available(bikes, mechanical, electric, has_other)
    mechanical, electric = splits[0] if splits else (None, None)
    return Available(bikes, mechanical, electric, has_other)


def _splits(
    bikes: int | None,
    by_kind: Mapping[Kind, int] | None,
    named: Named | None,
    ebikes: int | None,
) -> Iterable[Split]:
    if named is not None:
        yield split_by_name(named)
    if by_kind is not None and not by_kind["bicycle"]:
        yield by_kind["mechanical"], by_kind["electric"]
    if ebikes is not None:
        yield None if bikes is None else max(0, bikes - ebikes), ebikes


def split_by_name(named: Named) -> Split:
    """Of entries with the same name the last one counts."""
    unset = msgspec.UNSET
    mechanical, electric = None, None
    for entry in named if isinstance(named, list) else (named,):
        if entry.mechanical is not unset:
            mechanical = entry.mechanical
        if entry.ebike is not unset:
            electric = entry.ebike
    if isinstance(named, NamedCounts):
        if named.electric is not unset:
            electric = named.electric
        classic = [count for count in (named.classic, named.smart) if count is not unset]
        if classic:
            mechanical = _sum(classic)
    return mechanical, electric


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) and sum(known) <= MAX_COUNT else None
