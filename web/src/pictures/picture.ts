import { escaped } from "../data/formats/markup";
import { language } from "../state/route";
import { index } from "../state/store";
import { type Ink, inkOf } from "./ink";

const MARGIN = 16;
const LEGEND_PAD = 10;
const TITLE_PX = 16;
const CREDIT_PX = 11;
/** Dots a pixel: sharp on paper and on fine screens. */
const SHARP = 2;
/** Narrower than this a title would be broken into many lines. */
const NARROWEST = 320;

interface Look {
  ground: string;
  text: string;
  quiet: string;
  font: string;
}

function lookNow(): Look {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  return {
    ground: colour("--surface"),
    text: colour("--text"),
    quiet: colour("--text-quiet"),
    font: getComputedStyle(document.body).fontFamily,
  };
}

/** Another font than this page's may be this much wider. */
const WIDER = 1.16;

/** Lines no wider than that. */
function broken(text: string, font: string, widest: number): string[] {
  const context = document.createElement("canvas").getContext("2d");
  if (!context) return [text];
  context.font = font;
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && WIDER * context.measureText(longer).width <= widest) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

interface Framed {
  svg: string;
  width: number;
  height: number;
  /** Where the ink begins. */
  top: number;
}

/** The title above, the source below, as the licences ask. */
function framed(ink: Ink, title: string, credits: string[]): Framed {
  const { ground, text, quiet, font } = lookNow();
  const inner = Math.max(NARROWEST, ink.width);
  const titles = broken(title, `600 ${TITLE_PX}px ${font}`, inner);
  const sources = credits.filter(Boolean).flatMap((one) => broken(one, `${CREDIT_PX}px ${font}`, inner));
  const top = MARGIN + titles.length * TITLE_PX * 1.3 + 8;
  const foot = top + ink.height + 12;
  const [width, height] = [inner + 2 * MARGIN, Math.ceil(foot + sources.length * CREDIT_PX * 1.4 + MARGIN - 4)];
  const line = (words: string, y: number, px: number, weight: number, fill: string) =>
    `<text x="${MARGIN}" y="${y.toFixed(1)}" font-family="${escaped(font)}" font-size="${px}px" font-weight="${weight}" fill="${escaped(fill)}">${escaped(words)}</text>`;
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="${escaped(ground)}"/>`,
    ...titles.map((words, i) => line(words, MARGIN + (i + 0.8) * TITLE_PX * 1.3, TITLE_PX, 600, text)),
    `<g transform="translate(${MARGIN} ${top.toFixed(1)})">${ink.body}</g>`,
    ...sources.map((words, i) => line(words, foot + (i + 0.8) * CREDIT_PX * 1.4, CREDIT_PX, 400, quiet)),
    "</svg>",
  ].join("\n");
  return { svg, width, height, top };
}

function sourceOf(): string {
  return index.peek()?.attribution[language.peek()] ?? "";
}

/** The content of the element as an SVG document. */
export function svgOf(element: HTMLElement, title: string): string {
  return framed(inkOf(element), title, [sourceOf()]).svg;
}

export async function pngOf(element: HTMLElement, title: string): Promise<Blob> {
  const { svg, width, height } = framed(inkOf(element), title, [sourceOf()]);
  return drawn(width, height, [{ svg, width, height }]);
}

interface Layer {
  svg?: string;
  canvas?: HTMLCanvasElement;
  x?: number;
  y?: number;
  width: number;
  height: number;
}

/** The layers over one another, as a PNG. */
async function drawn(width: number, height: number, layers: Layer[]): Promise<Blob> {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width * SHARP, height * SHARP];
  const context = canvas.getContext("2d")!;
  context.scale(SHARP, SHARP);
  for (const layer of layers) {
    const image = layer.canvas ?? (await imageOf(layer.svg!));
    context.drawImage(image, layer.x ?? 0, layer.y ?? 0, layer.width, layer.height);
  }
  return new Promise((done, fail) =>
    canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("no picture could be made"))), "image/png"),
  );
}

async function imageOf(svg: string): Promise<HTMLImageElement> {
  const address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    return image;
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** The map as it is drawn, with its legend, its title, and whose data and streets they are. `shot` is a copy of its canvas. */
export async function pngOfMap(
  shot: HTMLCanvasElement,
  width: number,
  height: number,
  legend: HTMLElement | null,
  title: string,
  streets: string,
): Promise<Blob> {
  const frame = framed({ body: "", width, height }, title, [sourceOf(), streets]);
  const layers: Layer[] = [
    { svg: frame.svg, width: frame.width, height: frame.height },
    { canvas: shot, x: MARGIN, y: frame.top, width, height },
  ];
  if (legend) {
    const ink = inkOf(legend);
    const { ground } = lookNow();
    const tall = ink.height + 2 * LEGEND_PAD;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${ink.width}" height="${tall}"><rect width="100%" height="100%" rx="10" fill="${escaped(ground)}"/><g transform="translate(0 ${LEGEND_PAD})">${ink.body}</g></svg>`;
    layers.push({ svg, x: MARGIN + 10, y: frame.top + height - tall - 10, width: ink.width, height: tall });
  }
  return drawn(frame.width, frame.height, layers);
}
