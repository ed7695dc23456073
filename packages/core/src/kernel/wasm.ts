import { kernelWasm } from "../generated/kernel-wasm.ts";
import { FlambeauError } from "../util/errors.ts";
import { grown } from "../util/growable.ts";
import { decodeBase64, webAssembly } from "../util/platform.ts";
import type { Fault } from "./faults.ts";
import type { CellColumns, ScanGroup, Scanner, ScanTables, ScanTask, SymbolTable } from "./kernel.ts";

/** The exports of assembly/index.ts. Pointers and counts are numbers; every pointer may lie beyond 2 GiB. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** 1 once memory was not enough. */
  readonly exhausted: { value: number };
  readonly samples: { value: number };
  readonly foldedSamples: { value: number };
  readonly haveTime: { value: number };
  readonly baseSeconds: { value: number };
  readonly firstTime: { value: number };
  readonly lastTime: { value: number };
  startPerf(each: number, addresses: number): void;
  startFolded(each: number, columns: number): void;
  scanPerf(start: number, end: number, offset: number): void;
  finishPerf(): void;
  scanFolded(start: number, end: number, offset: number): void;
  allocate(size: number): number;
  release(block: number, size: number): void;
  symbolCount(): number;
  symbolBytes(): number;
  copySymbols(bytes: number, offsets: number): void;
  nodeCount(): number;
  copyNodes(from: number, to: number, symbols: number, parents: number): void;
  cellCount(): number;
  copyCells(from: number, to: number, nodes: number, groups: number, a: number, b: number): void;
  groupCount(): number;
  groupTable(): number;
  sampleCount(): number;
  sampleBuffer(): number;
  dropSamples(): void;
  faultTable(): number;
}

/** Readable bytes behind every buffer: the kernel compares and searches 16 bytes at a time. */
export const SLACK = 128;
/** Rows copied out at a time, so that the copy buffers stay small. */
const BATCH = 1 << 16;
const FAULT_CODES = 16;
const FAULT_PLACES = 5;
const GROUP_STRIDE = 40;
const SAMPLE_STRIDE = 24;

let compiled: object | undefined;

/** True where the host can run the kernel (WebAssembly with 128-bit SIMD). */
export function haveWasm(): boolean {
  if (webAssembly === undefined) return false;
  if (compiled !== undefined) return true;
  const bytes = decodeBase64(kernelWasm);
  if (!webAssembly.validate(bytes)) return false;
  compiled = new webAssembly.Module(bytes);
  return true;
}

/** The exports of a WebAssembly instance of its own, whose memory is given up with it. */
export function kernelInstance(): object {
  if (!haveWasm()) throw new Error("this host has no WebAssembly with SIMD");
  const env = {
    abort: () => {
      throw new Error("the kernel aborted");
    },
  };
  return new webAssembly!.Instance(compiled!, { env }).exports;
}

export function wasmScanner(task: ScanTask): Scanner {
  return new WasmScanner(kernelInstance() as Exports, task);
}

/** Four gibibytes of distinct names and stacks: all that a WebAssembly memory can hold. */
function tooMuch(format: string, offset: number | undefined): FlambeauError {
  return new FlambeauError("too-large", "the input holds more distinct stacks than fit into 4 GiB", {
    format,
    ...(offset === undefined ? {} : { offset }),
    hint: "Read a part of the recording: fewer threads or a shorter time.",
  });
}

class WasmScanner implements Scanner {
  readonly #kernel: Exports;
  readonly #task: ScanTask;
  #window = 0;
  #windowSize = 0;
  #each: { node: Uint32Array; group: Uint32Array; a: Float64Array; b: Float64Array } | undefined;
  #eachLength = 0;

