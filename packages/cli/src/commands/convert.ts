import { FlambeauError } from "@flambeau/core";
import { type Command, Option } from "commander";
import { chooseTarget, keepsTime, targetIds } from "../io/output.ts";
import { readProfiles } from "../io/read.ts";
import { mergeInputs } from "../merge-inputs.ts";
import { nameOf } from "../names.ts";
import { addFilterOptions, applyFilters, type FilterValues, samplesNeeded } from "../options/filters.ts";
import { addInputOptions, type InputValues } from "../options/input.ts";

import { writeResult } from "../result.ts";
import { type CommandModule, newCommand, withExamples } from "./command.ts";

interface Values extends InputValues, FilterValues {
  readonly output?: string;
  readonly to?: string;
}

export const convert: CommandModule = {
  create(): Command {
    const command = newCommand(
      "flambeau convert",
      "Writes a profile in another format. Several inputs merge.",
    )
      .argument("[file...]", 'profile files; "-" or none: standard input')
      .option("-o, --output <file>", "where to; its ending says the format (default: standard output)")
      .addOption(new Option("--to <format>", "the output's format").choices(targetIds()));
    addInputOptions(command);
    addFilterOptions(command).action(run);
    return withExamples(
      command,
      `flambeau convert cpu.cpuprofile -o cpu.pb.gz
       flambeau convert worker-*.pb.gz -o all.speedscope.json
       perf script | flambeau convert --to pprof > cpu.pb.gz
       flambeau convert heap.pb.gz --type inuse_space --focus 'json\\.' -o json.folded`,
    );
  },
};

async function run(paths: readonly string[], values: Values): Promise<void> {
  const target = chooseTarget(values.output, values.to);
  if (target === undefined) {
    throw new FlambeauError("usage", "the output's format is not given", {
      hint: `Name a file with -o, or a format: --to ${targetIds().join(", --to ")}.`,
    });
  }
  const samples = keepsTime(target) ? "each" : samplesNeeded(values);
  const profiles = await readProfiles(paths, values, { samples });
  const merged = mergeInputs(profiles, values);
  await writeResult(applyFilters(merged, values), target, values.output, nameOf(paths), {
    sort: true,
    ...values,
  });
}
