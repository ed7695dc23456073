import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FrameKind, type Label } from "../../model/profile.ts";
import { StackInterner } from "../../model/stacks.ts";
import { type Blob, eachBlob } from "./blobs.ts";
import type { Block } from "./container.ts";
import { type Fields, FieldsEnd } from "./fields.ts";
import { kindOf, toldBy } from "./kinds.ts";
import { EventTypes } from "./metadata.ts";
import { Rows } from "./rows.ts";
import { methodOf, moduleOf } from "./runtime.ts";
import { Addresses } from "./symbols.ts";
import { labelLists, threadOf } from "./tables.ts";

/** A stack as the file has it, and its place in the tree once a process is known for it. */
interface RawStack {
  readonly addresses: Uint8Array;
  readonly nodes: Map<number, number>;
}

/** Takes the blocks of a trace and makes samples of them. */
export class Trace {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #version: number;
  readonly #types = new EventTypes();
  readonly #addresses = new Addresses();
  readonly #tree = new StackInterner();
  readonly #rows = new Rows();
  readonly #stacks = new Map<number, RawStack>();
  /** Rows of threads by their number in the file, and their processes. */
  readonly #threads = new Map<number, { readonly row: number; readonly process: number }>();
  readonly #labels = new Map<number, readonly Label[]>();
  #process = 0;
  #pointerSize = 8;
  #start = 0;
  #perTick = 1;

  constructor(into: ProfileBuilder, notes: Notes, version: number) {
    this.#into = into;
    this.#notes = notes;
    this.#version = version;
  }

  block({ kind, fields, offset }: Block): void {
    try {
      this.#take(kind, fields);
    } catch (error) {
      if (!(error instanceof FieldsEnd)) throw error;
      const message = "a block is damaged: the rest of it was skipped";
      this.#notes.add("skipped", "damaged-block", message, { offset });
    }
  }

  #take(kind: Block["kind"], fields: Fields): void {
    switch (kind) {
      case "trace":
        this.#begin(fields);
        break;
      case "metadata":
        this.#types.addBlock(fields, this.#version);
        break;
      case "stacks":
        this.#addStacks(fields);
        break;
      case "threads":
        this.#addThreads(fields);
        break;
      case "labels":
        for (const [id, labels] of labelLists(fields)) this.#labels.set(id, labels);
        break;
      case "sequence":
        // Numbers of stacks and labels start anew.
        this.#stacks.clear();
        this.#labels.clear();
        break;
      case "events":
        eachBlob(fields, this.#version, (blob) => this.#event(blob));
        break;
      default:
    }
  }

  /** The wall-clock time and the clock's ticks at the start, the clock's speed, and the process. */
  #begin(fields: Fields): void {
    const [year, month, , day, hour, minute, second, millisecond] = Array.from({ length: 8 }, () =>
      fields.u16(),
    );
    const start = Date.UTC(year!, month! - 1, day, hour, minute, second, millisecond);
    if (Number.isFinite(start)) {
      this.#into.meta.timeOrigin = BigInt(start) * 1_000_000n;
      this.#into.meta.clock = "unix";
    }
    this.#start = fields.u64();
    const frequency = fields.u64();
    if (frequency > 0) this.#perTick = 1e9 / frequency;
    this.#pointerSize = fields.u32() === 4 ? 4 : 8;
    if (this.#version < 6) this.#process = fields.u32();
    else this.#into.meta.comments = pairsOf(fields);
  }

