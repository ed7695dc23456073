import { trimmed } from "../util/growable.ts";
import { soundFacts } from "./facts.ts";
import { type FrameInput, FrameInterner } from "./frames.ts";
import { LabelInterner, TextIds } from "./labels.ts";
import type { Note } from "./notes.ts";
import { Notes } from "./notes.ts";
import type { PackedSamples, ThreadBatch } from "./packed-samples.ts";
import type { Label, Mapping, Profile, ProfileMeta, Thread, ValueType } from "./profile.ts";
import { type SampleBatch, SampleColumns } from "./samples.ts";
import { StackInterner } from "./stacks.ts";
import { StringInterner } from "./strings.ts";

/**
 * What the consumer needs of the samples. "each" keeps every observation with its time; "merged" adds up
 * those with the same stack, thread and labels, so that memory does not grow with the length of the recording.
 */
export type SampleMode = "each" | "merged";

/** What goes with a sample besides its stack and weights. */
export interface SampleDetails {
  /** Nanoseconds since `meta.timeOrigin`. Dropped in mode "merged". */
  readonly time?: number;
  readonly thread?: number;
  readonly labels?: number;
}

/** A prefix tree made outside the builder: rows as in {@link Profile}.stacks, over frames of this builder. */
export interface StackBatch {
  readonly length: number;
  readonly parent: Int32Array;
  readonly frame: Int32Array;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Builds a profile: interns strings, frames, stacks, threads, mappings and label sets, and collects samples.
 * Ids handed out are rows of the finished tables.
 */
export class ProfileBuilder {
  readonly mode: SampleMode;
  readonly notes: Notes = new Notes();
  /** Facts about the recording; readers fill in what they know. */
  readonly meta: Mutable<ProfileMeta> = { format: "unknown", defaultValueType: 0 };
  readonly #strings = new StringInterner();
  readonly #frames = new FrameInterner();
  readonly #stacks = new StackInterner();
  readonly #samples: SampleColumns;
  readonly #valueTypes: ValueType[] = [];
  readonly #threads: Thread[] = [];
  readonly #threadIds = new Map<string, number>();
  readonly #mappings: Mapping[] = [];
  readonly #mappingIds = new Map<string, number>();
  readonly #labels = new LabelInterner();
  readonly #texts = new TextIds();

  constructor(mode: SampleMode = "each") {
    this.mode = mode;
    this.#samples = new SampleColumns(mode);
  }

  /** Id of a text. */
  string(text: string): number {
    return this.#strings.add(text);
  }

  /** Id of the UTF-8 (or any) bytes in `[start, end)`. */
  stringBytes(bytes: Uint8Array, start: number = 0, end: number = bytes.length): number {
    return this.#strings.addBytes(bytes, start, end);
  }

  /** Text of a string id of this builder. */
  text(id: number): string {
    return this.#strings.get(id);
  }

  /** Row of a frame; equal input gives the same row. */
  frame(frame: FrameInput): number {
    return this.#frames.add(frame);
  }

  /** Row of the frame that is only a name. */
  frameNamed(name: string): number {
    return this.#frames.add({ name: this.#strings.add(name) });
  }

  /** Row of the stack that calls `frame` from stack `parent` (-1: `frame` is the root). */
  stack(parent: number, frame: number): number {
    return this.#stacks.add(parent, frame);
  }

  /** Tells how many stacks may come in all: only a hint, which saves copying while they come. */
  expectStacks(rows: number): void {
    this.#stacks.reserve(rows);
  }

  /** Tells how many more frames may come: only a hint as well. */
  expectFrames(rows: number): void {
    this.#frames.reserve(rows);
  }

  /**
   * Takes over a whole prefix tree and returns the row of each of its rows. A batch that the caller knows to be
   * distinct (no two rows with the same parent and frame) and that comes first is copied, not searched for.
   */
  stackBatch(batch: StackBatch, distinct: boolean): Int32Array {
    return this.#stacks.addBatch(batch, distinct);
  }

  /**
   * Takes over a whole prefix tree without copying it, where the tree so far is empty: rows stay as they are, and
   * the batch's arrays belong to the builder. The batch must be distinct. False, with nothing done, where there
   * are stacks already: then it is `stackBatch`'s turn.
   */
  adoptStacks(batch: StackBatch): boolean {
    return this.#stacks.adopt(batch);
  }

  /** Row of a value type; a name and unit seen before give the same row. */
  valueType(name: string, unit: string): number {
    const known = this.#valueTypes.findIndex((type) => type.name === name && type.unit === unit);
    if (known >= 0) return known;
    this.#samples.addColumn();
    return this.#valueTypes.push({ name, unit }) - 1;
  }

