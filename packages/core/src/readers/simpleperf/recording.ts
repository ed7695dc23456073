import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FrameKind, type FrameKindCode } from "../../model/profile.ts";
import { StackInterner } from "../../model/stacks.ts";
import { grown } from "../../util/growable.ts";
import { type Entry, Execution, type Message, type Sample } from "./records.ts";

/** Counted in nanoseconds; every other event counts itself. */
const CLOCK_EVENT = /^(?:cpu-clock|task-clock)(?::.*)?$/;
const SWITCH_EVENT = "sched:sched_switch";

/** A mapped file with its symbols. */
interface File {
  readonly path: string;
  readonly symbols: readonly string[];
}

/** Samples and switches as they come; files and threads come at the end of the file. */
export class Recording {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #tree = new StackInterner();
  readonly #entries: Entry[] = [];
  readonly #entryIds = new Map<string, number>();
  readonly #files = new Map<number, File>();
  readonly #threads = new Map<number, { readonly pid: number; readonly name: string }>();
  #events: readonly string[] = [];
  #offCpu = false;
  #length = 0;
  #node: Int32Array = new Int32Array(1024);
  #thread: Float64Array = new Float64Array(1024);
  #time: Float64Array = new Float64Array(1024);
  #count: Float64Array = new Float64Array(1024);
  #event: Float64Array = new Float64Array(1024);
  /** Nanoseconds off the CPU after a switch; NaN: the thread was not seen to come back. */
  #away: Float64Array = new Float64Array(1024);
  /** By thread, the sample of the switch that took it off the CPU. */
  readonly #waiting = new Map<number, number>();

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
  }

  take(message: Message): void {
    switch (message?.kind) {
      case "sample":
        this.#sample(message.sample);
        break;
      case "switch":
        if (message.on) this.#back(message.thread, message.time);
        break;
      case "file":
        this.#files.set(message.id, message);
        break;
      case "thread":
        this.#threads.set(message.tid, message);
        break;
      case "meta":
        this.#events = message.events;
        this.#offCpu = message.offCpu;
        if (message.app !== "") this.#into.meta.title = message.app;
        break;
      case "lost":
        if (message.lost > 0) {
          const text = "the profiler lost samples: what they would have shown is not there";
          this.#notes.add("information", "lost-samples", text, undefined, message.lost);
        }
        break;
      default:
        this.#notes.add("skipped", "unknown-record", "a record is of an unknown kind: it was skipped");
    }
  }

  #sample(sample: Sample): void {
    const row = this.#length++;
    if (row >= this.#node.length) this.#grow(row + 1);
    let node = -1;
    for (let i = sample.callchain.length - 1; i >= 0; i--) {
      node = this.#tree.add(node, this.#entry(sample.callchain[i]!));
    }
    this.#node[row] = node;
    this.#thread[row] = sample.thread;
    this.#time[row] = sample.time;
    this.#count[row] = sample.count;
    this.#event[row] = sample.event;
    this.#away[row] = Number.NaN;
    if (this.#events[sample.event] === SWITCH_EVENT) this.#waiting.set(sample.thread, row);
  }

  #grow(length: number): void {
    this.#node = grown(this.#node, length);
    this.#thread = grown(this.#thread, length);
    this.#time = grown(this.#time, length);
    this.#count = grown(this.#count, length);
    this.#event = grown(this.#event, length);
    this.#away = grown(this.#away, length);
  }

  #back(thread: number, time: number): void {
    const row = this.#waiting.get(thread);
    if (row === undefined || time < this.#time[row]!) return;
    this.#away[row] = time - this.#time[row]!;
    this.#waiting.delete(thread);
  }

  #entry(entry: Entry): number {
    // Where there is a symbol, the address within it does not tell frames apart.
    const place = entry.symbol < 0 ? `@${entry.address}` : `${entry.symbol}`;
    const key = `${entry.file}/${place}/${entry.execution}`;
    let id = this.#entryIds.get(key);
    if (id === undefined) {
      id = this.#entries.push(entry) - 1;
      this.#entryIds.set(key, id);
    }
    return id;
  }

  /** Names the frames and adds the samples; false where there is none. */
  finish(): boolean {
    if (this.#length === 0) return false;
    const frames = this.#entries.map((entry) => this.#frame(entry));
    const { length, parent, frame } = this.#tree.columns();
    const stacks = new Int32Array(length);
    for (let node = 0; node < length; node++) {
      const above = parent[node]!;
      stacks[node] = this.#into.stack(above < 0 ? -1 : stacks[above]!, frames[frame[node]!]!);
    }
    this.#addSamples(stacks);
    return true;
  }

  #frame({ file, symbol, address, execution }: Entry): number {
    const into = this.#into;
    const known = this.#files.get(file);
    const name = known?.symbols[symbol] ?? "";
    const path = known?.path ?? "";
    const unknown = name === "" || name === "unknown";
    const nameless = unknown && address !== 0n;
    return into.frame({
      name: nameless ? 0 : into.string(unknown ? "[unknown]" : name),
      address: unknown ? address : 0n,
      mapping: path === "" ? -1 : into.mapping({ path }),
      kind: kindOf(execution, path),
    });
  }

  #addSamples(stacks: Int32Array): void {
    const into = this.#into;
    const types = this.#valueTypes();
    const start = this.#time.subarray(0, this.#length).reduce((least, time) => Math.min(least, time));
    into.meta.timeOrigin = BigInt(Math.trunc(start));
    into.meta.clock = "monotonic";
    let unknown = 0;
    let last = 0;
    for (let row = 0; row < this.#length; row++) {
      const type = types.get(this.#event[row]!)!;
      const weights = new Float64Array(into.valueTypes.length);
      weights[type.samples] = 1;
      weights[type.amount] = this.#count[row]!;
      if (type.away >= 0) {
        const away = this.#away[row]!;
        if (Number.isNaN(away)) unknown++;
        else weights[type.away] = away;
      }
      const node = this.#node[row]!;
      const time = this.#time[row]! - start;
      last = Math.max(last, time);
      into.sample(node < 0 ? -1 : stacks[node]!, weights, {
        time,
        thread: this.#threadRow(this.#thread[row]!),
      });
    }
    into.meta.duration = last;
    if (unknown > 0) {
      const text = "a thread was not seen to come back after a switch: its time off the CPU is not known";
      this.#notes.add("approximated", "off-cpu-unknown", text, undefined, unknown);
    }
  }

  #threadRow(tid: number): number {
    const known = this.#threads.get(tid);
    return this.#into.thread(
      known === undefined ? { name: "", tid } : { name: known.name, pid: known.pid, tid },
    );
  }

  /** Value types of each event, in the order in which the recording names them. */
  #valueTypes(): Map<number, { samples: number; amount: number; away: number }> {
    const seen = [...new Set(this.#event.subarray(0, this.#length))].sort((a, b) => a - b);
    const types = new Map<number, { samples: number; amount: number; away: number }>();
    for (const event of seen) {
      const name = this.#events[event] || `event ${event}`;
      const samples = this.#into.valueType(seen.length === 1 ? "samples" : `${name} samples`, "count");
      const amount = this.#into.valueType(name, CLOCK_EVENT.test(name) ? "nanoseconds" : "count");
      const isAway = this.#offCpu && name === SWITCH_EVENT;
      const away = isAway ? this.#into.valueType("off-cpu", "nanoseconds") : -1;
      if (types.size === 0) this.#into.meta.defaultValueType = amount;
      types.set(event, { samples, amount, away });
    }
    return types;
  }
}

function kindOf(execution: number, path: string): FrameKindCode {
  if (execution === Execution.interpreted) return FrameKind.interpreted;
  if (execution === Execution.jit) return FrameKind.jit;
  return path === "[kernel.kallsyms]" || path.endsWith(".ko") ? FrameKind.kernel : FrameKind.native;
}
