import type { ProfileBuilder } from "../../model/builder.ts";
import type { Message } from "./message.ts";
import type { Sequence } from "./sequence.ts";
import type { Threads } from "./threads.ts";

/** What one stack of one heap stands for, by now. */
interface Amounts {
  readonly allocCount: number;
  readonly allocSize: number;
  readonly usedCount: number;
  readonly usedSize: number;
}

interface Heap {
  readonly thread: number;
  readonly name: string;
  /** True where the numbers are of the time when the heap was at its greatest. */
  atPeak: boolean;
  readonly stacks: Map<number, Amounts>;
}

/** heapprofd's dumps. Each counts from the start of the recording, so that for every stack the last one holds. */
export class HeapProfiles {
  readonly #threads: Threads;
  readonly #heaps = new Map<string, Heap>();
  /** Samples that refer to a callstack that was never sent. */
  unresolved = 0;
  /** Dumps of processes whose recording was cut short by an error. */
  disturbed = 0;

  constructor(threads: Threads) {
    this.#threads = threads;
  }

  get found(): boolean {
    return this.#heaps.size > 0;
  }

  packet(packet: Message, sequence: Sequence): void {
    sequence.internOwn(packet);
    for (const dump of packet.messages(5)) this.#dump(dump, sequence);
  }

  #dump(dump: Message, sequence: Sequence): void {
    const pid = dump.number(1) ?? 0;
    const name = dump.text(11) ?? "";
    // Rejected, disconnected, overrun, corrupted, stopped by the guardrail.
    if ([4, 6, 7, 8, 10].some((field) => dump.number(field) === 1)) this.disturbed++;
    const key = `${pid}/${name}`;
    let heap = this.#heaps.get(key);
    if (heap === undefined) {
      heap = { thread: this.#threads.aside(pid, ""), name, atPeak: false, stacks: new Map() };
      this.#heaps.set(key, heap);
    }
    for (const sample of dump.messages(2)) {
      const stack = sequence.callstack(sample.number(1) ?? 0);
      if (stack === undefined) {
        this.unresolved++;
        continue;
      }
      heap.atPeak ||= sample.has(8);
      heap.stacks.set(stack, sample.has(8) ? peakOf(sample) : amountsOf(sample));
    }
  }

  addTo(into: ProfileBuilder, stacks: Int32Array, threadOf: (thread: number) => number): void {
    for (const { thread, name, atPeak, stacks: own } of this.#heaps.values()) {
      const prefix = atPeak ? "peak" : "inuse";
      const usedCount = into.valueType(`${prefix}_objects`, "count");
      const usedSize = into.valueType(`${prefix}_space`, "bytes");
      const allocCount = atPeak ? -1 : into.valueType("alloc_objects", "count");
      const allocSize = atPeak ? -1 : into.valueType("alloc_space", "bytes");
      const labels = name === "" ? 0 : into.labelSet([{ key: "heap", value: name }]);
      for (const [stack, amounts] of own) {
        const weights = new Float64Array(into.valueTypes.length);
        weights[usedCount] = amounts.usedCount;
        weights[usedSize] = amounts.usedSize;
        if (allocCount >= 0) weights[allocCount] = amounts.allocCount;
        if (allocSize >= 0) weights[allocSize] = amounts.allocSize;
        into.sample(stack < 0 ? -1 : stacks[stack]!, weights, { thread: threadOf(thread), labels });
      }
    }
  }
}

function amountsOf(sample: Message): Amounts {
  const allocSize = sample.number(2) ?? 0;
  const allocCount = sample.number(5) ?? 0;
  return {
    allocSize,
    allocCount,
    usedSize: allocSize - (sample.number(3) ?? 0),
    usedCount: allocCount - (sample.number(6) ?? 0),
  };
}

function peakOf(sample: Message): Amounts {
  return {
    allocSize: 0,
    allocCount: 0,
    usedSize: sample.number(8) ?? 0,
    usedCount: sample.number(9) ?? 0,
  };
}
