import { Worker } from "node:worker_threads";
import { FlambeauError } from "@flambeau/core";
import { type Decoded, type DecodeTask, decode } from "./decode.ts";
import { PprofDigester, type SharedKeys } from "./digest/digester.ts";
import { type PprofTask, type ReadPprof, readPprof } from "./read-pprof.ts";
import { decodedOf, errorOf, readPprofOf } from "./transfer.ts";
import type { WorkerAnswer, WorkerTask } from "./worker.ts";

/**
 * Below this many bytes a profile is decoded at once: it takes about as long as handing it to a thread (measured:
 * 100 kB of pprof take 2 to 4 ms).
 */
const SMALL = 128 << 10;

/** JSON and text take longer by the byte, and some may be read several times. */
const SMALL_ANY = 32 << 10;

/** Compressed, or read by the short way, which takes a millisecond for 300 kB. */
const SMALL_PPROF = 16 << 10;

/** What a thread may use beside its typed arrays: a profile that takes more is refused. */
const THREAD_HEAP_MB = 1024;

interface Job {
  readonly task: WorkerTask;
  resolve(answer: Exclude<WorkerAnswer, { readonly fault: unknown }>): void;
  reject(error: Error): void;
}

/**
 * Decodes pushed profiles: small ones at once, large ones in threads, so that one of them does not keep all other
 * requests waiting. Memory of the jobs that wait is bounded by whoever hands them in.
 */
export class DecodePool {
  readonly #size: number;
  readonly #idle: Worker[] = [];
  readonly #busy = new Map<Worker, Job>();
  readonly #waiting: Job[] = [];
  readonly #keys: SharedKeys | undefined;
  readonly #digester: PprofDigester;
  #closed = false;

  /** `threads` 0: everything is decoded at once. `keys`: what digests may leave out. */
  constructor(threads: number, keys?: SharedKeys) {
    this.#keys = keys;
    this.#digester = new PprofDigester(keys);
    // From its sources (in tests) there is no program that a thread of Node 20 could run.
    this.#size = import.meta.url.endsWith(".ts") ? 0 : threads;
  }

  async decode(task: DecodeTask): Promise<Decoded> {
    const small = task.format === "any" || task.format === "otlp-json" ? SMALL_ANY : SMALL;
    if (this.#size === 0 || task.bytes.length < small) return decode(task);
    const answer = await this.#run({ decode: task });
    if (!("parcel" in answer)) throw new Error("a decoding thread answered another question");
    return decodedOf(answer.parcel);
  }

  /**
   * Reads pprof. The file may travel to a thread, memory and all, and comes back with the answer: from the call on only
   * the `bytes` of the answer may be looked at.
   */
  async pprof(task: PprofTask): Promise<{ readonly read: ReadPprof; readonly bytes: Uint8Array }> {
    const { bytes } = task;
    if (this.#size === 0 || bytes.length < SMALL_PPROF) {
      return { read: await readPprof(task, this.#digester), bytes };
    }
    const answer = await this.#run({ pprof: task });
    if (!("pprof" in answer)) throw new Error("a decoding thread answered another question");
    return { read: readPprofOf(answer.pprof), bytes: answer.bytes };
  }

  #run(task: WorkerTask): Promise<Exclude<WorkerAnswer, { readonly fault: unknown }>> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new Error("the decoder is closed"));
      this.#waiting.push({ task, resolve, reject });
      this.#next();
    });
  }

  /** Jobs that wait for a thread. */
  get waiting(): number {
    return this.#waiting.length;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const workers = [...this.#idle, ...this.#busy.keys()];
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  #next(): void {
    if (this.#waiting.length === 0) return;
    const worker = this.#idle.pop() ?? this.#start();
    if (worker === undefined) return;
    const job = this.#waiting.shift()!;
    this.#busy.set(worker, job);
    const task = movable(job.task);
    worker.postMessage(task, [("pprof" in task ? task.pprof : task.decode).bytes.buffer as ArrayBuffer]);
  }

  #start(): Worker | undefined {
    if (this.#busy.size + this.#idle.length >= this.#size) return undefined;
    const worker = new Worker(new URL("./worker.js", import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP_MB },
      ...(this.#keys === undefined ? {} : { workerData: { keys: this.#keys } }),
    });
    worker.unref();
    worker.on("message", (answer: WorkerAnswer) => this.#answered(worker, answer));
    worker.on("error", (error) => this.#failed(worker, error));
    return worker;
  }

  #answered(worker: Worker, answer: WorkerAnswer): void {
    const job = this.#busy.get(worker);
    this.#busy.delete(worker);
    this.#idle.push(worker);
    if (job !== undefined) {
      if ("fault" in answer) job.reject(errorOf(answer.fault));
      else job.resolve(answer);
    }
    this.#next();
  }

  /** A thread that ran out of memory takes its own job with it, and no other. */
  #failed(worker: Worker, error: Error): void {
    const job = this.#busy.get(worker);
    this.#busy.delete(worker);
    const exhausted = "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
    job?.reject(
      exhausted
        ? new FlambeauError("too-large", `reading the profile takes more than ${THREAD_HEAP_MB} MB of memory`)
        : error,
    );
    this.#next();
  }
}

/** A buffer of its own can move; a piece of a larger one is copied. */
function movable(task: WorkerTask): WorkerTask {
  const { bytes } = "pprof" in task ? task.pprof : task.decode;
  if (bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength) return task;
  const own = Uint8Array.prototype.slice.call(bytes);
  return "pprof" in task
    ? { pprof: { ...task.pprof, bytes: own } }
    : { decode: { ...task.decode, bytes: own } };
}
