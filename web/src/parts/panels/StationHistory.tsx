import { type Gap, type Series, TimeChart } from "../../charts/TimeChart";
import type { HistoryShard, Row } from "../../data/contract";
import { type Hourly, hoursOf, outageByDay, typicalDay } from "../../data/history";
import { load } from "../../data/load";
import { type Moment, observedUntil } from "../../data/moment";
import type { Station } from "../../data/network";
import { type Outage, outagesOf } from "../../data/outages";
import { messages } from "../../i18n";
import {
  clockTime,
  decimal,
  duration,
  localDate,
  localHour,
  momentText,
  shiftDate,
  shortDate,
  UNKNOWN_MARK,
  weekdayName,
  weekdayOf,
} from "../../i18n/format";
import { go } from "../../state/route";
import { cadenceS, date, dayNamed, index, moment, timezone } from "../../state/store";
import { Notice } from "../controls";
import { asOf, DownloadMenu } from "../tables/DownloadMenu";
import { PictureButtons } from "../tables/PictureButtons";
import { freshnessOf } from "../time/Freshness";
import { gapsOf } from "../time/Timeline";

const FIRST_OUTAGES = 12;

export function counted(values: Int16Array, station: number): number | null {
  const value = values[station]!;
  return value < 0 ? null : value;
}

function seriesOf(from: {
  bikes: (number | null)[];
  mechanical: (number | null)[];
  ebikes: (number | null)[];
  docks: (number | null)[];
}): Series[] {
  const t = messages.value.series;
  return [
    { name: t.mechanical, look: "c-mechanical", kind: "area", values: from.mechanical },
    { name: t.ebikes, look: "c-ebike", kind: "area", values: from.ebikes, base: from.mechanical },
    { name: t.docks, look: "c-docks-line", kind: "line", values: from.docks },
  ];
}

function Outages({ outages, at }: { outages: Outage[]; at: (epoch: number) => string }) {
  const t = messages.value.station;
  if (outages.length === 0) return <p class="quiet">{t.noOutage}</p>;
  return (
    <ul class="outages">
      {outages.map((outage) => (
        <li>
          <span class={`reason ${outage.kind}`}>{t.outage[outage.kind]}</span>
          <span>
            {at(outage.begin)} – {outage.isOpen ? (freshnessOf() === "live" ? t.open : t.openAtEnd) : at(outage.end)}
            {!outage.beginSeen && <small> ({t.beginUnseen})</small>}
          </span>
          <b>{duration((outage.end - outage.begin) / 60)}</b>
        </li>
      ))}
    </ul>
  );
}

/** The episodes of the week as the KPI view tells them, the latest first. */
function WeekOutages({ station, from, to }: { station: Station; from: number; to: number }) {
  const t = messages.value.station;
  const zone = timezone.value;
  const loaded = load<Row[]>("kpi/kpi_outage_episodes.json").value;
  if (loaded.state === "loading") return <Notice>{messages.value.states.loading}</Notice>;
  if (loaded.state !== "ready") return null;
  const outages = loaded.value
    .filter(
      (row) => row.station_code === station.code && Number(row.started_epoch) <= to && Number(row.ended_epoch) > from,
    )
    .map((row): Outage => {
      const begin = Number(row.started_epoch);
      return {
        kind: row.kind === "no_dock" ? "no_dock" : "no_bike",
        begin,
        end: Number(row.ended_epoch),
        beginSeen: row.start_was_seen === true,
        isOpen: row.is_open === true,
      };
    })
    .sort((a, b) => b.begin - a.begin);
  return (
    <>
      <h3>{t.outages}</h3>
      <p class="as-of quiet small">{asOf(index.value?.views.find((one) => one.name === "kpi_outage_episodes"))}</p>
      <Outages outages={outages.slice(0, FIRST_OUTAGES)} at={(epoch) => momentText(epoch, zone)} />
      {outages.length > FIRST_OUTAGES && <p class="quiet small">{t.moreOutages(outages.length - FIRST_OUTAGES)}</p>}
    </>
  );
}

