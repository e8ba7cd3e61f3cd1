import type * as MapLibre from "maplibre-gl";

export type Library = typeof MapLibre;

let loading: Promise<Library> | null = null;

/** MapLibre, fetched when a map is first shown: figures and tables do not wait for it. Asked again after a failure. */
export function mapLibrary(): Promise<Library> {
  loading ??= fetched().catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function fetched(): Promise<Library> {
  const [library, worker] = await Promise.all([
    import("maplibre-gl"),
    import("maplibre-gl/dist/maplibre-gl-worker.mjs?url"),
    import("maplibre-gl/dist/maplibre-gl.css"),
  ]);
  library.setWorkerUrl(worker.default);
  return library;
}

/** Whether this browser can draw the map. */
export function hasWebGl(): boolean {
  return document.createElement("canvas").getContext("webgl2") !== null;
}

let protocol: Promise<void> | null = null;

/** Teaches MapLibre `pmtiles://` addresses. */
export function pmtilesReady(library: Library): Promise<void> {
  protocol ??= import("pmtiles").then(({ Protocol }) =>
    library.addProtocol("pmtiles", new Protocol({ metadata: true }).tile),
  );
  return protocol;
}
