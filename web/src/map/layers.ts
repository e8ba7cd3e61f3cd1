import type { Feature, FeatureCollection } from "geojson";
import type { ExpressionSpecification, LayerSpecification, Map as LibreMap, SourceSpecification } from "maplibre-gl";
import type { Moment } from "../data/moment";
import type { Network } from "../data/network";
import type { ZoneShapes } from "../data/zoneShapes";
import { BOLD_LETTERS } from "./basemap";
import type { Palette } from "./palette";
import { HIDDEN, HOLLOW, type Scene } from "./scenes";
import { COUNTS_ZOOM } from "./zooms";

const collection = (features: Feature[]): FeatureCollection => ({ type: "FeatureCollection", features });
const CLEAR = "rgba(0,0,0,0)";
const NOTHING = collection([]);
/** The step that was set last, else the one that the data came with: a state takes longer to lay over a tile. */
const STEP: ExpressionSpecification = ["coalesce", ["feature-state", "step"], ["get", "step"]];
const ENDS = [0, 6];

export const SOURCES = ["zones", "outline", "zone-names", "stations", "moves", "counts", "me"] as const;
type OurSource = (typeof SOURCES)[number];

export function dataOf(
  network: Network,
  shapes: ZoneShapes,
  outline: ZoneShapes[number],
  scene: Scene,
): Partial<Record<OurSource, FeatureCollection>> {
  const zones = shapes.map(
    (rings, zone): Feature => ({
      type: "Feature",
      id: zone,
      properties: { step: scene.zoneSteps[zone]! },
      geometry: { type: "MultiPolygon", coordinates: rings.map((ring) => [ring]) },
    }),
  );
  const stations = network.stations
    .filter((station) => station.located)
    .map(
      (station): Feature => ({
        type: "Feature",
        id: station.index,
        properties: {
          step: scene.stationSteps[station.index]!,
          size: Math.sqrt(Math.min(70, Math.max(10, station.capacity ?? 25)) / 30),
        },
        geometry: { type: "Point", coordinates: [station.lon, station.lat] },
      }),
    );
  return {
    zones: collection(zones),
    outline: collection([
      { type: "Feature", properties: {}, geometry: { type: "MultiLineString", coordinates: outline } },
    ]),
    stations: collection(stations),
  };
}

/** Names, each in the middle of its zone; the largest first. */
export function namesOf(network: Network, shapes: ZoneShapes): FeatureCollection {
  const names = shapes.flatMap((rings, zone): Feature[] => {
    const at = middleOf(rings);
    const name = shortName(network.zones[zone]!.name);
    return at
      ? [
          {
            type: "Feature",
            id: zone,
            properties: { name, size: /^\d/.test(name) ? 1.15 : 1, rank: -at.area },
            geometry: { type: "Point", coordinates: [at.lon, at.lat] },
          },
        ]
      : [];
  });
  return collection(names);
}

/** `Paris 16e` is `16e` on the map; a commune keeps its name. */
function shortName(name: string): string {
  return /^\S+ (\d{1,2}(?:er|e))$/.exec(name)?.[1] ?? name;
}

/** The centre of gravity of the largest ring. */
function middleOf(rings: [number, number][][]): { lon: number; lat: number; area: number } | null {
  let best: { lon: number; lat: number; area: number } | null = null;
  for (const ring of rings) {
    const [lon0, lat0] = ring[0] ?? [0, 0];
    let [area, lon, lat] = [0, 0, 0];
    ring.forEach(([x, y], i) => {
      const [nextX, nextY] = ring[(i + 1) % ring.length]!;
      const cross = (x - lon0) * (nextY - lat0) - (nextX - lon0) * (y - lat0);
      area += cross;
      lon += (x + nextX - 2 * lon0) * cross;
      lat += (y + nextY - 2 * lat0) * cross;
    });
    if (area && Math.abs(area) > (best?.area ?? 0))
      best = { lon: lon0 + lon / (3 * area), lat: lat0 + lat / (3 * area), area: Math.abs(area) };
  }
  return best;
}

export function sourcesOf(data: ReturnType<typeof dataOf>): Record<OurSource, SourceSpecification> {
  return Object.fromEntries(
    SOURCES.map((name) => [name, { type: "geojson", data: data[name] ?? NOTHING, buffer: 32, tolerance: 0.2 }]),
  ) as unknown as Record<OurSource, SourceSpecification>;
}

/** The radius of a station in px: its size by capacity, growing with the zoom. */
function radius(more: number, factor = 1): ExpressionSpecification {
  const at = (px: number): ExpressionSpecification => ["+", more, ["*", px * factor, ["get", "size"]]];
  return [
    "interpolate",
    ["exponential", 1.42],
    ["zoom"],
    9,
    at(1.7),
    10.5,
    at(2.7),
    12,
    at(4.5),
    14,
    at(9),
    15.5,
    at(14),
  ];
}

