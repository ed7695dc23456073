import { closeSync, openSync, readSync } from "node:fs";
import { createScanner, type ScanTables, type ScanTask, scanPart } from "@flambeau/core";
import { type Queues, takeChunk } from "./queues.ts";

/** What every scanning thread is told. */
export interface PartsJob {
  readonly path: string;
  readonly size: number;
  readonly task: ScanTask;
  /** What separates records. */
  readonly boundary: Uint8Array;
  readonly plain: boolean;
  readonly queues: Queues;
}

/** Takes chunks until none is left, and returns what they held. */
export function scanParts(job: PartsJob, thread: number, onChunk?: () => void): ScanTables {
  const file = openSync(job.path, "r");
  try {
    const scanner = createScanner(job.task, job.plain);
    const readAt = (target: Uint8Array, position: number) =>
      readSync(file, target, 0, target.length, position);
    for (;;) {
      const taken = takeChunk(job.queues, thread);
      if (taken < 0) return scanner.finish();
      const start = taken * job.queues.chunk;
      const end = Math.min(start + job.queues.chunk, job.size);
      scanPart(scanner, readAt, start, end, job.size, job.boundary);
      onChunk?.();
    }
  } finally {
    closeSync(file);
  }
}

/** The buffers of tables, so that they are moved to another thread instead of copied. */
export function buffersOf(tables: ScanTables): ArrayBuffer[] {
  const { symbols, nodeSymbol, nodeParent, cells } = tables;
  const arrays = [
    symbols.bytes,
    symbols.offsets,
    nodeSymbol,
    nodeParent,
    cells.node,
    cells.group,
    cells.a,
    cells.b,
  ];
  return arrays.map((array) => array.buffer as ArrayBuffer);
}
