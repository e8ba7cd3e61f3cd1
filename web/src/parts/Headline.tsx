import type { Headline } from "../data/contract";
import { networkTotals, ratio } from "../data/measures";
import { valueOf } from "../data/load";
import { words } from "../i18n";
import { clockTime, count, momentText, percent, signed, UNKNOWN_MARK } from "../i18n/format";
import { Sparkline } from "../charts/Sparkline";
import type { Day } from "../data/moment";
import { day, headlineFile, index, isNow, limits, moment, timezone } from "../state/store";

interface Figure {
  id: string;
  title: string;
  value: string;
  note: string;
  /** The day so far, tick by tick. */
  course: (of: Day["curve"]) => (number | null)[];
  of: (from: Headline) => number | null;
  /** Percentage points instead of a count. */
  points?: boolean;
}

function changeText(now: number | null, then: number | null, points: boolean): string {
  if (now === null || then === null) return UNKNOWN_MARK;
  return points ? `${signed((now - then) * 100, 1)} pt` : signed(now - then);
}

function Change({ figure, now, then, label }: { figure: Figure; now: Headline; then: Headline | null; label: string }) {
  if (!then) return null;
  return (
    <span class="change" title={momentText(then.epoch, timezone.value)}>
      <b>{changeText(figure.of(now), figure.of(then), figure.points ?? false)}</b> {label}
    </span>
  );
}

export function HeadlineStrip() {
  const file = valueOf(headlineFile.value);
  const shown = moment.value;
  const t = words.value.headline;
  if (!shown) return <section class="headline" aria-label={t.label} aria-busy="true" />;
  const published = isNow.value ? file?.now : null;
  const shownDay = day.value;
  const totals = networkTotals(shown, limits.value);
  const figures: Figure[] = [
    {
      id: "bikes",
      title: t.bikes,
      value: count(published?.bikes ?? totals.bikes),
      note: t.bikesNote(count(published?.mechanical ?? totals.mechanical)),
      of: (from) => from.bikes,
      course: (of) => of.bikes,
    },
    {
      id: "ebikes",
      title: t.ebikes,
      value: count(published?.ebikes ?? totals.ebikes),
      note: t.ebikesNote(percent(ratio(totals.ebikes, totals.ebikes + totals.mechanical))),
      of: (from) => from.ebikes,
      course: (of) => of.ebikes,
    },
    {
      id: "docks",
      title: t.docks,
      value: count(published?.docks ?? totals.docks),
      note: published ? t.docksNote(percent(published.dock_availability, 1)) : "",
      of: (from) => from.docks,
      course: (of) => of.docks,
    },
    {
      id: "fill",
      title: t.fill,
      value: percent(published?.fill_rate ?? ratio(totals.filled, totals.fillable), 1),
      note: t.fillNote(count(published?.operative ?? totals.operative), count(published?.stations ?? totals.stations)),
      of: (from) => from.fill_rate,
      course: (of) => of.bikes.map((bikes, i) => (bikes === null ? null : ratio(bikes, bikes + (of.docks[i] ?? 0)))),
      points: true,
    },
    {
      id: "short",
      title: t.short,
      value: count(published?.short ?? totals.short),
      note: published ? t.shortNote(count(published.short_naive)) : "",
      of: (from) => from.short,
      course: (of) => of.short,
    },
    {
      id: "saturated",
      title: t.saturated,
      value: count(published?.saturated ?? totals.saturated),
      note: t.saturatedNote,
      of: (from) => from.saturated,
      course: (of) => of.saturated,
    },
  ];
  return (
    <section class="headline" aria-label={t.label}>
      {figures.map((figure) => (
        <div class="figure" data-figure={figure.id}>
          <h2>{figure.title}</h2>
          <p class="value">{figure.value}</p>
          {shownDay && <Sparkline values={figure.course(shownDay.curve)} at={shownDay.epochs.indexOf(shown.epoch)} />}
          <p class="note" title={figure.note}>
            {figure.note}
          </p>
          <p class="changes">
            {published && file && (
              <>
                <Change figure={figure} now={published} then={file.day_before} label={t.day} />
                <Change figure={figure} now={published} then={file.week_before} label={t.week} />
              </>
            )}
          </p>
        </div>
      ))}
      {published && file && !file.day_before && !file.week_before && <p class="no-history">{t.noHistory}</p>}
      {!isNow.value && index.value?.observed_epoch && (
        <p class="unseen">{t.onlyNow(clockTime(index.value.observed_epoch, timezone.value))}</p>
      )}
    </section>
  );
}
