import type { Index } from "./contract";
import { OPERATIVE, type Moment } from "./moment";
import type { Network } from "./network";

export type BikeType = "all" | "mechanical" | "ebike";
export type Measure = "fill" | "short" | "saturated" | "unusable";
/** What can be said of a station, the gravest first. */
export type Condition = "off" | "unknown" | "empty" | "no_dock" | "low" | "nearly_full" | "balanced";
export const CONDITIONS: Condition[] = ["empty", "low", "balanced", "nearly_full", "no_dock", "off", "unknown"];
export const MEASURES: Measure[] = ["fill", "short", "saturated", "unusable"];

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

/** Counts are of operative stations; every rate is a ratio of sums. */
export interface Totals {
  stations: number;
  operative: number;
  bikes: number;
  mechanical: number;
  ebikes: number;
  docks: number;
  short: number;
  saturated: number;
  unusable: number;
  filled: number;
  fillable: number;
}

function noTotals(): Totals {
  return {
    stations: 0,
    operative: 0,
    bikes: 0,
    mechanical: 0,
    ebikes: 0,
    docks: 0,
    short: 0,
    saturated: 0,
    unusable: 0,
    filled: 0,
    fillable: 0,
  };
}

function add(totals: Totals, moment: Moment, station: number, type: BikeType, limits: Thresholds): void {
  totals.stations += 1;
  if (moment.state[station] !== OPERATIVE) return;
  const bikes = moment.bikes[station]!;
  const docks = moment.docks[station]!;
  const wanted = bikesOf(moment, type)[station]!;
  totals.operative += 1;
  totals.bikes += Math.max(0, bikes);
  totals.mechanical += Math.max(0, moment.mechanical[station]!);
  totals.ebikes += Math.max(0, moment.ebikes[station]!);
  totals.docks += Math.max(0, docks);
  if (bikes >= 0 && docks >= 0 && wanted >= 0) {
    totals.filled += wanted;
    totals.fillable += bikes + docks;
  }
  if (wanted === 0) totals.short += 1;
  if (isSaturated(moment, station, limits)) totals.saturated += 1;
  if (wanted === 0 || docks === 0) totals.unusable += 1;
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

export function ratio(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}

export function measureOf(totals: Totals, measure: Measure): number | null {
  if (measure === "fill") return ratio(totals.filled, totals.fillable);
  return ratio(totals[measure], totals.operative);
}
