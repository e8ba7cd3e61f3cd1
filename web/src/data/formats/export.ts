/** Rows as text in the formats of a download. How a file is saved: `download.ts`. */

import type { Feature, FeatureCollection, Geometry } from "geojson";
import type { Cell, Row } from "../contract";

export const FORMATS = ["csv", "csv-excel", "parquet", "json", "geojson"] as const;
export type Format = (typeof FORMATS)[number];

/** The columns and rows of a download, and the shape of a row that has a place. */
export interface Exported {
  columns: string[];
  rows: Row[];
  shape?: (row: Row) => Geometry | null;
}

/** Text that neither a spreadsheet nor a terminal obeys, as adapters/formats.py writes it; numbers stay as they are. */
function harmless(text: string): string {
  const shown = text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is written as text
    /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  return /^[=+\-@\t\n＝＋－＠]/.test(shown) ? `'${shown}` : shown;
}

function field(value: Cell | undefined, isFrench: boolean): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" ? harmless(value) : isFrench ? String(value).replace(".", ",") : String(value);
  return (isFrench ? /[";\n\r]/ : /[",\n\r]/).test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** RFC 4180, with a heading row; an unknown value is an empty field. */
export function csvOf(exported: Exported): string {
  return linesOf(exported, ",", false);
}

function linesOf({ columns, rows }: Exported, separator: string, isFrench: boolean): string {
  const lines = [columns, ...rows.map((row) => columns.map((name) => row[name]))];
  return lines.map((line) => `${line.map((cell) => field(cell, isFrench)).join(separator)}\r\n`).join("");
}

const BYTE_ORDER_MARK = "\ufeff";

/** As Excel in France opens it by a double click: semicolons, decimal commas, and a mark that it is UTF-8. */
export function frenchCsvOf(exported: Exported): string {
  return BYTE_ORDER_MARK + linesOf(exported, ";", true);
}

function kept(columns: string[], row: Row): Row {
  return Object.fromEntries(columns.map((name) => [name, row[name] ?? null]));
}

export function jsonOf({ columns, rows }: Exported): string {
  return JSON.stringify(rows.map((row) => kept(columns, row)));
}

/** RFC 7946: longitude first, WGS 84. A row without a place keeps a null geometry. */
export function geoJsonOf({ columns, rows, shape }: Exported): string {
  const features = rows.map(
    (row): Feature<Geometry | null> => ({
      type: "Feature",
      geometry: shape?.(row) ?? null,
      properties: kept(columns, row),
    }),
  );
  return JSON.stringify({ type: "FeatureCollection", features } as FeatureCollection<Geometry | null>);
}