  /** The value types so far. */
  get valueTypes(): readonly ValueType[] {
    return this.#valueTypes;
  }

  /** Row of a thread; equal input gives the same row. */
  thread(thread: Thread): number {
    const key = `${thread.pid ?? ""}/${thread.tid ?? ""}/${thread.process?.length ?? -1}/${thread.process ?? ""}/${thread.name}`;
    let id = this.#threadIds.get(key);
    if (id === undefined) {
      id = this.#threads.push(thread) - 1;
      this.#threadIds.set(key, id);
    }
    return id;
  }

  /** Row of a mapping; missing parts are empty or zero. Equal input gives the same row. */
  mapping(mapping: Partial<Mapping> & { readonly path: string }): number {
    const whole: Mapping = {
      path: mapping.path,
      buildId: mapping.buildId ?? "",
      start: mapping.start ?? 0n,
      end: mapping.end ?? 0n,
      fileOffset: mapping.fileOffset ?? 0n,
      ...(mapping.has === undefined ? {} : { has: mapping.has }),
    };
    const names = `${this.#texts.id(whole.buildId)}/${this.#texts.id(whole.path)}`;
    const key = `${whole.start}/${whole.end}/${whole.fileOffset}/${names}`;
    let id = this.#mappingIds.get(key);
    if (id === undefined) {
      id = this.#mappings.push(whole) - 1;
      this.#mappingIds.set(key, id);
    }
    return id;
  }

  /** Id of a label set; the order of the labels matters, an empty set is 0. */
  labelSet(labels: readonly Label[]): number {
    return this.#labels.add(labels);
  }

  /**
   * Makes room for `count` more samples, so that columns of millions of rows are not copied while they grow. Only
   * for a number that the reader has counted, never for one that the input claims.
   */
  expectSamples(count: number): void {
    this.#samples.reserve(count);
  }

  /** Adds an observation with one weight per value type (missing ones are 0). */
  sample(stack: number, weights: ArrayLike<number>, details: SampleDetails = {}): void {
    const row = this.#samples.row(
      stack,
      details.thread ?? -1,
      details.labels ?? 0,
      details.time ?? Number.NaN,
    );
    for (let type = 0; type < weights.length; type++) this.#samples.addWeight(row, type, weights[type]!);
  }

  /** Adds an observation that has a weight for one value type only. */
  sampleOf(stack: number, valueType: number, weight: number, details: SampleDetails = {}): void {
    const row = this.#samples.row(
      stack,
      details.thread ?? -1,
      details.labels ?? 0,
      details.time ?? Number.NaN,
    );
    this.#samples.addWeight(row, valueType, weight);
  }

  /**
   * Adds many observations at once, given as columns. Into a builder without samples they are taken over without
   * copying: the arrays belong to the builder from then on, which may write to them.
   */
  sampleBatch(batch: SampleBatch): void {
    this.#samples.addBatch(batch);
  }

  /**
   * Adds samples of one thread, given as columns that stay the caller's. In mode "merged" no two of them may have the
   * same stack. In mode "each" they are kept packed: each column of the finished profile is made when it is first read;
   * `create` makes what keeps them so.
   */
  threadBatch(batch: ThreadBatch, create: () => PackedSamples): void {
    this.#samples.addThread(batch, create);
  }

  /** True where {@link threadBatch} takes columns as steps: in mode "each", if all samples so far came by it. */
  get takesSteps(): boolean {
    return this.#samples.takesSteps;
  }

  /** Takes a buffer that nobody looks into any more; samples of {@link threadBatch} go there. */
  recycle(buffer: ArrayBuffer): void {
    this.#samples.recycle(buffer);
  }

  /** Samples (rows) so far. */
  get sampleCount(): number {
    return this.#samples.length;
  }

  /** Distinct stacks so far. */
  get stackCount(): number {
    return this.#stacks.length;
  }

  /** The finished profile. The builder must not be used afterwards. */
  finish(extraNotes: readonly Note[] = []): Profile {
    this.notes.addAll(extraNotes);
    const { parent, frame, length } = this.#stacks.columns();
    return {
      meta: soundFacts(this.meta, this.notes),
      valueTypes: [...this.#valueTypes],
      strings: this.#strings.finish(),
      frames: this.#frames.finish(),
      stacks: { length, parent: trimmed(parent, length), frame: trimmed(frame, length) },
      samples: this.#samples.finish(),
      threads: [...this.#threads],
      mappings: [...this.#mappings],
      labelSets: this.#labels.finish(),
      notes: this.notes.list(),
    };
  }
}
