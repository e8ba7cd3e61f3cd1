import { HeatMap } from "../../charts/HeatMap";
import { TimeChart } from "../../charts/TimeChart";
import type { HistoryShard, Row } from "../../data/contract";
import { ZONE_WEEK_COLUMNS, zoneProfile } from "../../data/history";
import { load, loadedValue } from "../../data/load";
import { conditionAt, fillAt, networkTotals, ratio, type Totals, zoneTotals } from "../../data/measures";
import type { Network } from "../../data/network";
import { messages } from "../../i18n";
import { count, longDate, percent } from "../../i18n/format";
import { go, route, ZONE_TABLE } from "../../state/route";
import { cadenceS, day, index, limits, moment, weekPlace } from "../../state/store";
import { DataTable } from "../tables/DataTable";
import { DownloadMenu } from "../tables/DownloadMenu";
import { PictureButtons } from "../tables/PictureButtons";
import { gapsOf } from "../time/Timeline";

/** The zone at each tick of the day; null where it was not observed. */
function dayTable(epochs: number[], perTick: (Totals | null)[]) {
  const columns = [
    "snapshot_at",
    "operative_stations",
    "bikes",
    "mechanical",
    "ebikes",
    "docks",
    "fill_rate",
    "short_stations",
    "saturated_stations",
    "unusable_stations",
  ];
  const rows = epochs.map((epoch, i): Row => {
    const at = perTick[i];
    const values = at
      ? [
          at.operative,
          at.bikes,
          at.mechanical,
          at.ebikes,
          at.docks,
          ratio(at.filled, at.fillable),
          at.no_bike,
          at.saturated,
          at.unusable,
        ]
      : [];
    const told = [new Date(epoch * 1000).toISOString().replace(".000Z", "Z"), ...values];
    return Object.fromEntries(columns.map((name, column) => [name, told[column] ?? null]));
  });
  return { columns, rows };
}

export function ZonePanel({ network, code }: { network: Network; code: string }) {
  const position = network.zoneByCode.get(code) ?? -1;
  const zone = network.zones[position];
  const at = moment.value;
  const t = messages.value;
  if (!zone || !at) return null;
  const totals = zoneTotals(network, at, limits.value, route.value.type)[position]!;
  const whole = networkTotals(at, limits.value, route.value.type);
  const shown = day.value;
  const perTick = shown?.moments.map((one) => (one ? zoneTotals(network, one, limits.value)[position]! : null));
  const shard = loadedValue(load<HistoryShard>(`history/${code}.json`).value);
  const facts: [string, string, string?][] = [
    [t.zone.operative, `${count(totals.operative)} / ${count(totals.stations)}`],
    [t.series.bikes, count(totals.bikes), t.zone.byType(count(totals.mechanical), count(totals.ebikes))],
    [t.series.docks, count(totals.docks)],
    [
      t.measures.fill,
      percent(ratio(totals.filled, totals.fillable)),
      t.zone.whole(percent(ratio(whole.filled, whole.fillable))),
    ],
    [t.measures.no_bike, count(totals.no_bike), percent(ratio(totals.no_bike, totals.operative))],
    [t.measures.saturated, count(totals.saturated), percent(ratio(totals.saturated, totals.operative))],
    [t.measures.unusable, count(totals.unusable), percent(ratio(totals.unusable, totals.operative))],
  ];
  const rows = network.stations
    .filter((station) => station.zone === position)
    .map((station) => ({
      station_code: station.code,
      name: station.name,
      bikes: at.bikes[station.index]! < 0 ? null : at.bikes[station.index]!,
      docks: at.docks[station.index]! < 0 ? null : at.docks[station.index]!,
      fill_rate: fillAt(at, station.index),
      state: t.conditions[conditionAt(at, station.index, "all", limits.value)],
    }));
  return (
    <section class="panel zone" aria-labelledby="zone-title" data-zone={code}>
      <button
        type="button"
        class="close"
        aria-label={t.station.close}
        title={t.zone.all}
        onClick={() => go({ zone: null }, true)}
      >
        ×
      </button>
      <h2 id="zone-title">{zone.name}</h2>
      <p class="subtitle">INSEE {zone.code}</p>
      <dl class="facts">
        {facts.map(([name, value, more]) => (
          <div>
            <dt>{name}</dt>
            <dd>
              {value} {more && <small>{more}</small>}
            </dd>
          </div>
        ))}
      </dl>
      {shown && perTick && (
        <div data-picture={`${zone.name}${messages.value.colon} ${t.zone.curve}, ${longDate(shown.date)}`}>
          <h3 class="no-picture">{t.zone.curve}</h3>
          <TimeChart
            label={t.zone.curve}
            epochs={shown.epochs}
            stepS={cadenceS.value}
            from={shown.epochs[0]!}
            to={shown.epochs.at(-1)!}
            height={120}
            series={[
              {
                name: t.series.bikes,
                look: "c-mechanical",
                kind: "area",
                values: perTick.map((one) => one?.bikes ?? null),
              },
            ]}
            gaps={gapsOf(shown, cadenceS.value)}
            cursor={at.epoch}
            onPick={(epoch) => go({ at: epoch === index.value?.observed_epoch ? null : epoch })}
          />
          <DownloadMenu
            name={`zone-${code}-${shown.date}`}
            caption={t.zone.curve}
            rows={() => dayTable(shown.epochs, perTick)}
          />{" "}
          <PictureButtons name={`zone-${code}-${shown.date}`} />
        </div>
      )}
      {shard && (
        <div data-picture={`${zone.name}${messages.value.colon} ${t.zone.profile}`}>
          <h3 class="no-picture">{t.zone.profile}</h3>
          <HeatMap rows={zoneProfile(shard, weekPlace)} measure="fill" small />
          <DownloadMenu
            name={`zone-${code}-week`}
            caption={t.zone.profile}
            rows={() => ({ columns: [...ZONE_WEEK_COLUMNS], rows: zoneProfile(shard, weekPlace) as unknown as Row[] })}
          />{" "}
          <PictureButtons name={`zone-${code}-week`} />
        </div>
      )}
      <h3>{t.zone.list}</h3>
      <DataTable
        id={ZONE_TABLE}
        caption={t.zone.list}
        fileName={`${index.value?.source ?? "stations"}-${code}`}
        also={["station_code", "state"]}
        columns={["name", "bikes", "docks", "fill_rate"].map((name) => ({ name }))}
        rows={rows}
        first="fill_rate"
        opens="name"
        onRow={(row) => go({ station: String(row.station_code) }, true)}
      />
    </section>
  );
}
