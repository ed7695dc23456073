/** What part of a graph is seen, in weight units, and the rectangle that was zoomed to. */
export interface View {
  readonly rect: number;
  readonly from: number;
  readonly to: number;
}

/** Milliseconds a zoom takes. */
const DURATION = 220;

/** The smallest part of a graph that can be zoomed to: less than that cannot be told apart in doubles. */
const CLOSEST = 1e-10;

/** The seen part of a graph, where it is moving to, and where it has been. */
export class Camera {
  #total = 0;
  #now: View = { rect: 0, from: 0, to: 0 };
  #target: View = this.#now;
  #start: View = this.#now;
  #startTime = 0;
  #moving = false;
  #history: View[] = [];

  /** What is seen at this moment. */
  get now(): View {
    return this.#now;
  }

  /** What will be seen when the present movement ends. */
  get target(): View {
    return this.#target;
  }

  get moving(): boolean {
    return this.#moving;
  }

  get canGoBack(): boolean {
    return this.#history.length > 0;
  }

  /** A new graph of so much weight, seen as a whole. */
  open(total: number): void {
    this.#total = total;
    this.#history = [];
    this.jump(this.whole());
  }

  whole(): View {
    return { rect: 0, from: 0, to: this.#total };
  }

  /** True where everything is seen. */
  get isWhole(): boolean {
    return this.#target.from <= 0 && this.#target.to >= this.#total;
  }

  /** Keeps the present view, so that {@link back} finds it. */
  remember(): void {
    const last = this.#history.at(-1);
    if (last !== undefined && last.from === this.#target.from && last.to === this.#target.to) return;
    this.#history.push(this.#target);
    if (this.#history.length > 200) this.#history.shift();
  }

  /** The view before the present one; the whole where there was none. */
  previous(): View {
    return this.#history.pop() ?? this.whole();
  }

  jump(view: View): void {
    this.#now = this.#clamped(view);
    this.#target = this.#now;
    this.#moving = false;
  }

  /** Moves to `view`; with `still` at once. */
  moveTo(view: View, time: number, still: boolean): void {
    if (still) {
      this.jump(view);
      return;
    }
    this.#start = this.#now;
    this.#target = this.#clamped(view);
    this.#startTime = time;
    this.#moving = true;
  }

  /** Takes the next step of a movement. */
  step(time: number): void {
    if (!this.#moving) return;
    const part = Math.min(1, Math.max(0, (time - this.#startTime) / DURATION));
    if (part >= 1) {
      this.#now = this.#target;
      this.#moving = false;
      return;
    }
    const eased = 1 - (1 - part) ** 3;
    const { from, to } = between(this.#start, this.#target, eased);
    this.#now = { rect: this.#target.rect, from, to };
  }

  /** A part of the graph as it can be seen: not beyond the edges, not too close. */
  within({ from, to }: { from: number; to: number }): { from: number; to: number } {
    const total = this.#total;
    const span = Math.min(total, Math.max(to - from, total * CLOSEST));
    const left = Math.min(Math.max(0, from), total - span);
    return { from: left, to: left + span };
  }

  #clamped(view: View): View {
    return { rect: view.rect, ...this.within(view) };
  }
}

/** The span grows or shrinks by equal factors in equal steps: otherwise a deep zoom is over in its first step. */
function between(start: View, end: View, part: number): { from: number; to: number } {
  const first = start.to - start.from;
  const last = end.to - end.from;
  if (!(first > 0 && last > 0)) return end;
  const span = first * (last / first) ** part;
  const way = first === last ? part : (span - first) / (last - first);
  const from = start.from + (end.from - start.from) * way;
  return { from, to: from + span };
}
