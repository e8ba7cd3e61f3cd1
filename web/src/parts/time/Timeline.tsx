import { useEffect } from "preact/hooks";
import { type Gap, type Series, TimeChart } from "../../charts/TimeChart";
import type { Row } from "../../data/contract";
import type { Day } from "../../data/moment";
import { observedTick } from "../../data/moment";
import { messages } from "../../i18n";
import { clockTime, decimal, longDate, momentText, shiftDate, shortDate } from "../../i18n/format";
import { fold, folded } from "../../state/folded";
import { type Curve, go, route, SPEEDS } from "../../state/route";
import { cadenceS, date, day, dayLoaded, dayNamed, index, isNow, moment, timezone } from "../../state/store";
import { Choice, Notice, Segments } from "../controls";
import { DownloadMenu } from "../tables/DownloadMenu";
import { PictureButtons } from "../tables/PictureButtons";
import { Calendar } from "./Calendar";

const FRAME_MS = 220;
const INSET = { left: 44, right: 12 };

/** Neighbouring ticks that were not observed make one gap, named for the first of them. */
export function gapsOf(shown: Day, stepS: number): Gap[] {
  const t = messages.value.timeline.gap;
  const gaps: Gap[] = [];
  shown.status.forEach((status, tick) => {
    if (status === "observed") return;
    const from = shown.epochs[tick]!;
    const to = shown.epochs[tick + 1] ?? from + stepS;
    const last = gaps.at(-1);
    if (last && last.to === from) last.to = to;
    // A line ends at its last point, so a gap reaches back to it.
    else gaps.push({ from: tick ? shown.epochs[tick - 1]! : from, to, label: t[status] });
  });
  return gaps;
}

/** Bounds of the axis: the local day, as far as its ticks can tell. */
function bounds(shown: Day, stepS: number): [number, number] {
  const first = shown.epochs[0]!;
  const last = shown.epochs.at(-1)!;
  return [first, Math.max(last, first + 4 * stepS)];
}

function curveSeries(shown: Day, look: "bikes" | "trouble"): Series[] {
  const t = messages.value.series;
  const { mechanical, ebikes, no_bike, saturated } = shown.curve;
  if (look === "trouble")
    return [
      { name: t.no_bike, look: "c-no-bike", kind: "line", values: no_bike },
      { name: t.saturated, look: "c-no-dock", kind: "line", values: saturated },
    ];
  return [
    { name: t.mechanical, look: "c-mechanical", kind: "area", values: mechanical },
    { name: t.ebikes, look: "c-ebike", kind: "area", values: ebikes, base: mechanical },
  ];
}

/** The values of another day at the same times of day as the day shown. */
function ghostSeries(shown: Day, other: Day, shiftS: number, look: "bikes" | "trouble"): Series {
  const at = new Map(other.epochs.map((epoch, i) => [epoch + shiftS, i]));
  const from = look === "bikes" ? other.curve.bikes : other.curve.no_bike;
  return {
    name: `${look === "bikes" ? messages.value.series.bikes : messages.value.series.no_bike} · ${shortDate(other.date)}`,
    look: "c-ghost",
    kind: "ghost",
    values: shown.epochs.map((epoch) => from[at.get(epoch) ?? -1] ?? null),
  };
}

/** All that the file of the day tells of the network, tick by tick. */
function curveRows(shown: Day) {
  const names = Object.keys(shown.curve) as (keyof Day["curve"])[];
  const rows = shown.epochs.map(
    (epoch, i): Row => ({
      snapshot_at: new Date(epoch * 1000).toISOString().replace(".000Z", "Z"),
      status: shown.status[i]!,
      ...Object.fromEntries(names.map((name) => [name, shown.curve[name][i] ?? null])),
    }),
  );
  return { columns: ["snapshot_at", "status", ...names], rows };
}

