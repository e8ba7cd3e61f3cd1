import { Delaunay } from "d3-delaunay";
import type { Feature, FeatureCollection, Polygon } from "geojson";
import type { Network } from "./network";

/** Rings in degrees, [lon, lat], one list a zone of the network. */
export type ZoneShapes = [number, number][][][];

/** Beyond this distance from any station the ground belongs to no zone. */
const REACH_M = 750;

/** Official polygons, put in the network's order of zones; zones without one stay empty. */
export function shapesOf(polygons: FeatureCollection, network: Network): ZoneShapes {
  const shapes: ZoneShapes = network.zones.map(() => []);
  for (const feature of polygons.features as Feature[]) {
    const zone = network.zoneByCode.get(String(feature.properties?.code ?? ""));
    if (zone === undefined || !feature.geometry) continue;
    const parts: Polygon["coordinates"][] =
      feature.geometry.type === "Polygon"
        ? [feature.geometry.coordinates]
        : feature.geometry.type === "MultiPolygon"
          ? feature.geometry.coordinates
          : [];
    for (const rings of parts) for (const ring of rings) shapes[zone]!.push(ring.map(([lon, lat]) => [lon!, lat!]));
  }
  return shapes;
}

/**
 * Shapes made of the stations alone: Voronoi cells, joined by zone. A grid of empty places around the stations
 * takes the ground that is far from all of them, so no cell runs on to the horizon and no clipping is needed.
 */
export function shapesFromStations(network: Network): ZoneShapes {
  return joined(network, (zone) => zone, network.zones.length);
}

/** The rings around all arrondissements together; none where the network has none, or nothing else. */
export function outlineOf(network: Network): ZoneShapes[number] {
  const inner = network.zones.map((zone) => zone.kind === "arrondissement");
  if (!inner.includes(true) || !inner.includes(false)) return [];
  return joined(network, (zone) => (inner[zone] ? 0 : 1), 2)[0]!;
}

interface Cells {
  triangles: Uint32Array | Int32Array;
  halfedges: Int32Array;
  corners: Float64Array;
  /** The zone of each place, -1 where nothing stands. */
  zones: number[];
  squash: number;
}

const known = new WeakMap<Network, Cells>();

/** The triangles between all stations, reckoned once a network; null where there are too few stations. */
function cellsOf(network: Network): Cells | null {
  const before = known.get(network);
  if (before) return before;
  const located = network.stations.filter((station) => station.located && station.zone >= 0);
  if (located.length < 3) return null;
  const middle = located[Math.floor(located.length / 2)]!.lat;
  const squash = Math.cos((middle * Math.PI) / 180);
  const places = located.map(({ lon, lat }): [number, number] => [lon * squash, lat]);
  const zones = located.map((station) => station.zone);
  for (const place of emptyPlaces(located, squash)) {
    places.push(place);
    zones.push(-1);
  }
  const { triangles, halfedges, points } = Delaunay.from(places);
  const cells = {
    triangles,
    halfedges: halfedges as Int32Array,
    corners: circumcentres(points, triangles),
    zones,
    squash,
  };
  known.set(network, cells);
  return cells;
}

/** Cells joined by what `groupOf` makes of a station's zone. */
function joined(network: Network, groupOf: (zone: number) => number, groups: number): ZoneShapes {
  const nothing: ZoneShapes = Array.from({ length: groups }, () => []);
  const cells = cellsOf(network);
  if (!cells) return nothing;
  const { triangles, halfedges, corners, squash } = cells;
  const groupAt = cells.zones.map((zone) => (zone < 0 ? -1 : groupOf(zone)));
  const borders = new Map<number, Map<number, number[]>>();
  for (let edge = 0; edge < halfedges.length; edge++) {
    const opposite = halfedges[edge]!;
    if (opposite < 0) continue;
    const group = groupAt[triangles[edge]!]!;
    const beyond = groupAt[triangles[edge % 3 === 2 ? edge - 2 : edge + 1]!]!;
    if (group < 0 || group === beyond) continue;
    const border = borders.get(group) ?? new Map<number, number[]>();
    borders.set(group, border);
    const from = Math.floor(opposite / 3);
    border.set(from, [...(border.get(from) ?? []), Math.floor(edge / 3)]);
  }
  return nothing.map((_, group) =>
    ringsOf(borders.get(group) ?? new Map()).map((ring) =>
      ring.map((triangle): [number, number] => [corners[2 * triangle]! / squash, corners[2 * triangle + 1]!]),
    ),
  );
}

/** Places of a grid of triangles that no station is near. Each station strikes out what lies around it. */
function emptyPlaces(located: { lat: number; lon: number }[], squash: number): [number, number][] {
  const reach = REACH_M / 111_195;
  const step = reach * 0.9;
  const rise = step * 0.87;
  const margin = 3 * step;
  const lats = located.map((station) => station.lat);
  const xs = located.map((station) => station.lon * squash);
  const south = Math.min(...lats) - margin;
  const west = Math.min(...xs) - margin;
  const rows = Math.floor((Math.max(...lats) + margin - south) / rise) + 1;
  const columns = Math.floor((Math.max(...xs) + margin - west) / step) + 1;
  const beginOf = (row: number) => west + (row % 2 ? step / 2 : 0);
  const isNear = new Uint8Array(rows * columns);
  lats.forEach((lat, i) => {
    for (let row = Math.ceil((lat - reach - south) / rise); row * rise + south <= lat + reach; row++) {
      const half = Math.sqrt(Math.max(0, reach ** 2 - (row * rise + south - lat) ** 2));
      const [from, to] = [
        Math.ceil((xs[i]! - half - beginOf(row)) / step),
        Math.floor((xs[i]! + half - beginOf(row)) / step),
      ];
      isNear.fill(1, row * columns + from, row * columns + to + 1);
    }
  });
  const found: [number, number][] = [];
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      if (!isNear[row * columns + column]) found.push([beginOf(row) + column * step, row * rise + south]);
  return found;
}

function circumcentres(points: ArrayLike<number>, triangles: Uint32Array | Int32Array): Float64Array {
  const out = new Float64Array((triangles.length / 3) * 2);
  for (let i = 0, j = 0; i < triangles.length; i += 3, j += 2) {
    const [a, b, c] = [triangles[i]! * 2, triangles[i + 1]! * 2, triangles[i + 2]! * 2];
    const [x, y] = [points[a]!, points[a + 1]!];
    const [bx, by] = [points[b]! - x, points[b + 1]! - y];
    const [cx, cy] = [points[c]! - x, points[c + 1]! - y];
    const area = 2 * (bx * cy - by * cx) || 1e-12;
    const [bb, cc] = [bx * bx + by * by, cx * cx + cy * cy];
    out[j] = x + (cy * bb - by * cc) / area;
    out[j + 1] = y + (bx * cc - cx * bb) / area;
  }
  return out;
}

/** Joins directed border pieces (from triangle to triangle) end to end. */
function ringsOf(pieces: Map<number, number[]>): number[][] {
  const rings: number[][] = [];
  for (const start of pieces.keys()) {
    while (pieces.get(start)?.length) {
      const ring = [start];
      let next = pieces.get(start)!.pop();
      while (next !== undefined && next !== start) {
        ring.push(next);
        next = pieces.get(next)?.pop();
      }
      if (ring.length > 2) rings.push(ring);
    }
  }
  return rings;
}
