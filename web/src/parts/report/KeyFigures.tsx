import type { DayReport } from "../../data/contract";
import { messages } from "../../i18n";
import { clockTime, count, percent } from "../../i18n/format";
import { route } from "../../state/route";
import { timezone } from "../../state/store";

export function KeyFigures({ report }: { report: DayReport }) {
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

export function Story({ report }: { report: DayReport }) {
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
