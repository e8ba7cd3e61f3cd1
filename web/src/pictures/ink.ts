import { escaped } from "../data/formats/markup";

/** What an element shows, redrawn as SVG: its boxes, its words and the drawings in it, where the browser has laid them out. */
export interface Ink {
  body: string;
  width: number;
  height: number;
}

/** Controls and what is for screen readers alone is not drawn. */
const LEFT_OUT = ".downloads, .no-picture, .unseen, .chart-tip, button, select, input, summary, title, script, style";
const PAINT = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-opacity",
  "stroke-dasharray",
  "stroke-linecap",
  "stroke-linejoin",
  "opacity",
  "font-family",
  "font-size",
  "font-weight",
  "text-anchor",
];

export function inkOf(root: HTMLElement): Ink {
  const frame = root.getBoundingClientRect();
  const parts: string[] = [];
  let [width, top, bottom] = [frame.width, Infinity, 0];
  const px = (value: number) => value.toFixed(1);

  function box(rect: { left: number; top: number; width: number; height: number }, style: CSSStyleDeclaration): void {
    const line =
      parseFloat(style.borderTopWidth) === parseFloat(style.borderBottomWidth) ? parseFloat(style.borderTopWidth) : 0;
    const [fill, stroke] = [
      isClear(style.backgroundColor) ? "none" : style.backgroundColor,
      line > 0 && !isClear(style.borderTopColor) ? style.borderTopColor : "none",
    ];
    if (rect.width < 0.5 || rect.height < 0.5) return;
    const bands = bandsOf(style.backgroundImage);
    bands.forEach((colour, i) => {
      const height = rect.height / bands.length;
      parts.push(
        `<rect x="${px(rect.left - frame.left)}" y="${px(rect.top - frame.top + i * height)}" width="${px(rect.width)}" height="${px(height)}" fill="${escaped(colour)}"/>`,
      );
    });
    if (bands.length) grow(rect);
    if (fill === "none" && stroke === "none") return;
    const round = parseFloat(style.borderTopLeftRadius) || 0;
    const radius = style.borderTopLeftRadius.endsWith("%")
      ? Math.min(rect.width, rect.height) / 2
      : Math.min(round, rect.width / 2, rect.height / 2);
    parts.push(
      `<rect x="${px(rect.left - frame.left)}" y="${px(rect.top - frame.top)}" width="${px(rect.width)}" height="${px(rect.height)}" rx="${px(radius)}" fill="${escaped(fill)}" stroke="${escaped(stroke)}" stroke-width="${line}"/>`,
    );
    grow(rect);
  }

  function grow(rect: { left: number; top: number; width: number; height: number }): void {
    width = Math.max(width, rect.left + rect.width - frame.left);
    top = Math.min(top, rect.top - frame.top);
    bottom = Math.max(bottom, rect.top + rect.height - frame.top);
  }

  /** The mark before a word of a legend, which has no box that could be asked for. */
  function mark(element: Element, rect: DOMRect): void {
    const style = getComputedStyle(element, "::before");
    const [wide, high] = [parseFloat(style.width), parseFloat(style.height)];
    if (style.content === "none" || !(wide > 0) || !(high > 0)) return;
    box({ left: rect.left, top: rect.top + (rect.height - high) / 2, width: wide, height: high }, style);
  }

  function words(node: Text, style: CSSStyleDeclaration): void {
    for (const { text, rect } of linesOf(node)) {
      const baseline = rect.top + rect.height * ascentShare(style) - frame.top;
      // A viewer with another font keeps the width that the words have here.
      parts.push(
        `<text x="${px(rect.left - frame.left)}" y="${px(baseline)}" textLength="${px(rect.width)}" lengthAdjust="spacingAndGlyphs" font-family="${escaped(style.fontFamily)}" font-size="${escaped(style.fontSize)}" font-weight="${style.fontWeight}" fill="${escaped(style.color)}">${escaped(text)}</text>`,
      );
      grow(rect);
    }
  }

  function drawing(svg: SVGSVGElement): void {
    const rect = svg.getBoundingClientRect();
    const copy = svg.cloneNode(true) as SVGSVGElement;
    const pairs: [Element, Element][] = [[svg, copy]];
    const copied = copy.querySelectorAll("*");
    for (const [i, one] of [...svg.querySelectorAll("*")].entries()) pairs.push([one, copied[i]!]);
    for (const [from, to] of pairs) {
      const style = getComputedStyle(from);
      for (const name of PAINT) to.setAttribute(name, style.getPropertyValue(name));
      for (const name of ["class", "style", "role", "aria-label", "aria-hidden"]) to.removeAttribute(name);
    }
    for (const [from, to] of pairs)
      if (from.matches("title, .cross") || getComputedStyle(from).display === "none") to.remove();
    for (const [name, value] of Object.entries({
      x: rect.left - frame.left,
      y: rect.top - frame.top,
      width: rect.width,
      height: rect.height,
    }))
      copy.setAttribute(name, px(value));
    copy.setAttribute("overflow", "visible");
    parts.push(new XMLSerializer().serializeToString(copy));
    grow(rect);
  }

  function walk(element: Element): void {
    const style = getComputedStyle(element);
    if (element.matches(LEFT_OUT) || style.display === "none" || style.visibility === "hidden") return;
    if (element instanceof SVGSVGElement) {
      drawing(element);
      return;
    }
    const rect = element.getBoundingClientRect();
    if (element !== root) box(rect, style);
    mark(element, rect);
    for (const child of element.childNodes) {
      if (child instanceof Text) words(child, style);
      else if (child instanceof Element) walk(child);
    }
  }

  walk(root);
  // What was left out above and below leaves no gap.
  const begin = Math.min(top, bottom);
  return {
    body: `<g transform="translate(0 ${px(-begin)})">${parts.join("")}</g>`,
    width: Math.ceil(width),
    height: Math.ceil(bottom - begin),
  };
}

/** The colours of a box in bands over one another: without a bike above, without a dock below. */
function bandsOf(background: string): string[] {
  return background.startsWith("linear-gradient") ? (background.match(/rgba?\([^)]*\)/g) ?? []) : [];
}

function isClear(colour: string): boolean {
  return colour === "transparent" || /^rgba\(.*, 0\)$/.test(colour);
}

/** The lines that a text is broken into, each with its place. */
function linesOf(node: Text): { text: string; rect: DOMRect }[] {
  const lines: { text: string; rect: DOMRect; from: number }[] = [];
  const range = document.createRange();
  for (const { 0: word, index } of node.data.matchAll(/\S+/g)) {
    range.setStart(node, index);
    range.setEnd(node, index + word.length);
    const rect = range.getBoundingClientRect();
    const line = lines.at(-1);
    if (!rect.width) continue;
    if (line && Math.abs(line.rect.top - rect.top) < 2) {
      range.setStart(node, line.from);
      lines[lines.length - 1] = { text: `${line.text} ${word}`, rect: range.getBoundingClientRect(), from: line.from };
    } else lines.push({ text: word, rect, from: index });
  }
  return lines;
}

const measuring = document.createElement("canvas").getContext("2d");

/** How much of a line of this font stands above its baseline. */
function ascentShare({ fontWeight, fontSize, fontFamily }: CSSStyleDeclaration): number {
  if (!measuring) return 0.8;
  measuring.font = `${fontWeight} ${fontSize} ${fontFamily}`;
  const { fontBoundingBoxAscent: above, fontBoundingBoxDescent: below } = measuring.measureText("x");
  return above / (above + below || 1) || 0.8;
}
