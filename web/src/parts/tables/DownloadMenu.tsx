import { useState } from "preact/hooks";
import type { PublishedView, Row } from "../../data/contract";
import { datedName, save } from "../../data/formats/download";
import { type Exported, FORMATS, type Format } from "../../data/formats/export";
import { messages } from "../../i18n";
import { datedMoment } from "../../i18n/format";
import { language } from "../../state/route";
import { shapeOfRow, shapesReady } from "../../state/shapes";
import { timezone } from "../../state/store";

export const FORMAT_NAMES: Record<Format, string> = {
  csv: "CSV",
  "csv-excel": "CSV Excel",
  parquet: "Parquet",
  json: "JSON",
  geojson: "GeoJSON",
};

interface Table {
  columns: string[];
  rows: Row[];
}

interface Props {
  /** Of the file, without its ending. */
  name: string;
  /** What it is, for those who cannot see what the buttons stand beside. */
  caption: string;
  /** Called when a file is asked for. */
  rows: () => Table | Promise<Table>;
  /** Rows are of stations or zones, so they have a place. */
  placed?: boolean;
}

/** What is shown beside it, as files made in the page. */
export function DownloadMenu({ name, caption, rows, placed = false }: Props) {
  const [failed, setFailed] = useState(false);
  const t = messages.value.tables;
  const take = async (format: Format) => {
    try {
      if (format === "geojson") await shapesReady();
      const what: Exported = { ...(await rows()), shape: shapeOfRow };
      await save(name, what, format);
      setFailed(false);
    } catch {
      setFailed(true); // shown next to the buttons
    }
  };
  return (
    <span class="downloads" role="group" aria-label={`${t.take}${messages.value.colon} ${caption}`}>
      {FORMATS.filter(
        (format) => (placed || format !== "geojson") && (format !== "csv-excel" || language.value === "fr"),
      ).map((format) => (
        <button
          type="button"
          class="link"
          aria-label={`${FORMAT_NAMES[format]}${messages.value.colon} ${caption}`}
          onClick={() => void take(format)}
        >
          {FORMAT_NAMES[format]}
        </button>
      ))}
      {failed && <span role="alert">{t.notTaken}</span>}
    </span>
  );
}

/** When the rows of a view are of: another moment than the latest where it changes by the hour or the day. */
export function asOf(view: PublishedView | undefined): string {
  return view?.as_of_epoch ? messages.value.tables.asOf(datedMoment(view.as_of_epoch, timezone.value)) : "";
}

/** Links to the published files of a view. */
export function Downloads({ view }: { view: PublishedView }) {
  return (
    <span class="downloads">
      {FORMATS.map((format) => {
        const file = format === "csv-excel" ? undefined : view.files?.[format];
        return (
          file && (
            <a
              href={`data/${file}`}
              download={`${datedName(view.name, view.as_of_epoch)}.${format}`}
              aria-label={`${FORMAT_NAMES[format]}${messages.value.colon} ${view.name}`}
            >
              {FORMAT_NAMES[format]}
            </a>
          )
        );
      })}
    </span>
  );
}