interface Taken {
  station: Station;
  span: string;
  epochs: number[];
  mechanical: (number | null)[];
  ebikes: (number | null)[];
  docks: (number | null)[];
}

function TakeHistory({ station, span, epochs, mechanical, ebikes, docks }: Taken) {
  const time = span === "24h" ? "snapshot_at" : "hour_at";
  const rows = () =>
    epochs.map((epoch, i) => ({
      [time]: new Date(epoch * 1000).toISOString().replace(".000Z", "Z"),
      station_code: station.code,
      mechanical: mechanical[i] ?? null,
      ebikes: ebikes[i] ?? null,
      docks: docks[i] ?? null,
    }));
  return (
    <DownloadMenu
      name={`station-${station.code}-${span}`}
      caption={messages.value.station.history}
      rows={() => ({ columns: [time, "station_code", "mechanical", "ebikes", "docks"], rows: rows() })}
    />
  );
}

/** The last 24 hours by tick, with the outages seen in them. */
export function LastDay({ station }: { station: Station }) {
  const t = messages.value.station;
  const end = moment.value!.epoch;
  const today = dayNamed(date.value!);
  const before = dayNamed(shiftDate(date.value!, -1));
  if (today.state === "loading" || before.state === "loading") return <Notice>{messages.value.states.loading}</Notice>;
  const days = [before, today].flatMap((loaded) => (loaded.state === "ready" ? [loaded.value] : []));
  const ticks = days
    .flatMap((one) => one.epochs.map((epoch, i) => ({ epoch, moment: one.moments[i]! })))
    .filter(({ epoch }) => epoch > end - 86_400 && epoch <= end);
  if (ticks.length === 0) return <Notice>{t.noHistory}</Notice>;
  const values = (pick: (at: Moment) => Int16Array) =>
    ticks.map((tick) => (tick.moment ? counted(pick(tick.moment), station.index) : null));
  const gaps: Gap[] = days
    .flatMap((one) => gapsOf(one, cadenceS.value))
    .filter((gap) => gap.to > end - 86_400 && gap.from < end);
  const outages = outagesOf(observedUntil(days, end), station.index).filter(
    (outage) => outage.end > end - 86_400 || outage.isOpen,
  );
  const zone = timezone.value;
  const from = end - 86_400;
  return (
    <>
      <div data-picture={`${station.name}${messages.value.colon} ${t.spans["24h"]}, ${momentText(end, zone)}`}>
        <TimeChart
          label={`${t.history}: ${t.spans["24h"]}`}
          epochs={ticks.map(({ epoch }) => epoch)}
          stepS={cadenceS.value}
          from={from}
          to={end}
          series={seriesOf({
            bikes: [],
            mechanical: values((at) => at.mechanical),
            ebikes: values((at) => at.ebikes),
            docks: values((at) => at.docks),
          })}
          height={150}
          gaps={gaps.map((gap) => ({ ...gap, from: Math.max(gap.from, from), to: Math.min(gap.to, end) }))}
          onPick={(epoch) => go({ at: epoch === index.value?.observed_epoch ? null : epoch })}
        />
        <PictureButtons name={`station-${station.code}-24h`} />
      </div>
      <h3>{t.outages}</h3>
      <Outages outages={outages} at={(epoch) => clockTime(epoch, zone)} />
      <p class="quiet small">{t.resolution(index.value?.cadence_min ?? 15)}</p>
      <TakeHistory
        station={station}
        span="24h"
        epochs={ticks.map(({ epoch }) => epoch)}
        mechanical={values((at) => at.mechanical)}
        ebikes={values((at) => at.ebikes)}
        docks={values((at) => at.docks)}
      />
    </>
  );
}

