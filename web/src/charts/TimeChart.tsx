import { useEffect, useRef, useState } from "preact/hooks";
import { clockTime, count, dayOfMonth, localDate, localHour, momentText, shortDate } from "../i18n/format";
import { timezone } from "../state/store";
import { knownRuns, roundTicks, timeTicks } from "./scale";

export interface Series {
  name: string;
  /** Class that gives the colour. */
  look: string;
  values: (number | null)[];
  /** An area is laid on the areas before it; `base` is what it stands on. */
  kind: "area" | "line" | "ghost";
  base?: (number | null)[];
}

export interface Gap {
  from: number;
  to: number;
  label: string;
}

interface Props {
  label: string;
  epochs: number[];
  /** Length of one observation, in seconds. */
  stepS: number;
  from: number;
  to: number;
  series: Series[];
  height: number;
  gaps?: Gap[];
  cursor?: number | null;
  onPick?: (epoch: number) => void;
  format?: (value: number) => string;
  /** Room at the sides, so that a slider below can stand under the plot. */
  inset?: { left: number; right: number };
}

const TOP = 10;
const BOTTOM = 22;

export function TimeChart(props: Props) {
  const { label, epochs, stepS, from, to, series, height, gaps = [], cursor = null, onPick, format = count } = props;
  const { left, right } = props.inset ?? { left: 40, right: 8 };
  const holder = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [pointed, setPointed] = useState<number | null>(null);

  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    watch.observe(holder.current!);
    return () => watch.disconnect();
  }, []);

  const top = Math.max(
    1,
    ...series.flatMap((one) => one.values.map((value, i) => (value ?? 0) + (one.base?.[i] ?? 0))),
  );
  const marks = roundTicks(top, height > 110 ? 4 : 2);
  const ceiling = marks.at(-1)!;
  const plot = Math.max(1, width - left - right);
  const x = (epoch: number) => left + ((epoch - from) / Math.max(1, to - from)) * plot;
  const y = (value: number) => TOP + (1 - value / ceiling) * (height - TOP - BOTTOM);
  const days = to - from > 30 * 3600;
  const zone = timezone.value;

  const line = (one: Series) =>
    knownRuns(one.values)
      .map(([first, last]) => {
        const points = [];
        for (let i = first; i <= last; i++)
          points.push(`${x(epochs[i]!).toFixed(1)},${y(one.values[i]! + (one.base?.[i] ?? 0)).toFixed(1)}`);
        return `M${points.join("L")}${first === last ? "h1.5" : ""}`;
      })
      .join("");
  const area = (one: Series) =>
    knownRuns(one.values)
      .map(([first, last]) => {
        const up = [];
        const down = [];
        for (let i = first; i <= last; i++) {
          up.push(`${x(epochs[i]!).toFixed(1)},${y(one.values[i]! + (one.base?.[i] ?? 0)).toFixed(1)}`);
          down.unshift(`${x(epochs[i]!).toFixed(1)},${y(one.base?.[i] ?? 0).toFixed(1)}`);
        }
        return `M${up.join("L")}L${down.join("L")}Z`;
      })
      .join("");

  const nearest = (event: PointerEvent) => {
    const box = holder.current!.getBoundingClientRect();
    const epoch = from + ((event.clientX - box.left - left) / plot) * (to - from);
    let best = 0;
    for (let i = 1; i < epochs.length; i++)
      if (Math.abs(epochs[i]! - epoch) < Math.abs(epochs[best]! - epoch)) best = i;
    return best;
  };
  const shown = pointed === null ? null : (epochs[pointed] ?? null);

  return (
    <div class="chart" ref={holder}>
      <div class="chart-legend">
        {series.map((one) => (
          <span class={`key ${one.look} ${one.kind}`}>{one.name}</span>
        ))}
      </div>
      {width > 0 && (
        // biome-ignore lint/a11y/useKeyWithClickEvents: a shortcut of the timeline, which the keyboard reaches
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={label}
          class={onPick ? "pickable" : ""}
          onPointerMove={(event) => setPointed(nearest(event))}
          onPointerLeave={() => setPointed(null)}
          onClick={(event) => onPick?.(epochs[nearest(event as unknown as PointerEvent)]!)}
        >
          {marks.map((mark) => (
            <g>
              <line class="grid" x1={left} x2={width - right} y1={y(mark)} y2={y(mark)} />
              <text class="tick" x={left - 6} y={y(mark) + 4} text-anchor="end">
                {format(mark)}
              </text>
            </g>
          ))}
          {timeTicks(from, to, (epoch) => localHour(epoch, zone), plot).map((epoch) => (
            <text
              class="tick"
              x={x(epoch)}
              y={height - 5}
              text-anchor={x(epoch) < left + 12 ? "start" : x(epoch) > width - right - 12 ? "end" : "middle"}
            >
              {days ? (plot < 500 ? dayOfMonth : shortDate)(localDate(epoch, zone)) : clockTime(epoch, zone)}
            </text>
          ))}
          {gaps.map((gap) => (
            <rect
              class="gap"
              x={x(gap.from)}
              width={Math.max(1, x(gap.to) - x(gap.from))}
              y={TOP}
              height={height - TOP - BOTTOM}
            >
              <title>{gap.label}</title>
            </rect>
          ))}
          {series.map((one) => (
            <g class={`series ${one.look} ${one.kind}`}>
              {one.kind === "area" && <path class="fill" d={area(one)} />}
              <path class="stroke" d={line(one)} />
            </g>
          ))}
          {cursor !== null && cursor >= from && cursor <= to && (
            <line class="cursor" x1={x(cursor)} x2={x(cursor)} y1={TOP - 4} y2={height - BOTTOM} />
          )}
          {shown !== null && <line class="cross" x1={x(shown)} x2={x(shown)} y1={TOP} y2={height - BOTTOM} />}
        </svg>
      )}
      {shown !== null && pointed !== null && (
        <div
          class="chart-tip"
          style={x(shown) > width / 2 ? { right: `${width - x(shown) + 10}px` } : { left: `${x(shown) + 10}px` }}
        >
          <b>{days || stepS >= 3600 ? momentText(shown, zone) : clockTime(shown, zone)}</b>
          {series.map((one) => (
            <span class={`key ${one.look} ${one.kind}`}>
              {one.name}{" "}
              <b>
                {one.values[pointed] === null || one.values[pointed] === undefined ? "–" : format(one.values[pointed]!)}
              </b>
            </span>
          ))}
        </div>
      )}
    </div>
  );
}