function Slider({ shown, tick }: { shown: Day; tick: number }) {
  const { playing, speed } = route.value;
  const setPlaying = (next: boolean) => go({ playing: next });
  const t = messages.value.timeline;
  const zone = timezone.value;
  const last = shown.epochs.length - 1;
  const show = (next: number) => {
    const epoch = shown.epochs[next]!;
    go({ at: epoch === index.peek()?.observed_epoch ? null : epoch });
  };
  useEffect(() => {
    if (!playing) return;
    const frameMs = FRAME_MS / Number(speed);
    let shownMs = performance.now();
    const timer = setInterval(() => {
      // Where drawing takes longer than a frame, ticks are left out rather than the speed.
      const steps = Math.floor((performance.now() - shownMs) / frameMs);
      if (steps < 1) return;
      shownMs += steps * frameMs;
      const at = route.peek().at ?? index.peek()?.observed_epoch ?? 0;
      const here = shown.epochs.indexOf(at);
      const next = shown.moments
        .flatMap((one, i) => (one !== null && i > here ? [i] : []))
        .slice(0, steps)
        .at(-1);
      if (next === undefined) setPlaying(false);
      else show(next);
    }, frameMs);
    return () => clearInterval(timer);
  }, [playing, shown, speed]);
  const play = () => {
    if (!playing && shown.moments.findLastIndex((one) => one !== null) <= tick)
      show(shown.moments.findIndex((one) => one !== null));
    setPlaying(!playing);
  };
  const status = shown.status[tick];
  return (
    <div class="player">
      <button
        type="button"
        class="play"
        onClick={play}
        aria-label={playing ? t.pause : t.play}
        title={playing ? t.pause : t.play}
      >
        {playing ? "❚❚" : "▶"}
      </button>
      <input
        type="range"
        aria-label={t.slider}
        aria-valuetext={`${clockTime(shown.epochs[tick]!, zone)}${status === "observed" ? "" : `, ${t.unobserved}`}`}
        min={0}
        max={last}
        step={1}
        value={tick}
        onInput={(event) => {
          setPlaying(false);
          show(Number(event.currentTarget.value));
        }}
      />
    </div>
  );
}

