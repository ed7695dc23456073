import { Worker } from "node:worker_threads";
import { type ElfSegment, FlambeauError } from "@flambeau/core";
import { errorOf, type FaultParcel } from "../ingest/decode/transfer.ts";
import { type Binary, readBinary } from "./binary.ts";

/** What reading debug information may take, beside its typed arrays. */
const THREAD_HEAP_MB = 2048;
/** Longer than any real binary takes (the Go compiler, 33 MB: 1.4 s). */
const PATIENCE = 10 * 60_000;
/** Smaller binaries are read at once: that takes some milliseconds. */
const SMALL = 256 << 10;

/** What the thread is given. */
export interface BinaryTask {
  readonly bytes: Uint8Array;
  readonly segmentsOf: readonly ElfSegment[] | undefined;
}

/** What it answers. */
export type BinaryAnswer = { readonly binary: Binary } | { readonly fault: FaultParcel };

/**
 * Reads a binary in a thread of its own, for large ones take seconds.
 * @param bytes may be gone afterwards
 * @throws FlambeauError where it cannot be read
 */
export function readBinaryAside(bytes: Uint8Array, segmentsOf?: readonly ElfSegment[]): Promise<Binary> {
  // From its sources (in tests) there is no program that a thread of Node 20 could run.
  if (bytes.length < SMALL || import.meta.url.endsWith(".ts"))
    return Promise.resolve().then(() => readBinary(bytes, segmentsOf));
  return new Promise((resolve, reject) => {
    const task: BinaryTask = { bytes, segmentsOf };
    // A buffer of its own can move: nobody looks at it again here.
    const own = bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength;
    const worker = new Worker(new URL("./binary-worker.js", import.meta.url), {
      workerData: task,
      transferList: own ? [bytes.buffer as ArrayBuffer] : [],
      resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP_MB },
    });
    const patience = setTimeout(() => {
      reject(
        new FlambeauError("too-large", `reading the binary takes more than ${PATIENCE / 60_000} minutes`),
      );
      void worker.terminate();
    }, PATIENCE);
    worker.on("message", (answer: BinaryAnswer) => {
      if ("fault" in answer) reject(errorOf(answer.fault));
      else resolve(answer.binary);
    });
    worker.on("error", (error) => {
      const exhausted = "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
      const problem = `reading the binary takes more than ${THREAD_HEAP_MB} MB of memory`;
      reject(exhausted ? new FlambeauError("too-large", problem) : error);
    });
    worker.on("exit", () => {
      clearTimeout(patience);
      reject(new Error("the thread that read the binary ended early"));
    });
  });
}
