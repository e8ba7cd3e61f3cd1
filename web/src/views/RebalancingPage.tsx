import { useMemo } from "preact/hooks";
import type { NeedRow, RebalancingFile, Row } from "../data/contract";
import { load, loadedValue } from "../data/load";
import type { BikeType } from "../data/measures";
import type { Network } from "../data/network";
import { hasTypes, recoveryKey, sum, type Tour, toursOf } from "../data/tours";
import { messages } from "../i18n";
import { count, datedMoment, distance, duration, momentText, UNKNOWN_MARK } from "../i18n/format";
import { MapView } from "../map/MapView";
import { readPalette } from "../map/palette";
import { sceneAt } from "../map/scenes";
import { Notice, NumberField, Segments } from "../parts/controls";
import { Legend } from "../parts/panels/Legend";
import { DataTable } from "../parts/tables/DataTable";
import { RouteSheet } from "../parts/tables/RouteSheet";
import { go, LEAST, route, VAN } from "../state/route";
import { index, latest, limits, network as networkNow, timezone } from "../state/store";
import { themeShown } from "../state/theme";
import { StationTip } from "./MapPage";

/** How long outages usually last, in minutes, by zone and kind. */
function recoveryOf(rows: Row[]): Map<string, number> {
  return new Map(
    rows.flatMap((row) => {
      const { zone_code: zone, kind, median_minutes: minutes } = row;
      return typeof minutes === "number"
        ? [[recoveryKey(zone as string | null, kind as "no_bike" | "no_dock"), minutes] as const]
        : [];
    }),
  );
}

interface ZoneNeed extends Row {
  zone_code: string | null;
  zone_name: string;
  bikes_to_add: number | null;
  bikes_to_take: number | null;
  net_bikes_needed: number | null;
}

/** A station whose counts are unknown needs nobody knows what: it is left out, and a zone of such stations is unknown. */
function needByZone(need: NeedRow[]): ZoneNeed[] {
  const zones = new Map<string, ZoneNeed>();
  for (const { zone_code, zone_name, bikes_to_add: add, bikes_to_take: take } of need) {
    const name = zone_name ?? UNKNOWN_MARK;
    const total = zones.get(name) ?? {
      zone_code,
      zone_name: name,
      bikes_to_add: null,
      bikes_to_take: null,
      net_bikes_needed: null,
    };
    if (add !== null && take !== null) {
      total.bikes_to_add = (total.bikes_to_add ?? 0) + add;
      total.bikes_to_take = (total.bikes_to_take ?? 0) + take;
      total.net_bikes_needed = (total.net_bikes_needed ?? 0) + add - take;
    }
    zones.set(name, total);
  }
  return [...zones.values()];
}

function codeOfFirst(network: Network, tour: Tour): string {
  return network.stations[tour.stops[0]!.station]!.code;
}

function rowsOf(network: Network, tours: Tour[], isTyped: boolean): Row[] {
  return tours.map((tour, number) => {
    const names = [tour.stops[0], tour.stops.at(-1)].map((stop) => network.stations[stop!.station]!.name);
    return {
      tour: String(number + 1),
      from_name: names[0]!,
      to_name: names[1]!,
      stops: tour.stops.length,
      bikes: sum(tour.bikes),
      mechanical: isTyped ? tour.bikes[0] : null,
      ebikes: isTyped ? tour.bikes[1] : null,
      distance_m: Math.round(tour.lengthM),
      outages: tour.outages,
      minutes_saved: tour.minutesSaved,
    };
  });
}

