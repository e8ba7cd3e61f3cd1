// Written by tools/web_contract.py from the Python that publishes these files. Change that, then run `just docs`.

/** A cell of a table. */
export type Cell = string | number | boolean | null;
export type Row = Record<string, Cell>;

export type TickStatus = "observed" | "frozen" | "partial" | "failed" | "missing";

export type CurveName = "bikes" | "mechanical" | "ebikes" | "docks" | "fill_rate" | "no_bike" | "saturated" | "unusable" | "operative";

export type Counts = (number | null)[];

export type PublishedBasemap = NoBasemap | ArchiveBasemap | HostedBasemap;

/** A row of kpi_rebalancing_need: How many bikes should be added to or removed from each station now? */
export type NeedRow = {
  /** Name of the network the lake holds */
  source: string;
  /** The tick: the scheduled instant of the observation (UTC) */
  snapshot_at: string;
  /** The tick again, for arithmetic (s since 1970) */
  snapshot_epoch: number;
  /**
   * The operator's code of the station, the same in both dialects of Vélib' and never reused; the station_id where
   * a feed has no codes. Follow a station through time by it
   */
  station_code: string;
  /** The feed's own identifier of the station */
  station_id: string;
  /** Name, stray spaces removed */
  name: string | null;
  /** Latitude, WGS 84 (degrees) */
  lat: number | null;
  /** Longitude, WGS 84 (degrees) */
  lon: number | null;
  /** INSEE code of the arrondissement or commune */
  zone_code: string | null;
  /** Name of the arrondissement or commune */
  zone_name: string | null;
  /** Docks the operator declares; 0 is kept as declared and flagged (docks) */
  capacity: number | null;
  /** Bikes available, of all types (bikes) */
  bikes: number | null;
  /** Free docks (docks) */
  docks: number | null;
  /** bikes / (bikes + docks); null if that sum is 0 or unknown (ratio) */
  fill_rate: number | null;
  /** Bikes to bring to reach a fill rate of 20 %; 0 if not below, null if the counts are unknown (bikes) */
  bikes_to_add: number | null;
  /** Bikes to remove to come down to 80 %; 0 if not above, null if the counts are unknown (bikes) */
  bikes_to_take: number | null;
  /** bikes_to_add less bikes_to_take (bikes) */
  net_bikes_needed: number | null;
};

/** A row of kpi_profile_hour_weekday: What does each hour of each weekday usually look like? */
export type ProfileRow = {
  /** Name of the network the lake holds */
  source: string;
  /** Weekday of the tick in the network's time zone (1 Monday to 7 Sunday) */
  local_weekday: number;
  /** Hour of the tick in the network's time zone (0 to 23) */
  local_hour: number;
  /** bikes / (bikes + docks); null if that sum is 0 or unknown (ratio) */
  fill_rate: number | null;
  /** Share of operative stations without a bike (ratio) */
  short_share: number | null;
  /** Share of operative stations that are saturated (ratio) */
  saturated_share: number | null;
  /** Share that is unusable, of operative stations or of their observed time (ratio) */
  unusable_share: number | null;
  /** Observed ticks (ticks) */
  ticks_observed: number | null;
};

/** A row of kpi_top10_2hour: Which ten stations were the most critical over the last two hours? */
export type Top10Row = {
  /** Name of the network the lake holds */
  source: string;
  /** The tick: the scheduled instant of the observation (UTC) */
  snapshot_at: string;
  /** The tick again, for arithmetic (s since 1970) */
  snapshot_epoch: number;
  /** Place, 1 the most critical; no ties */
  critical_rank: number | null;
  /**
   * The operator's code of the station, the same in both dialects of Vélib' and never reused; the station_id where
   * a feed has no codes. Follow a station through time by it
   */
  station_code: string;
  /** The feed's own identifier of the station */
  station_id: string;
  /** Name, stray spaces removed */
  name: string | null;
  /** Latitude, WGS 84 (degrees) */
  lat: number | null;
  /** Longitude, WGS 84 (degrees) */
  lon: number | null;
  /** INSEE code of the arrondissement or commune */
  zone_code: string | null;
  /** Name of the arrondissement or commune */
  zone_name: string | null;
  /** Docks the operator declares; 0 is kept as declared and flagged (docks) */
  capacity: number | null;
  /** Bikes available, of all types (bikes) */
  bikes: number | null;
  /** Free docks (docks) */
  docks: number | null;
  /** Why the row is here, as a stable code (see the view) */
  reason: string | null;
  /** Observed operative time without a bike or without a free dock (min) */
  outage_minutes: number | null;
  /** Observed operative time without a bike (min) */
  short_minutes: number | null;
  /** Observed operative time without a free dock (min) */
  no_dock_minutes: number | null;
  /** Observed operative time with two bikes or fewer (min) */
  low_minutes: number | null;
  /** Observed operative time saturated (min) */
  saturated_minutes: number | null;
  /** Without a bike or without a free dock at the latest observed tick */
  is_still_out: boolean | null;
  /**
   * Time since the outage going on was first seen, at most 24 h back, ticks missed meanwhile included; 0 if none
   * (min)
   */
  current_outage_minutes: number | null;
  /** Its start was not seen: it has lasted for at least current_outage_minutes; null if none */
  current_outage_is_open: boolean | null;
  /** Share of the window in which what is measured was observed (ratio) */
  coverage: number | null;
};

