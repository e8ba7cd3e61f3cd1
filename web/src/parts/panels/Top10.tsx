import type { Top10Row } from "../../data/contract";
import { loadedValue } from "../../data/load";
import { OPERATIVE, observedUntil, STATE_UNKNOWN } from "../../data/moment";
import { messages } from "../../i18n";
import { count, duration, localDate } from "../../i18n/format";
import { go, hrefOf } from "../../state/route";
import {
  cadenceS,
  dayNamed,
  index,
  isNow,
  isOnlyObservation,
  latest,
  network,
  timezone,
  top10File,
} from "../../state/store";
import { Notice } from "../controls";
import { Downloads } from "../tables/DownloadMenu";

const TWO_HOURS_S = 7200;
/** More would be too narrow to see. */
const MOST_SQUARES = 24;

/** The two hours before the latest tick in steps of the cadence, each by what the station lacked as it began. */
function TwoHours({ code }: { code: string }) {
  const now = latest.value;
  const station = network.value?.byCode.get(code) ?? -1;
  if (!now || station < 0) return null;
  const squares = Math.min(MOST_SQUARES, Math.max(1, Math.round(TWO_HOURS_S / cadenceS.value)));
  const step = TWO_HOURS_S / squares;
  const from = now.epoch - TWO_HOURS_S;
  // An observation from before the two hours may hold into them.
  const dates = new Set([
    localDate(from - TWO_HOURS_S, timezone.value),
    localDate(from, timezone.value),
    localDate(now.epoch, timezone.value),
  ]);
  const known = index.value?.days.filter((one) => dates.has(one.date)) ?? [];
  const seen = observedUntil(
    known.flatMap((one) => loadedValue(dayNamed(one.date)) ?? []),
    now.epoch,
  );
  const looks = Array.from({ length: squares }, (_, i) => {
    const begin = from + i * step;
    const at = seen.findLast(({ moment, holdS }) => moment.epoch <= begin && begin < moment.epoch + holdS)?.moment;
    if (!at || at.state[station] === STATE_UNKNOWN) return "unseen";
    if (at.state[station] !== OPERATIVE) return "off";
    const [bikes, docks] = [at.bikes[station], at.docks[station]];
    return bikes === 0 ? (docks === 0 ? "both" : "no_bike") : docks === 0 ? "no_dock" : "fine";
  });
  return (
    <span class="two-hours" aria-hidden="true">
      {looks.map((look) => (
        <i class={look} />
      ))}
    </span>
  );
}

function outFor(row: Top10Row): string {
  const t = messages.value.top10;
  if (!row.current_outage_minutes) return t.justNow;
  return (row.current_outage_is_open ? t.sinceAtLeast : t.since)(duration(row.current_outage_minutes));
}

export function Top10() {
  const rows = loadedValue(top10File.value);
  const t = messages.value.top10;
  const view = index.value?.views.find((one) => one.name === "kpi_top10_2hour");
  return (
    <section class="top10" aria-labelledby="top10-title">
      <h2 id="top10-title">{t.title}</h2>
      <p class="subtitle">{isNow.value ? t.subtitle : t.onlyNow}</p>
      {isOnlyObservation.value ? (
        <Notice>{t.oneObservation}</Notice>
      ) : (
        rows && rows.length === 0 && <Notice>{t.none}</Notice>
      )}
      <ol>
        {rows?.map((row) => (
          <li>
            <a
              href={hrefOf({ station: row.station_code })}
              onClick={(event) => {
                event.preventDefault();
                go({ station: row.station_code, asTable: false }, true);
              }}
            >
              <span class="rank">{row.critical_rank}</span>
              <span class="what">
                <span class="name" title={row.name ?? undefined}>
                  {row.name ?? row.station_code}
                </span>
                <span class="where">
                  {row.zone_name} ·{" "}
                  <span class={`reason ${row.reason}`}>
                    {row.reason === "both" && row.bikes === 0 && row.docks === 0
                      ? t.bothNow
                      : t.reasons[row.reason as keyof typeof t.reasons]}
                  </span>
                  {row.is_still_out ? ` · ${outFor(row)}` : (row.outage_minutes ?? 0) > 0 && ` · ${t.over}`}
                </span>
              </span>
              <span class="minutes">
                <b>{count(row.coverage === 0 ? null : row.outage_minutes)}</b> min
                <TwoHours code={row.station_code} />
              </span>
            </a>
          </li>
        ))}
      </ol>
      {rows && rows.length > 0 && (
        <p class="chart-legend">
          <span class="key c-no-bike">{messages.value.station.outage.no_bike}</span>
          <span class="key c-no-dock">{messages.value.station.outage.no_dock}</span>
          <span class="key c-off">{messages.value.conditions.off}</span>
          <span class="key c-unseen">{messages.value.timeline.unobserved}</span>
        </p>
      )}
      {view && <Downloads view={view} />}
    </section>
  );
}
