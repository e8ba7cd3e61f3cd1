import { useMemo } from "preact/hooks";
import { type BikeType, bikesOf } from "../data/measures";
import { observedTick } from "../data/moment";
import { messages } from "../i18n";
import { clockTime, count, datedMoment, localDate, momentText, shortDate, signed, UNKNOWN_MARK } from "../i18n/format";
import { MapView } from "../map/MapView";
import { readPalette } from "../map/palette";
import { changesBetween, NO_MOVES, sceneOfChanges } from "../map/scenes";
import { Choice, Notice, Segments } from "../parts/controls";
import { ChangeLegend } from "../parts/panels/Legend";
import { DataTable } from "../parts/tables/DataTable";
import { go, route } from "../state/route";
import { dayNamed, index, momentAt, network as networkNow, timezone } from "../state/store";
import { themeShown } from "../state/theme";

/** A day and a time of it, among the ticks that were observed. */
function MomentChoice({ label, epoch, onChange }: { label: string; epoch: number; onChange: (epoch: number) => void }) {
  const t = messages.value.compare;
  const zone = timezone.value;
  const date = localDate(epoch, zone);
  const loaded = dayNamed(date);
  const times = loaded.state === "ready" ? loaded.value.epochs.filter((_, i) => loaded.value.moments[i]) : [];
  const chosen = loaded.state === "ready" ? loaded.value.epochs[observedTick(loaded.value, epoch)] : epoch;
  return (
    <fieldset class="moment-choice">
      <legend>{label}</legend>
      <Choice
        label={messages.value.timeline.day}
        hideLabel
        value={date}
        onChange={(day) => onChange(epoch + Math.round((Date.parse(day) - Date.parse(date)) / 1000))}
        options={[...(index.value?.days ?? [])]
          .reverse()
          .map((day): [string, string] => [day.date, shortDate(day.date)])}
      />
      <Choice
        label={t.time}
        hideLabel
        value={String(chosen ?? "")}
        onChange={(value) => onChange(Number(value))}
        options={times.map((one): [string, string] => [String(one), clockTime(one, zone)])}
      />
    </fieldset>
  );
}

/** Of what is known; null where nothing is. */
function sumOf(values: (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length ? known.reduce((sum, value) => sum + value, 0) : null;
}

function known(change: number | null | undefined): string {
  return change === null || change === undefined ? UNKNOWN_MARK : signed(change);
}

export function ComparePage() {
  const t = messages.value.compare;
  const network = networkNow.value;
  const latest = index.value!.observed_epoch!;
  const { type, station } = route.value;
  const after = route.value.after ?? latest;
  const before = route.value.before ?? Math.max(index.value!.first_epoch ?? 0, after - 6 * 3600);
  const [then, since] = [momentAt(before), momentAt(after)];
  const theme = themeShown.value;
  const scale = useMemo(() => readPalette(document.documentElement).diverging, [theme]);
  const [a, b] = [then.state === "ready" ? then.value : null, since.state === "ready" ? since.value : null];
  const changes = useMemo(
    () => (network && a && b ? changesBetween(network, a, b, type) : null),
    [network, a, b, type],
  );
  const stationIndex = station === null ? -1 : (network?.byCode.get(station) ?? -1);
  const scene = useMemo(
    () =>
      changes &&
      network && {
        ...sceneOfChanges(network, changes),
        scale,
        zone: -1,
        counts: null,
        station: stationIndex,
        moves: NO_MOVES,
      },
    [changes, network, scale, stationIndex],
  );
  const rows =
    network && changes
      ? network.stations.flatMap((one) => {
          const change = changes[one.index];
          return change === null || change === undefined
            ? []
            : [
                {
                  name: one.name,
                  station_code: one.code,
                  zone_name: network.zones[one.zone]?.name ?? null,
                  before: bikesOf(a!, type)[one.index]!,
                  after: bikesOf(b!, type)[one.index]!,
                  change,
                },
              ];
        })
      : [];
  const zones =
    network && changes
      ? network.zones.map((zone, i) => ({
          zone_code: zone.code,
          zone_name: zone.name,
          change: sumOf(network.stations.flatMap((one) => (one.zone === i ? [changes[one.index] ?? null] : []))),
        }))
      : [];
  const change = {
    name: "change",
    title: t.change,
    show: (value: unknown) => (typeof value === "number" ? signed(value) : UNKNOWN_MARK),
  };
  const networkChange = sumOf(rows.map((row) => row.change));
  return (
    <section class="page">
      <div class="page-head">
        <h2>{t.title}</h2>
        <p>{t.intro}</p>
        <div class="page-tools">
          <MomentChoice label={t.before} epoch={before} onChange={(epoch) => go({ before: epoch })} />
          <MomentChoice label={t.after} epoch={after} onChange={(epoch) => go({ after: epoch })} />
          <button type="button" onClick={() => go({ before: after, after: before })}>
            ⇄ {t.swap}
          </button>
          <Segments<BikeType>
            label={messages.value.typeLabel}
            value={type}
            onChange={(chosen) => go({ type: chosen })}
            options={[
              ["all", messages.value.types.all],
              ["mechanical", messages.value.types.mechanical],
              ["ebike", messages.value.types.ebike],
            ]}
          />
        </div>
      </div>
      {(then.state === "absent" || since.state === "absent") && <Notice kind="bad">{t.missing}</Notice>}
      {(then.state === "failed" || since.state === "failed") && (
        <Notice kind="bad">{messages.value.states.failed}</Notice>
      )}
      {network && scene && a && b && (
        <>
          <p class="lead" role="status">
            {momentText(a.epoch, timezone.value)} → {momentText(b.epoch, timezone.value)}:{" "}
            <b>{t.network(networkChange === null ? UNKNOWN_MARK : signed(networkChange))}</b>
          </p>
          <div class="split">
            <MapView
              network={network}
              scene={scene}
              title={() =>
                `${index.peek()?.network_name}${messages.value.colon} ${messages.value.map.legendChange.toLowerCase()}, ${datedMoment(before, timezone.peek())} – ${datedMoment(after, timezone.peek())}`
              }
              tip={(pointed) => (
                <>
                  <b>{network.stations[pointed]!.name}</b>
                  <span>
                    {count(bikesOf(a, type)[pointed])} → {count(bikesOf(b, type)[pointed])} ({known(changes?.[pointed])}
                    )
                  </span>
                </>
              )}
              onStation={(chosen) => go({ station: network.stations[chosen]!.code })}
              onZone={() => go({ station: null })}
              without={<Notice>{messages.value.map.noWebGl}</Notice>}
            >
              <ChangeLegend />
            </MapView>
            <div>
              <h3>{t.zones}</h3>
              <DataTable
                id="zones"
                caption={t.zones}
                fileName="changes-by-zone"
                also={["zone_code"]}
                columns={[{ name: "zone_name" }, change]}
                rows={zones}
                first="-change"
                page={12}
              />
            </div>
          </div>
          <DataTable
            id="stations"
            caption={t.title}
            fileName="changes-by-station"
            columns={[
              { name: "name" },
              { name: "station_code" },
              { name: "zone_name" },
              { name: "before", title: t.before },
              { name: "after", title: t.after },
              change,
            ]}
            rows={rows}
            first="-change"
            opens="name"
            onRow={(row) =>
              go({ station: String(row.station_code), page: "map", at: after === latest ? null : after }, true)
            }
            page={30}
          />
        </>
      )}
    </section>
  );
}
