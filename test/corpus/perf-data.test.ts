import { afterAll, describe, expect, it } from "vitest";
import { gunzip } from "../../packages/cli/src/io/gunzip.ts";
import type { CodeNames, NameSource } from "../../packages/core/src/codec/code-names.ts";
import {
  namesFromFiles,
  type Profile,
  perfScriptReader,
  readProfile,
  sourceOfBytes,
} from "../../packages/core/src/index.ts";
import { unpackers } from "../../packages/core/src/wrappers/index.ts";
import { recordAgreement } from "../support/agreement.ts";
import { corpusFiles, expectationsOf, haveCorpus, readCorpus } from "../support/corpus.ts";
import { type FrameText, foldedWith } from "../support/folded-with.ts";
import { validated } from "../support/letters.ts";
import { readWith } from "../support/reading.ts";

const FOLDER = "perf-data";
const text = (file: string): string => new TextDecoder().decode(readCorpus(FOLDER, file));

async function read(file: string, names?: NameSource): Promise<Profile> {
  const options = { gunzip, unpackers, names };
  return validated(await readProfile(sourceOfBytes(readCorpus(FOLDER, file)), options));
}

/** `ffffffff81752b6a elf_load+0x28a ([kernel.kallsyms])`: perf's name for an address of a module. */
const FRAME = /^\s+([0-9a-f]+) (.+?)(?:\+0x[0-9a-f]+)? \(([^()]*(?:\(deleted\))?)\)$/gm;

/** The names that perf found, by module and address: what is left to compare are stacks, modules and addresses. */
function namesOfText(script: string): NameSource {
  const modules = new Map<string, Map<number, string>>();
  for (const [, digits, name, module] of script.matchAll(FRAME)) {
    if (name === "[unknown]") continue;
    const known = modules.get(module!) ?? new Map<number, string>();
    modules.set(module!, known.set(Number(BigInt.asIntN(64, BigInt(`0x${digits}`))), name!));
  }
  const at = (known: Map<number, string>, address: number): string | undefined =>
    known.get(address) ?? known.get(address + 1);
  return {
    async open({ path }): Promise<CodeNames | undefined> {
      const known = modules.get(path);
      return known === undefined ? undefined : { at: (address) => at(known, address) };
    },
  };
}

/** Files of the corpus that stand for those of the recordings' machine. */
const SYMBOL_FILES: readonly (readonly [path: RegExp, file: string])[] = [
  [/^\/gen\/w$/, "perf-data-elf/generated__here__w"],
  [/^\/gen\/w-nofp$/, "perf-data-elf/generated__here__w-nofp"],
  [/^\/tmp\/perf-20763\.map$/, "perf-map/generated__here__perf-python312.perf-20763.map"],
  [/^\/tmp\/perf-21130\.map$/, "perf-map/generated__here__perf-node.perf-21130.map"],
  [/^\/tmp\/perf-22310\.map$/, "perf-map/generated__here__perf-java.perf-22310.map"],
  [/\/jit-21234\.dump$/, "jitdump/generated__here__node20.jitdump"],
];

const fromFiles: NameSource = namesFromFiles({
  *find(path) {
    const [folder, file] = SYMBOL_FILES.find(([wanted]) => wanted.test(path))?.[1].split("/") ?? [];
    if (folder !== undefined) yield readCorpus(folder, file!);
  },
  kallsyms: () => undefined,
});

/** Names from the files, and where there is none, those that perf found. */
function namesFor(script: string, used: Set<string>): NameSource {
  const printed = namesOfText(script);
  return {
    async open(module, notes) {
      const names = await fromFiles.open(module, notes);
      if (names !== undefined) used.add(module.path);
      return names ?? printed.open(module, notes);
    },
  };
}

const frameText = ({ name, module, kind }: FrameText): string => `${name} (${module}) ${kind}`;

/** Text has times in microseconds, and time off the CPU is a difference of two. */
function inTenthsOfMilliseconds(line: string): string {
  return line.replace(/\d+$/, (nanoseconds) => String(Math.round(Number(nanoseconds) / 1e5)));
}

/** Folded stacks of every value type that both have. */
function comparable(profile: Profile, types: readonly string[]): Record<string, string[]> {
  return Object.fromEntries(
    types.map((type) => {
      const row = profile.valueTypes.findIndex(({ name }) => name === type);
      const threadOf = ({ name, tid }: { name: string; tid?: number }): string => `${name}/${tid}`;
      const lines = foldedWith(profile, row, frameText, threadOf);
      return [type, type === "off-cpu" ? lines.map(inTenthsOfMilliseconds) : lines];
    }),
  );
}

const compared = corpusFiles(FOLDER).flatMap((file) =>
  expectationsOf(FOLDER, file)
    .filter((expected) => expected.endsWith(".perf-script.txt"))
    .map((expected) => ({ file, expected })),
);

describe.skipIf(!haveCorpus)("perf.data and what perf script prints of it", () => {
  let agree = 0;
  it.each(compared)("$file", async ({ file, expected }) => {
    const script = text(expected);
    const theirs = await readWith(perfScriptReader, readCorpus(FOLDER, expected));
    const used = new Set<string>();
    const ours = await read(file, namesFor(script, used));
    const types = theirs.valueTypes.map(({ name }) => name);
    expect(comparable(ours, types)).toEqual(comparable(theirs, types));
    expect(used.size).toBeGreaterThan(0);
    expect(ours.meta.observations).toBe(theirs.meta.observations);
    agree++;
  });
  afterAll(() => {
    const area = "perf script (of perf.data)";
    recordAgreement({ area, total: compared.length, agree, deliberate: compared.length - agree });
  });
});
