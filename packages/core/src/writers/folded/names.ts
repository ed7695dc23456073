import { FrameKind, type Profile, type Thread } from "../../model/profile.ts";
import { StringInterner, type StringTable } from "../../model/strings.ts";
import type { NameTable } from "../../transforms/flame-tree.ts";
import type { FrameNaming } from "../../transforms/names.ts";

import { tidyName } from "./tidy.ts";

/** How frames and threads are named in folded lines: the options of stackcollapse-perf.pl. */
export interface FoldedNames {
  /** `_[k]` behind kernel functions. Default: only where the input was annotated. */
  readonly kernel?: boolean | undefined;
  /** `_[j]` behind functions compiled at run time. */
  readonly jit?: boolean | undefined;
  /** `_[i]` behind every inlined function; default: those of the JIT's own maps, as the Perl script has it. */
  readonly inlined?: boolean | undefined;
  /** `[libc.so <7f3a…>]` for frames without a symbol. */
  readonly addresses?: boolean | undefined;
  /** `function:file:line`, where the input has lines. */
  readonly lines?: boolean | undefined;
  /** Cut arguments off. Default: for `perf script`, whose symbols come with them. */
  readonly tidy?: boolean | undefined;
  /** What a thread's root frame says. Default: its name, where threads are roots. */
  readonly thread?: "name" | "pid" | "tid" | "none" | undefined;
}

const LETTERS: ReadonlyMap<number, string> = new Map([
  [FrameKind.kernel, "k"],
  [FrameKind.jit, "j"],
  [FrameKind.interpreted, "0"],
  [FrameKind.c1, "1"],
  [FrameKind.waker, "w"],
]);

/** Names every frame as its folded line shows it; frames that read the same are one name. */
export function foldedNaming(profile: Profile, options: FoldedNames): FrameNaming {
  const { frames } = profile;
  const names = new StringInterner();
  const row = new Int32Array(frames.length);
  for (let frame = 0; frame < frames.length; frame++) {
    const plain = plainBytes(profile, frame, options);
    if (plain !== undefined) row[frame] = names.addBytes(plain, 0, plain.length);
    else row[frame] = names.add(labelOf(profile, frame, options) + annotation(profile, frame, options));
  }
  return { row, names: new FoldedNameTable(names.finish()) };
}

/** The bytes of a name that needs no change: invalid UTF-8 stays what it is. */
function plainBytes(profile: Profile, frame: number, options: FoldedNames): Uint8Array | undefined {
  const { frames, strings } = profile;
  const name = frames.name[frame]!;
  if (name === 0 || options.lines === true || annotation(profile, frame, options) !== "") return undefined;
  const bytes = strings.view(name);
  if (options.addresses === true && bytes[0] === 0x5b) return undefined; // it may be [unknown]
  for (const byte of bytes) {
    // A semicolon or a line end would make another stack of it; tidying begins at a parenthesis or an L.
    if (byte === 0x3b || byte < 0x20 || (byte === 0x28 && tidies(profile, options))) return undefined;
  }
  return bytes[0] === 0x4c && tidies(profile, options) ? undefined : bytes;
}

function tidies(profile: Profile, options: FoldedNames): boolean {
  return options.tidy ?? profile.meta.format === "perf-script";
}

function labelOf(profile: Profile, frame: number, options: FoldedNames): string {
  const { frames, strings, mappings } = profile;
  const name = frames.name[frame]!;
  const address = frames.address[frame]!;
  if (name === 0 || strings.get(name) === "[unknown]") {
    const path = mappings[frames.mapping[frame]!]?.path ?? "";
    const module = path.slice(path.lastIndexOf("/") + 1) || "unknown";
    return options.addresses === true ? `[${module} <${address.toString(16)}>]` : `[${module}]`;
  }
  const text = strings.get(name);
  const tidied = tidies(profile, options) ? tidyName(text) : text.replace(/;/g, ":");
  const place = options.lines === true ? placeOf(profile, frame) : "";
  return `${tidied}${place}`.replace(/[\0-\x1f]/g, " ");
}

function placeOf({ frames, strings }: Profile, frame: number): string {
  if (frames.file[frame] === 0) return "";
  return `:${strings.get(frames.file[frame]!)}:${frames.line[frame]}`;
}

function annotation(profile: Profile, frame: number, options: FoldedNames): string {
  const { frames, meta } = profile;
  const kind = frames.kind[frame]!;
  const annotated = meta.annotated === true;
  if (frames.inlined[frame] === 1 && (options.inlined ?? (annotated || kind === FrameKind.jit)))
    return "_[i]";
  if (kind === FrameKind.kernel && (options.kernel ?? annotated)) return "_[k]";
  if (kind === FrameKind.jit && (options.jit ?? annotated)) return "_[j]";
  if (kind !== FrameKind.kernel && kind !== FrameKind.jit && annotated && LETTERS.has(kind))
    return `_[${LETTERS.get(kind)}]`;
  return "";
}

/** The root frame of a thread's stacks: `V8_Worker`, `V8_Worker-24636`, `V8_Worker-24636/25607`. */
export function threadLabel(thread: Thread | undefined, style: "name" | "pid" | "tid"): string | undefined {
  if (thread === undefined) return undefined;
  const name = (thread.name || thread.process || "[unnamed]").replace(/[ \0-\x1f]/g, "_").replace(/;/g, ":");
  const pid = thread.pid ?? "?";
  if (style === "tid") return `${name}-${pid}/${thread.tid ?? "?"}`;
  return style === "pid" ? `${name}-${pid}` : name;
}

class FoldedNameTable implements NameTable {
  readonly length: number;
  readonly #strings: StringTable;

  constructor(strings: StringTable) {
    this.#strings = strings;
    this.length = strings.length;
  }

  text(row: number): string {
    return this.#strings.get(row);
  }

  /** Kinds are in the names here, as annotations. */
  kind(): number {
    return FrameKind.unknown;
  }

  inlined(): boolean {
    return false;
  }

  bytes(row: number): Uint8Array {
    return this.#strings.view(row);
  }
}
