import type { Hit, Pane } from "./pane.ts";

/** What the pointer asks for. */
export interface GestureActions {
  hover(hit: Hit | null, event: PointerEvent | null): void;
  click(hit: Hit | null, event: PointerEvent): void;
  open(hit: Hit, event: MouseEvent): void;
  menu(hit: Hit | null, event: MouseEvent): void;
  /** The view was dragged, pinched or turned: `started` where a new movement begins. */
  move(view: { from: number; to: number }, started: boolean): void;
  /** A part was chosen by dragging with Shift or on the axis; `done` when the pointer is let go. */
  range(from: number, to: number, done: boolean): void;
  /** A click where a part could have been chosen. */
  noRange(): void;
  wheelZooms(): boolean;
  canChooseRange(): boolean;
  redraw(): void;
}

/** Pixels that a pointer moves before it is a drag. */
const DRAG_FROM = 4;

/** Milliseconds of rest after which the wheel begins a new movement. */
const WHEEL_REST = 400;

/** Turns mouse, wheel and touch on a pane's canvas into actions. */
export class Gestures {
  readonly #pane: Pane;
  readonly #actions: GestureActions;
  readonly #pointers = new Map<number, { x: number; y: number }>();
  #mode: "none" | "press" | "pan" | "range" | "pinch" = "none";
  #start = { x: 0, y: 0, weight: 0, from: 0, to: 0, scroll: 0, spread: 0 };
  #lastWheel = Number.NEGATIVE_INFINITY;

