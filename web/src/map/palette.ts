import type { Measure, Shading } from "../data/measures";

/** Steps of each scale; the colours themselves stand in styles/tokens.css, per theme. */
export const STEPS = 7;

export interface Palette {
  ground: string;
  line: string;
  lineStrong: string;
  city: string;
  text: string;
  textQuiet: string;
  accent: string;
  off: string;
  halo: string;
  surface: string;
  rule: string;
  mechanical: string;
  ebike: string;
  docksText: string;
  /** Orange (empty, or fewer) through grey to blue (full, or more). */
  diverging: string[];
  scales: Record<Shading, string[]>;
}

const read = new Map<string, Palette>();

/** The colours of the theme that the document wears. Read once a theme: each token asks the browser for its style. */
export function readPalette(element: HTMLElement): Palette {
  const theme = element.dataset.theme ?? "";
  const before = read.get(theme);
  if (before) return before;
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const steps = (name: string) => Array.from({ length: STEPS }, (_, step) => token(`${name}-${step}`));
  const diverging = steps("fill");
  const palette: Palette = {
    ground: token("map-ground"),
    line: token("map-line"),
    lineStrong: token("map-line-strong"),
    city: token("map-city"),
    text: token("text"),
    textQuiet: token("text-quiet"),
    accent: token("accent"),
    off: token("off"),
    halo: token("map-halo"),
    surface: token("surface"),
    rule: token("rule-strong"),
    mechanical: token("count-mechanical"),
    ebike: token("count-ebike"),
    docksText: token("count-docks"),
    diverging,
    scales: {
      fill: diverging,
      no_bike: steps("no-bike"),
      saturated: steps("full"),
      unusable: steps("unusable"),
      usual: diverging,
    },
  };
  read.set(theme, palette);
  return palette;
}

/** The step of a fill rate from 0 to 1. Only what is exactly empty or at least 90 % full takes an end of the scale. */
export function fillStep(fill: number): number {
  if (fill <= 0) return 0;
  if (fill >= 0.9) return STEPS - 1;
  return 1 + Math.min(STEPS - 3, Math.floor((fill / 0.9) * (STEPS - 2)));
}

/** Shares of stations in trouble are small: the scale ends at 40 %. */
export const SHARE_END = 0.4;

export function shareStep(share: number): number {
  return Math.min(STEPS - 1, Math.floor((share / SHARE_END) * STEPS));
}

export function measureStep(measure: Measure, value: number): number {
  return measure === "fill" ? Math.min(STEPS - 1, Math.floor(value * STEPS)) : shareStep(value);
}

/** Fill rates against the usual ones: stations at 40 points and zones at 20 take an end of the scale. */
export const USUAL_END = { station: 0.4, zone: 0.2 };

export function usualStep(difference: number, of: keyof typeof USUAL_END): number {
  const middle = (STEPS - 1) / 2;
  return middle + Math.sign(difference) * Math.round(Math.min(1, Math.abs(difference) / USUAL_END[of]) * middle);
}

/** Changes of bikes: eight or more take an end of the scale. */
export const CHANGE_END = 8;

export function changeStep(change: number): number {
  const middle = (STEPS - 1) / 2;
  const size = Math.min(1, Math.abs(change) / CHANGE_END);
  return middle + Math.sign(change) * Math.ceil(size * middle);
}
