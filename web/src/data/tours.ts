import type { NeedRow } from "./contract";
import type { BikeType } from "./measures";
import type { Moment } from "./moment";
import { metres, type Network } from "./network";

/** Bikes by type. A feed that names no types has all of them under the first. */
export type Load = [mechanical: number, ebikes: number];

export interface Stop {
  station: number;
  /** Onto the van; negative: off it. */
  load: Load;
  /** On the van when it leaves. */
  onBoard: number;
  /** From the stop before, in metres as the crow flies; 0 at the first. */
  legM: number;
}

/** One filling of a van: it is loaded, emptied, and done. */
export interface Tour {
  stops: Stop[];
  bikes: Load;
  lengthM: number;
  /** Stations without a bike or without a dock whose need is met. */
  outages: number;
  /** Minutes that such outages usually last; null where that is not known of any. */
  minutesSaved: number | null;
}

export interface TourOptions {
  /** How many bikes a van holds. */
  van: number;
  /** The fewest bikes that are worth a stop. */
  least: number;
  type: BikeType;
}

/** The median length of outages by zone and kind, from kpi_recovery_time. */
export type Recovery = Map<string, number>;
export const recoveryKey = (zone: string | null, kind: "no_bike" | "no_dock") => `${kind} ${zone ?? ""}`;

/** A van takes bikes from stations no farther than this from where they are needed. */
export const FARTHEST_M = 3_000;
/** Stations no farther than this from a stop are worth another one. */
const NEAR_M = 1_500;
/** A station without a free dock counts as that much nearer: it is emptied first. */
const FULL_IS_NEARER_M = 500;

export const sum = ([mechanical, ebikes]: Load): number => mechanical + ebikes;

export function hasTypes(need: NeedRow[], network: Network, at: Moment): boolean {
  return need.every(({ station_code: code }) => {
    const i = network.byCode.get(code);
    return i === undefined || (at.mechanical[i]! >= 0 && at.ebikes[i]! >= 0);
  });
}

/** The part of n bikes that is electric, such that the station comes as near as it can to the network's share. */
function ebikesOf(n: number, [mechanical, ebikes]: Load, share: number, isBrought: boolean): number {
  const wanted = Math.round(share * (mechanical + ebikes + (isBrought ? n : -n)));
  return isBrought
    ? Math.min(n, Math.max(0, wanted - ebikes))
    : Math.min(n, ebikes, Math.max(0, n - mechanical, ebikes - wanted));
}

/** What each station needs (positive) or can spare (negative), by type of bike. */
function needsOf(
  network: Network,
  at: Moment,
  need: NeedRow[],
  type: BikeType,
): { demand: Map<number, Load>; supply: Map<number, Load> } {
  const [demand, supply] = [new Map<number, Load>(), new Map<number, Load>()];
  const isTyped = hasTypes(need, network, at);
  const known = network.stations.filter(({ index: i }) => at.mechanical[i]! >= 0 && at.ebikes[i]! >= 0);
  const [mechanical, ebikes] = [at.mechanical, at.ebikes].map((counts) =>
    known.reduce((all, { index: i }) => all + counts[i]!, 0),
  );
  const share = ebikes! / Math.max(1, mechanical! + ebikes!);
  for (const row of need) {
    const station = network.stations[network.byCode.get(row.station_code) ?? -1];
    const isBrought = (row.bikes_to_add ?? 0) > 0;
    const n = isBrought ? row.bikes_to_add! : (row.bikes_to_take ?? 0);
    if (!station?.located || n <= 0) continue;
    const i = station.index;
    const electric = isTyped ? ebikesOf(n, [at.mechanical[i]!, at.ebikes[i]!], share, isBrought) : 0;
    const load: Load = [type === "ebike" ? 0 : n - electric, type === "mechanical" ? 0 : electric];
    if (sum(load) > 0) (isBrought ? demand : supply).set(i, load);
  }
  return { demand, supply };
}

/**
 * Bikes from stations over 80 % full to stations under 20 %, one van load after the other: the stations without a bike
 * first, then those beside them. A rule of thumb and no optimum: it knows no road, no traffic and no crew.
 */
