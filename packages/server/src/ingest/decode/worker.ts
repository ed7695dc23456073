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
  | { readonly pprof: PprofParcel }
  | { readonly fault: FaultParcel };

const digester = new PprofDigester((workerData as { keys?: SharedKeys } | null)?.keys);

/** The program of a decoding thread: one task at a time. */
parentPort?.on("message", async (task: WorkerTask) => {
  try {
    if ("pprof" in task) {
      const { parcel, transfer } = pprofParcelOf(await readPprof(task.pprof, digester));
      parentPort?.postMessage({ pprof: parcel } satisfies WorkerAnswer, transfer);
    } else {
      const { parcel, transfer } = parcelOf(await decode(task.decode));
      parentPort?.postMessage({ parcel } satisfies WorkerAnswer, transfer);
    }
  } catch (error) {
    parentPort?.postMessage({ fault: faultParcel(error) } satisfies WorkerAnswer);
  }
});
