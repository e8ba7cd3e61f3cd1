import type { DayReport } from "../../data/contract";
import { messages } from "../../i18n";
import { count, duration, longDate, percent } from "../../i18n/format";
import { route } from "../../state/route";
import { Notice } from "../controls";
import { CommuteBars, Comparisons } from "./Comparisons";
import { DayCurve, LostByZone } from "./DayCurve";
import { Facts, Part } from "./Facts";
import { KeyFigures, Story } from "./KeyFigures";

/** Where the day's report stands for good: no theme and no moment in it. */
function addressOf(day: string): string {
  return new URL(`?view=insights&day=${day}&lang=${route.value.language}`, location.href).href;
}

export function Report({ report }: { report: DayReport }) {
  const t = messages.value.insights;
  const { language } = route.value;
  const cannot = report.cannot_be_known[language] ?? [];
  const file = (name: string) => `insights-${report.date}-${name}`;
  return (
    <article class="report">
      <header>
        <p class="kicker">
          {t.title} · {report.network_name}
        </p>
        <h2>{longDate(report.date)}</h2>
      </header>
      {report.coverage.is_low && <Notice kind="bad">{t.low(percent(report.coverage.share))}</Notice>}
      <KeyFigures report={report} />
      <div class="front">
        <Story report={report} />
        <div class="aside">
          <LostByZone report={report} />
          {(report.morning || report.evening) && <h3>{t.commutes}</h3>}
          {report.morning && <CommuteBars commute={report.morning} title={t.morning} />}
          {report.evening && <CommuteBars commute={report.evening} title={t.evening} />}
        </div>
      </div>
      <Part title={t.curve}>
        <DayCurve report={report} />
      </Part>
      <Part title={t.compared}>
        <Comparisons report={report} />
      </Part>
      <Part title={t.zones}>
        {report.equity && (
          <p>
            {t.equity(
              report.equity.worst_zone_name,
              percent(report.equity.worst_unusable_share, 1),
              percent(report.equity.median_unusable_share, 1),
            )}
          </p>
        )}
        <Facts
          id="zones"
          caption={t.zones}
          fileName={file("zones")}
          bar="unusable_share"
          columns={[
            "zone_name",
            "stations",
            "unusable_share",
            "outage_minutes",
            "short_minutes",
            "no_dock_minutes",
            "bike_availability",
            "dock_availability",
          ]}
          rows={report.zones}
        />
      </Part>
      <Part title={t.worstStations}>
        <Facts
          id="worst-stations"
          caption={t.worstStations}
          fileName={file("worst-stations")}
          bar="outage_minutes"
          station
          columns={["name", "zone_name", "outage_minutes", "short_minutes", "no_dock_minutes", "full_availability"]}
          rows={report.stations.worst}
        />
      </Part>
      <Part title={t.bestStations}>
        <Facts
          id="best-stations"
          caption={t.bestStations}
          fileName={file("best-stations")}
          bar="bikes_moved"
          station
          columns={["name", "zone_name", "bikes_moved", "full_availability"]}
          rows={report.stations.best}
        />
      </Part>
      <Part title={t.chronic}>
        {report.chronic?.length ? (
          <Facts
            id="chronic-stations"
            caption={t.chronic}
            fileName={file("chronic-stations")}
            station
            columns={["name", "zone_name", "reason", "days_failed", "days_observed", "unusable_share"]}
            rows={report.chronic}
          />
        ) : (
          <p class="quiet">{report.chronic === null ? t.noHistory : t.noChronic}</p>
        )}
      </Part>
      {report.recoveries.length > 0 && (
        <Part title={t.recovery}>
          <Facts
            id="recovery"
            caption={t.recovery}
            fileName={file("recovery")}
            columns={["kind", "ended", "median_minutes", "p90_minutes", "going_on"]}
            rows={report.recoveries}
          />
        </Part>
      )}
      <Part title={t.changes}>
        {report.changes?.length ? (
          <Facts
            id="changes"
            caption={t.changes}
            fileName={file("changes")}
            columns={["change", "name", "name_before", "capacity", "capacity_before", "distance_m"]}
            rows={report.changes}
          />
        ) : (
          <p class="quiet">{report.changes === null ? t.noHistory : t.noChange}</p>
        )}
      </Part>
      <Part title={t.feed}>
        <p>
          {t.ticks(count(report.coverage.ticks_observed), count(report.coverage.ticks_expected))} ·{" "}
          {t.longestGap(duration(report.coverage.longest_gap_minutes))}
        </p>
      </Part>
      <Part title={t.cannot}>
        <ul class="plain-list">
          {cannot.map((one) => (
            <li>{one}</li>
          ))}
        </ul>
      </Part>
      <Part title={t.cite}>
        <p class="quiet small cite">
          {t.citation(report.network_name, longDate(report.date))} {addressOf(report.date)}
        </p>
        <p class="quiet small">{report.attribution[language]}</p>
      </Part>
    </article>
  );
}
