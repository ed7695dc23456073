import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { FRAME_KINDS, INLINED } from "./frame-types.ts";
import { damaged, PackedNumbers } from "./packed.ts";

/** How long one block of samples lasts, in nanoseconds: fixed in async-profiler. */
const BLOCK = 20e6;
/** Frames of unpacked stacks at most: a few bytes can stand for very long ones. */
const MOST_FRAMES = 1 << 26;
const NOT_KNOWN = 0xffff;

/**
 * async-profiler's heatmap: when each sample was taken, to 20 ms, and its stack. Stacks are packed by LZ78: a record is
 * another record and one method more, and a stack is one or several records. A method that begins a stack is another
 * method than the same one within it.
 *
 * ```
 * records   1: main   2: 1+f   3: g        samples  2 3 | 2
 * stacks    main;f;g  main;f
 * ```
 *
 * Format: async-profiler, src/converter/one/heatmap/Heatmap.java, src/res/heatmap.html (4.0 and later).
 */
export class Heatmap {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  /** What is between `<pre id="…">` and `</pre>`, by id. */
  readonly #packed = new Map<string, string>();
  #pieces: string[] = [];
  #id = "";
  #symbols: string[] = [];
  #startMs: number | undefined;

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
  }

  /** True where the page has one. */
  get found(): boolean {
    return this.#packed.has("executionsHeatmap") || this.#id !== "";
  }

  /** Takes a line of the page; true where it belongs to the heatmap. */
  line(text: string): boolean {
    if (this.#id !== "") {
      this.#piece(text);
      return true;
    }
    const begin = /^\s*<pre id="(executionsHeatmap|methods)">/.exec(text);
    if (begin !== null) {
      this.#id = begin[1]!;
      this.#piece(text.slice(begin[0].length));
      return true;
    }
    const start = /^\s*let startMs = (\d{1,16});/.exec(text);
    if (start !== null) this.#startMs = Number(start[1]);
    else if (/^\s*let cpool = \["/.test(text)) this.#symbols = strings(text);
    else return false;
    return true;
  }

  /** The packed text holds line feeds. */
  #piece(text: string): void {
    const end = text.indexOf("</pre>");
    this.#pieces.push(end < 0 ? text : text.slice(0, end));
    if (end >= 0) this.#close();
  }

  #close(): void {
    this.#packed.set(this.#id, this.#pieces.join("\n"));
    this.#pieces = [];
    this.#id = "";
  }

  end(): void {
    if (this.#id !== "") throw damaged("the page ends within it");
    const methods = this.#methods();
    const data = new PackedNumbers(this.#packed.get("executionsHeatmap") ?? "");
    const samples = data.bits30FromEnd(1);
    const chunks = data.bits30FromEnd(2);
    const blocks = data.bits30FromEnd(4);
    const records = data.bits30FromEnd(5);
    // A record takes two characters, a chunk one.
    if (records > Math.min(data.length, MOST_FRAMES) || chunks > data.length || samples > chunks)
      throw damaged("its sizes are wrong");
    const starts = new Set<number>(list(data));
    const blockOf = blockSizes(data, blocks, samples);
    const stacks = new Records(this.#into, methods, starts, data, records);
    this.#addSamples(data, stacks, chunks, blockOf);
  }

  #addSamples(data: PackedNumbers, stacks: Records, chunks: number, blockOf: Iterator<number>): void {
    const into = this.#into;
    const type = into.valueType("samples", "count");
    if (this.#startMs !== undefined) {
      into.meta.timeOrigin = BigInt(this.#startMs) * 1_000_000n;
      into.meta.clock = "unix";
    }
    const synonyms = list(data);
    let stack = -1;
    const add = (): void => {
      const { value: block } = blockOf.next();
      if (stack >= 0) into.sampleOf(stack, type, 1, typeof block === "number" ? { time: block * BLOCK } : {});
    };
    for (let chunk = 0; chunk < chunks; chunk++) {
      const record = reference(data.varint(), synonyms);
      if (stacks.starts(record) && chunk > 0) {
        add();
        stack = -1;
      }
      stack = stacks.on(stack, record);
    }
    add();
    this.#notes.add(
      "approximated",
      "time-blocks",
      "a heatmap says to 20 milliseconds when a sample was taken, as if the first came at the start, and counts samples whatever they weigh",
    );
  }

  /** Row of the frame of each method, by its number, from 1. */
  #methods(): readonly number[] {
    const data = new PackedNumbers(this.#packed.get("methods") ?? "");
    data.byte();
    const count = data.varint();
    if (count > data.length) throw damaged("its sizes are wrong");
    const frames = [-1];
    for (let i = 0; i < count; i++) {
      const names = [this.#symbols[data.varint()] ?? "", this.#symbols[data.varint()] ?? ""];
      data.bits18(); // the place in the bytecode
      const line = data.bits18();
      const kind = data.byte();
      frames.push(
        this.#into.frame({
          name: this.#into.string(names.filter((name) => name !== "").join(".") || "[unknown]"),
          line: line === NOT_KNOWN ? 0 : line,
          kind: FRAME_KINDS[kind] ?? 0,
          inlined: kind === INLINED,
        }),
      );
    }
    return frames;
  }
}

