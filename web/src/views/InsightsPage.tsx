import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { type Gap, TimeChart } from "../charts/TimeChart";
import { ZoneMap } from "../charts/ZoneMap";
import type { Baseline, CommuteFlow, DayReport, Row } from "../data/contract";
import { load } from "../data/load";
import { columnTitle, messages } from "../i18n";
import { clockTime, count, duration, longDate, percent, shortDate, signed, UNKNOWN_MARK } from "../i18n/format";
import { STEPS } from "../map/palette";
import { Notice } from "../parts/controls";
import { Ramp } from "../parts/panels/Legend";
import { cellText } from "../parts/tables/DataTable";
import { DownloadMenu } from "../parts/tables/DownloadMenu";
import { PictureButtons } from "../parts/tables/PictureButtons";
import { Calendar } from "../parts/time/Calendar";
import { go, hrefOf, route, setTableState } from "../state/route";
import { index, timezone } from "../state/store";

const FIRST_ROWS = 15;
/** Over a whole day few zones lose more of their time than this: the scale of the map ends here. */
const DAY_END = 0.2;
const SHARES = /(_share|_availability|_difference)$/;

interface FactsProps {
  /** By which the address tells that all of its rows are shown. */
  id: string;
  caption: string;
  columns: string[];
  rows: Row[];
  fileName: string;
  station?: boolean;
  /** The column whose figures are drawn too. */
  bar?: string;
}