/** Ours, from the ground up, with the colours that `paintOf` says. */
export function layersOf(paint: Paint): LayerSpecification[] {
  const coloured = (layer: LayerSpecification) => {
    const own = paint.filter(([id]) => id === layer.id).map(([, property, value]) => [property, value]);
    return { ...layer, paint: { ...layer.paint, ...Object.fromEntries(own) } } as LayerSpecification;
  };
  return plainLayers().map(coloured);
}

function plainLayers(): LayerSpecification[] {
  const stations = (id: string): LayerSpecification => ({
    id,
    type: "circle",
    source: "stations",
    paint: { "circle-radius": radius(0) },
  });
  const ring = (id: string, width: number): LayerSpecification => ({
    id,
    type: "circle",
    source: "stations",
    filter: ["==", ["id"], -1],
    paint: { "circle-radius": radius(2.5), "circle-color": CLEAR, "circle-stroke-width": width },
  });
  return [
    { id: "ground", type: "background" },
    { id: "zones", type: "fill", source: "zones", paint: { "fill-antialias": false } },
    {
      id: "zone-lines",
      type: "line",
      source: "zones",
      layout: { "line-join": "round" },
      paint: { "line-width": 1, "line-opacity": ["interpolate", ["linear"], ["zoom"], 13, 1, 15, 0.25] },
    },
    {
      id: "city-line",
      type: "line",
      source: "outline",
      layout: { "line-join": "round" },
      paint: { "line-width": 1.4 },
    },
    {
      id: "zone-chosen",
      type: "line",
      source: "zones",
      filter: ["==", ["id"], -1],
      layout: { "line-join": "round" },
      paint: { "line-width": 2.2 },
    },
    {
      id: "moves",
      type: "line",
      source: "moves",
      filter: ["!", ["get", "chosen"]],
      layout: { "line-cap": "round" },
      paint: { "line-width": ["+", 0.8, ["min", 3, ["/", ["get", "bikes"], 8]]], "line-opacity": 0.5 },
    },
    stations("stations"),
    stations("stations-ends"),
    ring("station-pointed", 2),
    ring("station-chosen", 3),
    {
      id: "moves-chosen-halo",
      type: "line",
      source: "moves",
      filter: ["get", "chosen"],
      layout: { "line-cap": "round" },
      paint: { "line-width": 7 },
    },
    {
      id: "moves-chosen",
      type: "line",
      source: "moves",
      filter: ["get", "chosen"],
      layout: { "line-cap": "round" },
      paint: { "line-width": 3 },
    },
    {
      id: "moves-heads",
      type: "symbol",
      source: "moves",
      layout: {
        "symbol-placement": "line-center",
        "icon-image": "arrow",
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
        "icon-size": ["case", ["get", "chosen"], 1, 0.6],
      },
    },
    { id: "me", type: "circle", source: "me", paint: { "circle-radius": 7, "circle-stroke-width": 3 } },
    {
      id: "counts",
      type: "symbol",
      source: "counts",
      minzoom: COUNTS_ZOOM,
      layout: {
        "icon-image": "pill",
        "icon-text-fit": "both",
        "icon-text-fit-padding": [2, 5, 2, 5],
        "text-font": BOLD_LETTERS,
        "text-size": ["interpolate", ["linear"], ["zoom"], 14, 10.5, 16, 12.5],
        "text-anchor": "top",
        "text-offset": ["interpolate", ["linear"], ["zoom"], 14, ["literal", [0, 1.25]], 16, ["literal", [0, 1.7]]],
        "symbol-sort-key": ["get", "rank"],
        "icon-allow-overlap": true,
        "text-allow-overlap": true,
      },
    },
    {
      id: "zone-names",
      type: "symbol",
      source: "zone-names",
      maxzoom: 15,
      layout: {
        "text-field": ["get", "name"],
        "text-font": BOLD_LETTERS,
        "text-size": [
          "interpolate",
          ["linear"],
          ["zoom"],
          10,
          ["*", 10.5, ["get", "size"]],
          13,
          ["*", 13.5, ["get", "size"]],
        ],
        "text-max-width": 7,
        "text-padding": 3,
        "symbol-sort-key": ["get", "rank"],
      },
      paint: { "text-halo-width": 1.8 },
    },
  ];
}

type Paint = [layer: string, property: string, value: unknown][];

function byStep(colours: string[]): ExpressionSpecification {
  return [
    "match",
    STEP,
    ...colours.flatMap((colour, step) => [step, colour]),
    CLEAR,
  ] as unknown as ExpressionSpecification;
}

