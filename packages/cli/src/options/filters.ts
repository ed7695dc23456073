import {
  collapseRecursion,
  FlambeauError,
  filterSamples,
  findValueType,
  focus,
  GROUPINGS,
  type GroupBy,
  groupBy,
  hide,
  ignore,
  type Pattern,
  type Profile,
  prune,
  type SampleMode,
  selectValueType,
  trimRoot,
  type WantedValues,
} from "@flambeau/core";
import { type Command, InvalidArgumentError, Option } from "commander";
import { collectPatterns, duration } from "./values.ts";

/** Options that say which part of a profile is meant. All of them are applied before anything else is done. */
export interface FilterValues {
  readonly type?: string;
  readonly thread?: readonly Pattern[];
  readonly label?: readonly LabelPattern[];
  /** Nanoseconds after the first sample. */
  readonly fromTime?: number;
  readonly toTime?: number;
  readonly focus?: readonly RegExp[];
  readonly ignore?: readonly RegExp[];
  readonly hide?: readonly RegExp[];
  readonly prune?: readonly RegExp[];
  readonly trimRoot?: readonly RegExp[];
  readonly collapseRecursion?: "direct" | "cycles" | true;
  readonly groupBy?: GroupBy;
  readonly threadsAsRoots?: boolean;
}

interface LabelPattern {
  readonly key: string;
  readonly value?: Pattern;
}

export function addFilterOptions(command: Command): Command {
  return command
    .optionsGroup("Selection:")
    .option("--type <name>", "the value type: a name as info shows it (default: the profile's own choice)")
    .option(
      "--thread <name>",
      "samples of this thread: name, tid, pid, or /regex/ (repeatable)",
      collectThreads,
    )
    .option(
      "--label <k=v>",
      "samples with this label; v may be /regex/ or left out (repeatable)",
      collectLabels,
    )
    .option("--from-time <time>", "from this long after the first sample: 1.5s, 20ms", duration)
    .option("--to-time <time>", "up to this long after the first sample", duration)
    .option("--focus <regex>", "samples with a function like this (repeatable: any of them)", collectPatterns)
    .option("--ignore <regex>", "no samples with a function like this (repeatable)", collectPatterns)
    .option("--hide <regex>", "leave such functions out, their callees move up (repeatable)", collectPatterns)
    .option("--prune <regex>", "leave out what such functions call (repeatable)", collectPatterns)
    .option("--trim-root <regex>", "begin stacks at such functions (repeatable)", collectPatterns)
    .addOption(
      new Option("--collapse-recursion [how]", "fold recursion: direct (a;a), or cycles (a;b;a)").choices([
        "direct",
        "cycles",
      ]),
    )
    .addOption(new Option("--group-by <what>", "merge frames by this").choices(GROUPINGS))
    .option("--threads-as-roots", "the thread's name as root frame (default: as usual for the format)")
    .option("--no-threads-as-roots", "no root frame for the thread");
}

/** Whether single samples matter, or may be added up while reading. */
export function samplesNeeded(values: FilterValues & { readonly flamechart?: true }): SampleMode {
  const timed = values.fromTime !== undefined || values.toTime !== undefined;
  return timed || values.flamechart === true ? "each" : "merged";
}

/**
 * Which value types a command needs that shows one of them: all where several inputs have to agree on one, or where times
 * count from the first sample of any.
 */
export function valuesNeeded(
  paths: readonly string[],
  values: FilterValues,
  type: string | undefined = values.type,
): WantedValues | undefined {
  if (values.fromTime !== undefined || values.toTime !== undefined) return undefined;
  if (type === undefined) return paths.length > 1 ? undefined : "default";
  // More than findType means, never less.
  return ({ name, unit }) => `${name}/${unit}`.startsWith(type);
}

/** Applies the options; an error where nothing is left, because nobody wants an empty result. */
export function applyFilters(profile: Profile, values: FilterValues): Profile {
  let result = values.type === undefined ? profile : selectValueType(profile, findType(profile, values.type));
  result = filterBySample(result, values);
  if (values.ignore !== undefined) result = ignore(result, values.ignore);
  if (values.focus !== undefined) result = focus(result, values.focus);
  if (values.trimRoot !== undefined) result = trimRoot(result, values.trimRoot);
  if (values.hide !== undefined) result = hide(result, values.hide);
  if (values.prune !== undefined) result = prune(result, values.prune);
  const recursion = values.collapseRecursion;
  if (recursion !== undefined) result = collapseRecursion(result, recursion === true ? "direct" : recursion);
  if (values.groupBy !== undefined) result = groupBy(result, values.groupBy);
  if (values.threadsAsRoots !== undefined) {
    result = { ...result, meta: { ...result.meta, threadsAreRoots: values.threadsAsRoots } };
  }
  if (result.samples.length === 0 && profile.samples.length > 0) {
    throw new FlambeauError("nothing-left", "no sample passes the filters", {
      hint: "See what the profile holds with: flambeau info FILE",
    });
  }
  return result;
}

/** The row of the value type that the user means; perf's events may be named without what follows `:` or `/`. */
export function findType(profile: Profile, wanted: string): number {
  const names = profile.valueTypes.map((type) => type.name);
  const candidates = [wanted, `${wanted} samples`].map((name) => names.indexOf(name));
  const exact = candidates.find((row) => row >= 0);
  if (exact !== undefined) return exact;
  const modified = names.filter((name) => {
    return /^[:/]/.test(name.slice(wanted.length)) && name.startsWith(wanted) && !name.endsWith(" samples");
  });
  return modified.length === 1 ? names.indexOf(modified[0]!) : findValueType(profile, wanted);
}

function filterBySample(profile: Profile, values: FilterValues): Profile {
  const { thread, label, fromTime, toTime } = values;
  if (thread === undefined && label === undefined && fromTime === undefined && toTime === undefined) {
    return profile;
  }
  const start = fromTime === undefined && toTime === undefined ? 0 : firstTime(profile);
  return filterSamples(profile, {
    threads: thread,
    labels: label,
    from: fromTime === undefined ? undefined : start + fromTime,
    to: toTime === undefined ? undefined : start + toTime,
  });
}

function firstTime({ samples }: Profile): number {
  if (samples.time === undefined) {
    throw new FlambeauError("usage", "the samples of this profile have no times", {
      hint: "Leave out --from-time and --to-time.",
    });
  }
  let first = Number.POSITIVE_INFINITY;
  for (const time of samples.time) if (time < first) first = time;
  return first;
}

/** `/…/` is a regular expression, anything else exactly this text. */
function textOrRegex(text: string): Pattern {
  if (text.length < 3 || !text.startsWith("/") || !text.endsWith("/")) return text;
  return collectPatterns(text.slice(1, -1), undefined)[0]!;
}

function collectThreads(text: string, before: readonly Pattern[] | undefined): readonly Pattern[] {
  return [...(before ?? []), textOrRegex(text)];
}

function collectLabels(text: string, before: readonly LabelPattern[] | undefined): readonly LabelPattern[] {
  const at = text.indexOf("=");
  const key = at < 0 ? text : text.slice(0, at);
  if (key === "") throw new InvalidArgumentError("It has no name before the =.");
  const own = at < 0 ? { key } : { key, value: textOrRegex(text.slice(at + 1)) };
  return [...(before ?? []), own];
}
