import { computed, signal } from "@preact/signals";
import { type BikeType, CONDITIONS, type Condition, SHADINGS, type Shading } from "../data/measures";

export const PAGES = ["map", "board", "compare", "rebalancing", "rankings", "rhythm", "insights", "data"] as const;
export type Page = (typeof PAGES)[number];
export type Language = "fr" | "en";
export type Theme = "auto" | "light" | "dark";
export type Span = "24h" | "7d" | "30d";
export const EMBEDS = ["map", "chart", "table", "board", "report"] as const;
export type Embed = (typeof EMBEDS)[number];
const PAGE_OF: Record<Embed, Page> = { map: "map", chart: "map", table: "map", board: "board", report: "insights" };
export const SPEEDS = ["0.5", "1", "2", "4", "8"] as const;
export type Speed = (typeof SPEEDS)[number];
interface Bounds {
  least: number;
  most: number;
  usual: number;
}

/** Bikes in a van, and the fewest that are worth a stop. */
export const VAN: Bounds = { least: 2, most: 60, usual: 20 };
export const LEAST: Bounds = { least: 1, most: 20, usual: 3 };
export type Curve = "trouble" | "bikes";

/** What a reader has done to one table. */
export interface TableState {
  /** `-outage_minutes` is by that column, downwards. */
  sort?: string;
  /** Rows kept are those that hold this text. */
  find?: string;
  /** All rows, not the first page of them. */
  all?: boolean;
}

/** All that the page shows can be told from this, and this from the address. */
export interface Route {
  page: Page;
  /** Tick looked at, in epoch seconds; null is the latest observed one. */
  at: number | null;
  measure: Shading;
  type: BikeType;
  condition: Condition | null;
  zone: string | null;
  station: string | null;
  span: Span;
  /** The two moments compared. */
  before: number | null;
  after: number | null;
  /** Day of the Daily Insights. */
  day: string | null;
  /** The view shown in the rankings. */
  table: string | null;
  /** By the name of the table. */
  tables: Record<string, TableState>;
  /** The tour that is picked out, by the code of its first station. */
  tour: string | null;
  /** How many bikes a van holds, and the fewest that are worth a stop. */
  van: number;
  least: number;
  /** Day drawn behind the curve, in days back: 1 or 7. */
  ghost: 0 | 1 | 7;
  /** What the curve of the day tells. */
  curve: Curve;
  /** Whether the day is being played, from the tick looked at on. */
  playing: boolean;
  /** How fast, in steps of a day at the usual pace. */
  speed: Speed;
  asTable: boolean;
  /** The one part that is shown, in the frame of another site. */
  embed: Embed | null;
  camera: { zoom: number; lat: number; lon: number } | null;
  language: Language;
  theme: Theme;
}

const SETTINGS = "velib-insights";

function remembered(): Partial<Pick<Route, "language" | "theme">> {
  try {
    return JSON.parse(localStorage.getItem(SETTINGS) ?? "{}") as Partial<Pick<Route, "language" | "theme">>;
  } catch {
    return {}; // Storage may be forbidden or hold another's text: the defaults do.
  }
}

function remember(route: Route): void {
  try {
    localStorage.setItem(SETTINGS, JSON.stringify({ language: route.language, theme: route.theme }));
  } catch {
    // Private windows forbid storage; the address still holds both.
  }
}

/** `20260304T1730Z`, as ticks are written in the lake. */
export function stampOf(epoch: number): string {
  return `${new Date(epoch * 1000).toISOString().slice(0, 16).replaceAll(/[-:]/g, "")}Z`;
}

export function epochOf(stamp: string | null): number | null {
  const parts = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})Z$/.exec(stamp ?? "");
  if (!parts) return null;
  const [, year, month, day, hour, minute] = parts.map(Number);
  const epoch = Date.UTC(year!, month! - 1, day, hour, minute) / 1000;
  return Number.isFinite(epoch) ? epoch : null;
}

function oneOf<T extends string>(value: string | null, allowed: readonly T[], fallback: T): T {
  return allowed.find((one) => one === value) ?? fallback;
}

function cameraOf(text: string | null): Route["camera"] {
  const [zoom, lat, lon] = (text ?? "").split("/").map(Number);
  if (zoom === undefined || lat === undefined || lon === undefined) return null;
  if (![zoom, lat, lon].every(Number.isFinite) || Math.abs(lat) > 85 || Math.abs(lon) > 180) return null;
  return { zoom: Math.min(18, Math.max(8, zoom)), lat, lon };
}

const TABLE_STATES = /^(sort|find|all)\.([a-z0-9_-]{1,60})$/;
const LONGEST_TEXT = 100;

function tablesOf(q: URLSearchParams): Route["tables"] {
  const tables = new Map<string, TableState>();
  for (const [name, value] of q) {
    const [, what, table] = TABLE_STATES.exec(name) ?? [];
    if (!what || !table || !value) continue;
    const told = what === "all" ? { all: value === "1" } : { [what]: value.slice(0, LONGEST_TEXT) };
    tables.set(table, { ...tables.get(table), ...told });
  }
  return Object.fromEntries(tables);
}

/** A whole number within these limits, else what is usual. */
function numberOf(text: string | null, { least, most, usual }: Bounds): number {
  const value = Number(text ?? NaN);
  return Number.isInteger(value) && value >= least && value <= most ? value : usual;
}

