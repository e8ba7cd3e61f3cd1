import { useEffect, useMemo, useRef } from "preact/hooks";
import type { UsualFile, UsualStations } from "../data/contract";
import { loadedValue } from "../data/load";
import { bikesOf, conditionAt, fillAt, measureOf, SHADINGS, type Shading, zoneTotals } from "../data/measures";
import type { Moment } from "../data/moment";
import type { Network } from "../data/network";
import { usualFillAt } from "../data/usual";
import { messages } from "../i18n";
import { count, datedMoment, localDate, localHour, momentText } from "../i18n/format";
import { MapView } from "../map/MapView";
import { readPalette } from "../map/palette";
import { NO_MOVES, sceneAt } from "../map/scenes";
import { Notice, Segments } from "../parts/controls";
import { Filters } from "../parts/Filters";
import { HeadlineStrip } from "../parts/panels/Headline";
import { Legend } from "../parts/panels/Legend";
import { StationPanel } from "../parts/panels/StationPanel";
import { Top10 } from "../parts/panels/Top10";
import { VerdictLine } from "../parts/panels/Verdict";
import { ZonePanel } from "../parts/panels/ZonePanel";
import { Search } from "../parts/Search";
import { DataTable } from "../parts/tables/DataTable";
import { Timeline } from "../parts/time/Timeline";
import { fold, folded } from "../state/folded";
import { go, route } from "../state/route";
import { index, limits, moment, network as networkNow, timezone, usualFile } from "../state/store";
import { themeShown } from "../state/theme";

export function StationTip({ network, at, station }: { network: Network; at: Moment; station: number }) {
  const t = messages.value;
  const { type } = route.value;
  const bikes = bikesOf(at, type)[station]!;
  const docks = at.docks[station]!;
  return (
    <>
      <b>{network.stations[station]!.name}</b>
      <span>{bikes < 0 || docks < 0 ? t.map.unknownCount : `${t.map.bikes(bikes)} · ${t.map.docks(docks)}`}</span>
      <span class="quiet">{t.conditions[conditionAt(at, station, type, limits.value)]}</span>
    </>
  );
}

function stationRows(network: Network, at: Moment, steps: Uint8Array) {
  const { type } = route.value;
  const t = messages.value.conditions;
  return network.stations
    .filter((station) => steps[station.index] !== 255)
    .map((station) => ({
      station_code: station.code,
      name: station.name,
      zone_name: network.zones[station.zone]?.name ?? null,
      bikes: at.bikes[station.index]! < 0 ? null : at.bikes[station.index]!,
      mechanical: at.mechanical[station.index]! < 0 ? null : at.mechanical[station.index]!,
      ebikes: at.ebikes[station.index]! < 0 ? null : at.ebikes[station.index]!,
      docks: at.docks[station.index]! < 0 ? null : at.docks[station.index]!,
      capacity: station.capacity,
      fill_rate: fillAt(at, station.index),
      state: t[conditionAt(at, station.index, type, limits.value)],
    }));
}

/** What the map says, in words and figures. */
function MapAsTables({ network, at, steps }: { network: Network; at: Moment; steps: Uint8Array }) {
  const t = messages.value.tables;
  const { type, zone } = route.value;
  const rows = stationRows(network, at, steps);
  const zones = zoneTotals(network, at, limits.value, type).flatMap((totals, i) => {
    const entry = network.zones[i]!;
    if (zone !== null && entry.code !== zone) return [];
    return {
      zone_code: entry.code,
      zone_name: entry.name,
      stations: totals.stations,
      operative_stations: totals.operative,
      bikes: totals.bikes,
      docks: totals.docks,
      fill_rate: measureOf(totals, "fill"),
      short_share: measureOf(totals, "no_bike"),
      saturated_share: measureOf(totals, "saturated"),
      unusable_share: measureOf(totals, "unusable"),
    };
  });
  const when = momentText(at.epoch, timezone.value);
  const source = index.value?.source ?? "network";
  return (
    <div class="map-tables" id="map-tables">
      <h3>
        {t.zones} <small>{t.at(when)}</small>
      </h3>
      <DataTable
        id="zones"
        caption={`${t.zones}, ${when}`}
        fileName={`${source}-zones`}
        columns={Object.keys(zones[0] ?? { zone_name: "" })
          .filter((name) => name !== "zone_code")
          .map((name) => ({ name }))}
        also={["zone_code"]}
        rows={zones}
        first="zone_code"
        opens="zone_name"
        onRow={(row) => go({ zone: String(row.zone_code), station: null }, true)}
      />
      <h3>
        {t.stations} <small>{t.at(when)}</small>
      </h3>
      <DataTable
        id="stations"
        caption={`${t.stations}, ${when}`}
        fileName={`${source}-stations`}
        columns={[
          "name",
          "station_code",
          "zone_name",
          "bikes",
          "mechanical",
          "ebikes",
          "docks",
          "capacity",
          "fill_rate",
          "state",
        ].map((name) => ({ name }))}
        rows={rows}
        first="name"
        opens="name"
        onRow={(row) => go({ station: String(row.station_code) }, true)}
      />
    </div>
  );
}

