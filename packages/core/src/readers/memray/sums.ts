import type { ProfileBuilder } from "../../model/builder.ts";
import type { RecordBytes } from "./bytes.ts";
import { CODE_OBJECTS, type Header } from "./header.ts";
import type { Recording } from "./recording.ts";
import { type Last, Outcome, type OutcomeCode, readCode, readCommon } from "./records.ts";

const Type = { snapshot: 1, sum: 2, trace: 3, frame: 4, surviving: 13, codeObject: 14, trailer: 15 } as const;

interface Sum {
  readonly thread: number;
  readonly trace: number;
  readonly peakCount: number;
  readonly heldCount: number;
  readonly peakSize: number;
  readonly heldSize: number;
}

/** A file of sums (`memray run --aggregate`): stacks as a tree, with what each held at the peak and at the end. */
export class Sums {
  readonly #into: ProfileBuilder;
  readonly #header: Header;
  readonly #recording: Recording;
  /** Nodes of the tree by number; 0 is the root. */
  readonly #frame: number[] = [0];
  readonly #parent: number[] = [0];
  readonly #sums: Sum[] = [];

  constructor(into: ProfileBuilder, header: Header, recording: Recording) {
    this.#into = into;
    this.#header = header;
    this.#recording = recording;
  }

  record(bytes: RecordBytes, last: Last): OutcomeCode {
    const type = bytes.byte();
    const isNew = this.#header.version >= CODE_OBJECTS;
    switch (type) {
      case Type.snapshot:
        for (let i = 0; i < 3; i++) bytes.fixed(8);
        return Outcome.shown;
      case Type.sum:
        this.#sums.push(readSum(bytes));
        return Outcome.shown;
      case Type.trace: {
        const frame = isNew ? bytes.varint() : bytes.fixed(8);
        const parent = isNew ? bytes.varint() : bytes.fixed(8);
        this.#parent.push(parent);
        this.#frame.push(frame);
        return Outcome.shown;
      }
      case Type.frame:
        this.#readFrame(bytes, isNew);
        return Outcome.shown;
      case Type.surviving:
        bytes.varint();
        if (this.#header.hasNative) bytes.varint();
        return Outcome.shown;
      case Type.codeObject:
        readCode(bytes, last, this.#recording);
        return Outcome.shown;
      case Type.trailer:
        return Outcome.end;
      default:
        return readCommon(bytes, type, last, this.#recording);
    }
  }

  #readFrame(bytes: RecordBytes, isNew: boolean): void {
    const { frames } = this.#recording;
    if (isNew) {
      const id = bytes.varint();
      const code = bytes.varint();
      const instruction = bytes.signed();
      bytes.byte();
      this.#later.push([id, code, instruction]);
      return;
    }
    const id = bytes.fixed(8);
    const name = bytes.text();
    const file = bytes.text();
    const line = bytes.fixed(4);
    bytes.byte();
    frames.number(id, frames.frame(name, file, line));
  }

  /** Frames whose code may come after them. */
  readonly #later: (readonly [id: number, code: number, instruction: number])[] = [];

  finish(): void {
    const { frames, heap } = this.#recording;
    for (const [id, code, instruction] of this.#later) frames.number(id, frames.ofCode(code, instruction));
    const { mainThread, skipped } = this.#header;
    for (const sum of this.#sums) {
      const path: number[] = [];
      // Parents come before their children: the way up ends.
      for (let node = sum.trace; node > 0 && node < this.#parent.length; ) {
        path.push(this.#frame[node]!);
        const parent = this.#parent[node]!;
        node = parent < node ? parent : 0;
      }
      let stack = -1;
      const from = path.length - 1 - (sum.thread === mainThread ? skipped : 0);
      for (let i = from; i >= 0; i--) stack = this.#into.stack(stack, frames.numbered(path[i]!));
      const place = this.#recording.place(stack, sum.thread);
      heap.add(place, sum.peakCount, sum.peakSize, sum.heldCount, sum.heldSize);
    }
  }
}

/** `AggregatedAllocation` in memray's records.h, as it lies in memory. */
function readSum(bytes: RecordBytes): Sum {
  const thread = bytes.fixed(8);
  bytes.fixed(8);
  bytes.fixed(8);
  const trace = bytes.fixed(8);
  bytes.fixed(8);
  const peakCount = bytes.fixed(8);
  const heldCount = bytes.fixed(8);
  const peakSize = bytes.fixed(8);
  return { thread, trace, peakCount, heldCount, peakSize, heldSize: bytes.fixed(8) };
}
