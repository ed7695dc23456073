import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { FlambeauError, mergeProfiles, type Profile, withRootFrame } from "@flambeau/core";
import { type Command, Option } from "commander";
import { canOpenBrowser, openInBrowser } from "../io/browser.ts";
import { chooseTarget, type Target, targetIds } from "../io/output.ts";
import { readProfiles } from "../io/read.ts";
import { openOutput } from "../io/sink.ts";
import { addFilterOptions, applyFilters, type FilterValues, samplesNeeded } from "../options/filters.ts";
import {
  addDiffColorOptions,
  addDrawOptions,
  type DrawValues,
  FLAMEGRAPH_OPTIONS,
} from "../options/graph.ts";
import { addInputOptions, type InputValues } from "../options/input.ts";
import { writeResult } from "../result.ts";
import { type CommandModule, newCommand, withExamples } from "./command.ts";

/** Where a result goes that is to be looked at. */
export interface ShowValues {
  readonly output?: string;
  readonly to?: string;
  readonly open?: boolean;
}

interface Values extends InputValues, FilterValues, DrawValues, ShowValues {
  readonly separate?: true;
}

export const show: CommandModule = {
  dropIn: FLAMEGRAPH_OPTIONS,
  create(): Command {
    const command = newCommand(
      "flambeau",
      "Opens the flame graph of a profile in the browser, or writes it (or the profile in another format) to a file.",
    )
      .argument("[file...]", 'profile files; "-": standard input. Several merge')
      .option("--separate", "several files side by side, each below a frame with its name");
    addShowOptions(command);
    addInputOptions(command);
    addFilterOptions(command);
    addDrawOptions(command);
    addDiffColorOptions(command).action(run);
    return withExamples(
      command,
      `flambeau cpu.pb.gz
       flambeau cpu.pb.gz -o cpu.svg
       flambeau worker-*.cpuprofile --separate -o workers.svg
       flambeau heap.pb.gz --type inuse_space --focus parse
       perf script | flambeau - -o cpu.speedscope.json`,
    );
  },
};

/** -o, --to and --open: for this command and `diff`. */
export function addShowOptions(command: Command): Command {
  return command
    .option("-o, --output <file>", "write it there; the ending says the format (default: a temporary SVG)")
    .addOption(new Option("--to <format>", "the output's format").choices(targetIds()))
    .option("--open", "open the picture in the browser (default: where -o is not given)")
    .option("--no-open", "only say where the picture is");
}

async function run(paths: readonly string[], values: Values): Promise<void> {
  const target: Target = chooseTarget(values.output, values.to) ?? { kind: "svg" };
  const samples = target.kind === "svg" ? samplesNeeded(values) : "each";
  const profiles = await readProfiles(paths, values, { samples });
  const apart = values.separate === true ? underNames(profiles, paths) : profiles;
  const merged = apart.length === 1 ? apart[0]! : mergeProfiles(apart);
  await showResult(applyFilters(merged, values), target, pictureName(paths), values);
}

/** Puts each file's stacks below a frame with its name. */
function underNames(profiles: readonly Profile[], paths: readonly string[]): Profile[] {
  const seen = new Map<string, number>();
  return profiles.map((profile, i) => {
    const name = basename(paths[i] ?? "-");
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return withRootFrame(profile, times === 1 ? name : `${name} (${times})`);
  });
}

function pictureName(paths: readonly string[]): string {
  const first = basename(paths[0] ?? "-").replace(/[^\w.-]/g, "_");
  return `${first === "-" ? "profile" : first}.svg`;
}

/** Writes the result; a picture without a place of its own goes to a temporary file and is opened. */
export async function showResult(
  profile: Profile,
  target: Target,
  name: string,
  values: ShowValues & DrawValues & { readonly quiet?: true },
): Promise<void> {
  if (target.kind !== "svg" && values.open === true) {
    throw new FlambeauError("usage", "only a picture can be opened", { hint: "Leave out --open, or --to." });
  }
  const toStdout = values.output === "-" || (values.output === undefined && target.kind !== "svg");
  const place = values.output ?? (toStdout ? "-" : temporaryFile(name));
  await writeResult(profile, target, place, values);
  if (toStdout || (values.output !== undefined && values.open !== true)) return;
  const wanted = values.open ?? canOpenBrowser();
  const opened = wanted && (await openInBrowser(place));
  await openOutput("-").write(new TextEncoder().encode(`${place}\n`));
  if (wanted && !opened)
    throw new FlambeauError("io", `no browser could be started; the picture is ${place}`);
}

function temporaryFile(name: string): string {
  return join(mkdtempSync(join(tmpdir(), "flambeau-")), name);
}
