import { words } from "../i18n";
import { count, duration } from "../i18n/format";
import { valueOf } from "../data/load";
import { go, hrefOf } from "../state/route";
import { isNow, top10File } from "../state/store";
import { Notice } from "./controls";

export function Top10() {
  const rows = valueOf(top10File.value);
  const t = words.value.top10;
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
                  {row.is_still_out ? t.since(duration(row.current_outage_minutes)) : t.over}
                </span>
              </span>
              <span class="minutes">
                <b>{count(row.outage_minutes)}</b> min
              </span>
            </a>
          </li>
        ))}
      </ol>
    </section>
  );
}
