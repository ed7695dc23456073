/**
 * The sizes of canvases in whole pixels of the screen, as the browser lays them out: at fractional ratios neither
 * rounding up nor down is always right, and a canvas of another size is blurred. Calls back when something changes.
 */
export class DeviceSizes {
  readonly #exact = new WeakMap<Element, { width: number; height: number }>();
  readonly #observer: ResizeObserver;

  constructor(changed: () => void) {
    this.#observer = new ResizeObserver((entries) => {
      for (const { target, devicePixelContentBoxSize } of entries) {
        const [size] = devicePixelContentBoxSize ?? [];
        if (size !== undefined) this.#exact.set(target, { width: size.inlineSize, height: size.blockSize });
      }
      changed();
    });
  }

  /** Watches a box, and the canvas in it. */
  observe(box: Element, canvas?: HTMLCanvasElement): void {
    this.#observer.observe(box);
    if (canvas === undefined) return;
    try {
      this.#observer.observe(canvas, { box: "device-pixel-content-box" });
    } catch {
      // Not every browser knows this box: then sizes are rounded.
    }
  }

  disconnect(): void {
    this.#observer.disconnect();
  }

  /** Pixels of a canvas that has so many CSS pixels. What was observed may be older than that. */
  of(canvas: HTMLCanvasElement, width: number, height: number): { width: number; height: number } {
    const ratio = window.devicePixelRatio || 1;
    const exact = this.#exact.get(canvas);
    const rounded = { width: Math.round(width * ratio), height: Math.round(height * ratio) };
    if (exact === undefined) return rounded;
    const near = Math.abs(exact.width - rounded.width) <= 1 && Math.abs(exact.height - rounded.height) <= 1;
    return near ? exact : rounded;
  }
}
