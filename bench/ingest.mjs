/**
 * Pushes pprof over HTTP into a real `flambeau serve` on two cores and prints a table: rows a second, time to the
 * acknowledgement, memory. The client runs on the other cores. Needs a build, and the package chdb.
 *
 *     node bench/ingest.mjs [--seconds 30] [--stacks 700] [--services 50] [--connections 96] [--cores 0,1]
 *                           [--profile FOLDER]
 *
 * A push is what Go's SDK sends: gzipped pprof with two value types (samples, cpu), `--stacks` samples of 12 to 40
 * frames with addresses, files and lines; a row is one sample of one value type. Each push has a time of its own. A
 * connection pushes again when its push is acknowledged, so that their number bounds the rate. The processor's time is
 * split by threads: the main one, those that decode, V8's helpers, libuv's (files, compression), the engine's. With
 * `--profile` each JavaScript thread leaves a .cpuprofile.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { MemorySink, ProfileBuilder, pprofWriter } from "../packages/core/dist/index.js";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "30" },
    stacks: { type: "string", default: "700" },
    services: { type: "string", default: "50" },
    connections: { type: "string", default: "96" },
    cores: { type: "string", default: "0,1" },
    profile: { type: "string" },
  },
});
const [seconds, stacks, services, connections] = [
  values.seconds,
  values.stacks,
  values.services,
  values.connections,
].map(Number);

const bin = fileURLToPath(new URL("../packages/cli/bin/flambeau.cjs", import.meta.url));
const data = mkdtempSync(join(process.env.FLAMBEAU_BENCH_WORK ?? tmpdir(), "flambeau-ingest-"));
const threads = join(data, "threads");
mkdirSync(threads);
const server = spawn(
  "taskset",
  [
    "-c",
    values.cores,
    process.execPath,
    ...(values.profile === undefined ? [] : ["--cpu-prof", "--cpu-prof-dir", values.profile]),
    bin,
    "serve",
    "--listen",
    "127.0.0.1:0",
    "--data",
    data,
    "--log-level",
    "warn",
  ],
  {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      UV_THREADPOOL_SIZE: "8",
      FLAMBEAU_BENCH_THREADS: threads,
      NODE_OPTIONS: `--require ${fileURLToPath(new URL("./lib/name-threads.cjs", import.meta.url))}`,
    },
  },
);
try {
  const url = await address();
  const others = cpus()
    .map((_, i) => i)
    .filter((core) => !values.cores.split(",").map(Number).includes(core));
  if (others.length > 0) spawnSync("taskset", ["-a", "-cp", others.join(), String(process.pid)]);
  print(await measure(url));
} finally {
  server.kill("SIGTERM");
  await new Promise((resolve) => server.on("exit", resolve));
  rmSync(data, { recursive: true, force: true });
}

function address() {
  return new Promise((resolve, reject) => {
    let out = "";
    server.stdout.on("data", (chunk) => {
      out += chunk;
      const found = /keeps profiles at (\S+)/.exec(out);
      if (found !== null) resolve(found[1]);
    });
    server.on("exit", (code) => reject(new Error(`flambeau serve ended with ${code}`)));
  });
}

async function measure(url) {
  const bodies = await Promise.all(Array.from({ length: services * 4 }, (_, i) => makeBody(i)));
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const base = Math.floor(Date.now() / 1000) - 80_000;
  let next = 0;
  const push = async () => {
    const i = next++;
    const service = i % services;
    const at = base + Math.floor(i / services) * 10;
    const query = `name=service-${service}{pod=p${i % 5}}&from=${at}&until=${at + 10}&format=pprof`;
    const sent = performance.now();
    const status = await post(agent, `${url}/ingest?${query}`, bodies[i % bodies.length]);
    if (status !== 200 && status !== 429) throw new Error(`HTTP ${status}`);
    return { status, ms: performance.now() - sent };
  };
  // Compilers and caches warm up.
  for (let i = 0; i < 100; i++) await push();
  const before = processorOfThreads();
  const start = performance.now();
  const latencies = [];
  let refused = 0;
  const worker = async () => {
    while (performance.now() - start < seconds * 1000) {
      const { status, ms } = await push();
      if (status === 200) latencies.push(ms);
      else refused++;
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  const acknowledged = (performance.now() - start) / 1000;
  await post(agent, `${url}/api/v1/admin/flush`, Buffer.alloc(0));
  const queryable = (performance.now() - start) / 1000;
  const rows = latencies.length * stacks * 2;
  latencies.sort((a, b) => a - b);
  const at = (share) => Math.round(latencies[Math.floor((latencies.length - 1) * share)]);
  const status = readFileSync(`/proc/${server.pid}/status`, "utf8");
  agent.destroy();
  return {
    "rows a push": stacks * 2,
    "bytes a push, gzipped": Math.round(bodies.reduce((sum, { length }) => sum + length, 0) / bodies.length),
    pushes: latencies.length,
    "refused with 429": refused,
    "rows/s until acknowledged": Math.round(rows / acknowledged),
    "rows/s until queryable": Math.round(rows / queryable),
    "acknowledgement p50 / p99, ms": `${at(0.5)} / ${at(0.99)}`,
    ...Object.fromEntries(
      Object.entries(processorOfThreads()).map(([name, spent]) => [
        `processor seconds a million rows: ${name}`,
        (((spent - (before[name] ?? 0)) / rows) * 1e6).toFixed(2),
      ]),
    ),
    "peak resident memory, MB": Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(status)[1]) / 1024),
  };
}

function post(agent, url, body) {
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      { method: "POST", agent, headers: { "content-length": body.length } },
      (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode));
      },
    );
    call.on("error", reject);
    call.end(body);
  });
}

/** Processor time of the server so far, in seconds, by what its threads do. */
function processorOfThreads() {
  const known = new Map(readdirSync(threads).map((id) => [id, readFileSync(join(threads, id), "utf8")]));
  const spent = { all: 0, main: 0, worker: 0, v8: 0, libuv: 0, engine: 0 };
  spent.all = secondsOf(`/proc/${server.pid}/stat`);
  for (const id of readdirSync(`/proc/${server.pid}/task`)) {
    const path = `/proc/${server.pid}/task/${id}`;
    const own =
      known.get(id) ??
      (/^node$|^libuv/.test(readFileSync(`${path}/comm`, "utf8").trim()) ? "libuv" : "engine");
    spent[own] += secondsOf(`${path}/stat`);
  }
  return spent;
}

