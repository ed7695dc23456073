import { Worker } from "node:worker_threads";
import { FlambeauError } from "@flambeau/core";
import { type Decoded, type DecodeTask, decode } from "./decode.ts";
import { decodedOf, errorOf } from "./transfer.ts";
import type { WorkerAnswer } from "./worker.ts";

/**
 * Below this many bytes a profile is decoded at once: it takes about as long as handing it to a thread (measured:
 * 100 kB of pprof take 2 to 4 ms).
 */
const SMALL = 128 << 10;

/** JSON and text take longer by the byte, and some may be read several times. */
const SMALL_ANY = 32 << 10;

/** What a thread may use beside its typed arrays: a profile that takes more is refused. */
const THREAD_HEAP_MB = 1024;

interface Job {
  readonly task: DecodeTask;
  resolve(decoded: Decoded): void;
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
  #closed = false;

  /** `threads` 0: everything is decoded at once. */
  constructor(threads: number) {
    // From its sources (in tests) there is no program that a thread of Node 20 could run.
    this.#size = import.meta.url.endsWith(".ts") ? 0 : threads;
  }

  decode(task: DecodeTask): Promise<Decoded> {
    const small = task.format === "any" || task.format === "otlp-json" ? SMALL_ANY : SMALL;
    if (this.#size === 0 || task.bytes.length < small) return decode(task);
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
    const { bytes } = job.task;
    // A buffer of its own can move; a piece of a larger one is copied.
    const own = bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength;
    const data = own ? bytes : bytes.slice();
    worker.postMessage({ ...job.task, bytes: data }, [data.buffer as ArrayBuffer]);
  }

  #start(): Worker | undefined {
    if (this.#busy.size + this.#idle.length >= this.#size) return undefined;
    const worker = new Worker(new URL("./worker.js", import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP_MB },
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
      else job.resolve(decodedOf(answer.parcel));
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
