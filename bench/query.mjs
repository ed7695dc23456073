/**
 * Asks a store of made-up services what dashboards ask, through the query service, and prints a table. Needs a build
 * (`npx tsc -b`), and the package chdb.
 *
 *     node bench/query.mjs [--services 200] [--pods 5] [--hours 24] [--runs 9] [--cores 0,1] [--keep FOLDER] [--only TEXT]
 *
 * Each pod pushes a profile of 35 stacks a minute. "Cold" is the first time that a question is asked, "warm" the
 * median of later ones that the engine answers, "hot" of those that memory answers. The time is that of the server's
 * work on a call of the service, from the request's bytes to the answer's, without the network and without what the
 * client does with it: median, lowest and highest, and the median of the processor time, which other work on the machine
 * disturbs less. `--keep` keeps the store for the next run.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { makeServices } from "./lib/services.mjs";

const { values } = parseArgs({
  options: {
    services: { type: "string", default: "200" },
    pods: { type: "string", default: "5" },
    hours: { type: "string", default: "24" },
    runs: { type: "string", default: "9" },
    cores: { type: "string", default: "0,1" },
    keep: { type: "string" },
    only: { type: "string", default: "" },
    child: { type: "boolean", default: false },
  },
});

const CPU = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";
const PER_PUSH = 35;
const HOUR = 3_600_000;
/** Midnight two days ago: the whole day has passed. */
const dayStart = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 2 * 86_400_000;

if (values.child) await run();
else parent();

function parent() {
  const command = [process.execPath, fileURLToPath(import.meta.url), "--child", ...process.argv.slice(2)];
  const { status } = spawnSync("taskset", ["-c", values.cores, ...command], {
    env: { ...process.env, UV_THREADPOOL_SIZE: "8" },
    stdio: "inherit",
  });
  if (status !== 0) throw new Error(`the measurement failed with exit code ${status}`);
}

async function run() {
  const { openStore } = await import("../packages/server/dist/store/open.js");
  const directory =
    values.keep ?? mkdtempSync(join(process.env.FLAMBEAU_BENCH_WORK ?? tmpdir(), "flambeau-query-"));
  const filled = existsSync(join(directory, "engine"));
  const store = await openStore({ directory, reserveBytes: 0 });
  try {
    if (!filled) await fill(store);
    const rows = (await store.query("SELECT count() AS n, min(ts) AS first FROM samples"))[0];
    const first = Math.floor((Number(rows.first) * 1000) / 86_400_000) * 86_400_000;
    console.log(
      `Node ${process.version}, ${cpus()[0].model}, cores ${values.cores}, ${rows.n} samples, embedded engine\n`,
    );
    console.log("| question | cold, ms | warm, ms (range; processor) | hot, ms |\n|---|---|---|---|");
    for (const question of questions(first)) {
      if (question.name.includes(values.only)) await ask(store, question);
    }
  } finally {
    await store.close();
    if (values.keep === undefined) rmSync(directory, { recursive: true, force: true });
  }
}

async function fill(store) {
  const services = await makeServices(Number(values.services));
  const waiting = new Set();
  for (let minute = 0; minute < Number(values.hours) * 60; minute++) {
    for (const { service, profile, draw } of services) {
      const start = BigInt(dayStart + minute * 60_000) * 1_000_000n;
      const profiles = Array.from({ length: Number(values.pods) }, (_, pod) => ({
        tenant: "anonymous",
        type: CPU,
        labels: [
          { name: "pod", value: `${service}-7d9f8b6c5-${pod}` },
          { name: "service_name", value: service },
        ],
        start,
        duration: 60_000_000_000n,
        id: "",
        profile,
        rows: draw(PER_PUSH),
        valueType: 0,
      }));
      const written = store.write(profiles).then(() => waiting.delete(written));
      waiting.add(written);
      if (waiting.size > 200) await Promise.race(waiting);
    }
  }
  await Promise.all(waiting);
  await store.flush();
}

