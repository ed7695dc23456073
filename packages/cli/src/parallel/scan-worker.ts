import { parentPort, workerData } from "node:worker_threads";
import { FlambeauError } from "@flambeau/core";
import { buffersOf, type PartsJob, scanParts } from "./scan-parts.ts";

/** A scanning thread: takes chunks of the file and posts one set of tables. */
try {
  const { job, thread } = workerData as { job: PartsJob; thread: number };
  const tables = scanParts(job, thread);
  parentPort!.postMessage({ tables }, buffersOf(tables));
} catch (error) {
  if (!(error instanceof FlambeauError)) throw error;
  // Classes do not survive posting: the error is taken apart here and put together on the other side.
  const { code, message, format, offset, line, hint } = error;
  parentPort!.postMessage({ error: { code, message, format, offset, line, hint } });
}
