import { signal, type ReadonlySignal, type Signal } from "@preact/signals";

/** A file of the publication: on its way, here, not published, or unreadable. */
export type Loaded<T> =
  | { state: "loading" }
  | { state: "ready"; value: T }
  | { state: "absent" }
  | { state: "failed"; reason: string };

const files = new Map<string, Signal<Loaded<unknown>>>();

async function fetchJson(path: string): Promise<Loaded<unknown>> {
  try {
    const answer = await fetch(`data/${path}`, { credentials: "same-origin" });
    if (answer.status === 404 || answer.status === 403) return { state: "absent" };
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

/** Fetches again every kept file that `changes` holds for. What is on the screen stays until the new file is here. */
export async function reload(changes: (path: string) => boolean): Promise<void> {
  const stale = [...files.entries()].filter(([path]) => changes(path));
  const fresh = await Promise.all(stale.map(([path]) => fetchJson(path)));
  stale.forEach(([, file], position) => {
    const loaded = fresh[position]!;
    if (loaded.state !== "failed" || file.value.state === "loading") file.value = loaded;
  });
}

/** Asks for a file without keeping it: what the watch on new ticks uses. */
export async function peek<T>(path: string): Promise<T | null> {
  const loaded = await fetchJson(path);
  return loaded.state === "ready" ? (loaded.value as T) : null;
}

export function valueOf<T>(loaded: Loaded<T>): T | null {
  return loaded.state === "ready" ? loaded.value : null;
}
