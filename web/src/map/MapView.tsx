import type { GeoJSONSource, Map as LibreMap, PaddingOptions } from "maplibre-gl";
import { useEffect, useRef, useState } from "preact/hooks";
import { datedName, saveBlob } from "../data/formats/download";
import { fetchModule } from "../data/load";
import type { Network, Station } from "../data/network";
import type { ZoneShapes } from "../data/zoneShapes";
import { messages } from "../i18n";
import { Icon } from "../parts/Icon";
import { go, language, route } from "../state/route";
import { cityOutline, zoneShapes } from "../state/shapes";
import { index, moment } from "../state/store";
import { themeShown } from "../state/theme";
import { type Ground, groundOf, NO_GROUND } from "./basemap";
import { addImages, countsField, countsOf, dataOf, layersOf, movesOf, namesOf, paintOf, sourcesOf } from "./layers";
import { hasWebGl, type Library, mapLibrary } from "./library";
import { readPalette } from "./palette";
import { HIDDEN, NO_MOVES, type Scene } from "./scenes";
import { COUNTS_ZOOM } from "./zooms";

export interface MapViewProps {
  network: Network;
  scene: Scene;
  /** What the pointer reads over a station. */
  tip: (station: number) => preact.ComponentChildren;
  onStation: (station: number) => void;
  onZone: (zone: number) => void;
  /** What of the map lies under panels, in px. */
  covered?: (map: HTMLElement) => PaddingOptions;
  /** Above the map where it is saved as a picture. */
  title: () => string;
  /** Shown instead where this browser cannot draw a map. */
  without: preact.ComponentChildren;
  children?: preact.ComponentChildren;
}

const UNSEEN_RATIO = 0.05;
const MIN_ZOOM = 8.5;
const MAX_ZOOM = 18;
/** How far from the pointer a station is still meant, in px. */
const REACH = 14;
/** Stations farther from the middle than this, in degrees of latitude, are left out of the first look: a wrong position. */
const FAR = 0.6;
const NO_PADDING: PaddingOptions = { top: 12, right: 12, bottom: 12, left: 12 };

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const isTouched = () => matchMedia("(pointer: coarse)").matches;

type Box = [west: number, south: number, east: number, north: number];

function boxOf(stations: Station[]): Box | null {
  const located = stations.filter((station) => station.located);
  if (!located.length) return null;
  const middle = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;
  const [lat, lon] = [middle(located.map((one) => one.lat)), middle(located.map((one) => one.lon))];
  const near = located.filter((one) => Math.abs(one.lat - lat) < FAR && Math.abs(one.lon - lon) < 1.6 * FAR);
  const [lats, lons] = [near.map((one) => one.lat), near.map((one) => one.lon)];
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}

/** A map on the page. The element that holds it has it as `map`, for scripts that go with an embedded page. */
type Holder = HTMLDivElement & { map?: LibreMap };

/** The map, made once the page around it has been painted: figures do not wait for it. */
export function MapView(props: MapViewProps) {
  const [isPainted, setPainted] = useState(false);
  useEffect(() => {
    let timer = 0;
    const frame = requestAnimationFrame(() => (timer = setTimeout(() => setPainted(true))));
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }, []);
  return isPainted ? <DrawnMap {...props} /> : <div class="map waiting" aria-busy="true" />;
}

