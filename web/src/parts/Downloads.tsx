import type { PublishedView } from "../data/contract";

const FORMATS = ["csv", "parquet", "json", "geojson"] as const;
const NAMES = { csv: "CSV", parquet: "Parquet", json: "JSON", geojson: "GeoJSON" };

/** Links to the published files of a view. */
export function Downloads({ view }: { view: PublishedView }) {
  return (
    <span class="downloads">
      {FORMATS.map((format) => {
        const file = view.files?.[format];
        return (
          file && (
            <a href={`data/${file}`} download={`${view.name}.${format}`}>
              {NAMES[format]}
            </a>
          )
        );
      })}
    </span>
  );
}
