// Large profiles for the viewer's benchmark, made by a seeded generator: the same files on every machine.
import { closeSync, existsSync, openSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";

const FUNCTIONS = 20_000;

/** mulberry32 */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const functionName = (id) => `service::module_${id % 97}::Handler${id % 1009}::step_${id}`;

/** Shorter, so that a gigabyte holds a tree of more than ten million nodes. */
const shortName = (id) => `m${id % 97}::Handler${id % 1009}::step_${id}`;

/**
 * Stacks as a program makes them: a random walk over a call graph in which every function calls a few others, some
 * of them much more often, and each stack keeps most of the one before. `variety` (0 to 1) is how evenly callees
 * are chosen: the higher, the more distinct stacks.
 */
export function* stacks({ seed, depth, variety }) {
  const random = randomFrom(seed);
  const stack = [0];
  for (;;) {
    const kept = Math.floor(stack.length * (1 - random() ** 2 * 0.9));
    stack.length = Math.max(1, kept);
    const target = Math.max(2, Math.round(depth * (0.4 + 1.2 * random())));
    while (stack.length < target) {
      const choice = Math.floor(random() ** (1 / variety) * 8);
      const caller = stack[stack.length - 1];
      stack.push(
        1 +
          (((Math.imul(caller + 1, 0x9e3779b1) ^ Math.imul(choice + stack.length, 0x85ebca6b)) >>> 0) %
            (FUNCTIONS - 1)),
      );
    }
    yield stack;
  }
}

/** Writes in pieces of a megabyte. */
class Output {
  #path;
  #file;
  #parts = [];
  #length = 0;
  written = 0;

  constructor(path) {
    this.#path = path;
    this.#file = openSync(`${path}.part`, "w");
  }

  put(text) {
    this.#parts.push(text);
    this.#length += text.length;
    if (this.#length > 1 << 20) this.#flush();
  }

  close() {
    this.#flush();
    closeSync(this.#file);
    renameSync(`${this.#path}.part`, this.#path);
  }

  #flush() {
    const text = this.#parts.join("");
    this.written += writeSync(this.#file, text, null, "latin1");
    this.#parts = [];
    this.#length = 0;
  }
}

/** speedscope's own format, sampled: as py-spy and rbspy write it. */
function speedscope(path, { samples, depth, seed, variety }) {
  const out = new Output(path);
  out.put('{"$schema":"https://www.speedscope.app/file-format-schema.json","shared":{"frames":[');
  for (let id = 0; id < FUNCTIONS; id++)
    out.put(
      `${id > 0 ? "," : ""}{"name":"${functionName(id)}","file":"src/module_${id % 97}.cc","line":${1 + (id % 3000)}}`,
    );
  out.put(
    `]},"profiles":[{"type":"sampled","name":"bench","unit":"nanoseconds","startValue":0,"endValue":${samples * 1_000_000},"samples":[`,
  );
  const walk = stacks({ seed, depth, variety });
  for (let i = 0; i < samples; i++) out.put(`${i > 0 ? "," : ""}[${walk.next().value.join(",")}]`);
  out.put('],"weights":[');
  for (let i = 0; i < samples; i++) out.put(`${i > 0 ? "," : ""}1000000`);
  out.put(']}],"activeProfileIndex":0,"exporter":"flambeau bench","name":"bench"}');
  out.close();
}

/** Folded stacks, a line per sample. */
function folded(path, { bytes, depth, seed, variety, name = functionName }) {
  const names = Array.from({ length: FUNCTIONS }, (_, id) => name(id));
  const out = new Output(path);
  let count = 0;
  for (const stack of stacks({ seed, depth, variety })) {
    let line = names[stack[0]];
    for (let i = 1; i < stack.length; i++) line += `;${names[stack[i]]}`;
    out.put(`${line} ${1 + (count++ % 9)}\n`);
    if (out.written >= bytes) break;
  }
  out.close();
}

/** The benchmark's inputs by name; each is made when it is first asked for. */
const INPUTS = {
  "speedscope-140mb.json": (path) =>
    speedscope(path, { samples: 800_000, depth: 28, seed: 1, variety: 0.03 }),
  "folded-200mb.folded": (path) => folded(path, { bytes: 200e6, depth: 28, seed: 2, variety: 0.5 }),
  "folded-1gb.folded": (path) =>
    folded(path, { bytes: 1000e6, depth: 28, seed: 3, variety: 1, name: shortName }),
};

export function input(name, folder, tell) {
  const path = join(folder, name);
  if (!existsSync(path)) {
    tell(`writing ${path} …`);
    INPUTS[name](path);
  }
  return path;
}
