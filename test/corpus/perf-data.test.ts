import { afterAll, describe, expect, it } from "vitest";
import { gunzip } from "../../packages/cli/src/io/gunzip.ts";
import type { NameSource } from "../../packages/core/src/codec/code-names.ts";
import {
  namesFromFiles,
  type Profile,
  perfScriptReader,
  readProfile,
  sourceOfBytes,
} from "../../packages/core/src/index.ts";
import { perfJsonReader } from "../../packages/core/src/readers/perf-json/index.ts";
import { unpackers } from "../../packages/core/src/wrappers/index.ts";
import { recordAgreement } from "../support/agreement.ts";
import { corpusFiles, expectationsOf, haveCorpus, readCorpus } from "../support/corpus.ts";
import { type FrameText, foldedWith } from "../support/folded-with.ts";
import { validated } from "../support/letters.ts";
import { comparableStacks, namesFor } from "../support/perf-names.ts";
import { noteCodes, readWith } from "../support/reading.ts";

const FOLDER = "perf-data";
const text = (file: string): string => new TextDecoder().decode(readCorpus(FOLDER, file));

async function read(file: string, names?: NameSource): Promise<Profile> {
  const options = { gunzip, unpackers, names };
  return validated(await readProfile(sourceOfBytes(readCorpus(FOLDER, file)), options));
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

const compared = corpusFiles(FOLDER).flatMap((file) =>
  expectationsOf(FOLDER, file)
    .filter((expected) => expected.endsWith(".perf-script.txt"))
    .map((expected) => ({ file, expected })),
);

/** Deliberate: the corpus has no libraries, so that stacks are unwound up to them; and perf adds inlined calls. */
const COPIED_STACKS = "generated__here__perf-dwarf.data";

describe.skipIf(!haveCorpus)("perf.data and what perf script prints of it", () => {
  let agree = 0;
  const usedInAll = new Set<string>();
  it.each(compared)("$file", async ({ file, expected }) => {
    const script = text(expected);
    const theirs = await readWith(perfScriptReader, readCorpus(FOLDER, expected));
    const used = new Set<string>();
    const ours = await read(file, namesFor(fromFiles, script, used));
    if (file === COPIED_STACKS) {
      expect(noteCodes(ours)).toContain("unwinding-stopped×62");
      const stacks = foldedWith(ours, 0, ({ name }) => name);
      for (const stack of stacks) expect(stack).toMatch(/;(?:main|worker|light);|exc_page_fault/);
      return;
    }
    const types = theirs.valueTypes.map(({ name }) => name);
    expect(comparableStacks(ours, types)).toEqual(comparableStacks(theirs, types));
    for (const path of used) usedInAll.add(path);
    expect(ours.meta.observations).toBe(theirs.meta.observations);
    agree++;
  });
  it("used the symbol files that there are", () => {
    const files = [...usedInAll].filter((path) => !path.includes("/jitted-")).sort();
    expect(files).toEqual(["/gen/w", "/tmp/perf-21130.map", "/tmp/perf-22310.map"]);
    expect([...usedInAll].some((path) => path.includes("/jitted-"))).toBe(true);
  });

  afterAll(() => {
    const area = "perf script (of perf.data)";
    recordAgreement({ area, total: compared.length, agree, deliberate: compared.length - agree });
  });
});

describe.skipIf(!haveCorpus)("perf.data and what else perf makes of it", () => {
  const file = "generated__here__perf-fp.data";

  it("says of the recording what perf's header says", async () => {
    const header = text(`${file}.expected.header.txt`);
    const { meta } = await read(file);
    expect(header).toContain(`# perf version : ${meta.producer!.replace("perf ", "")}\n`);
    expect(meta.comments!.length).toBe(5);
    for (const comment of meta.comments!) expect(header).toContain(`# ${comment.replace(":", " :")}`);
  });

  it("has the samples of perf data convert", async () => {
    const theirs = await readWith(perfJsonReader, readCorpus(FOLDER, `${file}.expected.convert.json`));
    const ours = await read(file, namesFor(fromFiles, text(`${file}.expected.perf-script.txt`), new Set()));
    expect(ours.samples.length).toBe(theirs.samples.length);
    const named = ({ name }: FrameText): string => (name.startsWith("0x") ? "?" : name);
    expect(foldedWith(ours, 0, named)).toEqual(foldedWith(theirs, 0, named));
  });
});