export function toursOf(
  network: Network,
  at: Moment,
  need: NeedRow[],
  { van, least, type }: TourOptions,
  recovery: Recovery,
): Tour[] {
  const { demand, supply } = needsOf(network, at, need, type);
  const metresTo = (a: number, b: number) => metres(network.stations[a]!, network.stations[b]!);
  const urgency = (i: number) => Number(at.bikes[i] === 0) * 1000 + sum(demand.get(i)!);
  const ended = new Set<number>();
  const seeds = [...demand.keys()].sort((a, b) => urgency(b) - urgency(a) || a - b);

  function tourFrom(seed: number): Tour | null {
    const loads = new Map<number, Load>();
    let room = van;

    /** Finds bikes for the station among the stops so far and the stations around it; false where too few are there. */
    function serve(taker: number): boolean {
      const wanted = demand.get(taker)!;
      const got: Load = [0, 0];
      const taken: [giver: number, load: Load][] = [];
      const rank = (giver: number) =>
        (loads.has(giver) ? -FARTHEST_M : 0) + metresTo(giver, taker) - (at.docks[giver] === 0 ? FULL_IS_NEARER_M : 0);
      const givers = [...supply.keys()]
        .filter((giver) => metresTo(giver, taker) <= FARTHEST_M)
        .sort((a, b) => rank(a) - rank(b) || a - b);
      for (const giver of givers) {
        const spare = supply.get(giver)!;
        const mechanical = Math.min(spare[0], wanted[0] - got[0], room - sum(got));
        const load: Load = [mechanical, Math.min(spare[1], wanted[1] - got[1], room - sum(got) - mechanical)];
        if (sum(load) < (loads.has(giver) ? 1 : least)) continue;
        taken.push([giver, load]);
        [got[0], got[1]] = [got[0] + load[0], got[1] + load[1]];
      }
      if (sum(got) < least) return false;
      for (const [giver, load] of taken) {
        loads.set(giver, plus(loads.get(giver), load, 1));
        supply.set(giver, plus(supply.get(giver), load, -1));
      }
      loads.set(taker, plus(loads.get(taker), got, -1));
      demand.set(taker, plus(wanted, got, -1));
      room -= sum(got);
      return true;
    }

    if (!serve(seed)) return null;
    for (let isMore = true; isMore && room >= least; ) {
      const away = (i: number) => Math.min(...[...loads.keys()].map((stop) => metresTo(stop, i)));
      const next = [...demand.keys()]
        .filter((i) => !loads.has(i) && sum(demand.get(i)!) >= least)
        .map((i): [station: number, metres: number] => [i, away(i)])
        .filter(([, farM]) => farM <= NEAR_M)
        .sort(([a, near], [b, far]) => near - far || a - b);
      isMore = next.some(([i]) => serve(i));
    }
    return told(ordered(loads, metresTo), network, at, recovery, ended);
  }

  return seeds.flatMap((seed) => {
    const made: Tour[] = [];
    while (sum(demand.get(seed)!) >= least) {
      const tour = tourFrom(seed);
      if (!tour) break;
      made.push(tour);
    }
    return made;
  });
}

function plus(load: Load | undefined, more: Load, sign: 1 | -1): Load {
  return [(load?.[0] ?? 0) + sign * more[0], (load?.[1] ?? 0) + sign * more[1]];
}

type Way = (a: number, b: number) => number;

/** The stops in an order in which nothing is unloaded that is not on board: from each beginning by nearness, then mended
 * stop by stop while that makes it shorter; the shortest of them. */
function ordered(loads: Map<number, Load>, metresTo: Way): Stop[] {
  const begun = [...loads.keys()]
    .filter((first) => sum(loads.get(first)!) > 0)
    .map((first) => byNearness(first, loads, metresTo));
  const [best] = begun
    .map((order) => mended(order, loads, metresTo))
    .sort((a, b) => lengthOf(a, metresTo) - lengthOf(b, metresTo));
  let onBoard = 0;
  return best!.map((station, i) => {
    const load = loads.get(station)!;
    onBoard += sum(load);
    return { station, load, onBoard, legM: i ? metresTo(best![i - 1]!, station) : 0 };
  });
}

function byNearness(first: number, loads: Map<number, Load>, metresTo: Way): number[] {
  const order = [first];
  const left = new Set(loads.keys());
  left.delete(first);
  let onBoard = loads.get(first)!;
  while (left.size) {
    const here = order.at(-1)!;
    const next = [...left]
      .filter((i) => isThere(plus(onBoard, loads.get(i)!, 1)))
      .sort((a, b) => metresTo(here, a) - metresTo(here, b) || a - b)[0]!;
    left.delete(next);
    order.push(next);
    onBoard = plus(onBoard, loads.get(next)!, 1);
  }
  return order;
}

/** Each stop is tried at every other place of the order. */
function mended(order: number[], loads: Map<number, Load>, metresTo: Way): number[] {
  let best = order;
  let shortest = lengthOf(order, metresTo);
  for (let isBetter = true; isBetter; ) {
    isBetter = false;
    for (const station of order)
      for (let to = 0; to < order.length; to++) {
        const tried = best.filter((one) => one !== station).toSpliced(to, 0, station);
        const length = lengthOf(tried, metresTo);
        if (length < shortest - 1 && canBeDriven(tried, loads)) [best, shortest, isBetter] = [tried, length, true];
      }
  }
  return best;
}

function lengthOf(order: number[], metresTo: Way): number {
  return order.slice(1).reduce((all, station, i) => all + metresTo(order[i]!, station), 0);
}

function isThere([mechanical, ebikes]: Load): boolean {
  return mechanical >= 0 && ebikes >= 0;
}

function canBeDriven(order: number[], loads: Map<number, Load>): boolean {
  let onBoard: Load = [0, 0];
  return order.every((station) => {
    onBoard = plus(onBoard, loads.get(station)!, 1);
    return isThere(onBoard);
  });
}

/** An outage that one tour ends is no other's: `ended` holds the stations of those before. */
function told(stops: Stop[], network: Network, at: Moment, recovery: Recovery, ended: Set<number>): Tour {
  const outages = stops.flatMap(({ station, load }) => {
    const kind =
      sum(load) < 0 && at.bikes[station] === 0
        ? "no_bike"
        : sum(load) > 0 && at.docks[station] === 0
          ? "no_dock"
          : null;
    if (kind === null || ended.has(station)) return [];
    ended.add(station);
    return [recovery.get(recoveryKey(network.zones[network.stations[station]!.zone]?.code ?? null, kind)) ?? null];
  });
  const minutes = outages.filter((one) => one !== null);
  const loaded = stops.filter(({ load }) => sum(load) > 0);
  return {
    stops,
    bikes: [loaded.reduce((all, { load }) => all + load[0], 0), loaded.reduce((all, { load }) => all + load[1], 0)],
    lengthM: stops.reduce((all, { legM }) => all + legM, 0),
    outages: outages.length,
    minutesSaved: minutes.length ? minutes.reduce((all, one) => all + one, 0) : null,
  };
}
