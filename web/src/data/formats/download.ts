import type { Cell } from "../contract";
import { fetchModule } from "../load";
import { csvOf, type Exported, type Format, frenchCsvOf, geoJsonOf, jsonOf } from "./export";

const MEDIA: Record<Format, string> = {
  csv: "text/csv;charset=utf-8",
  "csv-excel": "text/csv;charset=utf-8",
  parquet: "application/vnd.apache.parquet",
  json: "application/json",
  geojson: "application/geo+json",
};

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
async function parquetOf({ columns, rows }: Exported): Promise<ArrayBuffer> {
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

async function bodyOf(exported: Exported, format: Format): Promise<string | ArrayBuffer> {
  switch (format) {
    case "csv":
      return csvOf(exported);
    case "csv-excel":
      return frenchCsvOf(exported);
    case "json":
      return jsonOf(exported);
    case "geojson":
      return geoJsonOf(exported);
    case "parquet":
      return parquetOf(exported);
  }
}

/** `kpi_shortage_20241105T2005Z`: the name of a download includes its tick. */
export function datedName(name: string, epoch: number | null | undefined): string {
  return epoch ? `${name}_${new Date(epoch * 1000).toISOString().slice(0, 16).replaceAll(/[-:]/g, "")}Z` : name;
}

export async function save(name: string, exported: Exported, format: Format): Promise<void> {
  saveBlob(
    `${name}.${format === "csv-excel" ? "csv" : format}`,
    new Blob([await bodyOf(exported, format)], { type: MEDIA[format] }),
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
