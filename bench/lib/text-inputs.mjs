// Text and binary profiles out of one seeded stream of stacks: the same files on every machine.
import { closeSync, openSync, renameSync, writeSync } from "node:fs";
import { randomFrom } from "./json-inputs.mjs";

export const FUNCTIONS = 6000;

/** Calls `visit` with stacks (numbers of functions, root first) until it answers false. */
function eachStack(seed, visit) {
  const random = randomFrom(seed);
  const path = [];
  do {
    path.splice(Math.max(1, path.length - random(8)));
    while (path.length < 8 || (path.length < 45 && random(6) > 0)) path.push(random(1 + random(FUNCTIONS)));
  } while (visit(path, random));
}

export const nameOf = (fn) => `app::module_${fn % 200}::Handler<${fn % 7}>::function_${fn}`;
export const addressOf = (fn) => (0x400000 + fn * 0x130).toString(16);

/** Writes what `record` makes of each stack until the file has `bytes` bytes. */
export function write(file, bytes, input) {
  const { head = "", seed = 3, record } = input;
  const out = openSync(`${file}.part`, "w");
  let written = writeSync(out, head);
  let text = "";
  let number = 0;
  eachStack(seed, (path, random) => {
    text += record(path, random, number++);
    if (text.length > 1 << 20) {
      written += writeSync(out, text);
      text = "";
    }
    return written + text.length < bytes;
  });
  // A tail may depend on what was recorded.
  writeSync(out, text + (input.tail ?? ""));
  closeSync(out);
  renameSync(`${file}.part`, file);
}

export const leafFirst = (path, line) => {
  let text = "";
  for (let i = path.length - 1; i >= 0; i--) text += line(path[i]);
  return text;
};

const records = {
  folded: { record: (path, random) => `${path.map(nameOf).join(";")} ${1 + random(90)}\n` },
  "perf-script": {
    record: (path, random, i) =>
      `worker ${7000 + (i % 4)}/${7100 + (i % 16)} [00${i % 4}] ${100 + Math.floor(i / 1000)}.${String(i % 1000).padStart(6, "0")}: ` +
      `${1 + random(99)}0101 cycles:\n${leafFirst(path, (fn) => `\t${addressOf(fn).padStart(16)} ${nameOf(fn)}+0x1f (/usr/bin/app)\n`)}\n`,
  },
  bpftrace: {
    head: "Attaching 1 probe...\n\n",
    record: (path, random) =>
      `@[\n${leafFirst(path, (fn) => `    ${nameOf(fn)}+${fn % 99}\n`)}]: ${1 + random(90)}\n`,
  },
  dtrace: {
    head: "CPU     ID                    FUNCTION:NAME\n  0  64091                        :tick-60s \n\n",
    record: (path, random) =>
      `\n${leafFirst(path, (fn) => `              genunix\`function_${fn}+0x${(fn % 250).toString(16)}\n`)}${String(1 + random(90)).padStart(17)}\n`,
  },
  austin: {
    head: "# austin: 3.0.0\n# interval: 100\n# mode: wall\n\n",
    record: (path, random, i) =>
      `P7000;T${7100 + (i % 8)};${path.map((fn) => `/srv/app/module${fn % 200}.py:function_${fn}:${1 + (fn % 900)}`).join(";")} ${80 + random(40)}\n`,
  },
  bcc: {
    head: "Sampling at 99 Hertz of all threads by user + kernel stack... Hit Ctrl-C to end.\n\n",
    record: (path, random, i) =>
      `${leafFirst(path, (fn) => `    ${nameOf(fn)}\n`)}    -                worker (${7000 + (i % 4)})\n        ${1 + random(90)}\n\n`,
  },
};

/** A profile of `samples` stacks in one of the formats that we write ourselves. */
async function written(file, writer, samples, { ProfileBuilder, writerById }) {
  const builder = new ProfileBuilder("each");
  const type = builder.valueType("cpu", "nanoseconds");
  const frames = Array.from({ length: FUNCTIONS + 1 }, (_, fn) =>
    builder.frame({
      name: builder.string(nameOf(fn)),
      file: builder.string(`src/m${fn % 200}.cc`),
      line: fn,
    }),
  );
  let left = samples;
  eachStack(5, (path, random) => {
    const stack = path.reduce((parent, fn) => builder.stack(parent, frames[fn]), -1);
    builder.sampleOf(stack, type, 1e6 * (1 + random(90)));
    return --left > 0;
  });
  const out = openSync(`${file}.part`, "w");
  const sink = { write: (bytes) => void writeSync(out, bytes) };
  await writerById(writer).write(builder.finish(), sink, {});
  closeSync(out);
  renameSync(`${file}.part`, file);
}

/** A call graph in which every function calls some two hundred others. */
function callgrind(file, bytes) {
  const random = randomFrom(29);
  const out = openSync(`${file}.part`, "w");
  let written = writeSync(
    out,
    "# callgrind format\nversion: 1\ncreator: bench\nevents: Ir\n\nfl=(1) app.cc\n",
  );
  for (let fn = 1; written < bytes; fn++) {
    let text = `fn=(${fn}) ${nameOf(fn)}\n${1 + random(900)} ${random(1e6)}\n`;
    for (let call = 0; call < 200; call++) {
      const callee = 1 + random(fn);
      text += `cfn=(${callee})\ncalls=${1 + random(99)} ${1 + random(900)}\n${1 + random(900)} ${random(1e7)}\n`;
    }
    written += writeSync(out, text);
  }
  closeSync(out);
  renameSync(`${file}.part`, file);
}

/** By name of the input: reader, and how such a file is made. */
export const textInputs = Object.fromEntries(
  Object.entries(records).map(([name, record]) => [
    name,
    { reader: name, write: (file, bytes) => write(file, bytes, record) },
  ]),
);

/** The same for formats that need more than stacks in a row. */
export const otherInputs = {
  pprof: { reader: "pprof", write: (file, bytes, core) => written(file, "pprof", bytes / 66, core) },
  otlp: {
    reader: "otlp-profiles",
    write: (file, bytes, core) => written(file, "otlp-profiles", bytes / 90, core),
  },
  callgrind: { reader: "callgrind", write: callgrind },
};
