import { Sparkline } from "../../charts/Sparkline";
import type { DayFile, Headline } from "../../data/contract";
import { load, loadedValue } from "../../data/load";
import { networkTotals, ratio } from "../../data/measures";
import { type Day, nearestTick } from "../../data/moment";
import { messages } from "../../i18n";
import { count, localDate, momentText, percent, signed, UNKNOWN_MARK } from "../../i18n/format";
import { fold, folded } from "../../state/folded";
import { cadenceS, day, headlineFile, index, isNow, limits, moment, timezone } from "../../state/store";

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

type Curve = Day["curve"];

/** The network at two moments: where the figures of each are to be read. */
interface Comparison {
  epoch: number;
  now: (figure: Figure) => number | null;
  earlier: (figure: Figure) => number | null;
}

function changeText(now: number | null, then: number | null, points: boolean): string {
  if (now === null || then === null) return UNKNOWN_MARK;
  return points ? `${signed((now - then) * 100, 1)} pt` : signed(now - then);
}

function publishedBefore(now: Headline, then: Headline | null): Comparison | null {
  return then && { epoch: then.epoch, now: (figure) => figure.of(now), earlier: (figure) => figure.of(then) };
}

/** Against so many days before a moment of the past, by the files of both days; null where that was not observed. */
function daysBefore(days: number, shown: Day, epoch: number): Comparison | null | "loading" {
  const wanted = epoch - days * 86_400;
  const name = localDate(wanted, timezone.value);
  if (!index.value?.days.some((entry) => entry.date === name)) return null;
  const loaded =
    name === shown.date ? ({ state: "ready", value: shown } as const) : load<DayFile>(`days/${name}.json`).value;
  if (loaded.state === "loading") return "loading";
  if (loaded.state !== "ready") return null;
  const [here, there] = [shown.epochs.indexOf(epoch), nearestTick(loaded.value, wanted, cadenceS.value)];
  if (here < 0 || there < 0) return null;
  const read = (curve: Curve, tick: number) => (figure: Figure) => figure.course(curve)[tick] ?? null;
  return { epoch: loaded.value.epochs[there]!, now: read(shown.curve, here), earlier: read(loaded.value.curve, there) };
}

/** The figures of a tick of the past, as the file of its day has them. */
function pictureAt(curve: Curve, tick: number) {
  const at = (name: keyof Curve) => curve[name][tick] ?? null;
  return {
    bikes: at("bikes"),
    mechanical: at("mechanical"),
    ebikes: at("ebikes"),
    docks: at("docks"),
    fill_rate: at("fill_rate"),
    operative: at("operative"),
    no_bike: at("no_bike"),
    saturated: at("saturated"),
  };
}

function shareOf({ ebikes, mechanical }: { ebikes: number | null; mechanical: number | null }): number | null {
  return ratio(ebikes, ebikes === null || mechanical === null ? null : ebikes + mechanical);
}

function Change({ figure, against, label }: { figure: Figure; against: Comparison; label: string }) {
  return (
    <span class="change" title={momentText(against.epoch, timezone.value)}>
      <b>{changeText(against.now(figure), against.earlier(figure), figure.points ?? false)}</b> {label}
    </span>
  );
}

export function HeadlineStrip() {
  const file = loadedValue(headlineFile.value);
  const shown = moment.value;
  const t = messages.value.headline;
  if (!shown) return <section class="headline" aria-label={t.label} aria-busy="true" />;
  const published = isNow.value ? file?.now : null;
  const shownDay = day.value;
  const totals = networkTotals(shown, limits.value);
  const tick = shownDay ? shownDay.epochs.indexOf(shown.epoch) : -1;
  // What the views say where they say it; what the stations add up to only until that is here.
  const said = published ?? (shownDay && tick >= 0 ? pictureAt(shownDay.curve, tick) : null);
  const figures: Figure[] = [
    {
      id: "bikes",
      title: t.bikes,
      value: count(said ? said.bikes : totals.bikes),
      note: t.bikesNote(count(said ? said.mechanical : totals.mechanical)),
      of: (from) => from.bikes,
      course: (of) => of.bikes,
    },
    {
      id: "ebikes",
      title: t.ebikes,
      value: count(said ? said.ebikes : totals.ebikes),
      note: t.ebikesNote(percent(shareOf(said ?? totals))),
      of: (from) => from.ebikes,
      course: (of) => of.ebikes,
    },
    {
      id: "docks",
      title: t.docks,
      value: count(said ? said.docks : totals.docks),
      note: published ? t.docksNote(percent(published.dock_availability, 1)) : "",
      of: (from) => from.docks,
      course: (of) => of.docks,
    },
    {
      id: "fill",
      title: t.fill,
      value: percent(said ? said.fill_rate : ratio(totals.filled, totals.fillable), 1),
      note: t.fillNote(count(said ? said.operative : totals.operative), count(published?.stations ?? totals.stations)),
      of: (from) => from.fill_rate,
      course: (of) => of.fill_rate,
      points: true,
    },
    {
      id: "no_bike",
      title: t.no_bike,
      value: count(said ? said.no_bike : totals.no_bike),
      note: published ? t.shortNote(count(published.no_bike_naive)) : "",
      of: (from) => from.no_bike,
      course: (of) => of.no_bike,
    },
    {
      id: "saturated",
      title: t.saturated,
      value: count(said ? said.saturated : totals.saturated),
      note: t.saturatedNote,
      of: (from) => from.saturated,
      course: (of) => of.saturated,
    },
  ];
  const past = (days: number) => (shownDay ? daysBefore(days, shownDay, shown.epoch) : ("loading" as const));
  const changes: [Comparison | null | "loading", string][] =
    published && file
      ? [
          [publishedBefore(published, file.day_before), t.day],
          [publishedBefore(published, file.week_before), t.week],
        ]
      : isNow.value
        ? []
        : [
            [past(1), t.day],
            [past(7), t.week],
          ];
  return (
    <section class={`headline ${folded.value.headline ? "folded" : ""}`} aria-label={t.label}>
      {figures.map((figure) => (
        <div class="figure" data-figure={figure.id}>
          <h2>{figure.title}</h2>
          <p class="value">{figure.value}</p>
          {shownDay && <Sparkline values={figure.course(shownDay.curve)} at={shownDay.epochs.indexOf(shown.epoch)} />}
          <p class="note" title={figure.note}>
            {figure.note}
          </p>
          <p class="changes">
            {changes.map(
              ([against, label]) =>
                against && against !== "loading" && <Change figure={figure} against={against} label={label} />,
            )}
          </p>
        </div>
      ))}
      <button
        type="button"
        class="plain fold"
        aria-expanded={!folded.value.headline}
        onClick={() => fold("headline", !folded.value.headline)}
      >
        {folded.value.headline ? messages.value.moreFigures : messages.value.fewerFigures}
      </button>
      {changes.length > 0 && changes.every(([against]) => against === null) && <p class="no-history">{t.noHistory}</p>}
    </section>
  );
}