export function Timeline() {
  const t = messages.value.timeline;
  const { ghost, curve: look, speed, embed } = route.value;
  const isFolded = folded.value.curve && embed !== "chart";
  const stepS = cadenceS.value;
  const shown = day.value;
  const dates = index.value?.days.map((entry) => entry.date) ?? [];
  const here = dates.indexOf(date.value ?? "");
  const other = ghost && date.value ? dayNamed(shiftDate(date.value, -ghost)) : null;
  const chooseDay = (name: string | undefined) => {
    if (!name) return;
    const lastDay = name === dates.at(-1);
    // The same time of the other day, or the nearest that was observed.
    const at = moment.value
      ? moment.value.epoch + Math.round((Date.parse(name) - Date.parse(date.value!)) / 1000)
      : Date.parse(`${name}T12:00Z`) / 1000;
    const observed = index.value?.observed_epoch ?? 0;
    go({ at: lastDay && at >= observed ? null : at }, true);
  };
  const at = moment.value?.epoch ?? null;
  const chosen = route.value.at;
  const wanted = chosen ?? index.value?.observed_epoch ?? 0;
  let tick = shown ? shown.epochs.findLastIndex((epoch) => epoch <= wanted) : -1;
  if (shown && tick < 0) tick = Math.max(0, observedTick(shown, wanted));
  return (
    <section class={`timeline ${isFolded ? "folded" : ""}`} aria-label={t.title}>
      <div class="timeline-head">
        <p class="moment">
          {at === null ? "" : <b>{clockTime(at, timezone.value)}</b>}{" "}
          <span>{date.value ? longDate(date.value) : ""}</span>
        </p>
        <div class="day-picker">
          <button
            type="button"
            class="step"
            disabled={here <= 0}
            aria-label={t.previousDay}
            title={t.previousDay}
            onClick={() => chooseDay(dates[here - 1])}
          >
            ‹
          </button>
          {date.value && <Calendar label={t.day} value={date.value} onChange={chooseDay} show={shortDate} />}
          <button
            type="button"
            class="step"
            disabled={here < 0 || here >= dates.length - 1}
            aria-label={t.nextDay}
            title={t.nextDay}
            onClick={() => chooseDay(dates[here + 1])}
          >
            ›
          </button>
          <span class="speed">
            <Choice
              label={t.speed}
              hideLabel
              value={speed}
              onChange={(chosen) => go({ speed: SPEEDS.find((one) => one === chosen) ?? "1" })}
              options={SPEEDS.map((one): [string, string] => [one, `${decimal(Number(one))}×`])}
            />
          </span>
        </div>
        {!isFolded && (
          <>
            <Segments<Curve>
              label={t.title}
              value={look}
              onChange={(curve) => go({ curve })}
              options={[
                ["trouble", t.trouble],
                ["bikes", t.bikes],
              ]}
            />
            <Choice
              label={t.ghost}
              hideLabel
              value={String(ghost)}
              onChange={(days) => go({ ghost: Number(days) as 0 | 1 | 7 })}
              options={[
                ["0", t.ghosts[0]],
                ["1", t.ghosts[1]],
                ["7", t.ghosts[7]],
              ]}
            />
          </>
        )}
        <button
          type="button"
          class="plain fold"
          aria-expanded={!isFolded}
          aria-label={isFolded ? messages.value.showCurve : messages.value.hideCurve}
          title={isFolded ? messages.value.showCurve : messages.value.hideCurve}
          onClick={() => fold("curve", !isFolded)}
        >
          {isFolded ? "⌃" : "⌄"}
        </button>
        {!isNow.value && at !== null && (
          <button type="button" class="accent latest" aria-label={t.now} title={t.now} onClick={() => go({ at: null })}>
            {t.nowShort}
          </button>
        )}
      </div>
      {other?.state === "absent" && <Notice>{t.noDay}</Notice>}
      {dayLoaded.value.state === "absent" && <Notice>{t.noDay}</Notice>}
      {dayLoaded.value.state === "failed" && <Notice kind="bad">{messages.value.states.failed}</Notice>}
      {shown && shown.epochs.length > 0 ? (
        <>
          {!isFolded && (
            <div
              data-picture={`${index.value?.network_name}${messages.value.colon} ${t[look]}, ${longDate(shown.date)}`}
            >
              <div class="timeline-files no-print no-picture">
                <span class="quiet small">
                  {t.curveFile}
                  {messages.value.colon}
                </span>
                <DownloadMenu
                  name={`${index.value?.source ?? "network"}-${shown.date}`}
                  caption={`${t.title}, ${longDate(shown.date)}`}
                  rows={() => curveRows(shown)}
                />
                <PictureButtons name={`${index.value?.source ?? "network"}-${shown.date}`} />
              </div>
              <TimeChart
                label={`${t.title}, ${longDate(shown.date)}`}
                epochs={shown.epochs}
                stepS={stepS}
                from={bounds(shown, stepS)[0]}
                to={bounds(shown, stepS)[1]}
                series={[
                  ...(other?.state === "ready" ? [ghostSeries(shown, other.value, ghost * 86_400, look)] : []),
                  ...curveSeries(shown, look),
                ]}
                height={116}
                gaps={gapsOf(shown, stepS)}
                cursor={shown.epochs[tick] ?? null}
                inset={INSET}
                onPick={(epoch) => go({ at: epoch === index.value?.observed_epoch ? null : epoch })}
              />
            </div>
          )}
          <Slider shown={shown} tick={tick} />
          {shown.status[tick] !== "observed" && at !== null && (
            <p class="hint" role="status">
              {t.gap[shown.status[tick] as keyof typeof t.gap]} · {momentText(at, timezone.value)}
            </p>
          )}
        </>
      ) : (
        dayLoaded.value.state === "loading" && <div class="timeline-wait" aria-busy="true" />
      )}
    </section>
  );
}
