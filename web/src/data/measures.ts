import type { Index } from "./contract";
import { type Moment, OPERATIVE } from "./moment";
import type { Network } from "./network";

export type BikeType = "all" | "mechanical" | "ebike";
export type Measure = "fill" | "no_bike" | "saturated" | "unusable";
/** What can be said of a station, the gravest first. */
export type Condition = "off" | "unknown" | "empty" | "no_dock" | "low" | "nearly_full" | "balanced";
export const CONDITIONS: Condition[] = ["empty", "low", "balanced", "nearly_full", "no_dock", "off", "unknown"];
export const MEASURES: Measure[] = ["fill", "no_bike", "saturated", "unusable"];
/** What the map can be shaded by: a measure, or the fill rate against the usual one of the hour. */
export type Shading = Measure | "usual";
export const SHADINGS: Shading[] = [...MEASURES, "usual"];

export interface Thresholds {
  saturatedFill: number;
  lowBikes: number;
}

export function thresholdsOf(index: Index): Thresholds {
  return { saturatedFill: index.thresholds.saturated_fill, lowBikes: index.thresholds.low_bikes };
}

export function bikesOf(moment: Moment, type: BikeType): Int16Array {
  return type === "all" ? moment.bikes : type === "mechanical" ? moment.mechanical : moment.ebikes;
}

/** bikes / (bikes + docks), null if that sum is 0 or unknown. Of one type, its share of the same sum. */
export function fillAt(moment: Moment, station: number, type: BikeType = "all"): number | null {
  const total = moment.bikes[station]! + moment.docks[station]!;
  const bikes = bikesOf(moment, type)[station]!;
  if (moment.bikes[station]! < 0 || moment.docks[station]! < 0 || bikes < 0 || total <= 0) return null;
  return bikes / total;
}

export function isSaturated(moment: Moment, station: number, limits: Thresholds): boolean {
  const fill = fillAt(moment, station);
  return moment.docks[station] === 0 || (fill !== null && fill >= limits.saturatedFill && fill > 0);
}

export function conditionAt(moment: Moment, station: number, type: BikeType, limits: Thresholds): Condition {
  const state = moment.state[station];
  if (state !== OPERATIVE) return state === 1 ? "off" : "unknown";
  const bikes = bikesOf(moment, type)[station]!;
  if (bikes === 0) return "empty";
  if (moment.docks[station] === 0) return "no_dock";
  if (bikes < 0 || moment.docks[station]! < 0) return "unknown";
  if (isSaturated(moment, station, limits)) return "nearly_full";
  return bikes <= limits.lowBikes ? "low" : "balanced";
}

/** Counts are of operative stations; every rate is a ratio of sums. A sum of which no station is known is null, never 0. */
export interface Totals {
  stations: number;
  operative: number;
  bikes: number | null;
  mechanical: number | null;
  ebikes: number | null;
  docks: number | null;
  no_bike: number | null;
  saturated: number | null;
  unusable: number | null;
  filled: number;
  fillable: number;
}

function noTotals(): Totals {
  return {
    stations: 0,
    operative: 0,
    bikes: null,
    mechanical: null,
    ebikes: null,
    docks: null,
    no_bike: null,
    saturated: null,
    unusable: null,
    filled: 0,
    fillable: 0,
  };
}

function plus(sum: number | null, count: number): number | null {
  return count < 0 ? sum : (sum ?? 0) + count;
}

function add(totals: Totals, moment: Moment, station: number, type: BikeType, limits: Thresholds): void {
  totals.stations += 1;
  if (moment.state[station] !== OPERATIVE) return;
  const bikes = moment.bikes[station]!;
  const docks = moment.docks[station]!;
  const wanted = bikesOf(moment, type)[station]!;
  totals.operative += 1;
  totals.bikes = plus(totals.bikes, bikes);
  totals.mechanical = plus(totals.mechanical, moment.mechanical[station]!);
  totals.ebikes = plus(totals.ebikes, moment.ebikes[station]!);
  totals.docks = plus(totals.docks, docks);
  if (bikes >= 0 && docks >= 0 && wanted >= 0) {
    totals.filled += wanted;
    totals.fillable += bikes + docks;
  }
  if (wanted >= 0) totals.no_bike = plus(totals.no_bike, Number(wanted === 0));
  if (docks >= 0) totals.saturated = plus(totals.saturated, Number(isSaturated(moment, station, limits)));
  if (wanted >= 0 || docks >= 0) totals.unusable = plus(totals.unusable, Number(wanted === 0 || docks === 0));
}

export function networkTotals(moment: Moment, limits: Thresholds, type: BikeType = "all"): Totals {
  const totals = noTotals();
  for (let station = 0; station < moment.bikes.length; station++) add(totals, moment, station, type, limits);
  return totals;
}

/** One entry a zone, in the network's order. */
export function zoneTotals(network: Network, moment: Moment, limits: Thresholds, type: BikeType = "all"): Totals[] {
  const all = network.zones.map(noTotals);
  for (const station of network.stations) {
    const totals = all[station.zone];
    if (totals) add(totals, moment, station.index, type, limits);
  }
  return all;
}

export function ratio(part: number | null, whole: number | null): number | null {
  return part !== null && whole !== null && whole > 0 ? part / whole : null;
}

export function measureOf(totals: Totals, measure: Measure): number | null {
  if (measure === "fill") return ratio(totals.filled, totals.fillable);
  return ratio(totals[measure], totals.operative);
}
