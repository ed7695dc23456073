import type { Rectangles } from "../../codec/rectangles.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import { FrameKind, type FrameKindCode } from "../../model/profile.ts";

/** `name (1,234 samples, 5.60%)`; a differential has more behind the percentage. */
const TITLE = /^([\s\S]*) \((-?[\d,]+(?:\.\d+)?) ([^()]*?), (?:[\d.,]+|nan)%(.*)\)$/;
const KINDS: ReadonlyMap<string, FrameKindCode> = new Map([
  ["k", FrameKind.kernel],
  ["j", FrameKind.jit],
  ["w", FrameKind.waker],
  ["0", FrameKind.interpreted],
  ["1", FrameKind.c1],
]);
/** No title is longer; what does not close its tags is given up then. */
const LONGEST = 1 << 20;

/** A title that waits for its rectangle. */
interface Title {
  readonly name: string;
  readonly weight: number;
}

/** Finds the titles and rectangles of frames in the text of an SVG, as it comes. */
export class SvgFrames {
  readonly #into: ProfileBuilder;
  readonly #rectangles: Rectangles;
  #pending = "";
  #title: Title | undefined;
  #unit = "";
  gathered = 0;
  differential = false;

  constructor(into: ProfileBuilder, rectangles: Rectangles) {
    this.#into = into;
    this.#rectangles = rectangles;
  }

  text(line: string): void {
    this.#pending = this.#pending === "" ? line : `${this.#pending}\n${line}`;
    this.#consume();
    if (this.#pending.length > LONGEST) this.#pending = "";
  }

  end(): void {
    this.#pending = "";
  }

  /** Handles every whole title and rectangle; keeps a tag that is not closed yet. */
  #consume(): void {
    const pattern = /<title>([\s\S]*?)<\/title>|<rect\b([^>]*)>/g;
    let done = 0;
    for (let match = pattern.exec(this.#pending); match !== null; match = pattern.exec(this.#pending)) {
      done = pattern.lastIndex;
      if (match[1] !== undefined) this.#onTitle(unescapeXml(match[1]));
      else this.#onRectangle(match[2]!);
    }
    const open = Math.max(this.#pending.lastIndexOf("<title>"), this.#pending.lastIndexOf("<rect"));
    this.#pending = open >= done ? this.#pending.slice(open) : "";
  }

  #onTitle(text: string): void {
    const match = TITLE.exec(text);
    this.#title = undefined;
    if (match === null) return;
    const weight = Number(match[2]!.replaceAll(",", ""));
    if (!(Math.abs(weight) < 2 ** 64)) return;
    this.#unit ||= match[3]!.trim();
    if (match[4]!.includes(";")) this.differential = true;
    this.#title = { name: match[1]!, weight: weight * (TIME_UNITS.get(this.#unit) ?? 1) };
  }

  #onRectangle(attributes: string): void {
    const title = this.#title;
    this.#title = undefined;
    if (title === undefined) return;
    const left = attribute(attributes, "fg:x") ?? attribute(attributes, "x");
    const width = attribute(attributes, "fg:w") ?? attribute(attributes, "width");
    const y = attribute(attributes, "y");
    if (left === undefined || width === undefined || y === undefined) return;
    if (/^[\d,]+ (?:small|deeper) frames?$/.test(title.name)) this.gathered++;
    this.#rectangles.add(this.#frame(title.name), y, left, left + width, title.weight);
  }

  #frame(text: string): number {
    if (text === "all" || text === "") return -1;
    const match = /^([\s\S]+)_\[([kjiw01])\]$/.exec(text);
    if (match === null) return this.#into.frameNamed(text);
    this.#into.meta.annotated = true;
    return this.#into.frame({
      name: this.#into.string(match[1]!),
      kind: KINDS.get(match[2]!) ?? FrameKind.unknown,
      inlined: match[2] === "i",
    });
  }

  /** The rectangles with levels that grow from the root: y grows downwards, and the root is mostly at the bottom. */
  placed(): Rectangles {
    return this.#rectangles.rootIsLowest() ? this.#rectangles : this.#rectangles.upsideDown();
  }

  valueType(): number {
    const unit = this.#unit;
    if (TIME_UNITS.has(unit)) return this.#into.valueType("time", "nanoseconds");
    if (unit.toLowerCase() === "bytes") return this.#into.valueType("memory", "bytes");
    return this.#into.valueType(unit === "" ? "samples" : unit, "count");
  }
}

/** Nanoseconds per unit that a title may count in. */
const TIME_UNITS: ReadonlyMap<string, number> = new Map([
  ["ns", 1],
  ["nanoseconds", 1],
  ["us", 1e3],
  ["microseconds", 1e3],
  ["ms", 1e6],
  ["milliseconds", 1e6],
  ["s", 1e9],
  ["seconds", 1e9],
]);

/** A number of an attribute; percentages too. */
function attribute(attributes: string, name: string): number | undefined {
  const match = new RegExp(`(?:^|\\s)${name}="(-?[\\d.]+(?:e-?\\d+)?)%?"`).exec(attributes);
  const value = match === null ? Number.NaN : Number(match[1]);
  return Number.isFinite(value) ? value : undefined;
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

function unescapeXml(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w+));/g, (all, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES.get(name) ?? all;
    const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : all;
  });
}
