import { TimeChart, type Gap, type Series } from "../charts/TimeChart";
import type { HistoryShard } from "../data/contract";
import { hoursOf, outageByDay, typicalDay, type Hourly } from "../data/history";
import { load, valueOf } from "../data/load";
import { bikesOf, conditionAt } from "../data/measures";
import { OPERATIVE, type Moment } from "../data/moment";
import { metres, type Network, type Station } from "../data/network";
import { outagesOf } from "../data/outages";
import { words } from "../i18n";
import { clockTime, count, distance, duration, localDate, localHour, momentText, shiftDate, shortDate, weekdayName, weekdayOf } from "../i18n/format";
import { go, route, type Span } from "../state/route";
import { cadenceS, date, dayNamed, index, isNow, limits, moment, now, timezone } from "../state/store";
import { Notice, Segments } from "./controls";
import { gapsOf } from "./Timeline";

const NEAR_M = 1000;
const WALK_M_PER_MIN = 75;

function counted(values: Int16Array, station: number): number | null {
  const value = values[station]!;
  return value < 0 ? null : value;
}

function Counts({ at, station }: { at: Moment; station: Station }) {
  const t = words.value.station;
  const bikes = counted(at.bikes, station.index);
  const docks = counted(at.docks, station.index);
  const mechanical = counted(at.mechanical, station.index);
  const ebikes = counted(at.ebikes, station.index);
  const unavailable = station.capacity && bikes !== null && docks !== null ? station.capacity - bikes - docks : 0;
  const whole = Math.max(1, (bikes ?? 0) + (docks ?? 0) + Math.max(0, unavailable));
  const condition = conditionAt(at, station.index, "all", limits.value);
  const since = isNow.value ? now.value?.since[station.index] : null;
  const out = duration(since ? (at.epoch - since) / 60 : 0);
  const width = (n: number | null) => ({ width: `${(100 * Math.max(0, n ?? 0)) / whole}%` });
  return (
    <>
      <p class={`condition ${condition}`}>
        <b>{words.value.conditions[condition]}</b>
        {since ? <span> · {now.value?.since_open[station.index] ? t.outAtLeast(out) : t.outFor(out)}</span> : null}
      </p>
      <div class="counts">
        <p>
          <b data-count="bikes">{count(bikes)}</b> {t.bikes.toLowerCase()}
          <small>
            {count(mechanical)} {t.mechanical}, {count(ebikes)} {t.ebikes}
          </small>
        </p>
        <p>
          <b data-count="docks">{count(docks)}</b> {t.docks}
          <small>{t.capacity(count(station.capacity))}</small>
        </p>
      </div>
      <div class="stack" aria-hidden="true">
        <i class="c-mechanical" style={width(mechanical)} />
        <i class="c-ebike" style={width(ebikes)} />
        <i class="c-docks" style={width(docks)} />
      </div>
      {unavailable > 0 && <p class="quiet small">{t.unavailable(unavailable)}</p>}
    </>
  );
}

function seriesOf(from: { bikes: (number | null)[]; mechanical: (number | null)[]; ebikes: (number | null)[]; docks: (number | null)[] }): Series[] {
  const t = words.value.series;
  return [
    { name: t.mechanical, look: "c-mechanical", kind: "area", values: from.mechanical },
    { name: t.ebikes, look: "c-ebike", kind: "area", values: from.ebikes, base: from.mechanical },
    { name: t.docks, look: "c-docks-line", kind: "line", values: from.docks },
  ];
}

