import { type BikeType, bikesOf, isSaturated, type Thresholds } from "./measures";
import { type Moment, OPERATIVE, type Seen, STATE_UNKNOWN } from "./moment";
import type { Network } from "./network";

/** A station by what it lacked in the two hours before now; lengths in seconds. */
export interface Critical {
  station: number;
  outageS: number;
  shortS: number;
  noDockS: number;
  /** With few bikes or few docks, outages among it. */
  strainedS: number;
  isStillOut: boolean;
  /** How long the outage of now has lasted, as far as a day reaches. */
  currentS: number;
}

const WINDOW_S = 7200;
const FARTHEST_S = 86_400;

/**
 * The most critical stations of the two hours before `now`, under a zone (-1 for all) and a type of bike. For all zones
 * and types it is kpi_top10_2hour, whose order and ties are followed. `seen` reaches back a day.
 */
export function mostCritical(
  network: Network,
  seen: Seen[],
  now: number,
  zone: number,
  type: BikeType,
  limits: Thresholds,
  most = 10,
): Critical[] {
  const isShort = (at: Moment, i: number) => at.state[i] === OPERATIVE && bikesOf(at, type)[i] === 0;
  const isFull = (at: Moment, i: number) => at.state[i] === OPERATIVE && at.docks[i] === 0;
  const isOut = (at: Moment, i: number) => isShort(at, i) || isFull(at, i);
  const isStrained = (at: Moment, i: number) => {
    const bikes = bikesOf(at, type)[i]!;
    return at.state[i] === OPERATIVE && ((bikes >= 0 && bikes <= limits.lowBikes) || isSaturated(at, i, limits));
  };
  // What of each observation lies in the two hours.
  const held = seen.flatMap(({ moment, holdS }) => {
    const ageS = now - moment.epoch;
    const s = ageS > WINDOW_S ? holdS - (ageS - WINDOW_S) : holdS;
    return s > 0 && ageS >= 0 ? [{ moment, s }] : [];
  });
  const sumOf = (i: number, holds: (at: Moment, i: number) => boolean) =>
    held.reduce((sum, { moment, s }) => sum + (holds(moment, i) ? s : 0), 0);

  function currentS(i: number): number {
    let last = seen.length - 1;
    if (seen[last]?.moment.epoch !== now || !isOut(seen[last]!.moment, i)) return 0;
    for (; last > 0; last--) {
      const { moment, holdS } = seen[last - 1]!;
      const isContinued = moment.state[i] !== STATE_UNKNOWN && moment.epoch + holdS === seen[last]!.moment.epoch;
      if (!isContinued || !isOut(moment, i) || now - moment.epoch > FARTHEST_S) break;
    }
    return now - seen[last]!.moment.epoch;
  }

  const latest = seen.at(-1)?.moment;
  return network.stations
    .filter((station) => zone < 0 || station.zone === zone)
    .map(
      ({ index: i }): Critical => ({
        station: i,
        outageS: sumOf(i, isOut),
        shortS: sumOf(i, isShort),
        noDockS: sumOf(i, isFull),
        strainedS: sumOf(i, isStrained),
        isStillOut: latest?.epoch === now && isOut(latest, i),
        currentS: currentS(i),
      }),
    )
    .filter(({ outageS, strainedS }) => outageS > 0 || strainedS > 0)
    .sort((a, b) => {
      const [one, other] = [network.stations[a.station]!, network.stations[b.station]!];
      return (
        b.outageS - a.outageS ||
        Number(b.isStillOut) - Number(a.isStillOut) ||
        b.currentS - a.currentS ||
        b.strainedS - a.strainedS ||
        (other.capacity ?? -1) - (one.capacity ?? -1) ||
        (one.code < other.code ? -1 : 1)
      );
    })
    .slice(0, most);
}