export function LongSpan({ hourly, span, station }: { hourly: Hourly; span: "7d" | "30d"; station: Station }) {
  const t = messages.value.station;
  const zone = timezone.value;
  const byDay = outageByDay(hourly, (epoch) => localDate(epoch, zone));
  const most = Math.max(1, ...byDay.map((one) => one.out));
  return (
    <>
      <div data-picture={`${station.name}${messages.value.colon} ${t.spans[span]}`}>
        <TimeChart
          label={`${t.history}: ${t.spans[span]}`}
          epochs={hourly.epochs}
          stepS={3600}
          from={hourly.epochs[0]!}
          to={hourly.epochs.at(-1)!}
          series={seriesOf(hourly)}
          height={150}
        />
        <PictureButtons name={`station-${station.code}-${span}`} />
      </div>
      <div data-picture={`${station.name}${messages.value.colon} ${t.outageMinutes}`}>
        <h3 class="no-picture">{t.outageMinutes}</h3>
        <ul class="day-bars">
          {byDay.map((one) => (
            <li>
              <span>{shortDate(one.date)}</span>
              <span class="stack" aria-hidden="true">
                <i class="c-no-bike" style={{ width: `${(100 * one.no_bike) / most}%` }} />
                <i class="c-both" style={{ width: `${(100 * one.both) / most}%` }} />
                <i class="c-no-dock" style={{ width: `${(100 * one.no_dock) / most}%` }} />
              </span>
              <b>{duration(one.out)}</b>
            </li>
          ))}
        </ul>
        <PictureButtons name={`station-${station.code}-${span}-outages`} />
      </div>
      {span === "7d" && <WeekOutages station={station} from={hourly.epochs[0]!} to={moment.value!.epoch} />}
      <p class="quiet small">{t.hourly(momentText(hourly.epochs.at(-1)! + 3600, zone))}</p>
      <TakeHistory
        station={station}
        span={span}
        epochs={hourly.epochs}
        mechanical={hourly.mechanical}
        ebikes={hourly.ebikes}
        docks={hourly.docks}
      />
    </>
  );
}

/** Mean bikes by hour of the same weekday before, with the hours of the day shown drawn over it. */
export function TypicalDay({ shard, station }: { shard: HistoryShard; station: Station }) {
  const t = messages.value.station;
  const zone = timezone.value;
  const today = date.value!;
  const weekday = weekdayOf(today);
  const name = weekdayName(weekday);
  const hourly = shard.epochs.length ? hoursOf(shard, station.code, shard.epochs[0]!, shard.epochs.at(-1)!) : null;
  const place = (epoch: number) => ({ date: localDate(epoch, zone), hour: localHour(epoch, zone) });
  const typical = hourly && typicalDay(hourly, place, (one) => one < today && weekdayOf(one) === weekday);
  const shown = hourly && typicalDay(hourly, place, (one) => one === today);
  const most = Math.max(1, ...[...(typical?.bikes ?? []), ...(shown?.bikes ?? [])].map((one) => one ?? 0));
  const height = (bikes: number | null | undefined) => `${(100 * (bikes ?? 0)) / most}%`;
  const text = (bikes: number | null | undefined) =>
    bikes === null || bikes === undefined ? UNKNOWN_MARK : decimal(bikes);
  return (
    <div data-picture={`${station.name}${messages.value.colon} ${t.typical(name)}`}>
      <div class="panel-head">
        <h3 class="no-picture">{t.typical(name)}</h3>
        <p class="chart-legend">
          <span class="key c-mechanical">{t.usual}</span>
          <span class="key line c-today">{shortDate(today)}</span>
        </p>
      </div>
      {!typical || typical.days === 0 ? (
        <p class="quiet">{t.noTypical(name)}</p>
      ) : (
        <>
          <ol class="hour-bars" aria-label={t.typical(name)}>
            {typical.bikes.map((bikes, hour) => (
              <li
                title={`${hour} h${messages.value.colon} ${text(bikes)}; ${shortDate(today)}${messages.value.colon} ${text(shown?.bikes[hour])}`}
              >
                <i style={{ height: height(bikes) }} />
                {shown?.bikes[hour] !== null && shown?.bikes[hour] !== undefined && (
                  <b style={{ bottom: height(shown.bikes[hour]) }} />
                )}
                <small>{hour % 6 === 0 ? `${hour} h` : ""}</small>
              </li>
            ))}
          </ol>
          <p class="quiet small">{t.typicalNote(typical.days)}</p>
          <PictureButtons name={`station-${station.code}-weekday`} />
        </>
      )}
    </div>
  );
}