/** A table to be read and printed: no tools, the figures at the right. */
function Facts({ id, caption, columns, rows, fileName, station = false, bar = "" }: FactsProps) {
  const all = route.value.tables[id]?.all ?? false;
  const isNumber = (name: string) => rows.some((row) => typeof row[name] === "number");
  const most = Math.max(1e-9, ...rows.map((row) => Number(row[bar] ?? 0)));
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return (
    <>
      <div class="table-scroll" tabIndex={0} role="region" aria-label={caption}>
        <table>
          <caption class="unseen">{caption}</caption>
          <thead>
            <tr>
              {columns.map((name) => (
                <th scope="col" class={isNumber(name) ? "number" : ""}>
                  {columnTitle(name)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {(all ? rows : rows.slice(0, FIRST_ROWS)).map((row) => (
              <tr>
                {columns.map((name) => (
                  <td class={isNumber(name) ? "number" : ""}>
                    {name === bar && (
                      <i
                        class="cell-bar"
                        aria-hidden="true"
                        style={{ width: `${(60 * Number(row[name] ?? 0)) / most}%` }}
                      />
                    )}
                    {station && name === "name" ? (
                      <a href={hrefOf({ page: "map", station: String(row.station_code), day: null })}>
                        {cellText(name, row[name] ?? null)}
                      </a>
                    ) : (
                      cellText(name, row[name] ?? null)
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        {!all && rows.length > FIRST_ROWS && (
          <button type="button" class="plain" onClick={() => setTableState(id, { all: true })}>
            {messages.value.tables.more} ({count(rows.length)})
          </button>
        )}
      </div>
      <div class="no-print">
        <DownloadMenu
          name={fileName}
          caption={caption}
          rows={() => ({ columns: names, rows })}
          placed={names.includes("station_code") || names.includes("zone_code")}
        />
      </div>
    </>
  );
}

function Part({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="report-part">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function KeyFigures({ report }: { report: DayReport }) {
  const t = messages.value.insights;
  const { network, worst_moment: worst, types, coverage } = report;
  const figures: [string, string, string][] = [];
  if (network) {
    figures.push([t.bike, percent(network.bike_availability, 1), t.ofTime]);
    figures.push([t.dock, percent(network.dock_availability, 1), t.ofTime]);
    figures.push([t.lost, percent(network.unusable_share, 1), t.minutes(count(network.outage_minutes))]);
  }
  if (worst)
    figures.push([
      t.worstMoment,
      clockTime(worst.epoch, timezone.value),
      t.worstNote(count(worst.unusable_stations), count(worst.operative_stations)),
    ]);
  if (types)
    figures.push([
      t.electric,
      percent(types.ebike_share, 1),
      t.electricNote(count(types.mean_ebikes), count(types.mean_mechanical)),
    ]);
  figures.push([
    t.observed,
    percent(coverage.share, 1),
    t.ticks(count(coverage.ticks_observed), count(coverage.ticks_expected)),
  ]);
  return (
    <div class="key-figures">
      {figures.map(([title, value, note]) => (
        <div class="figure">
          <h3>{title}</h3>
          <p class="value">{value}</p>
          <p class="note">{note}</p>
        </div>
      ))}
    </div>
  );
}

function Comparisons({ report }: { report: DayReport }) {
  const t = messages.value.insights;
  const known = report.comparisons.filter((one) => one.day_before || one.week_before || one.weekday_median);
  if (known.length === 0) return <p class="quiet">{t.noComparison}</p>;
  const number = (measure: string, value: number) => (SHARES.test(measure) ? percent(value, 1) : count(value));
  const change = (measure: string, one: Baseline | null, state: string) =>
    one ? (
      <>
        {number(measure, one.value)}{" "}
        <small>{SHARES.test(measure) ? `${signed(one.change * 100, 1)} pt` : signed(one.change)}</small>
        {one.common_minutes < report.coverage.observed_minutes && (
          <small> · {t.commonTime(duration(one.common_minutes))}</small>
        )}
      </>
    ) : (
      <small>{state === "no_history" ? UNKNOWN_MARK : t.notComparable}</small>
    );
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={t.compared}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t.measure}</th>
            <th scope="col" class="number">
              {shortDate(report.date)}
            </th>
            <th scope="col" class="number">
              {t.dayBefore}
            </th>
            <th scope="col" class="number">
              {t.weekBefore}
            </th>
            <th scope="col" class="number">
              {t.weekdayMedian}
            </th>
          </tr>
        </thead>
        <tbody>
          {known.map((one) => (
            <tr>
              <th scope="row">{columnTitle(one.measure)}</th>
              <td class="number">{number(one.measure, one.value)}</td>
              <td class="number">{change(one.measure, one.day_before, report.history.day_before)}</td>
              <td class="number">{change(one.measure, one.week_before, report.history.week_before)}</td>
              <td class="number">{change(one.measure, one.weekday_median, report.history.weekday_median)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function CommuteBars({ commute, title }: { commute: CommuteFlow; title: string }) {
  const flows = [...commute.gained, ...[...commute.lost].reverse()];
  const most = Math.max(1, ...flows.map((flow) => Math.abs(flow.net_bikes)));
  return (
    <div>
      <h4>
        {title} <small>{messages.value.insights.hours(commute.from_hour, commute.to_hour)}</small>
      </h4>
      <ul class="commute">
        {flows.map((flow) => (
          <li>
            <span>{flow.zone_name}</span>
            <span class={`commute-bar ${flow.net_bikes < 0 ? "lost" : "gained"}`} aria-hidden="true">
              <i style={{ width: `${(100 * Math.abs(flow.net_bikes)) / most}%` }} />
            </span>
            <b>{signed(flow.net_bikes)}</b>
          </li>
        ))}
      </ul>
      {commute.observed_share < 1 && (
        <p class="quiet small">{messages.value.data.observed(percent(commute.observed_share))}</p>
      )}
    </div>
  );
}

/** Observations and, where one no longer holds before the next, the gap between them: no line is drawn through it. */
function courseOf(report: DayReport): {
  points: (DayReport["moments"][number] | { epoch: number; short_stations: null; no_dock_stations: null })[];
  gaps: Gap[];
} {
  const label = messages.value.timeline.unobserved;
  const observed = report.moments.filter((one) => one.outcome === "observed");
  const gaps: Gap[] = [];
  const points = observed.flatMap((one, i) => {
    const next = observed[i + 1]?.epoch;
    const until = one.epoch + one.held_s;
    if (next === undefined || until >= next) return [one];
    gaps.push({ from: until, to: next, label });
    return [one, { epoch: until, short_stations: null, no_dock_stations: null }];
  });
  return { points, gaps };
}

function DayCurve({ report }: { report: DayReport }) {
  const t = messages.value;
  const { points, gaps } = courseOf(report);
  if (points.length < 2) return null;
  return (
    <div data-picture={`${t.insights.curve}, ${longDate(report.date)}`}>
      <TimeChart
        label={t.insights.curve}
        epochs={points.map((one) => one.epoch)}
        stepS={(report.coverage.cadence_min ?? 15) * 60}
        from={report.moments[0]!.epoch}
        to={report.moments.at(-1)!.epoch}
        height={180}
        series={[
          { name: t.series.no_bike, look: "c-no-bike", kind: "line", values: points.map((one) => one.short_stations) },
          {
            name: t.station.outage.no_dock,
            look: "c-no-dock",
            kind: "line",
            values: points.map((one) => one.no_dock_stations),
          },
        ]}
        gaps={gaps}
      />
      <PictureButtons name={`insights-${report.date}-curve`} />
    </div>
  );
}

/** The zones by the share of their time that was lost. */
function LostByZone({ report }: { report: DayReport }) {
  const t = messages.value.insights;
  const looks = useMemo(
    () =>
      new Map(
        report.zones.map((zone) => {
          const share = zone.unusable_share;
          const known = typeof share === "number";
          return [
            String(zone.zone_code),
            {
              look: known ? `unusable-${Math.min(STEPS - 1, Math.floor((share / DAY_END) * STEPS))}` : "none",
              text: percent(known ? share : null, 1),
            },
          ] as const;
        }),
      ),
    [report, route.value.language],
  );
  return (
    <figure class="lost-by-zone" data-picture={`${t.lostByZone}, ${longDate(report.date)}`}>
      <ZoneMap label={t.lostByZone} looks={looks} />
      <figcaption>
        {t.lostByZone} <Ramp scale="unusable" from="0" to={`≥ ${percent(DAY_END)}`} />
      </figcaption>
      <PictureButtons name={`insights-${report.date}-zones`} />
    </figure>
  );
}

function Story({ report }: { report: DayReport }) {
  const told = report.sentences[route.value.language] ?? [];
  const isWarning = (i: number) => report.topics[i] === "source";
  return (
    <div class="story">
      {told.map((sentence, i) => (
        <p class={isWarning(i) ? "warning" : report.topics[i] === "network" ? "opening" : ""}>{sentence}</p>
      ))}
    </div>
  );
}

function Report({ report }: { report: DayReport }) {
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

/** Where the day's report stands for good: no theme and no moment in it. */
function addressOf(day: string): string {
  return new URL(`?view=insights&day=${day}&lang=${route.value.language}`, location.href).href;
}

function DayTools({ days, chosen }: { days: string[]; chosen: string }) {
  const t = messages.value.insights;
  const here = days.indexOf(chosen);
  const step = (day: string | undefined, label: string, mark: string) => (
    <button
      type="button"
      class="step"
      disabled={!day}
      aria-label={label}
      title={label}
      onClick={() => day && go({ day }, true)}
    >
      {mark}
    </button>
  );
  return (
    <div class="page-tools no-print">
      <div class="day-picker">
        {step(days[here - 1], messages.value.timeline.previousDay, "‹")}
        <Calendar label={t.day} value={chosen} onChange={(day) => go({ day }, true)} show={longDate} />
        {step(here < 0 ? undefined : days[here + 1], messages.value.timeline.nextDay, "›")}
      </div>
      <button type="button" class="accent" onClick={() => print()}>
        {t.print}
      </button>
      <a href={`data/insights/${chosen}.${route.value.language}.html`}>{t.document}</a>
      <a href={`data/insights/${chosen}.json`} download={`insights-${chosen}.json`}>
        {t.json}
      </a>
    </div>
  );
}

export function InsightsPage() {
  const t = messages.value.insights;
  const days = index.value?.days.map((entry) => entry.date) ?? [];
  const chosen = route.value.day ?? days.at(-1);
  if (!chosen) return <Notice>{t.noneAtAll}</Notice>;
  const loaded = load<DayReport>(`insights/${chosen}.json`).value;
  return (
    <section class="page report-page">
      <DayTools days={days} chosen={chosen} />
      {loaded.state === "loading" && <Notice>{messages.value.states.loading}</Notice>}
      {loaded.state === "absent" && <Notice>{t.none}</Notice>}
      {loaded.state === "failed" && <Notice kind="bad">{messages.value.states.failed}</Notice>}
      {loaded.state === "ready" && <Report report={loaded.value} />}
    </section>
  );
}