/** The norms of a local day, as far as they are there. */
function usualFilesOf(date: string) {
  const [day, stations] = [usualFile<UsualFile>(date, ".json"), usualFile<UsualStations>(date, "/stations.json")];
  return { day: loadedValue(day), stations: loadedValue(stations), isMissing: day.state === "absent" };
}

export function MapPage() {
  const network = networkNow.value;
  const at = moment.value;
  const { measure, type, condition, zone, station, asTable, embed } = route.value;
  const t = messages.value;
  const theme = themeShown.value;
  const zoneIndex = zone === null ? -1 : (network?.zoneByCode.get(zone) ?? -1);
  const usual = measure === "usual" && at ? usualFilesOf(localDate(at.epoch, timezone.value)) : null;
  const hour = at ? localHour(at.epoch, timezone.value) : 0;
  const usualFill = useMemo(
    () => (network && usual ? usualFillAt(network, usual.day, usual.stations, hour) : null),
    [network, usual?.day, usual?.stations, hour],
  );
  const drawn = useMemo(
    () =>
      network && at
        ? sceneAt(network, at, { measure, type, condition, zone: zoneIndex, usual: usualFill }, limits.value)
        : null,
    [network, at, measure, type, condition, zoneIndex, usualFill, limits.value],
  );
  const scale = useMemo(() => readPalette(document.documentElement).scales[measure], [measure, theme]);
  const stationIndex = station === null ? -1 : (network?.byCode.get(station) ?? -1);
  const scene = useMemo(
    () =>
      drawn && {
        stationSteps: drawn.stationSteps,
        zoneSteps: drawn.zoneSteps,
        scale,
        counts: at,
        zone: zoneIndex,
        station: stationIndex,
        moves: NO_MOVES,
      },
    [drawn, at, scale, zoneIndex, stationIndex],
  );
  const isTable = asTable || !network || !at || !drawn;
  const [top, bottom] = [useRef<HTMLDivElement>(null), useRef<HTMLDivElement>(null)];
  const side = useRef<HTMLElement>(null);
  const stage = useRef<HTMLElement>(null);
  useEffect(() => {
    // The map's credit stands above whatever lies along its lower edge.
    if (!bottom.current || !stage.current) return;
    const [below, around] = [bottom.current, stage.current];
    const watch = new ResizeObserver(() => {
      around.style.setProperty("--covered", `${below.offsetHeight}px`);
      around.style.setProperty("--above", `${around.getBoundingClientRect().top + scrollY}px`);
    });
    watch.observe(below);
    watch.observe(document.body);
    return () => watch.disconnect();
  }, [isTable]);
  /** What lies over the map, in px from its edges, so that nothing that is looked for hides there. */
  const covered = (map: HTMLElement) => {
    const box = map.getBoundingClientRect();
    const bars = top.current?.querySelector(".map-measure") ?? top.current;
    const legend = top.current?.querySelector(".legend[open]");
    const [over, below, beside, key] = [bars, bottom.current, side.current, legend].map((part) =>
      part?.getBoundingClientRect(),
    );
    const isBeside = beside && beside.width < box.width / 2 && beside.left > box.left && beside.top < box.bottom;
    return {
      top: Math.max(0, (over?.bottom ?? box.top) - box.top) + 16,
      bottom: Math.max(0, box.bottom - (below?.top ?? box.bottom)) + 34,
      left: (key && key.width < box.width / 3 ? key.right - box.left : 0) + 16,
      right: (isBeside ? Math.max(0, box.right - beside.left) : 0) + 16,
    };
  };
  const tables = network && at && drawn && <MapAsTables network={network} at={at} steps={drawn.stationSteps} />;
  if (embed === "chart")
    return (
      <section class="embedded" aria-label={t.timeline.title}>
        <Timeline />
      </section>
    );
  if (embed === "table") return <section class="embedded">{tables}</section>;
  return (
    <>
      {!embed && <VerdictLine />}
      {!embed && <HeadlineStrip />}
      <div class={`workspace ${station || zone ? "opened" : ""} ${folded.value.side ? "alone" : ""}`}>
        <section class={`stage ${asTable ? "as-table" : "as-map"}`} aria-label={t.nav.map} ref={stage}>
          <div class="stage-top" ref={top}>
            <div class="stage-bar">
              <Search />
              <Filters />
              <Segments<"map" | "table">
                label={t.map.showLabel}
                value={asTable ? "table" : "map"}
                onChange={(way) => go({ asTable: way === "table" })}
                options={[
                  ["map", t.map.showMap],
                  ["table", t.map.showTable],
                ]}
              />
            </div>
            {!isTable && (
              <div class="map-measure">
                <Segments<Shading>
                  label={t.measureLabel}
                  value={measure}
                  onChange={(chosen) => go({ measure: chosen })}
                  options={SHADINGS.map((one) => [one, t.measures[one], t.measureHelp[one]])}
                />
                {usual?.isMissing && (
                  <p class="map-count" role="status">
                    {t.verdict.noNorms}
                  </p>
                )}
                {drawn.shown < network.stations.length && (
                  <p class="map-count" role="status">
                    {t.filtered(drawn.shown, count(network.stations.length))}
                  </p>
                )}
              </div>
            )}
            {!isTable && <Legend measure={measure} />}
          </div>
          <div class="stage-body">
            {network && at && scene && drawn && !asTable && (
              <MapView
                network={network}
                scene={scene}
                covered={covered}
                title={() =>
                  `${index.peek()?.network_name}${t.colon} ${t.measures[measure].toLowerCase()}${type === "all" ? "" : ` (${t.types[type].toLowerCase()})`}, ${datedMoment(at.epoch, timezone.peek())}`
                }
                without={
                  <>
                    <Notice>{t.map.noWebGl}</Notice>
                    {tables}
                  </>
                }
                tip={(pointed) => <StationTip network={network} at={at} station={pointed} />}
                onStation={(chosen) => go({ station: network.stations[chosen]!.code }, true)}
                onZone={(chosen) => {
                  const code = network.zones[chosen]?.code ?? null;
                  go({ station: null, zone: code === zone ? null : code }, true);
                }}
              />
            )}
            {asTable && tables}
            {!(network && at) && <div class="map waiting" aria-busy="true" />}
          </div>
          <div class="stage-bottom" ref={bottom}>
            {!embed && <Timeline />}
          </div>
        </section>
        <aside class="side" ref={side} aria-label={t.sideLabel}>
          <button
            type="button"
            class="fold-side"
            aria-expanded={!folded.value.side}
            aria-label={folded.value.side ? t.showSide : t.hideSide}
            title={folded.value.side ? t.showSide : t.hideSide}
            onClick={() => fold("side", !folded.value.side)}
          >
            {folded.value.side ? "‹" : "›"}
          </button>
          {folded.value.side && !station && !zone ? null : network && station ? (
            <StationPanel network={network} code={station} key={station} />
          ) : network && zone ? (
            <ZonePanel network={network} code={zone} key={zone} />
          ) : (
            <Top10 />
          )}
        </aside>
      </div>
    </>
  );
}