export type Attribution = {
  fr: string;
  en: string;
  licence: string | null;
};

export type Thresholds = {
  saturated_fill: number;
  low_bikes: number;
  rebalance_low: number;
  rebalance_high: number;
};

/** A day in `days` of the index. `coverage` is null where the day is in the future. */
export type DayLine = {
  date: string;
  /** Ticks that were due, from the first of the lake to the last */
  expected: number;
  /** Ticks in the ledger: those that were asked for */
  ticks: number;
  observed: number;
  /** Share of the day's time, up to now, that was observed */
  coverage: number | null;
  first_observed_epoch: number | null;
};

export type ViewFiles = {
  json?: string;
  csv?: string;
  parquet?: string;
  geojson?: string;
};

export type PublishedView = {
  name: string;
  question: string;
  grain: string;
  window: string;
  /** null for a view that was not made yet */
  rows: number | null;
  /** The tick that its rows speak of, or will */
  as_of_epoch: number;
  files: ViewFiles;
};

export type NoBasemap = {
  kind: "none";
  optional: boolean;
};

/** A PMTiles archive. */
export type ArchiveBasemap = {
  kind: "pmtiles";
  optional: boolean;
  url: string;
  attribution: string;
};

/** A MapLibre style or raster tiles, for the light and the dark page. */
export type HostedBasemap = {
  kind: "style" | "raster";
  optional: boolean;
  light: string;
  dark: string;
  attribution: string;
};

/** `index.json`: what there is, from when, how it came, and whose data it is. */
export type Index = {
  version: number;
  source: string;
  network_name: string;
  timezone: string;
  how: "live" | "imported" | "simulated" | null;
  cadence_min: number;
  /** The latest observed tick */
  observed_epoch: number;
  /** The same on the network's clock, as 2026-03-04T18:30 */
  observed_local: string;
  /** The latest tick of the ledger, observed or not */
  ledger_epoch: number;
  state: "ok" | "frozen" | "failing";
  attribution: Attribution;
  thresholds: Thresholds;
  /** Whether an API answers beside the files */
  api: boolean;
  first_epoch: number;
  days: DayLine[];
  /** The days of which it is known what is usual */
  usual: string[];
  /** The file of the zones' polygons */
  zones: string | null;
  views: PublishedView[];
  basemap: PublishedBasemap;
};

export type ZoneEntry = {
  code: string;
  name: string;
  kind: string;
};

/** `now.json`: the stations in columns, in the order of their codes. */
export type NowFile = {
  /** null where there is no station */
  epoch: number | null;
  /** Number of stations */
  n: number;
  code: string[];
  name: (string | null)[];
  lat: (number | null)[];
  lon: (number | null)[];
  /** Place among `zones` */
  zone: Counts;
  capacity: Counts;
  bikes: Counts;
  mechanical: Counts;
  ebikes: Counts;
  docks: Counts;
  /** 0 operative, 1 not operative, 2 unknown */
  state: number[];
  /** Start of the current outage (no bike or no dock), at most 24 h back */
  since: Counts;
  /** Whether it began before that */
  since_open: boolean[];
  zones: ZoneEntry[];
};

/** The network at one tick: counts of stations and bikes, and shares of operative stations. */
export type Headline = {
  epoch: number;
  stations: number;
  operative: number;
  bikes: number | null;
  mechanical: number | null;
  ebikes: number | null;
  docks: number | null;
  fill_rate: number | null;
  no_bike: number | null;
  no_bike_naive: number;
  saturated: number | null;
  saturated_naive: number;
  unusable: number | null;
  bike_availability: number | null;
  dock_availability: number | null;
};

/** `headline.json`: now, and the observed ticks nearest to a day and a week before. */
export type HeadlineFile = {
  now: Headline | null;
  day_before: Headline | null;
  week_before: Headline | null;
};

export type BoardOutage = {
  code: string;
  kind: "no_bike" | "no_dock";
  since: number;
  /** Whether it began before what is known */
  since_open: boolean;
  /** Seen to end since the tick before */
  is_over: boolean;
};

