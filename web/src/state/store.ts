import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { DayFile, HeadlineFile, Index, NowFile, Top10Row } from "../data/contract";
import { type Loaded, load, loaded, loadedValue, peek, reload, unreachableSince } from "../data/load";
import { type Thresholds, thresholdsOf } from "../data/measures";
import { type Day, dayOf, type Moment, momentOf, observedTick } from "../data/moment";
import { type Network, networkOf } from "../data/network";
import { localDate, localHour, weekdayOf } from "../i18n/format";
import { route } from "./route";

export const indexFile = load<Index>("index.json");
export const nowFile = load<NowFile>("now.json");
export const headlineFile = load<HeadlineFile>("headline.json");
export const top10File = load<Top10Row[]>("top10.json");

export const index = computed(() => loadedValue(indexFile.value));
export const now = computed(() => loadedValue(nowFile.value));
export const network = computed<Network | null>(() => (now.value ? networkOf(now.value) : null));
export const latest = computed<Moment | null>(() => (now.value ? momentOf(now.value) : null));
export const limits = computed<Thresholds>(() =>
  index.value ? thresholdsOf(index.value) : { saturatedFill: 0.9, lowBikes: 2 },
);
export const timezone = computed(() => index.value?.timezone ?? "Europe/Paris");
export const cadenceS = computed(() => (index.value?.cadence_min ?? 15) * 60);

/** The local day that is looked at: of the chosen tick, else of the latest one. */
export const date = computed(() => {
  const { at } = route.value;
  const epoch = at ?? index.value?.observed_epoch ?? null;
  return epoch === null ? null : localDate(epoch, timezone.value);
});

const decoded = new Map<string, { file: DayFile; network: Network; day: Day }>();

/** A local day, laid over the network of now. Decoded once a file. */
export function dayNamed(name: string): Loaded<Day> {
  const loaded = load<DayFile>(`days/${name}.json`).value;
  if (loaded.state !== "ready") return loaded;
  if (!network.value) return { state: "loading" };
  const known = decoded.get(name);
  if (known && known.file === loaded.value && known.network === network.value)
    return { state: "ready", value: known.day };
  const day = dayOf(loaded.value, network.value);
  decoded.set(name, { file: loaded.value, network: network.value, day });
  return { state: "ready", value: day };
}

/** The file of the day is asked for as soon as it is known which day, not when something is drawn of it. */
export function fetchFirst(): void {
  effect(() => {
    if (route.value.page === "map" && date.value) load(`days/${date.value}.json`);
  });
}

/** What every page shows something of. */
export async function firstFiles(): Promise<void> {
  await Promise.all(["index.json", "now.json", "headline.json", "top10.json"].map((path) => loaded(path)));
}

export const dayLoaded = computed<Loaded<Day>>(() => (date.value ? dayNamed(date.value) : { state: "loading" }));
export const day = computed(() => loadedValue(dayLoaded.value));

/** The moment on the screen: the latest tick, or the observed tick at or before the chosen one. */
export const moment: ReadonlySignal<Moment | null> = computed(() => {
  const { at } = route.value;
  if (at === null || at === latest.value?.epoch) return latest.value;
  return day.value ? momentIn(day.value, at) : null;
});

export function momentIn(within: Day, epoch: number): Moment | null {
  const tick = observedTick(within, epoch);
  return tick < 0 ? null : within.moments[tick]!;
}

export function momentAt(epoch: number): Loaded<Moment> {
  if (epoch === latest.value?.epoch) return { state: "ready", value: latest.value };
  const loaded = dayNamed(localDate(epoch, timezone.value));
  if (loaded.state !== "ready") return loaded;
  const found = momentIn(loaded.value, epoch);
  return found ? { state: "ready", value: found } : { state: "absent" };
}

/** What is usual on a local day: one of the files below `usual/`; absent where too little is known. */
export function usualFile<T>(date: string, ending: ".json" | "/stations.json"): Loaded<T> {
  if (!index.value) return { state: "loading" };
  return index.value.usual.includes(date) ? load<T>(`usual/${date}${ending}`).value : { state: "absent" };
}

/** Whether the latest tick is looked at, whatever its age. */
export const isNow = computed(() => moment.value !== null && moment.value.epoch === index.value?.observed_epoch);

/** Whether the lake holds a single observation, which says nothing of how long anything lasts. */
export const isOnlyObservation = computed(() => index.value?.days.reduce((sum, one) => sum + one.observed, 0) === 1);

/** Weekday (1 Monday) and hour of an instant, in the network's time zone. */
export function weekPlace(epoch: number): { weekday: number; hour: number } {
  return { weekday: weekdayOf(localDate(epoch, timezone.value)), hour: localHour(epoch, timezone.value) };
}

/** The wall clock in epoch seconds, for freshness alone. */
export const clock = signal(Date.now() / 1000);

const STEP_MS = 5_000;
const FILES_EVERY_MS = 60_000;
const SERVER_EVERY_MS = 15_000;

/**
 * Looks for a new tick while the page is in view, and takes it in where it stands: of files once a minute, of a
 * server more often, and every few seconds as long as there is nothing at all to show or nobody answers.
 */
export function watchForTicks(): void {
  let waitedMs = 0;
  setInterval(() => {
    clock.value = Date.now() / 1000;
    waitedMs += STEP_MS;
    const isUrgent = unreachableSince.peek() !== null || ["waiting", "failed"].includes(indexFile.peek().state);
    const every = isUrgent ? STEP_MS : index.peek()?.api ? SERVER_EVERY_MS : FILES_EVERY_MS;
    if (document.visibilityState !== "visible" || waitedMs < every) return;
    waitedMs = 0;
    void takeNewTick();
  }, STEP_MS);
}

const LISTEN_AFTER_MS = 10_000;
let isListening = false;

/** A server announces a new tick; polling continues beside it, for proxies that hold events back. */
export function listenForTicks(): void {
  effect(() => {
    const { api } = index.value ?? { api: false };
    if (!api || isListening) return;
    isListening = true;
    // Browsers allow six connections to a server: a page that nobody looks at takes none.
    let listening: EventSource | null = null;
    const look = () => {
      listening?.close();
      listening = document.visibilityState === "visible" ? new EventSource("api/events") : null;
      listening?.addEventListener("tick", () => void takeNewTick());
    };
    document.addEventListener("visibilitychange", look);
    // The first screen goes first.
    setTimeout(look, LISTEN_AFTER_MS);
  });
}

export async function takeNewTick(): Promise<void> {
  const before = index.peek();
  const wasUnreachable = unreachableSince.peek() !== null;
  const fresh = await peek<Index>("index.json");
  if (!fresh) return;
  if (before && fresh.ledger_epoch === before.ledger_epoch && fresh.observed_epoch === before.observed_epoch) {
    // The same data; what was asked for while nobody answered is missing.
    if (wasUnreachable) await reload((_, state) => state === "failed");
    return;
  }
  const today = fresh.observed_epoch === null ? "" : localDate(fresh.observed_epoch, fresh.timezone);
  await reload((path, state) => state === "failed" || !path.startsWith("days/") || path === `days/${today}.json`);
}
