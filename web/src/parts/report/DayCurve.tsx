import { useMemo } from "preact/hooks";
import { type Gap, TimeChart } from "../../charts/TimeChart";
import { ZoneMap } from "../../charts/ZoneMap";
import type { DayReport } from "../../data/contract";
import { messages } from "../../i18n";
import { longDate, percent } from "../../i18n/format";
import { STEPS } from "../../map/palette";
import { route } from "../../state/route";
import { Ramp } from "../panels/Legend";
import { PictureButtons } from "../tables/PictureButtons";

/** Over a whole day few zones lose more of their time than this: the scale of the map ends here. */
const DAY_END = 0.2;

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

export function DayCurve({ report }: { report: DayReport }) {
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
export function LostByZone({ report }: { report: DayReport }) {
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
