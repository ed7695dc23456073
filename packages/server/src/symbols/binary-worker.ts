import { parentPort, workerData } from "node:worker_threads";
import { faultParcel } from "../ingest/decode/transfer.ts";
import { readBinary } from "./binary.ts";
import type { BinaryAnswer, BinaryTask } from "./binary-reader.ts";

/** The program of the thread that reads one binary. */
const { bytes, segmentsOf } = workerData as BinaryTask;
try {
  parentPort?.postMessage({ binary: readBinary(bytes, segmentsOf) } satisfies BinaryAnswer);
} catch (error) {
  parentPort?.postMessage({ fault: faultParcel(error) } satisfies BinaryAnswer);
}