/** The last 24 hours by tick, with the outages seen in them. */
function LastDay({ station }: { station: Station }) {
  const t = words.value.station;
  const end = moment.value!.epoch;
  const today = dayNamed(date.value!);
  const before = dayNamed(shiftDate(date.value!, -1));
  if (today.state === "loading" || before.state === "loading") return <Notice>{words.value.states.loading}</Notice>;
  const days = [before, today].flatMap((loaded) => (loaded.state === "ready" ? [loaded.value] : []));
  const ticks = days
    .flatMap((one) => one.epochs.map((epoch, i) => ({ epoch, moment: one.moments[i]! })))
    .filter(({ epoch }) => epoch > end - 86_400 && epoch <= end);
  if (ticks.length === 0) return <Notice>{t.noHistory}</Notice>;
  const values = (pick: (at: Moment) => Int16Array) => ticks.map((tick) => (tick.moment ? counted(pick(tick.moment), station.index) : null));
  const gaps: Gap[] = days.flatMap((one) => gapsOf(one, cadenceS.value)).filter((gap) => gap.to > end - 86_400 && gap.from < end);
  const outages = outagesOf(
    ticks.flatMap((tick) => (tick.moment ? [tick.moment] : [])),
    station.index,
    cadenceS.value,
  );
  const zone = timezone.value;
  const from = end - 86_400;
  return (
    <>
      <TimeChart
        label={`${t.history}: ${t.spans["24h"]}`}
        epochs={ticks.map(({ epoch }) => epoch)}
        stepS={cadenceS.value}
        from={from}
        to={end}
        series={seriesOf({ bikes: [], mechanical: values((at) => at.mechanical), ebikes: values((at) => at.ebikes), docks: values((at) => at.docks) })}
        height={150}
        gaps={gaps.map((gap) => ({ ...gap, from: Math.max(gap.from, from), to: Math.min(gap.to, end) }))}
        onPick={(epoch) => go({ at: epoch === index.value?.observed_epoch ? null : epoch })}
      />
      <h3>{t.outages}</h3>
      {outages.length === 0 ? (
        <p class="quiet">{t.noOutage}</p>
      ) : (
        <ul class="outages">
          {outages.map((outage) => (
            <li>
              <span class={`reason ${outage.kind}`}>{t.outage[outage.kind]}</span>
              <span>
                {clockTime(outage.begin, zone)} – {outage.isOpen ? t.open : clockTime(outage.end, zone)}
                {!outage.beginSeen && <small> ({t.beginUnseen})</small>}
              </span>
              <b>{duration((outage.end - outage.begin) / 60)}</b>
            </li>
          ))}
        </ul>
      )}
      <p class="quiet small">{t.resolution(index.value?.cadence_min ?? 15)}</p>
    </>
  );
}

function LongSpan({ hourly, span }: { hourly: Hourly; span: "7d" | "30d" }) {
  const t = words.value.station;
  const zone = timezone.value;
  const byDay = outageByDay(hourly, (epoch) => localDate(epoch, zone));
  const most = Math.max(1, ...byDay.map((one) => one.short + one.full));
  return (
    <>
      <TimeChart
        label={`${t.history}: ${t.spans[span]}`}
        epochs={hourly.epochs}
        stepS={3600}
        from={hourly.epochs[0]!}
        to={hourly.epochs.at(-1)!}
        series={seriesOf(hourly)}
        height={150}
      />
      <h3>{t.outageMinutes}</h3>
      <ul class="day-bars">
        {byDay.map((one) => (
          <li>
            <span>{shortDate(one.date)}</span>
            <span class="stack" aria-hidden="true">
              <i class="c-short" style={{ width: `${(100 * one.short) / most}%` }} />
              <i class="c-full" style={{ width: `${(100 * one.full) / most}%` }} />
            </span>
            <b>{duration(one.short + one.full)}</b>
          </li>
        ))}
      </ul>
      <p class="quiet small">{t.hourly}</p>
    </>
  );
}

function TypicalDay({ shard, station }: { shard: HistoryShard; station: Station }) {
  const t = words.value.station;
  const zone = timezone.value;
  const today = date.value!;
  const weekday = weekdayOf(today);
  const name = weekdayName(weekday);
  const hourly = shard.epochs.length ? hoursOf(shard, station.code, shard.epochs[0]!, shard.epochs.at(-1)!) : null;
  const typical = hourly && typicalDay(hourly, (epoch) => ({ date: localDate(epoch, zone), hour: localHour(epoch, zone) }), (one) => one < today && weekdayOf(one) === weekday);
  return (
    <>
      <h3>{t.typical(name)}</h3>
      {!typical || typical.days === 0 ? (
        <p class="quiet">{t.noTypical(name)}</p>
      ) : (
        <>
          <ol class="hour-bars" aria-label={t.typical(name)}>
            {typical.bikes.map((bikes, hour) => (
              <li title={`${hour} h: ${bikes === null ? "–" : count(bikes)}`} class={moment.value && localHour(moment.value.epoch, zone) === hour ? "here" : ""}>
                <i style={{ height: `${bikes === null ? 0 : (100 * bikes) / Math.max(1, ...typical.bikes.map((one) => one ?? 0))}%` }} />
                <small>{hour % 6 === 0 ? `${hour} h` : ""}</small>
              </li>
            ))}
          </ol>
          <p class="quiet small">{t.typicalNote(typical.days)}</p>
        </>
      )}
    </>
  );
}

