import type { DayFile, Row } from "./contract";
import { Running, UNKNOWN } from "./moment";
import type { Network } from "./network";

export const DAY_COLUMNS = [
  "snapshot_at",
  "snapshot_epoch",
  "station_code",
  "name",
  "zone_code",
  "zone_name",
  "lat",
  "lon",
  "capacity",
  "bikes",
  "mechanical",
  "ebikes",
  "docks",
  "is_operative",
];

/**
 * The rows of `source_velib` that a day's file holds: every station at every observed tick, by tick and station. What
 * does not change within a day is the station's of now, and unknown for one that has left since.
 */
export function dayRows(file: DayFile, network: Network): Row[] {
  const stations = file.code.length;
  const places = Int32Array.from(file.code, (_, i) => i);
  const [bikes, ebikes, docks] = [
    new Running(places, stations),
    new Running(places, stations),
    new Running(places, stations),
  ];
  const known = file.code.map((code) => network.stations[network.byCode.get(code) ?? -1]);
  const counted = (counts: Int16Array, i: number) => (counts[i] === UNKNOWN ? null : counts[i]!);
  const rows: Row[] = [];
  file.epochs.forEach((epoch, tick) => {
    const lines = [file.bikes[tick], file.ebikes[tick], file.docks[tick]] as const;
    if (!lines[0] || !lines[1] || !lines[2]) return;
    const [all, electric, free] = [bikes.next(lines[0]), ebikes.next(lines[1]), docks.next(lines[2])];
    const off = new Set(file.off[tick] ?? []);
    const snapshot_at = new Date(epoch * 1000).toISOString().replace(".000Z", "Z");
    file.code.forEach((station_code, i) => {
      const [count, ofThem, free_docks] = [counted(all, i), counted(electric, i), counted(free, i)];
      // Nothing is told of a station that was not in the feed at that tick.
      if (count === null && ofThem === null && free_docks === null && !off.has(i)) return;
      const station = known[i];
      const zone = network.zones[station?.zone ?? -1];
      rows.push({
        snapshot_at,
        snapshot_epoch: epoch,
        station_code,
        name: station?.name ?? null,
        zone_code: zone?.code ?? null,
        zone_name: zone?.name ?? null,
        lat: station?.located ? station.lat : null,
        lon: station?.located ? station.lon : null,
        capacity: station?.capacity ?? null,
        bikes: count,
        mechanical: count === null || ofThem === null ? null : count - ofThem,
        ebikes: ofThem,
        docks: free_docks,
        is_operative: !off.has(i),
      });
    });
  });
  return rows;
}
