// Thread dumps, call trees, traces and heap profiles from seeded stacks: formats that nobody has 100 MB of, which
// show whether time or memory of a reader grow faster than its input.
import { addressOf, FUNCTIONS, leafFirst, nameOf, write } from "./text-inputs.mjs";

const hex = (number) => number.toString(16);
const numbered = (path, line) => {
  let text = "";
  for (let i = 0; i < path.length; i++) text += line(path[path.length - 1 - i], i);
  return text;
};
const shared = (a, b) => {
  let depth = 0;
  while (depth < a.length && a[depth] === b[depth]) depth++;
  return depth;
};

/** The lines of frames that this stack has and the one before had not, with their depth: a tree, depth first. */
function treeOf(line, leafWeight) {
  let before = [];
  return (path, random) => {
    const from = Math.min(shared(path, before), path.length - 1);
    before = path.slice();
    let text = "";
    for (let depth = from; depth < path.length; depth++)
      text += line(path[depth], depth, depth === path.length - 1 ? leafWeight(random) : 0);
    return text;
  };
}

/** Enters and leaves, as a tracer writes them. */
function xdebug() {
  let before = [];
  let time = 0;
  const numbers = [];
  let number = 0;
  return (path) => {
    const from = shared(path, before);
    let text = "";
    for (let depth = before.length; depth > from; depth--)
      text += `${depth}\t${numbers[depth - 1]}\t1\t${(++time / 1e6).toFixed(6)}\t394336\n`;
    for (let depth = from; depth < path.length; depth++) {
      numbers[depth] = number++;
      text += `${depth + 1}\t${numbers[depth]}\t0\t${(++time / 1e6).toFixed(6)}\t394336\tfunction_${path[depth]}\t1\t\t/srv/app/m${path[depth] % 200}.php\t${1 + (path[depth] % 900)}\t1\t$x = 'y'\n`;
    }
    before = path.slice();
    return text;
  };
}

/** Strings, instructions, traces and allocations, each where it is first needed. */
function heaptrack() {
  const known = new Uint8Array(FUNCTIONS + 1);
  const traces = new Map();
  const allocations = new Map();
  const ips = new Map();
  let [strings, before] = [1, undefined];
  let text = "";
  const line = (tag, body) => {
    text += `${tag} ${body}\n`;
  };
  return (path, random) => {
    text = before === undefined ? "s 8 /bin/app\n" : "";
    before = path;
    let parent = 0;
    for (const fn of path) {
      if (known[fn] === 0) {
        known[fn] = 1;
        const name = nameOf(fn);
        line("s", `${hex(name.length)} ${name}`);
        strings++;
        ips.set(fn, ips.size + 1);
        line("i", `${addressOf(fn)} 1 ${hex(strings)}`);
      }
      const key = parent * 8192 + fn;
      let trace = traces.get(key);
      if (trace === undefined) {
        trace = traces.size + 1;
        traces.set(key, trace);
        line("t", `${hex(ips.get(fn))} ${hex(parent)}`);
      }
      parent = trace;
    }
    const size = 16 << random(8);
    const key = parent * 256 + Math.log2(size);
    let allocation = allocations.get(key);
    if (allocation === undefined) {
      allocation = allocations.size;
      allocations.set(key, allocation);
      line("a", `${hex(size)} ${hex(parent)}`);
    }
    for (let i = 0; i < 40; i++) line("+", hex(allocation));
    for (let i = 0; i < 20; i++) line("-", hex(allocation));
    return text;
  };
}

/** The tables of a perfview file: frames, then stacks, then samples, kept until the end. */
function* perfviewTail(samples) {
  yield ` </Stacks><Samples>\n`;
  for (let i = 0; i < samples.length; i++)
    yield `   <Sample ID="${i}" Time="${i}.125" StackID="${samples[i]}" Metric="1" />\n`;
  yield `  </Samples>\n </StackSource>\n</StackWindow>\n`;
}

