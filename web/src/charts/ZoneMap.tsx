import { useMemo } from "preact/hooks";
import { worldX, worldY } from "../map/mercator";
import { cityOutline, zoneShapes } from "../state/shapes";
import { network } from "../state/store";

const WIDTH = 640;

interface Look {
  /** Class that gives the colour. */
  look: string;
  text: string;
}

/** The zones alone, drawn to be printed: each with its colour and its figure. */
export function ZoneMap({ label, looks }: { label: string; looks: Map<string, Look> }) {
  const [shapes, outline, zones] = [zoneShapes.value, cityOutline.value, network.value?.zones ?? []];
  const drawn = useMemo(() => {
    const points = shapes.flat(2);
    if (points.length === 0) return null;
    const [xs, ys] = [points.map(([lon]) => worldX(lon)), points.map(([, lat]) => worldY(lat))];
    const [west, east] = [Math.min(...xs), Math.max(...xs)];
    const [north, south] = [Math.min(...ys), Math.max(...ys)];
    const scale = WIDTH / (east - west);
    const path = (rings: [number, number][][]) =>
      rings
        .map(
          (ring) =>
            `M${ring.map(([lon, lat]) => `${((worldX(lon) - west) * scale).toFixed(1)},${((worldY(lat) - north) * scale).toFixed(1)}`).join("L")}Z`,
        )
        .join("");
    return { height: Math.ceil((south - north) * scale), paths: shapes.map(path), outline: path(outline) };
  }, [shapes, outline]);
  if (!drawn) return null;
  return (
    <svg class="zone-map" viewBox={`-2 -2 ${WIDTH + 4} ${drawn.height + 4}`} role="img" aria-label={label}>
      {drawn.paths.map((path, i) => {
        const look = looks.get(zones[i]!.code);
        return (
          <path d={path} class={look?.look ?? "none"}>
            <title>{`${zones[i]!.name}: ${look?.text ?? "–"}`}</title>
          </path>
        );
      })}
      <path d={drawn.outline} class="city" />
    </svg>
  );
}
