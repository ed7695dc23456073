import { type LevelGraph, selfColumn } from "../graph/index.ts";
import { mix, type Packed, pack } from "./color.ts";

/** How a differential is coloured. */
export interface ChangeOptions {
  /** "relative": by the change of each frame against its own weight; "absolute": against the largest change. */
  readonly scale: "relative" | "absolute";
  /** Whether frames are compared with all they call, or by their own weight. */
  readonly by: "total" | "self";
  /** Changes smaller than this share of the whole count as noise and stay neutral. */
  readonly noise: number;
}

/** What happened to a frame between base and head. */
export type ChangeKind = "none" | "new" | "vanished" | "more" | "less";

/** Colours of a differential: told apart in all common forms of colour blindness. */
const MORE = { light: pack(245, 130, 20), dark: pack(222, 110, 20) };
const LESS = { light: pack(70, 145, 235), dark: pack(62, 124, 214) };
const NEUTRAL = { light: pack(232, 233, 236), dark: pack(64, 68, 76) };

/** Says of every rectangle of a differential how much it changed, and in what colour that shows. */
export class ChangeView {
  readonly scale: ChangeOptions["scale"];
  readonly by: ChangeOptions["by"];
  /** The change that full colour stands for: in weight units, or 1 where relative. */
  readonly max: number;
  readonly #base: Float64Array;
  readonly #head: Float64Array;
  readonly #least: number;

  constructor(base: Float64Array, head: Float64Array, whole: number, options: ChangeOptions) {
    this.#base = base;
    this.#head = head;
    this.scale = options.scale;
    this.by = options.by;
    this.#least = options.noise * whole;
    this.max = options.scale === "relative" ? 1 : largestChange(base, head);
  }

  delta(rect: number): number {
    return this.#head[rect]! - this.#base[rect]!;
  }

  kind(rect: number): ChangeKind {
    const [base, head] = [this.#base[rect]!, this.#head[rect]!];
    if (Math.abs(head - base) <= this.#least) return "none";
    if (base === 0) return "new";
    if (head === 0) return "vanished";
    return head > base ? "more" : "less";
  }

  /** Strength and direction, −1 to 1. */
  share(rect: number): number {
    const delta = this.delta(rect);
    if (Math.abs(delta) <= this.#least) return 0;
    const whole = this.scale === "relative" ? Math.max(this.#base[rect]!, this.#head[rect]!) : this.max;
    return whole === 0 ? 0 : Math.max(-1, Math.min(1, delta / whole));
  }
}

/** The view of a graph, or undefined where it has not two sides. */
export function changeView(graph: LevelGraph, options: ChangeOptions): ChangeView | undefined {
  const { base, head } = graph;
  if (base === undefined || head === undefined) return undefined;
  const whole = Math.max(base[0] ?? 0, head[0] ?? 0);
  if (options.by === "total") return new ChangeView(base, head, whole, options);
  return new ChangeView(selfColumn(graph, base), selfColumn(graph, head), whole, options);
}

/** The root is left out: it would make every other change look small. */
function largestChange(base: Float64Array, head: Float64Array): number {
  let max = 0;
  for (let rect = 1; rect < base.length; rect++) {
    const change = Math.abs(head[rect]! - base[rect]!);
    if (change > max) max = change;
  }
  return max;
}

/** Grey for none, orange for more, blue for less. The root of the share spreads small changes, the usual ones. */
export function changeColor(share: number, dark: boolean): Packed {
  const tone = dark ? "dark" : "light";
  const end = share > 0 ? MORE[tone] : LESS[tone];
  return mix(NEUTRAL[tone], end, Math.sqrt(Math.abs(share)));
}
