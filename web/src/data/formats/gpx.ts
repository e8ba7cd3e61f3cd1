import { escaped } from "./markup";

/** What routes are read by: navigation devices, OsmAnd, Google Earth. One <rte> a tour, one <rtept> a stop. */
export interface GpxRoute {
  name: string;
  points: { lat: number; lon: number; name: string; desc: string }[];
}

/** GPX 1.1, whose elements stand in a fixed order. */
export function gpxOf(title: string, routes: GpxRoute[]): string {
  const body = routes.map(({ name, points }) => {
    const stops = points.map(
      (one) =>
        `    <rtept lat="${one.lat.toFixed(6)}" lon="${one.lon.toFixed(6)}"><name>${escaped(one.name)}</name><desc>${escaped(one.desc)}</desc></rtept>`,
    );
    return [`  <rte>`, `    <name>${escaped(name)}</name>`, ...stops, `  </rte>`].join("\n");
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<gpx version="1.1" creator="velib-insights" xmlns="http://www.topografix.com/GPX/1/1">',
    `  <metadata><name>${escaped(title)}</name></metadata>`,
    ...body,
    "</gpx>",
    "",
  ].join("\n");
}
