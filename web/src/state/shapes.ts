import { computed } from "@preact/signals";
import type { FeatureCollection, Geometry } from "geojson";
import type { Row } from "../data/contract";
import { load, loaded, loadedValue } from "../data/load";
import { outlineOf, shapesFromStations, shapesOf, type ZoneShapes } from "../data/zoneShapes";
import { index, network } from "./store";

/** Official polygons where the lake has them; the ground of the other zones is taken from their stations. */
export const zoneShapes = computed<ZoneShapes>(() => {
  const known = network.value;
  if (!known) return [];
  const derived = shapesFromStations(known);
  const file = index.value?.zones ? loadedValue(load<FeatureCollection>(index.value.zones).value) : null;
  if (!file) return derived;
  return shapesOf(file, known).map((rings, zone) => (rings.length ? rings : derived[zone]!));
});

/** The edge of the city proper, where the network has arrondissements and communes: it says where one is. */
export const cityOutline = computed<ZoneShapes[number]>(() => (network.value ? outlineOf(network.value) : []));

/** Until the official polygons are here, or known to be nowhere. */
export async function shapesReady(): Promise<void> {
  const path = index.value?.zones;
  if (path) await loaded(path);
}

function closed(ring: [number, number][]): [number, number][] {
  const [first, last] = [ring[0]!, ring.at(-1)!];
  return first[0] === last[0] && first[1] === last[1] ? ring : [...ring, first];
}

/** Where a row stands: its own coordinates, those of its station, or the ground of its zone. */
export function shapeOfRow(row: Row): Geometry | null {
  const known = network.value;
  const { lat, lon } = row;
  if (typeof lat === "number" && typeof lon === "number") return { type: "Point", coordinates: [lon, lat] };
  const station = known?.stations[known.byCode.get(String(row.station_code ?? "")) ?? -1];
  if (station) return station.located ? { type: "Point", coordinates: [station.lon, station.lat] } : null;
  const rings = zoneShapes.value[known?.zoneByCode.get(String(row.zone_code ?? "")) ?? -1];
  if (!rings?.length) return null;
  return { type: "MultiPolygon", coordinates: rings.map((ring) => [closed(ring)]) };
}
