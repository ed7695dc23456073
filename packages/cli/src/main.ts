import { readFileSync } from "node:fs";
import type { CommandModule } from "./commands/command.ts";
import { openOutput } from "./io/sink.ts";
import { normaliseArguments } from "./options/normalise.ts";
import { ExitCode, reportFailure } from "./report/failure.ts";

interface Entry {
  readonly summary: string;
  load(): Promise<CommandModule>;
}

/** The subcommands; each is loaded only when it is called, so that a start costs little. */
const commands: ReadonlyMap<string, Entry> = new Map([
  [
    "info",
    { summary: "say what is in a profile", load: async () => (await import("./commands/info.ts")).info },
  ],
  [
    "fold",
    {
      summary: "profile → folded stacks (drop-in for the stackcollapse scripts)",
      load: async () => (await import("./commands/fold.ts")).fold,
    },
  ],
  [
    "graph",
    {
      summary: "folded stacks or any profile → SVG (drop-in for flamegraph.pl)",
      load: async () => (await import("./commands/graph.ts")).graph,
    },
  ],
  [
    "diff",
    {
      summary: "compare two profiles in one flame graph",
      load: async () => (await import("./commands/diff.ts")).diff,
    },
  ],
  [
    "difffolded",
    {
      summary: "two folded files → one with two columns (drop-in for difffolded.pl)",
      load: async () => (await import("./commands/difffolded.ts")).difffolded,
    },
  ],
  [
    "convert",
    {
      summary: "profile → another format",
      load: async () => (await import("./commands/convert.ts")).convert,
    },
  ],
  [
    "serve",
    {
      summary: "keep profiles: the server that profilers push to",
      load: async () => (await import("./commands/serve.ts")).serve,
    },
  ],
  [
    "push",
    {
      summary: "send profiles to a server",
      load: async () => (await import("./commands/push.ts")).push,
    },
  ],
  [
    "query",
    {
      summary: "ask a server: flame graph, table, or file",
      load: async () => (await import("./commands/query.ts")).query,
    },
  ],
]);

/** `flambeau FILE…`: what runs when the first argument names no subcommand. */
async function loadShow(): Promise<CommandModule> {
  return (await import("./commands/show.ts")).show;
}

function overview(): string {
  const rows = [
    ["FILE… [-o OUT]", "open profiles in the viewer, or write OUT"],
    ...[...commands].map(([name, { summary }]) => [name, summary]),
  ];
  const list = rows.map(([call, summary]) => `  flambeau ${call!.padEnd(16)}${summary}`);
  return `Flambeau reads what profilers write, and draws, compares and converts it.

Usage:
${list.join("\n")}

Every command takes --help. "-" as a file, or none, is standard input.

Examples:
  flambeau cpu.pb.gz                                  open it in the viewer, in the browser
  flambeau cpu.pb.gz -o cpu.html                      the viewer and the profile in one file
  flambeau cpu.pb.gz -o cpu.svg                       a picture
  flambeau info cpu.pb.gz                             what is in the file
  perf script | flambeau fold | flambeau graph > flame.svg
  flambeau diff before.pb.gz after.pb.gz -o diff.svg  what has changed
  flambeau convert cpu.cpuprofile -o cpu.speedscope.json

Options:
  -h, --help     show this help
  -V, --version  show the version
`;
}

function version(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return `${(JSON.parse(text) as { version: string }).version}\n`;
}

async function print(text: string): Promise<void> {
  await openOutput("-").write(new TextEncoder().encode(text));
}

async function run(args: readonly string[]): Promise<void> {
  const [first] = args;
  if (first === "--version" || first === "-V" || first === "version") return print(version());
  if (first === "--help" || first === "-h" || (first === "help" && args[1] === undefined)) {
    return print(overview());
  }
  // `flambeau help fold` is `flambeau fold --help`.
  if (first === "help") return run([args[1]!, "--help"]);
  if (first === undefined && process.stdin.isTTY) return print(overview());
  const entry = first === undefined ? undefined : commands.get(first);
  const module = await (entry === undefined ? loadShow() : entry.load());
  const command = module.create();
  const own = entry === undefined ? args : args.slice(1);
  await command.parseAsync(normaliseArguments(command, own, { dropIn: module.dropIn }), { from: "user" });
}

try {
  await run(process.argv.slice(2));
  process.exitCode ??= ExitCode.ok;
} catch (error) {
  process.exitCode = reportFailure(error);
}