export function RebalancingPage() {
  const t = messages.value.rebalancing;
  const network = networkNow.value;
  const at = latest.value;
  const loaded = load<RebalancingFile>("rebalancing.json").value;
  const plan = loadedValue(loaded);
  const recovery = loadedValue(load<Row[]>("kpi/kpi_recovery_time.json").value);
  const { tour: chosenCode, van, least, type } = route.value;
  const theme = themeShown.value;
  const scale = useMemo(() => readPalette(document.documentElement).diverging, [theme]);
  const drawn = useMemo(
    () =>
      network && at && sceneAt(network, at, { measure: "fill", type: "all", condition: null, zone: -1 }, limits.value),
    [network, at],
  );
  const tours = useMemo(
    () =>
      network && at && plan
        ? toursOf(network, at, plan.need, { van, least: Math.min(least, van), type }, recoveryOf(recovery ?? []))
        : null,
    [network, at, plan, van, least, type, recovery],
  );
  const chosen = tours?.findIndex((one) => codeOfFirst(network!, one) === chosenCode) ?? -1;
  const scene = useMemo(() => {
    if (!network || !drawn || !tours) return null;
    const moves = tours.flatMap(({ stops }, number) =>
      stops.slice(1).map(({ station }, i) => ({
        from: stops[i]!.station,
        to: station,
        bikes: stops[i]!.onBoard,
        chosen: number === chosen,
      })),
    );
    return {
      stationSteps: drawn.stationSteps,
      zoneSteps: drawn.zoneSteps,
      scale,
      zone: -1,
      counts: null,
      station: tours[chosen]?.stops[0]?.station ?? -1,
      moves,
    };
  }, [network, drawn, tours, scale, chosen]);
  if (loaded.state === "absent" || loaded.state === "failed")
    return <Notice kind="bad">{messages.value.states.failed}</Notice>;
  if (!network || !at || !plan || !tours || !scene) return <Notice>{messages.value.states.loading}</Notice>;
  const isTyped = hasTypes(plan.need, network, at);
  const bikes = tours.reduce((all, one) => all + sum(one.bikes), 0);
  const lengthM = tours.reduce((all, one) => all + one.lengthM, 0);
  const outages = tours.reduce((all, one) => all + one.outages, 0);
  const minutes = tours.some((one) => one.minutesSaved !== null)
    ? tours.reduce((all, one) => all + (one.minutesSaved ?? 0), 0)
    : null;
  return (
    <section class="page rebalancing">
      <div class="page-head">
        <h2>{t.title}</h2>
        <p>{t.intro}</p>
        <p class="quiet">{t.onlyNow(momentText(at.epoch, timezone.value))}</p>
        <div class="page-tools">
          <NumberField
            label={t.van}
            value={van}
            least={VAN.least}
            most={VAN.most}
            onChange={(value) => go({ van: value, tour: null })}
          />
          <NumberField
            label={t.least}
            value={least}
            least={LEAST.least}
            most={LEAST.most}
            onChange={(value) => go({ least: value, tour: null })}
          />
          {isTyped && (
            <Segments<BikeType>
              label={messages.value.typeLabel}
              value={type}
              onChange={(value) => go({ type: value, tour: null })}
              options={(["all", "mechanical", "ebike"] as const).map((one) => [one, messages.value.types[one]])}
            />
          )}
        </div>
      </div>
      <p class="lead" role="status">
        <b>{t.total(tours.length, count(bikes), distance(lengthM))}</b>
        {outages > 0 && ` ${t.spared(outages, minutes === null ? null : duration(minutes))}`}
      </p>
      <div class="split">
        <MapView
          network={network}
          scene={scene}
          tip={(pointed) => <StationTip network={network} at={at} station={pointed} />}
          onStation={(station) => go({ station: network.stations[station]!.code, page: "map", at: null }, true)}
          onZone={() => go({ tour: null })}
          title={() =>
            `${index.peek()?.network_name}${messages.value.colon} ${chosen < 0 ? t.title.toLowerCase() : t.name(chosen + 1).toLowerCase()}, ${datedMoment(at.epoch, timezone.peek())}`
          }
          without={<Notice>{messages.value.map.noWebGl}</Notice>}
        >
          <Legend measure="fill" hasCounts={false} />
        </MapView>
        <RouteSheet network={network} tours={tours} chosen={chosen} isTyped={isTyped} epoch={at.epoch} />
      </div>
      {tours.length === 0 ? (
        <Notice>{t.none}</Notice>
      ) : (
        <DataTable
          id="tours"
          caption={t.tours}
          fileName="rebalancing-tours"
          columns={[
            { name: "tour", title: t.tour, show: (value) => t.name(Number(value)) },
            { name: "from_name", title: t.from },
            { name: "to_name", title: t.to },
            { name: "stops", title: t.stops },
            { name: "bikes", title: t.bikes },
            ...(isTyped ? [{ name: "mechanical" }, { name: "ebikes" }] : []),
            { name: "distance_m", title: t.distance, show: (value) => distance(Number(value)) },
            { name: "outages", title: t.outages },
            {
              name: "minutes_saved",
              title: t.minutes,
              show: (value) => (value === null ? UNKNOWN_MARK : duration(Number(value))),
            },
          ]}
          rows={rowsOf(network, tours, isTyped)}
          first="tour"
          opens="tour"
          onRow={(row) => go({ tour: codeOfFirst(network, tours[Number(row.tour) - 1]!) })}
          isChosen={(row) => Number(row.tour) === chosen + 1}
          page={25}
        />
      )}
      <h3 class="no-print">{t.needs}</h3>
      <div class="no-print">
        <DataTable
          id="needs"
          caption={t.needs}
          fileName="rebalancing-zones"
          also={["zone_code"]}
          columns={[
            { name: "zone_name" },
            { name: "bikes_to_add", title: t.add },
            { name: "bikes_to_take", title: t.take },
            { name: "net_bikes_needed" },
          ]}
          rows={needByZone(plan.need)}
          first="-net_bikes_needed"
          page={12}
        />
      </div>
    </section>
  );
}
