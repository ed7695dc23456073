import { Worker } from "node:worker_threads";
import {
  type ErrorCode,
  type ErrorDetails,
  FlambeauError,
  type PartReader,
  type ScanTables,
  type ScanTask,
} from "@flambeau/core";
import { chunksLeft, makeQueues } from "./queues.ts";
import { type PartsJob, scanParts } from "./scan-parts.ts";

type Answer = { tables: ScanTables } | { error: ErrorDetails & { code: ErrorCode; message: string } };

/** A file to be scanned by several threads. */
export interface ParallelScan {
  readonly path: string;
  readonly size: number;
  readonly parts: PartReader;
  readonly task: ScanTask;
  /** Threads in all, this one included. */
  readonly threads: number;
  readonly plain: boolean;
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** Scans a file with `threads` threads; the calling one works, too. */
export async function scanInParallel(scan: ParallelScan): Promise<ScanTables[]> {
  const job: PartsJob = {
    path: scan.path,
    size: scan.size,
    task: scan.task,
    boundary: scan.parts.boundary,
    plain: scan.plain,
    queues: makeQueues(scan.size, scan.threads),
  };
  const others = Array.from({ length: scan.threads - 1 }, (_, i) => tablesFromWorker(job, i + 1));
  // Settled later; a failure before that must not count as unhandled.
  for (const other of others) other.catch(() => {});
  const total = chunksLeft(job.queues);
  const own = scanParts(job, 0, () => scan.onProgress?.((1 - chunksLeft(job.queues) / total) * scan.size));
  return [own, ...(await Promise.all(others))];
}

function tablesFromWorker(job: PartsJob, thread: number): Promise<ScanTables> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./scan-worker.js", import.meta.url), { workerData: { job, thread } });
    worker.once("message", (answer: Answer) => {
      if ("tables" in answer) resolve(answer.tables);
      else reject(new FlambeauError(answer.error.code, answer.error.message, answer.error));
    });
    worker.once("error", reject);
  });
}
