import { parentPort, workerData } from "node:worker_threads";
import { type DecodeTask, decode } from "./decode.ts";
import { PprofDigester, type SharedKeys } from "./digest/digester.ts";
import { type PprofTask, readPprof } from "./read-pprof.ts";
import {
  type FaultParcel,
  faultParcel,
  type Parcel,
  type PprofParcel,
  parcelOf,
  pprofParcelOf,
} from "./transfer.ts";

/** What a thread may be asked. */
export type WorkerTask = { readonly decode: DecodeTask } | { readonly pprof: PprofTask };

/** What a worker answers a task with. */
export type WorkerAnswer =
  | { readonly parcel: Parcel }
  // With the file that was read: its memory goes back to where it came from.
  | { readonly pprof: PprofParcel; readonly bytes: Uint8Array }
  | { readonly fault: FaultParcel };

const digester = new PprofDigester((workerData as { keys?: SharedKeys } | null)?.keys);

/** The program of a decoding thread: one task at a time. */
parentPort?.on("message", async (task: WorkerTask) => {
  try {
    if ("pprof" in task) {
      const { parcel, transfer } = pprofParcelOf(await readPprof(task.pprof, digester));
      const { bytes } = task.pprof;
      transfer.push(bytes.buffer as ArrayBuffer);
      parentPort?.postMessage({ pprof: parcel, bytes } satisfies WorkerAnswer, transfer);
    } else {
      const { parcel, transfer } = parcelOf(await decode(task.decode));
      parentPort?.postMessage({ parcel } satisfies WorkerAnswer, transfer);
    }
  } catch (error) {
    parentPort?.postMessage({ fault: faultParcel(error) } satisfies WorkerAnswer);
  }
});