export function routeOf(query: string): Route {
  const q = new URLSearchParams(query);
  const kept = remembered();
  const spoken: Language = navigator.language.toLowerCase().startsWith("fr") ? "fr" : "en";
  const condition = q.get("state");
  const embed = EMBEDS.find((one) => one === q.get("embed")) ?? null;
  return {
    page: embed ? PAGE_OF[embed] : oneOf(q.get("view"), PAGES, "map"),
    embed,
    at: epochOf(q.get("at")),
    measure: oneOf(q.get("measure") === "short" ? "no_bike" : q.get("measure"), SHADINGS, "fill"), // `short` in older links
    type: oneOf(q.get("type"), ["all", "mechanical", "ebike"], "all"),
    condition: CONDITIONS.find((one) => one === condition) ?? null,
    zone: q.get("zone"),
    station: q.get("station"),
    span: oneOf(q.get("span"), ["24h", "7d", "30d"], "24h"),
    before: epochOf(q.get("before")),
    after: epochOf(q.get("after")),
    day: /^\d{4}-\d{2}-\d{2}$/.test(q.get("day") ?? "") ? q.get("day") : null,
    table: q.get("table"),
    tables: tablesOf(q),
    tour: q.get("tour"),
    van: numberOf(q.get("van"), VAN),
    least: numberOf(q.get("least"), LEAST),
    ghost: q.get("ghost") === "1" ? 1 : q.get("ghost") === "7" ? 7 : 0,
    curve: oneOf(q.get("curve"), ["trouble", "bikes"], "trouble"),
    playing: q.get("play") === "1",
    speed: oneOf(q.get("speed"), SPEEDS, "1"),
    asTable: q.get("as") === "table",
    camera: cameraOf(q.get("map")),
    language: oneOf(q.get("lang"), ["fr", "en"], kept.language ?? spoken),
    theme: oneOf(q.get("theme"), ["auto", "light", "dark"], kept.theme ?? "auto"),
  };
}

export function queryOf(route: Route): string {
  const q = new URLSearchParams();
  const put = (name: string, value: string | null, unless: string | null = null) => {
    if (value !== null && value !== unless) q.set(name, value);
  };
  put("embed", route.embed);
  put("view", route.page, "map");
  put("at", route.at === null ? null : stampOf(route.at));
  put("measure", route.measure, "fill");
  put("type", route.type, "all");
  put("state", route.condition);
  put("zone", route.zone);
  put("station", route.station);
  put("span", route.span, "24h");
  put("before", route.before === null ? null : stampOf(route.before));
  put("after", route.after === null ? null : stampOf(route.after));
  put("day", route.day);
  put("table", route.table);
  for (const [name, { sort, find, all }] of Object.entries(route.tables)) {
    put(`sort.${name}`, sort || null);
    put(`find.${name}`, find || null);
    put(`all.${name}`, all ? "1" : null);
  }
  put("tour", route.tour);
  put("van", String(route.van), String(VAN.usual));
  put("least", String(route.least), String(LEAST.usual));
  put("ghost", String(route.ghost), "0");
  put("curve", route.curve, "trouble");
  put("play", route.playing ? "1" : null);
  put("speed", route.speed, "1");
  put("as", route.asTable ? "table" : null);
  put(
    "map",
    route.camera && `${route.camera.zoom.toFixed(2)}/${route.camera.lat.toFixed(5)}/${route.camera.lon.toFixed(5)}`,
  );
  put("lang", route.language);
  put("theme", route.theme, "auto");
  return `?${q.toString()}`;
}

export const route = signal<Route>(routeOf(location.search));
export const language = computed(() => route.value.language);

/** The route after a change. What was sorted, searched or picked out on one page means nothing on the next. */
function changed(from: Route, change: Partial<Route>): Route {
  const to = { ...from, ...change };
  if (to.page !== from.page || to.table !== from.table) return { ...to, tables: {}, tour: null, playing: false };
  if (to.zone !== from.zone)
    return { ...to, tables: Object.fromEntries(Object.entries(to.tables).filter(([name]) => name !== ZONE_TABLE)) };
  return to;
}

/** The table of the stations of one zone. */
export const ZONE_TABLE = "zone";

let written: ReturnType<typeof setTimeout> | undefined;

/** Changes what is shown. A step that one would go back from makes an entry in the history; the rest replaces it. */
export function go(change: Partial<Route>, step = false): void {
  route.value = changed(route.peek(), change);
  if ("language" in change || "theme" in change) remember(route.peek());
  if (step) {
    clearTimeout(written);
    written = undefined;
    history.pushState(null, "", queryOf(route.peek()));
  } else {
    // Browsers limit how often the address may change, Safari to a hundred times in 30 s; the slider and a day that is played
    // would change it more often.
    written ??= setTimeout(() => {
      written = undefined;
      history.replaceState(null, "", queryOf(route.peek()));
    }, 350);
  }
}

export function hrefOf(change: Partial<Route>): string {
  return queryOf(changed(route.value, change));
}

export function setTableState(name: string, change: TableState): void {
  const { tables } = route.peek();
  go({ tables: { ...tables, [name]: { ...tables[name], ...change } } });
}

addEventListener("popstate", () => (route.value = routeOf(location.search)));
