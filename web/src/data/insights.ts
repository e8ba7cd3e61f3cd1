import type { Row } from "./contract";

/** The report of a local day, as `insights/<date>.json` holds it. Null is unknown; shares are ratios. */
export interface DayReport {
  version: number;
  date: string;
  network_name: string;
  timezone: string;
  coverage: {
    share: number | null;
    is_over: boolean;
    is_low: boolean;
    observed_minutes: number;
    ticks_expected: number;
    ticks_observed: number;
    ticks_frozen: number;
    ticks_partial: number;
    ticks_failed: number;
    ticks_missing: number;
    rows_refused: number;
    longest_gap_minutes: number;
    cadence_min: number | null;
  };
  network: {
    stations: number;
    bike_availability: number | null;
    dock_availability: number | null;
    full_availability: number | null;
    unusable_share: number | null;
    outage_minutes: number;
    short_minutes: number;
    no_dock_minutes: number;
    bikes_moved: number | null;
  } | null;
  history: { day_before: string; week_before: string; weekday_median: string };
  comparisons: {
    measure: string;
    value: number;
    day_before: Baseline | null;
    week_before: Baseline | null;
    weekday_median: Baseline | null;
  }[];
  worst_moment: { epoch: number; unusable_stations: number; operative_stations: number } | null;
  zones: Row[];
  equity: {
    worst_zone_name: string;
    worst_unusable_share: number;
    median_unusable_share: number;
    equity_difference: number;
  } | null;
  stations: { worst: Row[]; best: Row[] };
  morning: CommuteFlow | null;
  evening: CommuteFlow | null;
  types: { mean_mechanical: number; mean_ebikes: number; ebike_share: number | null } | null;
  chronic: Row[] | null;
  recoveries: Row[];
  changes: Row[] | null;
  moments: {
    epoch: number;
    held_s: number;
    short_stations: number | null;
    no_dock_stations: number | null;
    outcome: string;
  }[];
  /** What each sentence is about; the same order in every language. */
  topics: string[];
  sentences: Record<string, string[]>;
  cannot_be_known: Record<string, string[]>;
  attribution: Record<string, string>;
}

export interface Baseline {
  dates: string[];
  value: number;
  change: number;
  /** Over how much of each day both are, like for like. */
  common_minutes: number;
}

export interface Flow {
  zone_code: string;
  zone_name: string;
  net_bikes: number;
}

export interface CommuteFlow {
  from_hour: number;
  to_hour: number;
  observed_share: number;
  bikes_moved: number;
  gained: Flow[];
  lost: Flow[];
}