function DrawnMap({ network, scene, tip, onStation, onZone, covered, title, without, children }: MapViewProps) {
  const holder = useRef<Holder>(null);
  const map = useRef<LibreMap | null>(null);
  /** `ready` once it can be told things; that all of it is drawn is said by `isDrawn`. */
  const [state, setState] = useState<"loading" | "ready" | "failed">(() => (hasWebGl() ? "loading" : "failed"));
  const [isDrawn, setDrawn] = useState(false);
  const [pointed, setPointed] = useState<{ station: number; x: number; y: number } | null>(null);
  const [notice, setNotice] = useState<string | null>(null);
  const current = useRef({ scene, network, onStation, onZone, covered });
  current.current = { scene, network, onStation, onZone, covered };
  const drawn = useRef<{ stations: Uint8Array; zones: Int8Array; moves: Scene["moves"]; counts: unknown }>({
    stations: new Uint8Array(),
    zones: new Int8Array(),
    moves: NO_MOVES,
    counts: null,
  });
  const placed = useRef<{ network: Network; shapes: ZoneShapes } | null>(null);
  const isNamed = useRef(false);
  const ground = useRef<Ground>(NO_GROUND);
  /** A shared link says where to look: what it names is not flown to on arrival. */
  const isArriving = useRef(route.peek().camera !== null);
  const shapes = zoneShapes.value;
  const t = messages.value.map;

  const padding = () => (holder.current && current.current.covered?.(holder.current)) || NO_PADDING;
  const settled = () => {
    const { lng, lat } = map.current!.getCenter();
    go({ camera: { zoom: map.current!.getZoom(), lat, lon: lng } });
  };

  function fit(stations: Station[], options: { maxZoom?: number; more?: number; instant?: boolean } = {}): void {
    const box = boxOf(stations);
    const { more = 0 } = options;
    if (!box || !map.current) return;
    const { top = 0, right = 0, bottom = 0, left = 0 } = padding();
    const room = { top: top + more, right: right + more, bottom: bottom + more, left: left + more };
    map.current.fitBounds(
      box,
      { padding: room, maxZoom: options.maxZoom ?? 16, duration: options.instant || calm() ? 0 : 450 },
      { isOurs: !options.instant },
    );
  }

  // The map itself, once.
  useEffect(() => {
    if (state === "failed") return;
    let isGone = false;
    let made: LibreMap | null = null;
    mapLibrary().then(
      (library) => {
        if (isGone || !holder.current) return;
        try {
          made = create(library, holder.current.querySelector<HTMLElement>(".map-place")!);
        } catch {
          return setState("failed");
        }
        map.current = holder.current.map = made;
      },
      () => !isGone && setState("failed"),
    );
    return () => {
      isGone = true;
      made?.remove();
      map.current = null;
    };
  }, []);

  function create(library: Library, place: HTMLElement): LibreMap {
    const { network, scene } = current.current;
    const shared = route.peek().camera;
    const box = boxOf(network.stations);
    placed.current = { network, shapes: zoneShapes.peek() };
    drawn.current = { ...drawn.current, stations: scene.stationSteps, zones: scene.zoneSteps };
    const made = new library.Map({
      container: place,
      style: {
        version: 8,
        sources: sourcesOf(dataOf(network, placed.current.shapes, cityOutline.peek(), scene)),
        // In their colours from the start: a layer that gets them later is worked out twice.
        layers: layersOf(paintOf(readPalette(document.documentElement), scene)),
      },
      // It is ours, and the tests draw it; that of a basemap is looked at when it is added.
      validateStyle: false,
      // While its parts come in nobody sees it: small drawings cost next to nothing where no graphics card makes them.
      pixelRatio: UNSEEN_RATIO,
      ...(shared
        ? { center: [shared.lon, shared.lat] as [number, number], zoom: shared.zoom }
        : box
          ? { bounds: box, fitBoundsOptions: { padding: padding() } }
          : {}),
      minZoom: MIN_ZOOM,
      maxZoom: MAX_ZOOM,
      maxPitch: 0,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      cooperativeGestures: isTouched(),
      attributionControl: false,
      fadeDuration: calm() ? 0 : 150,
      locale: { "Map.Title": t.label, "CooperativeGesturesHandler.MobileHelpText": t.twoFingers },
    });
    made.touchZoomRotate.disableRotation();
    made.keyboard.disableRotation();
    place.nextElementSibling!.append(new library.AttributionControl({ compact: false }).onAdd(made));
    made.on("error", ({ error }) => {
      // Tiles that do not come leave the plain ground; whatever else goes wrong should be seen.
      if (!/AJAXError|Failed to fetch|NetworkError|Bad response code/i.test(String(error))) console.error(error);
    });
    // From here on it takes what is to be shown, before it draws anything.
    made.once("style.load", () => setState("ready"));
    // Streets may come later or never: what matters is there once our own is.
    const look = made.on("render", () => {
      if (!["stations", "zones"].every((source) => made.isSourceLoaded(source))) return;
      look.unsubscribe();
      made.setPixelRatio(undefined as unknown as number); // the window's, from here on
      made.once("render", () => setDrawn(true));
    });
    made.on("idle", () => {
      // Letters take longest to draw, so names come last.
      if (!isNamed.current) return nameZones();
      place.dataset.idle = String(Number(place.dataset.idle ?? 0) + 1);
    });
    made.on("moveend", (event) => {
      if (event.originalEvent || "isOurs" in event) settled();
    });
    made.on("zoomend", drawCounts);
    const stationAt = (x: number, y: number) => nearest(made, x, y);
    made.on("click", ({ point, lngLat }) => {
      const station = stationAt(point.x, point.y);
      if (station >= 0) return current.current.onStation(station);
      const [zone] = made.queryRenderedFeatures(made.project(lngLat), { layers: ["zones"] });
      current.current.onZone(zone ? Number(zone.id) : -1);
    });
    made.on("mousemove", ({ point }) => {
      const station = stationAt(point.x, point.y);
      made.getCanvas().style.cursor = station >= 0 ? "pointer" : "";
      hover(made, station);
    });
    made.on("mouseout", () => hover(made, -1));
    made.on("movestart", () => hover(made, -1));
    let wide = place.clientWidth;
    const resized = new ResizeObserver(() => {
      // The bars of a phone's browser come and go; only turning it changes how wide the map is.
      const isTurned = place.clientWidth !== wide;
      wide = place.clientWidth;
      if (!route.peek().camera && (isTurned || !isTouched())) fit(current.current.network.stations, { instant: true });
    });
    resized.observe(place);
    made.on("remove", () => resized.disconnect());
    return made;
  }

  function hover(made: LibreMap, station: number): void {
    if (!made.getLayer("station-pointed")) return;
    setPointed((before) => {
      if ((before?.station ?? -1) === station) return before;
      made.setFilter("station-pointed", ["==", ["id"], station]);
      const place = current.current.network.stations[station];
      if (!place) return null;
      const { x, y } = made.project([place.lon, place.lat]);
      return { station, x, y };
    });
  }

  /** The station that is meant at a point of the screen; -1 for none. */
  function nearest(made: LibreMap, x: number, y: number): number {
    const [from, to] = [made.unproject([x - REACH, y + REACH]), made.unproject([x + REACH, y - REACH])];
    let [best, away] = [-1, REACH];
    for (const station of current.current.network.stations) {
      if (!station.located || current.current.scene.stationSteps[station.index] === HIDDEN) continue;
      if (station.lon < from.lng || station.lon > to.lng || station.lat < from.lat || station.lat > to.lat) continue;
      const at = made.project([station.lon, station.lat]);
      const far = Math.hypot(at.x - x, at.y - y);
      if (far < away) [best, away] = [station.index, far];
    }
    return best;
  }

  function nameZones(): void {
    isNamed.current = true;
    map.current?.getSource<GeoJSONSource>("zone-names")?.setData(namesOf(current.current.network, zoneShapes.peek()));
  }

  function drawCounts(): void {
    const made = map.current;
    const { counts, stationSteps } = current.current.scene;
    const wanted = made && made.getZoom() >= COUNTS_ZOOM - 0.5 ? counts : null;
    if (
      !made?.hasImage("pill") ||
      (drawn.current.counts === wanted && (!wanted || drawn.current.stations === stationSteps))
    )
      return;
    drawn.current.counts = wanted;
    const data = wanted
      ? countsOf(current.current.network, wanted, stationSteps)
      : { type: "FeatureCollection" as const, features: [] };
    made.getSource<GeoJSONSource>("counts")?.setData(data);
  }

  // What counts stand on, before there are any.
  useEffect(() => {
    const made = map.current;
    if (state !== "ready" || !made) return;
    const palette = readPalette(document.documentElement);
    addImages(made, palette);
    made.setLayoutProperty("counts", "text-field", countsField(palette));
  }, [state, themeShown.value]);

  // A new moment, measure or filter: only what changed is told to the map.
  useEffect(() => {
    const made = map.current;
    if (state !== "ready" || !made) return;
    const begun = performance.now();
    const before = drawn.current;
    scene.stationSteps.forEach((step, id) => {
      if (before.stations[id] !== step) made.setFeatureState({ source: "stations", id }, { step });
    });
    scene.zoneSteps.forEach((step, id) => {
      if (before.zones[id] !== step) made.setFeatureState({ source: "zones", id }, { step });
    });
    if (before.moves !== scene.moves) made.getSource<GeoJSONSource>("moves")?.setData(movesOf(network, scene.moves));
    drawCounts();
    drawn.current = { ...drawn.current, stations: scene.stationSteps, zones: scene.zoneSteps, moves: scene.moves };
    performance.measure("draw-moment", { start: begun, end: performance.now() });
  }, [state, scene.stationSteps, scene.zoneSteps, scene.moves, scene.counts]);

  // Colours: of the theme, of the measure, and of the zone that is chosen.
  useEffect(() => {
    const made = map.current;
    if (state !== "ready" || !made) return;
    const palette = readPalette(document.documentElement);
    for (const [layer, property, value] of paintOf(palette, scene))
      made.setPaintProperty(layer, property as never, value as never);
    made.setFilter("zone-chosen", ["==", ["id"], scene.zone]);
    made.setFilter("station-chosen", ["==", ["id"], scene.station]);
  }, [state, themeShown.value, scene.scale, scene.zone, scene.station]);

  // The ground below: streets, water, parks. Until it is there, and where it cannot be had, it is plain.
  const basemap = index.value?.basemap;
  useEffect(() => {
    const made = map.current;
    if (state !== "ready" || !made || !basemap) return;
    let isGone = false;
    const show = (next: Ground) => {
      if (isGone || map.current !== made) return;
      for (const layer of [...ground.current.under, ...ground.current.over])
        if (made.getLayer(layer.id)) made.removeLayer(layer.id);
      for (const name of Object.keys(ground.current.sources)) if (made.getSource(name)) made.removeSource(name);
      ground.current = next;
      for (const [name, source] of Object.entries(next.sources)) made.addSource(name, source);
      for (const layer of next.under) made.addLayer(layer, "zones");
      for (const layer of next.over) made.addLayer(layer, "zone-lines");
      holder.current!.dataset.basemap = next === NO_GROUND ? "none" : basemap.kind;
    };
    mapLibrary()
      .then((library) => groundOf(basemap, library, themeShown.value === "dark", language.value))
      .then(show, (error: unknown) => {
        show(NO_GROUND);
        if (!isGone && !basemap.optional)
          setNotice(`${t.noBasemap} ${error instanceof Error ? error.message : String(error)}`);
      });
    return () => {
      isGone = true;
    };
  }, [state, basemap, themeShown.value, language.value]);

  // Official polygons may come after the stations.
  useEffect(() => {
    const made = map.current;
    if (state !== "ready" || !made || (placed.current?.network === network && placed.current.shapes === shapes)) return;
    placed.current = { network, shapes };
    for (const [name, data] of Object.entries(dataOf(network, shapes, cityOutline.peek(), current.current.scene)))
      made.getSource<GeoJSONSource>(name)?.setData(data);
  }, [state, network, shapes]);

  useEffect(() => {
    if (isNamed.current) nameZones();
  }, [network, shapes]);

  const legs = scene.moves.filter((move) => move.chosen);
  const tour = legs.map(({ from, to }) => `${from} ${to}`).join();
  useEffect(() => {
    const made = map.current;
    if (state !== "ready" || !made || isArriving.current) return;
    if (legs.length)
      return fit(
        legs.flatMap(({ from, to }) => [network.stations[from]!, network.stations[to]!]),
        { maxZoom: 15, more: 60 },
      );
    const station = network.stations[scene.station];
    if (!station?.located) return;
    const { top = 0, right = 0, bottom = 0, left = 0 } = padding();
    const { x, y } = made.project([station.lon, station.lat]);
    const { clientWidth: width, clientHeight: height } = made.getContainer();
    const isInView = x > left + 40 && x < width - right - 40 && y > top + 40 && y < height - bottom - 40;
    if (isInView && made.getZoom() >= 12.5) return;
    const to = {
      center: [station.lon, station.lat] as [number, number],
      zoom: Math.max(14.2, made.getZoom()),
      offset: [(left - right) / 2, (top - bottom) / 2] as [number, number],
    };
    if (calm()) made.jumpTo(to, { isOurs: true });
    else made.easeTo({ ...to, duration: 600 }, { isOurs: true });
  }, [state, scene.station, tour]);
  useEffect(() => {
    if (state !== "ready" || isArriving.current || scene.zone < 0 || scene.station >= 0) return;
    // A zone is shown with its neighbours around it.
    fit(
      network.stations.filter((station) => station.zone === scene.zone),
      { maxZoom: 13.6, more: 50 },
    );
  }, [state, scene.zone]);
  useEffect(() => {
    if (state === "ready") isArriving.current = false;
  }, [state]);

  const locate = () => {
    setNotice(null);
    navigator.geolocation.getCurrentPosition(
      ({ coords: { latitude, longitude } }) => {
        const at = {
          type: "Feature" as const,
          properties: {},
          geometry: { type: "Point" as const, coordinates: [longitude, latitude] },
        };
        map.current?.getSource<GeoJSONSource>("me")?.setData(at);
        map.current?.easeTo(
          { center: [longitude, latitude], zoom: Math.max(15, map.current.getZoom()), duration: calm() ? 0 : 600 },
          { isOurs: true },
        );
      },
      () => setNotice(t.noPosition),
      { timeout: 10_000, maximumAge: 60_000 },
    );
  };
  const savePicture = () => {
    setNotice(null);
    const made = map.current;
    // What is drawn can be read right after drawing alone.
    made?.once("render", () => {
      const drawnNow = made.getCanvas();
      const shot = document.createElement("canvas");
      [shot.width, shot.height] = [drawnNow.width, drawnNow.height];
      shot.getContext("2d")!.drawImage(drawnNow, 0, 0);
      const { clientWidth: width, clientHeight: height } = drawnNow;
      const legend = holder.current!.closest("section")!.querySelector<HTMLElement>(".legend");
      // biome-ignore lint/performance/useDomNodeTextContent: what is hidden of the credit is not drawn
      const streets = holder.current!.querySelector<HTMLElement>(".map-credit")?.innerText ?? "";
      void fetchModule(() => import("../pictures/picture"))
        .then(({ pngOfMap }) => pngOfMap(shot, width, height, legend, title(), streets))
        .then((picture) => saveBlob(`${datedName("map", moment.peek()?.epoch)}.png`, picture))
        .catch(() => setNotice(t.noPicture));
    });
    made?.triggerRepaint();
  };
  const zoom = (by: 1 | -1) =>
    by > 0 ? map.current?.zoomIn({}, { isOurs: true }) : map.current?.zoomOut({}, { isOurs: true });

  if (state === "failed") return <div class="map without-map">{without}</div>;
  return (
    <div class="map" ref={holder} aria-busy={!isDrawn}>
      <div class="map-place" />
      <div class="map-credit" />
      {pointed && (
        <div class="map-tip" role="status" style={{ left: `${pointed.x}px`, top: `${pointed.y}px` }}>
          {tip(pointed.station)}
        </div>
      )}
      <div class="map-zoom">
        <button type="button" aria-label={t.zoomIn} title={t.zoomIn} onClick={() => zoom(1)}>
          +
        </button>
        <button type="button" aria-label={t.zoomOut} title={t.zoomOut} onClick={() => zoom(-1)}>
          −
        </button>
        <button type="button" aria-label={t.fit} title={t.fit} onClick={() => fit(network.stations)}>
          <Icon name="fit" />
        </button>
        {"geolocation" in navigator && isSecureContext && (
          <button type="button" aria-label={t.locate} title={t.locate} onClick={locate}>
            <Icon name="locate" />
          </button>
        )}
        <button type="button" aria-label={t.picture} title={t.picture} onClick={savePicture}>
          <Icon name="save" />
        </button>
      </div>
      {notice && (
        <p class="map-notice" role="status">
          {notice}
        </p>
      )}
      {children}
    </div>
  );
}