  #addStacks(fields: Fields): void {
    const first = fields.u32();
    const count = fields.u32();
    for (let i = 0; i < count; i++) {
      const { bytes } = fields.part(fields.u32());
      this.#stacks.set(first + i, { addresses: bytes.slice(), nodes: new Map() });
    }
  }

  #addThreads(fields: Fields): void {
    while (fields.left > 2) {
      const { index, thread } = threadOf(fields.part(fields.u16()));
      this.#threads.set(index, { row: this.#into.thread(thread), process: thread.pid ?? 0 });
    }
  }

  #thread(id: number): { readonly row: number; readonly process: number } {
    let known = this.#threads.get(id);
    if (known === undefined) {
      const ids = this.#version < 6 ? { pid: this.#process, tid: id } : {};
      const name = this.#version < 6 ? "" : `thread ${id}`;
      known = { row: this.#into.thread({ name, ...ids }), process: this.#process };
      this.#threads.set(id, known);
    }
    return known;
  }

  #event(blob: Blob): void {
    // Version 3 describes events by events.
    if (this.#version === 3 && blob.metadata === 0) {
      this.#types.add(blob.payload);
      return;
    }
    const type = this.#types.get(blob.metadata);
    if (type === undefined) {
      this.#pass("unknown-event", "an event is of a type that was not described");
      return;
    }
    const kind = kindOf(type);
    const told = kind === undefined ? toldBy(type) : undefined;
    if (kind === undefined && told === undefined) {
      this.#pass("other-events", "an event is no sample");
      return;
    }
    try {
      if (kind !== undefined) this.#sample(kind, blob);
      else this.#learn(told!, blob);
    } catch (error) {
      if (!(error instanceof FieldsEnd)) throw error;
      this.#notes.add("skipped", "damaged-event", "an event is shorter than its type: it was skipped");
    }
  }

  #pass(code: string, message: string): void {
    this.#notes.add("information", code, `${message}: it was passed over`);
  }

  #sample(kind: NonNullable<ReturnType<typeof kindOf>>, blob: Blob): void {
    const { row, process } = this.#thread(blob.thread);
    const measure = kind.measure(blob.payload, this.#perTick, this.#pointerSize);
    const labels = [...measure.labels, ...(this.#labels.get(blob.labels) ?? [])];
    const node = this.#node(blob, process);
    const time = (blob.time - this.#start) * this.#perTick;
    this.#rows.add(kind, node, row, time, this.#into.labelSet(labels), measure);
  }

  #node(blob: Blob, process: number): number {
    if (blob.addresses !== undefined) return this.#place(blob.addresses.bytes, process);
    const stack = this.#stacks.get(blob.stack);
    if (stack === undefined) {
      if (blob.stack !== 0) {
        const message = "a sample names a stack that is not there: it has none";
        this.#notes.add("approximated", "missing-stack", message);
      }
      return -1;
    }
    let node = stack.nodes.get(process);
    if (node === undefined) {
      node = this.#place(stack.addresses, process);
      stack.nodes.set(process, node);
    }
    return node;
  }

  /** Node of a stack whose addresses stand leaf first. */
  #place(addresses: Uint8Array, process: number): number {
    const size = this.#pointerSize;
    const view = new DataView(addresses.buffer, addresses.byteOffset, addresses.length);
    let node = -1;
    for (let at = Math.floor(addresses.length / size) * size - size; at >= 0; at -= size) {
      const address = size === 4 ? BigInt(view.getUint32(at, true)) : view.getBigUint64(at, true);
      node = this.#tree.add(node, this.#addresses.id(process, address, at === 0));
    }
    return node;
  }

  #learn(told: NonNullable<ReturnType<typeof toldBy>>, { payload, thread }: Blob): void {
    if (told === "method") this.#addresses.symbols(this.#thread(thread).process).add(methodOf(payload));
    else if (told === "module") {
      const { id, module } = moduleOf(payload);
      this.#addresses.modules.set(id, module);
    } else if (told === "mapping") this.#map(payload);
    else {
      payload.varuint();
      const module = payload.bigVaruint();
      const [start, end] = [payload.bigVaruint(), payload.bigVaruint()];
      const name = payload.text8(payload.u16());
      const kind = FrameKind.native;
      this.#addresses.symbols(this.#thread(thread).process).add({ start, end, name, module, kind });
    }
  }

  /** ProcessMapping: id, process, start, end, offset in the file, path. */
  #map(payload: Fields): void {
    const id = payload.bigVaruint();
    payload.varuint();
    const [start, end, fileOffset] = [payload.bigVaruint(), payload.bigVaruint(), payload.bigVaruint()];
    const path = payload.text8(payload.u16());
    if (end >= start) this.#addresses.modules.set(id, { path, start, end, fileOffset });
  }

  /** Names the frames and adds the samples; false where there is none. */
  finish(): boolean {
    const frames = this.#addresses.frames(this.#into);
    const { length, parent, frame } = this.#tree.columns();
    const stacks = new Int32Array(length);
    for (let node = 0; node < length; node++) {
      const above = parent[node]!;
      stacks[node] = this.#into.stack(above < 0 ? -1 : stacks[above]!, frames[frame[node]!]!);
    }
    this.#rows.finish(stacks, this.#into);
    return this.#rows.length > 0;
  }
}

/** What version 6 says of the recording: `key: value`. */
function pairsOf(fields: Fields): string[] {
  const count = fields.u32();
  const pairs: string[] = [];
  for (let i = 0; i < count; i++) {
    const key = fields.text8(fields.varuint());
    pairs.push(`${key}: ${fields.text8(fields.varuint())}`);
  }
  return pairs;
}
