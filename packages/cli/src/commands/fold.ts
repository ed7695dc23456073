import { type FoldedOptions, foldedWriter, hideInlined, type Profile, trimRoot } from "@flambeau/core";
import { type Command, Option } from "commander";
import { readProfiles } from "../io/read.ts";
import { openOutput } from "../io/sink.ts";
import { mergeInputs } from "../merge-inputs.ts";
import {
  addFilterOptions,
  applyFilters,
  type FilterValues,
  findType,
  samplesNeeded,
  valuesNeeded,
} from "../options/filters.ts";
import { addInputOptions, type InputValues } from "../options/input.ts";
import { collect } from "../options/values.ts";
import { say } from "../report/terminal.ts";
import { type CommandModule, newCommand, withExamples } from "./command.ts";

interface Values extends InputValues, FilterValues {
  readonly output?: string;
  readonly pid?: true;
  readonly tid?: true;
  readonly kernel?: true;
  readonly jit?: true;
  readonly all?: true;
  readonly addrs?: true;
  readonly event?: string;
  readonly eventFilter?: string;
  readonly skipAfter?: readonly string[];
  readonly inline: boolean;
}

export const fold: CommandModule = {
  dropIn: new Set(["pid", "tid", "kernel", "jit", "all", "addrs", "event-filter", "skip-after", "inline"]),
  create(): Command {
    const command = newCommand(
      "flambeau fold",
      "Writes folded stacks: one line per distinct stack, frames from root to leaf joined by semicolons, and a count.",
    )
      .argument("[file...]", 'profile files; "-" or none: standard input')
      .option("-o, --output <file>", "where to (default: standard output)")
      .optionsGroup("As in the stackcollapse scripts:")
      .option("--pid", "process id in the root frame: java-12688")
      .option("--tid", "process and thread id in the root frame: java-12688/12764")
      .option("--kernel", "mark kernel functions: read_[k]")
      .option("--jit", "mark functions compiled at run time: run_[j]")
      .option("--all", "both marks")
      .option("--addrs", "addresses of functions without a name: [libc.so <7f3a…>]")
      .option("--event <event>", "the event to count, where several were recorded (default: the first)")
      .addOption(new Option("--event-filter <event>", "the same").hideHelp())
      .option("--skip-after <function>", "begin stacks at this function (repeatable)", collect)
      .option("--no-inline", "leave inlined functions out")
      .optionsGroup("Options:");
    addInputOptions(command);
    addFilterOptions(command).action(run);
    return withExamples(
      command,
      `perf script | flambeau fold > out.folded
       flambeau fold --all --tid perf-script.txt.gz -o out.folded
       flambeau fold --event sched:sched_switch trace.txt | flambeau graph > switches.svg
       flambeau fold heap.pb.gz --type alloc_space > alloc.folded`,
    );
  },
};

async function run(paths: readonly string[], values: Values): Promise<void> {
  const event = eventOf(values);
  const profiles = await readProfiles(paths, values, {
    samples: samplesNeeded(values),
    addresses: values.addrs === true || values.groupBy === "function+address",
    values:
      values.type !== undefined && event !== undefined
        ? undefined
        : valuesNeeded(paths, values, values.type ?? event),
  });
  const merged = mergeInputs(profiles, values);
  const profile = applyFilters(shaped(merged, values), values);
  const sink = openOutput(values.output);
  await foldedWriter.write(profile, sink, foldedOptions(profile, values));
  await sink.close();
}

/** The options of the Perl scripts that change the stacks themselves. */
function shaped(profile: Profile, values: Values): Profile {
  const trimmed = values.skipAfter === undefined ? profile : trimRoot(profile, values.skipAfter);
  return values.inline ? trimmed : hideInlined(trimmed);
}

function eventOf({ event, eventFilter }: Values): string | undefined {
  return event ?? eventFilter;
}

function foldedOptions(profile: Profile, values: Values): FoldedOptions {
  const event = eventOf(values);
  const valueType = event === undefined ? undefined : findType(profile, event);
  if (valueType === undefined && values.type === undefined) sayOtherEvents(profile, values);
  return {
    ...(valueType === undefined ? {} : { valueType }),
    ...(values.kernel === true || values.all === true ? { kernel: true } : {}),
    ...(values.jit === true || values.all === true ? { jit: true } : {}),
    ...(values.addrs === true ? { addresses: true } : {}),
    ...(values.tid === true ? { thread: "tid" } : values.pid === true ? { thread: "pid" } : {}),
  };
}

/** Folded stacks hold one value type: says so where another was measured as well, not merely counted. */
function sayOtherEvents({ valueTypes, meta }: Profile, { quiet }: Values): void {
  if (quiet === true || meta.differential !== undefined) return;
  const eventOfType = (name: string): string => name.replace(/[ _]?samples$/, "");
  const chosen = valueTypes[meta.defaultValueType];
  const others = new Set(valueTypes.map((type) => eventOfType(type.name)));
  others.delete("");
  if (chosen !== undefined) others.delete(eventOfType(chosen.name));
  if (chosen === undefined || others.size === 0) return;
  say(`flambeau: note: only ${chosen.name} was folded, not ${[...others].join(", ")}; choose with --event`);
}
