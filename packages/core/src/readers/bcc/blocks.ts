import type { BlockLine } from "../../codec/count-blocks.ts";
import { nativeFrame, parseHex } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FrameKind } from "../../model/profile.ts";

/** What the numbers below the stacks count. */
export interface Measure {
  readonly name: string;
  readonly unit: string;
  /** Unit of the file → unit of the profile. */
  readonly scale: number;
}

const MICROSECONDS = { unit: "nanoseconds", scale: 1000 };
const HEADERS: readonly (readonly [RegExp, Measure])[] = [
  [/^Tracing off-CPU time \(us\) of /, { name: "off-cpu", ...MICROSECONDS }],
  [/^Tracing blocked time \(us\) (?:by|of) /, { name: "blocked", ...MICROSECONDS }],
  [/^Sampling at \d+ Hertz of /, { name: "samples", unit: "count", scale: 1 }],
  [/^Sampling every \d+ /, { name: "samples", unit: "count", scale: 1 }],
  [/^Tracing \d+ functions? for "/, { name: "calls", unit: "count", scale: 1 }],
];

/** What the line with which a tool begins says that it measures; undefined for any other line. */
export function measureOf(line: string): Measure | undefined {
  return HEADERS.find(([pattern]) => pattern.test(line))?.[1];
}

/** Which part of a block a frame is of. */
const Kind = { plain: 0, kernel: 1, waker: 2 } as const;
type Kind = (typeof Kind)[keyof typeof Kind];

/** The lines of one block, sorted. */
interface Block {
  /** From the leaf. */
  readonly frames: { text: string; kind: Kind }[];
  thread?: { name: string; pid?: number };
}

/** Turns blocks into samples. */
export class BccBlocks {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  /** By kind, the frames of lines seen before: each line is looked at once. */
  readonly #known = [
    new Map<string, number>(),
    new Map<string, number>(),
    new Map<string, number>(),
  ] as const;
  #measure: Measure = { name: "samples", unit: "count", scale: 1 };

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
  }

  measure(measure: Measure): void {
    this.#measure = measure;
  }

  add(lines: readonly BlockLine[], count: number): void {
    if (lines.length === 0) {
      this.#notes.add("skipped", "no-stack-above", "a count has no stack above it: it was skipped");
      return;
    }
    const block = this.#parse(lines);
    let stack = -1;
    for (let i = block.frames.length - 1; i >= 0; i--)
      stack = this.#into.stack(stack, this.#frame(block.frames[i]!));
    const type = this.#into.valueType(this.#measure.name, this.#measure.unit);
    if (block.thread !== undefined) this.#into.meta.threadsAreRoots = true;
    this.#into.sampleOf(stack, type, count * this.#measure.scale, {
      ...(block.thread === undefined ? {} : { thread: this.#into.thread(block.thread) }),
    });
  }

  #frame({ text, kind }: Block["frames"][number]): number {
    const known = this.#known[kind];
    let row = known.get(text);
    if (row === undefined) {
      row = this.#makeFrame(text, kind);
      known.set(text, row);
    }
    return row;
  }

  #makeFrame(text: string, kind: Kind): number {
    const frame = frameOf(text);
    if (kind !== Kind.waker) return nativeFrame(this.#into, { ...frame, kernel: kind === Kind.kernel });
    return this.#into.frame({ name: this.#into.string(frame.symbol), kind: FrameKind.waker });
  }

  /**
   * A block read upwards is a stack from its root, for every tool: offwaketime prints the waker's stack on top of the
   * target's, and that one's root is its first line.
   */
  #parse(lines: readonly BlockLine[]): Block {
    const block: Block = { frames: [] };
    const texts = lines.map(({ text }) => text.trim());
    const wakerEnd = texts.findIndex((text) => text.startsWith("--") && /^--\s+--$/.test(text));
    const delimiter = texts.findIndex((text, i) => i > wakerEnd && (text === "-" || text === "--"));
    texts.forEach((text, i) => {
      const thread = threadOf(text, i === texts.length - 1);
      if (thread !== undefined) block.thread = thread;
      else if (!(text.startsWith("-") && /^--?(?:\s+--)?$/.test(text))) {
        const kind = i < wakerEnd ? Kind.waker : i > wakerEnd && i < delimiter ? Kind.kernel : Kind.plain;
        block.frames.push({ text, kind });
      }
    });
    return block;
  }
}

/** `-  bash (4242)`, `target:  bash 4242`, stackcount's `bash [4242]`; the root's line of a block. */
function threadOf(text: string, last: boolean): { name: string; pid?: number } | undefined {
  if (!last && !text.startsWith("-")) return undefined;
  const task = /^-\s+(.*) \((\d+)\)$/.exec(text) ?? (last ? /^(.*) \[(\d+)\]$/.exec(text) : null);
  if (task !== null) return { name: plain(task[1]!.trim()), pid: Number(task[2]) };
  const named = last ? /^(?:target|waker):\s+(.*?)\s*$/.exec(text) : null;
  if (named !== null) {
    const withId = /^(.*?) (\d+)$/.exec(named[1]!);
    return withId === null ? { name: plain(named[1]!) } : { name: plain(withId[1]!), pid: Number(withId[2]) };
  }
  return undefined;
}

/** `schedule`, `ffffffff810fb371 schedule`, `waker:  Xorg 12`. */
function frameOf(text: string): { symbol: string; address?: bigint | undefined } {
  const addressed = /^([0-9a-f]{8,16})\s+(\S.*)$/.exec(text);
  if (addressed !== null) return { symbol: plain(addressed[2]!), address: parseHex(addressed[1]!) };
  return { symbol: plain(text.replace(/^(?:waker|target):\s+/, "")) };
}

/** Python 3 under an old bcc prints bytes: `b'schedule'`. */
function plain(text: string): string {
  return /^b'(.*)'$/.exec(text)?.[1] ?? text;
}
