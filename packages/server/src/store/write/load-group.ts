import { createHash } from "node:crypto";
import { open, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Stretch } from "../engine/engine.ts";
import { type JournalFile, removeJournal, syncFolder } from "./journal-file.ts";
import type { SectionKind } from "./sections.ts";

/** Rows of one kind (samples: of one day) out of one or more journal files. */
export interface GroupedSection {
  readonly kind: SectionKind;
  readonly spans: number;
  readonly stretches: readonly Stretch[];
}

/** Journal files that are loaded together, under one token. */
export interface LoadGroup {
  readonly files: readonly JournalFile[];
  readonly token: string;
  readonly sections: readonly GroupedSection[];
  /** The file that says which files belong together; undefined for a file alone. */
  readonly manifest: string | undefined;
}

/** Bounds of a group: an insert of a million rows is fast, and fits into memory. */
const MAX_SAMPLES = 800_000;
const MAX_BYTES = 96 << 20;
const MAX_FILES = 256;

const MANIFEST_ENDING = ".group";
const LOADED_ENDING = ".loaded";

/** The first files of a queue that make a group of bounded size; at least one. */
export function firstGroup(queue: readonly JournalFile[]): JournalFile[] {
  let samples = 0;
  let bytes = 0;
  const files: JournalFile[] = [];
  for (const file of queue) {
    samples += file.samples;
    bytes += file.bytes;
    if (files.length > 0 && (samples > MAX_SAMPLES || bytes > MAX_BYTES || files.length === MAX_FILES)) break;
    files.push(file);
  }
  return files;
}

/**
 * Fixes a group before it is loaded. Should a crash come before the files are removed, the same files have to be
 * loaded again under the same token; so which ones they are is written down first.
 */
export async function fixGroup(files: readonly JournalFile[], folder: string): Promise<LoadGroup> {
  const [first] = files;
  if (files.length === 1) return { ...grouped(files), token: first!.token, manifest: undefined };
  const manifest = join(folder, `${basename(first!.path)}${MANIFEST_ENDING}`);
  const names = files.map(({ path }) => basename(path));
  const file = await open(manifest, "w");
  try {
    await file.writeFile(JSON.stringify(names));
    await file.datasync();
  } finally {
    await file.close();
  }
  await syncFolder(folder);
  return { ...grouped(files), token: tokenOf(files), manifest };
}

/** What an earlier process had fixed, out of the files it left. */
export interface LeftGroups {
  /** To be loaded as they are. */
  readonly groups: LoadGroup[];
  /** The files that are still there; those of loaded groups are removed. */
  readonly files: JournalFile[];
  /** Groups of which files cannot be read: the others are loaded one by one, and may count twice. */
  readonly broken: string[];
}

/** A manifest that was cut short was not synced, so its load had not begun: its files make new groups. */
export async function leftGroups(files: readonly JournalFile[], folder: string): Promise<LeftGroups> {
  const byName = new Map(files.map((file) => [basename(file.path), file]));
  const left: LeftGroups = { groups: [], files: [], broken: [] };
  for (const name of (await readdir(folder)).sort()) {
    const loaded = name.endsWith(LOADED_ENDING);
    if (!loaded && !name.endsWith(MANIFEST_ENDING)) continue;
    const manifest = join(folder, name);
    const names = parsedNames(await readFile(manifest, "utf8"));
    const members = names.map((member) => byName.get(member)).filter((file) => file !== undefined);
    if (loaded) {
      for (const file of members) await removeJournal(file);
      for (const member of names) byName.delete(member);
      await rm(manifest, { force: true });
    } else if (names.length > 0 && members.length === names.length) {
      left.groups.push({ ...grouped(members), token: tokenOf(members), manifest });
    } else {
      if (names.length > 0) left.broken.push(name);
      await rm(manifest, { force: true });
    }
  }
  left.files.push(...byName.values());
  return left;
}

/** Removes a loaded group. The manifest is renamed first: a crash in between leaves no doubt that it was loaded. */
export async function removeGroup({ files, manifest }: LoadGroup): Promise<void> {
  const loaded = manifest?.replace(MANIFEST_ENDING, LOADED_ENDING);
  if (manifest !== undefined && loaded !== undefined) {
    await rename(manifest, loaded);
    await syncFolder(dirname(manifest));
  }
  for (const file of files) await removeJournal(file);
  if (loaded !== undefined) await rm(loaded, { force: true });
}

function parsedNames(text: string): string[] {
  try {
    const names: unknown = JSON.parse(text);
    return Array.isArray(names) ? names.map(String) : [];
  } catch {
    return [];
  }
}

function tokenOf(files: readonly JournalFile[]): string {
  const hash = createHash("sha256");
  for (const { token } of files) hash.update(token);
  return hash.digest("hex").slice(0, 40);
}

/** Sections of the same kind and day become one; kinds stay in the order of loading. */
function grouped(files: readonly JournalFile[]): Pick<LoadGroup, "files" | "sections"> {
  const found = new Map<string, { kind: SectionKind; spans: number; stretches: Stretch[] }>();
  for (const { path, sections } of files) {
    for (const { kind, day, spans, offset, length } of sections) {
      const key = `${kind}-${day}`;
      const section = found.get(key) ?? { kind, spans: 0, stretches: [] };
      found.set(key, section);
      section.spans += spans;
      section.stretches.push({ path, offset, length });
    }
  }
  const order: readonly SectionKind[] = ["frames", "stacks", "series", "samples"];
  const sections = [...found.values()].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  return { files, sections };
}
