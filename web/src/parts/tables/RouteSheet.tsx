import type { Row } from "../../data/contract";
import { datedName, saveText } from "../../data/formats/download";
import { gpxOf } from "../../data/formats/gpx";
import type { Network } from "../../data/network";
import { type Stop, sum, type Tour } from "../../data/tours";
import { messages } from "../../i18n";
import { distance, momentText } from "../../i18n/format";
import { go } from "../../state/route";
import { timezone } from "../../state/store";
import { DownloadMenu } from "./DownloadMenu";

interface Props {
  network: Network;
  tours: Tour[];
  /** Which of them is picked out; -1 for none. */
  chosen: number;
  isTyped: boolean;
  epoch: number;
}

/** `Load 6 (4 mechanical, 2 electric)`. */
function actionOf({ load }: Stop, isTyped: boolean): string {
  const t = messages.value.rebalancing;
  const [mechanical, ebikes] = [Math.abs(load[0]), Math.abs(load[1])];
  const bikes = isTyped ? t.typed(mechanical, ebikes) : "";
  return (sum(load) > 0 ? t.load : t.unload)(mechanical + ebikes) + (bikes && ` (${bikes})`);
}

function stopRows(network: Network, tours: [number: number, tour: Tour][], isTyped: boolean): Row[] {
  return tours.flatMap(([number, { stops }]) =>
    stops.map((stop, i): Row => {
      const { code, name, lat, lon, zone } = network.stations[stop.station]!;
      return {
        tour: number,
        stop: i + 1,
        station_code: code,
        name,
        zone_name: network.zones[zone]?.name ?? null,
        lat,
        lon,
        bikes: sum(stop.load),
        mechanical: isTyped ? stop.load[0] : null,
        ebikes: isTyped ? stop.load[1] : null,
        on_board: stop.onBoard,
        leg_m: Math.round(stop.legM),
      };
    }),
  );
}

const COLUMNS = [
  "tour",
  "stop",
  "station_code",
  "name",
  "zone_name",
  "lat",
  "lon",
  "bikes",
  "mechanical",
  "ebikes",
  "on_board",
  "leg_m",
];

/** Stop by stop what a driver does: the tour that is picked out, on paper all of them while none is. */
export function RouteSheet({ network, tours, chosen, isTyped, epoch }: Props) {
  const t = messages.value.rebalancing;
  const all = tours.map((tour, i): [number, Tour] => [i + 1, tour]);
  const shown = chosen < 0 ? all : [all[chosen]!];
  const fileName = datedName(chosen < 0 ? "tours" : `tour-${chosen + 1}`, epoch);
  const saveGpx = () => {
    const routes = shown.map(([number, { stops }]) => ({
      name: t.name(number),
      points: stops.map((stop, i) => {
        const { lat, lon, name } = network.stations[stop.station]!;
        return { lat, lon, name: `${i + 1}. ${name}`, desc: actionOf(stop, isTyped) };
      }),
    }));
    saveText(
      `${fileName}.gpx`,
      gpxOf(`${t.title} ${momentText(epoch, timezone.value)}`, routes),
      "application/gpx+xml",
    );
  };
  return (
    <div class="sheets">
      <div class="sheet-tools no-print">
        <h3>{chosen < 0 ? t.sheets : t.sheet(t.name(chosen + 1))}</h3>
        {tours.length > 0 && (
          <p>
            <button type="button" onClick={() => print()}>
              {t.print}
            </button>{" "}
            <button type="button" onClick={saveGpx}>
              GPX
            </button>{" "}
            <DownloadMenu
              name={fileName}
              caption={t.sheets}
              rows={() => ({ columns: COLUMNS, rows: stopRows(network, shown, isTyped) })}
              placed
            />
            {chosen >= 0 && (
              <button type="button" class="link" onClick={() => go({ tour: null })}>
                {t.showAll}
              </button>
            )}
          </p>
        )}
        {chosen < 0 && tours.length > 0 && <p class="quiet">{t.choose}</p>}
      </div>
      {shown.map(([number, tour]) => (
        <section class={`sheet ${chosen < 0 ? "print-only" : ""}`} key={number}>
          <h4>
            {t.name(number)} · {t.bikesIn(sum(tour.bikes))} · {distance(tour.lengthM)}
          </h4>
          <ol>
            {tour.stops.map((stop) => {
              const { name, code, zone } = network.stations[stop.station]!;
              return (
                <li class={sum(stop.load) > 0 ? "loads" : "unloads"} key={stop.station}>
                  <b>{actionOf(stop, isTyped)}</b>
                  <span>
                    {name} <small class="quiet">{[code, network.zones[zone]?.name].filter(Boolean).join(" · ")}</small>
                  </span>
                  <small class="quiet">
                    {[stop.legM > 0 && distance(stop.legM), t.onBoard(stop.onBoard)].filter(Boolean).join(" · ")}
                  </small>
                </li>
              );
            })}
          </ol>
        </section>
      ))}
    </div>
  );
}
