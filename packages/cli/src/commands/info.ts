import type { Command } from "commander";
import { readOne } from "../io/read.ts";
import { openOutput } from "../io/sink.ts";
import { STDIN_NAME } from "../io/source.ts";
import { addInputOptions, type InputValues } from "../options/input.ts";
import { printable } from "../report/notes.ts";
import { summarise } from "../report/summary.ts";
import { summaryText } from "../report/summary-text.ts";
import { type CommandModule, newCommand, withExamples } from "./command.ts";

interface Values extends InputValues {
  readonly json?: true;
}

export const info: CommandModule = {
  create(): Command {
    const command = newCommand(
      "flambeau info",
      "Says what is in a profile, and what could not be read of it.",
    )
      .argument("[file...]", 'profile files; "-" or none: standard input')
      .option("--json", "the same as JSON: one object per file, a line each");
    addInputOptions(command).action(run);
    return withExamples(
      command,
      `flambeau info cpu.pb.gz
       flambeau info --json *.folded | jq .samples
       perf script | flambeau info`,
    );
  },
};

async function run(paths: readonly string[], values: Values): Promise<void> {
  const out = openOutput("-");
  for (const path of paths.length === 0 ? ["-"] : paths) {
    const { profile, reader, wrappers } = await readOne(path, values, { samples: "merged" });
    const summary = summarise(profile, path === "-" ? STDIN_NAME : path, reader.title, wrappers);
    const text = values.json === true ? `${JSON.stringify(summary)}\n` : printable(summaryText(summary));
    await out.write(new TextEncoder().encode(text));
  }
}
