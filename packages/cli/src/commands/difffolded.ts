import {
  diffProfiles,
  FlambeauError,
  foldedWriter,
  type Profile,
  stripHexLabel,
  totalsOf,
} from "@flambeau/core";
import type { Command } from "commander";
import { readProfiles } from "../io/read.ts";
import { openOutput } from "../io/sink.ts";
import { addInputOptions, type InputValues } from "../options/input.ts";
import { type CommandModule, newCommand, withExamples } from "./command.ts";

interface Values extends InputValues {
  readonly output?: string;
  readonly normalize?: true;
  readonly stripHex?: true;
}

export const difffolded: CommandModule = {
  create(): Command {
    const command = newCommand(
      "flambeau difffolded",
      "Joins two folded files (or profiles) into one with two counts per stack, for flambeau graph.",
    )
      .argument("<base>", "before")
      .argument("<head>", "after")
      .option("-n, --normalize", "scale base's counts to head's total, cut to whole numbers")
      .option("-s, --strip-hex", "make addresses in names equal: 0x7f3a becomes 0x...")
      .option("-o, --output <file>", "where to (default: standard output)");
    addInputOptions(command).action(run);
    return withExamples(
      command,
      `flambeau difffolded before.folded after.folded | flambeau graph > diff.svg
       flambeau difffolded -n before.folded after.folded | flambeau graph > diff.svg
       flambeau difffolded after.folded before.folded | flambeau graph --negate > removed.svg`,
    );
  },
};

async function run(base: string, head: string, values: Values): Promise<void> {
  if (base === "-" && head === "-") throw new FlambeauError("usage", "only one side can be standard input");
  const [before, after] = await readProfiles([base, head], values, { samples: "merged", addresses: false });
  const diff = diffProfiles(before!, after!, values.stripHex === true ? { relabel: stripHexLabel } : {});
  const sink = openOutput(values.output);
  await foldedWriter.write(values.normalize === true ? scaled(diff) : diff, sink, {});
  await sink.close();
}

/** Base's counts as difffolded.pl -n has them: int(count · head's total / base's total). */
function scaled(diff: Profile): Profile {
  const sides = diff.meta.differential!;
  const totals = totalsOf(diff);
  const base = totals[sides.base]!;
  const head = totals[sides.head]!;
  if (base === head) return diff;
  if (base === 0) {
    throw new FlambeauError("nothing-left", "base has no weight, so it cannot be scaled to head's total");
  }
  const weights = diff.samples.weights.map((column, type) =>
    type === sides.base ? column.map((count) => Math.trunc((count * head) / base)) : column,
  );
  return { ...diff, samples: { ...diff.samples, weights } };
}
