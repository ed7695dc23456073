import { type CodeNames, type CodePlace, callsAt } from "../../codec/code-names.ts";
import { inlinedNames, kindOfModule } from "../../codec/perf-modules.ts";
import { rowsByKey } from "../../codec/rows-by-key.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FrameKind, type FrameKindCode } from "../../model/profile.ts";
import type { Places } from "./places.ts";
import type { Recording } from "./recording.ts";
import type { NamingOptions, Session } from "./session.ts";

/** What all frames of a module have in common. */
interface FrameModule {
  readonly mapping: number;
  readonly kind: FrameKindCode;
  readonly names: CodeNames | undefined;
  /** Of code that has its name from the recording. */
  readonly name: string | undefined;
  nameless: number;
}

/**
 * The frames of every place, outermost first: one, or those that a compiler inlined into each other. Every module's names
 * are opened once.
 */
export async function framesOfPlaces(
  { places, modules }: Session,
  recording: Recording,
  into: ProfileBuilder,
  notes: Notes,
  options: NamingOptions,
): Promise<(readonly number[])[]> {
  const known = new Map<number, FrameModule>();
  const frames: (readonly number[])[] = [];
  const wanted = addressesByModule(places);
  for (let place = 0; place < places.length; place++) {
    const row = places.moduleOf(place);
    let module = known.get(row);
    if (module === undefined) {
      module = await open(row);
      known.set(row, module);
    }
    const within = addressWithin(places, place);
    const { name } = module;
    const calls =
      name === undefined
        ? callsAt(module.names, within, places.timeOf(place))
        : [{ name, file: "", line: 0 }];
    frames.push(framesOf(calls, place, module));
  }
  noteNameless(known);
  return frames;

  async function open(row: number): Promise<FrameModule> {
    if (row < 0) {
      return { mapping: -1, kind: FrameKind.unknown, names: undefined, name: undefined, nameless: 0 };
    }
    const request = modules.request(row, recording.buildIds);
    const { path, buildId } = request;
    const { name } = modules.all[row]!;
    return {
      mapping: path === "" ? -1 : into.mapping({ path, buildId }),
      kind: kindOfModule(path),
      names:
        name === undefined ? await options.names?.open(request, notes, wanted.get(row)?.sort()) : undefined,
      name,
      nameless: 0,
    };
  }

  function framesOf(
    calls: readonly CodePlace[] | undefined,
    place: number,
    module: FrameModule,
  ): readonly number[] {
    const { mapping, kind } = module;
    if (calls === undefined || calls[0]!.name === "") {
      module.nameless++;
      const kept = options.addresses ? places.exactAddress(place) : 0n;
      const nothing = mapping < 0 && kept === 0n;
      return [into.frame({ name: nothing ? into.string("[unknown]") : 0, mapping, kind, address: kept })];
    }
    if (kind === FrameKind.jit && calls.length === 1) {
      const { name } = calls[0]!;
      const names = name.includes("->") ? inlinedNames(name) : [name];
      const own = names.length === 0 ? [name] : names;
      return own.map((text, i) => into.frame({ name: into.string(text), mapping, kind, inlined: i > 0 }));
    }
    return calls
      .map(({ name, file, line }, i) =>
        into.frame({
          name: into.string(name),
          file: into.string(file),
          line,
          mapping,
          kind,
          inlined: i < calls.length - 1,
        }),
      )
      .reverse();
  }

  function noteNameless(all: ReadonlyMap<number, FrameModule>): void {
    const without = [...all].filter(([row, module]) => row >= 0 && module.nameless > 0);
    const count = without.reduce((sum, [, module]) => sum + module.nameless, 0);
    if (count === 0) return;
    without.sort(([, a], [, b]) => b.nameless - a.nameless);
    const paths = without.slice(0, MOST_PATHS).map(([row]) => modules.all[row]!.path);
    const more = without.length > paths.length ? ` and ${without.length - paths.length} more` : "";
    const hint =
      options.names === undefined
        ? "perf.data holds addresses only: read it with the flambeau command on the machine where it was recorded, or read the text of perf script"
        : "their symbols were not found: give a folder that holds the files with --symfs";
    const message = `addresses have no function names, in ${paths.join(", ")}${more}; ${hint}`;
    notes.add("information", "no-function-names", message, undefined, count);
  }
}

/** Where the place's own code is: a return address belongs to the call before it. */
function addressWithin(places: Places, place: number): number {
  const address = places.addressOf(place);
  return places.isReturn(place) ? address - 1 : address;
}

function addressesByModule(places: Places): Map<number, Float64Array> {
  const modules = Int32Array.from({ length: places.length }, (_, place) => places.moduleOf(place));
  const { start, rows } = rowsByKey(
    modules.map((row) => row + 1),
    modules.length,
    modules.reduce((most, row) => Math.max(most, row + 2), 1),
  );
  const found = new Map<number, Float64Array>();
  for (let key = 0; key + 1 < start.length; key++) {
    const own = rows.subarray(start[key]!, start[key + 1]!);
    found.set(
      key - 1,
      Float64Array.from(own, (place) => addressWithin(places, place)),
    );
  }
  return found;
}

/** Paths that a note lists. */
const MOST_PATHS = 4;
