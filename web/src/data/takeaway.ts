import type { Feature, FeatureCollection, Geometry } from "geojson";
import type { Cell, Row } from "./contract";
import { fetchModule } from "./load";

export const FORMATS = ["csv", "csv-excel", "parquet", "json", "geojson"] as const;
export type Format = (typeof FORMATS)[number];

const MEDIA: Record<Format, string> = {
  csv: "text/csv;charset=utf-8",
  "csv-excel": "text/csv;charset=utf-8",
  parquet: "application/vnd.apache.parquet",
  json: "application/json",
  geojson: "application/geo+json",
};

/** Rows as they are taken away: what each holds and, where it stands somewhere, its shape. */
export interface Taken {
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
export function csvOf(taken: Taken): string {
  return linesOf(taken, ",", false);
}

function linesOf({ columns, rows }: Taken, separator: string, isFrench: boolean): string {
  const lines = [columns, ...rows.map((row) => columns.map((name) => row[name]))];
  return lines.map((line) => `${line.map((cell) => field(cell, isFrench)).join(separator)}\r\n`).join("");
}

const BYTE_ORDER_MARK = "\ufeff";

/** As Excel in France opens it by a double click: semicolons, decimal commas, and a mark that it is UTF-8. */
export function frenchCsvOf(taken: Taken): string {
  return BYTE_ORDER_MARK + linesOf(taken, ";", true);
}

function kept(columns: string[], row: Row): Row {
  return Object.fromEntries(columns.map((name) => [name, row[name] ?? null]));
}

export function jsonOf({ columns, rows }: Taken): string {
  return JSON.stringify(rows.map((row) => kept(columns, row)));
}

/** RFC 7946: longitude first, WGS 84. A row without a place keeps a null geometry. */
export function geoJsonOf({ columns, rows, shape }: Taken): string {
  const features = rows.map(
    (row): Feature<Geometry | null> => ({
      type: "Feature",
      geometry: shape?.(row) ?? null,
      properties: kept(columns, row),
    }),
  );
  return JSON.stringify({ type: "FeatureCollection", features } as FeatureCollection<Geometry | null>);
}

/** A column holds text as soon as one of its values is text: station codes are never numbers. */
function typed(name: string, values: Cell[]) {
  const known = values.filter((value) => value !== null);
  const nullable = true;
  if (known.every((value) => typeof value === "boolean") && known.length)
    return { name, data: values, type: "BOOLEAN" as const, nullable };
  if (known.every((value) => typeof value === "number") && known.length) {
    if (!known.every(Number.isInteger)) return { name, data: values, type: "DOUBLE" as const, nullable };
    return {
      name,
      data: values.map((value) => (value === null ? null : BigInt(value as number))),
      type: "INT64" as const,
      nullable,
    };
  }
  return {
    name,
    data: values.map((value) => (value === null ? null : String(value))),
    type: "STRING" as const,
    nullable,
  };
}

/** The writer is fetched when the first Parquet file is asked for, not with the page. */
async function parquetOf({ columns, rows }: Taken): Promise<ArrayBuffer> {
  const { parquetWriteBuffer } = await fetchModule(() => import("hyparquet-writer"));
  return parquetWriteBuffer({
    columnData: columns.map((name) =>
      typed(
        name,
        rows.map((row) => row[name] ?? null),
      ),
    ),
  });
}

async function bodyOf(taken: Taken, format: Format): Promise<string | ArrayBuffer> {
  switch (format) {
    case "csv":
      return csvOf(taken);
    case "csv-excel":
      return frenchCsvOf(taken);
    case "json":
      return jsonOf(taken);
    case "geojson":
      return geoJsonOf(taken);
    case "parquet":
      return parquetOf(taken);
  }
}

/** `kpi_shortage_20241105T2005Z`: the name of a download includes its tick. */
export function datedName(name: string, epoch: number | null | undefined): string {
  return epoch ? `${name}_${new Date(epoch * 1000).toISOString().slice(0, 16).replaceAll(/[-:]/g, "")}Z` : name;
}

export async function save(name: string, taken: Taken, format: Format): Promise<void> {
  saveBlob(
    `${name}.${format === "csv-excel" ? "csv" : format}`,
    new Blob([await bodyOf(taken, format)], { type: MEDIA[format] }),
  );
}

export function saveText(fileName: string, text: string, type: string): void {
  saveBlob(fileName, new Blob([text], { type }));
}

export function saveBlob(fileName: string, body: Blob): void {
  const address = URL.createObjectURL(body);
  const link = document.createElement("a");
  link.href = address;
  link.download = fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
