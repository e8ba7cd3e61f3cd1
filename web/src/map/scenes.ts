import {
  type BikeType,
  bikesOf,
  type Condition,
  conditionAt,
  fillAt,
  measureOf,
  ratio,
  type Shading,
  type Thresholds,
  zoneTotals,
} from "../data/measures";
import { type Moment, OPERATIVE } from "../data/moment";
import type { Network } from "../data/network";
import type { UsualFill } from "../data/usual";
import { changeStep, fillStep, measureStep, usualStep } from "./palette";

/** How each station is drawn: a step of the diverging scale, or one of these. */
export const HIDDEN = 255;
export const HOLLOW = 254;

export interface Scene {
  /** A step of `scale` for each zone, -1 for none. */
  zoneSteps: Int8Array;
  scale: string[];
  /** For each station a step of the diverging scale, HOLLOW or HIDDEN. */
  stationSteps: Uint8Array;
  /** What the counts at stations are of; null for none. */
  counts: Moment | null;
  zone: number;
  station: number;
  /** Lines between stations, as pairs of indexes, with a weight each. */
  moves: { from: number; to: number; bikes: number; chosen: boolean }[];
}

export interface Looks {
  measure: Shading;
  /** What is usual at this hour, where the shading is against it. */
  usual?: UsualFill | null;
  type: BikeType;
  condition: Condition | null;
  zone: number;
}

export const NO_MOVES: Scene["moves"] = [];

/** How each station and zone is drawn at a moment, under the filters that are set. */
export function sceneAt(
  network: Network,
  at: Moment,
  looks: Looks,
  limits: Thresholds,
): { stationSteps: Uint8Array; zoneSteps: Int8Array; shown: number } {
  const stationSteps = new Uint8Array(network.stations.length);
  let shown = 0;
  for (const station of network.stations) {
    const i = station.index;
    const condition = conditionAt(at, i, looks.type, limits);
    const wanted =
      (looks.condition === null || condition === looks.condition) && (looks.zone < 0 || station.zone === looks.zone);
    const fill = fillAt(at, i, looks.type);
    const difference = looks.measure === "usual" ? (fillAt(at, i) ?? NaN) - (looks.usual?.stations[i] ?? NaN) : 0;
    if (wanted) shown += 1;
    if (!wanted) stationSteps[i] = HIDDEN;
    else if (condition === "off" || condition === "unknown") stationSteps[i] = HOLLOW;
    else if (looks.measure === "usual")
      stationSteps[i] = Number.isNaN(difference) ? HOLLOW : usualStep(difference, "station");
    else if (condition === "empty") stationSteps[i] = 0;
    else if (fill === null) stationSteps[i] = HOLLOW;
    else stationSteps[i] = fillStep(fill);
  }
  const isAgainstUsual = looks.measure === "usual";
  const zoneSteps = Int8Array.from(
    zoneTotals(network, at, limits, isAgainstUsual ? "all" : looks.type),
    (totals, zone) => {
      if (looks.measure === "usual") {
        const difference = (ratio(totals.filled, totals.fillable) ?? NaN) - (looks.usual?.zones[zone] ?? NaN);
        return Number.isNaN(difference) ? -1 : usualStep(difference, "zone");
      }
      const value = measureOf(totals, looks.measure);
      return value === null ? -1 : measureStep(looks.measure, value);
    },
  );
  return { stationSteps, zoneSteps, shown };
}

/** Bikes that came to (above 0) or left (below) each station; null where either count is unknown. */
export function changesBetween(network: Network, before: Moment, after: Moment, type: BikeType): (number | null)[] {
  const [then, since] = [bikesOf(before, type), bikesOf(after, type)];
  return network.stations.map(({ index: i }) => {
    const known = then[i]! >= 0 && since[i]! >= 0 && before.state[i] === OPERATIVE && after.state[i] === OPERATIVE;
    return known ? since[i]! - then[i]! : null;
  });
}

export function sceneOfChanges(
  network: Network,
  changes: (number | null)[],
): { stationSteps: Uint8Array; zoneSteps: Int8Array } {
  const sums = network.zones.map(() => 0);
  const stations = network.zones.map(() => 0);
  for (const station of network.stations) {
    const change = changes[station.index];
    if (station.zone < 0 || change === null || change === undefined) continue;
    sums[station.zone]! += change;
    stations[station.zone]! += 1;
  }
  return {
    stationSteps: Uint8Array.from(changes, (change) =>
      change === null ? HOLLOW : change === 0 ? HIDDEN : changeStep(change),
    ),
    // A zone is shaded by its mean change per station, so that large and small zones can be compared.
    zoneSteps: Int8Array.from(sums, (sum, zone) => (stations[zone] ? changeStep((sum / stations[zone]!) * 3) : -1)),
  };
}