/** `board.json`: ongoing outages, and those seen to end since the tick before; the longest first. */
export type BoardFile = {
  epoch: number;
  outages: BoardOutage[];
};

/** `rebalancing.json`. */
export type RebalancingFile = {
  /** Every station */
  need: NeedRow[];
};

/** `days/<date>.json`. */
export type DayFile = {
  /** Stations, in the order of the counts */
  code: string[];
  /** One list a tick: counts at the first observed one, at each later one the change since the one before */
  bikes: (Counts | null)[];
  ebikes: (Counts | null)[];
  docks: (Counts | null)[];
  /** Places in `code` of stations that are not operative */
  off: (number[] | null)[];
  date: string;
  epochs: number[];
  status: TickStatus[];
  /**
   * Seconds to the next tick that was due; an observation holds for twice that at most. null where nothing was
   * asked for
   */
  cadence_s: Counts;
  curve: Record<CurveName, (number | null)[]>;
};

/** One value for each hour of the file. */
export type HistorySeries = {
  /** Mean of the hour, as the two below */
  bikes: (number | null)[];
  ebikes: (number | null)[];
  docks: (number | null)[];
  /** Minutes of the hour without a bike */
  no_bike_min: (number | null)[];
  /** Minutes of the hour without a free dock */
  no_dock_min: (number | null)[];
  /** Minutes without a bike or a dock; time with neither counts once */
  out_min: (number | null)[];
};

/** `history/<zone>.json`: 30 days of hours of the stations of a zone. */
export type HistoryShard = {
  /** Starts of whole hours */
  epochs: number[];
  stations: Record<string, HistorySeries>;
};

/** Norms of a local day, hour by hour from 0 to 23. */
export type UsualHours = {
  /** Of how many days of the same weekday the rest is */
  days: (number | null)[];
  fill_rate: (number | null)[];
  unusable_share: (number | null)[];
  no_bike: (number | null)[];
  no_bike_low: (number | null)[];
  no_bike_high: (number | null)[];
  no_dock: (number | null)[];
  no_dock_low: (number | null)[];
  no_dock_high: (number | null)[];
};

/** `usual/<date>.json`: what is usual on that day, from the same weekday of the weeks before. */
export type UsualFile = {
  date: string;
  weekday: number;
  network: UsualHours;
  zones: Record<string, UsualHours>;
};

/** `usual/<date>/stations.json`. */
export type UsualStations = {
  code: string[];
  /** For each hour the usual fill rate of each station, in thousandths */
  fill_rate: Counts[];
};

/**
 * How much of the day was observed: up to its end, or up to now for a day that is not over. `share` is observed
 * over elapsed time, null where no time has passed. `unusable_ticks` counts those asked for and of no use,
 * `missing_ticks` those never asked for.
 */
export type Coverage = {
  share: number | null;
  is_over: boolean;
  is_low: boolean;
  observed_minutes: number;
  elapsed_minutes: number;
  day_minutes: number;
  first_observed_epoch: number | null;
  last_observed_epoch: number | null;
  longest_gap_minutes: number;
  cadence_min: number | null;
  ticks_expected: number;
  ticks_observed: number;
  ticks_frozen: number;
  ticks_partial: number;
  ticks_failed: number;
  ticks_missing: number;
  rows_refused: number;
  dialects: string[];
};

/** The whole network over the day. `stations_never_out` always had a bike and a free dock. */
export type Network = {
  stations: number;
  stations_served: number;
  stations_never_out: number;
  stations_always_out: number;
  bike_availability: number | null;
  dock_availability: number | null;
  full_availability: number | null;
  unusable_share: number | null;
  short_minutes: number;
  no_dock_minutes: number;
  outage_minutes: number;
  operative_minutes: number;
  bikes_moved: number | null;
};

/**
 * Why a comparison can or cannot be made: not_comparable where less than half of the shorter observed time is
 * common to both days.
 */
export type History = {
  day_before: "ok" | "no_history" | "not_comparable" | "day_not_over" | "day_low_coverage";
  week_before: "ok" | "no_history" | "not_comparable" | "day_not_over" | "day_low_coverage";
  weekday_median: "ok" | "no_history" | "not_comparable" | "day_not_over" | "day_low_coverage";
};

/**
 * What a measure was before, on these days (their median if several), and the change since. Like for like: `value`,
 * `day_value` and `change` are over the local hours observed on the day and on the earlier one, for
 * `common_minutes` of each; the least of several. A median's change is the median of the changes.
 */
export type Baseline = {
  dates: string[];
  value: number;
  change: number;
  day_value: number;
  common_minutes: number;
};

export type Comparison = {
  measure: string;
  value: number;
  day_before: Baseline | null;
  week_before: Baseline | null;
  weekday_median: Baseline | null;
};

