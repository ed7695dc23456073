import { existsSync, mkdirSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { build, command, install } from "./install.mjs";
import { root, run } from "./run.mjs";

/** The example: what it shows stands in examples/README.md. */
const EXAMPLE = join(root, "examples", "compile.perf.txt.gz");

/** Where the user typed the command; npm itself moves to the root. */
const here = process.env.INIT_CWD ?? process.cwd();

/**
 * Installs, builds and runs the main job: FILE… (default: the example) → flame graph, with a summary of what is
 * in the profile. Options are handed to `flambeau` as they are.
 */
export async function start(args) {
  await install();
  await build();
  const files = args.filter((arg) => existsSync(resolve(here, arg)));
  const inputs = args.length === 0 ? [EXAMPLE] : args;
  const given = args.some((arg) => /^(?:-o|--output|--to|--help|-h)(?:=|$)/.test(arg));
  const out = join(root, "out", `${nameOf(files[0] ?? EXAMPLE)}.svg`);
  if (!given) mkdirSync(join(root, "out"), { recursive: true });
  const drawn = await flambeau(given ? inputs : [...inputs, "-o", out]);
  if (drawn !== 0) process.exit(drawn);
  if (given) return;
  for (const file of args.length === 0 ? [EXAMPLE] : files) {
    const told = await flambeau(["info", file]);
    if (told !== 0) process.exit(told);
  }
  console.log(
    `\nFlame graph: ${display(out)}\nOpen it in a browser. In the viewer: npx flambeau ${args.length === 0 ? display(EXAMPLE) : files.map((file) => display(resolve(here, file))).join(" ")}\nAnother profile: npm start -- FILE`,
  );
}

async function flambeau(args) {
  return (await run(process.execPath, [command(), ...args], { cwd: here })).code;
}

/** `path/to/compile.perf.txt.gz` → `compile`. */
function nameOf(path) {
  return basename(path).replace(/^(.[^.]*).*$/, "$1");
}

function display(path) {
  const short = relative(here, path);
  return short.startsWith("..") ? path : short;
}