function Neighbours({ station, network, at }: { station: Station; network: Network; at: Moment }) {
  const t = words.value.station;
  const { type } = route.value;
  const near = network.stations
    .filter((other) => other.index !== station.index && other.located && at.state[other.index] === OPERATIVE && bikesOf(at, type)[other.index]! > 0)
    .map((other) => ({ other, away: metres(station, other) }))
    .filter(({ away }) => away <= NEAR_M)
    .sort((a, b) => a.away - b.away)
    .slice(0, 5);
  return (
    <>
      <h3>{t.neighbours}</h3>
      {near.length === 0 && <p class="quiet">{t.noNeighbours}</p>}
      <ul class="neighbours">
        {near.map(({ other, away }) => (
          <li>
            <button type="button" class="link" onClick={() => go({ station: other.code }, true)}>
              {other.name}
            </button>
            <span class="quiet small">
              {distance(away)} · {t.walk(Math.max(1, Math.round(away / WALK_M_PER_MIN)))}
            </span>
            <b>{words.value.map.bikes(bikesOf(at, type)[other.index]!)}</b>
          </li>
        ))}
      </ul>
    </>
  );
}

export function StationPanel({ network, code }: { network: Network; code: string }) {
  const t = words.value.station;
  const at = moment.value;
  const station = network.stations[network.byCode.get(code) ?? -1];
  const { span } = route.value;
  const close = (
    <button type="button" class="close" aria-label={t.close} title={t.close} onClick={() => go({ station: null }, true)}>
      ×
    </button>
  );
  if (!station)
    return (
      <section class="panel" aria-label={code}>
        {close}
        <Notice>{t.gone}</Notice>
      </section>
    );
  const zone = network.zones[station.zone];
  const shardLoaded = load<HistoryShard>(`history/${zone?.code ?? "none"}.json`).value;
  const shard = valueOf(shardLoaded);
  const end = at?.epoch ?? 0;
  const hourly = shard && span !== "24h" ? hoursOf(shard, code, end - (span === "7d" ? 7 : 30) * 86_400, end) : null;
  return (
    <section class="panel station" aria-labelledby="station-title" data-station={code}>
      {close}
      <h2 id="station-title" tabIndex={-1}>
        {station.name}
      </h2>
      <p class="subtitle">
        {t.code(code)}
        {zone && (
          <>
            {" · "}
            <button type="button" class="link" onClick={() => go({ zone: zone.code, station: null }, true)}>
              {zone.name}
            </button>
          </>
        )}
      </p>
      {at && (
        <>
          <p class="quiet small">{isNow.value ? t.now(clockTime(at.epoch, timezone.value)) : momentText(at.epoch, timezone.value)}</p>
          <Counts at={at} station={station} />
          <div class="panel-head">
            <h3>{t.history}</h3>
            <Segments<Span>
              label={t.history}
              value={span}
              onChange={(chosen) => go({ span: chosen })}
              options={(["24h", "7d", "30d"] as const).map((one) => [one, t.spans[one]])}
            />
          </div>
          {span === "24h" && <LastDay station={station} />}
          {span !== "24h" && shardLoaded.state === "loading" && <Notice>{words.value.states.loading}</Notice>}
          {span !== "24h" && shardLoaded.state !== "loading" && !hourly?.epochs.length && <Notice>{t.noHistory}</Notice>}
          {span !== "24h" && hourly && hourly.epochs.length > 0 && <LongSpan hourly={hourly} span={span} />}
          {shard && <TypicalDay shard={shard} station={station} />}
          <Neighbours station={station} network={network} at={at} />
        </>
      )}
    </section>
  );
}

