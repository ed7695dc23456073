import type { NameSource } from "../../codec/code-names.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { type EventAttribute, SampleBit } from "./attributes.ts";
import { Counters } from "./counters.ts";
import { Modules } from "./modules.ts";
import { Places } from "./places.ts";
import { BUILD_ID_SIZE, type Recording } from "./recording.ts";
import { BRANCH_SIZE, findParts, type SampleParts } from "./sample-record.ts";
import { SampleRows } from "./samples.ts";
import { Stacks } from "./stacks.ts";
import { Switches } from "./switches.ts";
import { type Task, Tasks } from "./tasks.ts";
import { StackUnwinder } from "./unwind.ts";
import type { Words } from "./words.ts";

/** Types of records (include/uapi/linux/perf_event.h). */
export const RecordType = {
  mmap: 1,
  lost: 2,
  comm: 3,
  throttle: 5,
  fork: 7,
  sample: 9,
  mmap2: 10,
  lostSamples: 13,
  ksymbol: 17,
} as const;

const MISC_CPUMODE = 7;
const MISC_KERNEL = 1;
const MISC_GUEST_KERNEL = 4;
/** Of a COMM record: the process began to run another program. */
const MISC_COMM_EXEC = 1 << 13;
/** Of an MMAP2 record: the file's build id stands in place of its inode. */
const MISC_MMAP_BUILD_ID = 1 << 14;
/** Of a KSYMBOL record: the code is gone. */
const KSYMBOL_UNREGISTER = 1;

/** Where names come from, and how addresses without one are told. */
export interface NamingOptions {
  readonly names: NameSource | undefined;
  /** False: frames without a name need not be told apart. */
  readonly addresses: boolean;
}

