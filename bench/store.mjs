/**
 * Writes synthetic services into the store and prints a table: rows a second, bytes a sample on disk, memory. Needs
 * a build (`npx tsc -b`), and the package chdb.
 *
 *     node bench/store.mjs [--rows 20000000] [--stacks-per-push 700] [--services 100] [--interval 15]
 *                          [--clients 200] [--fresh] [--zipf] [--cores 0,1]
 *
 * Every service has 10,000 stacks of 12 to 40 frames, some far more frequent than others; each push is a profile of
 * its own, so that its frames and stacks are hashed anew, as for a profile that came over the network. Time runs on
 * with the rows, `--interval` seconds from one push of a series to the next. What is measured is
 * `store.write()` from the finished profile on: reading pprof is not in it. Ends when every row can be queried.
 * With `--fresh` a push draws its stacks and weights anew from one profile of its service, whose ids are known: for
 * the sizes on disk, not for the time.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "20000000" },
    "stacks-per-push": { type: "string", default: "700" },
    services: { type: "string", default: "100" },
    pods: { type: "string", default: "5" },
    interval: { type: "string", default: "15" },
    clients: { type: "string", default: "200" },
    fresh: { type: "boolean", default: false },
    zipf: { type: "boolean", default: false },
    cores: { type: "string", default: "0,1" },
    child: { type: "boolean", default: false },
  },
});

const draw = generator(7);

if (values.child) console.log(JSON.stringify(await run()));
else parent();

function parent() {
  const command = [process.execPath, fileURLToPath(import.meta.url), "--child", ...process.argv.slice(2)];
  const { stdout, status } = spawnSync("taskset", ["-c", values.cores, ...command], {
    encoding: "utf8",
    env: { ...process.env, UV_THREADPOOL_SIZE: "8" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error(`the measurement failed with exit code ${status}`);
  const result = JSON.parse(stdout);
  console.log(`Node ${process.version}, ${cpus()[0].model}, cores ${values.cores}, embedded engine`);
  console.log("\n| | |\n|---|---|");
  for (const [name, value] of Object.entries(result)) console.log(`| ${name} | ${value} |`);
}

async function run() {
  const { openStore } = await import("../packages/server/dist/store/open.js");
  const directory = mkdtempSync(join(process.env.FLAMBEAU_BENCH_WORK ?? tmpdir(), "flambeau-store-"));
  try {
    const store = await openStore({ directory, reserveBytes: 0, log: report });
    const result = await fill(store, directory);
    await store.close();
    return result;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function report(level, message, fields) {
  if (level !== "info") console.error(level, message, fields);
}

async function fill(store) {
  const target = Number(values.rows);
  const pods = Number(values.pods);
  const pushes = await makePushes();
  const latencies = [];
  let rows = 0;
  let tick = 0;
  let measured = 0;
  const dayStart = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 86_400_000;
  const before = { all: process.cpuUsage(), main: mainThreadSeconds() };
  const start = performance.now();
  const waiting = new Set();
  while (rows < target) {
    const at = BigInt(dayStart + tick * Number(values.interval) * 1000) * 1_000_000n;
    tick++;
    for (const { service, variants } of pushes) {
      for (let pod = 0; pod < pods; pod++) {
        const drawn = values.fresh ? drawFresh(variants[0]) : undefined;
        const profile = values.fresh ? variants[0] : { ...variants[(tick * 7 + pod) % variants.length] };
        rows += drawn?.length ?? profile.samples.length;
        const sent = performance.now();
        const written = push(store, service, pod, at + BigInt(pod) * 1_000_000_000n, profile, drawn).then(
          () => {
            latencies.push(performance.now() - sent);
            waiting.delete(written);
          },
        );
        waiting.add(written);
      }
      // As a front end would: so many requests at the same time and no more.
      if (waiting.size > Number(values.clients)) await Promise.race(waiting);
      if (measured++ % 64 === 0) await new Promise(setImmediate);
    }
  }
  await Promise.all(waiting);
  const acknowledged = (performance.now() - start) / 1000;
  await store.flush();
  const queryable = (performance.now() - start) / 1000;
  const loaded = await store.query("SELECT count() AS n FROM samples");
  if (Number(loaded[0].n) !== rows) throw new Error(`${rows} rows were written, ${loaded[0].n} are there`);
  const peak = Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))[1]) / 1024;
  const { user, system } = process.cpuUsage(before.all);
  const main = mainThreadSeconds() - before.main;
  await store.optimize();
  const sizes = await store.statistics();
  latencies.sort((a, b) => a - b);
  const perSample = (table) => {
    const found = sizes.tables.find(({ name }) => name === table);
    return `${(found.bytes / rows).toFixed(2)} bytes a sample, ${found.rows} rows`;
  };
  const total = sizes.tables.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    "sample rows": rows,
    "rows a push": values["stacks-per-push"],
    "rows/s until queryable": Math.round(rows / queryable),
    "rows/s until acknowledged": Math.round(rows / acknowledged),
    "acknowledgement p50 / p99, ms": `${at(latencies, 0.5)} / ${at(latencies, 0.99)}`,
    "processor seconds a million rows": ((user + system) / rows).toFixed(2),
    "of which ids and journal": ((main * 1e6) / rows).toFixed(2),
    "peak resident memory, MB": Math.round(peak),
    "all tables, bytes a sample": (total / rows).toFixed(2),
    ...Object.fromEntries(sizes.tables.map(({ name }) => [name, perSample(name)])),
  };
}

/** Processor time of the thread that runs JavaScript; the engine's threads are the rest. */
function mainThreadSeconds() {
  const fields = readFileSync(`/proc/self/task/${process.pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function at(sorted, share) {
  return Math.round(sorted[Math.floor((sorted.length - 1) * share)]);
}

function push(store, service, pod, start, profile, rows) {
  const labels = [
    { name: "pod", value: `${service}-7d9f8b6c5-${pod}` },
    { name: "region", value: "eu-central-1" },
    { name: "service_name", value: service },
  ];
  const type = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";
  return store.write([
    {
      tenant: "anonymous",
      type,
      labels,
      start,
      duration: 10_000_000_000n,
      id: "",
      profile,
      valueType: 0,
      ...(rows === undefined ? {} : { rows }),
    },
  ]);
}

/** From a number in [0, 1): the rank of a stack; ten times as often for ranks of a tenth, with `--zipf`. */
function rank(random, count) {
  return Math.floor(values.zipf ? count ** random - 1 : random ** 2.5 * count);
}

/** Other stacks of the service in each push, with other weights: for the sizes on disk. */
function drawFresh(profile) {
  const chosen = new Set();
  const [weights] = profile.samples.weights;
  while (chosen.size < Number(values["stacks-per-push"])) {
    const row = rank(draw(), profile.samples.length);
    chosen.add(row);
    weights[row] = (1 + Math.floor(draw() ** 6 * 12)) * 10_000_000;
  }
  return Int32Array.from(chosen);
}

/** For each service a few profiles whose samples are drawn from its 10,000 stacks, frequent ones more often. */
async function makePushes() {
  const { ProfileBuilder } = await import("../packages/core/dist/index.js");
  const random = generator(42);
  return Array.from({ length: Number(values.services) }, (_, s) => {
    const service = `service-${String(s).padStart(3, "0")}`;
    // A call tree of 2,000 functions, two thirds of them from libraries that all services use.
    const called = (frame, choice) => (frame * 31 + choice * 7 + 1) % 2000;
    const distinct = new Map();
    while (distinct.size < 10_000) {
      const frames = [s % 7];
      const depth = 12 + Math.floor(random() * 28);
      while (frames.length < depth) frames.push(called(frames.at(-1), Math.floor(random() ** 4 * 6)));
      distinct.set(frames.join(), frames);
    }
    const stacks = [...distinct.values()];
    const perPush = values.fresh ? stacks.length : Number(values["stacks-per-push"]);
    const variants = Array.from({ length: values.fresh ? 1 : 6 }, () => {
      const builder = new ProfileBuilder("each");
      const type = builder.valueType("cpu", "nanoseconds");
      const chosen = new Set();
      while (chosen.size < perPush) {
        const next = values.fresh ? chosen.size : rank(random(), stacks.length);
        chosen.add(next);
      }
      for (const index of chosen) {
        let stack = -1;
        for (const frame of stacks[index]) {
          const owner = frame % 3 === 0 ? service.replace("-", "") : "commons";
          const name = builder.string(`com.example.${owner}.Handler${frame >> 4}.process${frame}`);
          const file = builder.string(`com/example/${owner}/Handler${frame >> 4}.java`);
          stack = builder.stack(stack, builder.frame({ name, file, line: frame + 1 }));
        }
        const hits = 1 + Math.floor(random() ** 6 * 12);
        builder.sampleOf(stack, type, hits * 10_000_000);
      }
      return builder.finish();
    });
    return { service, variants };
  });
}

/** Numbers in [0, 1) that are the same in every run. */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
