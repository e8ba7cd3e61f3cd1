import type { NowFile, ZoneEntry } from "./contract";

export interface Station {
  index: number;
  code: string;
  name: string;
  lat: number;
  lon: number;
  located: boolean;
  /** Index into the zones, -1 where unknown. */
  zone: number;
  capacity: number | null;
}

/** The stations and zones of the latest tick, which every moment is laid over. */
export interface Network {
  stations: Station[];
  zones: ZoneEntry[];
  byCode: Map<string, number>;
  zoneByCode: Map<string, number>;
}

export function networkOf(now: NowFile): Network {
  const stations = now.code.map((code, index): Station => {
    const lat = now.lat[index] ?? null;
    const lon = now.lon[index] ?? null;
    return {
      index,
      code,
      name: now.name[index] ?? code,
      lat: lat ?? 0,
      lon: lon ?? 0,
      located: lat !== null && lon !== null,
      zone: now.zone[index] ?? -1,
      capacity: now.capacity[index] ?? null,
    };
  });
  return {
    stations,
    zones: now.zones,
    byCode: new Map(now.code.map((code, index) => [code, index])),
    zoneByCode: new Map(now.zones.map((zone, index) => [zone.code, index])),
  };
}

/** Metres between two places, near enough within one city. */
export function metres(a: { lat: number; lon: number }, b: { lat: number; lon: number }): number {
  const north = (b.lat - a.lat) * 111_195;
  const east = (b.lon - a.lon) * 111_195 * Math.cos(((a.lat + b.lat) * Math.PI) / 360);
  return Math.hypot(north, east);
}
