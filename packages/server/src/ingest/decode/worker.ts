import { parentPort } from "node:worker_threads";
import { type DecodeTask, decode } from "./decode.ts";
import { type FaultParcel, faultParcel, type Parcel, parcelOf } from "./transfer.ts";

/** What a worker answers a task with. */
export type WorkerAnswer = { readonly parcel: Parcel } | { readonly fault: FaultParcel };

/** The program of a decoding thread: one task at a time. */
parentPort?.on("message", async (task: DecodeTask) => {
  try {
    const { parcel, transfer } = parcelOf(await decode(task));
    parentPort?.postMessage({ parcel } satisfies WorkerAnswer, transfer);
  } catch (error) {
    parentPort?.postMessage({ fault: faultParcel(error) } satisfies WorkerAnswer);
  }
});
