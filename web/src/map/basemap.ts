import { scaleOf, type Camera } from "./camera";

const TILE_PX = 256;
const KEPT = 200;

/** Raster tiles below the zones. Only where the operator has set an address: without one the map asks nobody. */
export class Basemap {
  private readonly tiles = new Map<string, HTMLImageElement>();

  constructor(
    private readonly template: string,
    private readonly arrived: () => void,
  ) {}

  paint(context: CanvasRenderingContext2D, camera: Camera, width: number, height: number): void {
    const scale = scaleOf(camera);
    const level = Math.max(0, Math.min(19, Math.round(Math.log2(scale / TILE_PX))));
    const across = 2 ** level;
    const size = scale / across;
    const [left, top] = [camera.x * scale - width / 2, camera.y * scale - height / 2];
    for (let column = Math.floor(left / size); column <= (left + width) / size; column++)
      for (let row = Math.floor(top / size); row <= (top + height) / size; row++) {
        if (column < 0 || row < 0 || column >= across || row >= across) continue;
        const tile = this.tile(level, column, row);
        if (tile.complete && tile.naturalWidth) context.drawImage(tile, column * size - left, row * size - top, size + 0.5, size + 0.5);
      }
  }

  private tile(level: number, column: number, row: number): HTMLImageElement {
    const address = this.template.replace("{z}", String(level)).replace("{x}", String(column)).replace("{y}", String(row));
    let tile = this.tiles.get(address);
    if (!tile) {
      tile = new Image();
      tile.onload = this.arrived;
      tile.src = address;
      this.tiles.set(address, tile);
      if (this.tiles.size > KEPT) this.tiles.delete(this.tiles.keys().next().value!);
    }
    return tile;
  }
}