  constructor(kernel: Exports, task: ScanTask) {
    this.#kernel = kernel;
    this.#task = task;
    if (task.format === "perf-script") kernel.startPerf(task.each ? 1 : 0, task.addresses ? 1 : 0);
    else kernel.startFolded(task.each ? 1 : 0, task.columns);
    if (task.each) {
      this.#each = {
        node: new Uint32Array(0),
        group: new Uint32Array(0),
        a: new Float64Array(0),
        b: new Float64Array(0),
      };
    }
  }

  window(size: number): Uint8Array {
    if (size > this.#windowSize) {
      const block = this.#guarded(undefined, () => this.#kernel.allocate(size + SLACK) >>> 0);
      if (this.#windowSize > 0) {
        const memory = new Uint8Array(this.#kernel.memory.buffer);
        memory.copyWithin(block, this.#window, this.#window + this.#windowSize);
        this.#kernel.release(this.#window, this.#windowSize + SLACK);
      }
      this.#window = block;
      this.#windowSize = size;
    }
    return new Uint8Array(this.#kernel.memory.buffer, this.#window, this.#windowSize);
  }

  scan(length: number, have: number, offset: number): void {
    const start = this.#window;
    this.#guarded(offset, () => {
      if (this.#task.format === "perf-script") this.#kernel.scanPerf(start, start + length, offset);
      else this.#kernel.scanFolded(start, start + length, offset);
    });
    if (this.#each !== undefined) this.#drainSamples();
    new Uint8Array(this.#kernel.memory.buffer, start, this.#windowSize).copyWithin(0, length, have);
  }

  finish(): ScanTables {
    const kernel = this.#kernel;
    const perf = this.#task.format === "perf-script";
    if (perf) kernel.finishPerf();
    if (this.#each !== undefined) this.#drainSamples();
    // The window is no longer needed: what is copied out below may use its memory.
    if (this.#windowSize > 0) kernel.release(this.#window, this.#windowSize + SLACK);
    const { nodeSymbol, nodeParent } = this.#nodes();
    return {
      symbols: this.#symbols(),
      nodeSymbol,
      nodeParent,
      groups: perf ? this.#groups() : [],
      cells: this.#cells(),
      each: this.#each === undefined ? undefined : this.#eachColumns(this.#each),
      samples: perf ? kernel.samples.value : kernel.foldedSamples.value,
      time:
        perf && kernel.haveTime.value !== 0
          ? {
              baseSeconds: kernel.baseSeconds.value,
              first: kernel.firstTime.value,
              last: kernel.lastTime.value,
            }
          : undefined,
      faults: this.#faults(),
    };
  }

  /** Runs a kernel function; memory that was not enough is the input's fault, any other trap is ours. */
  #guarded<T>(offset: number | undefined, run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw this.#kernel.exhausted.value !== 0 ? tooMuch(this.#task.format, offset) : error;
    }
  }

  #drainSamples(): void {
    const count = this.#kernel.sampleCount();
    if (count === 0) return;
    const columns = this.#each!;
    const from = this.#eachLength;
    columns.node = grown(columns.node, from + count);
    columns.group = grown(columns.group, from + count);
    columns.a = grown(columns.a, from + count);
    columns.b = grown(columns.b, from + count);
    const start = this.#kernel.sampleBuffer() >>> 0;
    const words = new Uint32Array(this.#kernel.memory.buffer, start, (count * SAMPLE_STRIDE) / 4);
    const doubles = new Float64Array(this.#kernel.memory.buffer, start, (count * SAMPLE_STRIDE) / 8);
    for (let i = 0; i < count; i++) {
      columns.node[from + i] = words[i * 6]!;
      columns.group[from + i] = words[i * 6 + 1]!;
      columns.a[from + i] = doubles[i * 3 + 1]!;
      columns.b[from + i] = doubles[i * 3 + 2]!;
    }
    this.#eachLength = from + count;
    this.#kernel.dropSamples();
  }

  #eachColumns(columns: CellColumns): CellColumns {
    const length = this.#eachLength;
    return {
      node: columns.node.slice(0, length),
      group: columns.group.slice(0, length),
      a: columns.a.slice(0, length),
      b: columns.b.slice(0, length),
    };
  }

  #symbols(): SymbolTable {
    const kernel = this.#kernel;
    const size = kernel.symbolBytes();
    const count = kernel.symbolCount();
    const bytes = kernel.allocate(size + SLACK) >>> 0;
    const offsets = kernel.allocate((count + 1) * 4) >>> 0;
    kernel.copySymbols(bytes, offsets);
    return {
      bytes: new Uint8Array(kernel.memory.buffer, bytes, size).slice(),
      offsets: new Uint32Array(kernel.memory.buffer, offsets, count + 1).slice(),
    };
  }

  #nodes(): { nodeSymbol: Uint32Array; nodeParent: Uint32Array } {
    const kernel = this.#kernel;
    const count = kernel.nodeCount();
    const nodeSymbol = new Uint32Array(count);
    const nodeParent = new Uint32Array(count);
    const batch = Math.min(BATCH, count);
    const buffer = kernel.allocate(batch * 8) >>> 0;
    for (let from = 0; from < count; from += batch) {
      const rows = Math.min(batch, count - from);
      kernel.copyNodes(from, from + rows, buffer, buffer + batch * 4);
      nodeSymbol.set(new Uint32Array(kernel.memory.buffer, buffer, rows), from);
      nodeParent.set(new Uint32Array(kernel.memory.buffer, buffer + batch * 4, rows), from);
    }
    return { nodeSymbol, nodeParent };
  }

  #cells(): CellColumns {
    const kernel = this.#kernel;
    const count = kernel.cellCount();
    const cells = {
      node: new Uint32Array(count),
      group: new Uint32Array(count),
      a: new Float64Array(count),
      b: new Float64Array(count),
    };
    // An even number of rows, so that the doubles behind the integers are aligned.
    const batch = Math.min(BATCH, count + (count & 1));
    const buffer = kernel.allocate(batch * 24) >>> 0;
    const [group, a, b] = [buffer + batch * 4, buffer + batch * 8, buffer + batch * 16];
    for (let from = 0; from < count; from += batch) {
      const rows = Math.min(batch, count - from);
      kernel.copyCells(from, from + rows, buffer, group, a, b);
      cells.node.set(new Uint32Array(kernel.memory.buffer, buffer, rows), from);
      cells.group.set(new Uint32Array(kernel.memory.buffer, group, rows), from);
      cells.a.set(new Float64Array(kernel.memory.buffer, a, rows), from);
      cells.b.set(new Float64Array(kernel.memory.buffer, b, rows), from);
    }
    return cells;
  }

  #groups(): ScanGroup[] {
    const kernel = this.#kernel;
    const table = kernel.groupTable() >>> 0;
    const memory = new DataView(kernel.memory.buffer);
    const groups: ScanGroup[] = [];
    for (let i = 0; i < kernel.groupCount(); i++) {
      const row = table + i * GROUP_STRIDE;
      const start = memory.getUint32(row, true);
      const whoEnd = start + memory.getUint32(row + 4, true);
      const eventEnd = whoEnd + memory.getUint32(row + 8, true);
      groups.push({
        who: new Uint8Array(kernel.memory.buffer.slice(start, whoEnd)),
        event: new Uint8Array(kernel.memory.buffer.slice(whoEnd, eventEnd)),
        hasPeriod: (memory.getUint32(row + 28, true) & 1) !== 0,
        offset: memory.getFloat64(row + 32, true),
      });
    }
    return groups;
  }

  #faults(): Fault[] {
    const stride = 1 + 2 * FAULT_PLACES;
    const table = this.#kernel.faultTable() >>> 0;
    const memory = new DataView(this.#kernel.memory.buffer);
    const faults: Fault[] = [];
    for (let code = 0; code < FAULT_CODES; code++) {
      const row = table + code * stride * 8;
      const count = memory.getFloat64(row, true);
      if (count === 0) continue;
      const places = Array.from({ length: Math.min(count, FAULT_PLACES) }, (_, i) => ({
        offset: memory.getFloat64(row + 8 + i * 8, true),
        line: memory.getFloat64(row + 48 + i * 8, true),
      }));
      faults.push({ code, count, places });
    }
    return faults;
  }
}
