import { OPERATIVE, type Moment } from "./moment";

export type OutageKind = "short" | "no_dock";

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
 * Outages of one station in a run of ticks, in order of time. A gap of more than two cadences ends an outage,
 * because nothing is known of what lay between.
 */
export function outagesOf(moments: Moment[], station: number, cadenceS: number): Outage[] {
  const found: Outage[] = [];
  for (const kind of ["short", "no_dock"] as const) {
    let open: Outage | null = null;
    let before: Moment | null = null;
    for (const moment of moments) {
      const gap = before !== null && moment.epoch - before.epoch > 2 * cadenceS;
      if (open && gap) {
        found.push({ ...open, end: before!.epoch + cadenceS });
        open = null;
      }
      const count = (kind === "short" ? moment.bikes : moment.docks)[station];
      const out = moment.state[station] === OPERATIVE && count === 0;
      if (out && !open) open = { kind, begin: moment.epoch, end: moment.epoch, beginSeen: before !== null && !gap, isOpen: false };
      if (!out && open) {
        found.push({ ...open, end: moment.epoch });
        open = null;
      }
      before = moment;
    }
    if (open && before) found.push({ ...open, end: before.epoch, isOpen: true });
  }
  return found.sort((a, b) => a.begin - b.begin || a.kind.localeCompare(b.kind));
}
