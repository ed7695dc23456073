import { JsonKeys, type JsonReader, NumberColumn } from "../../codec/json.ts";
import { textOr } from "../../codec/json-text.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { type Identified, Identifiers } from "./identifier.ts";

const KEYS = ["identifier", "time", "children", "function", "file_path", "line_no", "class_name"] as const;

/** Members of a node: `identifier` in sessions, the others in the JSON output. */
export const NODE: JsonKeys<(typeof KEYS)[number]> = new JsonKeys(...KEYS);

/** A time of 31 years and more is none. */
const MOST_SECONDS = 1e9;
/** Time that is only rounding: sums of times of six decimals, in seconds. */
const ROUNDING = 2e-6;

const NOTHING: Identified = { frame: -1, thread: -1 };

interface Node {
  identifier: string;
  name: string;
  file: string;
  line: number;
  className: string;
}

/** A tree of frames with the time in each and below, callers first. */
export class FrameTree {
  readonly #parent = new NumberColumn();
  readonly #time = new NumberColumn();
  readonly #nodes: Node[] = [];

  get length(): number {
    return this.#parent.length;
  }

  add(parent: number): number {
    this.#parent.push(parent);
    this.#time.push(Number.NaN);
    return this.#nodes.push({ identifier: "", name: "", file: "", line: 0, className: "" }) - 1;
  }

  member(json: JsonReader, key: string, row: number): void {
    const node = this.#nodes[row]!;
    if (key === "identifier") node.identifier = textOr(json);
    else if (key === "function") node.name = textOr(json);
    else if (key === "file_path") node.file = textOr(json);
    else if (key === "class_name") node.className = textOr(json);
    else if (key === "line_no") node.line = lineOf(json.numberOr(0));
    else if (key === "time") this.#time.set(row, json.numberOr(Number.NaN));
    else json.skipValue();
  }

  /** A node weighs itself what its callees leave of its time; `[self]` is its caller's own. */
  addSamples(into: ProfileBuilder, notes: Notes): void {
    const self = this.#selfTimes(notes);
    const names = new Identifiers(into);
    const stacks = new Int32Array(this.length);
    const threads = new Int32Array(this.length);
    for (let row = 0; row < this.length; row++) {
      const parent = this.#parent.at(row);
      const below = parent < 0 ? -1 : stacks[parent]!;
      const node = this.#nodes[row]!;
      const isSelf = (node.name || node.identifier).startsWith("[self]");
      const { frame, thread } = isSelf ? NOTHING : this.#identify(node, names);
      stacks[row] = frame < 0 ? below : into.stack(below, frame);
      threads[row] = thread >= 0 ? thread : parent < 0 ? -1 : threads[parent]!;
      if (self[row] !== 0) into.sampleOf(stacks[row]!, 0, self[row]!, { thread: threads[row]! });
    }
  }

  #identify({ identifier, name, file, line, className }: Node, names: Identifiers): Identified {
    if (identifier !== "") return names.of(identifier);
    return { frame: names.frame(name, file, line, className), thread: -1 };
  }

  /** Nanoseconds. */
  #selfTimes(notes: Notes): Float64Array {
    const below = new Float64Array(this.length);
    const children = new Float64Array(this.length);
    const self = new Float64Array(this.length);
    for (let row = this.length - 1; row >= 0; row--) {
      const said = this.#time.at(row);
      const time = Math.abs(said) <= MOST_SECONDS ? said : below[row]!;
      const rest = time - below[row]!;
      const isRounding = Math.abs(rest) <= ROUNDING * (children[row]! + 1) && children[row]! > 0;
      if (rest < 0 && !isRounding) {
        notes.add(
          "approximated",
          "less-than-callees",
          "A frame has less time than its callees; it has none of its own.",
        );
      }
      self[row] = rest <= 0 || isRounding ? 0 : Math.round(rest * 1e9);
      const parent = this.#parent.at(row);
      if (parent < 0) continue;
      below[parent]! += time;
      children[parent]!++;
    }
    return self;
  }
}

function lineOf(value: number): number {
  return value >= 1 && value < 2 ** 31 ? Math.floor(value) : 0;
}
