import type { LayerConfig } from "./config.ts";

/** The children of one frame that were too narrow to draw. Weights as in {@link LayerModel}. */
export interface Gathered {
  readonly hidden: number;
  /** At most so much of it is in no listed name. */
  readonly unlisted: number;
  /** Rows of the layer's names, and the weight of each. */
  readonly names: Int32Array;
  readonly weights: Float64Array;
}

/** One tree of the picture: numbers by rectangle, in the order of the file (parents first, depth first). */
export class LayerModel {
  readonly groups: readonly SVGElement[];
  readonly length: number;
  readonly rows: number;
  readonly depth: Int32Array;
  readonly parent: Int32Array;
  /** One past the last rectangle of the subtree. */
  readonly end: Int32Array;
  readonly x: Float64Array;
  readonly w: Float64Array;
  readonly gathered: ReadonlyMap<number, Gathered>;
  readonly hiddenNames: readonly string[];
  readonly container: SVGGElement;
  readonly #countName: string;
  readonly #rectOfGroup: ReadonlyMap<Element, number>;
  readonly #names: (string | undefined)[] = [];
  #ids: { byRect: string[]; byId: Map<string, number> } | undefined;

  constructor(container: SVGGElement, config: LayerConfig, countName: string) {
    this.container = container;
    this.groups = Array.from(container.children) as SVGElement[];
    this.#rectOfGroup = new Map(this.groups.map((group, rect) => [group, rect]));
    this.#countName = countName;
    this.length = this.groups.length;
    this.rows = config.rows;
    this.depth = new Int32Array(this.length);
    this.parent = new Int32Array(this.length).fill(-1);
    this.end = new Int32Array(this.length);
    this.x = new Float64Array(this.length);
    this.w = new Float64Array(this.length);
    this.#decodeFrames(config.frames);
    this.hiddenNames = config.names;
    this.gathered = decodeGathered(config.gathered);
  }

  /** The full title: name, weight, share. */
  title(rect: number): string {
    return this.groups[rect]?.querySelector("title")?.textContent ?? "";
  }

  /** The name without weight and share; what searches look at. */
  name(rect: number): string {
    let name = this.#names[rect];
    if (name === undefined) {
      name = this.groups[rect]?.getAttribute("data-name") ?? this.#nameInTitle(this.title(rect));
      this.#names[rect] = name;
    }
    return name;
  }

  /** True for blocks of gathered frames. */
  isBlock(rect: number): boolean {
    return this.groups[rect]?.classList.contains("s") === true;
  }

  /** Rectangle of a group or of what is inside it. */
  rectOf(target: Element): number {
    let group: Element | null = target;
    while (group !== null && group.parentElement !== (this.container as Element)) group = group.parentElement;
    return group === null ? -1 : (this.#rectOfGroup.get(group) ?? -1);
  }

  /** A name for a frame that is the same in every picture that has it: a hash of its path. */
  id(rect: number): string {
    return this.#idTable().byRect[rect] ?? "";
  }

  rectOfId(id: string): number {
    return this.#idTable().byId.get(id) ?? -1;
  }

  /** The title ends in ` (weight unit, share)`; the unit may itself hold ` (`. */
  #nameInTitle(title: string): string {
    let at = title.length;
    for (let left = this.#countName.split(" (").length; left > 0; left--)
      at = title.lastIndexOf(" (", at - 1);
    return at < 0 ? title : title.slice(0, at);
  }

  #decodeFrames(text: string): void {
    const tokens = text.split(" ");
    const path: number[] = [];
    const cursor: number[] = [0];
    for (let rect = 0; rect < this.length; rect++) {
      const match = /^(?:(\w+)\^)?(?:(-?\w+)\+)?(\w+)$/.exec(tokens[rect] ?? "");
      if (match === null) throw new Error("flame graph: the data does not fit the frames");
      const up = parseInt(match[1] ?? "0", 36);
      for (let i = 0; i < up; i++) this.end[path.pop() ?? 0] = rect;
      const depth = path.length;
      const left = (cursor[depth] ?? 0) + parseInt(match[2] ?? "0", 36);
      const width = parseInt(match[3] ?? "0", 36);
      this.depth[rect] = depth;
      this.parent[rect] = path[depth - 1] ?? -1;
      this.x[rect] = left;
      this.w[rect] = width;
      cursor[depth] = left + width;
      cursor[depth + 1] = left;
      path.push(rect);
    }
    for (const rect of path) this.end[rect] = this.length;
  }

  #idTable(): { byRect: string[]; byId: Map<string, number> } {
    if (this.#ids !== undefined) return this.#ids;
    const hashes = new Int32Array(this.length);
    const byRect: string[] = [];
    const byId = new Map<string, number>();
    for (let rect = 0; rect < this.length; rect++) {
      const hash = hashText(this.name(rect), rect === 0 ? 0 : (hashes[this.parent[rect] ?? 0] ?? 0));
      hashes[rect] = hash;
      const base = `${this.depth[rect]}-${(hash >>> 0).toString(36)}`;
      let id = base;
      // In a flame chart the same path comes again and again: the second is …~1.
      for (let again = 1; byId.has(id); again++) id = `${base}~${again}`;
      byRect.push(id);
      byId.set(id, rect);
    }
    this.#ids = { byRect, byId };
    return this.#ids;
  }
}

function hashText(text: string, seed: number): number {
  let hash = seed ^ 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
}

function decodeGathered(text: string): Map<number, Gathered> {
  const map = new Map<number, Gathered>();
  if (text === "") return map;
  let rect = 0;
  for (const entry of text.split(";")) {
    const [head = "", ...pairs] = entry.split(" ");
    const [distance = "0", amounts = ""] = head.split(":");
    const [hidden = "0", unlisted = "0"] = amounts.split(",");
    rect += parseInt(distance, 36);
    const names = new Int32Array(pairs.length);
    const weights = new Float64Array(pairs.length);
    let row = 0;
    pairs.forEach((pair, index) => {
      const [name = "0", weight = "0"] = pair.split(",");
      row += parseInt(name, 36);
      names[index] = row;
      weights[index] = parseInt(weight, 36);
    });
    map.set(rect, { hidden: parseInt(hidden, 36), unlisted: parseInt(unlisted, 36), names, weights });
  }
  return map;
}
