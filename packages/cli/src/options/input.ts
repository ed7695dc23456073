import { availableParallelism } from "node:os";
import { type Command, Option } from "commander";
import { integer } from "./values.ts";

/** Options of every command that reads profiles. */
export interface InputValues {
  readonly from?: string;
  readonly entry?: string;
  readonly threads: number;
  readonly quiet?: true;
  readonly plain?: true;
  readonly symfs?: string;
  readonly kallsyms?: string;
  /** False: --no-symbols. */
  readonly symbols: boolean;
}

/** More threads than this wait for each other when their tables are merged. */
const MOST_THREADS = 4;

export function addInputOptions(command: Command): Command {
  return command
    .option("--from <format>", "the input's format (default: found by its content)")
    .option("--entry <name>", "the file to read in a zip archive that holds several")
    .addOption(
      new Option("--threads <n>", "threads that read a large file at most")
        .argParser(integer(1))
        .default(Math.min(MOST_THREADS, availableParallelism()), `cores, at most ${MOST_THREADS}`),
    )
    .option(
      "--symfs <dir>",
      "where the files of the recording's machine are (perf.data: binaries, perf-PID.map)",
    )
    .option("--kallsyms <file>", "functions of the recorded kernel: a copy of its /proc/kallsyms")
    .option("--no-symbols", "do not look for names of functions in other files")
    .option("-q, --quiet", "do not say what was skipped or approximated")
    .addOption(new Option("--plain", "read without WebAssembly").hideHelp());
}
