import { scaleOf, zoomedAbout, type Camera } from "./camera";

const CLICK_PX = 6;
const STEP_PX = 80;

export interface GestureHandlers {
  camera: () => Camera;
  move: (camera: Camera) => void;
  /** A gesture came to its end: time to write the camera down. */
  settle: () => void;
  click: (x: number, y: number) => void;
  hover: (x: number, y: number) => void;
  leave: () => void;
}

/** Drag, pinch, wheel, double click and keys on the map. Returns what undoes it. */
export function listen(element: HTMLElement, handlers: GestureHandlers): () => void {
  const off = new AbortController();
  const at = { signal: off.signal };
  const touches = new Map<number, { x: number; y: number }>();
  let travelled = 0;
  let settling: ReturnType<typeof setTimeout> | undefined;

  const place = (event: MouseEvent) => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const zoomAt = (steps: number, point: { x: number; y: number }) =>
    handlers.move(
      zoomedAbout(handlers.camera(), steps, point.x - element.clientWidth / 2, point.y - element.clientHeight / 2),
    );
  const pan = (dx: number, dy: number) => {
    const camera = handlers.camera();
    const scale = scaleOf(camera);
    handlers.move({ ...camera, x: camera.x - dx / scale, y: camera.y - dy / scale });
  };
  const settleSoon = () => {
    clearTimeout(settling);
    settling = setTimeout(handlers.settle, 200);
  };

  element.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button !== 0) return;
      if (touches.size === 0) travelled = 0;
      touches.set(event.pointerId, place(event));
      element.setPointerCapture(event.pointerId);
    },
    at,
  );
  element.addEventListener(
    "pointermove",
    (event) => {
      const point = place(event);
      const last = touches.get(event.pointerId);
      if (!last) {
        if (event.pointerType === "mouse") handlers.hover(point.x, point.y);
        return;
      }
      travelled += Math.hypot(point.x - last.x, point.y - last.y);
      if (touches.size === 1 && travelled > CLICK_PX) pan(point.x - last.x, point.y - last.y);
      if (touches.size === 2) {
        const other = [...touches.entries()].find(([id]) => id !== event.pointerId)![1];
        const before = Math.hypot(last.x - other.x, last.y - other.y);
        const after = Math.hypot(point.x - other.x, point.y - other.y);
        if (before > 0 && after > 0) zoomAt(Math.log2(after / before), { x: (point.x + other.x) / 2, y: (point.y + other.y) / 2 });
        pan((point.x - last.x) / 2, (point.y - last.y) / 2);
      }
      touches.set(event.pointerId, point);
    },
    at,
  );
  const lift = (event: PointerEvent) => {
    const known = touches.delete(event.pointerId);
    if (!known || touches.size > 0) return;
    if (event.type === "pointerup" && travelled <= CLICK_PX) {
      const point = place(event);
      handlers.click(point.x, point.y);
    } else settleSoon();
  };
  element.addEventListener("pointerup", lift, at);
  element.addEventListener("pointercancel", lift, at);
  element.addEventListener("pointerleave", () => handlers.leave(), at);
  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const pixels = event.deltaMode === 1 ? event.deltaY * 16 : event.deltaY;
      zoomAt(-Math.max(-1, Math.min(1, pixels / 240)), place(event));
      settleSoon();
    },
    { ...at, passive: false },
  );
  element.addEventListener(
    "dblclick",
    (event) => {
      zoomAt(1, place(event));
      settleSoon();
    },
    at,
  );
  element.addEventListener(
    "keydown",
    (event) => {
      const middle = { x: element.clientWidth / 2, y: element.clientHeight / 2 };
      const keys: Record<string, () => void> = {
        ArrowLeft: () => pan(STEP_PX, 0),
        ArrowRight: () => pan(-STEP_PX, 0),
        ArrowUp: () => pan(0, STEP_PX),
        ArrowDown: () => pan(0, -STEP_PX),
        "+": () => zoomAt(0.5, middle),
        "=": () => zoomAt(0.5, middle),
        "-": () => zoomAt(-0.5, middle),
      };
      const act = keys[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      act();
      settleSoon();
    },
    at,
  );
  return () => {
    clearTimeout(settling);
    off.abort();
  };
}