  constructor(pane: Pane, actions: GestureActions, signal: AbortSignal) {
    this.#pane = pane;
    this.#actions = actions;
    const { canvas } = pane;
    const options = { signal };
    canvas.addEventListener("pointerdown", (event) => this.#down(event), options);
    canvas.addEventListener("pointermove", (event) => this.#moved(event), options);
    canvas.addEventListener("pointerup", (event) => this.#up(event), options);
    canvas.addEventListener("pointercancel", (event) => this.#cancel(event), options);
    canvas.addEventListener("pointerleave", () => this.#leave(), options);
    canvas.addEventListener("dblclick", (event) => this.#double(event), options);
    canvas.addEventListener("contextmenu", (event) => this.#menu(event), options);
    canvas.addEventListener("wheel", (event) => this.#wheel(event), { signal, passive: false });
  }

  #down(event: PointerEvent): void {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    this.#pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.#pointers.size === 1) {
      this.#begin(event.clientX, event.clientY);
      const chooses = event.shiftKey || this.#pane.onAxis(event.clientY);
      this.#mode = chooses && this.#actions.canChooseRange() ? "range" : "press";
    } else if (this.#pointers.size === 2) {
      this.#beginPinch();
    }
    this.#pane.canvas.setPointerCapture(event.pointerId);
  }

  #moved(event: PointerEvent): void {
    const pointer = this.#pointers.get(event.pointerId);
    if (pointer === undefined) {
      if (event.pointerType !== "touch" && event.buttons === 0) {
        this.#pane.canvas.classList.toggle("choosing", this.#pane.onAxis(event.clientY));
        this.#actions.hover(this.#pane.hit(event.clientX, event.clientY), event);
      }
      return;
    }
    pointer.x = event.clientX;
    pointer.y = event.clientY;
    if (this.#mode === "pinch") this.#pinch();
    else if (this.#mode === "range") {
      const near = Math.abs(event.clientX - this.#start.x) < DRAG_FROM;
      if (!near) this.#actions.range(this.#start.weight, this.#pane.weightAt(event.clientX), false);
    } else this.#drag(event);
  }

  #drag(event: PointerEvent): void {
    const { x, y, from, to, scroll } = this.#start;
    const away = Math.hypot(event.clientX - x, event.clientY - y);
    if (this.#mode === "press") {
      if (away < DRAG_FROM) return;
      this.#mode = "pan";
      this.#pane.dragging = true;
      this.#pane.canvas.classList.add("dragging");
      this.#actions.hover(null, null);
      this.#actions.move({ from, to }, true);
    }
    const shift = (event.clientX - x) * this.#pane.weightPerPixel;
    // Touch scrolls up and down by itself (touch-action: pan-y).
    if (event.pointerType !== "touch") this.#pane.area.offset = scroll - (event.clientY - y);
    this.#actions.move({ from: from - shift, to: to - shift }, false);
  }

  #up(event: PointerEvent): void {
    if (!this.#pointers.delete(event.pointerId)) return;
    const { x, weight } = this.#start;
    const mode = this.#mode;
    if (this.#pointers.size > 0) {
      this.#restart();
      return;
    }
    this.#end();
    if (mode === "press") this.#actions.click(this.#pane.hit(event.clientX, event.clientY), event);
    else if (mode === "range") {
      if (Math.abs(event.clientX - x) < DRAG_FROM) this.#actions.noRange();
      else this.#actions.range(weight, this.#pane.weightAt(event.clientX), true);
    }
  }

  #cancel(event: PointerEvent): void {
    this.#pointers.delete(event.pointerId);
    if (this.#pointers.size === 0) this.#end();
  }

  #leave(): void {
    if (this.#pointers.size === 0) this.#actions.hover(null, null);
  }

  #double(event: MouseEvent): void {
    const hit = this.#pane.hit(event.clientX, event.clientY);
    if (hit !== null) this.#actions.open(hit, event);
  }

  #menu(event: MouseEvent): void {
    this.#actions.menu(this.#pane.hit(event.clientX, event.clientY), event);
  }

  #wheel(event: WheelEvent): void {
    const zooms = event.ctrlKey || event.metaKey || this.#actions.wheelZooms();
    const sideways = event.deltaX + (event.shiftKey ? event.deltaY : 0);
    const fresh = event.timeStamp - this.#lastWheel > WHEEL_REST;
    if (zooms) {
      event.preventDefault();
      this.#lastWheel = event.timeStamp;
      const factor = Math.exp(Math.max(-1, Math.min(1, pixels(event, event.deltaY) / 240)));
      const { from, to } = this.#pane.camera.target;
      const { from: left, to: right } = this.#pane.camera.now;
      const part = (this.#pane.weightAt(event.clientX) - left) / (right - left);
      const span = (to - from) * factor;
      const at = from + part * (to - from);
      this.#actions.move({ from: at - part * span, to: at + (1 - part) * span }, fresh);
      return;
    }
    if (Math.abs(sideways) <= Math.abs(event.shiftKey ? 0 : event.deltaY)) return;
    const { from, to } = this.#pane.camera.target;
    if (this.#pane.camera.isWhole) return;
    event.preventDefault();
    this.#lastWheel = event.timeStamp;
    const shift = pixels(event, sideways) * this.#pane.weightPerPixel;
    this.#actions.move({ from: from + shift, to: to + shift }, fresh);
  }

  #begin(x: number, y: number): void {
    const { from, to } = this.#pane.camera.now;
    const weight = this.#pane.weightAt(x);
    this.#start = { x, y, weight, from, to, scroll: this.#pane.area.offset, spread: 0 };
  }

  #beginPinch(): void {
    const [one, other] = [...this.#pointers.values()];
    this.#begin((one!.x + other!.x) / 2, (one!.y + other!.y) / 2);
    this.#start.spread = Math.max(20, Math.abs(one!.x - other!.x));
    this.#mode = "pinch";
    this.#pane.dragging = true;
    const { from, to } = this.#start;
    this.#actions.move({ from, to }, true);
  }

  /** The weight that was between the fingers stays between them. */
  #pinch(): void {
    const [one, other] = [...this.#pointers.values()];
    if (one === undefined || other === undefined) return;
    const { from, to, weight, spread } = this.#start;
    const span = ((to - from) * spread) / Math.max(20, Math.abs(one.x - other.x));
    const { left, width } = this.#pane.canvas.getBoundingClientRect();
    const part = ((one.x + other.x) / 2 - left) / Math.max(1, width);
    this.#actions.move({ from: weight - part * span, to: weight + (1 - part) * span }, false);
  }

  /** One finger was lifted: the other goes on panning. */
  #restart(): void {
    const [rest] = [...this.#pointers.values()];
    if (rest === undefined) return;
    this.#begin(rest.x, rest.y);
    this.#mode = "pan";
  }

  #end(): void {
    this.#mode = "none";
    this.#pane.dragging = false;
    this.#pane.canvas.classList.remove("dragging");
    this.#actions.redraw();
  }
}

/** Wheel movements come in pixels, lines or pages. */
function pixels(event: WheelEvent, amount: number): number {
  return amount * [1, 18, 400][event.deltaMode]!;
}