function questions(first) {
  const day = { start: BigInt(first), end: BigInt(first + Math.min(24, Number(values.hours)) * HOUR - 1) };
  const hour = (from) => ({ start: BigInt(first + from * HOUR), end: BigInt(first + (from + 1) * HOUR - 1) });
  const service = { profileTypeID: CPU, labelSelector: '{service_name="service-007"}' };
  const all = { profileTypeID: CPU, labelSelector: "{}" };
  const last = Number(values.hours) - 1;
  return [
    {
      name: "flame graph, one service, 24 h",
      call: (client) => client.selectMergeStacktraces({ ...service, ...day }),
    },
    {
      name: "the same, range moved by 20 s",
      call: (client, run) =>
        client.selectMergeStacktraces({ ...service, start: day.start + BigInt(20_000 * run), end: day.end }),
    },
    {
      name: "flame graph, one pod, 24 h",
      call: (client) =>
        client.selectMergeStacktraces({ ...all, labelSelector: '{pod="service-007-7d9f8b6c5-3"}', ...day }),
    },
    {
      name: "flame graph, all services, 1 h",
      call: (client) => client.selectMergeStacktraces({ ...all, ...hour(last) }),
    },
    {
      name: "diff of two hours, one service",
      call: (client) =>
        client.diff({ left: { ...service, ...hour(0) }, right: { ...service, ...hour(last) } }),
    },
    {
      name: "pprof, one service, 1 h",
      call: (client) => client.selectMergeProfile({ ...service, ...hour(last) }),
    },
    {
      name: "series by pod, one service, 24 h",
      call: (client) => client.selectSeries({ ...service, ...day, step: 60, groupBy: ["pod"] }),
    },
    {
      name: "heatmap, one service, 24 h",
      call: (client) => client.selectHeatmap({ ...service, ...day, step: 600 }),
    },
    { name: "label values", call: (client) => client.labelValues({ name: "service_name", ...day }) },
  ];
}

/** A service of its own for each question, so that none finds what another has left in memory. */
async function ask(store, { name, call }) {
  const { Queries } = await import("../packages/server/dist/query/queries.js");
  const { storeReads } = await import("../packages/server/dist/store/reads/reads.js");
  const { DEFAULT_MEMORY } = await import("../packages/server/dist/query/stacks/tenant-stacks.js");
  const runs = Number(values.runs);
  const engineOnly = await clientOf(new Queries(storeReads(store), { ...DEFAULT_MEMORY, rowBytes: 0 }));
  const cold = await timed(() => call(engineOnly, 0));
  const warm = [];
  for (let i = 1; i <= runs; i++) warm.push(await timed(() => call(engineOnly, i)));
  const kept = await clientOf(new Queries(storeReads(store)));
  for (let i = 0; i < 5; i++) {
    await call(kept, i);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  const hot = [];
  for (let i = 1; i <= runs; i++) hot.push(await timed(() => call(kept, i)));
  console.log(`| ${name} | ${cold.wall.toFixed(0)} | ${spread(warm)} | ${spread(hot)} |`);
}

/** The methods of the query service, from message to the bytes of the answer; only the server's part takes time. */
async function clientOf(queries) {
  const { create, toBinary } = await import("@bufbuild/protobuf");
  const { createConnectRouter, createContextValues } = await import("@connectrpc/connect");
  const { registerQuerier } = await import("../packages/server/dist/query/wire/querier.js");
  const { tenantKey } = await import("../packages/server/dist/query/wire/context.js");
  const router = createConnectRouter();
  registerQuerier(router, queries);
  const methods = router.handlers.map((handler) => [
    handler.method.localName,
    async (message) => {
      const body = toBinary(handler.method.input, create(handler.method.input, message));
      const answer = await handler({
        httpVersion: "1.1",
        method: "POST",
        url: `http://localhost${handler.requestPath}`,
        header: new Headers({ "content-type": "application/proto" }),
        body: (async function* () {
          yield body;
        })(),
        contextValues: createContextValues().set(tenantKey, "anonymous"),
        signal: new AbortController().signal,
      });
      let bytes = 0;
      for await (const chunk of answer.body) bytes += chunk.length;
      if (answer.status !== 200) throw new Error(`${handler.method.name} answered ${answer.status}`);
      return bytes;
    },
  ]);
  return Object.fromEntries(methods);
}

async function timed(work) {
  const before = process.cpuUsage();
  const start = performance.now();
  await work();
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  return { wall, processor: (user + system) / 1000 };
}

/** Median, the lowest and highest, and the median of the processor time. */
function spread(times) {
  const sorted = (key) => times.map((time) => time[key]).sort((a, b) => a - b);
  const wall = sorted("wall");
  const middle = wall.length >> 1;
  const range = `${wall[0].toFixed(1)}–${wall.at(-1).toFixed(1)}`;
  return `${wall[middle].toFixed(1)} (${range}; ${sorted("processor")[middle].toFixed(1)})`;
}
