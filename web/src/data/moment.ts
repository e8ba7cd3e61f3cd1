import type { DayFile, NowFile, TickStatus } from "./contract";
import type { Network } from "./network";

export const UNKNOWN = -1;
export const OPERATIVE = 0;
export const OUT_OF_SERVICE = 1;
export const STATE_UNKNOWN = 2;

/** The network at one tick: one entry a station, in the network's order; -1 is an unknown count. */
export interface Moment {
  epoch: number;
  bikes: Int16Array;
  mechanical: Int16Array;
  ebikes: Int16Array;
  docks: Int16Array;
  state: Uint8Array;
}

/** A local day, decoded: `moments[i]` is null where tick `i` was not observed. */
export interface Day {
  date: string;
  epochs: number[];
  status: TickStatus[];
  cadenceS: (number | null)[];
  moments: (Moment | null)[];
  curve: DayFile["curve"];
}

function counts(values: (number | null)[]): Int16Array {
  return Int16Array.from(values, (value) => value ?? UNKNOWN);
}

/** null where there is no station. */
export function momentOf(now: NowFile): Moment | null {
  if (now.epoch === null) return null;
  return {
    epoch: now.epoch,
    bikes: counts(now.bikes),
    mechanical: counts(now.mechanical),
    ebikes: counts(now.ebikes),
    docks: counts(now.docks),
    state: Uint8Array.from(now.state),
  };
}

/** Undoes the deltas of one kind of count. A null leaves the running count as it was. */
export class Running {
  private readonly last: Int32Array;
  private begun = false;

  constructor(
    private readonly places: Int32Array,
    private readonly stations: number,
  ) {
    this.last = new Int32Array(places.length);
  }

  next(row: (number | null)[]): Int16Array {
    const out = new Int16Array(this.stations).fill(UNKNOWN);
    for (let i = 0; i < row.length; i++) {
      const change = row[i];
      if (change === null || change === undefined) continue;
      this.last[i] = this.begun ? this.last[i]! + change : change;
      const place = this.places[i]!;
      if (place >= 0) out[place] = this.last[i]!;
    }
    this.begun = true;
    return out;
  }
}

/** Lays the day over the network. Stations that have left the network since are not in it. */
export function dayOf(file: DayFile, network: Network): Day {
  const stations = network.stations.length;
  const places = Int32Array.from(file.code, (code) => network.byCode.get(code) ?? -1);
  const bikes = new Running(places, stations);
  const ebikes = new Running(places, stations);
  const docks = new Running(places, stations);
  const moments = file.epochs.map((epoch, tick): Moment | null => {
    const bikeRow = file.bikes[tick];
    const ebikeRow = file.ebikes[tick];
    const dockRow = file.docks[tick];
    if (!bikeRow || !ebikeRow || !dockRow) return null;
    const all = bikes.next(bikeRow);
    const electric = ebikes.next(ebikeRow);
    const moment: Moment = {
      epoch,
      bikes: all,
      ebikes: electric,
      mechanical: all.map((count, i) => (count < 0 || electric[i]! < 0 ? UNKNOWN : count - electric[i]!)),
      docks: docks.next(dockRow),
      state: new Uint8Array(stations).fill(STATE_UNKNOWN),
    };
    places.forEach((place, i) => {
      if (place >= 0 && bikeRow[i] !== null) moment.state[place] = OPERATIVE;
    });
    for (const i of file.off[tick] ?? []) {
      const place = places[i]!;
      if (place >= 0) moment.state[place] = OUT_OF_SERVICE;
    }
    return moment;
  });
  return {
    date: file.date,
    epochs: file.epochs,
    status: file.status,
    cadenceS: file.cadence_s,
    moments,
    curve: file.curve,
  };
}

/** The index of the observed tick at or just before `epoch`, else the first observed one; -1 if there is none. */
export function observedTick(day: Day, epoch: number): number {
  let best = -1;
  for (let tick = 0; tick < day.epochs.length; tick++) {
    if (!day.moments[tick]) continue;
    if (day.epochs[tick]! <= epoch || best < 0) best = tick;
  }
  return best;
}

/** The observed tick nearest to `epoch`, of two the earlier, as the headline figures choose theirs; -1 beyond `offS`. */
export function nearestTick(file: Pick<DayFile, "epochs" | "status">, epoch: number, offS: number): number {
  let best = -1;
  file.epochs.forEach((one, tick) => {
    const away = Math.abs(one - epoch);
    if (file.status[tick] === "observed" && away <= offS && (best < 0 || away < Math.abs(file.epochs[best]! - epoch)))
      best = tick;
  });
  return best;
}

/** An observation and for how long it holds. */
export interface Seen {
  moment: Moment;
  holdS: number;
}

/**
 * The observations of these days, which follow each other, up to an instant. Each holds until the next one, for at most
 * two cadences and not beyond that instant: the rule of every view that measures time.
 */
export function observedUntil(days: Day[], untilEpoch: number): Seen[] {
  const seen = days
    .flatMap((one) =>
      one.moments.flatMap((moment, tick) => (moment ? [{ moment, mostS: 2 * (one.cadenceS[tick] ?? 0) }] : [])),
    )
    .filter(({ moment }) => moment.epoch <= untilEpoch);
  return seen.map(({ moment, mostS }, i) => ({
    moment,
    holdS: Math.min(mostS, (seen[i + 1]?.moment.epoch ?? untilEpoch) - moment.epoch),
  }));
}
