import { type Signal, signal } from "@preact/signals";

const KEPT = "velib-folded";

/** Parts of the screen that a reader can fold away; what was chosen is remembered in this browser. */
export type Part = "headline" | "curve" | "legend" | "side";

/** On a small screen the map comes first, so what would cover most of it begins folded. */
const isLow = matchMedia("(max-height: 840px)").matches;
const isNarrow = matchMedia("(max-width: 1020px)").matches;
const AT_FIRST: Record<Part, boolean> = { headline: true, curve: isLow || isNarrow, legend: isNarrow, side: false };

function kept(): Partial<Record<Part, boolean>> {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Partial<Record<Part, boolean>>;
  } catch {
    return {};
  }
}

export const folded: Signal<Record<Part, boolean>> = signal({ ...AT_FIRST, ...kept() });

export function fold(part: Part, isFolded: boolean): void {
  folded.value = { ...folded.value, [part]: isFolded };
  try {
    localStorage.setItem(KEPT, JSON.stringify({ ...kept(), [part]: isFolded }));
  } catch {
    // A browser that keeps nothing forgets this too.
  }
}