const inputs = {
  gdb: {
    record: (path, _, i) =>
      `Thread ${i + 2} (Thread 0x7fa3d71ed6c0 (LWP ${7000 + i}) "worker"):\n${numbered(path, (fn, n) => `#${n}  0x${addressOf(fn).padStart(16, "0")} in ${nameOf(fn)} (count=count@entry=${fn}) at src/m${fn % 200}.cc:${1 + (fn % 900)}\n`)}\n`,
  },
  "eu-stack": {
    head: "PID 7000 - process\n",
    record: (path, _, i) =>
      `TID ${7000 + i}:\n${numbered(path, (fn, n) => `#${n}  0x${addressOf(fn).padStart(16, "0")} ${nameOf(fn)}\n`)}`,
  },
  faulthandler: {
    record: (path, _, i) =>
      `Thread 0x${hex(0x7f3b00000000 + i)} (most recent call first):\n${leafFirst(path, (fn) => `  File "/srv/app/module${fn % 200}.py", line ${1 + (fn % 900)} in function_${fn}\n`)}\n`,
  },
  "java-thread-dump": {
    head: "2026-11-22 19:51:26\nFull thread dump OpenJDK 64-Bit Server VM (17.0.15+6 mixed mode):\n\n",
    record: (path, _, i) =>
      `"worker-${i}" #${i + 1} prio=5 os_prio=0 cpu=10.65ms elapsed=3.09s tid=0x00007fa730017ed0 nid=0x6b1f runnable  [0x00007fa7371fd000]\n   java.lang.Thread.State: RUNNABLE\n${leafFirst(path, (fn) => `\tat com.example.module${fn % 200}.Handler.function_${fn}(Handler${fn % 200}.java:${1 + (fn % 900)})\n`)}\n`,
  },
  "go-stacks": {
    record: (path, _, i) =>
      `goroutine ${i + 1} [running]:\n${leafFirst(path, (fn) => `example.com/module${fn % 200}.(*Handler).function_${fn}(0xc000${hex(fn)}, 0x1)\n\t/src/m${fn % 200}.go:${1 + (fn % 900)} +0x1f\n`)}\n`,
  },
  "pprof-legacy": {
    head: "goroutine profile: total 100\n",
    record: (path, random) =>
      `${1 + random(90)} @ ${leafFirst(path, (fn) => `0x${addressOf(fn)} `).trimEnd()}\n${leafFirst(path, (fn) => `#\t0x${addressOf(fn)}\t${nameOf(fn)}+0x1f\t./m${fn % 200}.go:${1 + (fn % 900)}\n`)}\n`,
  },
  "ghc-prof": {
    head: `\tSun Nov 22 19:38 2026 Time and Allocation Profiling Report  (Final)\n\n\t   app +RTS -P -RTS\n\n\ttotal time  =        0.40 secs   (403 ticks @ 1000 us, 1 processor)\n\ttotal alloc = 1,190,546,280 bytes  (excludes profiling overheads)\n\nCOST CENTRE MODULE    SRC             %time %alloc  ticks     bytes\n\nf           Main      Hot.hs:7:25-50   78.7   62.5    317 744055800\n\n\n                                                                      individual      inherited\nCOST CENTRE  MODULE                SRC             no.     entries  %time %alloc   %time %alloc  ticks     bytes\n\n`,
    record: treeOf(
      (fn, depth, weight) =>
        `${" ".repeat(depth)}function_${fn} Module${fn % 200} src/M${fn % 200}.hs:${1 + (fn % 900)}:1-56 ${fn} 0 0.0 0.0 0.0 0.0 ${weight} ${weight * 4096}\n`,
      (random) => 1 + random(90),
    ),
  },
  massif: {
    head: "desc: --massif-out-file=massif.out\ncmd: ./app\ntime_unit: i\n",
    record: (path, random, i) =>
      `#-----------\nsnapshot=${i}\n#-----------\ntime=${i * 1000}\nmem_heap_B=${4096 + random(99)}\nmem_heap_extra_B=8\nmem_stacks_B=0\nheap_tree=detailed\n${path.map((fn, depth) => `${" ".repeat(depth)}n${depth === path.length - 1 ? 0 : 1}: 4096 0x${addressOf(fn)}: ${nameOf(fn)} (m${fn % 200}.cc:${1 + (fn % 900)})\n`).join("")}`,
  },
  rprof: {
    head: "line profiling: sample.interval=10000\n",
    record: (path) => `${leafFirst(path, (fn) => `"function_${fn}" `)}\n`,
  },
  phpspy: {
    record: (path) =>
      `${numbered(path, (fn, n) => `${n} App\\Module${fn % 200}::function_${fn} /srv/app/m${fn % 200}.php:${1 + (fn % 900)}\n`)}\n`,
  },
  systemtap: {
    record: (path, random) =>
      `${leafFirst(path, (fn) => ` 0x${addressOf(fn)} : ${nameOf(fn)}+0xb/0x10 [/usr/bin/app]\n`)}\t${1 + random(90)}\n\n`,
  },
  "memray-csv": {
    head: "allocator,num_allocations,size,tid,thread_name,stack_trace\n",
    record: (path, random) =>
      `MALLOC,${1 + random(90)},${64 + random(9000)},1,0x1,${leafFirst(path, (fn) => `|function_${fn};/srv/app/module${fn % 200}.py;${1 + (fn % 900)}`).slice(1)}\n`,
  },
  "macos-sample": {
    head: "Analysis of sampling app (pid 7000) every 1 millisecond\nAnalysis Tool:   /usr/bin/sample\n----\n\nCall graph:\n    2000000000 Thread_1\n",
    record: treeOf(
      (fn, depth, weight) =>
        `    +${" ".repeat(1 + depth * 2)}${weight > 0 ? weight : 1_000_000_000 >> Math.min(depth >> 2, 20)} ${nameOf(fn)}  (in app) + 41  [0x${addressOf(fn)}]  m${fn % 200}.cc:${1 + (fn % 900)}\n`,
      () => 1,
    ),
    tail: "\nTotal number in stack (recursive counted multiple, when >=5):\n",
  },
  instruments: {
    head: "Bytes Used\tCount\t\tSymbol Name\n",
    record: treeOf(
      (fn, depth, weight) =>
        ` ${429 - depth}.93 MB     ${100 - depth}.0%\t${84671 + weight}\t \t${" ".repeat(depth)}${nameOf(fn)}\n`,
      (random) => random(9),
    ),
  },
  "call-tree-csv": {
    reader: "call-tree-csv",
    head: "Function Stack,CPU Time:Self,Module\nTotal,0.0,[Unknown]\n",
    record: treeOf(
      (fn, depth, weight) => `${" ".repeat(depth + 1)}"${nameOf(fn)}",${weight / 1000},app\n`,
      (random) => 1 + random(90),
    ),
  },
  "async-profiler-html": {
    head: `<!DOCTYPE html>\n<html>\n<script>\n\t// Copyright The async-profiler authors\n\tconst units = 'samples';\n\tconst levels = Array(60);\nconst cpool = [\n'all'${Array.from({ length: FUNCTIONS }, (_, fn) => `,\n' ${nameOf(fn)}'`).join("")}\n];\nunpack(cpool);\n\nf(3,0,0,1000000000)\n`,
    record: treeOf(
      (fn, depth, weight) => `f(${(fn + 1) * 8 + 3},${depth + 1},0,${weight > 0 ? weight : 900})\n`,
      (random) => 1 + random(9),
    ),
    tail: "</script>\n",
  },
  "v8-log": {
    head: `v8-version,11,3,244,8,-node.38,0\nv8-platform,linux,linux\nprofiler,begin,1000\n${Array.from({ length: FUNCTIONS }, (_, fn) => `code-creation,JS,0,${fn},0x${addressOf(fn)},256,function_${fn} /srv/m${fn % 200}.js:${1 + (fn % 900)}:1,0x${hex(0x100000 + fn)},*\n`).join("")}`,
    record: (path, _, i) =>
      `tick,0x${addressOf(path.at(-1))},${1000 * (i + 1)},0,0x0,0${leafFirst(path.slice(0, -1), (fn) => `,0x${hex(0x400010 + fn * 0x130)}`)}\n`,
  },
};

