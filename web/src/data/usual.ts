import type { UsualFile, UsualHours, UsualStations } from "./contract";
import { ratio, type Totals } from "./measures";
import type { Network } from "./network";

/** Of fewer days nothing is said to be usual, as in kpi_against_usual. */
export const LEAST_DAYS = 3;

export type Verdict = "more" | "fewer" | "usual";

export interface Judged {
  now: number;
  median: number;
  days: number;
  verdict: Verdict;
}

/** As kpi_against_usual judges: beyond the middle half of those days and at least a tenth off their median. */
export function judge(
  now: number | null,
  hours: UsualHours | undefined,
  hour: number,
  of: "no_bike" | "no_dock",
): Judged | null {
  const [days, median, low, high] = [
    hours?.days[hour],
    hours?.[of][hour],
    hours?.[`${of}_low`][hour],
    hours?.[`${of}_high`][hour],
  ];
  if (now === null || days == null || days < LEAST_DAYS || median == null || low == null || high == null) return null;
  const verdict = now > high && now >= 1.1 * median ? "more" : now < low && now <= 0.9 * median ? "fewer" : "usual";
  return { now, median, days, verdict };
}

const FEWEST_STATIONS = 5;
const LEAST_EXCESS = 0.05;

/** Zones of at least five stations whose share of unusable ones is the farthest above the usual one. */
export function worstZones(
  network: Network,
  totals: Totals[],
  usual: UsualFile,
  hour: number,
  most: number,
): { zone: number; excess: number }[] {
  return totals
    .flatMap((one, zone) => {
      const hours = usual.zones[network.zones[zone]!.code];
      const [share, norm] = [ratio(one.unusable, one.operative), hours?.unusable_share[hour]];
      if (share === null || norm == null || one.operative < FEWEST_STATIONS || (hours?.days[hour] ?? 0) < LEAST_DAYS)
        return [];
      return [{ zone, excess: share - norm }];
    })
    .filter(({ excess }) => excess >= LEAST_EXCESS)
    .sort((a, b) => b.excess - a.excess)
    .slice(0, most);
}

/** What is usual for each station and zone of the network at one hour; NaN where it is not known. */
export interface UsualFill {
  stations: Float32Array;
  zones: Float32Array;
}

export function usualFillAt(
  network: Network,
  day: UsualFile | null,
  stations: UsualStations | null,
  hour: number,
): UsualFill {
  const place = new Map(stations?.code.map((code, at) => [code, at]));
  const fills = stations?.fill_rate[hour] ?? [];
  const thousandths = (code: string) => fills[place.get(code) ?? -1] ?? NaN;
  return {
    stations: Float32Array.from(network.stations, ({ code }) => thousandths(code) / 1000),
    zones: Float32Array.from(network.zones, ({ code }) => {
      const hours = day?.zones[code];
      return (hours?.days[hour] ?? 0) >= LEAST_DAYS ? (hours?.fill_rate[hour] ?? NaN) : NaN;
    }),
  };
}
