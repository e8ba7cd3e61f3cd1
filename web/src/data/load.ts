import { effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";

/** A file of the publication: on its way, here, not published, or unreadable. */
export type Loaded<T> =
  | { state: "loading" }
  | { state: "ready"; value: T }
  | { state: "absent" }
  /** The server is there and has nothing yet; it says what to do. */
  | { state: "waiting"; message: string; hint: string }
  | { state: "failed"; reason: string };

const files = new Map<string, Signal<Loaded<unknown>>>();

/** When the server was last heard from, in epoch seconds, while it does not answer; null while it does. */
export const unreachableSince = signal<number | null>(null);
let heardAt = Date.now() / 1000;

interface ServerError {
  error?: { message?: string; hint?: string };
}

function answered(): void {
  heardAt = Date.now() / 1000;
  unreachableSince.value = null;
}

/** Whether the server answers: known if it did within the last second, else asked. */
export async function isReachable(): Promise<boolean> {
  if (unreachableSince.peek() === null && Date.now() / 1000 - heardAt < 1) return true;
  await fetchJson("index.json", "no-cache");
  return unreachableSince.peek() === null;
}

/** A module that is fetched when it is needed: only while the server answers, because a browser keeps the failure of an
 * import for as long as the document lives. Throws where it cannot be had. */
export async function fetchModule<T>(module: () => Promise<T>): Promise<T> {
  if (!(await isReachable())) throw new Error("the server does not answer");
  return module();
}

async function fetchJson(path: string, cache: RequestCache = "default"): Promise<Loaded<unknown>> {
  let answer: Response;
  try {
    answer = await fetch(`data/${path}`, { credentials: "same-origin", cache });
  } catch (error) {
    unreachableSince.value ??= heardAt;
    return { state: "failed", reason: `${path}: ${error instanceof Error ? error.message : String(error)}` };
  }
  // A gateway answers in the place of a server that does not.
  if (answer.status === 502 || answer.status === 504) unreachableSince.value ??= heardAt;
  else answered();
  try {
    if (answer.status === 503) {
      const told = ((await answer.json().catch(() => ({}))) as ServerError).error;
      return { state: "waiting", message: told?.message ?? "", hint: told?.hint ?? "" };
    }
    if (answer.status === 404 || answer.status === 403) {
      await answer.text(); // left unread, it would keep its connection
      return { state: "absent" };
    }
    if (!answer.ok) return { state: "failed", reason: `${path}: HTTP ${answer.status}` };
    return { state: "ready", value: await answer.json() };
  } catch (error) {
    return { state: "failed", reason: `${path}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** The file at `data/<path>`, fetched at the first call and kept. */
export function load<T>(path: string): ReadonlySignal<Loaded<T>> {
  let file = files.get(path);
  if (!file) {
    file = signal<Loaded<unknown>>({ state: "loading" });
    files.set(path, file);
    const kept = file;
    void fetchJson(path).then((loaded) => (kept.value = loaded));
  }
  return file as Signal<Loaded<T>>;
}

/** The file once it is here, or known to be nowhere. */
export async function loaded<T>(path: string): Promise<Loaded<T>> {
  const file = load<T>(path);
  await new Promise<void>((done) => {
    const stop = effect(() => {
      if (file.value.state === "loading") return;
      queueMicrotask(() => {
        stop();
        done();
      });
    });
  });
  return file.value;
}

/** Fetches again every kept file that `changes` holds for. What is on the screen stays until the new file is here. */
export async function reload(changes: (path: string, state: Loaded<unknown>["state"]) => boolean): Promise<void> {
  const stale = [...files.entries()].filter(([path, file]) => changes(path, file.peek().state));
  const fresh = await Promise.all(stale.map(([path]) => fetchJson(path, "no-cache")));
  stale.forEach(([, file], position) => {
    const loaded = fresh[position]!;
    if (loaded.state === "ready" || file.value.state !== "ready") file.value = loaded;
  });
}

/** Asks for a file without keeping it: what the watch on new ticks uses. */
export async function peek<T>(path: string): Promise<T | null> {
  // Asked of the server every time: a copy kept on the way would hide the new tick.
  const loaded = await fetchJson(path, "no-cache");
  return loaded.state === "ready" ? (loaded.value as T) : null;
}

export function loadedValue<T>(loaded: Loaded<T>): T | null {
  return loaded.state === "ready" ? loaded.value : null;
}
