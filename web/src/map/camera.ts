/** Web Mercator, in units of one world width; a camera looks at a place from a zoom (world = 512 px × 2^zoom). */
export interface Camera {
  x: number;
  y: number;
  zoom: number;
}

export interface Box {
  west: number;
  south: number;
  east: number;
  north: number;
}

export const MIN_ZOOM = 8.5;
export const MAX_ZOOM = 17.5;

export function worldX(lon: number): number {
  return (lon + 180) / 360;
}

export function worldY(lat: number): number {
  const sine = Math.sin((lat * Math.PI) / 180);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
}

export function lonOf(x: number): number {
  return x * 360 - 180;
}

export function latOf(y: number): number {
  return (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI;
}

/** Pixels of one world width. */
export function scaleOf(camera: Camera): number {
  return 512 * 2 ** camera.zoom;
}

export function clampZoom(zoom: number): number {
  return Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, zoom));
}

export function fitting(box: Box, width: number, height: number, padding: number): Camera {
  const [left, right] = [worldX(box.west), worldX(box.east)];
  const [top, bottom] = [worldY(box.north), worldY(box.south)];
  const across = Math.max(1, width - 2 * padding) / Math.max(1e-9, right - left);
  const down = Math.max(1, height - 2 * padding) / Math.max(1e-9, bottom - top);
  return { x: (left + right) / 2, y: (top + bottom) / 2, zoom: clampZoom(Math.log2(Math.min(across, down) / 512)) };
}

/** The camera after zooming by `steps` about a point of the screen, given from its middle. */
export function zoomedAbout(camera: Camera, steps: number, fromMiddleX: number, fromMiddleY: number): Camera {
  const zoom = clampZoom(camera.zoom + steps);
  const difference = 1 / scaleOf(camera) - 1 / scaleOf({ ...camera, zoom });
  return { x: camera.x + fromMiddleX * difference, y: camera.y + fromMiddleY * difference, zoom };
}
