/** Browsers cut elements higher than some 17 to 33 million pixels; above this height scrolling is scaled. */
const HIGHEST = 8_000_000;

/**
 * A scroller of any height around a canvas that stays in place: the browser's own scrollbar, wheel and touch scrolling,
 * though only what is seen is drawn. All lengths in CSS pixels.
 */
export class ScrollArea {
  readonly node: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly #spacer: HTMLElement;
  /** A fixed offset, where the scroller is in no document and cannot scroll. */
  pinned: number | undefined;
  #content = 0;
  #height = 0;

  constructor() {
    this.node = document.createElement("div");
    this.node.className = "scroller";
    this.node.tabIndex = -1;
    this.node.setAttribute("part", "scroller");
    this.#spacer = document.createElement("div");
    this.#spacer.className = "spacer";
    this.canvas = document.createElement("canvas");
    this.canvas.ariaHidden = "true";
    this.#spacer.append(this.canvas);
    this.node.append(this.#spacer);
  }

  /** Height of what is scrolled, at least the height of the window onto it. */
  get content(): number {
    return Math.max(this.#content, this.#height);
  }

  get offset(): number {
    if (this.pinned !== undefined) return Math.min(this.pinned, this.content - this.#height);
    const room = this.#spacerHeight() - this.#height;
    if (room <= 0) return 0;
    return Math.min(1, this.node.scrollTop / room) * (this.content - this.#height);
  }

  set offset(offset: number) {
    const far = this.content - this.#height;
    const room = this.#spacerHeight() - this.#height;
    this.node.scrollTop = far <= 0 ? 0 : (Math.min(far, Math.max(0, offset)) / far) * room;
  }

  /** True where the end is seen: a flame graph stays there when its size changes. */
  get atEnd(): boolean {
    return this.offset >= this.content - this.#height - 2;
  }

  get scrolls(): boolean {
    return this.#content > this.#height;
  }

  resize(content: number, height: number): void {
    this.#content = content;
    this.#height = height;
    this.#spacer.style.height = `${this.#spacerHeight()}px`;
    this.canvas.style.height = `${height}px`;
  }

  #spacerHeight(): number {
    return Math.max(this.#height, Math.min(HIGHEST, this.#content));
  }
}
