import { spawn } from "node:child_process";
import { closeSync, createReadStream, existsSync, openSync, readdirSync, readFileSync } from "node:fs";

/** How often the memory of a running process tree is looked at, in milliseconds. */
const POLL = 5;

/**
 * Runs a command with its output in a file and resolves to wall seconds from start to exit and the peak memory of
 * its whole process tree in bytes (NaN where /proc does not exist). Fails where the command fails.
 */
export function measure({ command, args = [], stdin, output = "/dev/null", env = {} }) {
  return new Promise((resolve, reject) => {
    const input = stdin === undefined ? "ignore" : openSync(stdin, "r");
    const out = openSync(output, "w");
    const start = process.hrtime.bigint();
    const child = spawn(command, args, { stdio: [input, out, "pipe"], env: { ...process.env, ...env } });
    let peak = existsSync("/proc/self/status") ? 0 : Number.NaN;
    const poll = setInterval(() => {
      peak = Math.max(peak, treeMemory(child.pid));
    }, POLL);
    let complaint = "";
    child.stderr.on("data", (chunk) => {
      if (complaint.length < 2000) complaint += chunk;
    });
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      const seconds = Number(process.hrtime.bigint() - start) / 1e9;
      clearInterval(poll);
      closeSync(out);
      if (input !== "ignore") closeSync(input);
      if (code === 0) resolve({ seconds, memory: peak === 0 ? Number.NaN : peak });
      else reject(new Error(`${command} ${args.join(" ")}: ${signal ?? `exit code ${code}`}\n${complaint}`));
    });
  });
}

/**
 * Memory of a process and all its descendants: what each holds now, or, for a tree of one, the most it ever held
 * (which the kernel remembers between two looks).
 */
function treeMemory(pid) {
  const pids = [pid];
  let sum = 0;
  let high = 0;
  for (const one of pids) {
    try {
      const status = readFileSync(`/proc/${one}/status`, "utf8");
      sum += 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
      high = Math.max(high, 1024 * Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0));
      for (const task of readdirSync(`/proc/${one}/task`)) {
        const children = readFileSync(`/proc/${one}/task/${task}/children`, "utf8").trim();
        if (children !== "") pids.push(...children.split(" ").map(Number));
      }
    } catch {
      // The process ended between two looks.
    }
  }
  return Math.max(sum, high);
}

/** Reads a file once, so that every contender finds it in the page cache. */
export async function warm(path) {
  for await (const _ of createReadStream(path, { highWaterMark: 1 << 22 }));
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Measures contenders in turn (A B C A B C …), so that a noisy minute hits all of them, and gives medians: seconds,
 * memory, and, against the first contender, the median of the ratios of each round.
 */
export async function rounds(contenders, runs, tell) {
  const results = contenders.map(() => []);
  for (let run = 0; run < runs; run++) {
    for (const [i, contender] of contenders.entries()) {
      const result = await measure(contender);
      results[i].push(result);
      tell(`  ${run + 1}/${runs} ${contender.name}: ${result.seconds.toFixed(3)} s`);
    }
  }
  return contenders.map((contender, i) => ({
    name: contender.name,
    seconds: median(results[i].map((result) => result.seconds)),
    memory: median(results[i].map((result) => result.memory)),
    ratio: median(results[i].map((result, run) => result.seconds / results[0][run].seconds)),
    output: contender.output,
  }));
}