/** What the records of a recording add up to. They must come in the order of time. */
export class Session {
  readonly modules: Modules = new Modules();
  readonly places: Places;
  readonly stacks: Stacks;
  readonly rows: SampleRows;
  /** By row of event. */
  readonly switches: Map<number, Switches> = new Map();
  readonly #tasks = new Tasks();
  readonly #counters = new Counters();
  readonly #recording: Recording;
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #parts: SampleParts = {
    chain: -1,
    chainLength: 0,
    raw: -1,
    rawSize: 0,
    branches: -1,
    branchCount: 0,
    registers: -1,
    stack: -1,
    stackSize: 0,
    cut: false,
  };
  readonly #unwinder: StackUnwinder;
  #lastTask: Task | undefined;

  constructor(recording: Recording, into: ProfileBuilder, notes: Notes, options: NamingOptions) {
    this.#recording = recording;
    this.#into = into;
    this.#notes = notes;
    this.places = new Places(this.modules, this.#tasks.kernel, options.addresses);
    this.stacks = new Stacks(this.places, this.#tasks);
    this.rows = new SampleRows(into.mode);
    this.#unwinder = new StackUnwinder(options.names, this.modules, recording, notes);
  }

  readonly record = (words: Words, at: number, size: number, time: number): void => {
    const type = words.u32(at);
    if (type === RecordType.sample) this.#sample(words, at, size, time);
    else {
      this.#lastTask = undefined;
      this.#sideBand(type, words, at, size);
    }
  };

  #sample(words: Words, at: number, size: number, time: number): void {
    const eventRow = this.#eventRow(words, at);
    const event = this.#recording.events[eventRow]!;
    const { sample } = event;
    // Events that are described late may be others than those that the sample was checked against.
    if (size < sample.rest) return;
    const task = this.#taskOf(words, at, sample.tid);
    const cpu = sample.cpu < 0 ? -1 : words.u32(at + sample.cpu);
    const amount = sample.period < 0 ? (event.fixedPeriod ?? 0) : words.u64(at + sample.period);
    const parts = this.#parts;
    findParts(words, at, at + size, event, parts);
    if (parts.cut) {
      const message = "a sample ends before its call chain does: only its address is kept";
      this.#notes.add("skipped", "cut-sample", message);
    }
    const node = this.#stack(words, at, event, task, time);
    if ((event.sampleType & SampleBit.read) !== 0) {
      const { eventById } = this.#recording;
      const known = this.#counters.read(words, at + sample.rest, at + size, event, task.tid, (id, growth) => {
        const of = eventById.get(id);
        if (of !== undefined) this.rows.add(node, this.#group(task, of, cpu), growth, time);
      });
      if (known) return;
    }
    const row = this.rows.add(node, this.#group(task, eventRow, cpu), amount, time);
    if (event.tracepoint && parts.raw >= 0) {
      let switches = this.switches.get(eventRow);
      if (switches === undefined) {
        switches = new Switches();
        this.switches.set(eventRow, switches);
      }
      switches.seen(words, parts.raw, parts.rawSize, task.tid, row, time);
    }
  }

  /** The stack's node; a sample without a call chain has the address where the thread was. */
  #stack(words: Words, at: number, event: EventAttribute, task: Task, time: number): number {
    const { stacks } = this;
    const parts = this.#parts;
    stacks.begin(task, time);
    const isCopied = (event.sampleType & SampleBit.stackUser) !== 0;
    if (parts.chainLength > 0) stacks.chain(words, parts.chain, parts.chainLength, parts.registers >= 0);
    if (isCopied) this.#unwinder.unwind(words, parts, event.userRegisters, task, stacks);
    if (event.lbrCalls && parts.branchCount > 0) this.#addCalls(words);
    if (stacks.length === 0 && event.sample.ip >= 0) {
      const mode = words.u16(at + 4) & MISC_CPUMODE;
      stacks.address(words, at + event.sample.ip, isKernelMode(mode), false);
    }
    return stacks.end();
  }

  /** The processor's own list of calls: where the last one went to, then where each came from. */
  #addCalls(words: Words): void {
    const { branches, branchCount } = this.#parts;
    this.stacks.address(words, branches + 8, false, false);
    for (let i = 0; i < branchCount; i++) {
      this.stacks.address(words, branches + i * BRANCH_SIZE, false, false);
    }
  }

  #eventRow(words: Words, at: number): number {
    const { events, eventById } = this.#recording;
    const idAt = events[0]!.sample.id;
    if (events.length === 1 || idAt < 0) return 0;
    return eventById.get(words.u64(at + idAt)) ?? 0;
  }

  #taskOf(words: Words, at: number, offset: number): Task {
    const pid = offset < 0 ? -1 : words.i32(at + offset);
    const tid = offset < 0 ? -1 : words.i32(at + offset + 4);
    const last = this.#lastTask;
    if (last !== undefined && last.tid === tid && last.pid === pid) return last;
    const task = this.#tasks.task(pid, tid);
    this.#lastTask = task;
    return task;
  }

  #group(task: Task, event: number, cpu: number): number {
    const key = event * 65536 + cpu + 1;
    if (key === task.lastKey) return task.lastGroup;
    let group = task.groups.get(key);
    if (group === undefined) {
      if (task.row < 0) task.row = this.#into.thread(threadOf(task));
      group = this.rows.groups.push({ event, thread: task.row, cpu }) - 1;
      task.groups.set(key, group);
    }
    task.lastKey = key;
    task.lastGroup = group;
    return group;
  }

  #sideBand(type: number, words: Words, at: number, size: number): void {
    // Texts end with a zero; what follows is the trailer.
    const end = at + size;
    switch (type) {
      case RecordType.comm:
        if (at + 16 > end) return;
        this.#tasks.named(
          words.i32(at + 8),
          words.i32(at + 12),
          words.text(at + 16, end),
          (words.u16(at + 4) & MISC_COMM_EXEC) !== 0,
        );
        return;
      case RecordType.fork:
        if (at + 24 > end) return;
        this.#tasks.forked(words.i32(at + 8), words.i32(at + 16), words.i32(at + 12), words.i32(at + 20));
        return;
      case RecordType.mmap:
        if (at + 40 < end) this.#mapped(words, at, words.text(at + 40, end), "");
        return;
      case RecordType.mmap2:
        if (at + 72 < end) this.#mapped(words, at, words.text(at + 72, end), mappedBuildId(words, at));
        return;
      case RecordType.ksymbol:
        if (at + 24 < end) this.#program(words, at, words.text(at + 24, end));
        return;
    }
  }

  /** ```header 8 | pid 4, tid 4 | address 8 | length 8 | offset 8 | …``` */
  #mapped(words: Words, at: number, path: string, buildId: string): void {
    const start = words.address(at + 16);
    const end = start + words.u64(at + 24);
    const offset = words.u64(at + 32);
    const pid = words.i32(at + 8);
    const mode = words.u16(at + 4) & MISC_CPUMODE;
    if (!isKernelMode(mode)) {
      const module = this.modules.ofProcess(path, buildId, pid);
      this.#tasks.map(pid, { start, end, offset, module });
    } else if (path.startsWith("[kernel.kallsyms]") || path.startsWith("[guest.kernel.kallsyms")) {
      // What no module of the kernel covers is the kernel. The offset of this one map is where its text began.
      if (path.startsWith("[kernel")) this.modules.textStart ??= words.address(at + 32);
      if (buildId !== "") this.#recording.buildIds.set("[kernel.kallsyms]", buildId);
    } else {
      const module = this.modules.ofKernel(path, buildId);
      this.#tasks.mapKernel({ start, end, offset, module });
    }
  }

  /** Code that was loaded into the kernel: ```header 8 | address 8 | length 4 | type 2 | flags 2 | name``` */
  #program(words: Words, at: number, name: string): void {
    if ((words.u16(at + 22) & KSYMBOL_UNREGISTER) !== 0 || name === "") return;
    const start = words.address(at + 8);
    const module = this.modules.ofProgram(name);
    this.#tasks.mapKernel({ start, end: start + words.u32(at + 16), offset: 0, module });
  }
}

function isKernelMode(mode: number): boolean {
  return mode === MISC_KERNEL || mode === MISC_GUEST_KERNEL;
}

function threadOf({ pid, tid, comm }: Task): { name: string; pid?: number; tid?: number } {
  return { name: comm, ...(pid < 0 ? {} : { pid }), ...(tid < 0 ? {} : { tid }) };
}

/** Its length stands in front of it. */
function mappedBuildId(words: Words, at: number): string {
  if ((words.u16(at + 4) & MISC_MMAP_BUILD_ID) === 0) return "";
  return words.hex(at + 44, Math.min(words.bytes[at + 40]!, BUILD_ID_SIZE));
}