/** Everything that hangs on the theme or on the scale that is shown. */
export function paintOf(palette: Palette, scene: Pick<Scene, "scale" | "zone">): Paint {
  const isEnd: ExpressionSpecification = ["in", STEP, ["literal", ENDS]];
  const middle = palette.diverging.map((colour, step) => (ENDS.includes(step) ? CLEAR : colour));
  const ends = palette.diverging.map((colour, step) => (ENDS.includes(step) ? colour : CLEAR));
  const shade = (share: number): ExpressionSpecification =>
    scene.zone < 0
      ? (["literal", share] as unknown as ExpressionSpecification)
      : ["case", ["==", ["id"], scene.zone], share, share * 0.3];
  const rim: ExpressionSpecification = ["interpolate", ["linear"], ["zoom"], 10, 0.5, 13, 1.1];
  return [
    ["ground", "background-color", palette.ground],
    ["zones", "fill-color", byStep(scene.scale)],
    ["zones", "fill-opacity", ["interpolate", ["linear"], ["zoom"], 12.5, shade(0.42), 14.5, shade(0.2)]],
    ["zone-lines", "line-color", palette.line],
    ["city-line", "line-color", palette.city],
    ["zone-chosen", "line-color", palette.lineStrong],
    ["moves", "line-color", palette.text],
    ["moves-chosen-halo", "line-color", palette.halo],
    ["moves-chosen", "line-color", palette.accent],
    ["stations", "circle-color", byStep(middle)],
    [
      "stations",
      "circle-stroke-color",
      ["case", ["==", STEP, HOLLOW], palette.off, isEnd, CLEAR, ["==", STEP, HIDDEN], CLEAR, palette.halo],
    ],
    [
      "stations",
      "circle-stroke-width",
      [
        "interpolate",
        ["linear"],
        ["zoom"],
        10,
        ["case", ["==", STEP, HOLLOW], 1, 0.5],
        13,
        ["case", ["==", STEP, HOLLOW], 1.8, 1.1],
      ],
    ],
    ["stations-ends", "circle-color", byStep(ends)],
    ["stations-ends", "circle-stroke-color", ["case", isEnd, palette.halo, CLEAR]],
    ["stations-ends", "circle-stroke-width", rim],
    ["station-pointed", "circle-stroke-color", palette.accent],
    ["station-chosen", "circle-stroke-color", palette.accent],
    ["me", "circle-color", palette.accent],
    ["me", "circle-stroke-color", palette.halo],
    [
      "zone-names",
      "text-color",
      scene.zone < 0 ? palette.text : ["case", ["==", ["id"], scene.zone], palette.accent, palette.text],
    ],
    ["zone-names", "text-halo-color", palette.halo],
    ["counts", "text-color", palette.text],
  ];
}

/** Mechanical bikes, electric bikes and docks, each in its colour. */
export function countsField(palette: Palette): ExpressionSpecification {
  return [
    "format",
    ["get", "mechanical"],
    { "text-color": palette.mechanical },
    "  ",
    {},
    ["get", "ebikes"],
    { "text-color": palette.ebike },
    "  ",
    {},
    ["get", "docks"],
    { "text-color": palette.docksText },
  ];
}

export function countsOf(network: Network, at: Moment, steps: Uint8Array): FeatureCollection {
  const text = (count: number) => (count < 0 ? "–" : String(count));
  return {
    type: "FeatureCollection",
    features: network.stations
      .filter((station) => station.located && steps[station.index] !== HIDDEN)
      .map(
        ({ index: i, lon, lat, capacity }): Feature => ({
          type: "Feature",
          id: i,
          properties: {
            mechanical: text(at.mechanical[i]!),
            ebikes: text(at.ebikes[i]!),
            docks: text(at.docks[i]!),
            // What is empty or full is named first where there is no room for all.
            rank: (ENDS.includes(steps[i]!) ? 0 : 1000) - (capacity ?? 0),
          },
          geometry: { type: "Point", coordinates: [lon, lat] },
        }),
      ),
  };
}

export function movesOf(network: Network, moves: Scene["moves"]): FeatureCollection {
  return {
    type: "FeatureCollection",
    features: moves.map((move): Feature => {
      const ends = [network.stations[move.from]!, network.stations[move.to]!];
      return {
        type: "Feature",
        properties: { bikes: move.bikes, chosen: move.chosen },
        geometry: { type: "LineString", coordinates: ends.map(({ lon, lat }) => [lon, lat]) },
      };
    }),
  };
}

/** The pill that counts stand on, and the head of an arrow. */
export function addImages(map: LibreMap, palette: Palette): void {
  const draw = (
    name: string,
    width: number,
    height: number,
    paint: (context: CanvasRenderingContext2D) => void,
    options: object,
  ) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d")!;
    paint(context);
    if (map.hasImage(name)) map.removeImage(name);
    map.addImage(name, context.getImageData(0, 0, width, height), { pixelRatio: 2, ...options });
  };
  draw(
    "pill",
    48,
    40,
    (context) => {
      context.beginPath();
      context.roundRect(2, 2, 44, 36, 14);
      context.fillStyle = palette.surface;
      context.fill();
      context.lineWidth = 2;
      context.strokeStyle = palette.rule;
      context.stroke();
    },
    { stretchX: [[18, 30]], stretchY: [[17, 23]], content: [4, 4, 44, 36] },
  );
  draw(
    "arrow",
    28,
    28,
    (context) => {
      context.beginPath();
      context.moveTo(24, 14);
      context.lineTo(6, 4);
      context.lineTo(6, 24);
      context.closePath();
      context.fillStyle = palette.accent;
      context.fill();
      context.lineWidth = 2;
      context.strokeStyle = palette.halo;
      context.stroke();
    },
    {},
  );
}
