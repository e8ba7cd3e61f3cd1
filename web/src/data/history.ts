import type { HistorySeries, HistoryShard, ProfileRow } from "./contract";

export interface Hourly {
  epochs: number[];
  bikes: (number | null)[];
  mechanical: (number | null)[];
  ebikes: (number | null)[];
  docks: (number | null)[];
  no_bike: (number | null)[];
  no_dock: (number | null)[];
  out: (number | null)[];
}

/** The station's hours in [from, to] on an unbroken grid: an hour that is not published is null, not skipped. */
export function hoursOf(shard: HistoryShard, code: string, from: number, to: number): Hourly | null {
  const series: HistorySeries | undefined = shard.stations[code];
  if (!series) return null;
  const at = new Map(shard.epochs.map((epoch, i) => [epoch, i]));
  const out: Hourly = {
    epochs: [],
    bikes: [],
    mechanical: [],
    ebikes: [],
    docks: [],
    no_bike: [],
    no_dock: [],
    out: [],
  };
  for (let epoch = Math.ceil(from / 3600) * 3600; epoch <= to; epoch += 3600) {
    const i = at.get(epoch) ?? -1;
    const bikes = series.bikes[i] ?? null;
    const ebikes = series.ebikes[i] ?? null;
    out.epochs.push(epoch);
    out.bikes.push(bikes);
    out.ebikes.push(ebikes);
    out.mechanical.push(bikes === null || ebikes === null ? null : Math.max(0, bikes - ebikes));
    out.docks.push(series.docks[i] ?? null);
    out.no_bike.push(series.no_bike_min[i] ?? null);
    out.no_dock.push(series.no_dock_min[i] ?? null);
    out.out.push(series.out_min[i] ?? null);
  }
  return out;
}

/** Mean bikes by local hour over the days that `wanted` takes; null for an hour never observed. */
export function typicalDay(
  hourly: Hourly,
  place: (epoch: number) => { date: string; hour: number },
  wanted: (date: string) => boolean,
): { bikes: (number | null)[]; days: number } {
  const sums = new Array<number>(24).fill(0);
  const seen = new Array<number>(24).fill(0);
  const days = new Set<string>();
  hourly.epochs.forEach((epoch, i) => {
    const bikes = hourly.bikes[i];
    const { date, hour } = place(epoch);
    if (bikes === null || bikes === undefined || !wanted(date)) return;
    days.add(date);
    sums[hour]! += bikes;
    seen[hour]! += 1;
  });
  return { bikes: sums.map((sum, hour) => (seen[hour] ? sum / seen[hour]! : null)), days: days.size };
}

export interface DayOutage {
  date: string;
  /** Minutes without a bike alone, without a dock alone, and with neither; they add up to `out`. */
  no_bike: number;
  no_dock: number;
  both: number;
  out: number;
}

/** Minutes of outage by local day; a day without an observed hour is left out. */
export function outageByDay(hourly: Hourly, dateOf: (epoch: number) => string): DayOutage[] {
  const days = new Map<string, DayOutage>();
  hourly.epochs.forEach((epoch, i) => {
    const [noBike, noDock, out] = [hourly.no_bike[i], hourly.no_dock[i], hourly.out[i]];
    if (
      noBike === null ||
      noBike === undefined ||
      noDock === null ||
      noDock === undefined ||
      out === null ||
      out === undefined
    )
      return;
    const date = dateOf(epoch);
    const day = days.get(date) ?? { date, no_bike: 0, no_dock: 0, both: 0, out: 0 };
    // Minutes are whole, so an hour of 7.5 min without a bike and 7.5 without a dock may say 15 out of 7 and 7.
    const both = Math.max(0, noBike + noDock - out);
    day.no_bike += noBike - both;
    day.no_dock += noDock - both;
    day.both += both;
    day.out += out;
    days.set(date, day);
  });
  return [...days.values()];
}

/** What the week of a zone can tell. */
export const ZONE_WEEK_COLUMNS = ["local_weekday", "local_hour", "fill_rate", "short_share"] as const;

/** An hour of a weekday, of the network or of a zone. */
export type ProfileCell = Omit<ProfileRow, "source" | "ticks_observed">;

/**
 * The week of a whole zone: fill rate, and share of the time without a bike, by weekday and hour. The shards do not
 * say which stations were saturated, so those shares stay null.
 */
export function zoneProfile(
  shard: HistoryShard,
  place: (epoch: number) => { weekday: number; hour: number },
): ProfileCell[] {
  const cells = Array.from({ length: 7 * 24 }, () => ({ bikes: 0, room: 0, no_bike: 0, seen: 0 }));
  shard.epochs.forEach((epoch, i) => {
    const { weekday, hour } = place(epoch);
    const cell = cells[(weekday - 1) * 24 + hour]!;
    for (const series of Object.values(shard.stations)) {
      const [bikes, docks] = [series.bikes[i], series.docks[i]];
      if (bikes === null || bikes === undefined || docks === null || docks === undefined) continue;
      cell.bikes += bikes;
      cell.room += bikes + docks;
      cell.no_bike += series.no_bike_min[i] ?? 0;
      cell.seen += 60;
    }
  });
  return cells.map((cell, at) => ({
    local_weekday: Math.floor(at / 24) + 1,
    local_hour: at % 24,
    fill_rate: cell.room ? cell.bikes / cell.room : null,
    short_share: cell.seen ? cell.no_bike / cell.seen : null,
    saturated_share: null,
    unusable_share: null,
  }));
}
