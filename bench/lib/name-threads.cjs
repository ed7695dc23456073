/**
 * Loaded into a server under measurement (`--require`): every JavaScript thread writes down which thread of the
 * system it is, so that the processor time of each can be told apart afterwards.
 */
const { readdirSync, readlinkSync, writeFileSync } = require("node:fs");
const { isMainThread } = require("node:worker_threads");

const folder = process.env.FLAMBEAU_BENCH_THREADS;
if (folder !== undefined) {
  const own = readlinkSync("/proc/thread-self").split("/").at(-1);
  writeFileSync(`${folder}/${own}`, isMainThread ? "main" : "worker");
  // What is there before any work: V8's own threads, for garbage collection and compiling.
  if (isMainThread)
    for (const id of readdirSync("/proc/self/task")) if (id !== own) writeFileSync(`${folder}/${id}`, "v8");
}