/** XML whose tables come one after the other. */
function perfview(file, bytes) {
  const frames = Array.from(
    { length: FUNCTIONS + 1 },
    (_, fn) =>
      `   <Frame ID="${fn}">app!${nameOf(fn).replaceAll("<", "&lt;").replaceAll(">", "&gt;")}</Frame>\n`,
  );
  const stacks = new Map();
  const samples = [];
  const input = {
    head: `<?xml version="1.0" encoding="utf-8"?>\n<StackWindow>\n <StackSource>\n  <Frames Count="${frames.length}">\n${frames.join("")}  </Frames>\n  <Stacks Count="1">\n`,
    record: (path) => {
      let text = "";
      let caller = -1;
      for (const fn of path) {
        const key = (caller + 1) * 8192 + fn;
        let stack = stacks.get(key);
        if (stack === undefined) {
          stack = stacks.size;
          stacks.set(key, stack);
          text += `   <Stack ID="${stack}" CallerID="${caller}" FrameID="${fn}" />\n`;
        }
        caller = stack;
      }
      samples.push(caller);
      return text;
    },
    get tail() {
      return [...perfviewTail(samples)].join("");
    },
  };
  write(file, bytes * 0.8, input);
}

/** By name of the input: reader, and how such a file is made. */
export const dumpInputs = {
  ...Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [
      name,
      { reader: input.reader ?? name, write: (file, bytes) => write(file, bytes, input) },
    ]),
  ),
  "xdebug-trace": {
    reader: "xdebug-trace",
    write: (file, bytes) =>
      write(file, bytes, {
        head: "Version: 3.2.0\nFile format: 4\nTRACE START [2026-11-22 19:37:49.195516]\n",
        record: xdebug(),
      }),
  },
  heaptrack: {
    reader: "heaptrack",
    write: (file, bytes) =>
      write(file, bytes, { head: "v 10400 3\nX /bin/app\nI 1000 5e2923\n", record: heaptrack() }),
  },
  "perfview-xml": { reader: "perfview-xml", write: perfview },
};
