import type { Network } from "../data/network";
import type { ZoneShapes } from "../data/zoneShapes";
import { scaleOf, worldX, worldY, type Camera } from "./camera";
import { STEPS, type Palette } from "./palette";

/** How each station is drawn: a step of the diverging scale, or one of these. */
export const HIDDEN = 255;
export const HOLLOW = 254;

export interface Scene {
  /** A step of `scale` for each zone, -1 for none. */
  zoneSteps: Int8Array;
  scale: string[];
  /** For each station a step of the diverging scale, HOLLOW or HIDDEN. */
  stationSteps: Uint8Array;
  zone: number;
  station: number;
  hovered: number;
  /** Lines between stations, as pairs of indexes, with a weight each. */
  moves: { from: number; to: number; bikes: number; chosen: boolean }[];
}

interface ZoneDrawing {
  path: Path2D;
  label: string;
  x: number;
  y: number;
  width: number;
  /** The label's width at each size of letters, measured once. */
  widths: Map<number, number>;
}

/** Path coordinates are taken from the network's middle and enlarged, because canvases reckon in single floats. */
const ENLARGED = 1e6;

/** `Paris 16e` is `16e` on the map; a commune keeps its name. */
function shortName(name: string): string {
  return /^\S+ (\d{1,2}(?:er|e))$/.exec(name)?.[1] ?? name;
}

export class Painter {
  readonly x: Float64Array;
  readonly y: Float64Array;
  private readonly size: Float32Array;
  private readonly middle: { x: number; y: number };
  private readonly zones: ZoneDrawing[];
  private readonly outline = new Path2D();

  constructor(
    private readonly network: Network,
    shapes: ZoneShapes,
    outline: ZoneShapes[number],
  ) {
    this.x = Float64Array.from(network.stations, (station) => worldX(station.lon));
    this.y = Float64Array.from(network.stations, (station) => worldY(station.lat));
    this.size = Float32Array.from(network.stations, ({ capacity }) =>
      Math.sqrt(Math.min(70, Math.max(10, capacity ?? 25)) / 30),
    );
    const first = network.stations.findIndex((station) => station.located);
    this.middle = { x: this.x[first] ?? 0.5, y: this.y[first] ?? 0.5 };
    this.zones = shapes.map((rings, zone) => this.drawingOf(rings, network.zones[zone]!.name));
    for (const ring of outline) this.outline.addPath(this.drawingOf([ring], "").path);
  }

  private drawingOf(rings: [number, number][][], name: string): ZoneDrawing {
    const path = new Path2D();
    let largest = 0;
    let label = { x: 0, y: 0, width: 0 };
    for (const ring of rings) {
      const points = ring.map(([lon, lat]) => [(worldX(lon) - this.middle.x) * ENLARGED, (worldY(lat) - this.middle.y) * ENLARGED] as const);
      let [area, cx, cy] = [0, 0, 0];
      let [west, east] = [Infinity, -Infinity];
      points.forEach(([x, y], i) => {
        if (i) path.lineTo(x, y);
        else path.moveTo(x, y);
        const [nextX, nextY] = points[(i + 1) % points.length]!;
        const cross = x * nextY - nextX * y;
        area += cross;
        cx += (x + nextX) * cross;
        cy += (y + nextY) * cross;
        west = Math.min(west, x);
        east = Math.max(east, x);
      });
      path.closePath();
      if (Math.abs(area) > largest) {
        largest = Math.abs(area);
        label = { x: cx / (3 * area) / ENLARGED, y: cy / (3 * area) / ENLARGED, width: (east - west) / ENLARGED };
      }
    }
    return { path, label: shortName(name), x: this.middle.x + label.x, y: this.middle.y + label.y, width: label.width, widths: new Map() };
  }

  radius(station: number, zoom: number): number {
    return this.size[station]! * Math.min(15, 4.5 * 1.42 ** (zoom - 12));
  }

