import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Network } from "../data/network";
import { words } from "../i18n";
import { go, route } from "../state/route";
import { cityOutline, zoneShapes } from "../state/shapes";
import { index } from "../state/store";
import { themeShown } from "../state/theme";
import { Basemap } from "./basemap";
import { fitting, latOf, lonOf, scaleOf, worldX, worldY, zoomedAbout, type Camera } from "./camera";
import { listen } from "./gestures";
import { Painter, type Scene } from "./painter";
import { readPalette, type Palette } from "./palette";

export interface MapViewProps {
  network: Network;
  scene: Omit<Scene, "hovered">;
  /** What the pointer reads over a station. */
  tip: (station: number) => preact.ComponentChildren;
  onStation: (station: number) => void;
  onZone: (zone: number) => void;
  children?: preact.ComponentChildren;
}

/** Most of the network: a far station in a corner should not make all the others small. */
function boxOf(network: Network) {
  const located = network.stations.filter((station) => station.located);
  const lats = located.map((station) => station.lat).sort((a, b) => a - b);
  const lons = located.map((station) => station.lon).sort((a, b) => a - b);
  const at = (values: number[], share: number) => values[Math.round((values.length - 1) * share)] ?? 0;
  return { south: at(lats, 0.03), north: at(lats, 0.97), west: at(lons, 0.03), east: at(lons, 0.97) };
}

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export function MapView({ network, scene, tip, onStation, onZone, children }: MapViewProps) {
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const palette = useRef<Palette | null>(null);
  const camera = useRef<Camera | null>(null);
  const wanted = useRef(0);
  const hovered = useRef(-1);
  const current = useRef(scene);
  /** A shared link says where to look: what it names is not flown to on arrival. */
  const isArriving = useRef(route.peek().camera !== null);
  const [pointed, setPointed] = useState<{ station: number; x: number; y: number } | null>(null);
  current.current = scene;

  const shapes = zoneShapes.value;
  const painter = useMemo(() => new Painter(network, shapes, cityOutline.value), [network, shapes]);
  const template = index.value?.basemap?.url ?? null;
  const basemap = useMemo(() => (template ? new Basemap(template, () => draw()) : null), [template]);
  const tools = useRef({ painter, basemap });
  tools.current = { painter, basemap };

  function draw(): void {
    cancelAnimationFrame(wanted.current);
    wanted.current = requestAnimationFrame(() => {
      const surface = canvas.current;
      const context = surface?.getContext("2d");
      if (!surface || !context || !camera.current || !palette.current) return;
      const begun = performance.now();
      const { clientWidth: width, clientHeight: height } = surface;
      if (tools.current.basemap) {
        context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
        context.fillStyle = palette.current.ground;
        context.fillRect(0, 0, width, height);
        tools.current.basemap.paint(context, camera.current, width, height);
      }
      tools.current.painter.paint(
        context,
        camera.current,
        { ...current.current, hovered: hovered.current },
        palette.current,
        !tools.current.basemap,
      );
      performance.measure("paint-map", { start: begun, end: performance.now() });
      surface.dataset["painted"] = String(Number(surface.dataset["painted"] ?? 0) + 1);
    });
  }

  function look(next: Camera): void {
    camera.current = next;
    hovered.current = -1;
    setPointed(null);
    draw();
  }

  function settle(): void {
    const { x, y, zoom } = camera.current!;
    go({ camera: { zoom, lat: latOf(y), lon: lonOf(x) } });
  }

  function travel(to: Camera): void {
    const from = camera.current;
    if (!from || calm()) return look(to);
    const begun = performance.now();
    const step = () => {
      const t = Math.min(1, (performance.now() - begun) / 350);
      const eased = 1 - (1 - t) ** 3;
      look({ x: from.x + (to.x - from.x) * eased, y: from.y + (to.y - from.y) * eased, zoom: from.zoom + (to.zoom - from.zoom) * eased });
      if (t < 1) requestAnimationFrame(step);
      else settle();
    };
    step();
  }

  useEffect(() => {
    const surface = canvas.current!;
    const fit = () => {
      const { clientWidth: width, clientHeight: height } = surface;
      if (!width || !height) return;
      surface.width = Math.round(width * devicePixelRatio);
      surface.height = Math.round(height * devicePixelRatio);
      const shared = route.peek().camera;
      camera.current ??= shared
        ? { x: worldX(shared.lon), y: worldY(shared.lat), zoom: shared.zoom }
        : fitting(boxOf(network), width, height, 8);
      draw();
    };
    const watch = new ResizeObserver(fit);
    watch.observe(surface);
    fit();
    return () => watch.disconnect();
  }, []);

  useEffect(() => {
    palette.current = readPalette(document.documentElement);
    draw();
  }, [themeShown.value]);
  useEffect(draw, [scene, painter]);
  useEffect(() => {
    // The labels are drawn anew once the page's own letters are here.
    void document.fonts.ready.then(draw);
  }, []);

  useEffect(() => {
    const surface = canvas.current!;
    const stationAt = (x: number, y: number) =>
      tools.current.painter.stationAt(x, y, surface.clientWidth, surface.clientHeight, camera.current!, { ...current.current, hovered: -1 });
    return listen(surface, {
      camera: () => camera.current!,
      move: look,
      settle,
      click: (x, y) => {
        const station = stationAt(x, y);
        if (station >= 0) return onStation(station);
        const context = surface.getContext("2d")!;
        return onZone(tools.current.painter.zoneAt(context, x, y, surface.clientWidth, surface.clientHeight, camera.current!));
      },
      hover: (x, y) => {
        const station = stationAt(x, y);
        surface.classList.toggle("pointing", station >= 0);
        if (station === hovered.current) return;
        hovered.current = station;
        const scale = scaleOf(camera.current!);
        setPointed(
          station < 0
            ? null
            : {
                station,
                x: (tools.current.painter.x[station]! - camera.current!.x) * scale + surface.clientWidth / 2,
                y: (tools.current.painter.y[station]! - camera.current!.y) * scale + surface.clientHeight / 2,
              },
        );
        draw();
      },
      leave: () => {
        if (hovered.current < 0) return;
        hovered.current = -1;
        setPointed(null);
        draw();
      },
    });
  }, [network]);

  const trip = scene.moves.find((move) => move.chosen);
  useEffect(() => {
    const surface = canvas.current;
    if (trip && surface && camera.current && !isArriving.current) {
      const ends = [network.stations[trip.from]!, network.stations[trip.to]!];
      const fitted = fitting(boxOf({ ...network, stations: ends }), surface.clientWidth, surface.clientHeight, 110);
      return travel({ ...fitted, zoom: Math.min(15, fitted.zoom) });
    }
    const station = network.stations[scene.station];
    if (isArriving.current || !station?.located || !camera.current || !canvas.current) return;
    const x = worldX(station.lon);
    const y = worldY(station.lat);
    const scale = scaleOf(camera.current);
    const inView =
      Math.abs(x - camera.current.x) * scale < canvas.current.clientWidth * 0.4 &&
      Math.abs(y - camera.current.y) * scale < canvas.current.clientHeight * 0.4;
    if (!inView || camera.current.zoom < 12.5) travel({ x, y, zoom: Math.max(13.5, camera.current.zoom) });
  }, [scene.station, trip?.from, trip?.to]);

  useEffect(() => {
    const within = { ...network, stations: network.stations.filter((station) => station.zone === scene.zone) };
    const surface = canvas.current;
    if (isArriving.current || scene.zone < 0 || scene.station >= 0 || within.stations.length === 0 || !surface || !camera.current) return;
    const fitted = fitting(boxOf(within), surface.clientWidth, surface.clientHeight, 90);
    // A zone is shown with its neighbours around it.
    travel({ ...fitted, zoom: Math.min(13.2, fitted.zoom) });
  }, [scene.zone]);

  useEffect(() => {
    isArriving.current = false;
  }, []);

  const zoom = (steps: number) => travel(zoomedAbout(camera.current!, steps, 0, 0));
  const t = words.value.map;
  return (
    <div class="map" ref={holder}>
      <canvas ref={canvas} class="map-canvas" tabIndex={0} role="application" aria-label={t.label} />
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
        <button
          type="button"
          aria-label={t.fit}
          title={t.fit}
          onClick={() => travel(fitting(boxOf(network), canvas.current!.clientWidth, canvas.current!.clientHeight, 8))}
        >
          ⤢
        </button>
      </div>
      {children}
    </div>
  );
}
