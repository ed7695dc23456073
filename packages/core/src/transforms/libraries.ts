import { FrameKind, type Profile } from "../model/profile.ts";
import { withNamedFrames } from "./named-frames.ts";
import { foreignFrames } from "./own-code.ts";
import { rebuildStacks, withStacks } from "./rebuild.ts";

/**
 * The library that each frame belongs to, or undefined where nothing tells: the base name of its mapping, else
 * the package that its file's path names, else `kernel` by kind, else the package in front of its name.
 */
export function frameLibraries({ frames, strings, mappings }: Profile): (string | undefined)[] {
  const modules = mappings.map(({ path }) => baseName(path));
  const byFile = new Map<number, string | undefined>();
  const byName = new Map<number, string | undefined>();
  return Array.from({ length: frames.length }, (_, frame) => {
    const module = modules[frames.mapping[frame]!];
    if (module !== undefined && module !== "") return module;
    const file = frames.file[frame]!;
    const fromFile = file === 0 ? undefined : memo(byFile, file, () => packageOfFile(strings.get(file)));
    if (fromFile !== undefined) return fromFile;
    if (frames.kind[frame] === FrameKind.kernel) return "kernel";
    const name = frames.name[frame]!;
    return memo(byName, name, () => packageOfName(strings.get(name)));
  });
}

/**
 * Makes one frame `[library]` of neighbouring frames of one library. `library` names the one to collapse; without
 * it every library is collapsed whose frames are not the user's own (see {@link foreignFrames}).
 *
 * ```
 *   main;json.parse;json.lex;json.read      main;[json]
 * ```
 */
export function collapseLibraries(profile: Profile, library?: string): Profile {
  const foreign = library === undefined ? foreignFrames(profile) : undefined;
  const libraryOf = frameLibraries(profile).map((name, frame) => {
    if (name === undefined || (foreign !== undefined && foreign[frame] === 0)) return undefined;
    return library === undefined || name === library ? name : undefined;
  });
  const distinct = [...new Set(libraryOf.filter((name) => name !== undefined))];
  if (distinct.length === 0) return profile;
  const { frames, strings, rows } = withNamedFrames(
    profile,
    distinct.map((name) => `[${name}]`),
  );
  const frameOf = new Map(distinct.map((name, i) => [name, rows[i]!]));
  const collapsed = Int32Array.from(libraryOf, (name) => (name === undefined ? -1 : frameOf.get(name)!));
  /** Frame on top of each new row. */
  const top = new Int32Array(profile.stacks.length);
  const rebuilt = rebuildStacks(profile.stacks, (parent, frame, _, into) => {
    const own = collapsed[frame]! < 0 ? frame : collapsed[frame]!;
    if (own !== frame && parent >= 0 && top[parent] === own) return parent;
    const row = into.add(parent, own);
    top[row] = own;
    return row;
  });
  return withStacks({ ...profile, frames, strings }, rebuilt);
}

function memo<T>(known: Map<number, T>, key: number, make: () => T): T {
  if (known.has(key)) return known.get(key)!;
  const made = make();
  known.set(key, made);
  return made;
}

function baseName(path: string): string {
  return path.replace(/^.*[/\\](?=.)/s, "");
}

/** Package managers' folders; the last one in a path counts, because packages bring packages. */
const PACKAGE_FOLDERS: readonly RegExp[] = [
  /^.*[/\\]node_modules[/\\]((?:@[^/\\]+[/\\])?[^/\\]+)[/\\]/s,
  /^.*[/\\](?:site|dist)-packages[/\\]([^/\\]+?)(?:\.py)?(?:[/\\]|$)/s,
  /^.*[/\\]pkg[/\\]mod[/\\](.+?)@[^/\\]+[/\\]/s,
  /^.*[/\\]\.cargo[/\\]registry[/\\]src[/\\][^/\\]+[/\\]([^/\\]+?)-\d[^/\\]*[/\\]/s,
  /^.*[/\\]gems[/\\]([^/\\]+?)-\d[^/\\]*[/\\]/s,
];

function packageOfFile(path: string): string | undefined {
  if (path.startsWith("node:")) return "node";
  for (const folder of PACKAGE_FOLDERS) {
    const name = folder.exec(path)?.[1];
    if (name !== undefined) return name.replaceAll("\\", "/");
  }
  return undefined;
}

/** `java.util.HashMap.get` → `java.util`; `net/http.(*conn).serve` → `net/http`; `tokio::park` → `tokio`. */
function packageOfName(name: string): string | undefined {
  const java = /^((?:[a-z_][\w$]*[./])+)[A-Z]/.exec(name)?.[1];
  if (java !== undefined) return java.slice(0, -1).replaceAll("/", ".");
  const go = /^([\w.~-]+(?:\/[\w.~-]+)*?)\.(?:\(|[A-Za-z_]\w*(?:$|[.[(]))/.exec(name)?.[1];
  if (go !== undefined && !name.includes("::")) return go;
  return /^<?([A-Za-z_]\w*)::/.exec(name)?.[1];
}