/** The records of stacks, and the stacks that they make. */
class Records {
  readonly #into: ProfileBuilder;
  readonly #methods: readonly number[];
  readonly #parent: Int32Array;
  readonly #method: Int32Array;
  /** 1 where a record begins with a method that begins a stack. */
  readonly #starts: Uint8Array;
  /** Stack of a record on top of a stack, by both. */
  readonly #known = new Map<number, number>();
  #frames = 0;

  constructor(
    into: ProfileBuilder,
    methods: readonly number[],
    starts: ReadonlySet<number>,
    data: PackedNumbers,
    records: number,
  ) {
    this.#into = into;
    this.#methods = methods;
    this.#parent = new Int32Array(records);
    this.#method = new Int32Array(records);
    this.#starts = new Uint8Array(records);
    const synonyms = list(data);
    for (let record = 1; record < records; record++) {
      const parent = reference(data.varint(), synonyms);
      const method = data.varint();
      if (!(parent >= 0 && parent < record) || methods[method] === undefined) {
        throw damaged("a stack names a record or a method that is not there");
      }
      this.#parent[record] = parent;
      this.#method[record] = method;
      this.#starts[record] = parent === 0 ? Number(starts.has(method)) : this.#starts[parent]!;
    }
  }

  starts(record: number): boolean {
    return this.#starts[record] === 1;
  }

  /** The stack of a record's methods, from the root, on top of `base`. */
  on(base: number, record: number): number {
    if (!(record > 0 && record < this.#parent.length))
      throw damaged("a sample names a record that is not there");
    const key = (base + 1) * this.#parent.length + record;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const methods: number[] = [];
    for (let at = record; at !== 0; at = this.#parent[at]!) methods.push(this.#method[at]!);
    this.#frames += methods.length;
    if (this.#frames > MOST_FRAMES) {
      throw new FlambeauError("too-large", "the heatmap's stacks are too long to be unpacked", {
        format: "async-profiler-html",
      });
    }
    let stack = base;
    for (let i = methods.length - 1; i >= 0; i--) {
      const frame = this.#methods[methods[i]!]!;
      if (frame >= 0) stack = this.#into.stack(stack, frame);
    }
    this.#known.set(key, stack);
    return stack;
  }
}

/** Often used records have short numbers: those below the list's length; the others follow. */
function reference(number: number, synonyms: readonly number[]): number {
  return (synonyms[number] ?? number) - synonyms.length;
}

function list(data: PackedNumbers): number[] {
  const count = data.varint();
  if (count > data.length) throw damaged("its sizes are wrong");
  return Array.from({ length: count }, () => data.varint());
}

/** Hands out the block of each sample; blocks have their number of samples in Huffman's code. */
function blockSizes(data: PackedNumbers, blocks: number, samples: number): Iterator<number> {
  const table = data.varint();
  const longest = data.varint();
  if (table > data.length || longest > 64) throw damaged("its sizes are wrong");
  const values: number[] = [];
  const counts = new Array<number>(longest + 1).fill(0);
  for (let i = 0; i < table; i++) {
    values.push(data.varint());
    const bits = data.varint();
    if (bits > longest) throw damaged("its code is wrong");
    counts[bits]!++;
  }
  const same = values[0] ?? 0;
  if (longest === 0) return inBlocks(() => same, same > 0 ? blocks : 0, samples);
  // 27 bits take four characters.
  if (blocks > data.length * 7) throw damaged("its sizes are wrong");
  const sizes = new Int32Array(blocks);
  decode(data, values, counts, sizes);
  return inBlocks((block) => sizes[block]!, blocks, samples);
}

function* inBlocks(size: (block: number) => number, blocks: number, samples: number): Generator<number> {
  let left = samples;
  for (let block = 0; block < blocks && left > 0; block++) {
    const count = size(block);
    for (let i = 0; i < count && left > 0; i++, left--) yield block;
  }
}

/** A canonical code: codes of one length are consecutive, and shorter ones come first. */
function decode(
  data: PackedNumbers,
  values: readonly number[],
  counts: readonly number[],
  sizes: Int32Array,
): void {
  let [first, code, length, below] = [0, 0, 1, 0];
  let block = 0;
  while (block < sizes.length) {
    let bits = data.base123();
    for (let i = 0; i < 27 && block < sizes.length; i++, bits >>>= 1) {
      code |= bits & 1;
      const count = counts[length];
      if (count === undefined) throw damaged("its code is wrong");
      if (code < first + count) {
        sizes[block++] = values[below + code - first] ?? 0;
        [first, code, length, below] = [0, 0, 1, 0];
      } else {
        first = (first + count) * 2;
        code *= 2;
        length++;
        below += count;
      }
    }
  }
}

/** The strings of a JavaScript array: only quotes and backslashes are escaped. */
function strings(text: string): string[] {
  const found: string[] = [];
  let at = text.indexOf('"');
  while (at >= 0) {
    let end = at + 1;
    let value = "";
    let from = end;
    for (; end < text.length && text[end] !== '"'; end++) {
      if (text[end] !== "\\") continue;
      value += text.slice(from, end);
      from = ++end;
    }
    found.push(value + text.slice(from, end));
    at = text.indexOf('"', end + 1);
  }
  return found;
}
