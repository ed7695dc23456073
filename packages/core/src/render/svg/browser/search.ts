import type { LayerModel } from "./model.ts";

/** A share of the zoomed frame's width: known only within bounds where names overlap inside a block. */
export interface Share {
  readonly low: number;
  readonly high: number;
  /** At most so much more is in small frames whose names are not listed in the file. */
  readonly unlisted: number;
}

/** What a pattern finds in one layer. */
export class Matches {
  /** Per rectangle: 1 = its name matches, 2 = a block with a match inside. */
  readonly state: Uint8Array;
  readonly pattern: RegExp;
  readonly #layer: LayerModel;
  /** Per frame with gathered children: the least and the most that matches among them. */
  readonly #inside = new Map<number, { low: number; high: number }>();

  constructor(layer: LayerModel, pattern: RegExp) {
    this.#layer = layer;
    this.pattern = pattern;
    this.state = new Uint8Array(layer.length);
    const known = new Map<string, boolean>();
    const test = (name: string): boolean => {
      let answer = known.get(name);
      if (answer === undefined) {
        answer = pattern.test(name);
        known.set(name, answer);
      }
      return answer;
    };
    for (let rect = 0; rect < layer.length; rect++) {
      if (!layer.isBlock(rect) && test(layer.name(rect))) this.state[rect] = 1;
    }
    const hidden = layer.hiddenNames.map(test);
    for (const rect of layer.gathered.keys()) this.#lookInside(rect, hidden);
  }

  /** Rectangles to step through within a subtree, from left to right, callers first. */
  list(from: number): number[] {
    const list: number[] = [];
    const end = this.#layer.end[from] ?? 0;
    for (let rect = from; rect < end; rect++) if (this.state[rect] !== 0) list.push(rect);
    return list;
  }

  /** The matched weight within a subtree, each sample once however many of its frames match. */
  within(from: number): Share {
    const { end, w, parent, gathered } = this.#layer;
    for (let up = from; up >= 0; up = parent[up] ?? -1) {
      const whole = w[from] ?? 0;
      if (this.state[up] === 1) return { low: whole, high: whole, unlisted: 0 };
    }
    let low = 0;
    let high = 0;
    let unlisted = 0;
    for (let rect = from; rect < (end[from] ?? 0); ) {
      if (this.state[rect] === 1) {
        low += w[rect] ?? 0;
        high += w[rect] ?? 0;
        rect = end[rect] ?? rect + 1;
        continue;
      }
      const inside = this.#inside.get(rect);
      low += inside?.low ?? 0;
      high += inside?.high ?? 0;
      const block = gathered.get(rect);
      if (block !== undefined) unlisted += Math.min(block.unlisted, block.hidden - (inside?.low ?? 0));
      rect++;
    }
    return { low, high, unlisted };
  }

  #lookInside(rect: number, hidden: readonly boolean[]): void {
    const block = this.#layer.gathered.get(rect);
    if (block === undefined) return;
    let low = 0;
    let sum = 0;
    block.names.forEach((name, index) => {
      if (hidden[name] !== true) return;
      const weight = block.weights[index] ?? 0;
      low = Math.max(low, weight);
      sum += weight;
    });
    if (sum === 0) return;
    this.#inside.set(rect, { low, high: Math.min(block.hidden, sum) });
    for (
      let child = rect + 1;
      child < (this.#layer.end[rect] ?? 0);
      child = this.#layer.end[child] ?? child + 1
    ) {
      if (this.#layer.isBlock(child)) this.state[child] = 2;
    }
  }
}

/** `12.3%`, or `12.1–12.5%` where the bounds differ in what is shown. */
export function shareText(share: Share, whole: number): string {
  const digits = (part: number): string => {
    const percent = (100 * part) / whole;
    return percent >= 100 ? "100" : percent.toFixed(1);
  };
  const low = digits(share.low);
  const high = digits(share.high);
  const range = low === high ? `${low}%` : `${low}\u2013${high}%`;
  const more = (100 * share.unlisted) / whole;
  return more >= 0.05 ? `${range} (up to ${more.toFixed(1)}% more in unlisted small frames)` : range;
}
