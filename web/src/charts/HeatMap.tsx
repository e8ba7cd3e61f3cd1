import type { ProfileCell } from "../data/history";
import { type Measure, ratio } from "../data/measures";
import { messages } from "../i18n";
import { percent, weekdayName } from "../i18n/format";
import { STEPS } from "../map/palette";
import { Ramp } from "../parts/panels/Legend";

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7];
/** A scale of its own: its ends are what the week takes, and not empty and full as on the map. */
const SCALE = "week";
const FIELDS = {
  fill: "fill_rate",
  no_bike: "short_share",
  saturated: "saturated_share",
  unusable: "unusable_share",
} as const;

/** Hours by weekdays, as a table whose cells are coloured: what is seen can be read out. */
export function HeatMap({ rows, measure, small = false }: { rows: ProfileCell[]; measure: Measure; small?: boolean }) {
  const t = messages.value.rhythm;
  const at = new Map(rows.map((row) => [row.local_weekday * 24 + row.local_hour, row[FIELDS[measure]]]));
  const known = [...at.values()].filter((value) => value !== null && value !== undefined);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  // A whole network moves within a few points: each measure is stretched over what it takes, shares from nothing on.
  const from = measure === "fill" ? least : 0;
  const stepOf = (value: number) => Math.min(STEPS - 1, Math.floor((ratio(value - from, most - from) ?? 0.5) * STEPS));
  return (
    <>
      <div class="table-scroll heat-scroll" tabIndex={0} role="region" aria-label={t.title}>
        <table class={small ? "heat small" : "heat"}>
          <caption class="unseen">{`${t.title}: ${messages.value.measures[measure]}`}</caption>
          <thead>
            <tr>
              <th scope="col">
                <span class="unseen">{t.hour}</span>
              </th>
              {HOURS.map((hour) => (
                <th scope="col">{small && hour % 6 ? <span class="unseen">{hour}</span> : hour}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {WEEKDAYS.map((weekday) => (
              <tr>
                <th scope="row">{weekdayName(weekday, small ? "short" : "long")}</th>
                {HOURS.map((hour) => {
                  const value = at.get(weekday * 24 + hour) ?? null;
                  const text = value === null ? t.unknown : percent(value, 1);
                  return (
                    <td
                      class={value === null ? "none" : `${SCALE}-${stepOf(value)}`}
                      title={t.cell(weekdayName(weekday), hour, text)}
                    >
                      <span class={small ? "unseen" : ""}>{value === null ? "" : Math.round(value * 100)}</span>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {!small && known.length > 0 && (
        <p class="quiet small">
          <Ramp scale={SCALE} from={percent(from, 1)} to={percent(most, 1)} />
        </p>
      )}
    </>
  );
}
