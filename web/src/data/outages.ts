import { OPERATIVE, type Seen } from "./moment";

export type OutageKind = "no_bike" | "no_dock";

/** A run of observations without a bike, or without a free dock. */
export interface Outage {
  kind: OutageKind;
  begin: number;
  /** The first tick well again, or the end of what was seen. */
  end: number;
  beginSeen: boolean;
  isOpen: boolean;
}

/**
 * Outages of one station in a run of observations, in order of time. Where nothing holds any more, nothing is known of
 * what follows: the outage ends there and its end was not seen.
 */
export function outagesOf(observed: Seen[], station: number): Outage[] {
  const found: Outage[] = [];
  for (const kind of ["no_bike", "no_dock"] as const) {
    let open: Outage | null = null;
    let known = 0;
    observed.forEach(({ moment, holdS }, i) => {
      const gap = i > 0 && moment.epoch > known;
      if (open && gap) {
        found.push({ ...open, end: known });
        open = null;
      }
      const count = (kind === "no_bike" ? moment.bikes : moment.docks)[station];
      const out = moment.state[station] === OPERATIVE && count === 0;
      if (out && !open)
        open = { kind, begin: moment.epoch, end: moment.epoch, beginSeen: i > 0 && !gap, isOpen: false };
      if (!out && open) {
        found.push({ ...open, end: moment.epoch });
        open = null;
      }
      known = moment.epoch + holdS;
    });
    if (open) found.push({ ...(open as Outage), end: known, isOpen: true });
  }
  return found.sort((a, b) => a.begin - b.begin || a.kind.localeCompare(b.kind));
}
