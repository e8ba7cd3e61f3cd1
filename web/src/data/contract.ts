/** What the publisher writes below `data/`. Times are epoch seconds (UTC); null is unknown and never stands for 0. */

export interface ViewFiles {
  json?: string;
  csv?: string;
  parquet?: string;
  geojson?: string;
}

export interface PublishedView {
  name: string;
  question: string;
  grain: string;
  /** Absent, as are the files, for a view that was not made yet. */
  rows?: number;
  /** The tick that its rows speak of. */
  as_of_epoch: number | null;
  files?: ViewFiles;
}

export interface DayEntry {
  date: string;
  /** Ticks that were due; `ticks` are those that were asked for. */
  expected: number;
  ticks: number;
  observed: number;
  /** Share of the local day that was observed, 0 to 1. */
  coverage: number | null;
}

/** What lies below the stations. With `optional` the page does without where it cannot be reached. */
export type Basemap = { optional: boolean } & (
  | { kind: "none" }
  | { kind: "pmtiles"; url: string; attribution: string }
  | { kind: "style"; light: string; dark: string; attribution: string }
  | { kind: "raster"; light: string; dark: string; attribution: string }
);

export interface Index {
  version: number;
  source: string;
  network_name: string;
  timezone: string;
  api: boolean;
  how: "live" | "replayed" | "simulated";
  cadence_min: number;
  observed_epoch: number | null;
  observed_local: string | null;
  ledger_epoch: number | null;
  state: "ok" | "frozen" | "failing";
  first_epoch: number | null;
  days: DayEntry[];
  /** The days of which it is known what is usual. */
  usual: string[];
  attribution: { fr: string; en: string; licence: string | null };
  zones: string | null;
  views: PublishedView[];
  thresholds: { saturated_fill: number; low_bikes: number; rebalance_low: number; rebalance_high: number };
  basemap: Basemap;
}

export interface ZoneEntry {
  code: string;
  name: string;
  kind: string;
}

export interface NowFile {
  epoch: number;
  n: number;
  code: string[];
  name: (string | null)[];
  lat: (number | null)[];
  lon: (number | null)[];
  /** Index into `zones`. */
  zone: (number | null)[];
  capacity: (number | null)[];
  bikes: (number | null)[];
  mechanical: (number | null)[];
  ebikes: (number | null)[];
  docks: (number | null)[];
  /** 0 operative, 1 not operative, 2 unknown. */
  state: number[];
  /** Begin of the current outage (no bike or no dock), at most 24 h back. */
  since: (number | null)[];
  since_open: boolean[];
  zones: ZoneEntry[];
}

export interface Headline {
  epoch: number;
  stations: number;
  operative: number;
  bikes: number | null;
  mechanical: number | null;
  ebikes: number | null;
  docks: number | null;
  fill_rate: number | null;
  short: number | null;
  short_naive: number;
  saturated: number | null;
  saturated_naive: number;
  unusable: number;
  bike_availability: number | null;
  dock_availability: number | null;
}

export interface HeadlineFile {
  now: Headline | null;
  day_before: Headline | null;
  week_before: Headline | null;
}

export interface Top10Row {
  critical_rank: number;
  station_code: string;
  name: string | null;
  zone_code: string | null;
  zone_name: string | null;
  capacity: number | null;
  bikes: number | null;
  docks: number | null;
  reason: "short" | "no_dock" | "both" | "low" | "nearly_full";
  outage_minutes: number;
  short_minutes: number;
  no_dock_minutes: number;
  is_still_out: boolean;
  current_outage_minutes: number;
  /** Whether the outage began before what is known, so that it is at least as long. */
  current_outage_is_open: boolean;
  coverage: number | null;
}

export interface BoardFile {
  epoch: number;
  /** Outages that go on, and those seen to end since the tick before (`is_over`). */
  outages: { code: string; kind: "short" | "no_dock"; since: number; since_open: boolean; is_over: boolean }[];
}

export type TickStatus = "observed" | "frozen" | "partial" | "failed" | "missing";
export type CurveName =
  | "bikes"
  | "mechanical"
  | "ebikes"
  | "docks"
  | "fill_rate"
  | "short"
  | "saturated"
  | "unusable"
  | "operative";
export type CountRow = (number | null)[] | null;

export interface DayFile {
  date: string;
  epochs: number[];
  status: TickStatus[];
  /** Seconds to the next tick that was due; null where nothing was asked for. */
  cadence_s: (number | null)[];
  code: string[];
  /** One row a tick; the first is counts, each later one the change since the observed tick before it. */
  bikes: CountRow[];
  ebikes: CountRow[];
  docks: CountRow[];
  /** Station indexes that are not operative. */
  off: (number[] | null)[];
  curve: Record<CurveName, (number | null)[]>;
}

export interface HistorySeries {
  bikes: (number | null)[];
  ebikes: (number | null)[];
  docks: (number | null)[];
  short_min: (number | null)[];
  full_min: (number | null)[];
  /** Without a bike or without a dock: time with neither counts once. */
  out_min: (number | null)[];
}

export interface HistoryShard {
  /** Starts of whole hours. */
  epochs: number[];
  stations: Record<string, HistorySeries>;
}

export interface ProfileRow {
  /** 1 Monday to 7 Sunday. */
  local_weekday: number;
  local_hour: number;
  fill_rate: number | null;
  short_share: number | null;
  saturated_share: number | null;
  unusable_share: number | null;
  ticks_observed?: number;
}

export interface NeedRow {
  station_code: string;
  name: string | null;
  zone_code: string | null;
  zone_name: string | null;
  bikes: number | null;
  docks: number | null;
  fill_rate: number | null;
  bikes_to_add: number | null;
  bikes_to_take: number | null;
  net_bikes_needed: number | null;
}

export interface RebalancingFile {
  need: NeedRow[];
}

export type Cell = string | number | boolean | null;
export type Row = Record<string, Cell>;
