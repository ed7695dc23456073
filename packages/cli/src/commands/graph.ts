import { FlambeauError, type Note, type Profile, renderErrorSvg, VALUES_UNREAD } from "@flambeau/core";
import type { Command } from "commander";
import { drawProfile } from "../draw.ts";
import { readProfiles } from "../io/read.ts";
import { openOutput } from "../io/sink.ts";
import { mergeInputs } from "../merge-inputs.ts";
import { nameOf } from "../names.ts";
import {
  addFilterOptions,
  applyFilters,
  type FilterValues,
  samplesNeeded,
  valuesNeeded,
} from "../options/filters.ts";
import {
  addDiffColorOptions,
  addDrawOptions,
  type DrawValues,
  FLAMEGRAPH_OPTIONS,
} from "../options/graph.ts";
import { addInputOptions, type InputValues } from "../options/input.ts";
import { sayNotes } from "../report/terminal.ts";
import { type CommandModule, newCommand, withExamples } from "./command.ts";

interface Values extends InputValues, FilterValues, DrawValues {
  readonly output?: string;
}

export const graph: CommandModule = {
  dropIn: FLAMEGRAPH_OPTIONS,
  create(): Command {
    const command = newCommand(
      "flambeau graph",
      "Draws a flame graph as an interactive SVG. The input is folded stacks or any profile; several inputs merge; two counts per line make a differential.",
    )
      .argument("[file...]", 'folded stacks or profiles; "-" or none: standard input')
      .option(
        "-o, --output <file>",
        "where to (default: standard output); .html: the whole viewer, not an SVG",
      );
    addInputOptions(command);
    addDrawOptions(command);
    addDiffColorOptions(command);
    addFilterOptions(command).action(run);
    return withExamples(
      command,
      `flambeau graph out.folded > flame.svg
       perf script | flambeau fold | flambeau graph --title "CPU, web-7" > flame.svg
       offcputime -df -p PID 30 | flambeau graph --color=io --title="Off-CPU" --countname=us > off.svg
       flambeau difffolded before.folded after.folded | flambeau graph --negate > diff.svg
       flambeau graph --reverse --inverted --hash cpu.pb.gz -o by-leaf.svg`,
    );
  },
};

async function run(paths: readonly string[], values: Values): Promise<void> {
  try {
    await draw(paths, values);
  } catch (error) {
    if (error instanceof FlambeauError && isAboutInput(error)) await explain(error, values);
    throw error;
  }
}

async function draw(paths: readonly string[], values: Values): Promise<void> {
  // Unsorted siblings stand in the order of the input, which several threads do not keep.
  const reading = values.sort === false ? { ...values, threads: 1 } : values;
  const asPage = /\.html?$/i.test(values.output ?? "");
  const profiles = await readProfiles(
    paths,
    reading,
    asPage ? { samples: "each" } : { samples: samplesNeeded(values), values: valuesNeeded(paths, values) },
  );
  if (values.type === undefined) sayNotes(profiles.flatMap(unread), values.quiet);
  const merged = applyFilters(mergeInputs(profiles, values), values);
  const sink = openOutput(values.output);
  if (asPage) {
    const { writePage } = await import("../view/packed.ts");
    return writePage([{ name: values.title ?? nameOf(paths), profile: merged }], sink);
  }
  await drawProfile(merged, { widthBy: "head", ...values }, sink);
  await sink.close();
}

/** What the picture leaves out because it shows one value type. */
function unread({ notes }: Profile): Note[] {
  return notes.filter(({ code }) => code === VALUES_UNREAD);
}

/** True where there is nothing to draw: then a picture says so, as flamegraph.pl does. */
function isAboutInput({ code }: FlambeauError): boolean {
  return code !== "usage" && code !== "io";
}

async function explain(error: FlambeauError, values: Values): Promise<void> {
  const sink = openOutput(values.output);
  await sink.write(new TextEncoder().encode(renderErrorSvg(error.describe())));
  await sink.close();
}
