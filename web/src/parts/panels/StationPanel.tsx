import type { HistoryShard } from "../../data/contract";
import { hoursOf } from "../../data/history";
import { load, loadedValue } from "../../data/load";
import { bikesOf, conditionAt } from "../../data/measures";
import { type Moment, OPERATIVE } from "../../data/moment";
import { metres, type Network, type Station } from "../../data/network";
import { messages } from "../../i18n";
import { clockTime, count, distance, duration, momentText } from "../../i18n/format";
import { go, route, type Span } from "../../state/route";
import { isNow, limits, moment, now, timezone } from "../../state/store";
import { Notice, Segments } from "../controls";
import { counted, LastDay, LongSpan, TypicalDay } from "./StationHistory";

const NEAR_M = 1000;
const WALK_M_PER_MIN = 75;

function Counts({ at, station }: { at: Moment; station: Station }) {
  const t = messages.value.station;
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
        <b>{messages.value.conditions[condition]}</b>
        {since ? <span> · {now.value?.since_open[station.index] ? t.outAtLeast(out) : t.outFor(out)}</span> : null}
      </p>
      <div class="counts">
        <p>
          <b data-count="bikes">{count(bikes)}</b> {t.bikesWord(bikes ?? 0)}
          <small>{t.byType(count(mechanical), mechanical ?? 0, count(ebikes), ebikes ?? 0)}</small>
        </p>
        <p>
          <b data-count="docks">{count(docks)}</b> {t.docksWord(docks ?? 0)}
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

function Neighbours({ station, network, at }: { station: Station; network: Network; at: Moment }) {
  const t = messages.value.station;
  const { type } = route.value;
  const near = network.stations
    .filter(
      (other) =>
        other.index !== station.index &&
        other.located &&
        at.state[other.index] === OPERATIVE &&
        bikesOf(at, type)[other.index]! > 0,
    )
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
            <b>{messages.value.map.bikes(bikesOf(at, type)[other.index]!)}</b>
          </li>
        ))}
      </ul>
    </>
  );
}

export function StationPanel({ network, code }: { network: Network; code: string }) {
  const t = messages.value.station;
  const at = moment.value;
  const station = network.stations[network.byCode.get(code) ?? -1];
  const { span } = route.value;
  const close = (
    <button
      type="button"
      class="close"
      aria-label={t.close}
      title={t.close}
      onClick={() => go({ station: null }, true)}
    >
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
  const shard = loadedValue(shardLoaded);
  const end = at?.epoch ?? 0;
  const hourly =
    shard && span !== "24h"
      ? hoursOf(shard, code, end - (span === "7d" ? 7 : 30) * 86_400, Math.min(end, shard.epochs.at(-1) ?? 0))
      : null;
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
        {at && ` · ${isNow.value ? t.now(clockTime(at.epoch, timezone.value)) : momentText(at.epoch, timezone.value)}`}
        {station.located && (
          <>
            {" · "}
            <a
              href={`https://www.openstreetmap.org/directions?to=${station.lat.toFixed(5)},${station.lon.toFixed(5)}`}
              target="_blank"
              rel="noreferrer"
            >
              {t.directions}
            </a>
          </>
        )}
      </p>
      {at && (
        <>
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
          {span !== "24h" && shardLoaded.state === "loading" && <Notice>{messages.value.states.loading}</Notice>}
          {span !== "24h" && shardLoaded.state !== "loading" && !hourly?.epochs.length && (
            <Notice>{t.noHistory}</Notice>
          )}
          {span !== "24h" && hourly && hourly.epochs.length > 0 && (
            <LongSpan hourly={hourly} span={span} station={station} />
          )}
          {shard && <TypicalDay shard={shard} station={station} />}
          <Neighbours station={station} network={network} at={at} />
        </>
      )}
    </section>
  );
}
