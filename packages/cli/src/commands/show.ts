import { basename } from "node:path";
import { type Profile, withRootFrame } from "@flambeau/core";
import { type Command, Option } from "commander";
import { chooseTarget, keepsTime, type Target, targetIds } from "../io/output.ts";
import { readProfiles } from "../io/read.ts";
import { mergeInputs } from "../merge-inputs.ts";
import { nameOf, nameOfFile } from "../names.ts";
import { addFilterOptions, applyFilters, type FilterValues, samplesNeeded } from "../options/filters.ts";
import {
  addDiffColorOptions,
  addDrawOptions,
  type DrawValues,
  FLAMEGRAPH_OPTIONS,
} from "../options/graph.ts";
import { addInputOptions, type InputValues } from "../options/input.ts";
import { isGiven, port } from "../options/values.ts";
import { writeResult } from "../result.ts";
import { type PlaceValues, resultPlace, tellPlace } from "../result-place.ts";
import type { NamedProfile } from "../view/packed.ts";
import type { ServedProfile } from "../view/server.ts";
import type { ViewValues } from "../view/view.ts";
import { type CommandModule, newCommand, withExamples } from "./command.ts";

/** Where a result goes that is to be looked at. */
export interface ShowValues extends ViewValues, PlaceValues {
  readonly to?: string;
}

interface Values extends InputValues, FilterValues, DrawValues, ShowValues {
  readonly separate?: true;
}

export const show: CommandModule = {
  dropIn: FLAMEGRAPH_OPTIONS,
  create(): Command {
    const command = newCommand(
      "flambeau",
      "Opens profiles in the viewer, in the browser; or writes them as a page of its own, a picture, or in another format.",
    )
      .argument("[file...]", 'profile files; "-": standard input. In a picture, several merge')
      .option("--separate", "several files side by side, each below a frame with its name");
    addShowOptions(command);
    addInputOptions(command);
    addFilterOptions(command);
    addPictureOptions(command).action(run);
    return withExamples(
      command,
      `flambeau cpu.pb.gz
       flambeau cpu.pb.gz -o cpu.html
       flambeau cpu.pb.gz -o cpu.svg
       flambeau worker-*.cpuprofile --separate -o workers.svg
       flambeau heap.pb.gz --type inuse_space --focus parse
       perf script | flambeau - -o cpu.speedscope.json`,
    );
  },
};

/** -o, --to, and how the viewer is opened: for this command and `diff`. */
export function addShowOptions(command: Command): Command {
  return command
    .option("-o, --output <file>", "write it there; the ending says the format, .html is the whole viewer")
    .addOption(new Option("--to <format>", "the output's format").choices(targetIds()))
    .option("--open", "open it in the browser (default: where -o is not given, and there is a browser)")
    .option("--no-open", "only say where it is")
    .option("--port <n>", "the viewer's port on 127.0.0.1 (default: a free one)", port)
    .option("--once", "end when the viewer's page has been closed");
}

function addPictureOptions(command: Command): Command {
  return addDiffColorOptions(addDrawOptions(command));
}

/** True where the viewer is meant: no place, no format, and nothing that only a picture has. */
export function meansViewer(values: ShowValues, command: Command): boolean {
  return values.output === undefined && values.to === undefined && !isGiven(command, addPictureOptions);
}

async function run(paths: readonly string[], values: Values, command: Command): Promise<void> {
  if (meansViewer(values, command)) return look(paths, values, isGiven(command, addFilterOptions));
  const target: Target = chooseTarget(values.output, values.to) ?? { kind: "svg" };
  if (target.kind === "html") return writeApart(paths, values);
  const samples = keepsTime(target) ? "each" : samplesNeeded(values);
  const profiles = await readProfiles(paths, values, { samples });
  const apart = values.separate === true ? underNames(profiles, paths) : profiles;
  const merged = applyFilters(mergeInputs(apart, values), values);
  const place = resultPlace(target, pictureName(paths, target), values);
  await writeResult(merged, target, place, nameOf(paths), values);
  await tellPlace(place, target, values);
}

/** Opens the viewer; where nobody can look at it, leaves it in a file and says where. */
async function look(paths: readonly string[], values: Values, filtered: boolean): Promise<void> {
  const { canView, view } = await import("../view/view.ts");
  if (!canView(values)) return writeApart(paths, values);
  const named = values.from !== undefined || values.entry !== undefined;
  const asIs = !filtered && values.separate !== true && !named;
  await view(
    asIs ? await serveFiles(paths, values) : await serveProfiles(await readApart(paths, values)),
    values,
  );
}

/** Files as they are, for the browser to read; what can be read only once is read here. */
async function serveFiles(paths: readonly string[], values: Values): Promise<ServedProfile[]> {
  const { servedFile } = await import("../view/view.ts");
  const served: ServedProfile[] = [];
  for (const path of paths.length === 0 ? ["-"] : paths) {
    const file = await servedFile(path);
    served.push(...(file === undefined ? await serveProfiles(await readApart([path], values)) : [file]));
  }
  return served;
}

async function serveProfiles(profiles: readonly NamedProfile[]): Promise<ServedProfile[]> {
  const { servedProfile } = await import("../view/view.ts");
  return Promise.all(profiles.map(servedProfile));
}

/** The viewer in a file, with every profile for itself unless they are to stand side by side. */
async function writeApart(paths: readonly string[], values: Values): Promise<void> {
  const [{ openTarget }, { writePage }] = await Promise.all([
    import("../io/output.ts"),
    import("../view/packed.ts"),
  ]);
  const profiles = await readApart(paths, values);
  const target: Target = { kind: "html" };
  const place = resultPlace(target, pictureName(paths, target), values);
  await writePage(profiles, openTarget(place, target));
  await tellPlace(place, target, values);
}

/** Reads the files with every sample, because the viewer shows time, too. */
async function readApart(paths: readonly string[], values: Values): Promise<NamedProfile[]> {
  const profiles = await readProfiles(paths, values, { samples: "each" });
  if (values.separate !== true) {
    return profiles.map((profile, i) => ({
      name: nameOfFile(paths[i] ?? "-"),
      profile: applyFilters(profile, values),
    }));
  }
  const merged = mergeInputs(underNames(profiles, paths), values);
  return [{ name: nameOf(paths), profile: applyFilters(merged, values) }];
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

function pictureName(paths: readonly string[], { kind }: Target): string {
  const first = basename(paths[0] ?? "-").replace(/[^\w.-]/g, "_");
  return `${first === "-" ? "profile" : first}.${kind === "html" ? "html" : "svg"}`;
}
