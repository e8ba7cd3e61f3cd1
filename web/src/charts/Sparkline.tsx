import { knownRuns } from "./scale";

const WIDTH = 84;
const HEIGHT = 26;

/** The course of a figure, without a scale: its highest and lowest fill the height. `at` is marked. */
export function Sparkline({ values, at }: { values: (number | null)[]; at: number }) {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return null;
  const [least, most] = [Math.min(...known), Math.max(...known)];

  const x = (i: number) => (i / Math.max(1, values.length - 1)) * (WIDTH - 6) + 3;
  const y = (value: number) => HEIGHT - 4 - ((value - least) / Math.max(1e-9, most - least)) * (HEIGHT - 8);
  const line = knownRuns(values)
    .map(
      ([first, last]) =>
        `M${values
          .slice(first, last + 1)
          .map((value, i) => `${x(first + i).toFixed(1)},${y(value!).toFixed(1)}`)
          .join("L")}`,
    )
    .join("");
  const marked = values[at];
  return (
    <svg class="sparkline" width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <path d={line} />
      {marked !== null && marked !== undefined && <circle cx={x(at)} cy={y(marked)} r="2.6" />}
    </svg>
  );
}
