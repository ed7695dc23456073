import { diffProfiles, FlambeauError, type Profile, type SampleMode, stripHexLabel } from "@flambeau/core";
import type { Command } from "commander";
import { chooseTarget, openTarget, type Target } from "../io/output.ts";
import { readProfiles } from "../io/read.ts";
import { mergeInputs } from "../merge-inputs.ts";
import { nameOf } from "../names.ts";
import { addFilterOptions, applyFilters, type FilterValues, samplesNeeded } from "../options/filters.ts";
import {
  addDiffColorOptions,
  addDrawOptions,
  type DrawValues,
  FLAMEGRAPH_OPTIONS,
} from "../options/graph.ts";
import { addInputOptions, type InputValues } from "../options/input.ts";
import { collect } from "../options/values.ts";
import { sayNotes } from "../report/terminal.ts";
import { writeResult } from "../result.ts";
import { resultPlace, tellPlace } from "../result-place.ts";
import type { NamedProfile } from "../view/packed.ts";
import { type CommandModule, newCommand, withExamples } from "./command.ts";
import { addShowOptions, meansViewer, type ShowValues } from "./show.ts";

interface Values extends InputValues, FilterValues, DrawValues, ShowValues {
  readonly before?: readonly string[];
  readonly after?: readonly string[];
  readonly normalize?: true;
  readonly stripHex?: true;
}

export const diff: CommandModule = {
  dropIn: FLAMEGRAPH_OPTIONS,
  create(): Command {
    const command = newCommand(
      "flambeau diff",
      "Draws what changed between two recordings: widths show both sides, colours the change of a function with all it calls.",
    )
      .argument("[base]", "before")
      .argument("[head]", "after")
      .option("--before <file>", "more profiles of the base side (repeatable)", collect)
      .option("--after <file>", "more profiles of the head side (repeatable)", collect)
      .option("-n, --normalize", "scale base to head's total: compares shares, not amounts")
      .option("-s, --strip-hex", "make addresses in names equal: 0x7f3a becomes 0x...");
    addShowOptions(command);
    addInputOptions(command);
    addDiffColorOptions(command);
    addDrawOptions(command)
      .options.find((option) => option.long === "--base")!
      .hideHelp();
    addFilterOptions(command).action(run);
    return withExamples(
      command,
      `flambeau diff before.pb.gz after.pb.gz
       flambeau diff before.pb.gz after.pb.gz -o diff.html
       flambeau diff before.pb.gz after.pb.gz -o diff.svg
       flambeau diff --normalize monday.folded tuesday.folded
       flambeau diff --width-by head --diff-color self before.folded after.folded -o as-in-perl.svg
       flambeau diff --before b1.pb.gz --before b2.pb.gz --after a1.pb.gz --after a2.pb.gz -o diff.svg
       flambeau diff before.pb.gz after.pb.gz --type inuse_space -o diff.folded`,
    );
  },
};

async function run(
  base: string | undefined,
  head: string | undefined,
  values: Values,
  command: Command,
): Promise<void> {
  const before = [base, ...(values.before ?? [])].filter((path) => path !== undefined);
  const after = [head, ...(values.after ?? [])].filter((path) => path !== undefined);
  if (before.length === 0 || after.length === 0) {
    throw new FlambeauError("usage", "a comparison needs two profiles", {
      hint: "flambeau diff BASE HEAD, or --before FILE and --after FILE.",
    });
  }
  const sides: Sides = { before, after };
  const inViewer = meansViewer(values, command);
  const target = chooseTarget(values.output, values.to) ?? { kind: inViewer ? "html" : "svg" };
  if (target.kind === "html") return showPage(sides, target, inViewer, values);
  const compared = await compare(sides, values);
  const place = resultPlace(target, "diff.svg", values);
  await writeResult(compared, target, place, nameOfSides(sides), { widthBy: "both", ...values });
  await tellPlace(place, target, values);
}

/** The files of both sides. */
interface Sides {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

function nameOfSides({ before, after }: Sides): string {
  return `${nameOf(before)} → ${nameOf(after)}`;
}

async function compare({ before, after }: Sides, values: Values): Promise<Profile> {
  const samples = samplesNeeded(values);
  const bases = await readSide(before, values, samples);
  const heads = await readSide(after, values, samples);
  const compared = diffProfiles(bases, heads, {
    ...(values.normalize === true ? { normalize: true } : {}),
    ...(values.stripHex === true ? { relabel: stripHexLabel } : {}),
    ...(values.groupBy === undefined ? {} : { groupBy: values.groupBy }),
  });
  sayNotes(newNotes(compared, [...bases, ...heads]), values.quiet);
  return compared;
}

/** The viewer with the comparison: served to who can look at it, else in a file. */
async function showPage(sides: Sides, target: Target, inViewer: boolean, values: Values): Promise<void> {
  const [{ canView, servedProfile, view }, { writePage }] = await Promise.all([
    import("../view/view.ts"),
    import("../view/packed.ts"),
  ]);
  const { profiles, first } = await pageOf(sides, values);
  if (inViewer && canView(values)) {
    return view(await Promise.all(profiles.map(servedProfile)), values, first);
  }
  const place = resultPlace(target, "diff.html", values);
  await writePage(profiles, openTarget(place, target), first);
  await tellPlace(place, target, values);
}

/**
 * The page compares by itself, and shows each side and its times, too: it gets both. Only addresses in names it
 * does not make equal.
 */
async function pageOf(
  sides: Sides,
  values: Values,
): Promise<{ readonly profiles: NamedProfile[]; readonly first: string }> {
  if (values.stripHex === true) {
    return { profiles: [{ name: nameOfSides(sides), profile: await compare(sides, values) }], first: "" };
  }
  const side = async (paths: readonly string[]): Promise<NamedProfile> => ({
    name: nameOf(paths),
    profile: mergeInputs(await readSide(paths, values, "each"), values),
  });
  const profiles = [await side(sides.before), await side(sides.after)];
  const first = new URLSearchParams({ profile: "1", base: "0" });
  if (values.normalize === true) first.set("normalize", "true");
  if (values.groupBy !== undefined) first.set("groupBy", values.groupBy);
  return { profiles, first: first.toString() };
}

/** Reads one side's profiles; their frames are grouped when they are compared, not before. */
async function readSide(paths: readonly string[], values: Values, samples: SampleMode): Promise<Profile[]> {
  const { groupBy: _, ...filters } = values;
  const profiles = await readProfiles(paths, values, { samples });
  return profiles.map((profile) => applyFilters(profile, filters));
}

/** What comparing added to the notes, which were shown for each file. */
function newNotes(result: Profile, sources: readonly Profile[]): Profile["notes"] {
  const known = new Set(sources.flatMap((profile) => profile.notes.map((note) => note.code)));
  return result.notes.filter((note) => !known.has(note.code));
}
