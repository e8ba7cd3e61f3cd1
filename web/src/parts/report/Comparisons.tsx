import type { Baseline, CommuteFlow, DayReport } from "../../data/contract";
import { columnTitle, messages } from "../../i18n";
import { count, duration, percent, shortDate, signed, UNKNOWN_MARK } from "../../i18n/format";

const SHARES = /(_share|_availability|_difference)$/;

export function Comparisons({ report }: { report: DayReport }) {
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

export function CommuteBars({ commute, title }: { commute: CommuteFlow; title: string }) {
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
