import { words } from "../i18n";
import { count, duration, localDate } from "../i18n/format";
import { valueOf } from "../data/load";
import { go, hrefOf } from "../state/route";
import { OPERATIVE } from "../data/moment";
import { cadenceS, dayNamed, index, isNow, latest, network, timezone, top10File } from "../state/store";
import { Notice } from "./controls";
import { Downloads } from "./TakeAway";

/** The ticks of the last two hours, each by what the station lacked; the minutes beside them say it in figures. */
function TwoHours({ code }: { code: string }) {
  const now = latest.value;
  const station = network.value?.byCode.get(code) ?? -1;
  if (!now || station < 0) return null;
  const step = cadenceS.value;
  const ticks = Math.min(16, Math.max(2, Math.round(7200 / step)));
  const from = now.epoch - (ticks - 1) * step;
  const days = new Set([localDate(from, timezone.value), localDate(now.epoch, timezone.value)].filter((name) => index.value?.days.some((one) => one.date === name)));
  const seen = new Map([...days].flatMap((name) => (valueOf(dayNamed(name))?.moments ?? []).flatMap((one) => (one ? [[one.epoch, one] as const] : []))));
  const looks = Array.from({ length: ticks }, (_, i) => {
    const at = seen.get(from + i * step) ?? (i === ticks - 1 ? now : undefined);
    if (!at || at.state[station] !== OPERATIVE) return "unseen";
    const [bikes, docks] = [at.bikes[station], at.docks[station]];
    return bikes === 0 ? (docks === 0 ? "both" : "short") : docks === 0 ? "full" : "fine";
  });
  return (
    <span class="two-hours" aria-hidden="true">
      {looks.map((look) => (
        <i class={look} />
      ))}
    </span>
  );
}

export function Top10() {
  const rows = valueOf(top10File.value);
  const t = words.value.top10;
  const view = index.value?.views.find((one) => one.name === "kpi_top10_2hour");
  return (
    <section class="top10" aria-labelledby="top10-title">
      <h2 id="top10-title">{t.title}</h2>
      <p class="subtitle">{isNow.value ? t.subtitle : t.onlyNow}</p>
      {rows && rows.length === 0 && <Notice>{t.none}</Notice>}
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
                <span class="name" title={row.name ?? undefined}>{row.name ?? row.station_code}</span>
                <span class="where">
                  {row.zone_name} · <span class={`reason ${row.reason}`}>{row.reason === "both" && row.bikes === 0 && row.docks === 0 ? t.bothNow : t.reasons[row.reason]}</span>
                  {" · "}
                  {row.is_still_out ? (row.current_outage_minutes > 0 ? t.since(duration(row.current_outage_minutes)) : t.justNow) : t.over}
                </span>
              </span>
              <span class="minutes">
                <b>{count(row.outage_minutes)}</b> min
                <TwoHours code={row.station_code} />
              </span>
            </a>
          </li>
        ))}
      </ol>
      {rows && rows.length > 0 && (
        <p class="chart-legend">
          <span class="key c-short">{words.value.station.outage.short}</span>
          <span class="key c-full">{words.value.station.outage.no_dock}</span>
          <span class="key c-unseen">{words.value.timeline.unobserved}</span>
        </p>
      )}
      {view && <Downloads view={view} />}
    </section>
  );
}