function secondsOf(stat) {
  const fields = readFileSync(stat, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** A profile of one service: stacks drawn from its call tree, frequent ones more often. */
async function makeBody(seed) {
  const random = generator(seed + 1);
  const builder = new ProfileBuilder("each");
  builder.valueType("samples", "count");
  builder.valueType("cpu", "nanoseconds");
  builder.meta.period = { type: { name: "cpu", unit: "nanoseconds" }, value: 10_000_000 };
  const mapping = builder.mapping({ path: "/app/service", start: 0x400000n, end: 0x4000000n });
  const frames = Array.from({ length: 2000 }, (_, i) =>
    builder.frame({
      name: builder.string(`github.com/acme/service/internal/package${i % 60}.(*Type${i % 200}).Method${i}`),
      file: builder.string(`/src/internal/package${i % 60}/file${i % 200}.go`),
      line: 10 + (i % 900),
      address: BigInt(0x400000 + i * 64),
      mapping,
    }),
  );
  const seen = new Set();
  while (seen.size < stacks) {
    let function_ = seed % 7;
    let stack = -1;
    const depth = 12 + Math.floor(random() * 28);
    for (let i = 0; i < depth; i++) {
      stack = builder.stack(stack, frames[function_]);
      function_ = (function_ * 31 + Math.floor(random() ** 4 * 6) * 7 + 1) % 2000;
    }
    if (seen.has(stack)) continue;
    seen.add(stack);
    const count = 1 + Math.floor(random() ** 8 * 100);
    builder.sample(stack, [count, count * 10_000_000]);
  }
  const sink = new MemorySink();
  await pprofWriter.write(builder.finish(), sink, {});
  return gzipSync(sink.bytes(), { level: 1 });
}

/** Numbers in [0, 1), the same for the same seed. */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function print(result) {
  console.log(
    `Node ${process.version}, ${cpus()[0].model}, server on cores ${values.cores}, embedded engine`,
  );
  console.log("\n| | |\n|---|---|");
  for (const [name, value] of Object.entries(result)) console.log(`| ${name} | ${value} |`);
}