export type WorstMoment = {
  epoch: number;
  operative_stations: number;
  unusable_stations: number;
  unusable_share: number | null;
  short_stations: number;
  no_dock_stations: number;
};

/** A zone over the day. `change_…` is of `unusable_share`; null without history. */
export type Zone = {
  zone_code: string;
  zone_name: string;
  stations: number;
  bike_availability: number | null;
  dock_availability: number | null;
  unusable_share: number | null;
  short_minutes: number;
  no_dock_minutes: number;
  outage_minutes: number;
  operative_minutes: number;
  ebike_share: number | null;
  morning_net_bikes: number | null;
  evening_net_bikes: number | null;
  change_day_before: number | null;
  change_week_before: number | null;
};

/** Of zones with five operative stations or more. `equity_difference` is from the median zone to the worst. */
export type Equity = {
  zones: number;
  worst_zone_code: string;
  worst_zone_name: string;
  worst_unusable_share: number;
  median_unusable_share: number;
  best_zone_code: string;
  best_zone_name: string;
  best_unusable_share: number;
  equity_difference: number;
};

export type Station = {
  station_code: string;
  name: string | null;
  zone_code: string;
  zone_name: string;
  bike_availability: number | null;
  dock_availability: number | null;
  full_availability: number | null;
  short_minutes: number;
  no_dock_minutes: number;
  outage_minutes: number;
  operative_minutes: number;
  bikes_moved: number | null;
};

/** `worst` by minutes out; `best` never out, and the most bikes taken or returned of those. */
export type Stations = {
  worst: Station[];
  best: Station[];
};

export type ZoneFlow = {
  zone_code: string;
  zone_name: string;
  net_bikes: number;
};

/** Where bikes went between two local hours. `observed_share` is of those hours; `bikes_moved` a lower bound. */
export type CommuteFlow = {
  from_hour: number;
  to_hour: number;
  observed_share: number;
  bikes_moved: number;
  gained: ZoneFlow[];
  lost: ZoneFlow[];
};

/**
 * Averages over the observed time: bikes at operative stations, and stations with bikes but none of a type. The
 * first two are None where no station's types are known, the last two for a type of which no station had a bike all
 * day: the network has none.
 */
export type Types = {
  mean_mechanical: number | null;
  mean_ebikes: number | null;
  ebike_share: number | null;
  mean_stations_without_mechanical: number | null;
  mean_stations_without_ebikes: number | null;
};

export type ChronicStation = {
  station_code: string;
  name: string | null;
  zone_name: string | null;
  reason: string;
  days_failed: number;
  days_observed: number;
  unusable_share: number;
};

/** Outages that ended on the day, their lengths where start and end were seen, and those going on at its end. */
export type Recovery = {
  kind: string;
  ended: number;
  measured: number;
  median_minutes: number | null;
  p90_minutes: number | null;
  going_on: number;
};

export type Change = {
  change: string;
  station_code: string;
  name: string | null;
  name_before: string | null;
  capacity: number | null;
  capacity_before: number | null;
  distance_m: number | null;
};

/**
 * A tick of the ledger. Counts are of operative stations; null where the tick was not observed. `held_s` is for how
 * long the observation holds: until the next one, for two cadences at most, not beyond the last.
 */
export type Moment = {
  epoch: number;
  outcome: "observed" | "frozen" | "partial" | "failed";
  held_s: number;
  operative_stations: number | null;
  short_stations: number | null;
  no_dock_stations: number | null;
  unusable_stations: number | null;
};

/**
 * Everything about one local day. A part is null, or an empty list, where the day gave nothing to say of it.
 * `chronic` and `changes` are null without the days before that they need.
 */
export type DayReport = {
  version: number;
  date: string;
  weekday: number;
  source: string;
  network_name: string;
  timezone: string;
  how: "live" | "imported" | "simulated" | null;
  coverage: Coverage;
  network: Network | null;
  history: History;
  comparisons: Comparison[];
  worst_moment: WorstMoment | null;
  zones: Zone[];
  equity: Equity | null;
  stations: Stations;
  morning: CommuteFlow | null;
  evening: CommuteFlow | null;
  types: Types | null;
  chronic: ChronicStation[] | null;
  recoveries: Recovery[];
  changes: Change[] | null;
  moments: Moment[];
  topics: string[];
  sentences: Record<string, string[]>;
  cannot_be_known: Record<string, string[]>;
  attribution: Record<string, string>;
};

/** A day in the list of days, `data/insights/index.json`. */
export type DayEntry = {
  date: string;
  weekday: number;
  coverage: number | null;
  is_over: boolean;
  is_low: boolean;
  unusable_share: number | null;
  outage_minutes: number | null;
  worst_epoch: number | null;
  worst_unusable_stations: number | null;
};