  paint(context: CanvasRenderingContext2D, camera: Camera, scene: Scene, palette: Palette, ground: boolean): void {
    const ratio = devicePixelRatio || 1;
    const width = context.canvas.width / ratio;
    const height = context.canvas.height / ratio;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (ground) {
      context.fillStyle = palette.ground;
      context.fillRect(0, 0, width, height);
    }
    this.paintZones(context, camera, scene, palette, ratio, width, height);
    const scale = scaleOf(camera);
    const left = width / 2 - camera.x * scale;
    const top = height / 2 - camera.y * scale;
    this.paintMoves(context, scene, palette, scale, left, top, false);
    this.paintStations(context, camera, scene, palette, scale, left, top, width, height);
    // A short trip would be hidden by the stations at its ends.
    this.paintMoves(context, scene, palette, scale, left, top, true);
    this.paintLabels(context, camera, scene, palette, scale, left, top);
  }

  private paintZones(
    context: CanvasRenderingContext2D,
    camera: Camera,
    scene: Scene,
    palette: Palette,
    ratio: number,
    width: number,
    height: number,
  ): void {
    const scale = scaleOf(camera);
    const enlarged = (scale / ENLARGED) * ratio;
    context.setTransform(
      enlarged,
      0,
      0,
      enlarged,
      (width / 2 + (this.middle.x - camera.x) * scale) * ratio,
      (height / 2 + (this.middle.y - camera.y) * scale) * ratio,
    );
    const shade = camera.zoom > 13.5 ? 0.2 : 0.36;
    this.zones.forEach((zone, i) => {
      const step = scene.zoneSteps[i]!;
      if (step < 0) return;
      context.globalAlpha = scene.zone >= 0 && scene.zone !== i ? shade * 0.3 : shade;
      context.fillStyle = scene.scale[step]!;
      context.fill(zone.path, "evenodd");
    });
    context.globalAlpha = 1;
    context.lineJoin = "round";
    context.lineWidth = ratio / enlarged;
    context.strokeStyle = palette.line;
    for (const zone of this.zones) context.stroke(zone.path);
    context.lineWidth = (1.4 * ratio) / enlarged;
    context.strokeStyle = palette.city;
    context.stroke(this.outline);
    const chosen = this.zones[scene.zone];
    if (chosen) {
      context.lineWidth = (2 * ratio) / enlarged;
      context.strokeStyle = palette.lineStrong;
      context.stroke(chosen.path);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  private paintMoves(context: CanvasRenderingContext2D, scene: Scene, palette: Palette, scale: number, left: number, top: number, chosen: boolean): void {
    context.lineCap = "round";
    for (const move of scene.moves) {
      if (move.chosen !== chosen) continue;
      const [x1, y1] = [this.x[move.from]! * scale + left, this.y[move.from]! * scale + top];
      const [x2, y2] = [this.x[move.to]! * scale + left, this.y[move.to]! * scale + top];
      const angle = Math.atan2(y2 - y1, x2 - x1);
      context.globalAlpha = chosen ? 1 : 0.5;
      const width = (chosen ? 2 : 0.8) + Math.min(3, move.bikes / 8);
      context.beginPath();
      context.moveTo(x1, y1);
      context.lineTo(x2 - 6 * Math.cos(angle), y2 - 6 * Math.sin(angle));
      if (chosen) {
        context.strokeStyle = palette.halo;
        context.lineWidth = width + 4;
        context.stroke();
      }
      context.strokeStyle = context.fillStyle = chosen ? palette.accent : palette.text;
      context.lineWidth = width;
      context.stroke();
      context.beginPath();
      context.moveTo(x2, y2);
      for (const side of [-0.45, 0.45]) context.lineTo(x2 - 7.5 * Math.cos(angle + side), y2 - 7.5 * Math.sin(angle + side));
      context.fill();
    }
    context.globalAlpha = 1;
  }

  /** One path and one fill for each colour: a fill for each of 1,480 stations would cost five times as much. */
  private paintStations(
    context: CanvasRenderingContext2D,
    camera: Camera,
    scene: Scene,
    palette: Palette,
    scale: number,
    left: number,
    top: number,
    width: number,
    height: number,
  ): void {
    const dots = Array.from({ length: STEPS }, () => new Path2D());
    const hollow = new Path2D();
    for (let i = 0; i < this.x.length; i++) {
      const step = scene.stationSteps[i]!;
      if (step === HIDDEN || !this.network.stations[i]!.located) continue;
      const x = this.x[i]! * scale + left;
      const y = this.y[i]! * scale + top;
      if (x < -20 || y < -20 || x > width + 20 || y > height + 20) continue;
      const radius = this.radius(i, camera.zoom);
      const path = step === HOLLOW ? hollow : dots[step]!;
      path.moveTo(x + radius, y);
      path.arc(x, y, step === HOLLOW ? radius * 0.8 : radius, 0, 2 * Math.PI);
    }
    context.strokeStyle = palette.off;
    context.lineWidth = Math.min(2, 0.9 + (camera.zoom - 11) * 0.25);
    context.stroke(hollow);
    context.lineWidth = camera.zoom < 12 ? 0.6 : 1;
    // The ends of the scale come last, to lie on top: they are what the page is about.
    for (const step of [3, 2, 4, 1, 5, 6, 0]) {
      context.fillStyle = palette.diverging[step]!;
      context.fill(dots[step]!);
      context.strokeStyle = palette.halo;
      context.stroke(dots[step]!);
    }
    for (const [station, strength] of [
      [scene.hovered, 2],
      [scene.station, 3],
    ] as const) {
      if (station < 0) continue;
      context.beginPath();
      context.arc(this.x[station]! * scale + left, this.y[station]! * scale + top, this.radius(station, camera.zoom) + 3, 0, 2 * Math.PI);
      context.strokeStyle = palette.accent;
      context.lineWidth = strength;
      context.stroke();
    }
  }

  private paintLabels(context: CanvasRenderingContext2D, camera: Camera, scene: Scene, palette: Palette, scale: number, left: number, top: number): void {
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    const taken: [number, number, number][] = [];
    this.zones.forEach((zone, i) => {
      const isNumber = /^\d/.test(zone.label);
      const font = isNumber ? (camera.zoom > 12 ? 15 : 12.5) : 11.5;
      let needed = zone.widths.get(font);
      if (needed === undefined) {
        context.font = `600 ${font}px ${palette.font}`;
        needed = context.measureText(zone.label).width;
        // Until the page's own letters are here, others stand in for them.
        if (document.fonts.status === "loaded") zone.widths.set(font, needed);
      }
      if (i !== scene.zone && zone.width * scale < needed * (isNumber ? 1.2 : 0.9)) return;
      const [x, y] = [zone.x * scale + left, zone.y * scale + top];
      if (taken.some(([ox, oy, w]) => Math.abs(ox - x) < (w + needed) / 2 + 4 && Math.abs(oy - y) < 16)) return;
      taken.push([x, y, needed]);
      context.font = `600 ${font}px ${palette.font}`;
      context.lineWidth = 3.5;
      context.strokeStyle = palette.halo;
      context.fillStyle = i === scene.zone ? palette.accent : palette.text;
      context.globalAlpha = 0.92;
      context.strokeText(zone.label, x, y);
      context.fillText(zone.label, x, y);
      context.globalAlpha = 1;
    });
  }

  /** The station at a point of the screen, within 14 px; -1 for none. */
  stationAt(x: number, y: number, width: number, height: number, camera: Camera, scene: Scene): number {
    const scale = scaleOf(camera);
    let best = -1;
    let nearest = 14;
    for (let i = 0; i < this.x.length; i++) {
      if (scene.stationSteps[i] === HIDDEN || !this.network.stations[i]!.located) continue;
      const away = Math.hypot((this.x[i]! - camera.x) * scale + width / 2 - x, (this.y[i]! - camera.y) * scale + height / 2 - y);
      if (away < nearest) [best, nearest] = [i, away];
    }
    return best;
  }

  /** The zone at a point of the screen; -1 for none. */
  zoneAt(context: CanvasRenderingContext2D, x: number, y: number, width: number, height: number, camera: Camera): number {
    const scale = scaleOf(camera);
    const px = (camera.x + (x - width / 2) / scale - this.middle.x) * ENLARGED;
    const py = (camera.y + (y - height / 2) / scale - this.middle.y) * ENLARGED;
    context.setTransform(1, 0, 0, 1, 0, 0);
    return this.zones.findIndex((zone) => context.isPointInPath(zone.path, px, py, "evenodd"));
  }
}
