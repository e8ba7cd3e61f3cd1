import type { LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl";
import type { PublishedBasemap as Basemap } from "../data/contract";
import { type Library, pmtilesReady } from "./library";

/** Sources and layers that lie below ours, in order; `over` are those that the shading of zones goes under. */
export interface Ground {
  sources: Record<string, SourceSpecification>;
  under: LayerSpecification[];
  over: LayerSpecification[];
}

export const NO_GROUND: Ground = { sources: {}, under: [], over: [] };

/** Drawn by the browser from the page's own letters: no server is asked for glyphs. */
export const LETTERS = ["Inter Variable"];
export const BOLD_LETTERS = ["Inter Variable Bold", "Inter Variable"];

const TIMEOUT_MS = 8000;
/** Of Protomaps' layers, those whose tiles a cut-out need not have, and names that our zones say already. */
const LEFT_OUT = /^(landcover|buildings|address_label|places_(locality|subplace|region|country))/;

/** The map below, in the colours of the theme. Rejects where it cannot be had: then the plain ground stays. */
export async function groundOf(basemap: Basemap, library: Library, isDark: boolean, language: string): Promise<Ground> {
  if (basemap.kind === "none") return NO_GROUND;
  if (basemap.kind === "raster") {
    const template = isDark ? basemap.dark : basemap.light;
    const tiles = [template.replace("{r}", devicePixelRatio > 1 ? "@2x" : "")];
    const source: SourceSpecification = {
      type: "raster",
      tiles,
      tileSize: 256,
      maxzoom: 19,
      attribution: basemap.attribution,
    };
    return { sources: { basemap: source }, under: [{ id: "basemap", type: "raster", source: "basemap" }], over: [] };
  }
  if (basemap.kind === "pmtiles") {
    const [{ layers, namedFlavor }] = await Promise.all([import("@protomaps/basemaps"), pmtilesReady(library)]);
    const address = new URL(basemap.url, document.baseURI).href;
    const first = await fetch(address, { headers: { Range: "bytes=0-6" }, signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!first.ok) throw new Error(`${basemap.url} answered ${first.status}`);
    const url = `pmtiles://${address}`;
    const drawn = layers("basemap", quiet(namedFlavor(isDark ? "dark" : "light"), isDark), { lang: language });
    return split(
      { basemap: { type: "vector", url, ...(basemap.attribution && { attribution: basemap.attribution }) } },
      drawn.filter((layer) => !LEFT_OUT.test(layer.id)),
    );
  }
  const answer = await fetch(isDark ? basemap.dark : basemap.light, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!answer.ok) throw new Error(`the style of the basemap answered ${answer.status}`);
  const style = (await answer.json()) as StyleSpecification;
  const layers = style.layers.filter((layer) => !("source-layer" in layer && layer["source-layer"] === "place"));
  return split(style.sources, layers);
}

type Flavor = ReturnType<typeof import("@protomaps/basemaps").namedFlavor>;

/** Stations and shading are what the page is about: streets, water and parks stay behind them. */
function quiet(flavor: Flavor, isDark: boolean): Flavor {
  const tone = isDark
    ? {
        ground: "#14181c",
        street: "#242a31",
        main: "#2e353d",
        casing: "#14181c",
        water: "#1b2936",
        park: "#182019",
        label: "#8d96a0",
        halo: "#14181c",
      }
    : {
        ground: "#f3f1ec",
        street: "#ffffff",
        main: "#ffffff",
        casing: "#e2ded4",
        water: "#cfdde6",
        park: "#e2e9d8",
        label: "#6a6f75",
        halo: "#f8f6f2",
      };
  const streets = Object.fromEntries(
    Object.keys(flavor).flatMap((name) => {
      if (/(casing)/.test(name)) return [[name, tone.casing]];
      if (/^(minor|link|other|tunnel|bridges)/.test(name)) return [[name, tone.street]];
      if (/^(major|highway)/.test(name)) return [[name, tone.main]];
      if (/label_halo$/.test(name)) return [[name, tone.halo]];
      if (/label$/.test(name)) return [[name, tone.label]];
      return [];
    }),
  );
  return {
    ...flavor,
    ...streets,
    background: tone.ground,
    earth: tone.ground,
    water: tone.water,
    park_a: tone.park,
    park_b: tone.park,
    wood_a: tone.park,
    wood_b: tone.park,
    scrub_a: tone.park,
    scrub_b: tone.park,
    railway: isDark ? "#2b323a" : "#d6d2c8",
    ...(flavor.pois && {
      pois: Object.fromEntries(
        Object.keys(flavor.pois).map((name) => [name, tone.label]),
      ) as unknown as typeof flavor.pois,
    }),
  };
}

function split(sources: Record<string, SourceSpecification>, layers: LayerSpecification[]): Ground {
  const named = layers.filter((layer) => layer.type !== "background").flatMap(withOurLetters);
  const isStreet = (layer: LayerSpecification) =>
    layer.type === "symbol" ||
    (layer.type === "line" &&
      "source-layer" in layer &&
      /^(roads|transportation)$/.test(String(layer["source-layer"])));
  const first = named.findIndex(isStreet);
  const at = first < 0 ? named.length : first;
  const prefixed = named.map((layer): LayerSpecification => ({ ...layer, id: `basemap-${layer.id}` }));
  return { sources, under: prefixed.slice(0, at), over: prefixed.slice(at) };
}

/** Text in the page's own letters and no pictures, so that neither glyphs nor sprites are asked for. */
function withOurLetters(layer: LayerSpecification): LayerSpecification[] {
  if (layer.type === "fill" && layer.paint?.["fill-pattern"]) return [];
  if (layer.type !== "symbol") return [layer];
  if (!layer.layout?.["text-field"]) return [];
  const layout = Object.fromEntries(Object.entries(layer.layout).filter(([name]) => !name.startsWith("icon-")));
  return [{ ...layer, layout: { ...layout, "text-font": LETTERS } }];
}
